"""Everything that is remembered, a class a table.

Who somebody is stands in `Resident` alone; every other table knows a speaker by that row's number.
The roster (communities, grids, workers, rooms) mirrors the configuration file: what disappears
from the file is retired, never deleted, because issues go on pointing at it.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Column, Index, LargeBinary, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from storage.columns import UtcDateTime


def _moment(*, nullable: bool = False, index: bool = False) -> Any:
    return Field(default=None, sa_type=UtcDateTime, nullable=nullable, index=index)


def _json(default: Any) -> Any:
    return Field(default_factory=default, sa_type=JSON)


class Community(SQLModel, table=True):
    """社区: the unit that has a secretary, a work room, digests."""

    __tablename__ = "communities"

    id: str = Field(primary_key=True)
    name: str
    street: str = ""
    emergency: bool = False
    """平急: whether the emergency rhythm is on."""
    emergency_since: datetime | None = _moment(nullable=True)
    retired: bool = False


class Grid(SQLModel, table=True):
    """网格: who answers for which buildings."""

    __tablename__ = "grids"

    id: str = Field(primary_key=True)
    community_id: str = Field(foreign_key="communities.id", index=True)
    estate: str
    buildings: list[str] = _json(list)
    """Normalised building names; empty means the whole estate."""
    a_post: str
    b_posts: list[str] = _json(list)
    lead: str = ""
    retired: bool = False


class Worker(SQLModel, table=True):
    """Anyone on duty: grid worker, secretary, property, department, street."""

    __tablename__ = "workers"

    id: str = Field(primary_key=True)
    name: str
    contact: str = Field(index=True)
    role: str
    retired: bool = False


class Absence(SQLModel, table=True):
    """请假: days on which a worker is not asked. Both ends included, in the bot's time zone."""

    __tablename__ = "absences"

    id: int | None = Field(default=None, primary_key=True)
    worker_id: str = Field(index=True)
    first_day: date
    last_day: date


class Room(SQLModel, table=True):
    """A group. Nothing is read in it before its notice stands there."""

    __tablename__ = "rooms"

    id: int | None = Field(default=None, primary_key=True)
    topic: str = Field(index=True)
    platform_id: str | None = Field(default=None, index=True)
    kind: str
    community_id: str = Field(foreign_key="communities.id", index=True)
    estate: str = ""
    notice_version: str | None = None
    """Version of the notice that was last posted; None before the first."""
    notice_at: datetime | None = _moment(nullable=True)
    served_by: str | None = None
    """Account that answers in this room, where several of ours sit in it."""
    served_until: datetime | None = _moment(nullable=True)
    """Until when that account is taken to be alive."""
    retired: bool = False


class Resident(SQLModel, table=True):
    """The identity of a speaker, apart from what was said."""

    __tablename__ = "residents"

    id: int | None = Field(default=None, primary_key=True)
    contact: str = Field(unique=True)
    name: str
    wrote_directly: bool = False
    opted_out: bool = False


class Membership(SQLModel, table=True):
    """A resident has spoken in a room: how the bot knows whose estate a direct message is about."""

    __tablename__ = "memberships"

    resident_id: int = Field(foreign_key="residents.id", primary_key=True, ondelete="CASCADE")
    room_id: int = Field(foreign_key="rooms.id", primary_key=True)


class Heard(SQLModel, table=True):
    """The inbox: each message once, before anything is decided about it.

    `text` is there only while pieces of the same statement may still come; then it is emptied.
    """

    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("account", "place", "platform_id", "resident_id", name="inbox_once"),
        Index("inbox_recent", "room_id", "resident_id", "at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    account: str
    place: str
    """The room's number, or "direct": NULL would not be unique."""
    platform_id: str
    resident_id: int = Field(index=True)
    room_id: int | None = Field(default=None, foreign_key="rooms.id")
    at: datetime = _moment()
    text: str | None = Field(default=None, sa_type=Text)
    quote: str | None = Field(default=None, sa_type=Text)
    photo: str | None = None
    """File of the photo; "" for one that could not be fetched; None when there was none."""
    directed: bool = False
    """Spoken to the bot: a direct message or a mention."""
    state: str = Field(default="new", index=True)
    """new, then done; gone when its text has been emptied. shadow: another account answers it."""
    kind: str | None = None
    issue: int | None = None
    forget_at: datetime | None = _moment(nullable=True, index=True)


class Issue(SQLModel, table=True):
    """诉求. Its status changes in one place only: `bot.casework.desk`."""

    __tablename__ = "issues"
    __table_args__ = (
        Index("issues_open", "community_id", "status"),
        Index("issues_estate", "estate", "status"),
        Index("issues_worker", "worker_id", "status"),
        Index("issues_created", "community_id", "created_at"),
        Index("issues_place", "community_id", "estate", "building", "number"),
        Index("issues_room", "source_room_id", "number"),
        Index("issues_state", "status"),
        Index("issues_numbered", "community_id", "number"),
        Index("issues_due", "community_id", "due_at", "number"),
    )

    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    community_id: str = Field(foreign_key="communities.id")
    grid_id: str | None = Field(default=None, foreign_key="grids.id")
    estate: str = ""
    building: str | None = None
    unit: str | None = None
    room: str | None = None
    landmark: str | None = None
    category: str
    matter: str | None = None
    """Second level of the category, where the words tell it."""
    intent: str
    urgency: str
    status: str
    worker_id: str | None = Field(default=None, foreign_key="workers.id")
    asked: list[str] = _json(list)
    """Workers who were asked in this round, in order: any of them may accept."""
    declined: list[str] = _json(list)
    """Workers who gave it back or passed it on: they are not asked again by themselves."""
    source_room_id: int | None = Field(default=None, foreign_key="rooms.id")
    reporter_id: int | None = Field(default=None, foreign_key="residents.id", ondelete="SET NULL")
    """The first reporter."""
    summary: str
    confidence: float = 1.0
    embedding: bytes | None = Field(default=None, sa_type=LargeBinary)
    created_at: datetime = _moment()
    dispatched_at: datetime | None = _moment(nullable=True)
    accepted_at: datetime | None = _moment(nullable=True)
    handled_at: datetime | None = _moment(nullable=True)
    closed_at: datetime | None = _moment(nullable=True)
    due_at: datetime = _moment()
    clock_from: datetime = _moment()
    """Where the running resolve clock began (first statement, or the last rework)."""
    clock_seconds: int = 0
    """Length of the resolve clock in its own time (working or wall seconds)."""
    paused_at: datetime | None = _moment(nullable=True)
    plan_date: date | None = None
    overdue: bool = False
    escalation: int = 0
    rework: int = 0
    extensions: int = 0
    waits: int = 0
    rating: str | None = None
    probably_solved: bool = False
    result: str | None = Field(default=None, sa_type=Text)
    reason: str | None = Field(default=None, sa_type=Text)
    merged_into: int | None = None
    status_before: str | None = None
    """Where a merged or suspended issue goes back to."""
    earlier: int | None = None
    """An earlier, closed issue of the same place and matter."""


class Report(SQLModel, table=True):
    """反映: one message that was joined to an issue, and what it was for it."""

    __tablename__ = "reports"
    __table_args__ = (
        UniqueConstraint("heard_id", "issue", name="report_once"),
        Index("reports_resident", "resident_id", "at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    issue: int = Field(foreign_key="issues.number", index=True)
    heard_id: int | None = None
    resident_id: int | None = Field(
        default=None, foreign_key="residents.id", index=False, ondelete="SET NULL"
    )
    reporter_key: int
    """Counts distinct people even after the identity behind `resident_id` was erased."""
    room_id: int | None = Field(default=None, foreign_key="rooms.id")
    platform_id: str
    role: str
    """statement, second, piece, photo, addition, urging, feedback, answer, evidence."""
    at: datetime = _moment()
    text: str = Field(default="", sa_type=Text)
    household: str | None = None
    photo: str | None = None
    merged_from: int | None = None


class Event(SQLModel, table=True):
    """What happened to an issue. Figures and every past state come from these rows alone."""

    __tablename__ = "events"
    __table_args__ = (Index("events_issue", "issue", "at"), Index("events_at", "at", "act"))

    id: int | None = Field(default=None, primary_key=True)
    issue: int | None = Field(default=None)
    community_id: str
    at: datetime = _moment()
    act: str
    actor: str
    """A worker's id, "resident", "clock" or "bot"."""
    source: str | None = None
    target: str | None = None
    reason: str | None = Field(default=None, sa_type=Text)
    data: dict[str, Any] = _json(dict)
    state: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON))
    """The issue's ledger row right after this event."""


class Helper(SQLModel, table=True):
    """协办: someone whistled for, with accept and handle of their own."""

    __tablename__ = "helpers"
    __table_args__ = (UniqueConstraint("issue", "worker_id", name="helper_once"),)

    id: int | None = Field(default=None, primary_key=True)
    issue: int = Field(foreign_key="issues.number", index=True)
    worker_id: str = Field(index=True)
    asked_at: datetime = _moment()
    due_at: datetime = _moment()
    accepted_at: datetime | None = _moment(nullable=True)
    handled_at: datetime | None = _moment(nullable=True)
    result: str | None = None


class Timer(SQLModel, table=True):
    """Something that is to happen to an issue when its time comes."""

    __tablename__ = "timers"

    issue: int = Field(foreign_key="issues.number", primary_key=True)
    kind: str = Field(primary_key=True)
    at: datetime = _moment(index=True)


class Pending(SQLModel, table=True):
    """A question of the bot to which an answer is still possible."""

    __tablename__ = "pending"
    __table_args__ = (Index("pending_contact", "contact", "kind"),)

    id: int | None = Field(default=None, primary_key=True)
    contact: str
    kind: str
    """place, estate, review, same, emergency, erase, approve, wait, rate, solved."""
    issue: int | None = Field(default=None, index=True)
    room_id: int | None = None
    at: datetime = _moment()
    until: datetime = _moment()
    data: dict[str, Any] = _json(dict)


class Outgoing(SQLModel, table=True):
    """The outbox: each thing to be said, once."""

    __tablename__ = "outgoing"
    __table_args__ = (
        Index("outgoing_due", "state", "not_before"),
        Index("outgoing_sent", "account", "sent_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    """Says the same thing twice only if it bears the same key: never."""
    kind: str
    room_id: int | None = Field(default=None, foreign_key="rooms.id")
    contact: str | None = Field(default=None)
    mentions: list[str] = _json(list)
    issue: int | None = Field(default=None, index=True)
    urgency: str = "normal"
    text: str = Field(sa_type=Text)
    data: dict[str, Any] = _json(dict)
    """What is needed to say several acknowledgements in one sentence."""
    image: str | None = None
    state: str = "waiting"
    """waiting, sent, joined (said as part of another), stuck, dropped."""
    created_at: datetime = _moment()
    not_before: datetime = _moment()
    account: str | None = None
    leased_by: str | None = None
    leased_until: datetime | None = _moment(nullable=True)
    attempts: int = 0
    sent_at: datetime | None = _moment(nullable=True)
    platform_id: str | None = None
    error: str | None = None


class Run(SQLModel, table=True):
    """A periodic act that was done: (scope, day, kind) exists once."""

    __tablename__ = "runs"
    __table_args__ = (UniqueConstraint("scope", "day", "kind", name="run_once"),)

    id: int | None = Field(default=None, primary_key=True)
    scope: str
    day: str
    kind: str
    at: datetime = _moment()


class Mark(SQLModel, table=True):
    """Small facts about the system itself: the last issue number, the clock, gaps."""

    __tablename__ = "marks"

    name: str = Field(primary_key=True)
    number: int = 0
    moment: datetime | None = _moment(nullable=True)
    text: str | None = None


class Correction(SQLModel, table=True):
    """A training row: masked words and what a person said they mean."""

    __tablename__ = "corrections"

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = _moment()
    text: str = Field(sa_type=Text)
    kind: str
    category: str | None = None
    intent: str | None = None
    urgency: str | None = None
    source: str
    """confirm, recategorise, reject, merge, split."""
    other: str | None = Field(default=None, sa_type=Text)
    """The second text of a pair (same event or not)."""


class Access(SQLModel, table=True):
    """Who looked at a resident's identity, and for which issue."""

    __tablename__ = "accesses"

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = _moment()
    worker_id: str
    resident_id: int | None = None
    issue: int | None = None
    where: str


class WayIn(SQLModel, table=True):
    """A link to the board: works once, for a short time. Only its SHA-256 is kept."""

    __tablename__ = "ways_in"

    token: str = Field(primary_key=True)
    worker_id: str
    until: datetime = _moment(index=True)
    used_at: datetime | None = _moment(nullable=True)


class Sitting(SQLModel, table=True):
    """Somebody who has come in and looks at the board. Only the SHA-256 of the cookie is kept."""

    __tablename__ = "sittings"

    token: str = Field(primary_key=True)
    worker_id: str
    form_key: str
    """What each form of this session has to bring along."""
    since: datetime = _moment()
    until: datetime = _moment(index=True)
    said: str | None = Field(default=None, sa_type=Text)
    """What came of the last act, shown once on the next page."""

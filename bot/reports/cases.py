"""The history of issues as their events tell it: what every figure and digest is computed from."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func
from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.casework.transitions import Act, Status
from storage.issues import UNHANDLED
from storage.tables import Event

Row = dict[str, Any]
"""An issue's ledger row as an event holds it (`bot.casework.desk.ledger_row`)."""

Emergencies = dict[str, list[tuple[datetime, datetime | None]]]
"""When 平急 was on, by community; an open end where it still is."""

DONE = frozenset({Status.HANDLED, Status.CLOSED})
HANDLING = frozenset({Act.HANDLE, Act.UNREACHED, Act.INFORM})
_MARGIN = timedelta(days=1)  # times in a row are text; the offset in them may differ by some hours


@dataclass(frozen=True, slots=True)
class Step:
    """One event of an issue."""

    at: datetime
    act: str
    actor: str
    source: str | None
    data: dict[str, Any]
    state: Row
    reason: str | None = None


@dataclass(slots=True)
class Case:
    """One issue with its steps in their order, up to the moment that is looked at."""

    number: int
    steps: list[Step] = field(default_factory=list)

    @property
    def state(self) -> Row:
        """The ledger row after the last step."""
        return self.steps[-1].state

    @property
    def status(self) -> str:
        return str(self.state["status"])

    @property
    def done(self) -> bool:
        """Handled, and not sent back to work since."""
        return self.status in DONE

    def moment(self, key: str) -> datetime | None:
        return moment(self.state, key)


def moment(row: Row, key: str) -> datetime | None:
    """A time of a ledger row, aware; None where it has not come."""
    value = row.get(key)
    return datetime.fromisoformat(value) if value else None


async def load(
    session: AsyncSession,
    communities: Sequence[str],
    start: datetime,
    end: datetime,
    zone: ZoneInfo,
) -> list[Case]:
    """The issues that a window [start, end) concerns, with all their events before `end`.

    Concerned is every issue to which something happened in the window or whose deadline lay in it
    or later, and every one that is not handled.
    """
    since = (start - _MARGIN).astimezone(zone).isoformat(timespec="seconds")
    concerned = (
        select(Event.issue)
        .where(
            col(Event.community_id).in_(communities),
            col(Event.issue).is_not(None),
            Event.at < end,
            or_(Event.at >= start, col(Event.state)["due_at"].as_string() >= since),
        )
        .distinct()
    )
    unhandled = select(Event.issue).where(
        col(Event.id).in_(_last_before(communities, end)),
        col(Event.state)["status"].as_string().in_(UNHANDLED),
    )
    query = (
        select(Event)
        .where(
            Event.at < end,
            or_(col(Event.issue).in_(concerned), col(Event.issue).in_(unhandled)),
        )
        .order_by(col(Event.id))
    )
    cases: dict[int, Case] = {}
    for event in (await session.exec(query)).all():
        number = event.issue or 0
        case = cases.setdefault(number, Case(number))
        case.steps.append(
            Step(
                event.at, event.act, event.actor, event.source, event.data or {}, event.state,
                event.reason,
            )
        )  # fmt: skip
    # 删除我的信息 may leave an event without a state; such an issue tells nothing any more.
    return [case for _, case in sorted(cases.items()) if case.state]


def _last_before(communities: Sequence[str], end: datetime) -> Any:
    return (
        select(func.max(Event.id))
        .where(
            col(Event.community_id).in_(communities), col(Event.issue).is_not(None), Event.at < end
        )
        .group_by(col(Event.issue))
    )


async def emergencies(session: AsyncSession, communities: Sequence[str]) -> Emergencies:
    """When 平急 was switched on and off."""
    query = (
        select(Event)
        .where(
            col(Event.community_id).in_(communities),
            col(Event.act).in_(("emergency_on", "emergency_off")),
        )
        .order_by(col(Event.id))
    )
    found: Emergencies = {}
    for event in (await session.exec(query)).all():
        spans = found.setdefault(event.community_id, [])
        if event.act == "emergency_on":
            spans.append((event.at, None))
        elif spans and spans[-1][1] is None:
            spans[-1] = (spans[-1][0], event.at)
    return found


@dataclass(slots=True)
class Dispatch:
    """One dispatch to one person, and what came of it."""

    sent: datetime
    worker: str
    due: datetime
    """Until when it had to be accepted."""
    answered: datetime | None = None
    by: str | None = None
    ended: datetime | None = None
    end: str | None = None
    """The act that took it away without an answer."""


ANSWERS = frozenset({Act.ACCEPT, Act.HANDLE, Act.ASK, Act.SUSPEND})
TAKEN = frozenset({Act.RETURN, Act.TRANSFER, Act.REROUTE, Act.MERGE, Act.REJECT, Act.CANCEL})


def dispatches(case: Case, accept_due: Any) -> list[Dispatch]:
    """Every dispatch of a case.

    Args:
        accept_due: (urgency, sent, community) -> until when it has to be accepted.
    """
    found: list[Dispatch] = []
    for at, step in enumerate(case.steps):
        if step.act != Act.DISPATCH:
            continue
        sent = _really_sent(case.steps, at)
        urgency, community = step.state["urgency"], step.state["community"]
        worker = str(step.data.get("worker") or step.state["worker"])
        one = Dispatch(sent, worker, accept_due(urgency, sent, community))
        found.append(one)
        for later in case.steps[at + 1 :]:
            if later.act in ANSWERS:
                one.answered, one.by = later.at, later.state["worker"]
                break
            if later.act == Act.DISPATCH or later.act in TAKEN:
                one.ended, one.end = later.at, later.act
                break
            if later.act == Act.RAISE and later.at < one.due:
                one.due = min(one.due, accept_due(later.state["urgency"], later.at, community))
    return found


def _really_sent(steps: list[Step], at: int) -> datetime:
    """A dispatch that could not be sent at once counts from when it was: the next event knows."""
    step = steps[at]
    if at + 1 < len(steps) and steps[at + 1].act != Act.DISPATCH:
        later = moment(steps[at + 1].state, "dispatched_at")
        if later is not None and step.at < later <= steps[at + 1].at:
            return later
    return step.at

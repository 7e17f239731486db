"""What every act needs at hand: the house as a whole, and one transaction's work in it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.casework.deadlines import Deadlines, QuietHours
from bot.casework.services import Services
from bot.clock import Clock
from bot.roster import Roster
from bot.settings import Settings
from bot.speech import Speech, how_long, when
from classifiers.privacy import mask
from storage import inbox, outgoing
from storage.tables import Community, Issue, Outgoing, Room


@dataclass(slots=True)
class House:
    """What lives as long as the process: configuration, roster, clocks, sentences."""

    settings: Settings
    clock: Clock
    speech: Speech
    roster: Roster = field(init=False)
    deadlines: Deadlines = field(init=False)
    quiet: QuietHours = field(init=False)
    rooms: dict[str, Room] = field(default_factory=dict)
    """The rooms' rows by topic (or id, for a room known by its id alone)."""
    rooms_by_id: dict[int, Room] = field(default_factory=dict)
    services: Services | None = None
    """What consultations are answered from."""
    has_board: bool = False
    """Whether there are pages to which 看板 is answered with a link: not in a replay."""

    def __post_init__(self) -> None:
        self.roster = Roster(self.settings)
        self.deadlines = Deadlines(self.settings)
        self.quiet = QuietHours(self.settings)

    def know_rooms(self, rows: Iterable[Room]) -> None:
        """Take the rooms as the database has them."""
        for room in rows:
            self.rooms[room.topic] = room
            if room.id is not None:
                self.rooms_by_id[room.id] = room

    def residents_rooms(self, community_id: str) -> list[Room]:
        return [
            r for r in self.rooms.values()
            if r.kind == "residents" and r.community_id == community_id
        ]  # fmt: skip


@dataclass(slots=True)
class Work:
    """One transaction: its session, its moment, and what may be said in it."""

    session: AsyncSession
    house: House
    now: datetime
    names: tuple[str, ...] = ()
    """Residents' names that must not appear in a room."""
    touched: set[int] = field(default_factory=set)
    """Issues whose ledger row may have changed without an event of its own."""
    typed_by: str | None = None
    """Contact of whoever just wrote: an answer reaches them even when they have been erased."""

    @property
    def roster(self) -> Roster:
        return self.house.roster

    def say(self, key: str, /, **words: Any) -> str:
        return self.house.speech.say(key, **words)

    def when(self, moment: datetime) -> str:
        return when(moment, self.now, self.house.settings.zone)

    def left(self, until: datetime) -> str:
        return how_long(until - self.now)

    async def emergency(self, community_id: str) -> bool:
        community = await self.session.get(Community, community_id)
        return community is not None and community.emergency

    async def held_until(
        self, kind: str, urgency: str, *, to_room: bool, community_id: str | None
    ) -> datetime:
        """When a message may be said by the rule of the quiet hours; `now` if it need not wait."""
        if kind == "reply" or urgency == "critical" or (urgency == "urgent" and not to_room):
            return self.now
        if community_id and await self.emergency(community_id):
            return self.now
        return self.house.quiet.over_at(self.now)

    async def post(
        self,
        kind: str,
        text: str,
        *,
        key: str,
        room: Room | None = None,
        contact: str | None = None,
        issue: Issue | None = None,
        mentions: Sequence[str] = (),
        image: str | None = None,
        data: dict[str, Any] | None = None,
        community_id: str | None = None,
        not_before: datetime | None = None,
    ) -> bool:
        """Put a message into the outbox, unless one of the same key is there.

        To a room everything personal is masked on the way. Says whether it is new.
        """
        urgency = issue.urgency if issue else "normal"
        community_id = issue.community_id if issue else community_id
        if room is not None:
            text = mask(text, rooms=True, names=await self.names_in(room))
            community_id = community_id or room.community_id
        due = await self.held_until(
            kind, urgency, to_room=room is not None, community_id=community_id
        )
        if kind == "ask" and issue is None and room is None:
            due = self.now  # 哪个小区 is asked back of whoever just wrote
        if await outgoing.exists(self.session, key):
            return False
        self.session.add(
            Outgoing(
                key=key,
                kind=kind,
                room_id=room.id if room else None,
                contact=None if room else contact,
                mentions=list(mentions),
                issue=issue.number if issue else None,
                urgency=urgency,
                text=text,
                data=data or {},
                image=image,
                created_at=self.now,
                not_before=max(due, not_before) if not_before else due,
            )
        )
        await self.session.flush()
        return True

    async def names_in(self, room: Room) -> tuple[str, ...]:
        """Residents' names that must not stand in a text to a room: of all who reported there."""
        heard = [room]
        if room.kind == "work":
            heard = self.house.residents_rooms(room.community_id)
        rows = await inbox.reporters_in(self.session, [r.id for r in heard if r.id is not None])
        staff = {worker.name for worker in self.house.settings.workers}
        known = self.roster.by_contact
        found = [name for contact, name in rows if contact not in known and name not in staff]
        return tuple(dict.fromkeys([*self.names, *found]))

    def room_named(self, topic: str) -> Room | None:
        return self.house.rooms.get(topic)

    def room_of(self, room_id: int | None) -> Room | None:
        return self.house.rooms_by_id.get(room_id) if room_id is not None else None

"""Says what is in the outbox: in order, at a human pace, within a budget, at least once.

Rows are leased (`FOR UPDATE SKIP LOCKED` on PostgreSQL), so several processes share one outbox. A
crash between sending and noting it repeats one message: the texts bear a repeat.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.casework import clocks
from bot.casework.transitions import Status
from bot.casework.work import House, Work
from bot.channels.base import Channel, ChannelUnavailable, Outbound, Undeliverable
from storage import inbox, issues, outgoing, runs
from storage.database import Database
from storage.tables import Outgoing, Room

log = structlog.get_logger()

LEASE_SECONDS = 60.0
BACKOFF = (timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30))
STUCK_AFTER = 12
LATE = timedelta(minutes=1)
BREAK_AFTER = 8
BROKEN_FOR = timedelta(minutes=15)
WARNINGS = ("frequen", "频繁", "限制", "blocked", "banned", "封", "risk")
"""Words of a platform that warns: one is enough to fall silent."""
FIRST_IN_LINE = ("reply",)

Said = Callable[[Outgoing, Room | None], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast it may be said. A replay has no pace; a live bot has that of its configuration."""

    pause: float = 0.0
    per_minute: int = 10**9
    per_hour: int = 10**9
    per_day: int = 10**9
    room_per_minute: int = 10**9
    room_per_hour: int = 10**9
    room_per_day: int = 10**9


class Outbox:
    """One sender over the shared outbox."""

    def __init__(
        self,
        database: Database,
        house: House,
        channel: Channel,
        *,
        holder: str,
        pace: Pace | None = None,
        said: Said | None = None,
        files: Path | None = None,
        dry: bool = False,
    ) -> None:
        self.database, self.house, self.channel = database, house, channel
        self.holder, self.pace, self.said, self.files = holder, pace or Pace(), said, files
        self.dry = dry
        self.failures = 0
        self.broken_until: datetime | None = None
        """Until when nothing is said, because the platform has warned or failed again and again."""
        self._random = random.Random()  # jitter only

    async def next_due(self) -> datetime | None:
        """When the next row may be said."""
        async with self.database.reading() as session:
            return await outgoing.next_due(session)

    async def send_due(self, *, limit: int = 50) -> int:
        """Say everything that is due now; says how many rows were dealt with."""
        now = self.house.clock.now()
        if self.broken_until is not None:
            if now < self.broken_until:
                return 0
            self.broken_until = None
        async with self.database.transaction() as session:
            rows = list(
                await outgoing.lease(
                    session,
                    now=now,
                    holder=self.holder,
                    seconds=LEASE_SECONDS,
                    limit=limit,
                    account=self.channel.account,
                )
            )
        dealt = 0
        for row in sorted(rows, key=lambda r: (r.kind not in FIRST_IN_LINE, r.not_before, r.id)):
            if self.dry:
                return 0
            if not await self._one(row.id or 0):
                break
            dealt += 1
            if self.pace.pause:
                await asyncio.sleep(self.pace.pause * self._random.uniform(0.6, 1.6))
        return dealt

    async def _one(self, row_id: int) -> bool:
        """Say one leased row. False where sending has to stop for now."""
        now = self.house.clock.now()
        async with self.database.transaction() as session:
            row = await session.get(Outgoing, row_id)
            if row is None or row.state != "waiting" or row.leased_by != self.holder:
                return True
            work = Work(session, self.house, now)
            room = work.room_of(row.room_id)
            gathers = row.kind == "ack" and room is not None and row.urgency != "critical"
            if gathers and room is not None and not await self._gather_acks(work, row, room):
                return True
            wait = await self._over_budget(work, row)
            if wait is not None:
                row.not_before, row.leased_until = wait, None
                session.add(row)
                return True
        return await self._deliver(row, room)

    async def _gather_acks(self, work: Work, row: Outgoing, room: Room) -> bool:
        """Receipts that come together are said in one sentence; False where this one must wait."""
        last = await outgoing.last_ack_in(work.session, room.id or 0)
        gap = self.house.settings.sending.coalesce.wall
        if last is not None and work.now < last + gap:
            row.not_before, row.leased_until = last + gap, None
            work.session.add(row)
            return False
        together = [
            other
            for other in await outgoing.waiting_acks(work.session, room.id or 0)
            if other.id == row.id or other.data
        ]
        if len(together) > 1 and together[0].id == row.id:
            row.text = work.say("resident.acks", issues=[other.data for other in together])
            for other in together[1:]:
                other.state, other.sent_at = "joined", work.now
                work.session.add(other)
            work.session.add(row)
        return True

    async def _over_budget(self, work: Work, row: Outgoing) -> datetime | None:
        """When a message may go that would exceed the budget now; None where it may go."""
        if row.urgency == "critical" or self.pace.per_day >= 10**9:
            return None
        pace = self.pace
        budgets = [(None, (pace.per_minute, pace.per_hour, pace.per_day))]
        if row.room_id is not None:
            room_limits = (pace.room_per_minute, pace.room_per_hour, pace.room_per_day)
            budgets.append((row.room_id, room_limits))  # type: ignore[arg-type]
        for room_id, limits in budgets:
            spans = (timedelta(minutes=1), timedelta(hours=1), timedelta(days=1))
            for limit, span in zip(limits, spans, strict=True):
                since = work.now - span
                if await outgoing.sent_since(work.session, since, room_id=room_id) >= limit:
                    return work.now + span / 10
        return None

    async def _deliver(self, row: Outgoing, room: Room | None) -> bool:
        message = Outbound(
            text=await self._without_mention(row),
            room_id=await self._room_id(room) if room else None,
            contact_id=None if room else row.contact,
            mention_ids=tuple(row.mentions),
            image=Path(row.image) if row.image else None,
        )
        if room is not None and message.room_id is None:
            return await self._failed(row, f"the room “{room.topic}” is not found", final=False)
        if message.image is not None and not message.image.exists():
            message = replace(message, image=None)
        try:
            platform_id = await self.channel.send(message)
        except ChannelUnavailable as error:
            await self._failed(row, str(error), final=False)
            return False
        except Undeliverable as error:
            return await self._failed(row, str(error), final=True)
        self.failures = 0
        await self._sent(row, room, platform_id)
        return True

    async def _without_mention(self, row: Outgoing) -> str:
        """The text without its leading @NAME: the channel puts a real mention there itself."""
        text = row.text
        if not row.mentions or not self.channel.mentions_by_id:
            return text
        async with self.database.reading() as session:
            for contact in row.mentions:
                resident = await inbox.by_contact(session, contact)
                if resident is not None:
                    text = text.removeprefix(f"@{resident.name} ")
        return text

    async def _room_id(self, room: Room) -> str | None:
        if room.platform_id:
            return room.platform_id
        return await self.channel.room_id(room.topic)

    async def _sent(self, row: Outgoing, room: Room | None, platform_id: str | None) -> None:
        now = self.house.clock.now()
        async with self.database.transaction() as session:
            stored = await session.get(Outgoing, row.id)
            if stored is None:
                return
            stored.state, stored.sent_at, stored.platform_id = "sent", now, platform_id
            stored.account, stored.leased_until, stored.error = self.channel.account, None, None
            session.add(stored)
            if stored.kind == "notice" and room is not None and room.id is not None:
                await self._note_notice(session, room.id, str(stored.data.get("version")), now)
            if stored.kind == "dispatch" and now - stored.created_at > LATE:
                await self._accept_from_now(Work(session, self.house, now), stored)
        log.info("said", kind=row.kind, issue=row.issue, to="room" if room else "contact")
        if self.said is not None:
            await self.said(stored, room)

    async def _note_notice(
        self, session: AsyncSession, room_id: int, version: str, now: datetime
    ) -> None:
        room = await session.get(Room, room_id)
        if room is not None:
            room.notice_version, room.notice_at = version, now
            session.add(room)
            self.house.know_rooms([room])

    async def _accept_from_now(self, work: Work, row: Outgoing) -> None:
        """The accept clock runs from the dispatch as it was sent, however late that was."""
        issue = await issues.get(work.session, row.issue or 0, lock=True)
        if issue is not None and issue.status == Status.DISPATCHED:
            issue.dispatched_at = work.now
            work.session.add(issue)
            await clocks.set_accept(work, issue)

    async def _failed(self, row: Outgoing, error: str, *, final: bool) -> bool:
        """Note a failure: later again, or on the list of what is stuck."""
        now = self.house.clock.now()
        self.failures += 1
        async with self.database.transaction() as session:
            stored = await session.get(Outgoing, row.id)
            if stored is None:
                return True
            stored.attempts += 1
            stored.error, stored.leased_until = error[:200], None
            if final or stored.attempts >= STUCK_AFTER:
                stored.state = "stuck"
            else:
                stored.not_before = now + BACKOFF[min(stored.attempts, len(BACKOFF)) - 1]
            session.add(stored)
        log.warning("not said", kind=row.kind, issue=row.issue, error=error, stuck=final)
        if self.failures >= BREAK_AFTER or any(word in error.lower() for word in WARNINGS):
            await self._break(now, error)
            return False
        return True

    async def _break(self, now: datetime, error: str) -> None:
        """Stop all sending for a while and say so where the operator looks."""
        self.failures, self.broken_until = 0, now + BROKEN_FOR
        log.error("sending stopped", until=self.broken_until.isoformat(), error=error)
        async with self.database.transaction() as session:
            await runs.set_mark(
                session, f"broken:{self.channel.account}", moment=self.broken_until, text=error
            )

"""Puts the bot together. A live run and a replay share everything but the clock and the channel."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol, TextIO

from bot.casework import services
from bot.casework.work import House
from bot.channels.base import Channel, Inbound
from bot.channels.replay import ReplayChannel, read_log
from bot.clock import Clock, VirtualClock
from bot.intake import Intake, Understands
from bot.outbox import Outbox, Pace
from bot.schedule import Job, Rhythms
from bot.settings import Settings
from bot.speech import Speech
from classifiers.model import Classifier
from classifiers.understanding import Understander
from storage import inbox, roster, runs
from storage.database import Database
from storage.tables import Outgoing, Room

CLOCK_MARK = "clock"


@dataclass(slots=True)
class Bot:
    """The running parts."""

    settings: Settings
    database: Database
    house: House
    intake: Intake
    outbox: Outbox
    rhythms: Rhythms
    jobs: list[Job] = field(default_factory=list)


def speech_of(settings: Settings) -> Speech:
    folder = settings.source.parent / settings.bot.prompts if settings.bot.prompts else None
    return Speech(settings.bot.name, settings.zone, folder)


def understander_of(settings: Settings) -> tuple[Understander, float]:
    """The classifiers of the configuration, and the confidence below which a person is asked."""
    model = settings.source.parent / settings.bot.model if settings.bot.model else None
    classifier = Classifier.load(model)
    mind = Understander(classifier, estates=settings.estates)
    chosen = settings.talk.threshold
    return mind, classifier.threshold if chosen is None else chosen


async def synchronise(database: Database, settings: Settings) -> Sequence[Room]:
    """Bring the database to this version and to the roster of the configuration."""
    await database.upgrade()
    async with database.transaction() as session:
        await roster.synchronise(
            session,
            communities=[
                {"id": c.id, "name": c.name, "street": c.street} for c in settings.communities
            ],
            grids=[
                {
                    "id": g.id, "community_id": g.community, "estate": g.estate,
                    "buildings": g.building_names, "a_post": g.a_post, "b_posts": g.b_posts,
                    "lead": g.lead,
                }
                for g in settings.grids
            ],
            workers=[
                {"id": w.id, "name": w.name, "contact": w.contact, "role": w.role}
                for w in settings.workers
            ],
            rooms=[
                {
                    "topic": r.topic or r.id, "platform_id": r.id or None, "kind": r.kind,
                    "community_id": r.community, "estate": r.estate,
                }
                for r in settings.rooms
            ],
        )  # fmt: skip
        return await roster.rooms(session)


async def build(
    settings: Settings,
    database: Database,
    channel: Channel,
    clock: Clock,
    *,
    mind: Understands,
    threshold: float,
    holder: str,
    pace: Pace | None = None,
) -> Bot:
    """Put a bot together over a database that it brings up to date first."""
    house = House(settings, clock, speech_of(settings))
    house.services = services.load(
        settings, lambda texts: [meaning.embedding for meaning in mind.understand(texts)]
    )
    house.know_rooms(await synchronise(database, settings))
    intake = Intake(database, house, mind, threshold=threshold)
    outbox = Outbox(database, house, channel, holder=holder, pace=pace)
    rhythms = Rhythms(database, house)
    return Bot(settings, database, house, intake, outbox, rhythms, rhythms.jobs())


async def note_clock(bot: Bot, moment: datetime) -> None:
    """Remember how far the system's own clock has come."""
    async with bot.database.transaction() as session:
        mark = await runs.mark(session, CLOCK_MARK)
        if mark is None or mark.moment is None or mark.moment < moment:
            await runs.set_mark(session, CLOCK_MARK, moment=moment)


async def clock_reached(database: Database) -> datetime | None:
    """The last moment that the system's own clock reached; None before its first run."""
    async with database.reading() as session:
        mark = await runs.mark(session, CLOCK_MARK)
        return mark.moment if mark else None


class Watcher(Protocol):
    """Somebody who looks on while a log is played."""

    async def heard(self, message: Inbound) -> None: ...

    async def said(self, row: Outgoing, room: Room | None) -> None: ...


class Replay:
    """Plays a log in virtual time: lines and clock interleaved as they would be in life."""

    def __init__(
        self,
        bot: Bot,
        clock: VirtualClock,
        log: Path,
        outgoing: TextIO | None,
        watcher: Watcher | None = None,
    ) -> None:
        self.bot, self.clock, self.log, self.outgoing = bot, clock, log, outgoing
        self.watcher = watcher
        self._job_due: dict[str, datetime | None] = {}

    async def prepare(self, start: datetime) -> None:
        """Notices count as posted before the log begins; what an earlier run owes is caught up."""
        bot = self.bot
        async with bot.database.transaction() as session:
            for room in await roster.rooms(session):
                if room.notice_at is None:
                    room.notice_at, room.notice_version = start, "replay"
                    session.add(room)
                bot.house.know_rooms([room])
        bot.outbox.said = self._write
        before = await clock_reached(bot.database)
        for job in bot.jobs:
            self._job_due[job.name] = job.next_after(start - timedelta(microseconds=1))
        if before is not None and before < start:
            await bot.rhythms.catch_up(bot.jobs, before)

    async def play(self, until: datetime | None) -> int:
        """Play the whole log, then the clock on to `until`. Says how many lines were played."""
        played = 0
        for message in read_log(self.log):
            if until is not None and message.at > until:
                break
            if played == 0:
                self.clock.move_to(message.at)
                await self.prepare(message.at)
            await self._clock_to(message.at, inclusive=False)
            self.clock.move_to(message.at)
            if self.watcher is not None:
                await self.watcher.heard(message)
            await self.bot.intake.take(message)
            await self._send()
            played += 1
        end = max(until, self.clock.now()) if until else self.clock.now()
        if played == 0:
            await self.prepare(end)
        await self._clock_to(end, inclusive=True)
        self.clock.move_to(end)
        async with self.bot.database.transaction() as session:
            await inbox.forget(session, end)
        await note_clock(self.bot, end)
        return played

    async def _clock_to(self, moment: datetime, *, inclusive: bool) -> None:
        """Let everything happen that is due before (or at) a moment, in the order of its time."""
        while True:
            due = await self._next_due()
            if due is None or due > moment or (due == moment and not inclusive):
                return
            self.clock.move_to(due)
            await self.bot.rhythms.fire_timers()
            await self._run_jobs(due)
            await self.bot.rhythms.forget()
            await self._send()

    async def _next_due(self) -> datetime | None:
        rhythms = self.bot.rhythms
        moments = [await rhythms.next_timer(), await self.bot.outbox.next_due()]
        moments.append(await rhythms.next_forgetting())
        moments += list(self._job_due.values())
        known = [moment for moment in moments if moment is not None]
        return min(known) if known else None

    async def _run_jobs(self, moment: datetime) -> None:
        for job in self.bot.jobs:
            due = self._job_due[job.name]
            if due is not None and due <= moment:
                await job.do(due)
                self._job_due[job.name] = job.next_after(due)

    async def _send(self) -> None:
        while await self.bot.outbox.send_due():
            pass

    async def _write(self, row: Outgoing, room: Room | None) -> None:
        if self.watcher is not None:
            await self.watcher.said(row, room)
        if self.outgoing is None:
            return
        zone = self.bot.settings.zone
        line = {
            "at": (row.sent_at or self.clock.now()).astimezone(zone).isoformat(timespec="seconds"),
            "kind": row.kind,
            "room": room.topic if room else None,
            "contact": None if room else row.contact,
            "issue": row.issue,
            "text": row.text,
            "image": row.image,
        }
        self.outgoing.write(json.dumps(line, ensure_ascii=False) + "\n")


async def replay(
    settings: Settings,
    database: Database,
    log: Path,
    outgoing: TextIO | None,
    *,
    until: datetime | None,
    mind: Understands,
    threshold: float,
    watcher: Watcher | None = None,
) -> int:
    """Play a recorded log through the whole system. Says how many lines were played."""
    first = next(iter(read_log(log)), None)
    start = first.at if first else until or datetime.now(settings.zone)
    clock = VirtualClock(start)
    channel = ReplayChannel(log)
    bot = await build(
        settings, database, channel, clock, mind=mind, threshold=threshold, holder="replay"
    )
    return await Replay(bot, clock, log, outgoing, watcher).play(until)

"""What happens because time passed: the same jobs on a live clock and in a replay.

A live bot hands them to APScheduler, a replay asks the same triggers for their next moment. Each
periodic act is claimed in the database by (scope, day, kind), so that neither a restart nor a
second process does it twice, and one that was missed is caught up.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.casework import rounds
from bot.casework.work import House, Work
from bot.reports import posting
from bot.upkeep import purge_now
from storage import inbox, issues, roster
from storage.database import Database
from storage.tables import Timer

log = structlog.get_logger()

MISFIRE_GRACE = 3600
_INSTANT = timedelta(microseconds=1)

Act_ = Callable[[datetime], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Job:
    """A periodic act: what it is called, when it is due, what it does for the moment it was due."""

    name: str
    trigger: BaseTrigger
    do: Act_
    back: timedelta = timedelta(days=7)
    """How long after its moment it is still caught up."""

    def next_after(self, moment: datetime) -> datetime | None:
        """The next due moment strictly after another."""
        found: datetime | None = self.trigger.get_next_fire_time(None, moment + _INSTANT)
        return found

    def last_until(self, moment: datetime, since: datetime) -> datetime | None:
        """The latest due moment in (since, moment]."""
        last, found = None, self.next_after(since)
        while found is not None and found <= moment:
            last, found = found, self.next_after(found)
        return last


class Rhythms:
    """Digests, bulletins and timers of every community of the configuration."""

    def __init__(self, database: Database, house: House) -> None:
        self.database, self.house = database, house

    def jobs(self) -> list[Job]:
        """Every periodic job of the configuration."""
        schedule, zone = self.house.settings.schedule, self.house.settings.zone
        at = schedule.daily_digest
        jobs = [Job("daily_digest", _daily(at.hour, at.minute, zone), self._daily_digests)]
        if schedule.bulletin:
            at = schedule.bulletin
            jobs.append(Job("bulletin", _daily(at.hour, at.minute, zone), self._bulletins))
        if schedule.weekly_digest:
            day, clock = schedule.weekly_digest.split()
            hour, minute = clock.split(":")
            trigger = CronTrigger(day_of_week=day, hour=hour, minute=minute, timezone=zone)
            jobs.append(Job("weekly_digest", trigger, self._weekly_digests))
        if schedule.monthly_digest:
            at = schedule.monthly_digest
            trigger = CronTrigger(day=1, hour=at.hour, minute=at.minute, timezone=zone)
            jobs.append(Job("monthly_digest", trigger, self._monthly_digests, timedelta(days=31)))
        jobs.append(Job("hourly", CronTrigger(minute=0, timezone=zone), self._hourly))
        jobs.append(Job("purge", _daily(3, 30, zone), self._purge))
        return jobs

    async def catch_up(self, jobs: Sequence[Job], since: datetime | None) -> None:
        """Do what was missed while nothing ran: the latest due moment of each job."""
        if since is None:
            return
        now = self.house.clock.now()
        for job in jobs:
            if job.name in ("hourly", "purge"):
                continue
            due = job.last_until(now, max(since, now - job.back))
            if due is not None:
                log.info("caught up", job=job.name, due=due.isoformat())
                await job.do(due)

    async def _purge(self, due: datetime) -> None:
        await purge_now(self.house.settings, self.database, due, dry_run=False)

    async def next_forgetting(self) -> datetime | None:
        """When the next words are to be forgotten, to the full minute: many at a time."""
        async with self.database.reading() as session:
            due = await inbox.next_forgetting(session)
        return due.replace(second=0, microsecond=0) + timedelta(minutes=1) if due else None

    async def forget(self) -> None:
        """Empty the words of talk whose time has come."""
        async with self.database.transaction() as session:
            await inbox.forget(session, self.house.clock.now())

    def _day(self, due: datetime) -> date:
        return due.astimezone(self.house.settings.zone).date()

    def _work(self, session: AsyncSession, due: datetime) -> Work:
        return Work(session, self.house, max(due, self.house.clock.now()))

    async def _daily_digests(self, due: datetime) -> None:
        for community in self.house.settings.communities:
            async with self.database.transaction() as session:
                await posting.post_daily(self._work(session, due), community.id, self._day(due))

    async def _weekly_digests(self, due: datetime) -> None:
        last = self._day(due) - timedelta(days=1)
        for community in self.house.settings.communities:
            async with self.database.transaction() as session:
                await posting.post_weekly(self._work(session, due), community.id, last)
        await self._streets(due, last, month=False)

    async def _monthly_digests(self, due: datetime) -> None:
        """Of the month before."""
        last = self._day(due).replace(day=1) - timedelta(days=1)
        for community in self.house.settings.communities:
            async with self.database.transaction() as session:
                await posting.post_monthly(self._work(session, due), community.id, last)
        await self._streets(due, last, month=True)

    async def _streets(self, due: datetime, last: date, *, month: bool) -> None:
        for street in self.house.settings.streets:
            async with self.database.transaction() as session:
                work = self._work(session, due)
                await posting.post_street(work, street.name, last, month=month)

    async def _hourly(self, due: datetime) -> None:
        """平急: a digest every hour in which something changed."""
        async with self.database.reading() as session:
            if not await roster.any_emergency(session):
                return
        for community in self.house.settings.communities:
            async with self.database.transaction() as session:
                await posting.post_hourly(self._work(session, due), community.id, due)

    async def _bulletins(self, due: datetime) -> None:
        for community in self.house.settings.communities:
            for room in self.house.residents_rooms(community.id):
                async with self.database.transaction() as session:
                    await posting.post_bulletin(self._work(session, due), room, self._day(due))

    async def next_timer(self) -> datetime | None:
        async with self.database.reading() as session:
            return await issues.next_timer(session)

    async def fire_timers(self) -> int:
        """Fire every timer that is due; one transaction each: one that fails stops no other."""
        now = self.house.clock.now()
        async with self.database.reading() as session:
            due = list(await issues.due_timers(session, now))
        fired = 0
        for timer in due:
            fired += await self._fire(timer, now)
        return fired

    async def _fire(self, timer: Timer, now: datetime) -> int:
        async with self.database.transaction() as session:
            issue = await issues.get(session, timer.issue)
            if issue is None:
                return 0
            await issues.lock_community(session, issue.community_id)
            row = await session.get(Timer, (timer.issue, timer.kind), with_for_update=True)
            if row is None or row.at > now:
                return 0
            await session.delete(row)
            await session.flush()
            await session.refresh(issue)
            work = Work(session, self.house, now)
            await rounds.fire(work, issue, timer.kind)
        return 1


def _daily(hour: int, minute: int, zone: ZoneInfo) -> CronTrigger:
    return CronTrigger(hour=hour, minute=minute, timezone=zone)


def live_scheduler(jobs: Sequence[Job], zone: ZoneInfo) -> AsyncIOScheduler:
    """APScheduler over the jobs: late ones are done once, not dropped, not piled up."""
    scheduler = AsyncIOScheduler(timezone=zone)
    for job in jobs:
        scheduler.add_job(
            _run_for_due, job.trigger, args=[job], id=job.name, coalesce=True, max_instances=1,
            misfire_grace_time=MISFIRE_GRACE,
        )  # fmt: skip
    return scheduler


async def _run_for_due(job: Job) -> None:
    """Do a job for the moment at which it was due, not for the moment at which it got its turn."""
    now = datetime.now(job.trigger.timezone)
    due = job.last_until(now, now - timedelta(seconds=MISFIRE_GRACE + 60))
    await job.do(due or now)

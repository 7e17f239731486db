"""What happens because time passed: the same jobs on a live clock and in a replay.

A live bot hands them to APScheduler, a replay asks the same triggers for their next moment. Each
periodic act is claimed in the database by (scope, day, kind), so that neither a restart nor a
second process does it twice, and one that was missed is caught up.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger

from bot.casework import rounds
from bot.casework.transitions import Act
from bot.casework.work import House, Work
from bot.reports import digest
from bot.upkeep import purge_now
from storage import inbox, issues, runs
from storage.database import Database
from storage.tables import Community, Room, Timer

log = structlog.get_logger()

MISFIRE_GRACE = 3600
CAUGHT_UP = timedelta(days=7)
_INSTANT = timedelta(microseconds=1)

Act_ = Callable[[datetime], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Job:
    """A periodic act: what it is called, when it is due, what it does for the moment it was due."""

    name: str
    trigger: BaseTrigger
    do: Act_

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
        jobs.append(Job("hourly", CronTrigger(minute=0, timezone=zone), self._hourly))
        jobs.append(Job("purge", _daily(3, 30, zone), self._purge))
        jobs.append(Job("forget", CronTrigger(minute="*/10", timezone=zone), self._forget))
        return jobs

    async def catch_up(self, jobs: Sequence[Job], since: datetime | None) -> None:
        """Do what was missed while nothing ran: the latest due moment of each digest and bulletin."""
        if since is None:
            return
        now = self.house.clock.now()
        for job in jobs:
            if job.name in ("forget", "hourly", "purge"):
                continue
            due = job.last_until(now, max(since, now - CAUGHT_UP))
            if due is not None:
                log.info("caught up", job=job.name, due=due.isoformat())
                await job.do(due)

    async def _purge(self, due: datetime) -> None:
        await purge_now(self.house.settings, self.database, due, dry_run=False)

    async def _forget(self, due: datetime) -> None:
        async with self.database.transaction() as session:
            await inbox.forget(session, due)

    async def _daily_digests(self, due: datetime) -> None:
        day = due.astimezone(self.house.settings.zone).date()
        for community in self.house.settings.communities:
            async with self.database.transaction() as session:
                work = Work(session, self.house, max(due, self.house.clock.now()))
                if not await runs.claim_run(
                    session, community.id, day.isoformat(), "daily", work.now
                ):
                    continue
                text = await digest.daily_text(work, community.id, day)
                picture = await self._picture(work, community.id, due)
                await self._post_digest(work, community.id, text, f"daily:{day}", picture)

    async def _picture(self, work: Work, community_id: str, due: datetime) -> str | None:
        return None

    async def _weekly_digests(self, due: datetime) -> None:
        day = due.astimezone(self.house.settings.zone).date() - digest.DAY
        for community in self.house.settings.communities:
            async with self.database.transaction() as session:
                work = Work(session, self.house, max(due, self.house.clock.now()))
                if not await runs.claim_run(
                    session, community.id, day.isoformat(), "weekly", work.now
                ):
                    continue
                text = await digest.weekly_text(work, community.id, day)
                await self._post_digest(work, community.id, text, f"weekly:{day}", None)

    async def _hourly(self, due: datetime) -> None:
        """平急: a digest every hour in which something changed."""
        for community in self.house.settings.communities:
            async with self.database.transaction() as session:
                row = await session.get(Community, community.id)
                if row is None or not row.emergency or row.emergency_since is None:
                    continue
                work = Work(session, self.house, max(due, self.house.clock.now()))
                start = max(due - timedelta(hours=1), row.emergency_since)
                seen = await digest.window(work, community.id, start, due + _INSTANT)
                changed = [e for e in seen.events if e.issue is not None and e.act != Act.REMIND]
                if not changed or not await runs.claim_run(
                    session, community.id, due.isoformat(), "hourly", work.now
                ):
                    continue
                text = await digest.text_for(work, community.id, start, due + _INSTANT, "hour")
                await self._post_digest(
                    work, community.id, text, f"hourly:{due.isoformat()}", None
                )

    async def _post_digest(
        self, work: Work, community_id: str, text: str, key: str, picture: str | None
    ) -> None:
        room = work.room_named(work.roster.work_room(community_id))
        name = f"digest:{community_id}:{key}"
        if room:
            await work.post("digest", text, key=f"{name}:room", room=room, image=picture)
        await work.post(
            "digest", text, key=f"{name}:secretary", image=picture, community_id=community_id,
            contact=work.roster.secretary_of(community_id).contact,
        )  # fmt: skip

    async def _bulletins(self, due: datetime) -> None:
        day = due.astimezone(self.house.settings.zone).date()
        for community in self.house.settings.communities:
            for room in self.house.residents_rooms(community.id):
                await self._bulletin(room, day, due)

    async def _bulletin(self, room: Room, day: object, due: datetime) -> None:
        async with self.database.transaction() as session:
            work = Work(session, self.house, max(due, self.house.clock.now()))
            local = due.astimezone(self.house.settings.zone).date()
            scope = f"room:{room.id}"
            if not await runs.claim_run(session, scope, local.isoformat(), "bulletin", work.now):
                return
            work.names = await digest.names_in(work, room)
            text = await digest.bulletin_text(work, room, local)
            if text:
                await work.post("bulletin", text, key=f"bulletin:{room.id}:{local}", room=room)

    async def next_timer(self) -> datetime | None:
        async with self.database.reading() as session:
            return await issues.next_timer(session)

    async def fire_timers(self) -> int:
        """Fire every timer that is due; one transaction each, so that one failing stops no other."""
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

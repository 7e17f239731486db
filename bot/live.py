"""`geying run`: the bot on a live channel. Each of its loops goes on whatever one message does."""

import asyncio
import contextlib
import hashlib
import os
import signal
import socket
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog
from filelock import FileLock, Timeout
from sqlalchemy.exc import SQLAlchemyError

from bot.app import Bot, build, clock_reached, note_clock, understander_of
from bot.casework.work import Work
from bot.channels.base import Channel, Inbound
from bot.channels.connection import Connection
from bot.clock import SystemClock
from bot.hearing import LEASE
from bot.outbox import Pace
from bot.schedule import live_scheduler
from bot.settings import Settings, SettingsProblem
from storage import queues, roster, runs
from storage.database import Database
from storage.tables import Room

log = structlog.get_logger()

TICK = 1.0
HEARTBEAT = 15.0
DOWNTIME = timedelta(minutes=2)
LONGEST_WAIT = 60.0


def pace_of(settings: Settings) -> Pace:
    """The budget and pace of the configuration."""
    sending = settings.sending
    return Pace(
        pause=sending.pause,
        per_minute=sending.per_minute,
        per_hour=sending.per_hour,
        per_day=sending.per_day,
        room_per_minute=sending.room_per_minute,
        room_per_hour=sending.room_per_hour,
        room_per_day=sending.room_per_day,
    )


def notice_of(bot: Bot, room: Room) -> tuple[str, str]:
    """The notice of a room and its version: another text is another version."""
    settings = bot.settings
    community = bot.house.roster.communities[room.community_id]
    text = bot.house.speech.say(
        "resident.notice",
        community=community.name,
        operator=settings.privacy.operator or community.name,
        contact=settings.privacy.contact,
        days=settings.privacy.retention_days,
    )
    return text, hashlib.sha256(text.encode()).hexdigest()[:12]


async def post_notices(bot: Bot) -> int:
    """告知书: into each residents' room where this version does not stand yet. Says how many."""
    posted = 0
    async with bot.database.transaction() as session:
        work = Work(session, bot.house, bot.house.clock.now())
        for room in await roster.rooms(session):
            if room.kind != "residents":
                continue
            text, version = notice_of(bot, room)
            if room.notice_version == version:
                continue
            key = f"notice:{room.id}:{version}"
            posted += await work.post("notice", text, key=key, room=room, data={"version": version})
    return posted


class LiveBot:
    """The loops of a live bot: listening, timers, outbox, heartbeat."""

    def __init__(self, bot: Bot, channel: Channel) -> None:
        self.bot, self.channel = bot, channel
        self._stop = asyncio.Event()
        self._undecided: asyncio.Queue[int] = asyncio.Queue()

    async def run(self) -> None:
        """Run until told to stop."""
        bot = self.bot
        await self._note_downtime()
        await bot.intake.catch_up()
        await bot.rhythms.catch_up(bot.jobs, await clock_reached(bot.database))
        await post_notices(bot)
        scheduler = live_scheduler(bot.jobs, bot.settings.zone)
        scheduler.start()
        loops = [
            asyncio.create_task(self._listen()),
            asyncio.create_task(self._decide()),
            asyncio.create_task(self._every(TICK, self._tick)),
            asyncio.create_task(self._every(TICK, self._say)),
            asyncio.create_task(self._every(HEARTBEAT, self._beat)),
        ]
        if bot.house.has_board:
            from bot.board.serving import board_over, serve_beside

            board = board_over(bot.house, bot.database, bot.intake.mind)
            loops.append(asyncio.create_task(serve_beside(board)))
        log.info("running", account=self.channel.account)
        try:
            await self._stop.wait()
        finally:
            scheduler.shutdown(wait=False)
            for loop in loops:
                loop.cancel()
            await asyncio.gather(*loops, return_exceptions=True)
            with contextlib.suppress(SQLAlchemyError):
                await note_clock(bot, bot.house.clock.now())

    def stop(self) -> None:
        self._stop.set()

    async def _listen(self) -> None:
        """Write down what comes, in order; what cannot be written now is tried until it can."""
        async for message in self.channel.messages():
            row_id = await self._until_written(message)
            if row_id is not None:
                self._undecided.put_nowait(row_id)
        self.stop()

    async def _until_written(self, message: Inbound) -> int | None:
        wait = 0.5
        while True:
            try:
                return await self.bot.intake.write(message)
            except SQLAlchemyError as error:
                log.error("not written", error=type(error).__name__, again_in=wait)
                await asyncio.sleep(wait)
                wait = min(wait * 2, LONGEST_WAIT)
            except Exception as error:
                log.exception("a message was passed over", error=type(error).__name__)
                return None

    async def _decide(self) -> None:
        """Decide about what was written, in order; a failure of the database is waited out."""
        while True:
            row_id = await self._undecided.get()
            wait = 0.5
            while True:
                try:
                    await self.bot.intake.decide(row_id)
                    break
                except SQLAlchemyError as error:
                    log.error("not decided", error=type(error).__name__, again_in=wait)
                    await asyncio.sleep(wait)
                    wait = min(wait * 2, LONGEST_WAIT)
                except Exception as error:
                    log.exception("a message could not be decided", error=type(error).__name__)
                    await self.bot.intake.give_up(row_id)
                    break

    async def _every(self, seconds: float, do: Callable[[], Awaitable[object]]) -> None:
        """Do something again and again; a failure is logged and waited out, never the end."""
        wait = seconds
        while True:
            try:
                await do()
                wait = seconds
            except Exception as error:
                log.exception("a loop stumbled", what=do.__name__, error=type(error).__name__)
                wait = min(wait * 2, LONGEST_WAIT)
            await asyncio.sleep(wait)

    async def _tick(self) -> None:
        await self.bot.rhythms.fire_timers()

    async def _say(self) -> None:
        if self.channel.health.connected:
            await self.bot.outbox.send_due()

    async def _beat(self) -> None:
        now = self.bot.house.clock.now()
        await note_clock(self.bot, now)
        await self.bot.intake.catch_up(left_behind=True)
        await self.bot.rhythms.forget()
        if self.channel.health.connected and self.channel.account:
            async with self.bot.database.transaction() as session:
                await roster.keep_serving(session, self.channel.account, now, LEASE)
        health = self.channel.health
        async with self.bot.database.transaction() as session:
            await queues.note_channel(
                session, self.channel.account, connected=health.connected, since=health.since,
                error=health.last_error,
            )  # fmt: skip
        for gap in self.channel.health.recent_gaps:
            if gap.end is not None:
                async with self.bot.database.transaction() as session:
                    await runs.note_gap(session, self.channel.account, gap.start, gap.end)

    async def _note_downtime(self) -> None:
        """A time in which the bot itself did not run is a gap like any other."""
        before = await clock_reached(self.bot.database)
        now = self.bot.house.clock.now()
        if before is not None and now - before > DOWNTIME:
            async with self.bot.database.transaction() as session:
                await runs.note_gap(session, self.channel.account, before, now)
            log.warning("was not running", since=before.isoformat())


def _only_one(settings: Settings, database: Database) -> contextlib.AbstractContextManager[object]:
    """SQLite serves one `geying run`; a second one is refused.

    Raises:
        SettingsProblem: when another process runs on the same file.
    """
    if not database.is_sqlite or not database.url.database:
        return contextlib.nullcontext()
    lock = FileLock(f"{database.url.database}.lock")
    try:
        return lock.acquire(timeout=0)
    except Timeout:
        raise SettingsProblem(
            f"bot.database: another `geying run` is using {database.url.database}; "
            "SQLite serves one, use PostgreSQL for several"
        ) from None


def connection_of(settings: Settings) -> Connection:
    """How the configured gateway is reached.

    Raises:
        SettingsProblem: when it cannot be reached safely, or its token is not set.
    """
    section = settings.channel
    token = settings.channel_token()
    ca_file = settings.source.parent / section.ca_file if section.ca_file else None
    try:
        return Connection(
            section.endpoint,
            token,
            ca_file=ca_file,
            tls_name=section.tls_name or None,
            allow_plaintext=section.allow_plaintext,
        )
    except ValueError as error:
        raise SettingsProblem(f"channel: {error}") from error


def wechaty_channel(settings: Settings) -> Channel:
    """The channel of the configuration; Wechaty's packages are loaded here and nowhere before."""
    from bot.channels.wechaty import WechatyChannel

    return WechatyChannel(connection_of(settings), names=[settings.bot.name])


async def serve(
    settings: Settings, *, dry: bool = False, make_channel: Callable[[], Channel] | None = None
) -> None:
    """Run the bot of a configuration until a signal ends it."""
    mind, threshold = understander_of(settings)
    database = Database(settings.bot.database)
    try:
        with _only_one(settings, database):
            channel = make_channel() if make_channel else wechaty_channel(settings)
            bot = await build(
                settings, database, channel, SystemClock(), mind=mind, threshold=threshold,
                holder=f"{socket.gethostname()}:{os.getpid()}", pace=pace_of(settings),
            )  # fmt: skip
            bot.outbox.dry = dry
            bot.intake.hearing.photos_later = True
            bot.house.has_board = settings.board.enabled
            live = LiveBot(bot, channel)
            loop = asyncio.get_running_loop()
            for number in (signal.SIGTERM, signal.SIGINT):
                with contextlib.suppress(NotImplementedError):
                    loop.add_signal_handler(number, live.stop)
            try:
                await live.run()
            finally:
                await channel.close()
    finally:
        await database.close()

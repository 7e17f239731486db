"""From a message to a committed decision: once, safe from a crash, forgotten when only talk."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from bot.app import Bot, build
from bot.channels.base import Inbound, Outbound
from bot.channels.replay import ReplayChannel
from bot.clock import VirtualClock
from classifiers.understanding import Understander
from storage import roster
from storage.database import Database
from storage.issues import snapshot_rows
from storage.tables import Heard, Outgoing, Report, Resident, Run
from tests.days import ROOM, WORK_ROOM, settings_from

NOW = datetime.fromisoformat("2026-03-03T10:00:00+08:00")
LAMP = "8栋楼下的路灯坏了，麻烦修一下"


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(NOW)


@pytest.fixture
async def bot(
    database: Database, mind: tuple[Understander, float], tmp_path: Path, clock: VirtualClock
) -> Bot:
    """A bot whose notices stand in every room."""
    made = await make(database, mind, tmp_path, clock)
    async with database.transaction() as session:
        for room in await roster.rooms(session):
            room.notice_at = NOW - timedelta(days=1)
            session.add(room)
            made.house.know_rooms([room])
    return made


async def make(
    database: Database, mind: tuple[Understander, float], folder: Path, clock: VirtualClock
) -> Bot:
    settings = settings_from("").model_copy(update={"source": folder / "config.toml"})
    return await build(
        settings, database, ReplayChannel(folder / "none"), clock, mind=mind[0],
        threshold=mind[1], holder="test",
    )  # fmt: skip


def line(text: str, who: str = "liu", room: str | None = ROOM, number: int = 1) -> Inbound:
    return Inbound(
        platform_id=f"m{number}", account="a", room_id=room, room_topic=room,
        sender_id=f"wxid_{who}", sender_name=who, at=NOW, text=text,
    )  # fmt: skip


async def rows(database: Database, table: type) -> list:
    async with database.reading() as session:
        return list((await session.exec(select(table))).all())


async def test_the_same_message_twice_is_one(bot: Bot, database: Database) -> None:
    for _ in range(3):
        await bot.intake.take(line(LAMP))
    async with database.reading() as session:
        [issue] = await snapshot_rows(session, None)
    assert issue["reports"] == 1
    assert len(await rows(database, Heard)) == 1


async def test_a_crash_after_writing_loses_nothing(
    bot: Bot, database: Database, mind: tuple[Understander, float], tmp_path: Path,
    clock: VirtualClock,
) -> None:  # fmt: skip
    assert await bot.intake.write(line(LAMP)) is not None
    again = await make(database, mind, tmp_path, clock)
    assert await again.intake.catch_up() == 1
    assert await again.intake.catch_up() == 0
    async with database.reading() as session:
        assert len(await snapshot_rows(session, None)) == 1


async def test_a_decision_that_fails_leaves_nothing_half_done(
    bot: Bot, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = await bot.intake.write(line(LAMP))
    assert row is not None

    def fail(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(bot.intake, "_finish", fail)
    with pytest.raises(RuntimeError):
        await bot.intake.decide(row)
    monkeypatch.undo()
    async with database.reading() as session:
        assert await snapshot_rows(session, None) == []
    assert await rows(database, Outgoing) == []
    await bot.intake.decide(row)
    async with database.reading() as session:
        [issue] = await snapshot_rows(session, None)
    assert issue["number"] == 1


async def test_talk_that_is_no_issue_is_forgotten(
    bot: Bot, database: Database, clock: VirtualClock
) -> None:
    await bot.intake.take(line("今天晚上吃火锅，有人来吗", number=1))
    await bot.intake.take(line(LAMP, number=2))
    due = await bot.rhythms.next_forgetting()
    assert due is not None
    assert NOW < due <= NOW + timedelta(minutes=4)
    clock.move_to(due)
    await bot.rhythms.forget()
    heard = await rows(database, Heard)
    assert [h.text for h in heard] == [None, None]
    assert [r.text for r in await rows(database, Report)] == [LAMP]


async def test_strangers_rooms_are_not_read(bot: Bot, database: Database) -> None:
    await bot.intake.take(line(LAMP, room="别的小区群"))
    assert await rows(database, Heard) == []
    assert await rows(database, Resident) == []


async def test_nothing_is_read_before_the_notice(
    database: Database, mind: tuple[Understander, float], tmp_path: Path, clock: VirtualClock
) -> None:
    bot = await make(database, mind, tmp_path, clock)
    await bot.intake.take(line(LAMP))
    assert await rows(database, Heard) == []


async def test_who_does_not_want_to_be_read_is_not(bot: Bot, database: Database) -> None:
    await bot.intake.take(line("@小格 不要收集我", number=1))
    before = len(await rows(database, Heard))
    await bot.intake.take(line(LAMP, number=2))
    assert len(await rows(database, Heard)) == before
    await bot.intake.take(line("@小格 恢复收集", number=3))
    await bot.intake.take(line(LAMP, number=4))
    async with database.reading() as session:
        assert len(await snapshot_rows(session, None)) == 1


async def test_our_own_words_are_not_heard(bot: Bot, database: Database) -> None:
    own = line(LAMP)
    await bot.intake.take(Inbound(**{**_fields(own), "from_self": True}))
    assert await rows(database, Heard) == []


def _fields(message: Inbound) -> dict[str, object]:
    return {name: getattr(message, name) for name in message.__dataclass_fields__}


@pytest.mark.parametrize(
    "text",
    [
        "\x00\x01\x02",
        "\u202e\u202e3栋路灯坏了",
        "{{ 7 * 7 }}{% for x in y %}",
        "' OR 1=1; --",
        '=HYPERLINK("http://x")',
        "停水" * 30000,
        "👨👩👧" * 500,
        "@小格 " + "9" * 400,
        "接单 " + "9" * 30,
    ],
)
async def test_hostile_words_do_no_harm(bot: Bot, text: str) -> None:
    for number, (who, room) in enumerate(
        [("liu", ROOM), ("liu", None), ("wang", None), ("wang", WORK_ROOM)]
    ):
        await bot.intake.take(line(text, who, room, number))


async def test_messages_of_two_writers_at_once_are_each_decided_once(
    bot: Bot, database: Database
) -> None:
    first = line("3栋楼下的路灯坏了，麻烦修一下", "liu", number=1)
    second = line("9栋门口的垃圾堆了好几天没人清运", "zhang", number=2)
    await asyncio.gather(*(bot.intake.take(m) for m in (first, second, first, second)))
    async with database.reading() as session:
        assert [row["number"] for row in await snapshot_rows(session, None)] == [1, 2]


class Deaf(ReplayChannel):
    """A channel that fails as told."""

    def __init__(self, folder: Path, fail: Callable[[], Exception | None]) -> None:
        super().__init__(folder)
        self.fail = fail

    async def send(self, message: Outbound) -> str | None:
        error = self.fail()
        if error is not None:
            raise error
        return await super().send(message)


async def test_a_digest_is_posted_once_whatever_runs_again(
    bot: Bot, database: Database, clock: VirtualClock
) -> None:
    clock.move_to(NOW.replace(hour=18))
    daily = next(job for job in bot.jobs if job.name == "daily_digest")
    await asyncio.gather(daily.do(clock.now()), daily.do(clock.now()))
    await bot.rhythms.catch_up(bot.jobs, NOW)
    digests = [row for row in await rows(database, Outgoing) if row.kind == "digest"]
    assert len(digests) == 2  # the work room and the secretary
    assert len([r for r in await rows(database, Run) if r.kind == "daily"]) == 1


async def test_a_digest_that_was_missed_is_caught_up(
    bot: Bot, database: Database, clock: VirtualClock
) -> None:
    clock.move_to(NOW + timedelta(days=1))
    await bot.rhythms.catch_up(bot.jobs, NOW)
    days = {row.day for row in await rows(database, Run) if row.kind == "daily"}
    assert days == {"2026-03-03"}

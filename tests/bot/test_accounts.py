"""Several accounts over one database: one answers in a room, another takes over when it is dead."""

from datetime import datetime, timedelta
from pathlib import Path

from sqlmodel import select

from bot.app import Bot, build
from bot.channels.base import Inbound
from bot.channels.replay import ReplayChannel
from bot.clock import VirtualClock
from bot.hearing import LEASE
from classifiers.understanding import Understander
from storage import roster
from storage.database import Database
from storage.issues import snapshot_rows
from storage.tables import Outgoing
from tests.days import ROOM, settings_from

NOW = datetime.fromisoformat("2026-03-03T10:00:00+08:00")
LAMP = "8栋楼下的路灯坏了，麻烦修一下"
BIN = "3栋门口的垃圾堆了好几天没人清运"


async def account(
    name: str, database: Database, mind: tuple[Understander, float], clock: VirtualClock
) -> Bot:
    settings = settings_from("")
    channel = ReplayChannel(Path("none"))
    channel.account = name
    bot = await build(
        settings, database, channel, clock, mind=mind[0], threshold=mind[1], holder=name
    )
    async with database.transaction() as session:
        for room in await roster.rooms(session):
            room.notice_at = NOW - timedelta(days=1)
            session.add(room)
            bot.house.know_rooms([room])
    return bot


def line(text: str, by: str, number: int, at: datetime = NOW) -> Inbound:
    return Inbound(
        platform_id=f"{by}-{number}", account=by, room_id=ROOM, room_topic=ROOM,
        sender_id="wxid_liu", sender_name="刘叔", at=at, text=text,
    )  # fmt: skip


async def numbers(database: Database) -> list[int]:
    async with database.reading() as session:
        return [row["number"] for row in await snapshot_rows(session, None)]


async def test_two_accounts_in_one_room_answer_once(
    database: Database, mind: tuple[Understander, float]
) -> None:
    clock = VirtualClock(NOW)
    first = await account("a", database, mind, clock)
    second = await account("b", database, mind, clock)
    await first.intake.take(line(LAMP, "a", 1))
    await second.intake.take(line(LAMP, "b", 1))
    assert await numbers(database) == [1]
    assert await second.outbox.send_due() == 1  # the dispatch goes by any account
    assert await first.outbox.send_due() == 1  # the room's receipt by the one that answers there
    async with database.reading() as session:
        said = {row.kind: row.account for row in (await session.exec(select(Outgoing))).all()}
    assert said == {"dispatch": "b", "ack": "a"}


async def test_another_account_takes_over_within_a_minute_and_nothing_is_lost(
    database: Database, mind: tuple[Understander, float]
) -> None:
    clock = VirtualClock(NOW)
    first = await account("a", database, mind, clock)
    second = await account("b", database, mind, clock)
    await first.intake.take(line(LAMP, "a", 1))
    await second.intake.take(line(LAMP, "b", 1))
    # The first dies; the second hears what nobody answers.
    clock.move_to(NOW + timedelta(seconds=20))
    await second.intake.take(line(BIN, "b", 2, clock.now()))
    assert await numbers(database) == [1]
    clock.move_to(NOW + LEASE + timedelta(seconds=1))
    await second.intake.take(line("大家早上好", "b", 3, clock.now()))
    await second.intake.catch_up()
    assert await numbers(database) == [1, 2]


async def test_an_account_that_lives_keeps_its_room(
    database: Database, mind: tuple[Understander, float]
) -> None:
    clock = VirtualClock(NOW)
    first = await account("a", database, mind, clock)
    second = await account("b", database, mind, clock)
    await first.intake.take(line(LAMP, "a", 1))
    for minute in range(1, 4):
        clock.move_to(NOW + timedelta(seconds=40 * minute))
        async with database.transaction() as session:
            await roster.keep_serving(session, "a", clock.now(), LEASE)
    await second.intake.take(line(BIN, "b", 2, clock.now()))
    assert await numbers(database) == [1]

"""What is in the outbox is said: in order, within its budget, again after a failure, never lost."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select

from bot.app import speech_of, synchronise
from bot.casework.work import House
from bot.channels.base import ChannelUnavailable, Outbound, Undeliverable
from bot.channels.replay import ReplayChannel
from bot.clock import VirtualClock
from bot.outbox import Outbox, Pace
from storage.database import Database
from storage.tables import Outgoing
from tests.days import settings_from

NOW = datetime.fromisoformat("2026-03-03T10:00:00+08:00")


class Channel(ReplayChannel):
    """Records what is said; fails as told."""

    def __init__(self, fail: Callable[[Outbound], Exception | None] = lambda _: None) -> None:
        super().__init__(Path("none"))
        self.fail = fail

    async def send(self, message: Outbound) -> str | None:
        if error := self.fail(message):
            raise error
        return await super().send(message)


class Box:
    """An outbox with its clock and channel, on one database."""

    def __init__(self, database: Database, channel: Channel, pace: Pace | None = None) -> None:
        settings = settings_from("")
        self.clock = VirtualClock(NOW)
        self.database, self.channel = database, channel
        self.house = House(settings, self.clock, speech_of(settings))
        self.box = Outbox(database, self.house, channel, holder="a", pace=pace)

    async def put(self, *texts: str, kind: str = "reply", **more: object) -> None:
        self.house.know_rooms(await synchronise(self.database, self.house.settings))
        async with self.database.transaction() as session:
            for text in texts:
                values = {
                    "key": f"{kind}:{text}", "kind": kind, "text": text, "contact": "wxid_li",
                    "created_at": self.clock.now(), "not_before": self.clock.now(), **more,
                }  # fmt: skip
                session.add(Outgoing(**values))

    async def states(self) -> list[str]:
        async with self.database.reading() as session:
            query = select(Outgoing.state).order_by(col(Outgoing.id))
            return list((await session.exec(query)).all())

    def said(self) -> list[str]:
        return [message.text for message in self.channel.sent]


async def test_everything_is_said_once_and_in_order(database: Database) -> None:
    box = Box(database, Channel())
    await box.put("一", "二", "三")
    assert await box.box.send_due() == 3
    assert await box.box.send_due() == 0
    assert box.said() == ["一", "二", "三"]


async def test_nothing_is_said_before_its_time(database: Database) -> None:
    box = Box(database, Channel())
    await box.put("明早", not_before=NOW + timedelta(hours=1))
    assert await box.box.send_due() == 0
    box.clock.move_to(NOW + timedelta(hours=1))
    assert await box.box.send_due() == 1


async def test_a_channel_that_is_gone_is_tried_again_later(database: Database) -> None:
    gone = [ChannelUnavailable("gone"), None]
    box = Box(database, Channel(lambda _: gone.pop(0)))
    await box.put("一")
    await box.box.send_due()
    assert (box.said(), await box.states()) == ([], ["waiting"])
    box.clock.move_to(NOW + timedelta(minutes=1))
    await box.box.send_due()
    assert (box.said(), await box.states()) == (["一"], ["sent"])


async def test_what_can_never_be_said_is_stuck_and_holds_up_nothing(database: Database) -> None:
    def fail(message: Outbound) -> Exception | None:
        return Undeliverable("no such contact") if message.text == "一" else None

    box = Box(database, Channel(fail))
    await box.put("一", "二")
    await box.box.send_due()
    assert (box.said(), await box.states()) == (["二"], ["stuck", "sent"])


async def test_what_fails_for_ever_ends_on_the_stuck_list(database: Database) -> None:
    box = Box(database, Channel(lambda _: ChannelUnavailable("gone")))
    await box.put("一")
    for hour in range(1, 20):
        await box.box.send_due()
        box.clock.move_to(NOW + timedelta(hours=hour))
    assert await box.states() == ["stuck"]


async def test_two_senders_say_nothing_twice(database: Database) -> None:
    box = Box(database, Channel())
    await box.put(*(str(n) for n in range(20)))
    other = Outbox(database, box.house, box.channel, holder="b")
    while await box.box.send_due(limit=3) + await other.send_due(limit=3):
        pass
    assert sorted(box.said(), key=int) == [str(n) for n in range(20)]


async def test_a_budget_holds_back_all_but_what_is_critical(database: Database) -> None:
    pace = Pace(per_minute=2, per_hour=100, per_day=1000)
    box = Box(database, Channel(), pace)
    await box.put("一", "二", "三")
    await box.put("困人", kind="dispatch", urgency="critical")
    await box.box.send_due()
    assert sorted(box.said()) == sorted(["一", "二", "困人"])
    box.clock.move_to(NOW + timedelta(minutes=2))
    await box.box.send_due()
    assert "三" in box.said()


async def test_nothing_is_sent_in_a_dry_run(database: Database) -> None:
    box = Box(database, Channel())
    box.box.dry = True
    await box.put("一")
    assert await box.box.send_due() == 0
    assert box.said() == []


@pytest.mark.parametrize("together", [2, 5])
async def test_receipts_that_come_together_are_said_as_one(
    database: Database, together: int
) -> None:
    box = Box(database, Channel())
    await box.put("起头")
    room = box.house.rooms["翠湖苑业主1群"]
    for number in range(1, together + 2):
        data = {"number": number, "matter": "路灯", "place": f"{number}栋", "sensitive": False}
        await box.put(
            f"记下了{number}", kind="ack", room_id=room.id, contact=None, data=data, issue=number
        )
        if number == 1:
            await box.box.send_due()
    await box.box.send_due()
    assert len([t for t in box.said() if "记下了" in t]) == 1
    box.clock.move_to(NOW + timedelta(minutes=2))
    await box.box.send_due()
    last = box.said()[-1]
    assert f"{together}件" in last
    assert all(f"{n}号" in last for n in range(2, together + 2))

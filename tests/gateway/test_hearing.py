"""What residents and workers say reaches the bot: whole, once, and in order."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.channels.base import ImageUnavailable
from bot.channels.wechaty import WechatyChannel

from .harness import ALICE, BOB, BOT, QUICK, ROOM, Ear, GatewayProcess, until

pytestmark = pytest.mark.asyncio


def photo(size: int, name: str = "灯.jpg") -> tuple[bytes, dict[str, str]]:
    data = bytes(i * 7 % 251 for i in range(1000)) * (size // 1000 + 1)
    data = data[:size]
    return data, {"name": name, "base64": base64.b64encode(data).decode()}


async def test_group_message(ear: Ear, gateway: GatewayProcess) -> None:
    sent_at = datetime(2026, 3, 2, 0, 15, tzinfo=UTC)
    said = gateway.inject("3栋2单元电梯又困人了！！", timestamp=int(sent_at.timestamp() * 1000))
    message = await ear.one()
    assert message.platform_id == said
    assert (message.account, message.room_id, message.room_topic) == (BOT, ROOM, "测试群")
    assert (message.sender_id, message.sender_name) == (ALICE, "爱丽丝")
    assert message.text == "3栋2单元电梯又困人了！！"
    assert message.at == sent_at
    assert message.at.tzinfo is not None
    assert (message.mentions_bot, message.quote, message.image) == (False, None, None)
    assert not message.from_self


async def test_direct_message(ear: Ear, gateway: GatewayProcess) -> None:
    gateway.inject("接单 12", room=None, talker=BOB)
    message = await ear.one()
    assert (message.room_id, message.room_topic) == (None, None)
    assert (message.sender_id, message.sender_name, message.text) == (BOB, "Bob", "接单 12")


@pytest.mark.parametrize("size", [500, 60_000, 4 * 1024 * 1024])
async def test_photo(ear: Ear, gateway: GatewayProcess, size: int) -> None:
    data, image = photo(size)
    gateway.inject(image=image)
    message = await ear.one()
    assert message.text == ""
    assert message.image is not None
    assert message.image.name == "灯.jpg"
    assert await message.image.read() == data


async def test_photo_name_is_never_a_path(ear: Ear, gateway: GatewayProcess) -> None:
    _, image = photo(100, name="../../etc/灯.jpg")
    gateway.inject(image=image)
    message = await ear.one()
    assert message.image is not None
    assert message.image.name == "灯.jpg"


# A gateway that fails to stream a photo never says so: each such attempt takes its whole time.
@pytest.mark.parametrize("timing", [replace(QUICK, photo=0.5)])
async def test_photo_that_the_gateway_has_lost(ear: Ear, gateway: GatewayProcess) -> None:
    gateway.inject(type=6)
    gateway.inject("照片发了")
    photo, text = await ear.first(2)
    assert photo.image is not None
    with pytest.raises(ImageUnavailable):
        await photo.image.read()
    assert text.text == "照片发了"


@pytest.mark.parametrize("timing", [replace(QUICK, photo=2)])
async def test_photo_at_the_second_attempt(ear: Ear, gateway: GatewayProcess) -> None:
    data, image = photo(60_000)
    gateway.inject(image=image)
    message = await ear.one()
    assert message.image is not None
    gateway.post("fail", method="messageImage", times=1)
    assert await message.image.read() == data


@pytest.mark.parametrize(
    ("text", "mentions", "own_words"),
    [
        ("@小格\u2005进度 12", [BOT], "进度 12"),
        ("@Bot\u2005 进度 12", [BOT], "进度 12"),
        ("@物业小助手\u2005进度 12", [BOT], "进度 12"),  # a name that only this room knows
        ("@小格 进度 12", [], "进度 12"),
        ("＠小格进度12", [], "进度12"),
        ("帮忙看看 @小格\u2005", [BOT], "帮忙看看"),
        ("@小格", [], ""),
    ],
)
async def test_the_bot_is_spoken_to(
    ear: Ear, gateway: GatewayProcess, text: str, mentions: list[str], own_words: str
) -> None:
    gateway.inject(text, mentions=mentions)
    message = await ear.one()
    assert message.mentions_bot
    assert message.text == own_words


@pytest.mark.parametrize(
    ("text", "mentions"),
    [
        ("@所有人 明天停水", [BOT, ALICE, BOB]),
        ("@Bob\u2005 你家漏水了", [BOB]),
        ("@小格子\u2005 你家漏水了", []),
        ("有事可以找小格", []),
        ("发邮件到 wang@Bot.example 也行", []),
    ],
)
async def test_somebody_else_is_spoken_to(
    ear: Ear, gateway: GatewayProcess, text: str, mentions: list[str]
) -> None:
    gateway.inject(text, mentions=mentions)
    message = await ear.one()
    assert not message.mentions_bot
    assert message.text == text.replace("\u2005", " ")


async def test_quote(ear: Ear, gateway: GatewayProcess) -> None:
    gateway.inject(
        "「小格：14号｜翠湖苑8栋｜路灯\n回：接单」\n- - - - - - - - - - - - - - -\n@小格\u2005收到",
        mentions=[BOT],
    )
    message = await ear.one()
    assert message.quote == "14号｜翠湖苑8栋｜路灯\n回：接单"
    assert message.text == "收到"
    assert message.mentions_bot


async def test_a_burst_keeps_its_order(ear: Ear, gateway: GatewayProcess) -> None:
    gateway.post("burst", room=ROOM, n=300)
    assert [m.text for m in await ear.first(300)] == [f"burst {i}" for i in range(300)]


async def test_what_nobody_can_read_is_left_out(
    ear: Ear, channel: WechatyChannel, gateway: GatewayProcess
) -> None:
    kinds: list[Any] = [16, 2, 5, 15, 99, 0]  # 16 ends the loop of the stock Python client
    for number, kind in enumerate(kinds):
        gateway.inject(f"之前{number}")
        gateway.inject("?", type=kind)
    gateway.inject("最后")
    heard = await ear.first(len(kinds) + 1)
    assert [m.text for m in heard] == [*(f"之前{i}" for i in range(len(kinds))), "最后"]
    assert channel.health.gaps == 0


async def test_odd_events_end_nothing(
    ear: Ear, channel: WechatyChannel, gateway: GatewayProcess
) -> None:
    gateway.post("emit", event="message", payload={})
    gateway.post("emit", event="room-topic", payload={"odd": 1})
    gateway.post("emit", event="error", payload={"what": "ever", "data": "odd"})
    gateway.post("emit", event="heartbeat", payload={})
    gateway.inject("还在")
    assert (await ear.one()).text == "还在"
    assert channel.health.gaps == 0


async def test_a_message_survives_an_error_of_the_gateway(
    ear: Ear, channel: WechatyChannel, gateway: GatewayProcess
) -> None:
    gateway.post("fail", method="messageRawPayload", times=2)
    gateway.inject("一")
    gateway.inject("二")
    assert [m.text for m in await ear.first(2)] == ["一", "二"]
    assert channel.health.lost == 0


async def test_a_message_that_stays_unreadable_is_counted(
    ear: Ear, channel: WechatyChannel, gateway: GatewayProcess
) -> None:
    gateway.post("fail", method="messageRawPayload", times=3)
    gateway.inject("一")
    await until(lambda: channel.health.lost == 1, "the loss to be counted")
    gateway.inject("二")
    assert (await ear.one()).text == "二"


async def test_a_message_is_not_lost_for_want_of_a_name(ear: Ear, gateway: GatewayProcess) -> None:
    gateway.post("contact", id="wxid_new", name="新邻居")
    gateway.post("room", id="1009@chatroom", topic="新群")
    gateway.post("fail", method="contactRawPayload", times=99)
    gateway.post("fail", method="roomRawPayload", times=99)
    gateway.inject("楼道灯坏了", talker="wxid_new", room="1009@chatroom")
    message = await ear.one()
    assert (message.text, message.sender_id, message.sender_name) == ("楼道灯坏了", "wxid_new", "")
    assert (message.room_id, message.room_topic) == ("1009@chatroom", None)


async def test_own_messages_are_marked(ear: Ear, gateway: GatewayProcess) -> None:
    gateway.inject("我自己说的", talker=BOT)
    gateway.inject("别人说的")
    assert [m.from_self for m in await ear.first(2)] == [True, False]


async def test_topic_change(ear: Ear, channel: WechatyChannel, gateway: GatewayProcess) -> None:
    gateway.post("room", id="1010@chatroom", topic="旧名")
    gateway.inject("一", room="1010@chatroom")
    assert (await ear.one()).room_topic == "旧名"
    gateway.post("topic", room="1010@chatroom", topic="新名")
    gateway.inject("二", room="1010@chatroom")
    assert (await ear.first(2))[1].room_topic == "新名"
    assert await channel.room_id("新名") == "1010@chatroom"
    assert await channel.room_id("旧名") is None


async def test_somebody_takes_another_name(ear: Ear, gateway: GatewayProcess) -> None:
    gateway.post("contact", id="wxid_carol", name="Carol")
    gateway.inject("一", talker="wxid_carol")
    assert (await ear.one()).sender_name == "Carol"
    gateway.post("contact", id="wxid_carol", name="3栋卡罗")
    gateway.inject("二", talker="wxid_carol")
    assert (await ear.first(2))[1].sender_name == "3栋卡罗"


async def test_seconds_and_milliseconds(ear: Ear, gateway: GatewayProcess) -> None:
    moment = datetime(2026, 3, 2, 8, 15, 30, tzinfo=UTC)
    gateway.inject("秒", timestamp=int(moment.timestamp()))
    gateway.inject("毫秒", timestamp=int(moment.timestamp() * 1000))
    assert [m.at for m in await ear.first(2)] == [moment, moment]


async def test_a_message_without_a_time_is_of_now(ear: Ear, gateway: GatewayProcess) -> None:
    before = datetime.now(UTC)
    gateway.inject("没有时间", timestamp=0)
    assert before <= (await ear.one()).at <= datetime.now(UTC)


async def test_nothing_that_a_database_refuses(ear: Ear, gateway: GatewayProcess) -> None:
    gateway.inject("路灯\x00坏了 ")
    assert (await ear.one()).text == "路灯坏了"

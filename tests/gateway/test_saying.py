"""What the bot says arrives where it belongs, or the sender learns why it does not."""
# ruff: noqa: ASYNC240 -- small files of the test itself, read while nothing else runs

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from bot.channels.base import ChannelUnavailable, Outbound, Undeliverable
from bot.channels.wechaty import LARGEST_SENT, WechatyChannel

from .harness import ALICE, BOB, BOT, OTHER_ROOM, ROOM, Ear, GatewayProcess

pytestmark = pytest.mark.asyncio


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "日报.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 300)
    return path


async def test_to_a_room(channel: WechatyChannel, gateway: GatewayProcess) -> None:
    said = await channel.send(Outbound("记下了，8栋楼下路灯（12号）。", room_id=ROOM))
    [sent] = gateway.sent()
    assert (sent["to"], sent["text"]) == (ROOM, "记下了，8栋楼下路灯（12号）。")
    assert sent["mentions"] == []
    assert said == sent["id"]


async def test_to_a_person(channel: WechatyChannel, gateway: GatewayProcess) -> None:
    await channel.send(Outbound("12号｜翠湖苑8栋｜路灯", contact_id=BOB))
    [sent] = gateway.sent()
    assert (sent["to"], sent["text"]) == (BOB, "12号｜翠湖苑8栋｜路灯")


async def test_mentions(channel: WechatyChannel, gateway: GatewayProcess) -> None:
    await channel.send(Outbound("是几栋楼下？", room_id=ROOM, mention_ids=(ALICE, BOB)))
    [sent] = gateway.sent()
    assert sent["text"] == "@爱丽丝\u2005@Bob\u2005是几栋楼下？"
    assert sent["mentions"] == [ALICE, BOB]


async def test_nobody_is_mentioned_in_private(
    channel: WechatyChannel, gateway: GatewayProcess
) -> None:
    await channel.send(Outbound("修好了吗？", contact_id=ALICE, mention_ids=(ALICE,)))
    assert gateway.sent()[0]["text"] == "修好了吗？"


async def test_text_before_its_picture(
    channel: WechatyChannel, gateway: GatewayProcess, picture: Path
) -> None:
    said = await channel.send(Outbound("今天新增6件", room_id=ROOM, image=picture))
    text, file = gateway.sent()
    assert (text["kind"], text["text"]) == ("text", "今天新增6件")
    assert (file["kind"], file["to"], file["name"]) == ("file", ROOM, "日报.png")
    assert base64.b64decode(file["base64"]) == picture.read_bytes()
    assert said == text["id"]


async def test_picture_alone(
    channel: WechatyChannel, gateway: GatewayProcess, picture: Path
) -> None:
    said = await channel.send(Outbound("", contact_id=BOB, image=picture))
    [file] = gateway.sent()
    assert (file["kind"], file["id"]) == ("file", said)


async def test_the_largest_picture(
    channel: WechatyChannel, gateway: GatewayProcess, picture: Path
) -> None:
    picture.write_bytes(bytes(range(256)) * (LARGEST_SENT // 256))
    await channel.send(Outbound("", room_id=ROOM, image=picture))
    [file] = gateway.sent()
    assert base64.b64decode(file["base64"]) == picture.read_bytes()


@pytest.mark.parametrize("size", [0, LARGEST_SENT + 1, None])
async def test_a_bad_picture_says_nothing(
    channel: WechatyChannel, gateway: GatewayProcess, picture: Path, size: int | None
) -> None:
    if size is None:
        picture.unlink()
    else:
        picture.write_bytes(bytes(size))
    with pytest.raises(Undeliverable, match="日报"):
        await channel.send(Outbound("今天新增6件", room_id=ROOM, image=picture))
    assert gateway.sent() == []


@pytest.mark.parametrize(
    "message",
    [
        Outbound("没有去处"),
        Outbound("两个去处", room_id=ROOM, contact_id=BOB),
        Outbound("", room_id=ROOM),
        Outbound("不在的群", room_id="9999@chatroom"),
        Outbound("不认识的人", contact_id="wxid_nobody"),
    ],
)
async def test_what_can_never_be_delivered(
    channel: WechatyChannel, gateway: GatewayProcess, message: Outbound
) -> None:
    with pytest.raises(Undeliverable):
        await channel.send(message)
    assert gateway.sent() == []


async def test_an_error_of_the_gateway_may_pass(
    channel: WechatyChannel, gateway: GatewayProcess
) -> None:
    gateway.post("fail", method="messageSendText", times=1)
    message = Outbound("14号记下了，会有人联系你", room_id=ROOM)
    with pytest.raises(ChannelUnavailable):
        await channel.send(message)
    assert await channel.send(message)
    assert len(gateway.sent()) == 1


async def test_a_text_is_not_said_again_for_its_picture(
    channel: WechatyChannel, gateway: GatewayProcess, picture: Path
) -> None:
    message = Outbound("今天新增6件", room_id=ROOM, image=picture)
    gateway.post("fail", method="messageSendFile", times=1)
    with pytest.raises(ChannelUnavailable):
        await channel.send(message)
    said = await channel.send(message)
    assert [sent["kind"] for sent in gateway.sent()] == ["text", "file"]
    assert said == gateway.sent()[0]["id"]
    await channel.send(message)  # a new message that happens to be the same is said in full
    assert [sent["kind"] for sent in gateway.sent()] == ["text", "file"] * 2


async def test_rooms_are_found_by_topic(channel: WechatyChannel, gateway: GatewayProcess) -> None:
    assert await channel.room_id("测试群") == ROOM
    assert await channel.room_id("Second room") == OTHER_ROOM
    assert await channel.room_id("没有这个群") is None


async def test_two_rooms_of_one_name_are_no_room(
    channel: WechatyChannel, gateway: GatewayProcess
) -> None:
    for room in ("2001@chatroom", "2002@chatroom"):
        gateway.post("room", id=room, topic="翠湖苑业主群")
    assert await channel.room_id("翠湖苑业主群") is None


async def test_own_words_come_back_marked(
    ear: Ear, channel: WechatyChannel, gateway: GatewayProcess
) -> None:
    gateway.post("echo", on=True)
    said = await channel.send(Outbound("12号好了", room_id=ROOM))
    message = await ear.one()
    assert message.from_self
    assert (message.platform_id, message.sender_id) == (said, BOT)

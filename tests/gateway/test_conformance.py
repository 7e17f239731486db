"""Whatever a channel leads to, the bot sees the same: one protocol, every implementation."""

from __future__ import annotations

import base64
import importlib
import json
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import pytest
import pytest_asyncio

from bot.channels.base import Channel, ImageUnavailable, Inbound, Outbound, Undeliverable
from bot.channels.wechaty import WechatyChannel

from .harness import OTHER_ROOM, QUICK, ROOM, Ear, GatewayProcess, until

pytestmark = pytest.mark.asyncio

Line = dict[str, Any]
ALICE = {"id": "wxid_alice", "name": "爱丽丝"}
BOB = {"id": "wxid_bob", "name": "Bob"}
TOPICS = {"测试群": ROOM, "Second room": OTHER_ROOM}


def line(seconds: int, room: str | None, sender: dict[str, str], **more: Any) -> Line:
    """One line of the replay log's format, so many seconds into a morning."""
    return {"at": f"2026-03-02T08:15:{seconds:02}+08:00", "room": room, "sender": sender, **more}


class Stage(Protocol):
    """Has a conversation happen on some platform."""

    async def play(self, *lines: Line) -> tuple[Channel, list[Inbound]]:
        """The channel, still open, and what it heard."""
        ...


class ReplayStage:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.channel: Channel | None = None

    async def play(self, *lines: Line) -> tuple[Channel, list[Inbound]]:
        log = self._folder / "log.jsonl"
        log.write_text("".join(json.dumps(each, ensure_ascii=False) + "\n" for each in lines))
        replay = importlib.import_module("bot.channels.replay")
        self.channel = channel = replay.ReplayChannel(log)
        return channel, [message async for message in channel.messages()]


class WechatyStage:
    def __init__(self, folder: Path, gateway: GatewayProcess) -> None:
        self._folder, self._gateway = folder, gateway
        self.channel = WechatyChannel(gateway.connection(), ["小格"], timing=QUICK)

    async def play(self, *lines: Line) -> tuple[Channel, list[Inbound]]:
        ear = Ear(self.channel)
        await until(lambda: self.channel.health.connected, "the channel to connect")
        for each in lines:
            self._gateway.inject(**self._said(each))
        return self.channel, await ear.first(len(lines))

    def _said(self, line: Line) -> dict[str, Any]:
        text = line.get("text", "")
        if line.get("mentions_bot"):
            text = f"@小格\u2005{text}"
        if "quote" in line:
            text = f"「Bob：{line['quote']}」\n- - - - - - - - - - - - - - -\n{text}"
        said: dict[str, Any] = {
            "room": TOPICS.get(line["room"]),
            "talker": line["sender"]["id"],
            "text": text,
            "timestamp": int(datetime.fromisoformat(line["at"]).timestamp() * 1000),
        }
        if "image" in line:
            path = self._folder / line["image"]
            said |= {"type": 6}
            if path.exists():
                data = base64.b64encode(path.read_bytes()).decode()
                said |= {"image": {"name": path.name, "base64": data}}
        return said | ({"id": line["id"]} if "id" in line else {})


@pytest_asyncio.fixture(params=["wechaty", "replay"])
async def stage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Stage]:
    if request.param == "replay":
        pytest.importorskip("bot.channels.replay", reason="there is no replay channel yet")
        replay = ReplayStage(tmp_path)
        yield replay
        if replay.channel is not None:
            await replay.channel.close()
    else:
        gateway: GatewayProcess = request.getfixturevalue("gateway")
        wechaty = WechatyStage(tmp_path, gateway)
        yield wechaty
        await wechaty.channel.close()
        await until(lambda: not gateway.listening(), "the gateway to see that the channel is gone")


async def test_everything_is_heard_in_order(stage: Stage) -> None:
    lines = [
        line(0, "测试群", ALICE, text="3栋2单元电梯又困人了！！", id="m1"),
        line(0, None, BOB, text="接单", id="m2"),
        line(1, "Second room", BOB, text="收到", id="m3"),
        line(9, "测试群", BOB, text="+1", id="m4"),
    ]
    channel, heard = await stage.play(*lines)
    assert [m.platform_id for m in heard] == ["m1", "m2", "m3", "m4"]
    assert [m.text for m in heard] == [each["text"] for each in lines]
    assert [m.room_topic for m in heard] == ["测试群", None, "Second room", "测试群"]
    assert [m.room_id is None for m in heard] == [False, True, False, False]
    assert heard[0].room_id == heard[3].room_id != heard[2].room_id
    assert [m.sender_id for m in heard] == ["wxid_alice", "wxid_bob", "wxid_bob", "wxid_bob"]
    assert [m.sender_name for m in heard] == ["爱丽丝", "Bob", "Bob", "Bob"]
    assert [m.at for m in heard] == [datetime.fromisoformat(each["at"]) for each in lines]
    assert all(m.at.tzinfo is not None for m in heard)
    assert {m.account for m in heard} == {channel.account}
    assert not any(m.from_self or m.mentions_bot or m.quote or m.image for m in heard)


async def test_lines_without_an_id_are_told_apart(stage: Stage) -> None:
    _, heard = await stage.play(*[line(0, "测试群", ALICE, text="停水了") for _ in range(3)])
    assert len({m.platform_id for m in heard}) == 3


async def test_the_bot_is_spoken_to(stage: Stage) -> None:
    said = line(0, "测试群", ALICE, text="进度 12", mentions_bot=True)
    _, [message] = await stage.play(said)
    assert message.mentions_bot
    assert message.text == "进度 12"


async def test_a_quote(stage: Stage) -> None:
    _, [message] = await stage.play(line(0, "测试群", ALICE, text="收到", quote="12号｜路灯"))
    assert (message.quote, message.text) == ("12号｜路灯", "收到")


async def test_photos(stage: Stage, tmp_path: Path) -> None:
    data = bytes(range(256)) * 200
    (tmp_path / "photo.jpg").write_bytes(data)
    _, [message] = await stage.play(line(0, "测试群", ALICE, image="photo.jpg"))
    assert message.text == ""
    assert message.image is not None
    assert message.image.name == "photo.jpg"
    assert await message.image.read() == data


@pytest.mark.parametrize("stage", ["replay"], indirect=True)
async def test_a_photo_that_is_missing_in_a_log(stage: Stage) -> None:
    """For the gateway see test_hearing: there it takes time."""
    _, [message] = await stage.play(line(0, "测试群", ALICE, image="missing.jpg"))
    assert message.image is not None
    with pytest.raises(ImageUnavailable):
        await message.image.read()


async def test_sending(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "日报.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    channel, [message] = await stage.play(line(0, "测试群", ALICE, text="路灯坏了"))
    room = await channel.room_id("测试群")
    assert room == message.room_id
    for out in (
        Outbound("记下了", room_id=room, mention_ids=("wxid_alice",)),
        Outbound("12号｜路灯", contact_id="wxid_bob"),
        Outbound("今天新增1件", room_id=room, image=tmp_path / "日报.png"),
    ):
        said = await channel.send(out)
        assert said is None or said


async def test_a_message_has_one_destination(stage: Stage) -> None:
    channel, [message] = await stage.play(line(0, "测试群", ALICE, text="路灯坏了"))
    for out in (
        Outbound("没有去处"),
        Outbound("两个去处", room_id=message.room_id, contact_id="wxid_bob"),
    ):
        with pytest.raises(Undeliverable):
            await channel.send(out)


async def test_health_and_end(stage: Stage) -> None:
    channel, _ = await stage.play(line(0, "测试群", ALICE, text="路灯坏了"))
    assert channel.health.connected
    assert (channel.health.gaps, channel.health.last_error) == (0, None)
    await channel.close()
    await channel.close()
    assert [m async for m in channel.messages()] == []

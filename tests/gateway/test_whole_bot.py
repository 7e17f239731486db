"""The whole bot on a real gateway: from a line in a group to a worker's hand and back."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.app import build
from bot.channels.wechaty import WechatyChannel
from bot.clock import SystemClock
from bot.live import LiveBot
from bot.settings import Settings
from classifiers.understanding import Understander
from storage import roster
from storage.database import Database
from storage.issues import snapshot_rows
from tests.days import ROOM as TOPIC
from tests.days import WORK_ROOM, settings_from, write_config

from .harness import QUICK, TOKEN, GatewayProcess, until

AWAKE = '[schedule]\nquiet_hours = ["03:00", "03:00"]\n[sending]\npause = 0.0\n'
ESTATE, OFFICE = "2001@chatroom", "2002@chatroom"
PEOPLE = {
    "wxid_liu": "刘叔", "wxid_zhang": "张阿姨", "wxid_wang": "王芳", "wxid_li": "李强",
    "wxid_chen": "陈书记",
}  # fmt: skip


def furnish(gateway: GatewayProcess) -> None:
    """The rooms and people of the example's community."""
    for contact, name in PEOPLE.items():
        gateway.post("contact", id=contact, name=name)
    members = ["wxid_bot", *PEOPLE]
    gateway.post("room", id=ESTATE, topic=TOPIC, members=members)
    gateway.post("room", id=OFFICE, topic=WORK_ROOM, members=members)


def said_to(gateway: GatewayProcess, target: str, piece: str) -> list[dict[str, Any]]:
    return [m for m in gateway.sent() if m["to"] == target and piece in m.get("text", "")]


async def wait_said(gateway: GatewayProcess, target: str, piece: str) -> None:
    await until(lambda: bool(said_to(gateway, target, piece)), f"“{piece}” to {target}")


@pytest.fixture
def furnished(own_gateway: GatewayProcess) -> GatewayProcess:
    own_gateway.start()
    furnish(own_gateway)
    return own_gateway


@contextlib.asynccontextmanager
async def running(
    gateway: GatewayProcess, url: str, mind: tuple[Understander, float], folder: Path
) -> AsyncIterator[LiveBot]:
    """A live bot on the gateway, in this process."""
    settings: Settings = settings_from(AWAKE).model_copy(update={"source": folder / "config.toml"})
    store = Database(url)
    channel = WechatyChannel(gateway.connection(), [settings.bot.name], timing=QUICK)
    bot = await build(
        settings, store, channel, SystemClock(), mind=mind[0], threshold=mind[1], holder="test"
    )
    bot.intake.hearing.photos_later = True
    live = LiveBot(bot, channel)
    task = asyncio.create_task(live.run())
    try:
        yield live
    finally:
        live.stop()
        await task
        await channel.close()
        await store.close()


async def ledger(url: str) -> list[dict[str, Any]]:
    store = Database(url)
    try:
        async with store.reading() as session:
            return await snapshot_rows(session, None)
    finally:
        await store.close()


async def wait_notice(gateway: GatewayProcess, url: str) -> None:
    """From here on the bot reads in the estate's room."""
    await wait_said(gateway, ESTATE, "不要收集我")
    store = Database(url)
    try:
        for _ in range(2000):
            async with store.reading() as session:
                rooms = await roster.rooms(session)
            if all(room.notice_at for room in rooms if room.kind == "residents"):
                return
            await asyncio.sleep(0.02)
        raise AssertionError("the notice was not recorded")
    finally:
        await store.close()


async def test_a_lamp_is_reported_dispatched_handled_and_rated(
    furnished: GatewayProcess, database_url: str, mind: tuple[Understander, float], tmp_path: Path
) -> None:
    async with running(furnished, database_url, mind, tmp_path):
        await wait_notice(furnished, database_url)
        furnished.inject("早上好各位邻居", room=ESTATE, talker="wxid_zhang")
        furnished.inject("8栋楼下的路灯坏了，麻烦修一下", room=ESTATE, talker="wxid_liu")
        await wait_said(furnished, "wxid_li", "8栋")
        await wait_said(furnished, ESTATE, "记下了")
        furnished.inject("接单", room=None, talker="wxid_li")
        await wait_said(furnished, "wxid_li", "归你了")
        furnished.inject("办结 换了灯泡", room=None, talker="wxid_li")
        await wait_said(furnished, ESTATE, "换了灯泡")
        furnished.inject("满意，谢谢", room=None, talker="wxid_liu")
        await wait_said(furnished, "wxid_liu", "记下了")
    [issue] = await ledger(database_url)
    assert (issue["status"], issue["rating"], issue["worker"]) == ("closed", "satisfied", "li")
    assert len(said_to(furnished, "wxid_li", "回：接单")) == 1


async def test_nothing_is_read_in_a_room_before_its_notice(
    furnished: GatewayProcess, mind: tuple[Understander, float], tmp_path: Path
) -> None:
    furnished.post("fail", method="messageSendText", times=2)
    url = f"sqlite:///{tmp_path / 'geying.db'}"
    async with running(furnished, url, mind, tmp_path) as live:
        await until(lambda: live.channel.health.connected, "the channel to connect")
        furnished.inject("3栋楼下的路灯坏了，麻烦修一下", room=ESTATE, talker="wxid_liu")
        furnished.inject("你好", room=None, talker="wxid_wang")
        await until(lambda: furnished.get("state")["calls"].get("messageSendText", 0) >= 2, "sends")
        assert await ledger(url) == []


async def test_a_photo_is_kept_with_its_issue(
    furnished: GatewayProcess, mind: tuple[Understander, float], tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'geying.db'}"
    async with running(furnished, url, mind, tmp_path):
        await wait_notice(furnished, url)
        furnished.inject("8栋楼下的路灯坏了，麻烦修一下", room=ESTATE, talker="wxid_liu")
        await wait_said(furnished, "wxid_li", "8栋")
        image = {"name": "lamp.jpg", "base64": "QUJD" * 9000}
        furnished.inject(None, room=ESTATE, talker="wxid_liu", image=image)
        photos = tmp_path / "files" / "photos"
        await until(lambda: len(list(photos.glob("*/*.jpg"))) == 1, "the photo's file")
        await wait_said(furnished, "wxid_li", "照片")


async def test_it_goes_on_when_the_gateway_comes_back(
    furnished: GatewayProcess, mind: tuple[Understander, float], tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'geying.db'}"
    async with running(furnished, url, mind, tmp_path) as live:
        await wait_notice(furnished, url)
        furnished.kill()
        await until(lambda: not live.channel.health.connected, "the loss to be seen")
        furnished.start()
        furnish(furnished)
        await until(lambda: live.channel.health.connected, "the channel to come back")
        furnished.inject("8栋楼下的路灯坏了，麻烦修一下", room=ESTATE, talker="wxid_liu")
        await wait_said(furnished, "wxid_li", "8栋")
        assert live.channel.health.gaps == 1
        assert said_to(furnished, ESTATE, "不要收集我") == []


class Command:
    """`geying run` as an operator starts it."""

    def __init__(self, config: Path, url: str) -> None:
        self._arguments = ["run", "--config", str(config), "--database", url]
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bot.cli", *self._arguments],
            env=os.environ | {"WECHATY_TOKEN": TOKEN},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def kill(self) -> None:
        """End it as a power cut would."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()


@pytest.fixture
def command(furnished: GatewayProcess, tmp_path: Path) -> Iterator[Command]:
    extra = AWAKE + f'[channel]\nendpoint = "127.0.0.1:{furnished.port}"\n'
    command = Command(write_config(tmp_path, extra), f"sqlite:///{tmp_path / 'geying.db'}")
    yield command
    command.kill()


async def test_the_command_survives_a_kill_and_says_nothing_twice(
    furnished: GatewayProcess, command: Command, tmp_path: Path
) -> None:
    command.start()
    url = f"sqlite:///{tmp_path / 'geying.db'}"
    await wait_notice(furnished, url)
    furnished.inject("8栋楼下的路灯坏了，麻烦修一下", room=ESTATE, talker="wxid_liu")
    await wait_said(furnished, "wxid_li", "8栋")
    command.kill()
    command.start()
    await until(lambda: furnished.listening(), "the bot to be back")
    furnished.inject("接单", room=None, talker="wxid_li")
    await wait_said(furnished, "wxid_li", "归你了")
    assert len(said_to(furnished, "wxid_li", "回：接单")) == 1
    assert len(said_to(furnished, ESTATE, "不要收集我")) == 1
    [issue] = await ledger(url)
    assert issue["status"] == "in_progress"


async def test_a_second_run_on_the_same_file_is_refused(
    furnished: GatewayProcess, command: Command, tmp_path: Path
) -> None:
    command.start()
    await wait_said(furnished, ESTATE, "不要收集我")
    second = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "bot.cli", *command._arguments],
        env=os.environ | {"WECHATY_TOKEN": TOKEN},
        capture_output=True,
        check=False,
        text=True,
    )
    assert second.returncode == 2
    assert "another `geying run`" in second.stderr
    assert "Traceback" not in second.stderr

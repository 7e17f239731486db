"""Gateways die, hang, refuse and come back; the bot notices, waits, and goes on by itself."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import certifi
import pytest

from bot.channels.base import ChannelUnavailable, Outbound
from bot.channels.connection import GatewayLost, GatewayRefused
from bot.channels.wechaty import WechatyChannel, probe

from .harness import (
    BOT,
    FOLDER,
    QUICK,
    ROOM,
    TOKEN,
    Ear,
    GatewayProcess,
    Pauses,
    until,
)

pytestmark = pytest.mark.asyncio

HELLO = Outbound("你好", room_id=ROOM)


@asynccontextmanager
async def listening(channel: WechatyChannel) -> AsyncIterator[Ear]:
    async with Ear(channel) as ear:
        await until(lambda: channel.health.connected, "the channel to connect")
        yield ear


async def test_a_gateway_that_is_late(own_gateway: GatewayProcess) -> None:
    channel = WechatyChannel(own_gateway.connection(), timing=QUICK)
    async with Ear(channel) as ear:
        with pytest.raises(ChannelUnavailable, match="no connection"):
            await channel.send(HELLO)
        health = channel.health
        assert (health.connected, health.since, health.gaps) == (False, None, 0)
        await asyncio.to_thread(own_gateway.start)
        await until(lambda: channel.health.connected, "the channel to connect")
        own_gateway.inject("来了")
        assert (await ear.one()).text == "来了"
        assert await channel.send(HELLO)
        health = channel.health
        assert health.since is not None
        assert (health.gaps, health.last_error, channel.account) == (0, None, BOT)


async def test_a_gateway_that_is_killed(own_gateway: GatewayProcess) -> None:
    await asyncio.to_thread(own_gateway.start)
    channel = WechatyChannel(own_gateway.connection(), timing=QUICK)
    async with listening(channel) as ear:
        own_gateway.inject("之前")
        await ear.first(1)
        connected_since = channel.health.since
        own_gateway.kill()
        await until(lambda: not channel.health.connected, "the loss to be noticed")
        [gap] = channel.health.recent_gaps
        assert gap.end is None
        with pytest.raises(ChannelUnavailable):
            await channel.send(HELLO)
        await asyncio.to_thread(own_gateway.start)
        await until(lambda: channel.health.connected, "the channel to come back")
        own_gateway.inject("之后")
        assert [m.text for m in await ear.first(2)] == ["之前", "之后"]
        assert await channel.send(HELLO)
        health = channel.health
        [gap] = health.recent_gaps
        assert health.gaps == 1
        assert connected_since is not None
        assert health.since is not None
        assert gap.end == health.since
        assert connected_since <= gap.start < health.since


async def test_a_gateway_that_hangs(own_gateway: GatewayProcess) -> None:
    await asyncio.to_thread(own_gateway.start)
    timing = replace(QUICK, heartbeat=0.1, timeout=2)
    channel = WechatyChannel(own_gateway.connection(), timing=timing)
    async with listening(channel) as ear:
        own_gateway.hang()
        await until(lambda: not channel.health.connected, "the silence to be noticed")
        with pytest.raises(ChannelUnavailable, match="no answer"):
            await channel.send(HELLO)
        own_gateway.resume()
        await until(lambda: channel.health.connected, "the channel to come back")
        own_gateway.inject("又好了")
        assert (await ear.one()).text == "又好了"
        assert channel.health.gaps >= 1


async def test_messages_of_a_gateway_that_dies_before_they_are_read(
    own_gateway: GatewayProcess,
) -> None:
    """Heard of, but gone with the gateway: counted, and no obstacle for the next."""
    await asyncio.to_thread(own_gateway.start)
    channel = WechatyChannel(own_gateway.connection(), timing=replace(QUICK, retry=0.3))
    async with listening(channel) as ear:
        own_gateway.post("fail", method="messageRawPayload", times=1)
        own_gateway.inject("丢了")
        await until(
            lambda: own_gateway.get("state")["calls"].get("messageRawPayload", 0) >= 1,
            "the first attempt to read it",
        )
        own_gateway.kill()
        await asyncio.to_thread(own_gateway.start)
        await until(lambda: channel.health.lost == 1, "the loss to be counted")
        own_gateway.inject("后面的")
        assert (await ear.one()).text == "后面的"


async def test_a_wrong_token(gateway: GatewayProcess) -> None:
    pauses = Pauses()
    channel = WechatyChannel(gateway.connection("wrong_token"), timing=QUICK, pause=pauses)
    async with Ear(channel):
        with pytest.raises(ChannelUnavailable, match="refuses the token"):
            await channel.send(HELLO)
        await until(lambda: len(pauses.asked) >= 3, "a few attempts")
        assert min(pauses.asked) >= QUICK.longest_delay * (1 - QUICK.spread)
        error = channel.health.last_error
        assert error is not None
        assert "channel.token" in error
        assert "wrong_token" not in error
    assert gateway.sent() == []


async def test_attempts_become_rarer(own_gateway: GatewayProcess) -> None:
    pauses = Pauses()
    timing = replace(QUICK, first_delay=1, longest_delay=60)
    channel = WechatyChannel(own_gateway.connection(), timing=timing, pause=pauses)
    async with Ear(channel):
        await until(lambda: len(pauses.asked) >= 9, "some attempts")
    for asked, planned in zip(pauses.asked, [1, 2, 4, 8, 16, 32, 60, 60, 60], strict=False):
        assert planned * 0.8 <= asked <= planned * 1.2
    assert len(set(pauses.asked[6:9])) > 1


async def test_the_stream_of_a_client_that_died_is_taken_over(gateway: GatewayProcess) -> None:
    dead = WechatyChannel(gateway.connection(), timing=replace(QUICK, first_delay=3600))
    heir = WechatyChannel(gateway.connection(), timing=QUICK)
    async with listening(dead), listening(heir) as ear:
        gateway.inject("给后来的")
        assert (await ear.one()).text == "给后来的"
        await until(lambda: not dead.health.connected, "the former client to be told")


async def test_the_account_is_logged_out(
    ear: Ear, channel: WechatyChannel, gateway: GatewayProcess
) -> None:
    gateway.post("logout")
    await until(lambda: not channel.health.connected, "the logout to be noticed")
    with pytest.raises(ChannelUnavailable, match="logged out"):
        await channel.send(HELLO)
    gateway.post("login")
    await until(lambda: channel.health.connected, "the login to be noticed")
    gateway.inject("又在了")
    assert (await ear.one()).text == "又在了"
    assert channel.health.gaps == 1


async def test_closing_ends_the_messages(gateway: GatewayProcess) -> None:
    channel = WechatyChannel(gateway.connection(), timing=QUICK)
    async with listening(channel) as ear:
        await channel.close()
        await until(ear.task.done, "the messages to end")
        await channel.close()
        assert not channel.health.connected
        with pytest.raises(ChannelUnavailable):
            await channel.send(HELLO)
    await until(lambda: not gateway.listening(), "the gateway to see that the channel is gone")
    assert gateway.get("state")["loggedIn"], "closing must not end the WeChat session"


async def test_closing_while_there_is_no_gateway(own_gateway: GatewayProcess) -> None:
    channel = WechatyChannel(own_gateway.connection(), timing=replace(QUICK, first_delay=3600))
    async with Ear(channel) as ear:
        await until(lambda: channel.health.last_error is not None, "the first attempt")
        await channel.close()
        await until(ear.task.done, "the messages to end")


async def test_a_listener_that_gives_up_loses_nothing(
    channel: WechatyChannel, gateway: GatewayProcess
) -> None:
    first = aiter(channel.messages())
    waiting = asyncio.ensure_future(anext(first))
    await until(lambda: channel.health.connected, "the channel to connect")
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    gateway.inject("一")
    gateway.inject("二")
    again = aiter(channel.messages())
    assert [(await anext(again)).text, (await anext(again)).text] == ["一", "二"]


async def test_probe(gateway: GatewayProcess, own_gateway: GatewayProcess) -> None:
    assert await probe(gateway.connection(), QUICK)
    with pytest.raises(GatewayRefused, match=r"channel\.token"):
        await probe(gateway.connection("wrong_token"), QUICK)
    with pytest.raises(GatewayLost, match="no connection"):
        await probe(own_gateway.connection(), QUICK)
    assert not gateway.listening()


@pytest.fixture(scope="session")
def authority(node: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The certificate authority that gateways bring along; they call themselves "insecure"."""
    script = (
        "import('./node_modules/wechaty-puppet-service/dist/esm/src/auth/ca.js')"
        ".then(ca => process.stdout.write(ca.TLS_CA_CERT))"
    )
    done = subprocess.run([node, "-e", script], cwd=FOLDER, capture_output=True, check=True)
    path = tmp_path_factory.mktemp("tls") / "ca.pem"
    path.write_bytes(done.stdout)
    return path


@pytest.fixture
def tls_gateway(node: Path, tmp_path: Path) -> Iterator[GatewayProcess]:
    gateway = GatewayProcess(node, tmp_path / "gateway.log", GATEWAY_TLS="1")
    yield gateway
    gateway.close()


async def test_an_encrypted_connection(tls_gateway: GatewayProcess, authority: Path) -> None:
    await asyncio.to_thread(tls_gateway.start)
    connection = tls_gateway.connection(ca_file=authority, tls_name="insecure")
    channel = WechatyChannel(connection, timing=QUICK)
    async with listening(channel) as ear:
        tls_gateway.inject("加密的")
        assert (await ear.one()).text == "加密的"
        assert await channel.send(HELLO)


async def test_an_encrypted_connection_to_somebody_else(
    tls_gateway: GatewayProcess, authority: Path
) -> None:
    await asyncio.to_thread(tls_gateway.start)
    strangers = Path(certifi.where())
    for ca_file, name in ((strangers, "insecure"), (authority, None), (authority, "other")):
        connection = tls_gateway.connection(ca_file=ca_file, tls_name=name)
        with pytest.raises(GatewayLost, match="no encrypted connection"):
            await probe(connection, QUICK)
    with pytest.raises(GatewayLost):
        await probe(tls_gateway.connection(), QUICK)


async def test_a_gateway_without_tls_is_told(gateway: GatewayProcess, authority: Path) -> None:
    with pytest.raises(GatewayLost):
        await probe(gateway.connection(ca_file=authority, tls_name="insecure"), QUICK)


async def test_nothing_that_people_say_is_logged(
    own_gateway: GatewayProcess,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Neither on the good way nor where the gateway repeats a text in its error."""
    caplog.set_level("DEBUG")
    await asyncio.to_thread(own_gateway.start)
    channel = WechatyChannel(own_gateway.connection(), ["小格"], timing=QUICK)
    secret = "我家住3栋502电话13800138000"
    async with listening(channel) as ear:
        own_gateway.inject(secret)
        own_gateway.inject(f"「张阿姨：{secret}」\n- - - - - - - -\n@小格\u2005 {secret}")
        own_gateway.inject(secret, type=16)
        own_gateway.post("fail", method="messageRawPayload", times=3)
        own_gateway.inject(secret)
        await until(lambda: channel.health.lost == 1, "the loss to be counted")
        own_gateway.post("emit", event="error", payload={"data": secret})
        await channel.send(Outbound(secret, room_id=ROOM))
        own_gateway.post("fail", method="messageSendText", times=1)
        with pytest.raises(ChannelUnavailable) as caught:
            await channel.send(Outbound(secret, room_id=ROOM))
        own_gateway.inject("完")
        await ear.first(3)
    said = capfd.readouterr()
    everything = f"{said.out}{said.err}{caplog.text}{caught.value}"
    assert "message_lost" in everything
    assert "502" not in everything
    assert TOKEN not in everything

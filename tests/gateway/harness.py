"""A real Wechaty gateway as a process of its own, and an ear at the channel under test."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from bot.channels.base import Channel, Inbound
from bot.channels.connection import Connection, Timing

FOLDER = Path(__file__).parent
TOKEN = "insecure_5f3d6c1e-0000-4000-8000-2f1b7a9c0d11"
ROOM, OTHER_ROOM = "1001@chatroom", "1002@chatroom"
ALICE, BOB, BOT = "wxid_alice", "wxid_bob", "wxid_bot"

# Generous, because the machine may be busy: a limit is reached only where something is broken.
PATIENCE = 90.0
QUICK = Timing(first_delay=0.05, longest_delay=0.4, timeout=20, heartbeat=0.5, retry=0.02)


async def until(condition: Callable[[], bool], what: str) -> None:
    """Wait for something to become true."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {PATIENCE:.0f} seconds in vain: {what}")
        await asyncio.sleep(0.01)


def free_port() -> int:
    """A port of the loopback interface where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Pauses:
    """Stands in for the sleep of the channel: writes down what was asked, and hardly waits."""

    def __init__(self) -> None:
        self.asked: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.asked.append(seconds)
        await asyncio.sleep(0.001)


class GatewayProcess:
    """`gateway.mjs`, with the switches of its control port."""

    def __init__(self, node: Path, log: Path, **environment: str) -> None:
        self._node, self._log, self._environment = node, log, environment
        self._process: subprocess.Popen[bytes] | None = None
        self._control = httpx.Client(trust_env=False, timeout=PATIENCE)
        self.port, self._control_port = free_port(), free_port()

    def connection(self, token: str = TOKEN, **more: Any) -> Connection:
        """How a channel reaches this gateway."""
        return Connection(f"127.0.0.1:{self.port}", token, **more)

    def start(self) -> None:
        """Start it, always on the same ports, and wait until it answers."""
        environment = os.environ | {
            "GATEWAY_PORT": str(self.port),
            "CONTROL_PORT": str(self._control_port),
            "WECHATY_PUPPET_SERVICE_TOKEN": TOKEN,
            "WECHATY_LOG": "error",
            **self._environment,
        }
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [self._node, "gateway.mjs"],
                cwd=FOLDER,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                self.get("state")
                return
            except httpx.TransportError as error:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    said = self._log.read_text(errors="replace")[-2000:]
                    raise AssertionError(f"the gateway did not start:\n{said}") from error
                time.sleep(0.02)

    def kill(self) -> None:
        """End it at once, as a crash would."""
        if self._process is not None:
            self.resume()
            self._process.kill()
            self._process.wait()
            self._process = None

    def close(self) -> None:
        """Nothing of it is needed any more."""
        self.kill()
        self._control.close()

    def hang(self) -> None:
        """Stop it in its tracks: connections stay, nothing answers."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on after `hang`."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def get(self, path: str) -> Any:
        """Read from the control port."""
        return self._checked(self._control.get(self._url(path)))

    def post(self, path: str, **body: Any) -> Any:
        """Write to the control port."""
        return self._checked(self._control.post(self._url(path), json=body))

    def inject(self, text: str | None = None, **more: Any) -> str:
        """Somebody says something: Alice, in the first room, unless told otherwise."""
        body = {"room": ROOM, "talker": ALICE, "text": text} | more
        return str(self.post("inject", **body)["id"])

    def sent(self) -> list[dict[str, Any]]:
        """Everything that the bot said, in order."""
        return list(self.get("sent"))

    def listening(self) -> bool:
        """Whether a client holds the event stream."""
        return bool(self.get("state")["listening"])

    def _url(self, path: str) -> str:
        return f"http://127.0.0.1:{self._control_port}/{path}"

    @staticmethod
    def _checked(response: httpx.Response) -> Any:
        assert response.is_success, response.text
        return response.json()


class Ear:
    """Listens at a channel in the background, as the bot does."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self.heard: list[Inbound] = []
        self.task = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        async for message in self._channel.messages():
            self.heard.append(message)

    async def first(self, count: int) -> list[Inbound]:
        """The first so many messages, waited for."""
        await until(
            lambda: len(self.heard) >= count or self.task.done(), f"{count} messages to be heard"
        )
        assert len(self.heard) == count
        return self.heard

    async def one(self) -> Inbound:
        """The only message, waited for."""
        return (await self.first(1))[0]

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._channel.close()
        await asyncio.wait_for(self.task, PATIENCE)

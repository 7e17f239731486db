"""Keeps one connection to a gateway alive, and knows when there was none."""

from __future__ import annotations

import asyncio
import logging
import os
import random
import traceback
import warnings
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import PurePath
from typing import TYPE_CHECKING, TypeVar

import structlog

from bot.channels.base import ChannelError, ChannelHealth, ChannelUnavailable, Gap
from bot.channels.connection import (
    Connection,
    Event,
    GatewayFailed,
    GatewayLost,
    GatewayRefused,
    GatewayTaken,
    LoggedIn,
    LoggedOut,
    Timing,
)

if TYPE_CHECKING:
    from bot.channels.gateway import Gateway

T = TypeVar("T")
log = structlog.get_logger(__name__)

_GAPS_KEPT = 50


def utc_now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


def load_gateway() -> type[Gateway]:
    """Import the Wechaty packages, and quietly.

    They log the text of messages at INFO, and decide by the environment when they are imported;
    hpack logs the token at DEBUG.
    """
    os.environ["WECHATY_LOG"] = "error"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        from bot.channels.gateway import Gateway
    for name in ("hpack", "h2", "grpclib"):
        logging.getLogger(name).setLevel(logging.WARNING)
    return Gateway


class Link:
    """Connects, reconnects with growing delays, and hands on what happens, in order."""

    def __init__(
        self,
        connection: Connection,
        timing: Timing,
        on_event: Callable[[Event], None],
        *,
        clock: Callable[[], datetime] = utc_now,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        # Missing packages and a wrong certificate file are told at once, not at each attempt.
        self._gateway_type = load_gateway()
        connection.tls()
        self._connection, self._timing, self._on_event = connection, timing, on_event
        self._clock, self._pause = clock, pause
        self._gateway: Gateway | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._tried = asyncio.Event()
        self._usable = asyncio.Event()
        self._closed = False
        self._proven = False
        self._health = ChannelHealth(connected=False)
        self._gaps: deque[Gap] = deque(maxlen=_GAPS_KEPT)
        self.account = ""
        """Id of the WeChat account; empty until it has logged in once."""

    @property
    def health(self) -> ChannelHealth:
        """The state of the connection now."""
        return replace(self._health, recent_gaps=tuple(self._gaps))

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._closed

    def start(self) -> None:
        """Begin to connect; calling it again changes nothing."""
        if self._keeper is None and not self._closed:
            self._keeper = asyncio.create_task(self._keep(), name="gateway-link")

    async def close(self) -> None:
        """Let go of the gateway; its WeChat session goes on."""
        self._closed = True
        self._tried.set()
        self._usable.set()
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        self._health = replace(self._health, connected=False)

    async def ready(self) -> Gateway:
        """The connected gateway. Waits for the first attempt only; else `ChannelUnavailable`."""
        self.start()
        with suppress(TimeoutError):
            async with asyncio.timeout(self._timing.timeout):
                await self._tried.wait()
        if self._gateway is None or not self._health.connected:
            raise ChannelUnavailable(self._health.last_error or "no WeChat account is logged in")
        return self._gateway

    async def patiently(self, call: Callable[[Gateway], Awaitable[T]], tries: int = 3) -> T:
        """Ask so many times, each time over a live connection, however long that takes.

        Raises the last `ChannelError`, or `ChannelUnavailable` once the link is closed.
        """
        for left in reversed(range(tries)):
            await self._usable.wait()
            if self._gateway is None or self._closed:
                raise ChannelUnavailable("the channel is closed")
            try:
                return await call(self._gateway)
            except ChannelError:
                if not left:
                    raise
                await self._pause(self._timing.retry)
        raise AssertionError("the last attempt returns or raises")

    async def _keep(self) -> None:
        delay = self._timing.first_delay
        while True:
            self._proven = False
            error = await self._session()
            self._down(str(error))
            if self._proven:
                delay = self._timing.first_delay
            if isinstance(error, GatewayRefused):
                delay = self._timing.longest_delay  # only a person can mend that
            spread = self._timing.spread
            await self._pause(delay * random.uniform(1 - spread, 1 + spread))
            delay = min(delay * 2, self._timing.longest_delay)

    async def _session(self) -> ChannelError:
        """One connection from its beginning to its end; gives the reason for the end."""
        gateway = self._gateway = self._gateway_type(self._connection, self._timing)
        try:
            gateway.open()
            await gateway.begin()
            await self._follow(gateway)
        except GatewayTaken as error:
            # Mostly a client that died without the gateway noticing. That no second bot of ours
            # runs on the same account is the business of whoever starts it.
            log.warning("gateway_taken_over", reason=str(error))
            with suppress(ChannelError):
                await gateway.take_over()
            return error
        except ChannelError as error:
            return error
        except Exception as error:  # whatever it was, the next attempt may go well
            # No traceback: some renderers print the values in it, and the token is one of them.
            last = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{PurePath(last.filename).name}:{last.lineno}"
            return GatewayLost(f"the connection failed ({type(error).__name__} at {where})")
        finally:
            self._gateway = None
            gateway.close()
        return GatewayLost("the gateway ended the event stream")

    async def _follow(self, gateway: Gateway) -> None:
        tasks = [
            asyncio.create_task(self._listen(gateway)),
            asyncio.create_task(self._beat(gateway)),
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _listen(self, gateway: Gateway) -> None:
        async for event in gateway.events():
            match event:
                case LoggedIn(contact_id):
                    self._up(contact_id)
                case LoggedOut(why):
                    self._down(why)
            self._on_event(event)

    async def _beat(self, gateway: Gateway) -> None:
        """Notice a gateway that hangs: the event stream alone would stay silent for ever."""
        while True:
            await asyncio.sleep(self._timing.heartbeat)
            with suppress(GatewayFailed):  # an error is an answer, too
                await gateway.version()
            self._proven = True

    def _up(self, account: str) -> None:
        now = self._clock()
        if self.account not in ("", account):
            log.warning("account_changed", before=self.account, now=account)
        self.account = account
        if not self._health.connected:
            if self._gaps and self._gaps[-1].end is None:
                gap = self._gaps[-1] = replace(self._gaps[-1], end=now)
                log.warning("gap_ended", seconds=round((now - gap.start).total_seconds()))
            self._health = replace(self._health, connected=True, since=now, last_error=None)
            log.info("gateway_connected", account=account)
        self._usable.set()
        self._tried.set()

    def _down(self, why: str) -> None:
        now = self._clock()
        if self._health.connected:
            self._gaps.append(Gap(now, None))
            self._health = replace(
                self._health, connected=False, since=now, gaps=self._health.gaps + 1
            )
        if self._health.last_error != why:  # one line for each trouble, not for each attempt
            log.error("gateway_unavailable", reason=why)
        self._health = replace(self._health, last_error=why)
        if not self._closed:
            self._usable.clear()
        self._tried.set()

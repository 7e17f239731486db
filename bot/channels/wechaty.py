"""The channel to WeChat through a Wechaty gateway.

The Wechaty packages are imported when a channel is built, not with this module: whoever only
replays a log does without them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

import structlog

from bot.channels.base import (
    ChannelError,
    ChannelHealth,
    ChannelUnavailable,
    ImageUnavailable,
    Inbound,
    Outbound,
    Undeliverable,
)
from bot.channels.connection import (
    Changed,
    Connection,
    Event,
    GatewayFailed,
    Heard,
    LoggedIn,
    Opened,
    Payload,
    Timing,
)
from bot.channels.link import Link, load_gateway, utc_now
from bot.channels.markup import (
    MENTION_END,
    mentions_everyone,
    split_quote,
    strip_mention,
    tidy,
)

if TYPE_CHECKING:
    from bot.channels.gateway import Gateway

log = structlog.get_logger(__name__)

LARGEST_SENT = 4 * 1024 * 1024
"""Bytes of a picture that is sent; gateways take no more."""
_HALVES_KEPT = 32


@dataclass(frozen=True, slots=True)
class GatewayImage:
    """A photo that lies with the gateway."""

    name: str
    fetch: Callable[[], Awaitable[bytes]]

    async def read(self) -> bytes:
        """The whole file. Raises `ImageUnavailable`."""
        return await self.fetch()


async def probe(connection: Connection, timing: Timing | None = None) -> str:
    """Ask the gateway for its version, touching nothing; raises `ChannelError` with the reason."""
    gateway = load_gateway()(connection, timing or Timing())
    gateway.open()
    try:
        return await gateway.version()
    finally:
        gateway.close()


class WechatyChannel:
    """One WeChat account behind one gateway. Build it inside a running event loop.

    `names` are what people call the bot, besides the name of the account itself. Raises
    `ValueError` where the certificate file of the connection is of no use.
    """

    mentions_by_id = True

    def __init__(
        self,
        connection: Connection,
        names: Sequence[str] = (),
        *,
        timing: Timing | None = None,
        clock: Callable[[], datetime] = utc_now,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.account = ""
        self._names = tuple(names)
        self._timing = timing or Timing()
        self._clock = clock
        self._link = Link(connection, self._timing, self._note, clock=clock, pause=pause)
        self._queue: asyncio.Queue[str | None] = asyncio.Queue()
        self._current: str | None = None
        self._topics: dict[str, str] = {}
        self._contacts: dict[str, str] = {}
        self._sending = asyncio.Lock()
        self._texts_sent: dict[Outbound, str | None] = {}
        self._lost = 0

    @property
    def health(self) -> ChannelHealth:
        """The state of the connection now."""
        return replace(self._link.health, lost=self._lost)

    async def close(self) -> None:
        """Let go of the gateway; `messages()` ends. The WeChat session of the gateway goes on."""
        await self._link.close()
        self._queue.put_nowait(None)

    async def messages(self) -> AsyncIterator[Inbound]:
        """All texts and photos that the account hears, one by one, in order, until `close`.

        Voice, stickers, videos and the like are left out: there is nothing in them to read. There
        can be one listener at a time; a second one goes on where the first has stopped.
        """
        self._link.start()
        while not self._link.closed:
            # Kept until it has been read: a caller that gives up meanwhile loses nothing.
            self._current = self._current or await self._queue.get()
            if self._current is None:
                return
            inbound = await self._heard(self._current)
            self._current = None
            if inbound is not None:
                yield inbound

    async def room_id(self, topic: str) -> str | None:
        """Platform id of the room with this topic; None for none, and for several of that name."""
        gateway = await self._link.ready()
        try:
            rooms = await gateway.room_ids()
        except GatewayFailed as error:
            raise ChannelUnavailable(str(error)) from error
        found = [room for room in rooms if await self._topic(room, gateway) == topic]
        if len(found) > 1:
            log.warning("room_ambiguous", rooms=found)
        return found[0] if len(found) == 1 else None

    async def send(self, message: Outbound) -> str | None:
        """Say it: the text first, then the picture; gives the id of the first of them."""
        target = message.room_id or message.contact_id
        if not target or (message.room_id and message.contact_id):
            raise Undeliverable("a message goes to one room or to one contact")
        if not message.text and message.image is None:
            raise Undeliverable("there is nothing to send")
        picture = await asyncio.to_thread(_picture, message.image) if message.image else None
        async with self._sending:
            gateway = await self._link.ready()
            try:
                return await self._send(gateway, target, message, picture)
            except GatewayFailed as error:
                raise await _verdict(gateway, message, error) from error

    async def _send(
        self, gateway: Gateway, target: str, message: Outbound, picture: bytes | None
    ) -> str | None:
        sent: str | None = None
        if message in self._texts_sent:
            sent = self._texts_sent[message]  # only its picture was missing the last time
        elif message.text:
            mentioned = list(message.mention_ids) if message.room_id else []
            names = [name for i in mentioned if (name := await self._name(i, gateway))]
            called = "".join(f"@{name}{MENTION_END}" for name in names)
            sent = await gateway.say(target, called + message.text, mentioned)
        if picture is not None and message.image is not None:
            if message.text:
                self._texts_sent[message] = sent
                while len(self._texts_sent) > _HALVES_KEPT:
                    self._texts_sent.pop(next(iter(self._texts_sent)))
            shown = await gateway.show(target, message.image.name, picture)
            self._texts_sent.pop(message, None)
            sent = sent or shown
        return sent

    def _note(self, event: Event) -> None:
        match event:
            case Heard(message_id):
                self._queue.put_nowait(message_id)
            case Changed(changed, topic):
                self._topics.pop(changed, None)
                self._contacts.pop(changed, None)
                if topic is not None:
                    self._topics[changed] = topic
            case LoggedIn(contact_id):
                self.account = contact_id
            case Opened():  # what changed before that was not told
                self._topics.clear()
                self._contacts.clear()

    async def _heard(self, message_id: str) -> Inbound | None:
        try:
            payload = await self._link.patiently(lambda gateway: gateway.payload(message_id))
            if payload.kind == "other":
                log.debug("message_of_other_kind", id=message_id)
                return None
            return await self._inbound(payload)
        except Exception as error:  # one bad message must not end the loop
            if not self._link.closed:
                self._lost += 1
                reason = str(error) if isinstance(error, ChannelError) else type(error).__name__
                log.error("message_lost", id=message_id, reason=reason)
            return None

    async def _inbound(self, payload: Payload) -> Inbound:
        heard = Inbound(
            platform_id=payload.id,
            account=self.account,
            room_id=payload.room_id,
            room_topic=await self._topic(payload.room_id) if payload.room_id else None,
            sender_id=payload.sender_id,
            sender_name=await self._name(payload.sender_id),
            at=payload.at or self._clock(),
            text="",
            from_self=payload.sender_id == self.account,
        )
        if payload.kind == "image":
            return replace(heard, image=self._image(payload))
        return await self._with_text(heard, payload)

    async def _with_text(self, heard: Inbound, payload: Payload) -> Inbound:
        quote, own = split_quote(payload.text)
        reported = self.account in payload.mention_ids and not mentions_everyone(own)
        names = (*self._names, await self._name(self.account)) if "@" in own or "＠" in own else ()
        alone = set(payload.mention_ids) == {self.account}
        text, mentioned = strip_mention(own, names, certainly=reported and alone)
        return replace(
            heard,
            text=text,
            quote=tidy(quote) if quote is not None else None,
            mentions_bot=reported or mentioned,
        )

    def _image(self, payload: Payload) -> GatewayImage:
        async def fetch() -> bytes:
            try:
                async with asyncio.timeout(3 * self._timing.photo):  # with a short gap in it
                    data = await self._link.patiently(lambda g: g.image(payload.id), tries=2)
            except (ChannelError, TimeoutError) as error:
                raise ImageUnavailable(str(error) or "the gateway is away too long") from error
            if not data:
                raise ImageUnavailable("the gateway gives an empty photo")
            return data

        return GatewayImage(PurePath(payload.filename).name or f"{payload.id}.jpg", fetch)

    async def _topic(self, room_id: str, gateway: Gateway | None = None) -> str | None:
        return await self._known(self._topics, room_id, lambda g: g.topic(room_id), gateway)

    async def _name(self, contact_id: str, gateway: Gateway | None = None) -> str:
        def ask(gateway: Gateway) -> Awaitable[str]:
            return gateway.contact_name(contact_id)

        return await self._known(self._contacts, contact_id, ask, gateway) or ""

    async def _known(
        self,
        cache: dict[str, str],
        key: str,
        ask: Callable[[Gateway], Awaitable[str]],
        gateway: Gateway | None,
    ) -> str | None:
        """From memory, or asked for: once of the given gateway, or patiently of any.

        None where the gateway does not know: no message is lost for want of a name.
        """
        if key not in cache:
            try:
                cache[key] = await (ask(gateway) if gateway else self._link.patiently(ask))
            except ChannelError as error:
                if gateway and isinstance(error, ChannelUnavailable):
                    raise
                log.warning("name_unknown", id=key, reason=str(error))
                return None
        return cache[key]


def _picture(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Undeliverable(f"the picture {path.name} cannot be read ({error.strerror})") from error
    if not 0 < len(data) <= LARGEST_SENT:
        raise Undeliverable(f"the picture {path.name} has {len(data)} bytes; 4 MB can be sent")
    return data


async def _verdict(gateway: Gateway, message: Outbound, error: ChannelError) -> ChannelError:
    """Whether what the gateway would not take can ever be delivered.

    Gateways answer every trouble alike, so their own lists decide. An empty list is one that has
    not been loaded yet.
    """
    try:
        known = await (gateway.room_ids() if message.room_id else gateway.contact_ids())
    except ChannelError:
        known = []
    target = message.room_id or message.contact_id
    if known and target not in known:
        return Undeliverable(f"the account has no room or contact {target}")
    return ChannelUnavailable(str(error))

"""One connection to a Wechaty gateway: the only module that imports the Wechaty packages.

Import it through `bot.channels.link` only, which silences their logs first.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

import structlog
from grpclib.client import Channel
from grpclib.config import Configuration
from grpclib.const import Cardinality, Status
from grpclib.exceptions import GRPCError, ProtocolError, StreamTerminatedError
from wechaty_grpc.wechaty import PuppetStub
from wechaty_grpc.wechaty.puppet import (
    EventType,
    FileBoxChunk,
    ImageType,
    MessageSendFileStreamRequest,
    MessageSendFileStreamResponse,
)
from wechaty_puppet import PuppetOptions
from wechaty_puppet.exceptions import WechatyPuppetError
from wechaty_puppet_service import PuppetService

from bot.channels.connection import (
    Changed,
    Connection,
    Event,
    GatewayFailed,
    GatewayLost,
    GatewayRefused,
    GatewayTaken,
    Heard,
    LoggedIn,
    LoggedOut,
    Opened,
    Payload,
    Timing,
)

T = TypeVar("T")
log = structlog.get_logger(__name__)

# Numbers of `MessageType` in the TypeScript puppets, which differ from those of the gRPC
# definition that the Python packages carry. Everything else is nothing that one can read.
_KINDS = {6: "image", 7: "text"}
# Kinds of `EVENT_TYPE_DIRTY`: the puppet forgets what it knew of one contact or room.
_DIRTY = {2, 3}

_CHUNK = 256 * 1024
LARGEST_IMAGE = 16 * 1024 * 1024
"""Bytes; a photo above this is not a photo that someone took of a lamp."""


class Gateway(PuppetService):
    """`PuppetService` with an own connection.

    The inherited `start()` and `stop()` send Stop to the gateway, which ends and starts its WeChat
    session with each restart of the bot; they know no time limit and no TLS. Errors of the gateway
    are passed on without their text, which can hold the token or words of a message.
    """

    def __init__(self, connection: Connection, timing: Timing) -> None:
        with warnings.catch_warnings():  # it takes its event emitter from where that once was
            warnings.simplefilter("ignore", DeprecationWarning)
            super().__init__(PuppetOptions(end_point=connection.endpoint, token=connection.token))
        self._connection = connection
        self._timing = timing
        self._metadata = {"authorization": f"Wechaty {connection.token}"}

    def _init_puppet(self) -> None:
        host, port = self._connection.address
        tls = self._connection.tls()
        name = self._connection.tls_name or host
        config = Configuration(ssl_target_name_override=name) if tls else None
        self.channel = Channel(host, port, ssl=tls, config=config)
        self._puppet_stub = PuppetStub(self.channel, metadata=self._metadata)

    def open(self) -> None:
        """Make ready to call; the connection itself is made by the first call."""
        self._init_puppet()

    def close(self) -> None:
        """Let go of the connection, and of nothing else: the WeChat session goes on."""
        self._puppet_stub = None
        if self.channel is not None:
            self.channel.close()
            self.channel = None  # it would connect again by itself

    async def begin(self) -> None:
        """Have the gateway start its WeChat session; nothing happens where it runs already."""
        await self._ask(lambda: self.puppet_stub.start(), "Start")

    async def take_over(self) -> None:
        """End the WeChat session, and with it the event stream of a client that is not us."""
        await self._ask(lambda: self.puppet_stub.stop(), "Stop")

    async def version(self) -> str:
        """The gateway's version; asked to see whether it still answers."""
        return str((await self._ask(lambda: self.puppet_stub.version(), "Version")).version)

    async def events(self) -> AsyncIterator[Event]:
        """What happens, in order, until the gateway ends the stream. One bad event is left out."""
        try:
            async with aclosing(self.puppet_stub.event()) as responses:
                first = True
                async for response in responses:
                    if first:
                        first = False
                        yield Opened()
                    event = _event(response)
                    if event is not None:
                        yield event
        except Exception as error:
            raise self._translated(error, "Event") from None

    async def payload(self, message_id: str) -> Payload:
        """What was said. The inherited `message_payload` fails on kinds that it does not know."""
        raw = await self._ask(
            lambda: self.puppet_stub.message_payload(id=message_id), "MessagePayload"
        )
        return Payload(
            id=raw.id or message_id,
            kind=_KINDS.get(int(raw.type), "other"),  # type: ignore[arg-type]
            text=raw.text,
            filename=raw.filename,
            at=_moment(int(raw.timestamp)),
            sender_id=raw.from_id,
            room_id=raw.room_id or None,
            mention_ids=tuple(raw.mention_ids),
        )

    async def contact_name(self, contact_id: str) -> str:
        """The name that a contact chose."""
        return str(
            (await self._ask(lambda: self.contact_payload(contact_id), "ContactPayload")).name
        )

    async def topic(self, room_id: str) -> str:
        """The name of a room."""
        return str((await self._ask(lambda: self.room_payload(room_id), "RoomPayload")).topic)

    async def room_ids(self) -> list[str]:
        """Every room that the account is in."""
        return list(await self._ask(lambda: self.room_list(), "RoomList"))

    async def contact_ids(self) -> list[str]:
        """Everyone whom the account can write to."""
        return list(await self._ask(lambda: self.contact_list(), "ContactList"))

    async def say(self, target: str, text: str, mention_ids: list[str]) -> str | None:
        """Send text to a room or contact; gives the message id."""
        call = partial(self.message_send_text, target, text, mention_ids)
        return await self._ask(call, "MessageSendText") or None

    async def show(self, target: str, name: str, data: bytes) -> str | None:
        """Send a file to a room or contact in pieces; gives the message id."""
        return await self._ask(lambda: self._send_file(target, name, data), "MessageSendFileStream")

    async def _send_file(self, target: str, name: str, data: bytes) -> str | None:
        # Written out, because the generated stub calls what betterproto 1 does not have yet; the
        # call that takes a file in one piece ends at 4 MB of base64.
        parts = [
            MessageSendFileStreamRequest(conversation_id=target),
            MessageSendFileStreamRequest(file_box_chunk=FileBoxChunk(name=name)),
        ]
        parts += [
            MessageSendFileStreamRequest(file_box_chunk=FileBoxChunk(data=data[at : at + _CHUNK]))
            for at in range(0, len(data), _CHUNK)
        ]
        async with self.puppet_stub.channel.request(
            "/wechaty.Puppet/MessageSendFileStream",
            Cardinality.STREAM_UNARY,
            MessageSendFileStreamRequest,
            MessageSendFileStreamResponse,
            metadata=self._metadata,
        ) as stream:
            for part in parts:
                await stream.send_message(part)
            await stream.end()
            reply: Any = await stream.recv_message()
        return (reply.id or None) if reply is not None else None

    async def image(self, message_id: str) -> bytes:
        """A photo as it was sent, in pieces: the call for the whole cannot give over 20 KB."""
        call = partial(self._read_image, message_id)
        return await self._ask(call, "MessageImageStream", self._timing.photo)

    async def _read_image(self, message_id: str) -> bytes:
        data = bytearray()
        call = self.puppet_stub.message_image_stream(
            id=message_id, type=ImageType.IMAGE_TYPE_ARTWORK
        )
        async with aclosing(call) as parts:
            async for part in parts:
                data += part.file_box_chunk.data
                if len(data) > LARGEST_IMAGE:
                    raise GatewayFailed(f"the photo is larger than {LARGEST_IMAGE} bytes")
        return bytes(data)

    async def _ask(
        self, call: Callable[[], Awaitable[T]], what: str, limit: float | None = None
    ) -> T:
        try:
            async with asyncio.timeout(limit or self._timing.timeout):
                return await call()
        except Exception as error:
            raise self._translated(error, what) from None

    def _translated(self, error: Exception, what: str) -> Exception:
        """Our own error, with nothing in it that the gateway said or that a person wrote."""
        at = self._connection.endpoint
        match error:
            case GatewayFailed():
                return error
            case GRPCError(status=Status.UNAUTHENTICATED | Status.PERMISSION_DENIED):
                return GatewayRefused(f"the gateway at {at} refuses the token: see channel.token")
            case GRPCError(status=Status.ALREADY_EXISTS):
                return GatewayTaken(f"another client is connected to the gateway at {at}")
            case GRPCError(status=Status.UNAVAILABLE | Status.DEADLINE_EXCEEDED as status):
                return GatewayLost(f"the gateway at {at} is not there ({status.name})")
            case GRPCError(status=status):
                return GatewayFailed(f"the gateway answered {what} with {status.name}")
            case TimeoutError():
                return GatewayLost(f"the gateway at {at} gives no answer to {what}")
            case ssl.SSLError():
                return GatewayLost(f"no encrypted connection to {at}: {error.reason or error}")
            case OSError() | StreamTerminatedError() | ProtocolError() | WechatyPuppetError():
                return GatewayLost(f"no connection to the gateway at {at} ({type(error).__name__})")
        return GatewayFailed(f"{what} of the gateway cannot be read ({type(error).__name__})")


def _event(response: Any) -> Event | None:
    try:
        return _read_event(int(response.type), json.loads(response.payload))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        log.warning("event_unreadable", type=response.type, error=type(error).__name__)
        return None


def _read_event(kind: int, payload: dict[str, Any]) -> Event | None:
    match kind:
        case EventType.EVENT_TYPE_MESSAGE:
            return Heard(str(payload["messageId"]))
        case EventType.EVENT_TYPE_LOGIN:
            return LoggedIn(str(payload["contactId"]))
        case EventType.EVENT_TYPE_LOGOUT:
            return LoggedOut("the WeChat account is logged out")
        case EventType.EVENT_TYPE_SCAN:
            return LoggedOut("the WeChat account waits for its code to be scanned")
        case EventType.EVENT_TYPE_ROOM_TOPIC:
            return Changed(str(payload["roomId"]), payload.get("newTopic"))
        case EventType.EVENT_TYPE_DIRTY if payload["payloadType"] in _DIRTY:
            return Changed(str(payload["payloadId"]))
    return None


def _moment(stamp: int) -> datetime | None:
    """Puppets give seconds or milliseconds since 1970, or nothing."""
    if not stamp:
        return None
    try:
        return datetime.fromtimestamp(stamp / 1000 if stamp > 1e11 else stamp, UTC)
    except (ValueError, OverflowError, OSError):
        return None

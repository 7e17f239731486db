"""What every channel is: messages come in, messages go out. Nothing of any platform is in here."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol


class ChannelError(Exception):
    """A channel could not do what it was asked; the text is one sentence for the log."""


class ChannelUnavailable(ChannelError):
    """The platform cannot be reached now: the same message may be sent again later."""


class Undeliverable(ChannelError):
    """This message can never be delivered: sending it again would fail in the same way."""


class ImageUnavailable(ChannelError):
    """A photo could not be fetched: the platform does not have it, or not any more."""


class ImageRef(Protocol):
    """A photo that stays where it is until someone reads it."""

    @property
    def name(self) -> str:
        """File name as the platform gives it, with its suffix; never a path."""
        ...

    async def read(self) -> bytes:
        """The whole file. Raises `ImageUnavailable` where it cannot be had."""
        ...


@dataclass(frozen=True, slots=True)
class Inbound:
    """One message that was heard."""

    platform_id: str
    """The platform's message id."""
    account: str
    """Which of our accounts heard it."""
    room_id: str | None
    """Platform id of the room; None for a direct message."""
    room_topic: str | None
    sender_id: str
    sender_name: str
    at: datetime
    """When it was sent; always aware."""
    text: str
    """The sender's own words, without quote and mention of the bot; "" for a photo."""
    mentions_bot: bool = False
    quote: str | None = None
    """Text of the quoted message."""
    image: ImageRef | None = None
    from_self: bool = False
    """Sent by our own account, from the bot or from a telephone."""


@dataclass(frozen=True, slots=True)
class Outbound:
    """One message to be said, to a room or to a contact: exactly one of the two ids is given.

    Where text and image are both given the text goes first, and the pair counts as one message.
    """

    text: str
    room_id: str | None = None
    contact_id: str | None = None
    mention_ids: tuple[str, ...] = ()
    image: Path | None = None


@dataclass(frozen=True, slots=True)
class Gap:
    """A time without a connection: what was said in it may never have been heard."""

    start: datetime
    end: datetime | None
    """None while it lasts."""


@dataclass(frozen=True, slots=True)
class ChannelHealth:
    """How the connection is, for the log, the digest and the board."""

    connected: bool
    since: datetime | None = None
    """When the present state began; None before the first connection."""
    gaps: int = 0
    """How often the connection was lost since the process began."""
    last_error: str | None = None
    """One sentence; never holds the text of a message. None once all is well again."""
    recent_gaps: tuple[Gap, ...] = ()
    """The latest gaps, the oldest first."""
    lost: int = 0
    """Messages that were announced but could not be read, however often they were asked for."""


class Channel(Protocol):
    """A connection to one account of a platform."""

    account: str
    """Id of that account; "" until the platform has told it."""
    mentions_by_id: bool
    """Whether `mention_ids` become mentions in the text; else the text's own @NAME stays."""

    def messages(self) -> AsyncIterator[Inbound]:
        """All that is heard, in order: endless for a live account, to its end for a log."""
        ...

    async def send(self, message: Outbound) -> str | None:
        """Say it; gives the platform's message id where there is one.

        Raises `ChannelUnavailable` (try later) or `Undeliverable` (never).
        """
        ...

    async def room_id(self, topic: str) -> str | None:
        """Platform id of the room with this topic.

        None where the account is in no such room, or in several of that name. Raises
        `ChannelUnavailable`.
        """
        ...

    async def close(self) -> None:
        """Let go of the platform; `messages()` ends. Closing twice is harmless."""
        ...

    @property
    def health(self) -> ChannelHealth:
        """The state of the connection now."""
        ...

"""A recorded day as a channel: lines come in as they were said, what goes out is written down."""

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.channels.base import (
    ChannelHealth,
    ImageUnavailable,
    Inbound,
    Outbound,
    Undeliverable,
)


class LogProblem(Exception):
    """The log cannot be replayed; the text names the line."""


@dataclass(frozen=True, slots=True)
class FileImage:
    """A photo that lies beside the log."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.name

    async def read(self) -> bytes:
        """The file's bytes. Raises `ImageUnavailable` where the photo could not be fetched."""
        try:
            return self.path.read_bytes()
        except OSError as error:
            raise ImageUnavailable(f"the photo {self.path.name} is not there") from error


def _text(row: dict[str, Any], key: str, number: int) -> str | None:
    value = row.get(key)
    if value is not None and not isinstance(value, str):
        raise LogProblem(f"line {number}: {key} must be text")
    return value


def _inbound(row: Any, number: int, folder: Path) -> Inbound:
    if not isinstance(row, dict):
        raise LogProblem(f"line {number}: is not an object")
    sender = row.get("sender")
    if not isinstance(sender, dict) or not isinstance(sender.get("id"), str) or not sender["id"]:
        raise LogProblem(f"line {number}: sender.id is missing")
    try:
        at = datetime.fromisoformat(str(row.get("at")))
    except ValueError:
        raise LogProblem(f"line {number}: at is not a time in ISO 8601") from None
    if at.tzinfo is None:
        raise LogProblem(f"line {number}: at has no offset; write 2026-03-02T08:15:00+08:00")
    image = _text(row, "image", number)
    platform_id = row.get("id")
    return Inbound(
        platform_id=str(platform_id) if platform_id is not None else f"line-{number}",
        account="replay",
        room_id=_text(row, "room", number),
        room_topic=_text(row, "room", number),
        sender_id=sender["id"],
        sender_name=str(sender.get("name") or sender["id"]),
        at=at,
        text=_text(row, "text", number) or "",
        mentions_bot=bool(row.get("mentions_bot", False)),
        quote=_text(row, "quote", number),
        image=FileImage(folder / image) if image else None,
    )


def read_log(path: Path) -> Iterator[Inbound]:
    """The messages of a log, in its order.

    Raises:
        LogProblem: for a line that is not of the format, or that goes back in time.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise LogProblem(f"{path}: cannot be read ({error})") from error
    before: datetime | None = None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError:
            raise LogProblem(f"line {number}: is not JSON") from None
        message = _inbound(row, number, path.parent)
        if before is not None and message.at < before:
            raise LogProblem(f"line {number}: is earlier than the line before it")
        before = message.at
        yield message


class ReplayChannel:
    """Plays a log. `sent` holds what was said, in its order."""

    account = "replay"
    mentions_by_id = False

    def __init__(self, log: Path) -> None:
        self._log = log
        self._closed = False
        self.sent: list[Outbound] = []

    async def messages(self) -> AsyncIterator[Inbound]:
        for message in () if self._closed else read_log(self._log):
            yield message

    async def send(self, message: Outbound) -> str | None:
        if (message.room_id is None) == (message.contact_id is None):
            raise Undeliverable("a message goes to a room or to a contact, to exactly one")
        self.sent.append(message)
        return f"sent-{len(self.sent)}"

    async def room_id(self, topic: str) -> str | None:
        return topic

    async def close(self) -> None:
        self._closed = True

    @property
    def health(self) -> ChannelHealth:
        return ChannelHealth(connected=True, since=None, gaps=0, last_error=None)

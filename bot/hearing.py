"""Hearing: a message is written down once, before anything is decided about it.

What may not be read is not written: rooms that are none of ours, rooms without their notice, people
who do not want to be read. Where several of our accounts sit in a room, one answers; the others
keep what they hear as shadows, for the case that it has died.
"""

import asyncio
from datetime import timedelta
from pathlib import Path

import structlog
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.casework.work import House
from bot.channels.base import ChannelError, Inbound
from bot.commands.grammar import Verb
from bot.commands.parser import mentions, parse_resident
from storage import inbox, roster
from storage.database import Database
from storage.tables import Heard, Room

log = structlog.get_logger()

LONGEST_TEXT = 8000
LONGEST_QUOTE = 500
LEASE = timedelta(seconds=60)
"""An account that was silent for so long is taken to be dead; another one answers in its rooms."""
SHADOW_KEPT = timedelta(minutes=3)


class Hearing:
    """Writes down what is heard."""

    def __init__(self, database: Database, house: House) -> None:
        self.database, self.house = database, house
        self.photos_later = False
        """A live channel's photos are fetched beside the messages, a log's with them."""
        self._fetching: set[asyncio.Task[None]] = set()

    async def write(self, message: Inbound) -> int | None:
        """Write a message down; None for what is not to be read, or was read before.

        From the return on, a crash loses nothing: `Intake.catch_up` decides about what is left.
        """
        room = self._room(message)
        direct = message.room_id is None and message.room_topic is None
        if message.from_self or not (direct or _readable(room)):
            return None
        photo = await self._photo(message)
        async with self.database.transaction() as session:
            speaker = await inbox.resident(session, message.sender_id, message.sender_name)
            directed = direct or message.mentions_bot or mentions(message.text, self._name)
            if speaker.opted_out and not self._is_opt_in(message, directed):
                return None
            if direct and not speaker.wrote_directly:
                speaker.wrote_directly = True
                session.add(speaker)
            # The room's lock first: a membership points at the room and would share it.
            mine = room is None or await self._serve(session, room, message.account)
            if room is not None and room.kind == "residents":
                await inbox.remember_room(session, speaker.id or 0, room.id or 0)
            row = await inbox.write(
                session,
                Heard(
                    account=message.account,
                    place=str(room.id) if room else "direct",
                    platform_id=message.platform_id,
                    resident_id=speaker.id or 0,
                    room_id=room.id if room else None,
                    at=message.at,
                    text=_stored(message.text),
                    quote=_stored(message.quote)[:LONGEST_QUOTE] if message.quote else None,
                    photo=photo,
                    directed=directed,
                    state="new" if mine else "shadow",
                    forget_at=None if mine else message.at + SHADOW_KEPT,
                ),
            )
        if row is None or row.id is None:
            return None
        if self.photos_later and message.image is not None:
            task = asyncio.create_task(self._fetch_later(row.id, message))
            self._fetching.add(task)
            task.add_done_callback(self._fetching.discard)
        return row.id if mine else None

    async def _serve(self, session: AsyncSession, room: Room, account: str) -> bool:
        """Whether this account answers in the room; one that takes over decides what was missed."""
        now = self.house.clock.now()
        mine, former = await roster.serve(session, room.id or 0, account, now, LEASE)
        if mine and former is not None:
            await inbox.adopt_shadows(session, room.id or 0, account, former - LEASE)
            log.warning("took over a room", room=room.id)
        return mine

    @property
    def _name(self) -> str:
        return self.house.settings.bot.name

    def _room(self, message: Inbound) -> Room | None:
        entry = self.house.roster.room(message.room_topic, message.room_id)
        return self.house.rooms.get(entry.topic or entry.id) if entry else None

    def _is_opt_in(self, message: Inbound, directed: bool) -> bool:
        command = parse_resident(message.text, self._name) if directed else None
        return command is not None and command.verb is Verb.OPT_IN

    async def _photo(self, message: Inbound) -> str | None:
        """Keep a photo as a file; "" for one that could not be had, None where there is none."""
        if message.image is None:
            return None
        return (
            "" if self.photos_later or await self._unwanted(message) else await self._fetch(message)
        )

    async def _unwanted(self, message: Inbound) -> bool:
        """Whether the sender does not want to be read: not even their photo is fetched."""
        async with self.database.reading() as session:
            speaker = await inbox.by_contact(session, message.sender_id)
        return speaker is not None and speaker.opted_out

    async def _fetch(self, message: Inbound) -> str:
        if message.image is None:
            return ""
        try:
            data = await message.image.read()
        except ChannelError:
            return ""
        folder = self.house.settings.files / "photos" / f"{message.at:%Y-%m}"
        return str(_keep(folder, message, data))

    async def _fetch_later(self, heard_id: int, message: Inbound) -> None:
        """Fetch a photo and put its file wherever its message has come to by then."""
        path = await self._fetch(message)
        if path:
            async with self.database.transaction() as session:
                await inbox.photo_came(session, heard_id, path)


def _readable(room: Room | None) -> bool:
    """A room of ours, and one where the notice stands."""
    return room is not None and (room.kind != "residents" or room.notice_at is not None)


def _stored(text: str | None) -> str:
    """Text as the database can keep it: without null characters, of a bounded length."""
    return (text or "").replace("\x00", "")[:LONGEST_TEXT]


def _keep(folder: Path, message: Inbound, data: bytes) -> Path:
    suffix = Path(message.image.name if message.image else "").suffix.lower()
    if suffix not in (".jpg", ".jpeg", ".png", ".gif", ".webp", ".heic"):
        suffix = ".jpg"
    folder.mkdir(parents=True, exist_ok=True)
    safe = "".join(c for c in message.platform_id if c.isalnum() or c in "-_")[:80]
    path = folder / f"{message.at:%d%H%M%S}-{safe}{suffix}"
    path.write_bytes(data)
    return path

"""One-time links: 256 random bits, of which the database keeps the SHA-256 alone."""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.settings import Settings, WorkerEntry
from storage import sittings

LINK_WORKS = timedelta(minutes=10)
KEPT = timedelta(days=1)


def digest(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


async def link_for(
    session: AsyncSession, settings: Settings, worker: WorkerEntry, now: datetime
) -> str:
    """A fresh link for one person. What ended a day ago is forgotten on the way."""
    token = secrets.token_urlsafe(32)
    await sittings.forget(session, now - KEPT)
    await sittings.make_way(session, digest(token), worker.id, now + LINK_WORKS)
    return f"{settings.board.url}/in/{token}"

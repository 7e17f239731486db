"""Ways into the board, the sessions that they open, and who looked at whom."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.tables import Access, Sitting, WayIn


async def make_way(session: AsyncSession, token: str, worker_id: str, until: datetime) -> None:
    """Remember a link by the digest of its token."""
    session.add(WayIn(token=token, worker_id=worker_id, until=until))
    await session.flush()


async def is_open(session: AsyncSession, token: str, now: datetime) -> bool:
    """Whether a link would still let somebody in."""
    way = await session.get(WayIn, token)
    return way is not None and way.used_at is None and way.until > now


async def take_way(session: AsyncSession, token: str, now: datetime) -> str | None:
    """Use a link up; gives the worker that it was made for, once, and None for ever after."""
    statement = (
        update(WayIn)
        .where(col(WayIn.token) == token, col(WayIn.used_at).is_(None), col(WayIn.until) > now)
        .values(used_at=now)
        .returning(col(WayIn.worker_id))
    )
    return (await session.exec(statement)).scalar_one_or_none()


async def open_sitting(session: AsyncSession, sitting: Sitting) -> None:
    session.add(sitting)
    await session.flush()


async def sitting(session: AsyncSession, token: str, now: datetime) -> Sitting | None:
    """The session of a cookie while it lasts."""
    found = await session.get(Sitting, token)
    return found if found is not None and found.until > now else None


async def has_been(session: AsyncSession, token: str) -> bool:
    """Whether there was such a session that has run out."""
    return await session.get(Sitting, token) is not None


async def end_sitting(session: AsyncSession, token: str) -> None:
    await session.exec(delete(Sitting).where(col(Sitting.token) == token))


async def note(session: AsyncSession, token: str, said: str | None) -> None:
    """Keep one sentence for the next page, or take it back."""
    found = await session.get(Sitting, token)
    if found is not None:
        found.said = said
        session.add(found)
        await session.flush()


async def forget(session: AsyncSession, before: datetime) -> None:
    """Delete links and sessions that ended before a moment."""
    await session.exec(delete(WayIn).where(col(WayIn.until) < before))
    await session.exec(delete(Sitting).where(col(Sitting.until) < before))


async def note_access(
    session: AsyncSession,
    at: datetime,
    worker_id: str,
    residents: Sequence[int | None],
    issue: int,
    where: str,
) -> None:
    """Record that somebody read who reported an issue: a row for each person."""
    for resident_id in residents:
        session.add(
            Access(at=at, worker_id=worker_id, resident_id=resident_id, issue=issue, where=where)
        )
    await session.flush()


async def accesses_of(session: AsyncSession, issue: int) -> Sequence[Access]:
    query = select(Access).where(Access.issue == issue).order_by(col(Access.id))
    return (await session.exec(query)).all()

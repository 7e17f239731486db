"""The rows of the outbox: written with the decision that causes them, leased by whoever sends."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.tables import Issue, Outgoing, Room


async def exists(session: AsyncSession, key: str) -> bool:
    return (await session.exec(select(Outgoing.id).where(Outgoing.key == key))).first() is not None


async def lease(
    session: AsyncSession,
    *,
    now: datetime,
    holder: str,
    seconds: float,
    limit: int,
    account: str = "",
) -> Sequence[Outgoing]:
    """Take up to `limit` rows that are due and that nobody else is sending, in order.

    A room that another living account answers in is left to that account.

    On PostgreSQL rows that another process has locked are passed over (`SKIP LOCKED`).
    """
    elsewhere = select(Room.id).where(
        col(Room.served_by).is_not(None),
        Room.served_by != account,
        col(Room.served_until) > now,
    )
    query = (
        select(Outgoing)
        .where(
            Outgoing.state == "waiting",
            Outgoing.not_before <= now,
            or_(col(Outgoing.leased_until).is_(None), col(Outgoing.leased_until) < now),
            or_(col(Outgoing.room_id).is_(None), col(Outgoing.room_id).not_in(elsewhere)),
        )
        .order_by(col(Outgoing.not_before), col(Outgoing.id))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = (await session.exec(query)).all()
    for row in rows:
        row.leased_by, row.leased_until = holder, now + timedelta(seconds=seconds)
        session.add(row)
    return rows


async def next_due(session: AsyncSession) -> datetime | None:
    query = select(func.min(Outgoing.not_before)).where(Outgoing.state == "waiting")
    return (await session.exec(query)).first()


async def last_ack_in(session: AsyncSession, room_id: int) -> datetime | None:
    """When the last receipt was said in a room."""
    query = select(func.max(Outgoing.sent_at)).where(
        Outgoing.room_id == room_id, Outgoing.kind == "ack", Outgoing.state == "sent"
    )
    return (await session.exec(query)).first()


async def waiting_acks(session: AsyncSession, room_id: int) -> Sequence[Outgoing]:
    """Receipts that wait for their room, oldest first, those of critical issues not among them."""
    query = (
        select(Outgoing)
        .where(
            Outgoing.room_id == room_id,
            Outgoing.kind == "ack",
            Outgoing.state == "waiting",
            Outgoing.urgency != "critical",
        )
        .order_by(col(Outgoing.id))
    )
    return (await session.exec(query)).all()


async def sent_since(session: AsyncSession, since: datetime, *, room_id: int | None = None) -> int:
    """How many messages went out since then, in all or to one room."""
    query = select(func.count()).where(Outgoing.state == "sent", Outgoing.sent_at >= since)  # type: ignore[operator]
    if room_id is not None:
        query = query.where(Outgoing.room_id == room_id)
    return int((await session.exec(query)).one())


async def quoted(session: AsyncSession, quote: str) -> Outgoing | None:
    """The latest message of ours that a quote repeats, whole or cut short."""
    piece = quote.strip().rstrip("…").strip()
    if len(piece) < 4:
        return None
    query = (
        select(Outgoing)
        .where(col(Outgoing.text).contains(piece, autoescape=True), Outgoing.state == "sent")
        .order_by(col(Outgoing.id).desc())
    )
    return (await session.exec(query)).first()


async def release(
    session: AsyncSession,
    community_id: str,
    rooms: Sequence[int | None],
    *,
    until: datetime,
    now: datetime,
) -> None:
    """Let a community's messages go that were held back up to `until`."""
    mine = select(Issue.number).where(Issue.community_id == community_id)
    query = select(Outgoing).where(
        Outgoing.state == "waiting",
        Outgoing.not_before > now,
        Outgoing.not_before <= until,
        or_(col(Outgoing.issue).in_(mine), col(Outgoing.room_id).in_(rooms)),
    )
    for row in (await session.exec(query)).all():
        row.not_before = now
        session.add(row)


async def withdraw(session: AsyncSession, issue: int, *kinds: str) -> None:
    """Take back what was not said yet and no longer holds."""
    query = select(Outgoing).where(
        Outgoing.issue == issue, Outgoing.state == "waiting", col(Outgoing.kind).in_(kinds)
    )
    for row in (await session.exec(query)).all():
        row.state = "dropped"
        session.add(row)


async def forget_contact(session: AsyncSession, contact: str, nobody: str) -> None:
    """Take a person out of what was said to them; what was not said yet is not said."""
    for row in (await session.exec(select(Outgoing).where(Outgoing.contact == contact))).all():
        row.contact, row.mentions, row.data = nobody, [], {}
        if row.state == "waiting":
            row.state = "dropped"
        row.text = ""
        session.add(row)
    await session.flush()


async def forget_words(session: AsyncSession, issue: int) -> None:
    """Empty what was said of an issue, now that its reporter is to be forgotten."""
    query = select(Outgoing).where(Outgoing.issue == issue, Outgoing.state != "waiting")
    for row in (await session.exec(query)).all():
        row.text, row.mentions, row.data = "", [], {}
        session.add(row)
    await session.flush()

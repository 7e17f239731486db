"""Facts about the system itself: periodic acts that were done, marks, questions still open."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.inbox import insert_once
from storage.tables import Mark, Pending, Run


async def claim_run(session: AsyncSession, scope: str, day: str, kind: str, at: datetime) -> bool:
    """Whether this transaction is the one that does a periodic act: true once, ever."""
    return await insert_once(session, Run, {"scope": scope, "day": day, "kind": kind, "at": at})


async def mark(session: AsyncSession, name: str) -> Mark | None:
    return await session.get(Mark, name)


async def set_mark(
    session: AsyncSession,
    name: str,
    *,
    number: int | None = None,
    moment: datetime | None = None,
    text: str | None = None,
) -> None:
    found = await session.get(Mark, name) or Mark(name=name)
    if number is not None:
        found.number = number
    if moment is not None:
        found.moment = moment
    if text is not None:
        found.text = text
    session.add(found)
    await session.flush()


async def ask(
    session: AsyncSession,
    *,
    contact: str,
    kind: str,
    at: datetime,
    until: datetime,
    issue: int | None = None,
    room_id: int | None = None,
    data: dict[str, Any] | None = None,
) -> Pending:
    """Remember that an answer of somebody is possible; replaces the same question asked before."""
    await settle(session, contact=contact, kind=kind, issue=issue)
    row = Pending(
        contact=contact,
        kind=kind,
        at=at,
        until=until,
        issue=issue,
        room_id=room_id,
        data=data or {},
    )
    session.add(row)
    await session.flush()
    return row


async def questions(
    session: AsyncSession,
    now: datetime,
    *,
    contact: str | None = None,
    kind: str | None = None,
    issue: int | None = None,
) -> Sequence[Pending]:
    """Questions to which an answer is still possible, the latest first."""
    query = select(Pending).where(Pending.until >= now)
    if contact is not None:
        query = query.where(Pending.contact == contact)
    if kind is not None:
        query = query.where(Pending.kind == kind)
    if issue is not None:
        query = query.where(Pending.issue == issue)
    return (await session.exec(query.order_by(col(Pending.id).desc()))).all()


async def settle(
    session: AsyncSession,
    *,
    contact: str | None = None,
    kind: str | None = None,
    issue: int | None = None,
) -> None:
    """Take back questions that were answered or no longer matter."""
    query = select(Pending)
    if contact is not None:
        query = query.where(Pending.contact == contact)
    if kind is not None:
        query = query.where(Pending.kind == kind)
    if issue is not None:
        query = query.where(Pending.issue == issue)
    for row in (await session.exec(query)).all():
        await session.delete(row)
    await session.flush()


async def note_gap(session: AsyncSession, account: str, start: datetime, end: datetime) -> None:
    """Note a time in which nothing could be heard; the same gap twice is one."""
    name = f"gap:{account}:{start.isoformat()}"
    if await session.get(Mark, name) is None:
        seconds = int((end - start).total_seconds())
        session.add(Mark(name=name, number=seconds, moment=start, text=end.isoformat()))
        await session.flush()


async def gaps(session: AsyncSession, since: datetime, until: datetime) -> Sequence[Mark]:
    """Gaps that began in a window: `moment` the start, `number` the seconds."""
    query = (
        select(Mark)
        .where(col(Mark.name).startswith("gap:"), Mark.moment >= since, Mark.moment < until)  # type: ignore[operator]
        .order_by(col(Mark.moment))
    )
    return (await session.exec(query)).all()

"""The roster of the configuration, mirrored into the database: what is gone is retired."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import SQLModel, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.tables import Community, Grid, Room, Worker


async def _mirror(
    session: AsyncSession,
    table: type[SQLModel],
    wanted: Mapping[str, dict[str, Any]],
    key: str = "id",
) -> None:
    rows = {getattr(row, key): row for row in (await session.exec(select(table))).all()}
    for name, values in wanted.items():
        row = rows.get(name)
        if row is None:
            session.add(table(**values, retired=False))
            continue
        for column, value in {**values, "retired": False}.items():
            if getattr(row, column) != value:
                setattr(row, column, value)
        session.add(row)
    for name, row in rows.items():
        if name not in wanted and not getattr(row, "retired"):  # noqa: B009
            setattr(row, "retired", True)  # noqa: B010
            session.add(row)
    await session.flush()


async def synchronise(
    session: AsyncSession,
    *,
    communities: Sequence[dict[str, Any]],
    grids: Sequence[dict[str, Any]],
    workers: Sequence[dict[str, Any]],
    rooms: Sequence[dict[str, Any]],
) -> None:
    """Bring the tables to what the configuration says; rooms are known by topic, the rest by id."""
    await _mirror(session, Community, {row["id"]: row for row in communities})
    await _mirror(session, Worker, {row["id"]: row for row in workers})
    await _mirror(session, Grid, {row["id"]: row for row in grids})
    await _mirror(session, Room, {row["topic"]: row for row in rooms}, key="topic")


async def serve(
    session: AsyncSession, room_id: int, account: str, now: datetime, lease: timedelta
) -> tuple[bool, datetime | None]:
    """Whether an account is the one that answers in a room; it becomes so where nobody lives there.

    Also gives the moment until which a former account had answered, where it was just replaced.
    """
    query = select(Room).where(Room.id == room_id).with_for_update(key_share=True)
    row = (await session.exec(query)).first()
    if row is None:
        return False, None
    alive = row.served_until is not None and row.served_until > now
    if alive and row.served_by != account:
        return False, None
    former = row.served_until if row.served_by not in (None, account) else None
    if (
        not alive
        or row.served_by != account
        or row.served_until is None
        or (row.served_until - now < lease / 2)
    ):
        row.served_by, row.served_until = account, now + lease
        session.add(row)
    return True, former


async def keep_serving(
    session: AsyncSession, account: str, now: datetime, lease: timedelta
) -> None:
    """Extend an account's rooms: the account is alive."""
    query = select(Room).where(Room.served_by == account).with_for_update(key_share=True)
    for row in (await session.exec(query)).all():
        row.served_until = now + lease
        session.add(row)


async def any_emergency(session: AsyncSession) -> bool:
    """Whether any community is in the emergency rhythm (平急)."""
    query = select(Community.id).where(Community.emergency == True)  # noqa: E712
    return (await session.exec(query)).first() is not None


async def rooms(session: AsyncSession) -> Sequence[Room]:
    """Every room in use."""
    return (await session.exec(select(Room).where(Room.retired == False))).all()  # noqa: E712

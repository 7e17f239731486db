"""The roster of the configuration, mirrored into the database: what is gone is retired."""

from collections.abc import Mapping, Sequence
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
    """Bring the four tables to what the configuration says; rows are known by `id` (rooms: `topic`)."""
    await _mirror(session, Community, {row["id"]: row for row in communities})
    await _mirror(session, Worker, {row["id"]: row for row in workers})
    await _mirror(session, Grid, {row["id"]: row for row in grids})
    await _mirror(session, Room, {row["topic"]: row for row in rooms}, key="topic")


async def rooms(session: AsyncSession) -> Sequence[Room]:
    """Every room in use."""
    return (await session.exec(select(Room).where(Room.retired == False))).all()  # noqa: E712

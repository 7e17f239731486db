"""Narrow queries for what is being said: open issues that a statement may belong to, lines before
a line. Only columns that decide are read, so that the cost follows what is near, not what is open.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.issues import COUNTED_ROLES, UNHANDLED
from storage.tables import Event, Heard, Issue, Report

MOST_CANDIDATES = 24


@dataclass(frozen=True, slots=True)
class Candidate:
    """What decides whether a statement belongs to an open issue, without its texts."""

    number: int
    building: str | None
    room: str | None
    landmark: str | None
    category: str
    matter: str | None
    summary: str
    source_room_id: int | None
    created_at: datetime


_COLUMNS = (
    col(Issue.number), col(Issue.building), col(Issue.room), col(Issue.landmark),
    col(Issue.category), col(Issue.matter), col(Issue.summary), col(Issue.source_room_id),
    col(Issue.created_at),
)  # fmt: skip


def _places(
    building: str | None, landmark: bool, room_id: int | None, since: datetime, supply: str | None
) -> list[ColumnElement[bool]]:
    """Where an issue must be for a statement of that place to belong to it, one query each."""
    here = col(Issue.source_room_id) == room_id
    if building:
        wanted = [col(Issue.building) == building]
        if room_id is not None:
            wanted.append(and_(col(Issue.building).is_(None), here))
        if supply:
            wanted.append(col(Issue.matter) == supply)
        return wanted
    wanted = [and_(here, col(Issue.created_at) >= since)] if room_id is not None else []
    if landmark:
        wanted.append(and_(col(Issue.building).is_(None), col(Issue.landmark).is_not(None)))
    return wanted


async def candidates(
    session: AsyncSession,
    *,
    community_id: str,
    estate: str,
    categories: Collection[str],
    building: str | None,
    landmark: bool,
    room_id: int | None,
    since: datetime,
    supply: str | None,
) -> Sequence[Candidate]:
    """Unhandled issues of an estate that a statement may belong to, latest first.

    Args:
        categories: of the statement and its neighbours.
        landmark: whether the statement names a place in words.
        since: how far back a statement without a building reaches.
        supply: the matter, where buildings need not be the same.
    """
    found: dict[int, Candidate] = {}
    for place in _places(building, landmark, room_id, since, supply):
        query = (
            select(*_COLUMNS)  # type: ignore[call-overload]
            .where(
                place,
                Issue.community_id == community_id,
                Issue.estate == estate,
                col(Issue.status).in_(UNHANDLED),
                col(Issue.category).in_(categories),
            )
            .order_by(col(Issue.number).desc())
            .limit(MOST_CANDIDATES)
        )
        for row in (await session.exec(query)).all():
            found.setdefault(row[0], Candidate(*row))
    return sorted(found.values(), key=lambda other: -other.number)


async def buildings_told(session: AsyncSession, number: int) -> set[str]:
    """Buildings that statements joined to an issue have named beside its own."""
    query = select(Event.data).where(Event.issue == number, Event.act == "report")
    rows = (await session.exec(query)).all()
    return {str(data["building"]) for data in rows if data and data.get("building")}


async def embedding_of(session: AsyncSession, number: int) -> bytes | None:
    return (await session.exec(select(Issue.embedding).where(Issue.number == number))).first()


async def lines_before(session: AsyncSession, heard: Heard, since: datetime) -> Sequence[Heard]:
    """The last lines of a room before one, whoever said them, latest first."""
    query = (
        select(Heard)
        .where(
            Heard.room_id == heard.room_id, Heard.at >= since, Heard.at <= heard.at,
            col(Heard.id) < heard.id, Heard.state != "new",
        )
        .order_by(col(Heard.at).desc(), col(Heard.id).desc())
        .limit(8)
    )  # fmt: skip
    return (await session.exec(query)).all()


async def open_in_room(
    session: AsyncSession, room_id: int, since: datetime, *, limit: int = 40
) -> Sequence[Issue]:
    """Unhandled issues of a room with a statement since then, the latest spoken of first."""
    spoken = (
        select(Report.issue, Report.at)
        .join(Issue, col(Issue.number) == Report.issue)
        .where(Report.room_id == room_id, Report.at >= since, col(Issue.status).in_(UNHANDLED))
        .order_by(col(Report.at).desc(), col(Report.id).desc())
        .limit(limit * 5)
    )
    numbers = list(dict.fromkeys(row[0] for row in (await session.exec(spoken)).all()))[:limit]
    found = await session.exec(select(Issue).where(col(Issue.number).in_(numbers)))
    by_number = {issue.number: issue for issue in found.all()}
    return [by_number[number] for number in numbers if number in by_number]


async def texts_in_room(
    session: AsyncSession, room_id: int, since: datetime, *, limit: int = 400
) -> Sequence[tuple[int, str]]:
    """Issue and words of what was joined to issues in a room since then, latest first."""
    query = (
        select(Report.issue, Report.text)
        .where(Report.room_id == room_id, Report.at >= since, Report.text != "")
        .order_by(col(Report.at).desc(), col(Report.id).desc())
        .limit(limit)
    )
    return list((await session.exec(query)).all())


async def own_recent(
    session: AsyncSession, resident_id: int, since: datetime, *, limit: int = 30
) -> Sequence[Issue]:
    """Issues that a resident reported or seconded, opened since then, latest first."""
    numbers = select(Report.issue).where(
        Report.resident_id == resident_id, col(Report.role).in_(COUNTED_ROLES)
    )
    query = (
        select(Issue)
        .where(col(Issue.number).in_(numbers), Issue.created_at >= since)
        .order_by(col(Issue.number).desc())
        .limit(limit)
    )
    return (await session.exec(query)).all()

"""The ledger page after page: who may see what, what is wanted, and where the last one ended.

Pages are cut by the last row (keyset), so that the thousandth is as fast as the first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, String, and_, cast, func, or_, union
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.issues import UNHANDLED
from storage.tables import Event, Helper, Issue, Outgoing, Report, Resident

Order = Literal["new", "old", "due"]
ASKED_IN = ("pending_review", "accepted", "dispatched")
COUNTED_UP_TO = 1000
MOST_OUTSIDE = 500


@dataclass(frozen=True, slots=True)
class Scope:
    """What somebody may see: whole communities, and what is a worker's own."""

    communities: tuple[str, ...] = ()
    worker: str = ""
    """Sees what they hold, were asked for or were whistled to."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A filter of the ledger; empty means everything."""

    statuses: tuple[str, ...] = ()
    category: str = ""
    community: str = ""
    grid: str = ""
    worker: str = ""
    urgency: str = ""
    late: bool = False
    """Past the deadline and not handled."""
    text: str = ""
    since: datetime | None = None
    until: datetime | None = None


def _own(worker: str) -> Any:
    """Numbers of what a worker holds, was asked for or was whistled to."""
    asked = cast(col(Issue.asked), String).contains(f'"{worker}"', autoescape=True)
    return union(
        select(Issue.number).where(Issue.worker_id == worker),
        select(Helper.issue).where(Helper.worker_id == worker),
        select(Issue.number).where(col(Issue.status).in_(ASKED_IN), asked),
    )


async def _parts(
    session: AsyncSession, scope: Scope, wanted: Wanted | None = None
) -> list[ColumnElement[bool]]:
    """The scope as parts without overlap, each of which an index can walk through in order.

    One condition with OR would be sorted as a whole before its first row is known.
    """
    own = select(_own(scope.worker).subquery().c[0])
    if not scope.communities:
        return [col(Issue.number).in_(own)]
    chosen = [c for c in scope.communities if wanted is None or wanted.community in ("", c)]
    parts: list[ColumnElement[bool]] = [col(Issue.community_id) == c for c in chosen]
    outside = select(Issue.number).where(
        col(Issue.number).in_(own), col(Issue.community_id).not_in(scope.communities)
    )
    if numbers := (await session.exec(outside.limit(MOST_OUTSIDE))).all():
        parts.append(col(Issue.number).in_(numbers))
    return parts


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.statuses:
        found.append(col(Issue.status).in_(wanted.statuses))
    if wanted.late:
        found += [col(Issue.overdue).is_(True), col(Issue.status).in_(UNHANDLED)]
    named = (
        (Issue.category, wanted.category),
        (Issue.community_id, wanted.community),
        (Issue.grid_id, wanted.grid),
        (Issue.worker_id, wanted.worker),
        (Issue.urgency, wanted.urgency),
    )
    found += [col(column) == value for column, value in named if value]
    if wanted.since is not None:
        found.append(col(Issue.created_at) >= wanted.since)
    if wanted.until is not None:
        found.append(col(Issue.created_at) < wanted.until)
    if wanted.text:
        found.append(_says(wanted.text))
    return found


def _says(text: str) -> ColumnElement[bool]:
    """12 and 12号 are a number; anything else is looked for in words and places."""
    bare = text.strip().strip("#＃号")
    ways = [
        col(column).contains(text.strip(), autoescape=True)
        for column in (Issue.summary, Issue.landmark, Issue.estate, Issue.result)
    ]
    if bare.isdecimal() and len(bare) < 10:
        ways.append(col(Issue.number) == int(bare))
    building = text.strip().removesuffix("栋").removesuffix("号楼").upper()
    if 0 < len(building) <= 8:
        ways.append(col(Issue.building) == building)
    return or_(*ways)


async def ledger_page(
    session: AsyncSession,
    scope: Scope,
    wanted: Wanted,
    *,
    order: Order = "new",
    after: tuple[datetime | None, int] | None = None,
    limit: int = 30,
) -> tuple[list[Issue], bool]:
    """One page and whether there is another. `after`: deadline and number of the last row seen."""
    conditions = _conditions(wanted)
    number, due = col(Issue.number), col(Issue.due_at)
    if after is not None:
        due_at, last = after
        if order == "due" and due_at is not None:
            conditions.append(or_(due > due_at, and_(due == due_at, number > last)))
        else:
            conditions.append(number < last if order == "new" else number > last)
    orders = {"new": (number.desc(),), "old": (number,), "due": (due, number)}
    rows: list[Issue] = []
    for part in await _parts(session, scope, wanted):
        query = select(Issue).where(part, *conditions).order_by(*orders[order]).limit(limit + 1)
        rows += (await session.exec(query)).all()
    rows.sort(key=_by_due if order == "due" else _by_number, reverse=order == "new")
    return rows[:limit], len(rows) > limit


def _by_due(issue: Issue) -> tuple[datetime, int]:
    return issue.due_at, issue.number


def _by_number(issue: Issue) -> int:
    return issue.number


async def count_up_to(
    session: AsyncSession, scope: Scope, wanted: Wanted, most: int = COUNTED_UP_TO
) -> int:
    """How many rows there are; no further than one more than `most`."""
    count = 0
    for part in await _parts(session, scope, wanted):
        some = select(Issue.number).where(part, *_conditions(wanted)).limit(most + 1 - count)
        counted = select(func.count()).select_from(some.subquery())
        count += int((await session.exec(counted)).one())
        if count > most:
            break
    return count


async def seen_issue(session: AsyncSession, scope: Scope, number: int) -> Issue | None:
    """One issue, if it exists for whoever looks."""
    seen = or_(*await _parts(session, scope))
    query = select(Issue).where(Issue.number == number, seen)
    return (await session.exec(query)).first()


async def events_of(session: AsyncSession, number: int) -> Sequence[Event]:
    query = select(Event).where(Event.issue == number).order_by(col(Event.id))
    return (await session.exec(query)).all()


async def said_about(session: AsyncSession, number: int) -> Sequence[Outgoing]:
    """Everything that was said or is to be said about an issue."""
    query = select(Outgoing).where(Outgoing.issue == number).order_by(col(Outgoing.id))
    return (await session.exec(query)).all()


async def people_of(session: AsyncSession, number: int) -> dict[int, Resident]:
    """Everybody whose words were joined to an issue."""
    numbers = select(Report.resident_id).where(Report.issue == number)
    query = select(Resident).where(col(Resident.id).in_(numbers))
    return {row.id or 0: row for row in (await session.exec(query)).all()}


async def photo_of(session: AsyncSession, report_id: int) -> Report | None:
    return await session.get(Report, report_id)


async def last_rows(
    session: AsyncSession, numbers: Sequence[int], chunk: int = 500
) -> list[dict[str, Any]]:
    """The last recorded ledger rows of some issues, in their order."""
    found: dict[int, dict[str, Any]] = {}
    for start in range(0, len(numbers), chunk):
        some = numbers[start : start + chunk]
        last = select(func.max(Event.id)).where(col(Event.issue).in_(some))
        query = select(Event.issue, Event.state).where(
            col(Event.id).in_(last.group_by(col(Event.issue)))
        )
        for number, state in (await session.exec(query)).all():
            if number is not None and state:
                found[number] = dict(state)
    return [found[number] for number in numbers if number in found]

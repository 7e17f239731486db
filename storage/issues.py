"""Queries over issues, their reports and their events. No meaning, no rules: rows in, rows out."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.tables import Community, Event, Helper, Issue, Mark, Report, Timer

FINISHED = ("closed", "rejected", "merged")
UNHANDLED = ("pending_review", "accepted", "dispatched", "in_progress", "waiting", "suspended")
COUNTED_ROLES = ("statement", "second")


async def lock_community(session: AsyncSession, community_id: str) -> None:
    """Decisions about one community are made one after another, whatever process makes them."""
    query = select(Community.id).where(Community.id == community_id)
    await session.exec(query.with_for_update(key_share=True))


async def next_number(session: AsyncSession) -> int:
    """The next issue number: consecutive, because it is taken in the transaction that uses it."""
    found = await session.exec(select(Mark).where(Mark.name == "issues").with_for_update())
    mark = found.first()
    if mark is None:
        mark = Mark(name="issues", number=0)
    mark.number += 1
    session.add(mark)
    await session.flush()
    return mark.number


async def get(session: AsyncSession, number: int, *, lock: bool = False) -> Issue | None:
    query = select(Issue).where(Issue.number == number)
    if lock:
        query = query.with_for_update()
    return (await session.exec(query)).first()


async def reports_of(session: AsyncSession, number: int) -> Sequence[Report]:
    """Everything that was joined to an issue, in the order in which it was said."""
    query = select(Report).where(Report.issue == number).order_by(col(Report.at), col(Report.id))
    return (await session.exec(query)).all()


async def first_report(session: AsyncSession, number: int) -> Report | None:
    query = (
        select(Report)
        .where(Report.issue == number, col(Report.role).in_(COUNTED_ROLES))
        .order_by(col(Report.at), col(Report.id))
    )
    return (await session.exec(query)).first()


async def unhandled_in_estate(
    session: AsyncSession, community_id: str, estate: str
) -> Sequence[Issue]:
    """Issues of an estate that a new statement may belong to, latest first."""
    query = (
        select(Issue)
        .where(
            Issue.community_id == community_id,
            Issue.estate == estate,
            col(Issue.status).in_(UNHANDLED),
        )
        .order_by(col(Issue.number).desc())
    )
    return (await session.exec(query)).all()


async def raised_in_room(session: AsyncSession, room_id: int, since: datetime) -> Sequence[Issue]:
    """Issues of a room that something was said about since then, latest statement first."""
    latest = (
        select(Report.issue, func.max(Report.at).label("latest"))
        .where(Report.room_id == room_id, Report.at >= since)
        .group_by(col(Report.issue))
        .subquery()
    )
    query = (
        select(Issue)
        .join(latest, latest.c.issue == Issue.number)
        .where(col(Issue.status).not_in(("merged", "rejected")))
        .order_by(latest.c.latest.desc(), col(Issue.number).desc())
    )
    return (await session.exec(query)).all()


async def reported_by(
    session: AsyncSession, resident_id: int, *, roles: Sequence[str] = COUNTED_ROLES
) -> Sequence[Issue]:
    """Issues that a resident reported or seconded, latest first."""
    numbers = select(Report.issue).where(
        Report.resident_id == resident_id, col(Report.role).in_(roles)
    )
    query = select(Issue).where(col(Issue.number).in_(numbers)).order_by(col(Issue.number).desc())
    return (await session.exec(query)).all()


async def held_by(
    session: AsyncSession, worker_id: str, statuses: Sequence[str]
) -> Sequence[Issue]:
    """Issues that a worker holds now, the earliest deadline first."""
    query = (
        select(Issue)
        .where(Issue.worker_id == worker_id, col(Issue.status).in_(statuses))
        .order_by(col(Issue.due_at), col(Issue.number))
    )
    return (await session.exec(query)).all()


async def asked_of(session: AsyncSession, worker_id: str) -> Sequence[Issue]:
    """Dispatched issues that a worker was asked to accept, whoever holds them now."""
    query = select(Issue).where(col(Issue.status).in_(("dispatched", "accepted")))
    rows = (await session.exec(query.order_by(col(Issue.number)))).all()
    return [issue for issue in rows if worker_id in issue.asked]


async def handled_since(session: AsyncSession, worker_id: str, since: datetime) -> Sequence[Issue]:
    """What a worker has handled since then, the latest first."""
    query = (
        select(Issue)
        .where(Issue.worker_id == worker_id, col(Issue.handled_at) >= since)
        .where(col(Issue.status).in_(("handled", "closed")))
        .order_by(col(Issue.handled_at).desc(), col(Issue.number).desc())
    )
    return (await session.exec(query)).all()


async def helping(session: AsyncSession, worker_id: str) -> Sequence[Helper]:
    """What a worker or department was whistled for and has not finished."""
    query = select(Helper).where(Helper.worker_id == worker_id, col(Helper.handled_at).is_(None))
    return (await session.exec(query.order_by(col(Helper.issue)))).all()


async def helpers_of(session: AsyncSession, number: int) -> Sequence[Helper]:
    query = select(Helper).where(Helper.issue == number).order_by(col(Helper.id))
    return (await session.exec(query)).all()


async def of_community(
    session: AsyncSession, community_id: str, statuses: Sequence[str]
) -> Sequence[Issue]:
    query = (
        select(Issue)
        .where(Issue.community_id == community_id, col(Issue.status).in_(statuses))
        .order_by(col(Issue.due_at), col(Issue.number))
    )
    return (await session.exec(query)).all()


async def earlier_alike(session: AsyncSession, issue: Issue, since: datetime) -> Issue | None:
    """The latest finished issue of the same place and matter."""
    query = (
        select(Issue)
        .where(
            Issue.community_id == issue.community_id,
            Issue.estate == issue.estate,
            Issue.building == issue.building,
            Issue.category == issue.category,
            Issue.matter == issue.matter,
            col(Issue.status).in_(("handled", "closed")),
            Issue.number != issue.number,
            Issue.created_at >= since,
        )
        .order_by(col(Issue.number).desc())
    )
    return (await session.exec(query)).first()


async def set_timer(session: AsyncSession, number: int, kind: str, at: datetime) -> None:
    """Set or move a timer of an issue."""
    timer = await session.get(Timer, (number, kind))
    if timer is None:
        timer = Timer(issue=number, kind=kind, at=at)
    timer.at = at
    session.add(timer)
    await session.flush()


async def drop_timers(session: AsyncSession, number: int, *kinds: str) -> None:
    """Take back timers of an issue; all of them where no kind is named."""
    query = select(Timer).where(Timer.issue == number)
    if kinds:
        query = query.where(col(Timer.kind).in_(kinds))
    for timer in (await session.exec(query)).all():
        await session.delete(timer)
    await session.flush()


async def due_timers(session: AsyncSession, now: datetime, limit: int = 100) -> Sequence[Timer]:
    query = select(Timer).where(Timer.at <= now).order_by(col(Timer.at), col(Timer.issue))
    return (await session.exec(query.limit(limit))).all()


async def next_timer(session: AsyncSession) -> datetime | None:
    return (await session.exec(select(func.min(Timer.at)))).first()


async def snapshot_rows(
    session: AsyncSession,
    at: datetime | None,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    community_id: str | None = None,
) -> list[dict[str, Any]]:
    """Every issue's last recorded ledger row, as of `at` (None: now), by number."""
    last = select(func.max(Event.id)).where(col(Event.issue).is_not(None))
    if at is not None:
        last = last.where(Event.at <= at)
    if community_id is not None:
        last = last.where(Event.community_id == community_id)
    last = last.group_by(col(Event.issue))
    query = select(Event.state).where(col(Event.id).in_(last)).order_by(col(Event.issue))
    rows = [dict(state) for state in (await session.exec(query)).all()]
    if since is None and until is None:
        return rows
    return [
        row
        for row in rows
        if (since is None or datetime.fromisoformat(row["created_at"]) >= since)
        and (until is None or datetime.fromisoformat(row["created_at"]) < until)
    ]


async def ping(session: AsyncSession) -> None:
    """Raises where the database does not answer."""
    await session.exec(text("SELECT 1"))  # type: ignore[call-overload]


async def last_of(session: AsyncSession, number: int, *acts: str) -> Event | None:
    """The last event of an issue, of some kinds where they are named."""
    query = select(Event).where(Event.issue == number)
    if acts:
        query = query.where(col(Event.act).in_(acts))
    return (await session.exec(query.order_by(col(Event.id).desc()).limit(1))).first()


async def timer_at(session: AsyncSession, number: int, kind: str) -> datetime | None:
    """When a timer of an issue is due; None where it is not set."""
    timer = await session.get(Timer, (number, kind))
    return timer.at if timer else None


async def timers_of(session: AsyncSession, community_id: str, kind: str) -> Sequence[Timer]:
    """Every timer of a kind in a community."""
    query = (
        select(Timer)
        .join(Issue, col(Issue.number) == Timer.issue)
        .where(Timer.kind == kind, Issue.community_id == community_id)
    )
    return (await session.exec(query.order_by(col(Timer.issue)))).all()


async def forget_flat(session: AsyncSession, number: int) -> None:
    """Take the room number (室) out of every noted state of an issue."""
    for event in (await session.exec(select(Event).where(Event.issue == number))).all():
        event.state = {**event.state, "room": None}
        event.data = {k: v for k, v in event.data.items() if k not in ("room", "words")}
        session.add(event)
    await session.flush()

"""What may no longer be kept: found first, so that `--dry-run` and the deed agree."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import delete, func, or_, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.issues import FINISHED
from storage.tables import (
    Access,
    Correction,
    Event,
    Heard,
    Issue,
    Membership,
    Outgoing,
    Pending,
    Report,
    Resident,
)

ERASED = "（已过保存期）"
INBOX_KEPT = timedelta(days=7)
"""How long the empty shell of a message is kept, so that a repeat of it is known."""
CHUNK = 500


@dataclass(slots=True)
class Purged:
    """How much of each kind is (or would be) gone; `photos` are files to delete."""

    issues: int = 0
    messages: int = 0
    outgoing: int = 0
    residents: int = 0
    corrections: int = 0
    photos: list[str] = field(default_factory=list)


async def _old_issues(session: AsyncSession, before: datetime) -> Sequence[int]:
    query = (
        select(Issue.number)
        .where(
            col(Issue.status).in_(FINISHED),
            func.coalesce(Issue.closed_at, Issue.created_at) < before,
            Issue.summary != ERASED,
        )
        .order_by(col(Issue.number))
    )
    return (await session.exec(query)).all()


def _unneeded_residents() -> object:
    """Speakers of whom nothing is kept any more; who opted out stays known as such."""
    return select(Resident.id).where(
        col(Resident.opted_out).is_(False),
        col(Resident.id).not_in(
            select(Report.resident_id).where(col(Report.resident_id).is_not(None))
        ),
        col(Resident.id).not_in(
            select(Issue.reporter_id).where(col(Issue.reporter_id).is_not(None))
        ),
        col(Resident.id).not_in(select(Heard.resident_id)),
    )


async def purge(
    session: AsyncSession, *, now: datetime, days: int, dry_run: bool = False
) -> Purged:
    """Empty what is older than `days`: words, people and photos go, numbers and times stay.

    Figures go on being right, because they are made of events; nobody can be found in them.
    """
    before = now - timedelta(days=days)
    gone = Purged()
    numbers = list(await _old_issues(session, before))
    gone.issues = len(numbers)
    for start in range(0, len(numbers), CHUNK):
        await _empty_issues(session, numbers[start : start + CHUNK], gone, dry_run=dry_run)
    shells = or_(
        col(Heard.at) < min(before, now - INBOX_KEPT),
        (col(Heard.state) == "gone") & (col(Heard.at) < now - INBOX_KEPT),
    )
    gone.messages = await _count(session, select(func.count()).select_from(Heard).where(shells))
    said = (col(Outgoing.created_at) < before) & (col(Outgoing.state) != "waiting")
    gone.outgoing = await _count(session, select(func.count()).select_from(Outgoing).where(said))
    learnt = col(Correction.at) < before
    gone.corrections = await _count(
        session, select(func.count()).select_from(Correction).where(learnt)
    )
    if not dry_run:
        for table, condition in ((Heard, shells), (Outgoing, said), (Correction, learnt)):
            await session.exec(delete(table).where(condition))
        await session.exec(delete(Pending).where(col(Pending.until) < now))
        await session.flush()
    people = [row for row in (await session.exec(_unneeded_residents())).all() if row]  # type: ignore[call-overload]
    gone.residents = len(people)
    if not dry_run:
        for start in range(0, len(people), CHUNK):
            some = people[start : start + CHUNK]
            await session.exec(delete(Membership).where(col(Membership.resident_id).in_(some)))
            await session.exec(
                update(Access).where(col(Access.resident_id).in_(some)).values(resident_id=None)
            )
            await session.exec(delete(Resident).where(col(Resident.id).in_(some)))
    return gone


async def _count(session: AsyncSession, query: object) -> int:
    return int((await session.exec(query)).one())  # type: ignore[call-overload]


async def _empty_issues(
    session: AsyncSession, numbers: Sequence[int], gone: Purged, *, dry_run: bool
) -> None:
    query = select(Report.photo).where(
        col(Report.issue).in_(numbers), col(Report.photo).is_not(None)
    )
    gone.photos += [photo for photo in (await session.exec(query)).all() if photo]
    if dry_run:
        return
    await session.exec(
        update(Report)
        .where(col(Report.issue).in_(numbers))
        .values(text="", photo=None, household=None, resident_id=None, platform_id="")
    )
    await session.exec(
        update(Issue)
        .where(col(Issue.number).in_(numbers))
        .values(
            summary=ERASED, room=None, reporter_id=None, embedding=None, result=None, reason=None
        )
    )
    for event in (await session.exec(select(Event).where(col(Event.issue).in_(numbers)))).all():
        event.state = {
            **event.state, "summary": ERASED, "room": None, "messages": [], "result": None,
            "reason": None,
        }  # fmt: skip
        event.reason = None
        kept = {"rating", "worker", "from", "to", "number", "why", "plan_date", "again"}
        event.data = {key: value for key, value in event.data.items() if key in kept}
        session.add(event)
    await session.flush()

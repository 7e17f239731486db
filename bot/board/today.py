"""今日: what needs me now first, then what the digest says, live."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter
from fastapi.responses import Response
from sqlalchemy import Integer, cast, func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.board.acts import APPROVING, mark_of
from bot.board.base import BoardHere, Seen
from bot.board.forms import fresh
from bot.board.viewer import Viewer
from bot.casework.work import Work
from bot.commands import selection
from bot.reports import digest, views
from storage import issues, runs
from storage.issues import UNHANDLED
from storage.search import Wanted, count_up_to, ledger_page
from storage.tables import Issue, Pending

SHOWN = 8

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Approval:
    """A wish that waits for the secretary's 确认."""

    issue: Issue
    question: Pending
    who: str
    mark: str


@router.get("/")
async def today(board: BoardHere, viewer: Seen) -> Response:
    async with board.reading() as work:
        session, scope = work.session, viewer.scope
        late, more_late = await ledger_page(
            session, scope, Wanted(late=True), order="due", limit=SHOWN
        )
        unsure = await count_up_to(session, scope, Wanted(statuses=("pending_review",)))
        silent = await _silent(work, viewer, {issue.number for issue in late})
        shown = {issue.number for issue in (*late, *silent)}
        hand = [i for i in await selection.in_hand(work, viewer.worker) if i.number not in shown]
        return await board.page(
            viewer,
            "today.html",
            page="today",
            once=fresh(),
            approvals=await _approvals(work, viewer),
            approving=APPROVING,
            late=late,
            more_late=more_late,
            silent=silent,
            unsure=unsure,
            hand=hand,
            helping=await issues.helping(session, viewer.worker.id),
            digests=await _digests(work, viewer),
            table=await _communities(work, viewer) if len(viewer.communities) > 1 else [],
        )


async def _approvals(work: Work, viewer: Viewer) -> list[Approval]:
    found = []
    asked = await runs.questions(
        work.session, work.now, contact=viewer.worker.contact, kind="approve"
    )
    for question in reversed(asked):
        issue = await issues.get(work.session, question.issue or 0)
        if issue is not None and issue.community_id in viewer.leads:
            name = work.roster.worker_name(str(question.data.get("worker", "")))
            found.append(Approval(issue, question, name, mark_of(issue)))
    return found


async def _silent(work: Work, viewer: Viewer, known: set[int]) -> Sequence[Issue]:
    """Dispatched, and the one who was asked first has not answered."""
    if not viewer.oversees:
        return []
    query = (
        select(Issue)
        .where(
            col(Issue.community_id).in_([c.id for c in viewer.communities]),
            Issue.status == "dispatched",
            Issue.escalation > 0,
            col(Issue.number).not_in(known),
        )
        .order_by(col(Issue.due_at), col(Issue.number))
        .limit(SHOWN)
    )
    return (await work.session.exec(query)).all()


async def _digests(work: Work, viewer: Viewer) -> list[tuple[str, list[str]]]:
    """The digest's own words, of each community that they lead; of a street this week's."""
    day = work.now.astimezone(work.house.settings.zone).date()
    found = []
    for community in viewer.communities:
        if community.id in viewer.leads:
            text = await digest.daily_text(work, community.id, day)
            found.append((community.name, text.splitlines()))
    streets = {c.street for c in viewer.communities if c.id not in viewer.leads}
    for street in sorted(streets):
        week = digest.week_window(work, day)
        words = await views.street_text(work, street, week, "week")
        if words:
            found.append((street, words.splitlines()))
    return found


async def _communities(work: Work, viewer: Viewer) -> list[dict[str, object]]:
    """Open and late in each community."""
    counted = await open_and_late(work.session, [c.id for c in viewer.communities])
    rows = []
    for community in viewer.communities:
        unhandled, overdue = counted.get(community.id, (0, 0))
        rows.append({"community": community, "open": unhandled, "late": overdue})
    return rows


async def open_and_late(
    session: AsyncSession, communities: Sequence[str]
) -> dict[str, tuple[int, int]]:
    """How many issues of each community are not handled, and how many of them late."""
    late = func.sum(cast(col(Issue.overdue), Integer))
    query = (
        select(Issue.community_id, func.count(), late)
        .where(col(Issue.community_id).in_(communities), col(Issue.status).in_(UNHANDLED))
        .group_by(col(Issue.community_id))
    )
    return {id_: (n, int(m or 0)) for id_, n, m in (await session.exec(query)).all()}

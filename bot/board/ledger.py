"""台账: every issue that concerns the viewer, filtered, sorted, page after page."""

from datetime import UTC, datetime

from fastapi import APIRouter, Request
from fastapi.responses import Response

from bot.board.base import Board, BoardHere, Seen
from bot.board.forms import ORDERS, STATES, Filter
from bot.board.viewer import Viewer
from bot.casework.transitions import STATUS_NAMES
from classifiers.taxonomy import CATEGORY_NAMES, URGENCY_NAMES
from storage.search import COUNTED_UP_TO, count_up_to, ledger_page
from storage.tables import Issue

router = APIRouter()


@router.get("/issues")
async def ledger(request: Request, board: BoardHere, viewer: Seen) -> Response:
    chosen = Filter.read(request.query_params)
    wanted = chosen.wanted(board.house.settings.zone)
    after = _after(request.query_params.get("after", ""))
    async with board.reading() as work:
        rows, more = await ledger_page(
            work.session, viewer.scope, wanted, order=chosen.order, after=after
        )
        count = await count_up_to(work.session, viewer.scope, wanted)
    return await board.page(
        viewer,
        "ledger.html",
        page="ledger",
        rows=rows,
        chosen=chosen,
        count=count,
        most=COUNTED_UP_TO,
        following=chosen.address(after=_cursor(rows[-1])) if more else "",
        first=after is None,
        states={**STATES, **{str(k): v for k, v in STATUS_NAMES.items()}},
        categories=CATEGORY_NAMES,
        urgencies=URGENCY_NAMES,
        orders=ORDERS,
        workers=workers_of(board, viewer),
    )


def workers_of(board: Board, viewer: Viewer) -> list[tuple[str, str]]:
    """The workers that a viewer can filter by: who serves their communities."""
    roster = board.house.roster
    seen = {c.id for c in viewer.communities}
    return [
        (worker.id, worker.name)
        for worker in board.house.settings.workers
        if seen & {c.id for c in roster.communities_of(worker.id)}
    ]


def _cursor(issue: Issue) -> str:
    return f"{issue.due_at.timestamp():.6f}:{issue.number}"


def _after(text: str) -> tuple[datetime | None, int] | None:
    """Where the last page ended; None for what is no such place."""
    due, _, number = text.partition(":")
    if not number.isdecimal() or len(number) > 9:
        return None
    try:
        return datetime.fromtimestamp(float(due), UTC), int(number)
    except (ValueError, OverflowError, OSError):
        return None

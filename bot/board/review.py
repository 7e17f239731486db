"""待核实: what the bot was not sure of, its guess, and the words that weighed most in it."""

import asyncio
from dataclasses import dataclass

from fastapi import APIRouter
from fastapi.responses import Response

from bot.board.acts import REVIEWING, mark_of, may_review
from bot.board.base import Board, BoardHere, Seen
from bot.board.forms import fresh
from bot.casework import wording
from bot.reports.summary import names_of
from classifiers.privacy import mask
from classifiers.taxonomy import CATEGORY_NAMES
from storage.search import Wanted, ledger_page
from storage.tables import Issue

SHOWN = 10
HEAVIEST = 4
REMEMBERED = 500

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Doubt:
    """One issue that a person has to look at."""

    issue: Issue
    words: str
    weights: list[tuple[str, float]]
    mark: str
    mine: bool
    """Whether the viewer is one to say."""


@router.get("/review")
async def review(board: BoardHere, viewer: Seen) -> Response:
    doubts = []
    async with board.reading() as work:
        wanted = Wanted(statuses=("pending_review",))
        rows, more = await ledger_page(work.session, viewer.scope, wanted, order="due", limit=SHOWN)
        for issue in rows:
            names = await names_of(work, [issue.number])
            words = await wording.words_of(work, issue, length=400)
            text = mask(words, rooms=True, names=names)
            mine = await may_review(work, viewer, issue)
            doubts.append((issue, text, mine))
    return await board.page(
        viewer,
        "review.html",
        page="review",
        doubts=[
            Doubt(issue, text, await _weights(board, text), mark_of(issue), mine)
            for issue, text, mine in doubts
        ],
        more=more,
        once=fresh(),
        reviewing=REVIEWING,
        categories=CATEGORY_NAMES,
    )


async def _weights(board: Board, text: str) -> list[tuple[str, float]]:
    """The heaviest words, relative to the first; asked of the classifier once for each text."""
    if board.explain is None:
        return []
    if text not in board.explained:
        if len(board.explained) >= REMEMBERED:
            board.explained.clear()
        board.explained[text] = await asyncio.to_thread(board.explain, text)
    heaviest = board.explained[text][:HEAVIEST]
    top = heaviest[0][1] if heaviest else 1.0
    return [(word, weight / top) for word, weight in heaviest]

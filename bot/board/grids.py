"""网格: what is open and late in each grid, its rates of thirty days, and who is on duty."""

from dataclasses import dataclass
from datetime import timedelta

from fastapi import APIRouter
from fastapi.responses import Response

from bot.board.base import BoardHere, NoSuchPage, Seen
from bot.casework import routing
from bot.casework.work import Work
from bot.reports.figures import Figure, Figures, figures_by, measured
from bot.settings import GridEntry

WINDOW = timedelta(days=30)
RATES = ("response", "solved", "satisfied")

router = APIRouter()


@dataclass(frozen=True, slots=True)
class GridRow:
    """One grid."""

    grid: GridEntry
    community: str
    open: int
    late: int
    load: float
    """Open issues for each person on duty."""
    rates: list[Figure]
    posts: list[tuple[str, str, bool]]
    """Name, post, and whether they are there today."""


@router.get("/grids")
async def grids(board: BoardHere, viewer: Seen) -> Response:
    if not viewer.grids:
        raise NoSuchPage
    async with board.reading() as work:
        today = work.now.astimezone(work.house.settings.zone).date()
        away = await routing.absent(work, today)
        cases, window, rule = await measured(
            work.session, work.house.settings, work.now - WINDOW,
            work.now + timedelta(microseconds=1),
            sorted({grid.community for grid in viewer.grids}),
        )  # fmt: skip
        found = figures_by(cases, window, rule, "grid")
        rows = [_row(work, grid, found.get(grid.id, Figures()), away) for grid in viewer.grids]
    return await board.page(viewer, "grids.html", page="grids", rows=rows, days=WINDOW.days)


def _row(work: Work, grid: GridEntry, figures: Figures, away: set[str]) -> GridRow:
    posts = [(grid.a_post, "A岗"), *((post, "B岗") for post in grid.b_posts)]
    if grid.lead:
        posts.append((grid.lead, "网格长"))
    named = [(work.roster.worker_name(id_), post, id_ not in away) for id_, post in posts]
    there = sum(1 for _, post, here in named if here and post != "网格长")
    totals = figures.totals
    return GridRow(
        grid, work.roster.communities[grid.community].name, totals["open"], totals["late"],
        totals["open"] / max(there, 1), [figures.rates[id_] for id_ in RATES], named,
    )  # fmt: skip

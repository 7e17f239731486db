"""报表: the figures of any window with formulas, by unit, with their trend, beside another."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import get_args

from fastapi import APIRouter, Request
from fastapi.responses import Response

from bot.board.base import Board, BoardHere, Seen
from bot.board.chart import bars
from bot.board.forms import day_of, midnight
from bot.board.viewer import Viewer
from bot.casework.work import Work
from bot.reports.cases import Case
from bot.reports.counting import Window, Yardstick
from bot.reports.figures import (
    BY_NAMES,
    RATES,
    TIMES,
    TOTALS,
    By,
    Figures,
    figures_by,
    figures_of,
    measured,
)
from bot.speech import how_long
from classifiers.taxonomy import CATEGORY_NAMES, Category

DAY = timedelta(days=1)
LONGEST = 366
SHOWN = ("response", "solved", "satisfied", "ontime", "overdue")
WEEKLY_FROM = 45
"""From so many days on the trend goes by weeks."""

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Asked:
    """What the form asks for: both days belong to the window."""

    first: date
    last: date
    by: By
    before: tuple[date, date] | None
    """The window to compare with."""

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


def asked_of(query: dict[str, str], today: date) -> Asked:
    """The form as it was filled; this month so far where it says nothing."""
    first = day_of(query.get("from")) or today.replace(day=1)
    last = max(day_of(query.get("to")) or today, first)
    last = min(last, first + (LONGEST - 1) * DAY)
    chosen = query.get("by", "grid")
    by: By = chosen if chosen in get_args(By) else "grid"  # type: ignore[assignment]
    other, until = day_of(query.get("from2")), day_of(query.get("to2"))
    before = (
        (other, min(max(until or other, other), other + (LONGEST - 1) * DAY)) if other else None
    )
    if query.get("compare") and before is None:
        days = (last - first).days + 1
        before = (first - days * DAY, first - DAY)
    return Asked(first, last, by, before)


def _window(work: Work, first: date, last: date) -> tuple[datetime, datetime]:
    zone = work.house.settings.zone
    start = midnight(first, zone)
    end = min(midnight(last + DAY, zone), work.now + timedelta(microseconds=1))
    return start, max(start, end)


async def _measure(
    work: Work, viewer: Viewer, days: tuple[date, date]
) -> tuple[list[Case], Window, Yardstick]:
    start, end = _window(work, *days)
    own = [c.id for c in viewer.communities]
    if not own:
        own = [c.id for c in work.roster.communities_of(viewer.worker.id)]
    return await measured(work.session, work.house.settings, start, end, own)


def _whole(viewer: Viewer, cases: Sequence[Case], window: Window, rule: Yardstick) -> Figures:
    """All that the viewer sees: whole communities, or what is their own."""
    if viewer.oversees:
        return figures_of(cases, window, rule)
    return figures_by(cases, window, rule, "worker").get(viewer.worker.id, Figures())


@router.get("/figures")
async def figures(request: Request, board: BoardHere, viewer: Seen) -> Response:
    query = dict(request.query_params)
    async with board.reading() as work:
        today = work.now.astimezone(work.house.settings.zone).date()
        asked = asked_of(query, today)
        cases, window, rule = await _measure(work, viewer, (asked.first, asked.last))
        other = None
        if asked.before:
            other = _whole(viewer, *await _measure(work, viewer, asked.before))
    units = figures_by(cases, window, rule, asked.by) if viewer.oversees else {}
    return await board.page(
        viewer,
        "figures.html",
        page="figures",
        asked=asked,
        whole=_whole(viewer, cases, window, rule),
        other=other,
        units=[(_unit(board, asked.by, unit), found) for unit, found in units.items()],
        shown=SHOWN,
        by_names=BY_NAMES,
        rates=RATES,
        times=TIMES,
        totals=TOTALS,
        span=lambda seconds: how_long(timedelta(seconds=seconds)),
        trend=_trend(cases, asked, board) if viewer.oversees else [],
    )


def _unit(board: Board, by: By, unit: str) -> str:
    """A unit as people call it."""
    roster = board.house.roster
    match by:
        case "community":
            return roster.communities[unit].name if unit in roster.communities else unit
        case "worker" | "department":
            return roster.worker_name(unit)
        case "category":
            return CATEGORY_NAMES[Category(unit)] if unit in set(Category) else unit
        case "grid":
            return f"{unit} {roster.grids[unit].estate}" if unit in roster.grids else unit
        case _:
            return unit


def _trend(cases: Sequence[Case], asked: Asked, board: Board) -> list[tuple[str, int, int]]:
    """New and handled, by day or by week."""
    zone = board.house.settings.zone
    step = 7 if asked.days >= WEEKLY_FROM else 1
    counted = [[0, 0] for _ in range(0, asked.days, step)]

    def add(moment: datetime | None, column: int) -> None:
        ahead = (moment.astimezone(zone).date() - asked.first).days if moment else -1
        if 0 <= ahead < asked.days:
            counted[ahead // step][column] += 1

    for case in cases:
        if case.status not in ("merged", "rejected"):
            add(case.moment("created_at"), 0)
        if case.done:
            add(case.moment("handled_at"), 1)
    starts = [asked.first + n * step * DAY for n in range(len(counted))]
    return [
        (f"{day.month}月{day.day}日", new, handled)
        for day, (new, handled) in zip(starts, counted, strict=True)
    ]


@router.get("/figures/trend.svg")
async def trend(request: Request, board: BoardHere, viewer: Seen) -> Response:
    """The trend as a picture; the page has the same numbers as a table."""
    async with board.reading() as work:
        today = work.now.astimezone(work.house.settings.zone).date()
        asked = asked_of(dict(request.query_params), today)
        cases, _, _ = await _measure(work, viewer, (asked.first, asked.last))
    rows = _trend(cases, asked, board) if viewer.oversees else []
    return Response(
        bars(rows),
        media_type="image/svg+xml",
        headers={"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"},
    )

"""Figures of any window, by grid, worker, department, community, street or category.

All of them come from events alone, each with its numerator, its denominator and what was left out.
docs/figures.md is made from the table below (`as_markdown`).
"""

import tomllib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

import numpy as np
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.reports import cases as histories
from bot.reports.cases import Case
from bot.reports.counting import Count, Sample, Window, Yardstick, counts
from bot.settings import Settings

TABLE = Path(__file__).with_name("formulas.toml")

By = Literal["community", "street", "grid", "worker", "department", "category"]
BY_NAMES: dict[By, str] = {
    "community": "社区", "street": "街道", "grid": "网格", "worker": "人员", "department": "部门",
    "category": "类别",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Formula:
    """A figure in words."""

    id: str
    name: str
    numerator: str
    denominator: str = ""
    left_out: str = ""

    @property
    def words(self) -> str:
        return f"{self.numerator}÷{self.denominator}" if self.denominator else self.numerator


def _formulas(kind: str) -> tuple[Formula, ...]:
    table = tomllib.loads(TABLE.read_text(encoding="utf-8"))[kind]
    return tuple(Formula(id=id_, **row) for id_, row in table.items())


RATES, TIMES, TOTALS = _formulas("rates"), _formulas("times"), _formulas("totals")

RATE_NAMES = {formula.id: formula.name for formula in RATES}


@dataclass(slots=True)
class Figure:
    """A rate with what it was computed from."""

    id: str
    numerator: int = 0
    denominator: int = 0
    left_out: dict[str, int] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return RATE_NAMES[self.id]

    @property
    def share(self) -> float | None:
        """Between 0 and 1; None where there is nothing to divide by."""
        return self.numerator / self.denominator if self.denominator else None

    @property
    def percent(self) -> str:
        """93.72%, or — where there is nothing to divide by."""
        return "—" if self.share is None else f"{self.share:.2%}"


@dataclass(frozen=True, slots=True)
class Spread:
    """Median and 90th percentile (linear between neighbours) of `n` lengths, in seconds."""

    n: int
    median: float
    p90: float
    working_median: float
    working_p90: float


@dataclass(slots=True)
class Figures:
    """All figures of one unit in one window."""

    rates: dict[str, Figure] = field(default_factory=lambda: {f.id: Figure(f.id) for f in RATES})
    times: dict[str, Spread | None] = field(default_factory=lambda: {f.id: None for f in TIMES})
    totals: dict[str, int] = field(default_factory=lambda: {f.id: 0 for f in TOTALS})


def tally(counted: Iterable[Count | Sample]) -> Figures:
    """Add up what issues count for."""
    figures = Figures()
    samples: dict[str, list[Sample]] = defaultdict(list)
    for one in counted:
        if isinstance(one, Sample):
            samples[one.figure].append(one)
        elif one.figure in figures.totals:
            figures.totals[one.figure] += 1
        elif one.left_out is not None:
            left_out = figures.rates[one.figure].left_out
            left_out[one.left_out] = left_out.get(one.left_out, 0) + 1
        else:
            figures.rates[one.figure].denominator += 1
            figures.rates[one.figure].numerator += one.hit
    for name, found in samples.items():
        median, p90 = np.percentile([s.wall for s in found], [50, 90])
        working = np.percentile([s.working for s in found], [50, 90])
        figures.times[name] = Spread(
            len(found), float(median), float(p90), float(working[0]), float(working[1])
        )
    return figures


def figures_of(cases: Sequence[Case], window: Window, rule: Yardstick) -> Figures:
    """The figures of all cases together."""
    return tally(one for case in cases for one in counts(case, window, rule))


def figures_by(
    cases: Sequence[Case], window: Window, rule: Yardstick, by: By
) -> dict[str, Figures]:
    """The figures of each unit of a kind; what belongs to none is left out."""
    found: dict[str, list[Count | Sample]] = defaultdict(list)
    for case in cases:
        for one in counts(case, window, rule):
            if unit := one.units.get(by):
                found[unit].append(one)
    return {unit: tally(counted) for unit, counted in sorted(found.items())}


async def measured(
    session: AsyncSession,
    settings: Settings,
    start: datetime,
    end: datetime,
    communities: Sequence[str] | None = None,
) -> tuple[list[Case], Window, Yardstick]:
    """What `figures_of` and `figures_by` need, for some communities (None: for all)."""
    chosen = list(communities or [c.id for c in settings.communities])
    found = await histories.load(session, chosen, start, end, settings.zone)
    rule = Yardstick(settings, await histories.emergencies(session, chosen))
    return found, Window(start, end), rule


def as_markdown() -> str:
    """docs/figures.md."""
    lines = [
        "# Figures and their formulas",
        "",
        "Made by `bot.reports.figures.as_markdown` from the table that the program itself uses; a",
        "test fails when they differ. Every figure is computed from events alone, for any window",
        "from its start up to, and without, its end, and for each " + ", ".join(BY_NAMES) + ".",
        "",
        "应 (due) counts what has its deadline in the window, so that what is late cannot hide",
        "in the next one. 结案 means 办结 here: the result was reported and nobody has sent it",
        "back since; an issue closes by itself days later, which is no merit of anybody.",
        "响应率, 解决率 and 满意率 are this project's own definitions: wherever they are printed,",
        "their denominators stand beside them.",
        "",
        "## Rates",
        "",
        "| id | 指标 | 分子 | 分母 | 不计入 |",
        "|---|---|---|---|---|",
        *(
            f"| `{f.id}` | {f.name} | {f.numerator} | {f.denominator} | {f.left_out or '无'} |"
            for f in RATES
        ),
        "",
        "## Lengths of time",
        "",
        "Median and 90th percentile (linear between neighbours), on the wall clock and in working",
        "time (法定工作日 with 调休, in `schedule.working_hours`).",
        "",
        "| id | 指标 | 怎么量 | 量哪些 |",
        "|---|---|---|---|",
        *(f"| `{f.id}` | {f.name} | {f.numerator} | {f.denominator} |" for f in TIMES),
        "",
        "## Numbers",
        "",
        "| id | 名称 | 意思 |",
        "|---|---|---|",
        *(f"| `{f.id}` | {f.name} | {f.numerator} |" for f in TOTALS),
    ]
    return "\n".join(lines) + "\n"

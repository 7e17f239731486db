"""台账 as Excel, the way officials use it, with the figures and their formulas on a second sheet.

Every cell is a value: no formula is written, and words that a spreadsheet could take for one
(`=`, `+`, `-`, `@` at the start) are marked as text, so that they stay words in Excel, in other
programs and after an export.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.casework.transitions import STATUS_NAMES, Act, Status
from bot.casework.wording import building_name
from bot.reports.cases import Row, moment
from bot.reports.counting import Yardstick
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
from bot.settings import Settings
from bot.speech import plain
from classifiers.matters import chaos_of
from classifiers.taxonomy import CATEGORY_NAMES, URGENCY_NAMES, Category, Urgency
from storage.tables import Event, Report

RATING_NAMES = {
    "satisfied": "满意", "basically_satisfied": "基本满意", "dissatisfied": "不满意",
}  # fmt: skip
COLUMNS = (
    ("编号", 7), ("时间", 17), ("来源群", 18), ("小区", 12), ("楼栋", 8), ("类别", 12),
    ("十大乱象", 11), ("紧急程度", 9), ("内容", 44), ("网格", 12), ("承办人", 11), ("状态", 10),
    ("派单时间", 17), ("接单时限", 17), ("接单时间", 17), ("办理时限", 17), ("办结时间", 17),
    ("结案时间", 17), ("是否超期", 9), ("办理结果", 32), ("回访", 17), ("评价", 10),
    ("附议户数", 9), ("返工次数", 9), ("督办级别", 9), ("挂账原因", 24), ("计划日期", 12),
    ("并入", 7), ("照片", 30),
)  # fmt: skip
FIGURE_COLUMNS = (
    ("范围", 10), ("单位", 20), ("指标", 16), ("数值", 11), ("分子", 8), ("分母", 8),
    ("不计入", 28), ("公式", 70),
)  # fmt: skip
_WIDE = frozenset({"内容", "办理结果", "挂账原因", "照片", "公式", "不计入"})
_AS_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_LONGEST = 2000
_MOMENT, _DAY, _PERCENT = "yyyy-mm-dd hh:mm", "yyyy-mm-dd", "0.00%"


@dataclass(slots=True)
class Extras:
    """What stands in no ledger row: follow-ups, photos and figures."""

    followed_up: dict[int, datetime] = field(default_factory=dict)
    photos: dict[int, list[str]] = field(default_factory=dict)
    rule: Yardstick | None = None
    whole: Figures | None = None
    parts: dict[By, dict[str, Figures]] = field(default_factory=dict)
    since: datetime | None = None
    until: datetime | None = None


async def extras_for(
    session: AsyncSession,
    settings: Settings,
    rows: Sequence[Row],
    *,
    start: datetime | None,
    end: datetime,
    communities: Sequence[str] | None = None,
) -> Extras:
    """Gather them from events and reports up to `end`; figures from `start` or the first issue."""
    numbers = [row["number"] for row in rows]
    known = [at for row in rows if (at := moment(row, "created_at"))]
    since = start or min(known, default=end)
    cases, window, rule = await measured(session, settings, since, end, communities)
    found = Extras(rule=rule, since=since, until=end, whole=figures_of(cases, window, rule))
    found.parts = {by: figures_by(cases, window, rule, by) for by in BY_NAMES}
    asked = select(Event.issue, Event.at).where(Event.act == Act.FOLLOW_UP, Event.at <= end)
    for number, at in (await session.exec(asked)).all():
        found.followed_up[number or 0] = at
    photos = (
        select(Report.issue, Report.photo)
        .where(col(Report.photo).is_not(None), Report.at <= end)
        .order_by(col(Report.id))
    )
    wanted = set(numbers)
    for number, photo in (await session.exec(photos)).all():
        if number in wanted and photo:
            found.photos.setdefault(number, []).append(photo)
    return found


def write(rows: Iterable[Row], settings: Settings, file: Path, extras: Extras) -> None:
    """Write the workbook: 台账, and 指标 where there are figures."""
    book = Workbook()
    sheet = book.active
    _ledger(sheet, rows, settings, extras)
    if extras.whole is not None:
        _figures(book.create_sheet("指标"), settings, extras)
    file.parent.mkdir(parents=True, exist_ok=True)
    book.save(file)


def _ledger(sheet: Worksheet, rows: Iterable[Row], settings: Settings, extras: Extras) -> None:
    sheet.title = "台账"
    _header(sheet, COLUMNS)
    rule = extras.rule or Yardstick(settings)
    for at, row in enumerate((row for row in rows if row), 2):
        for column, value in enumerate(_values(row, rule, extras), 1):
            _put(sheet, at, column, value, COLUMNS[column - 1][0], settings)
    sheet.freeze_panes = "B2"
    sheet.auto_filter.ref = sheet.dimensions


def _values(row: Row, rule: Yardstick, extras: Extras) -> list[Any]:
    roster, number = rule.roster, row["number"]
    dispatched = moment(row, "dispatched_at")
    accept_by = (
        rule.accept_due(row["urgency"], dispatched, row["community"]) if dispatched else None
    )
    return [
        number,
        moment(row, "created_at"),
        row["source"] or "私聊",
        row["estate"],
        building_name(row["building"]) if row["building"] else row.get("landmark") or "",
        CATEGORY_NAMES[Category(row["category"])],
        chaos_of(row.get("matter")) or "",
        URGENCY_NAMES[Urgency(row["urgency"])],
        row["summary"],
        row["grid"] or "",
        roster.worker_name(row["worker"]) if row["worker"] else "",
        STATUS_NAMES[Status(row["status"])],
        dispatched,
        accept_by,
        moment(row, "accepted_at"),
        moment(row, "due_at"),
        moment(row, "handled_at"),
        moment(row, "closed_at"),
        "是" if row["overdue"] else "否",
        row.get("result") or "",
        extras.followed_up.get(number),
        RATING_NAMES.get(row["rating"] or "", ""),
        max(row["reporters"] - 1, 0),
        row["rework"],
        row["escalation"],
        row.get("reason") or "",
        date.fromisoformat(row["plan_date"]) if row.get("plan_date") else None,
        row["merged_into"],
        "\n".join(extras.photos.get(number, [])),
    ]


def _figures(sheet: Worksheet, settings: Settings, extras: Extras) -> None:
    _header(sheet, FIGURE_COLUMNS)
    roster = (extras.rule or Yardstick(settings)).roster
    names: dict[By, dict[str, str]] = {
        "community": {c.id: c.name for c in settings.communities},
        "worker": {w.id: w.name for w in settings.workers},
        "department": {w.id: w.name for w in settings.workers},
        "category": {str(key): name for key, name in CATEGORY_NAMES.items()},
        "grid": {id_: f"{id_} {grid.estate}" for id_, grid in roster.grids.items()},
    }
    lines = list(_figure_lines("全部", _span(settings, extras), extras.whole or Figures()))
    for by, units in extras.parts.items():
        for unit, figures in units.items():
            name = names.get(by, {}).get(unit, unit)
            lines += _figure_lines(BY_NAMES[by], name, figures, formulas=False)
    for at, values in enumerate(lines, 2):
        for column, value in enumerate(values, 1):
            _put(sheet, at, column, value, FIGURE_COLUMNS[column - 1][0], settings)
        if isinstance(values[3], float) and values[2] in {f.name for f in RATES}:
            sheet.cell(at, 4).number_format = _PERCENT
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = sheet.dimensions


def _span(settings: Settings, extras: Extras) -> str:
    ends = [extras.since, extras.until]
    return "至".join(f"{at.astimezone(settings.zone):%Y-%m-%d %H:%M}" for at in ends if at)


def _figure_lines(
    kind: str, unit: str, figures: Figures, *, formulas: bool = True
) -> Iterable[tuple[Any, ...]]:
    """The lines of one unit; those of a part leave out what has nothing to divide by."""
    for total in TOTALS:
        value = figures.totals[total.id]
        if formulas or value:
            yield (kind, unit, total.name, value, value, None, "", total.numerator)
    for formula in RATES:
        rate = figures.rates[formula.id]
        if not formulas and rate.share is None:
            continue
        out = "，".join(f"{why}{count}件" for why, count in rate.left_out.items())
        words = formula.words + (f"；{formula.left_out}不计" if formula.left_out else "")
        yield (
            kind, unit, formula.name, rate.share, rate.numerator, rate.denominator, out,
            words if formulas else "",
        )  # fmt: skip
    for formula in TIMES:
        spread = figures.times[formula.id]
        if spread is None:
            continue
        per = 1.0 if formula.id == "overdue_factor" else 3600.0
        unit_word = "倍" if formula.id == "overdue_factor" else "小时"
        named = [("中位数", spread.median), ("第90百分位", spread.p90)]
        if formula.id != "overdue_factor":
            named += [
                ("中位数（工作时间）", spread.working_median),
                ("第90百分位（工作时间）", spread.working_p90),
            ]
        for name, length in named:
            yield (
                kind, unit, f"{formula.name}{name}（{unit_word}）", round(length / per, 2), None,
                spread.n, "", f"{formula.numerator}；{formula.denominator}" if formulas else "",
            )  # fmt: skip


def _header(sheet: Worksheet, columns: Sequence[tuple[str, int]]) -> None:
    for at, (name, width) in enumerate(columns, 1):
        cell = sheet.cell(1, at, name)
        cell.font = Font(bold=True, color="FFFFFF")
        cell.fill = PatternFill("solid", fgColor="2F5D50")
        cell.alignment = Alignment(vertical="center", wrap_text=True)
        sheet.column_dimensions[get_column_letter(at)].width = width
    sheet.row_dimensions[1].height = 24


def _put(
    sheet: Worksheet, row: int, column: int, value: Any, name: str, settings: Settings
) -> None:
    cell = sheet.cell(row, column)
    cell.alignment = Alignment(vertical="top", wrap_text=name in _WIDE)
    if isinstance(value, datetime):
        # Excel knows no time zones: the time that the clock on the wall shows.
        cell.value = value.astimezone(settings.zone).replace(tzinfo=None)
        cell.number_format = _MOMENT
    elif isinstance(value, date):
        cell.value, cell.number_format = value, _DAY
    elif isinstance(value, str):
        lines = [plain(one) for one in value.split("\n")]
        cell.value = "\n".join(lines)[:_LONGEST] or None
        if cell.value is not None:
            cell.data_type = "s"
            cell.quotePrefix = cell.value.startswith(_AS_FORMULA)
    else:
        cell.value = value

"""The page of a digest's picture, from the same summary as its text."""

from datetime import datetime, timedelta

from bot.casework import wording
from bot.reports.counting import Window
from bot.reports.figures import Figures
from bot.reports.picture import DayFigures, DigestPage, GridFigures, LateIssue, Rate
from bot.reports.summary import DAY, INSTANT, Summary, categories, hot, line, waiting
from bot.speech import WEEKDAYS

TITLES = {"hour": "平急快报", "day": "日报", "week": "周报", "month": "月报"}
RATES = {
    "day": ("response", "solved", "satisfied"),
    "week": ("response", "solved", "satisfied"),
    "month": ("response", "solved", "satisfied", "ontime", "overdue", "followup"),
}


def page_of(summary: Summary, text: str) -> DigestPage:
    """What the picture shows; `text` is the digest's, for what stands in words alone."""
    work, figures, span = summary.work, summary.figures, summary.span
    names = [work.roster.communities[c].name for c in summary.communities]
    rates = [figures.rates[id_] for id_ in RATES.get(span, RATES["day"])]
    late = [line(summary, case) for case in summary.late]
    notes = [one for one in text.splitlines()[1:] if one.startswith(NOTED)]
    return DigestPage(
        community="、".join(names),
        title=TITLES[span],
        day=_day(summary),
        new=figures.totals["new"],
        handled=figures.totals["handled"],
        open=figures.totals["open"],
        overdue=figures.totals["late"],
        week=_days(summary),
        trend="近7天" if span != "month" else "本月每天",
        rates=tuple(Rate(rate.name, rate.numerator, rate.denominator) for rate in rates),
        categories=tuple(categories(summary)),
        grids=_grids(summary),
        late=tuple(
            LateIssue(
                one["number"],
                one["place"],
                one["what"],
                one["who"] or one["status"],
                f"超{one['late']}" if one["late"] else "超期",
            )
            for one in late
        ),
        hot=tuple(_hot(one) for one in hot(summary)),
        suspended=figures.totals["suspended"],
        notes=tuple(notes) or _quiet(summary),
    )


NOTED = ("等", "满意", "不满意", "断线", "注意", "昨晚", "归", "高频词")
"""The lines of the text that the picture repeats as they stand, by how they begin."""


def _quiet(summary: Summary) -> tuple[str, ...]:
    totals = summary.figures.totals
    if totals["new"] or totals["handled"] or totals["open"] or waiting(summary):
        return ()
    return ("没有新的事，也没有拖着的事。",)


def _day(summary: Summary) -> str:
    zone = summary.work.house.settings.zone
    first = summary.window.start.astimezone(zone)
    last = (summary.window.end - INSTANT).astimezone(zone)
    if summary.span == "month":
        return f"{first.year}年{first.month}月"
    if summary.span == "week":
        return f"{first.month}月{first.day}日至{last.month}月{last.day}日"
    return f"{first.month}月{first.day}日 星期{WEEKDAYS[first.weekday()]}"


def _days(summary: Summary) -> tuple[DayFigures, ...]:
    """New and handled on each of the last seven days, or on each day of a month."""
    zone = summary.work.house.settings.zone
    last = (
        (summary.window.end - INSTANT)
        .astimezone(zone)
        .replace(hour=0, minute=0, second=0, microsecond=0)
    )
    first = last - 6 * DAY
    if summary.span == "month":
        first = summary.window.start.astimezone(zone)
    days = []
    for ahead in range((last - first).days + 1):
        start = first + timedelta(days=ahead)
        today = summary.span == "day" and start == last
        days.append(_one_day(summary, start, "今天" if today else f"{start.day}日"))
    return tuple(days)


def _one_day(summary: Summary, start: datetime, label: str) -> DayFigures:
    day = Window(start, start + DAY)
    new = [
        case for case in summary.cases
        if case.steps[0].at in day and case.status not in ("merged", "rejected")
    ]  # fmt: skip
    handled = [case for case in summary.cases if case.done and case.moment("handled_at") in day]
    return DayFigures(label, len(new), len(handled))


def _grids(summary: Summary) -> tuple[GridFigures, ...]:
    found = summary.by_grid()
    rows = []
    for grid in summary.work.house.settings.grids:
        if grid.community in summary.communities:
            totals = found.get(grid.id, Figures()).totals
            where = wording.building_name(grid.buildings) if grid.buildings else ""
            rows.append(
                GridFigures(
                    f"{grid.estate}{where}", totals["open"], totals["late"], totals["handled"]
                )
            )
    return tuple(rows)


def _hot(one: dict[str, object]) -> str:
    if one["kind"] == "many":
        return f"{one['place']}{one['what']}：{one['people']}人反映（{one['number']}号）"
    if one["kind"] == "again":
        return f"{one['place']}{one['what']}又来了：上次{one['earlier']}号，这次{one['number']}号"
    return f"{one['what']}：{one['count']}件"

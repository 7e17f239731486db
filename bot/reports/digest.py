"""日报, 周报, 月报 and the hourly one of an emergency: what a secretary reads in three minutes."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from bot.casework.deadlines import last_known_year
from bot.casework.transitions import Act
from bot.casework.work import Work
from bot.reports import views, words
from bot.reports.cases import Case, Step
from bot.reports.counting import Window
from bot.reports.figures import Figures, figures_of
from bot.reports.page import page_of
from bot.reports.picture import DigestPage
from bot.reports.summary import (
    DAY,
    INSTANT,
    Span,
    Summary,
    categories,
    clean,
    day_window,
    gather,
    hot,
    line,
    sensitive,
    waiting,
)
from bot.speech import how_long
from storage import runs

THREE_RATES = ("response", "solved", "satisfied")
MORE_RATES = ("response", "solved", "satisfied", "ontime", "overdue", "followup", "rework")
SHOWN = {"hour": 3, "day": 4, "week": 5, "month": 6}
"""How many late ones a text names; of what waits and of what is hot it names one less."""


@dataclass(frozen=True, slots=True)
class Digest:
    """One digest: the text that stands alone, and the page of its picture."""

    text: str
    page: DigestPage


async def daily(work: Work, community_id: str, day: date) -> Digest:
    """The digest of a day up to now (or to the day's end)."""
    window = day_window(work, day)
    summary = await gather(work, [community_id], window, "day", reach=6 * DAY)
    at = work.house.settings.schedule.daily_digest
    since = datetime.combine(day - DAY, at, tzinfo=window.start.tzinfo)
    before = [Case(c.number, [s for s in c.steps if s.at < window.start]) for c in summary.cases]
    evening = figures_of(
        [case for case in before if case.steps], Window(since, window.start), summary.rule
    )
    summary.gaps = await _gaps(work, Window(since, window.end))
    text = await _text(summary, evening=evening, since=since)
    return Digest(text, page_of(summary, text))


async def daily_text(work: Work, community_id: str, day: date) -> str:
    """What the digest of a day says."""
    return (await daily(work, community_id, day)).text


async def weekly(work: Work, community_id: str, last_day: date) -> Digest:
    """The digest of the seven days that end with `last_day`."""
    return await _long(work, community_id, week_window(work, last_day), "week")


async def monthly(work: Work, community_id: str, month: date) -> Digest:
    """The digest of the month that a day lies in."""
    return await _long(work, community_id, month_window(work, month), "month")


async def _long(work: Work, community_id: str, window: Window, span: Span) -> Digest:
    summary = await gather(work, [community_id], window, span)
    summary.gaps = await _gaps(work, window)
    text = await _text(summary, keywords=await words.of_window(summary))
    return Digest(text, page_of(summary, text))


async def hourly_text(work: Work, community_id: str, start: datetime, end: datetime) -> str | None:
    """平急: the digest of an hour; None where nothing has changed in it."""
    summary = await gather(work, [community_id], Window(start, end), "hour")
    changed = any(
        step.at in summary.window and step.act != Act.REMIND
        for case in summary.cases
        for step in case.steps
    )
    return await _text(summary) if changed else None


def week_window(work: Work, last_day: date) -> Window:
    end = day_window(work, last_day).end
    return Window(day_window(work, last_day - 6 * DAY).start, end)


def month_window(work: Work, month: date) -> Window:
    first = month.replace(day=1)
    following = (first + timedelta(days=32)).replace(day=1)
    start, end = day_window(work, first).start, day_window(work, following).start
    return Window(start, max(start, min(end, work.now + INSTANT)))


async def _gaps(work: Work, window: Window) -> list[dict[str, Any]]:
    """When nothing was heard: from when, and for how long."""
    zone = work.house.settings.zone
    found = []
    for mark in await runs.gaps(work.session, window.start, window.end):
        if mark.moment is not None:
            at = mark.moment.astimezone(zone)
            found.append(
                {"day": at.date(), "at": f"{at.hour}:{at.minute:02}",
                 "long": how_long(timedelta(seconds=mark.number))}
            )  # fmt: skip
    return found


async def _text(
    summary: Summary,
    *,
    evening: Figures | None = None,
    since: datetime | None = None,
    keywords: tuple[str, ...] = (),
) -> str:
    """The digest as text, which stands alone."""
    work, figures, span = summary.work, summary.figures, summary.span
    zone = work.house.settings.zone
    shown, praised = SHOWN[span], _praised(summary)
    late, wait, warm = summary.late, waiting(summary), hot(summary)
    first = summary.window.start.astimezone(zone)
    last = (summary.window.end - INSTANT).astimezone(zone)
    long = span in ("week", "month")
    suspended = views.suspended(summary)
    return work.say(
        "digest.digest",
        span=span,
        first=first.date(),
        last=last.date(),
        hour=f"{first.hour}:{first.minute:02}–{last.hour}:{last.minute:02}",
        totals=figures.totals,
        more_new=figures.totals["new"] - summary.before.totals["new"],
        more_handled=figures.totals["handled"] - summary.before.totals["handled"],
        rates=rates(figures, MORE_RATES if long else THREE_RATES),
        usual=views.usual_times(figures if long else Figures()),
        late=[line(summary, case) for case in late[:shown]],
        more_late=max(len(late) - shown, 0),
        waiting=wait[: shown - 1],
        more_waiting=max(len(wait) - shown + 1, 0),
        approvals=await _approvals(summary) if span in ("day", "hour") else [],
        hot=warm[: shown - 1],
        praised=[line(summary, case) for case, _ in praised[:3]],
        praised_more=max(len(praised) - 3, 0),
        unhappy=[_unhappy(summary, case, step) for case, step in summary.steps(Act.REWORK)[:3]],
        elsewhere=_elsewhere(summary)[:3],
        suspended=suspended[:1],
        suspended_count=len(suspended),
        categories=categories(summary)[: 6 if long else 3],
        chaos=views.chaos(summary) if long else [],
        keywords=keywords,
        evening=evening.totals if evening else {"new": 0, "handled": 0},
        since=f"{since.hour}:{since.minute:02}" if since else "",
        gaps=summary.gaps[:3],
        calendar_missing=last.year if last.year > last_known_year() else None,
    )


def rates(figures: Figures, chosen: tuple[str, ...]) -> list[dict[str, Any]]:
    """Rates for a template; what has nothing to divide by is left out."""
    found = [figures.rates[id_] for id_ in chosen]
    return [
        {"name": f.name, "share": f"{f.share:.0%}", "of": f"{f.numerator}/{f.denominator}"}
        for f in found
        if f.share is not None
    ]


async def _approvals(summary: Summary) -> list[dict[str, Any]]:
    """What waits for the secretary's 确认."""
    work = summary.work
    numbers = {case.number: case for case in summary.open}
    found = []
    for community in summary.communities:
        contact = work.roster.secretary_of(community).contact
        for asked in await runs.questions(work.session, work.now, contact=contact, kind="approve"):
            if asked.issue in numbers:
                words_ = line(summary, numbers[asked.issue])
                found.append(words_ | {"word": str(asked.data.get("word", ""))})
    return found


def _elsewhere(summary: Summary) -> list[dict[str, Any]]:
    """三张清单: matters of which somebody else was named as responsible."""
    entries = summary.work.house.settings.elsewhere
    found = []
    for case, _ in summary.steps(Act.INFORM):
        result = str(case.state.get("result") or "")
        to = next((entry.responsible for entry in entries if entry.responsible in result), "")
        if to:
            found.append(line(summary, case) | {"to": to})
    return found


def _praised(summary: Summary) -> list[tuple[Case, Step]]:
    return [
        (case, step) for case, step in summary.steps(Act.RATE)
        if step.data.get("rating") == "satisfied" and not sensitive(case)
    ]  # fmt: skip


def _unhappy(summary: Summary, case: Case, step: Step) -> dict[str, Any]:
    found = line(summary, case)
    said = "" if found["sensitive"] else clean(summary, str(step.data.get("words", "")), 16)
    return found | {"said": said, "open": not case.done}

"""Views of the ledger: 挂账 with owner, measure and date; 十大乱象; a street as a whole."""

from datetime import timedelta
from typing import Any

from bot.casework.transitions import Act, Status
from bot.casework.work import Work
from bot.reports.counting import Window
from bot.reports.figures import Figures, figures_by
from bot.reports.summary import Span, Summary, gather, line
from bot.speech import how_long
from classifiers.matters import chaos_of, matters
from storage.issues import UNHANDLED


def suspended(summary: Summary) -> list[dict[str, Any]]:
    """What is suspended at the window's end, the earliest plan date first."""
    found = [case for case in summary.cases if case.status == Status.SUSPENDED]
    found.sort(key=lambda case: (case.state.get("plan_date") or "9999", case.number))
    lines = []
    for case in found:
        last = next(step for step in reversed(case.steps) if step.act == Act.SUSPEND)
        today = summary.window.end.astimezone(summary.work.house.settings.zone).date().isoformat()
        plan = case.state.get("plan_date") or ""
        since = last.at.astimezone(summary.work.house.settings.zone)
        lines.append(
            line(summary, case)
            | {"since": f"{since.month}月{since.day}日", "past": bool(plan) and plan < today}
        )
    return lines


def suspended_text(summary: Summary) -> str | None:
    """挂账清单: who answers for what, by which measure, until when; None where nothing is."""
    rows = suspended(summary)
    if not rows:
        return None
    struck = summary.figures.rates["struck"]
    return summary.work.say(
        "digest.suspended", rows=rows, month=summary.window.start.astimezone(
            summary.work.house.settings.zone
        ).month, struck=struck.numerator, on_book=struck.denominator,
    )  # fmt: skip


def chaos(summary: Summary) -> list[dict[str, Any]]:
    """十大乱象: each with what was new in the window and what is open at its end."""
    names = list(dict.fromkeys(m.chaos for m in matters().values() if m.chaos))
    counted = {name: {"name": name, "new": 0, "open": 0} for name in names}
    new = {case.number for case in summary.new}
    for case in summary.cases:
        if name := chaos_of(case.state.get("matter")):
            counted[name]["new"] += case.number in new  # type: ignore[operator]
            counted[name]["open"] += case.status in UNHANDLED  # type: ignore[operator]
    found = [row for row in counted.values() if row["new"] or row["open"]]
    return sorted(found, key=lambda row: (-int(str(row["new"])), -int(str(row["open"]))))


def chaos_text(summary: Summary) -> str:
    """十大乱象 as a message of its own."""
    return summary.work.say("digest.chaos", rows=chaos(summary))


def usual_times(figures: Figures) -> dict[str, str]:
    """How long it usually takes until somebody accepts, and until it is handled."""
    found = {"accept_time": "", "resolve_time": ""}
    for id_ in found:
        spread = figures.times[id_]
        if spread is not None:
            found[id_] = how_long(timedelta(seconds=spread.median))
    return found


async def street_text(work: Work, street: str, window: Window, span: Span) -> str | None:
    """The roll-up of a street over its communities; None where it has none."""
    own = [c for c in work.house.settings.communities if c.street == street]
    if not own:
        return None
    summary = await gather(work, [c.id for c in own], window, span)
    by = figures_by(summary.cases, window, summary.rule, "community")
    rows = []
    for community in own:
        figures = by.get(community.id, Figures())
        response = figures.rates["response"]
        rows.append(
            {"name": community.name, **figures.totals,
             "response": f"{response.share:.0%}" if response.share is not None else ""}
        )  # fmt: skip
    zone = work.house.settings.zone
    levels = [case for case in summary.open if case.state["escalation"] >= 3]
    return work.say(
        "digest.street",
        street=street,
        span=span,
        first=window.start.astimezone(zone).date(),
        last=(window.end - timedelta(microseconds=1)).astimezone(zone).date(),
        totals=summary.figures.totals,
        rates=[
            {"name": f.name, "share": f"{f.share:.0%}", "of": f"{f.numerator}/{f.denominator}"}
            for f in summary.figures.rates.values()
            if f.share is not None and f.id in ("response", "solved", "satisfied", "ontime")
        ],
        rows=sorted(rows, key=lambda row: (-row["late"], -row["open"])),
        up=[line(summary, case) for case in levels[:5]],
        up_more=max(len(levels) - 5, 0),
        chaos=chaos(summary),
    )

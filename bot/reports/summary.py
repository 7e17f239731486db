"""What a digest is about, gathered once: text, picture and printed page say the same figures."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, Literal

from sqlmodel import col, select

from bot.casework import wording
from bot.casework.transitions import STATUS_NAMES, Act, Status
from bot.casework.work import Work
from bot.reports.cases import ANSWERS, TAKEN, Case, Row, Step, moment
from bot.reports.counting import Window, Yardstick, is_late
from bot.reports.figures import Figures, figures_by, figures_of, measured
from bot.speech import how_long, shorten
from classifiers.matters import name_of
from classifiers.privacy import mask
from classifiers.taxonomy import CATEGORY_NAMES, SENSITIVE_CATEGORIES, Category, Intent
from storage.issues import UNHANDLED
from storage.tables import Issue, Report, Resident

DAY = timedelta(days=1)
INSTANT = timedelta(microseconds=1)
HOT = 10
Span = Literal["hour", "day", "week", "month"]


@dataclass(slots=True)
class Summary:
    """A window of one or several communities: the issues that it concerns, and their figures."""

    work: Work
    span: Span
    window: Window
    communities: tuple[str, ...]
    cases: list[Case]
    rule: Yardstick
    figures: Figures
    before: Figures
    """The same length of time, right before."""
    names: tuple[str, ...] = ()
    """Residents whose names must not be repeated."""
    gaps: list[dict[str, Any]] = field(default_factory=list)
    """When nothing was heard: day, at, long."""

    @property
    def open(self) -> list[Case]:
        return [case for case in self.cases if case.status in UNHANDLED]

    @property
    def late(self) -> list[Case]:
        """Past their deadline and not handled, the latest first."""
        found = [case for case in self.open if is_late(case.state, self.window.end)]
        return sorted(found, key=lambda case: case.state["due_at"])

    @property
    def new(self) -> list[Case]:
        """Opened in the window; what was merged or rejected is not counted."""
        return [
            case for case in self.cases
            if case.steps[0].at in self.window
            and case.status not in (Status.MERGED, Status.REJECTED)
        ]  # fmt: skip

    def steps(self, *acts: Act) -> list[tuple[Case, Step]]:
        """What of a kind was done in the window, the last time for each issue."""
        found: dict[int, tuple[Case, Step]] = {}
        for case in self.cases:
            for step in case.steps:
                if step.act in acts and step.at in self.window:
                    found[case.number] = (case, step)
        return list(found.values())

    def by_grid(self) -> dict[str, Figures]:
        return figures_by(self.cases, self.window, self.rule, "grid")


def as_issue(row: Row) -> Issue:
    """A ledger row as an issue apart from any session, for the wording that speaks of issues."""
    return Issue(
        number=row["number"], community_id=row["community"], estate=row["estate"],
        building=row["building"], unit=row["unit"], landmark=row.get("landmark"),
        category=row["category"], matter=row.get("matter"), intent=row["intent"],
        urgency=row["urgency"], status=row["status"], worker_id=row["worker"],
        summary=row["summary"], due_at=datetime.fromisoformat(row["due_at"]),
    )  # fmt: skip


def sensitive(case: Case) -> bool:
    """As `wording.is_sensitive` says it of an issue."""
    row = case.state
    return Category(row["category"]) in SENSITIVE_CATEGORIES or row["intent"] == Intent.REPORT


def day_window(work: Work, day: date) -> Window:
    """From midnight to midnight in the bot's time zone, but not beyond now."""
    start = datetime.combine(day, time(0), tzinfo=work.house.settings.zone)
    return Window(start, max(start, min(start + DAY, work.now + INSTANT)))


async def gather(
    work: Work, communities: Sequence[str], window: Window, span: Span, *, reach: timedelta = DAY
) -> Summary:
    """Everything about a window. `reach`: how far before it the chart of days goes back."""
    length = window.end - window.start
    since = window.start - max(reach, length)
    cases, _, rule = await measured(
        work.session, work.house.settings, since, window.end, communities
    )
    before = Window(window.start - length, window.start)
    earlier = [past for past in (_until(case, window.start) for case in cases) if past.steps]
    return Summary(
        work, span, window, tuple(communities), cases, rule,
        figures=figures_of(cases, window, rule), before=figures_of(earlier, before, rule),
        names=await names_of(work, [case.number for case in cases]),
    )  # fmt: skip


def _until(case: Case, moment_: datetime) -> Case:
    return Case(case.number, [step for step in case.steps if step.at < moment_])


async def names_of(work: Work, numbers: Sequence[int]) -> tuple[str, ...]:
    """Names of everybody who was heard about some issues, staff apart: nobody may read them."""
    query = (
        select(Resident.name, Resident.contact)
        .join(Report, col(Report.resident_id) == Resident.id)
        .where(col(Report.issue).in_(numbers))
        .distinct()
    )
    staff = work.roster.by_contact
    return tuple(
        sorted({name for name, contact in (await work.session.exec(query)).all()
                if contact not in staff and name})
    )  # fmt: skip


def clean(summary: Summary, words: str, length: int) -> str:
    """Somebody's words as others may read them: masked and short."""
    return shorten(mask(words, rooms=True, names=summary.names), length)


def line(summary: Summary, case: Case) -> dict[str, Any]:
    """One issue for a template. Of a sensitive one nothing but number, category and state."""
    work, row = summary.work, case.state
    issue = as_issue(row)
    end = summary.window.end
    due = moment(row, "due_at") or end
    words: dict[str, Any] = {
        "number": case.number,
        "sensitive": sensitive(case),
        "status": STATUS_NAMES[Status(case.status)],
        "late": _roughly(end - due) if end > due else "",
        "due": work.when(due),
        "plan": _day(row.get("plan_date")),
        "people": row["reporters"],
        "earlier": row.get("earlier"),
        "rework": row["rework"],
    }
    if words["sensitive"]:
        return words | {
            "place": "", "what": wording.category_name(issue), "who": "", "reason": "",
            "words": "",
        }  # fmt: skip
    return words | {
        "place": place(summary, issue),
        "what": wording.matter(issue),
        "who": wording.called(work, row["worker"]),
        "reason": clean(summary, row.get("reason") or "", 24),
        "words": clean(summary, row["summary"], 24),
    }


def place(summary: Summary, issue: Issue) -> str:
    """Down to the building; with the estate where there is more than one."""
    grids = summary.work.house.settings.grids
    estates = {grid.estate for grid in grids if grid.community in summary.communities}
    where = wording.place_to_building(issue)
    several = len(estates) > 1 and issue.estate and issue.estate not in where
    return issue.estate + where if several else where


def _day(iso: str | None) -> str:
    if not iso:
        return ""
    day = date.fromisoformat(iso)
    return f"{day.month}月{day.day}日"


def hot(summary: Summary) -> list[dict[str, Any]]:
    """What many speak of: seconded, come again, or the same at several places."""
    at_least = summary.work.house.settings.talk.hot_at
    moved = {case.number for case, _ in summary.steps(Act.OPEN, Act.REPORT)}
    spoken = [
        case for case in summary.cases
        if case.number in moved and not sensitive(case)
        and case.status not in (Status.MERGED, Status.REJECTED)
    ]  # fmt: skip
    many = [case for case in spoken if case.state["reporters"] >= at_least]
    many.sort(key=lambda case: -case.state["reporters"])
    found = [{"kind": "many", **line(summary, case)} for case in many[:HOT]]
    groups: dict[tuple[str, str | None], list[Case]] = {}
    for case in spoken:
        if case.steps[0].at in summary.window:
            key = (case.state["category"], case.state.get("matter"))
            groups.setdefault(key, []).append(case)
    for (category, matter), group in sorted(groups.items(), key=lambda item: -len(item[1])):
        if len(group) >= at_least:
            estates = list(dict.fromkeys(str(case.state["estate"]) for case in group))
            found.append(
                {"kind": "places", "what": name_of(matter, category), "count": len(group),
                 "estates": estates[:3]}
            )  # fmt: skip
    again = [case for case in summary.new if case.state.get("earlier") and not sensitive(case)]
    found += [{"kind": "again", **line(summary, case)} for case in again[:HOT]]
    return found


def waiting(summary: Summary) -> list[dict[str, Any]]:
    """Who waits for whom: dispatches nobody took, questions unanswered, departments not come."""
    late = {case.number for case in summary.late}
    found: list[dict[str, Any]] = []
    for case in summary.open:
        words = line(summary, case) | {"since": _roughly(summary.window.end - _asked(case))}
        if case.status == Status.DISPATCHED and case.number not in late:
            found.append({"for": "worker", **words})
        elif case.status == Status.WAITING:
            found.append({"for": "resident", **words})
        elif case.status == Status.PENDING_REVIEW:
            found.append({"for": "review", **words})
        for name in _silent_helpers(summary, case):
            found.append({"for": "helper", **words, "helper": name})
    return found


def _asked(case: Case) -> datetime:
    """When somebody was first asked and nobody has answered since."""
    asked = None
    for step in case.steps:
        if step.act == Act.DISPATCH:
            asked = asked or step.at
        elif step.act in ANSWERS or step.act in TAKEN:
            asked = None
    return asked or case.steps[-1].at


def _roughly(span: timedelta) -> str:
    """Nobody needs the minutes of hours."""
    hours = round(span / timedelta(hours=1))
    return how_long(timedelta(hours=hours) if hours else span)


def _silent_helpers(summary: Summary, case: Case) -> list[str]:
    called = [str(s.data.get("worker", "")) for s in case.steps if s.act == Act.WHISTLE]
    came = {s.actor for s in case.steps if s.act in (Act.HELPER_ACCEPT, Act.HELPER_HANDLE)}
    return [summary.work.roster.worker_name(w) for w in called if w not in came]


def categories(summary: Summary) -> list[tuple[str, int]]:
    """How many new issues each category has, the most first."""
    counted = Counter(CATEGORY_NAMES[Category(case.state["category"])] for case in summary.new)
    return counted.most_common()

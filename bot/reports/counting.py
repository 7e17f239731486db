"""What one issue counts for in every figure of a window. `figures` says the formulas in words."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.casework.deadlines import Deadlines
from bot.casework.transitions import Act, Status
from bot.reports.cases import (
    HANDLING,
    Case,
    Dispatch,
    Emergencies,
    Row,
    Step,
    dispatches,
    moment,
)
from bot.roster import Roster
from bot.settings import Settings
from storage.issues import UNHANDLED

Units = dict[str, str]
"""Whom a count belongs to: community, street, grid, worker, department, category."""

STOPPED = {
    Status.MERGED: "已并案",
    Status.REJECTED: "不予受理",
    Status.SUSPENDED: "挂账停表",
    Status.WAITING: "待补充停表",
}
SOLVED = ("satisfied", "basically_satisfied")


@dataclass(frozen=True, slots=True)
class Count:
    """One thing in the denominator of a figure (`hit`: in the numerator too), or left out of it."""

    figure: str
    hit: bool
    units: Units
    left_out: str | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """One measured length of time; `working` counts 法定工作日 in working hours alone."""

    figure: str
    wall: float
    working: float
    units: Units


@dataclass(slots=True)
class Yardstick:
    """The clocks and the roster that figures are measured with."""

    settings: Settings
    emergencies: Emergencies = field(default_factory=dict)
    deadlines: Deadlines = field(init=False)
    roster: Roster = field(init=False)

    def __post_init__(self) -> None:
        self.deadlines = Deadlines(self.settings)
        self.roster = Roster(self.settings)

    def accept_due(self, urgency: str, sent: datetime, community: str) -> datetime:
        pressing = any(
            since <= sent and (until is None or sent < until)
            for since, until in self.emergencies.get(community, [])
        )
        return self.deadlines.accept_by(urgency, sent, emergency=pressing)

    def limit(self, urgency: str, start: datetime) -> timedelta:
        """The resolve limit in the time of its own calendar."""
        due = self.deadlines.resolve_by(urgency, start)
        return self.deadlines.measure(urgency, start, due)

    def units(self, row: Row, worker: str | None = None) -> Units:
        holder = worker or row.get("worker") or ""
        community = self.roster.communities.get(row["community"])
        units = {
            "community": row["community"],
            "street": community.street if community else "",
            "grid": row.get("grid") or "",
            "worker": holder,
            "category": row["category"],
        }
        entry = self.roster.worker(holder)
        if entry and entry.role in ("department", "property"):
            units["department"] = holder
        return units

    def sample(self, figure: str, start: datetime, end: datetime, units: Units) -> Sample:
        wall = max(end - start, timedelta()).total_seconds()
        working = self.deadlines.calendar.between(start, end).total_seconds()
        return Sample(figure, wall, working, units)


@dataclass(frozen=True, slots=True)
class Window:
    """From `start` up to, and without, `end`."""

    start: datetime
    end: datetime

    def __contains__(self, at: datetime | None) -> bool:
        return at is not None and self.start <= at < self.end


def counts(case: Case, window: Window, rule: Yardstick) -> Iterator[Count | Sample]:
    """All that a case counts for in a window; its steps end with the window."""
    sent = dispatches(case, rule.accept_due)
    yield from _responses(case, sent, window, rule)
    yield from _resolutions(case, window, rule)
    yield from _ratings(case, window, rule)
    yield from _after_handling(case, window, rule)
    yield from _suspensions(case, window, rule)
    yield from _whistles(case, window, rule)
    yield from _totals(case, window, rule)


def _responses(
    case: Case, sent: list[Dispatch], window: Window, rule: Yardstick
) -> Iterator[Count | Sample]:
    units = rule.units(case.state)
    for one in sent:
        own = rule.units(case.state, one.worker)
        if one.due in window:
            yield Count("signing", _in_time(one), own, _not_signed(one))
        if one.sent in window:
            yield Count("returned", one.end == Act.RETURN, own)
    first = next((one for one in sent if _stood(one)), None)
    answer = min((one.answered for one in sent if one.answered), default=None)
    if first and first.due in window:
        out = STOPPED.get(Status(case.status)) if answer is None else None
        yield Count("response", answer is not None and answer <= first.due, units, out)
    if sent and answer is not None and answer in window:
        yield rule.sample("accept_time", sent[0].sent, answer, units)


def _in_time(one: Dispatch) -> bool:
    return one.answered is not None and one.answered <= one.due


def _not_signed(one: Dispatch) -> str | None:
    """Why a dispatch says nothing of whom it was sent to."""
    if one.answered is not None and one.by != one.worker:
        return "由别人接单"
    if one.ended is not None and one.end != Act.DISPATCH and one.ended < one.due:
        return "期限前退回、转派、改派或撤下"
    return None


def _stood(one: Dispatch) -> bool:
    """Not taken away before its time: the dispatch whose clock the answer is held against."""
    return one.answered is not None or one.ended is None or one.ended >= one.due


def _resolutions(case: Case, window: Window, rule: Yardstick) -> Iterator[Count | Sample]:
    state, units = case.state, rule.units(case.state)
    due, handled = case.moment("due_at"), case.moment("handled_at")
    created = case.moment("created_at")
    if case.done and handled is not None and created is not None and handled in window:
        yield rule.sample("resolve_time", created, handled, units)
    if due is None or due not in window:
        return
    out = STOPPED.get(Status(case.status))
    late = bool(state["overdue"]) or (handled > due if case.done and handled else True)
    yield Count("closing", case.done, units, out)
    yield Count("ontime", case.done and not late, units, out)
    yield Count("overdue", late, units, out)
    yield Count("extended", bool(state.get("extensions")), units, out)
    if late and out is None:
        until = handled if case.done and handled else window.end
        began = _clock_began(case) or due
        over = rule.deadlines.measure(state["urgency"], due, until)
        limit = rule.limit(state["urgency"], began)
        if limit and over:
            yield Sample("overdue_factor", over / limit, over / limit, units)


def _clock_began(case: Case) -> datetime | None:
    """Where the clock that runs now began: the first statement, or the last 返工."""
    reworked = [step.at for step in case.steps if step.act == Act.REWORK]
    return reworked[-1] if reworked else case.moment("created_at")


def _ratings(case: Case, window: Window, rule: Yardstick) -> Iterator[Count]:
    units = rule.units(case.state)
    rated = [s for s in case.steps if s.act in (Act.RATE, Act.REWORK) and s.data.get("rating")]
    inside = [step for step in rated if step.at in window]
    if inside:
        rating = inside[-1].data["rating"]
        yield Count("solved", rating in SOLVED, units)
        yield Count("satisfied", rating == "satisfied", units)
    elif not rated and case.done and case.moment("handled_at") in window:
        for figure in ("solved", "satisfied"):
            yield Count(figure, False, units, "还没评价")


def _after_handling(case: Case, window: Window, rule: Yardstick) -> Iterator[Count]:
    units = rule.units(case.state)
    handles = [(at, step) for at, step in enumerate(case.steps) if step.act in HANDLING]
    inside = [at for at, step in handles if step.at in window]
    if inside:
        later = case.steps[inside[0] + 1 :]
        yield Count("rework", any(step.act == Act.REWORK for step in later), units)
    if not handles:
        return
    at, last = handles[-1]
    due = last.at + rule.settings.deadlines.followup_after.wall
    if due in window:
        answers = (Act.FOLLOW_UP, Act.RATE, Act.REWORK)
        asked = any(step.act in answers for step in case.steps[at + 1 :])
        yield Count("followup", asked, units, "直接答复" if last.act == Act.INFORM else None)


def _suspensions(case: Case, window: Window, rule: Yardstick) -> Iterator[Count]:
    before = [step for step in case.steps if step.at < window.start]
    inside = [step for step in case.steps if step.at in window]
    on_book = bool(before) and before[-1].state["status"] == Status.SUSPENDED
    if on_book or any(step.act == Act.SUSPEND for step in inside):
        yield Count("struck", any(_struck(step) for step in inside), rule.units(case.state))


def _struck(step: Step) -> bool:
    return step.source == Status.SUSPENDED and step.act in (Act.CANCEL, Act.HANDLE)


def _whistles(case: Case, window: Window, rule: Yardstick) -> Iterator[Count]:
    for at, step in enumerate(case.steps):
        if step.act != Act.WHISTLE:
            continue
        helper = str(step.data.get("worker", ""))
        units = rule.units(case.state, helper)
        own = [s for s in case.steps[at + 1 :] if s.actor == helper]
        handled = [s.at for s in own if s.act == Act.HELPER_HANDLE]
        if step.at in window:
            came = any(s.act in (Act.HELPER_ACCEPT, Act.HELPER_HANDLE) for s in own)
            yield Count("helper_response", came, units)
        due = rule.deadlines.resolve_by(step.state["urgency"], step.at)
        if due in window:
            needless = not handled and case.done
            yield Count(
                "helper_ontime", bool(handled) and handled[0] <= due, units,
                "主办已办结" if needless else None,
            )  # fmt: skip


def _totals(case: Case, window: Window, rule: Yardstick) -> Iterator[Count]:
    """Plain numbers: each is a figure whose every count is a hit."""
    units, state = rule.units(case.state), case.state
    opened = case.steps[0].at in window
    counted = case.status not in (Status.MERGED, Status.REJECTED)
    if opened and counted:
        yield Count("new", True, units)
    if case.done and case.moment("handled_at") in window:
        yield Count("handled", True, units)
    if case.status in UNHANDLED:
        yield Count("open", True, units)
        if is_late(state, window.end):
            yield Count("late", True, units)
    if case.status == Status.SUSPENDED:
        yield Count("suspended", True, units)
    if case.steps[-1].at in window and not counted:
        yield Count(case.status, True, units)


def is_late(row: Row, at: datetime) -> bool:
    """Whether an unhandled issue is past its deadline at a moment; a clock that stands is not."""
    due = moment(row, "due_at")
    stands = row["status"] in (Status.SUSPENDED, Status.WAITING)
    return not stands and (bool(row["overdue"]) or (due is not None and due < at))

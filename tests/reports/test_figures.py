"""Figures from events: the published example, what 应 means, who is credited, what is left out."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.reports.cases import Case, Step
from bot.reports.counting import Window, Yardstick
from bot.reports.figures import BY_NAMES, RATES, as_markdown, figures_by, figures_of, measured
from storage.database import Database
from tests.days import Day, settings_from

ZONE = ZoneInfo("Asia/Shanghai")
DECEMBER = Window(datetime(2025, 12, 1, tzinfo=ZONE), datetime(2026, 1, 1, tzinfo=ZONE))
ROOT = Path(__file__).parents[2]


def at(text: str) -> datetime:
    """03-05 10:30 of 2026."""
    return datetime.fromisoformat(f"2026-{text.replace(' ', 'T')}:00").replace(tzinfo=ZONE)


class Tale:
    """The life of one issue, told event by event."""

    def __init__(self, number: int, created: datetime, due: datetime, **state: Any) -> None:
        self.state: dict[str, Any] = {
            "number": number, "community": "miaoershan", "grid": "MES-01", "estate": "翠湖苑",
            "building": "3", "unit": None, "category": "facility", "intent": "help",
            "urgency": "normal", "status": "accepted", "worker": "wang", "summary": "路灯坏了",
            "created_at": created.isoformat(), "dispatched_at": None, "accepted_at": None,
            "handled_at": None, "closed_at": None, "due_at": due.isoformat(), "overdue": False,
            "escalation": 0, "rework": 0, "rating": None, "extensions": 0, "reporters": 1,
        } | state  # fmt: skip
        self.case = Case(number)
        self.tell(created, "open", "resident")

    def tell(
        self, moment: datetime, act: str, actor: str = "bot", data: Any = None, **state: Any
    ) -> "Tale":
        source = self.state["status"]
        self.state = self.state | {
            key: value.isoformat() if isinstance(value, datetime) else value
            for key, value in state.items()
        }
        self.case.steps.append(Step(moment, act, actor, source, data or {}, self.state))
        return self

    def dispatched(self, moment: datetime, worker: str = "wang") -> "Tale":
        return self.tell(
            moment, "dispatch", data={"worker": worker}, status="dispatched", worker=worker,
            dispatched_at=moment, accepted_at=None,
        )  # fmt: skip

    def accepted(self, moment: datetime, worker: str = "wang") -> "Tale":
        return self.tell(
            moment, "accept", worker, status="in_progress", worker=worker, accepted_at=moment
        )

    def handled(self, moment: datetime) -> "Tale":
        late = moment.isoformat() > self.state["due_at"]
        return self.tell(
            moment, "handle", "wang", status="handled", handled_at=moment,
            overdue=self.state["overdue"] or late,
        )  # fmt: skip


def figures(tales: Iterable[Tale], window: Window) -> Any:
    return figures_of([tale.case for tale in tales], window, Yardstick(settings_from("")))


def test_the_published_example_of_tianmen() -> None:
    """December: 972 to be closed, 911 closed (93.72 %), 737 of them in time (75.82 %)."""
    tales = []
    for number in range(972):
        created = DECEMBER.start + timedelta(minutes=30 * number)
        tale = Tale(number + 1, created, created + timedelta(days=7))
        if number < 737:
            tale.handled(created + timedelta(days=6))
        elif number < 911:
            tale.handled(created + timedelta(days=7, hours=5))
        tales.append(tale)
    found = figures(tales, DECEMBER).rates
    assert found["closing"].denominator == 972
    assert (found["closing"].numerator, found["closing"].percent) == (911, "93.72%")
    assert (found["ontime"].numerator, found["ontime"].percent) == (737, "75.82%")
    assert found["overdue"].numerator == 972 - 737


def test_a_late_one_cannot_hide_in_the_next_month() -> None:
    tale = Tale(1, at("01-20 10:00"), at("01-25 10:00"))
    tale.handled(at("02-03 10:00"))
    january = Window(at("01-01 00:00"), at("02-01 00:00"))
    february = Window(at("02-01 00:00"), at("03-01 00:00"))
    seen_in_january = Case(1, [step for step in tale.case.steps if step.at < january.end])
    rule = Yardstick(settings_from(""))
    first = figures_of([seen_in_january], january, rule)
    second = figures_of([tale.case], february, rule)
    assert (first.rates["closing"].numerator, first.rates["closing"].denominator) == (0, 1)
    assert first.rates["overdue"].percent == "100.00%"
    assert second.rates["closing"].denominator == 0
    assert second.rates["closing"].percent == "—"
    assert second.totals["handled"] == 1


MARCH = Window(at("03-01 00:00"), at("04-01 00:00"))


def test_what_stands_or_is_void_is_left_out_and_named() -> None:
    created, due = at("03-03 09:00"), at("03-06 09:00")
    tales = [
        Tale(1, created, due).tell(at("03-04 09:00"), "suspend", status="suspended"),
        Tale(2, created, due).tell(at("03-04 09:00"), "merge", status="merged"),
        Tale(3, created, due).tell(at("03-04 09:00"), "reject", status="rejected"),
        Tale(4, created, due).handled(at("03-05 09:00")),
    ]
    found = figures(tales, MARCH)
    closing = found.rates["closing"]
    assert (closing.numerator, closing.denominator) == (1, 1)
    assert closing.left_out == {"挂账停表": 1, "已并案": 1, "不予受理": 1}
    assert found.totals["suspended"] == 1
    assert found.totals["new"] == 2
    assert (found.totals["merged"], found.totals["rejected"]) == (1, 1)


def test_silence_is_laid_to_whoever_was_asked() -> None:
    """A岗 silent, B岗 takes it in time: answered late, and only B岗 has signed in time."""
    tale = Tale(1, at("03-03 09:00"), at("03-06 09:00"))
    tale.dispatched(at("03-03 09:00")).dispatched(at("03-03 13:00"), "li")
    tale.accepted(at("03-03 14:00"), "li")
    found = figures([tale], MARCH)
    assert (found.rates["response"].numerator, found.rates["response"].denominator) == (0, 1)
    assert (found.rates["signing"].numerator, found.rates["signing"].denominator) == (1, 2)
    by = figures_by([tale.case], MARCH, Yardstick(settings_from("")), "worker")
    assert by["wang"].rates["signing"].percent == "0.00%"
    assert by["li"].rates["signing"].percent == "100.00%"
    assert found.times["accept_time"].median == 5 * 3600


def test_what_is_given_back_in_time_counts_for_the_return_not_against_the_signing() -> None:
    tale = Tale(1, at("03-03 09:00"), at("03-06 09:00")).dispatched(at("03-03 09:00"))
    tale.tell(at("03-03 09:30"), "return", "wang", status="accepted", dispatched_at=None)
    tale.dispatched(at("03-03 09:30"), "li").accepted(at("03-03 10:00"), "li")
    found = figures([tale], MARCH)
    assert found.rates["signing"].left_out == {"期限前退回、转派、改派或撤下": 1}
    assert (found.rates["returned"].numerator, found.rates["returned"].denominator) == (1, 2)
    assert (found.rates["response"].numerator, found.rates["response"].denominator) == (1, 1)


def test_an_emergency_halves_the_time_to_answer() -> None:
    tale = Tale(1, at("03-03 09:00"), at("03-06 09:00")).dispatched(at("03-03 09:00"))
    tale.accepted(at("03-03 12:00"))
    calm = Yardstick(settings_from(""))
    pressing = Yardstick(settings_from(""), {"miaoershan": [(at("03-03 08:00"), None)]})
    assert figures_of([tale.case], MARCH, calm).rates["response"].numerator == 1
    assert figures_of([tale.case], MARCH, pressing).rates["response"].numerator == 0


def test_ratings_count_the_last_word_and_name_who_said_nothing() -> None:
    created, due = at("03-03 09:00"), at("03-06 09:00")
    rework = {"status": "in_progress", "handled_at": None, "rework": 1}
    tales = [Tale(n, created, due).handled(at("03-04 09:00")) for n in (1, 2, 3, 4)]
    tales[0].tell(at("03-04 10:00"), "rate", "resident", {"rating": "satisfied"}, status="closed")
    tales[1].tell(
        at("03-04 10:00"), "rate", "resident", {"rating": "basically_satisfied"}, status="closed"
    )
    tales[2].tell(at("03-04 10:00"), "rework", "resident", {"rating": "dissatisfied"}, **rework)
    found = figures(tales, MARCH)
    assert (found.rates["solved"].numerator, found.rates["solved"].denominator) == (2, 3)
    assert (found.rates["satisfied"].numerator, found.rates["satisfied"].denominator) == (1, 3)
    assert found.rates["solved"].left_out == {"还没评价": 1}
    assert (found.rates["rework"].numerator, found.rates["rework"].denominator) == (1, 4)
    assert (found.rates["followup"].numerator, found.rates["followup"].denominator) == (3, 4)


def test_extensions_suspensions_and_the_whistle() -> None:
    created, due = at("03-03 09:00"), at("03-06 09:00")
    extended = Tale(1, created, due, extensions=1).handled(at("03-05 09:00"))
    struck = Tale(2, created, due).tell(at("03-04 09:00"), "suspend", status="suspended")
    struck.tell(at("03-20 09:00"), "cancel", status="closed", handled_at=at("03-20 09:00"))
    kept = Tale(3, created, due).tell(at("02-27 09:00"), "suspend", status="suspended")
    called = Tale(4, created, due).tell(at("03-03 10:00"), "whistle", data={"worker": "cheng"})
    called.tell(at("03-03 11:00"), "helper_accept", "cheng")
    called.tell(at("03-05 11:00"), "helper_handle", "cheng")
    found = figures([extended, struck, kept, called], MARCH)
    assert (found.rates["struck"].numerator, found.rates["struck"].denominator) == (1, 2)
    assert found.rates["extended"].numerator == 1
    by = figures_by([called.case], MARCH, Yardstick(settings_from("")), "department")
    assert by["cheng"].rates["helper_response"].percent == "100.00%"
    assert by["cheng"].rates["helper_ontime"].percent == "100.00%"


def test_lengths_of_time_are_given_on_both_clocks() -> None:
    """From Friday 17:00 to Monday 10:00: 65 hours on the wall, 2 of working time."""
    tale = Tale(1, at("03-06 17:00"), at("03-11 17:00")).handled(at("03-09 10:00"))
    spread = figures([tale], MARCH).times["resolve_time"]
    assert (spread.n, spread.median, spread.working_median) == (1, 65 * 3600, 2 * 3600)


def test_how_many_times_over_the_limit() -> None:
    """A working limit of three days, handled three working days after it: once over."""
    tale = Tale(1, at("03-03 10:00"), at("03-06 10:00")).handled(at("03-11 10:00"))
    factor = figures([tale], MARCH).times["overdue_factor"]
    assert factor.median == pytest.approx(1.0)


@given(
    st.lists(
        st.tuples(st.integers(0, 24 * 40), st.integers(1, 24 * 9), st.integers(0, 24 * 12)),
        max_size=40,
    )
)
def test_no_rate_is_ever_above_one(rows: list[tuple[int, int, int]]) -> None:
    tales = []
    for number, (begins, lasts, handled) in enumerate(rows, 1):
        created = MARCH.start + timedelta(hours=begins)
        tale = Tale(number, created, created + timedelta(hours=lasts))
        tale.dispatched(created + timedelta(minutes=1))
        if handled:
            tale.accepted(created + timedelta(minutes=handled))
            tale.handled(created + timedelta(hours=handled))
        tale.case.steps = [step for step in tale.case.steps if step.at < MARCH.end]
        if tale.case.steps:
            tales.append(tale)
    found = figures(tales, MARCH)
    for rate in found.rates.values():
        assert 0 <= rate.numerator <= rate.denominator
    closing = found.rates["closing"]
    assert found.rates["ontime"].numerator + found.rates["overdue"].numerator == closing.denominator
    parts = figures_by([tale.case for tale in tales], MARCH, Yardstick(settings_from("")), "grid")
    assert sum(part.rates["closing"].denominator for part in parts.values()) == closing.denominator


async def test_a_played_day_is_measured_from_its_events(day: Day) -> None:
    day.says("08:20", "liu", "8栋楼下的路灯坏了三天了，晚上黑得看不到路")
    day.direct("08:50", "li", "接单")
    day.direct("11:20", "li", "办结 已更换灯泡")
    day.direct("13:40", "liu", "满意，谢谢")
    await _play(day, "19:00")
    store = Database(day.url)
    try:
        async with store.reading() as session:
            start = datetime(2026, 3, 3, tzinfo=UTC)
            found = await measured(
                session, settings_from(""), start, start + timedelta(days=1), ["miaoershan"]
            )
    finally:
        await store.close()
    seen = figures_of(*found)
    assert {id_: rate.percent for id_, rate in seen.rates.items() if rate.denominator} == {
        "response": "100.00%", "signing": "100.00%", "solved": "100.00%", "satisfied": "100.00%",
        "followup": "100.00%", "returned": "0.00%", "rework": "0.00%",
    }  # fmt: skip
    assert seen.times["resolve_time"].median == 3 * 3600
    assert set(figures_by(*found, "grid")) == {"MES-02"}


async def _play(day: Day, until: str) -> None:
    import asyncio

    await asyncio.to_thread(day.play, until)


def test_the_page_of_formulas_is_the_one_the_program_uses() -> None:
    written = (ROOT / "docs" / "figures.md").read_text(encoding="utf-8")
    assert written == as_markdown(), "write docs/figures.md anew from figures.as_markdown()"
    assert all(formula.name in written for formula in RATES)
    assert len(BY_NAMES) == 6

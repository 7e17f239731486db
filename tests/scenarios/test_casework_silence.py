"""Clocks and silence: who is asked when nobody answers, who hears when it is late."""

import pytest

from tests.days import ROOM, WORK_ROOM, Day

LAMP = "8栋楼下的路灯坏了，麻烦修一下"
LIFT = "3栋2单元电梯困人了，快来人"
DRY = "9栋停水了，整栋楼都没水"
LEAD = """
[[workers]]
id = "zhou"
name = "周网格长"
contact = "wxid_zhou"
role = "grid_worker"
"""


def test_silent_a_post_then_b_post_then_secretary_then_late(day: Day) -> None:
    day.says("10:00", "liu", LAMP)
    early = day.play(until="13:59").issue(1)
    assert (early["status"], early["worker"], early["escalation"]) == ("dispatched", "li", 0)
    assert early["dispatched_at"].startswith("2026-03-03T10:00")
    assert early["due_at"].startswith("2026-03-06T10:00")


def test_the_whole_ladder_of_a_normal_issue(day: Day) -> None:
    day.says("10:00", "liu", LAMP)
    seen = day.play(until="+7 12:00")
    dispatches = [(m["contact"], m["at"][:16]) for m in seen.said("dispatch")]
    assert dispatches == [
        ("wxid_li", "2026-03-03T10:00"),
        ("wxid_wang", "2026-03-03T14:00"),
    ]
    assert seen.said("alert", contact="wxid_li", issue=1)[0]["at"][:16] == "2026-03-03T14:00"
    escalated = [(m["contact"], m["at"][:16]) for m in seen.said("escalate")]
    assert escalated == [
        ("wxid_chen", "2026-03-03T18:00"),  # nobody has accepted
        ("wxid_chen", "2026-03-06T10:00"),  # late
    ]
    reminded = [(m["contact"], m["at"][:16]) for m in seen.said("remind")]
    # 80 % of 27 working hours from 10:00; then the holder, who is whoever was asked last
    assert reminded == [
        ("wxid_wang", "2026-03-05T13:36"),
        ("wxid_wang", "2026-03-06T10:00"),
    ]
    issue = seen.issue(1)
    assert issue["worker"] == "wang"
    assert issue["overdue"] is True
    assert issue["escalation"] == 2
    assert issue["accepted_at"] is None


def test_level_three_goes_to_the_street_or_the_secretary(day: Day) -> None:
    day.extra = '[[streets]]\nname = "牌楼街道"\ncontact = "wxid_street"\n'
    day.says("08:00", "zhang", LIFT)
    day.direct("08:05", "wang", "接单")
    seen = day.play(until="12:30")
    assert [(m["contact"], m["at"][11:16]) for m in seen.said("escalate")] == [
        ("wxid_chen", "10:00"),
        ("wxid_street", "12:00"),
    ]
    assert [(m["contact"], m["at"][11:16]) for m in seen.said("remind")] == [
        ("wxid_wang", "09:36"),
        ("wxid_wang", "10:00"),
    ]
    assert seen.issue(1)["escalation"] == 3
    assert seen.issue(1)["status"] == "in_progress"


def test_without_a_street_level_three_is_the_secretarys(day: Day) -> None:
    day.says("08:00", "zhang", LIFT)
    day.direct("08:05", "wang", "接单")
    seen = day.play(until="12:30")
    assert [m["contact"] for m in seen.said("escalate")] == ["wxid_chen", "wxid_chen"]
    assert seen.issue(1)["escalation"] == 3


def test_critical_is_told_everywhere_at_once_even_at_night(day: Day) -> None:
    day.says("23:30", "zhang", LIFT)
    seen = day.play(until="23:52")
    ack = seen.said("ack", room=ROOM)
    assert [m["at"][11:16] for m in ack] == ["23:30"]
    assert any(number in ack[0]["text"] for number in ("110", "119", "120"))
    assert seen.said("alert", room=WORK_ROOM, issue=1)[0]["at"][11:16] == "23:30"
    assert seen.said("alert", contact="wxid_chen", issue=1)[0]["at"][11:16] == "23:30"
    assert [(m["contact"], m["at"][11:16]) for m in seen.said("dispatch")] == [
        ("wxid_wang", "23:30"),
        ("wxid_li", "23:40"),
    ]
    assert [(m["contact"], m["at"][11:16]) for m in seen.said("escalate")] == [
        ("wxid_chen", "23:50")
    ]
    assert seen.issue(1)["escalation"] == 2


def test_urgent_goes_by_direct_message_at_night_and_waits_for_the_room(day: Day) -> None:
    day.says("22:30", "zhang", DRY)
    day.direct("22:40", "li", "接单")
    seen = day.play(until="+1 07:30")
    assert seen.issue(1)["urgency"] == "urgent"
    assert seen.said("dispatch")[0]["at"][11:16] == "22:30"
    assert seen.said("reply", contact="wxid_li")[0]["at"][11:16] == "22:40"
    assert [m["at"][:16] for m in seen.said("ack", room=ROOM)] == ["2026-03-04T07:00"]
    assert seen.issue(1)["due_at"].startswith("2026-03-04T22:30")


def test_normal_is_held_in_the_night_and_then_has_its_full_clock(day: Day) -> None:
    day.says("22:30", "liu", LAMP)
    night = day.play(until="+1 06:59")
    issue = night.issue(1)
    assert (issue["status"], issue["worker"]) == ("accepted", "li")
    assert issue["dispatched_at"] is None
    assert night.outgoing == []
    morning = day.play(until="+1 13:30")
    assert [(m["contact"], m["at"][:16]) for m in morning.said("dispatch")] == [
        ("wxid_li", "2026-03-04T07:00"),
        ("wxid_wang", "2026-03-04T13:00"),
    ]
    assert morning.issue(1)["due_at"].startswith("2026-03-09T09:00")


def test_any_of_those_asked_may_accept_and_the_former_holder_hears_it(day: Day) -> None:
    day.says("10:00", "liu", LAMP)
    day.direct("15:00", "li", "接单")
    day.direct("15:10", "wang", "接单 1")
    seen = day.play(until="20:30")
    issue = seen.issue(1)
    assert (issue["status"], issue["worker"]) == ("in_progress", "li")
    assert issue["accepted_at"].startswith("2026-03-03T15:00")
    assert issue["escalation"] == 1
    assert seen.said("alert", contact="wxid_wang", issue=1, after="15:00")
    assert len(seen.said("reply", contact="wxid_wang")) == 1
    assert not seen.said("escalate")


def test_silent_handler_then_a_post_then_b_post(day: Day) -> None:
    day.extra = (
        LEAD
        + """
[[handlers]]
category = "facility"
estate = "翠湖苑"
worker = "zhao"
"""
    )
    day.says("10:00", "liu", LAMP)
    seen = day.play(until="+1 16:00")
    assert [(m["contact"], m["at"][:16]) for m in seen.said("dispatch")] == [
        ("wxid_zhao", "2026-03-03T10:00"),
        ("wxid_li", "2026-03-03T14:00"),
        ("wxid_wang", "2026-03-03T18:00"),
    ]
    assert [m["at"][:16] for m in seen.said("escalate")] == ["2026-03-04T13:00"]
    assert seen.issue(1)["grid"] == "MES-02"


def test_b_posts_are_asked_in_their_order_and_the_lead_is_told(day: Day) -> None:
    day.extra = (
        LEAD
        + """
[[grids]]
id = "MES-03"
community = "miaoershan"
estate = "市中区人民医院"
a_post = "zhou"
b_post = ["li", "wang"]
lead = "zhao"

[[rooms]]
topic = "医院家属群"
kind = "residents"
community = "miaoershan"
estate = "市中区人民医院"
"""
    )
    day.says("10:00", "liu", "2号楼门口的路灯坏了，麻烦修一下", room="医院家属群")
    seen = day.play(until="+1 14:00")
    assert [(m["contact"], m["at"][:16]) for m in seen.said("dispatch")] == [
        ("wxid_zhou", "2026-03-03T10:00"),
        ("wxid_li", "2026-03-03T14:00"),
        ("wxid_wang", "2026-03-03T18:00"),
    ]
    assert seen.said("alert", contact="wxid_zhao")[0]["at"][:16] == "2026-03-03T14:00"
    assert [m["at"][:16] for m in seen.said("escalate")] == ["2026-03-04T13:00"]
    assert (seen.issue(1)["grid"], seen.issue(1)["escalation"]) == ("MES-03", 2)


def test_the_absent_are_passed_over(day: Day) -> None:
    day.direct("09:00", "li", "请假 3月3日-3月4日")
    day.says("10:00", "liu", LAMP)
    day.says("+2 10:00", "tang", "9栋楼下的路灯坏了，麻烦修一下")
    seen = day.play(until="+2 10:30")
    assert len(seen.said("reply", contact="wxid_li")) == 1
    first, second = seen.issue(1), seen.issue(2)
    assert first["worker"] == "wang"
    assert second["worker"] == "li"
    assert seen.said("escalate", issue=1)[0]["at"][:16] == "2026-03-03T14:00"
    assert {m["contact"] for m in seen.said("dispatch", issue=1)} == {"wxid_wang"}


def test_silence_after_a_transfer(day: Day) -> None:
    day.says("10:00", "liu", LAMP)
    day.direct("10:30", "li", "转派 1 赵经理")
    seen = day.play(until="+1 14:00")
    assert [(m["contact"], m["at"][:16]) for m in seen.said("dispatch")] == [
        ("wxid_li", "2026-03-03T10:00"),
        ("wxid_zhao", "2026-03-03T10:30"),
        ("wxid_wang", "2026-03-03T14:30"),
    ]
    assert [m["at"][:16] for m in seen.said("escalate")] == ["2026-03-04T09:30"]
    assert seen.issue(1)["due_at"].startswith("2026-03-06T10:00")


@pytest.mark.parametrize(
    ("handled", "late"),
    [("+3 10:00", False), ("+3 10:01", True)],
)
def test_handled_by_the_deadline_is_never_overdue(day: Day, handled: str, late: bool) -> None:
    day.says("10:00", "liu", LAMP)
    day.direct("10:30", "li", "接单")
    day.direct(handled, "li", "办结 换了灯泡")
    seen = day.play(until="+3 12:00")
    assert seen.issue(1)["overdue"] is late
    assert bool(seen.said("escalate")) is late


def test_a_held_handover_waits_for_the_morning(day: Day) -> None:
    day.extra = """
[deadlines.normal]
accept = "4h"
resolve = "3d"
calendar = "always"
"""
    day.says("20:00", "liu", LAMP)
    seen = day.play(until="+1 11:30")
    assert [(m["contact"], m["at"][:16]) for m in seen.said("dispatch")] == [
        ("wxid_li", "2026-03-03T20:00"),
        ("wxid_wang", "2026-03-04T07:00"),
    ]
    assert [m["at"][:16] for m in seen.said("escalate")] == ["2026-03-04T11:00"]

"""A named helper ([[care]]) is found also when the flat becomes known only later."""

from tests.days import Day

CARE = """
[[care]]
estate = "翠湖苑"
building = "9"
unit = "2"
room = "101"
helper = "zhao"
"""


def test_the_flat_comes_in_a_second_message(day: Day) -> None:
    day.extra = CARE
    day.says("10:00", "liu", "9栋的独居老人没人照顾，能不能安排人上门看看")
    day.says("10:01", "liu", "9栋2单元101")
    day.direct("10:10", "zhao", "退回 1 我在外地")
    seen = day.play(until="10:20")
    (issue,) = seen.issues
    assert (issue["category"], issue["urgency"]) == ("welfare", "urgent")
    assert [m["contact"] for m in seen.said("dispatch")] == ["wxid_li", "wxid_zhao", "wxid_chen"]
    assert issue["worker"] == "chen"


def test_the_silent_helper_is_followed_by_the_grid(day: Day) -> None:
    day.extra = CARE
    day.says("10:00", "liu", "9栋2单元101的独居老人没人照顾，能不能安排人上门看看")
    seen = day.play(until="13:30")
    assert [(m["contact"], m["at"][11:16]) for m in seen.said("dispatch")] == [
        ("wxid_zhao", "10:00"),
        ("wxid_li", "11:00"),
        ("wxid_wang", "12:00"),
    ]
    assert [m["at"][11:16] for m in seen.said("escalate")] == ["13:00"]

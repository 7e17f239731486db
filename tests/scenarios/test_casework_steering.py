"""The secretary: 督办, 改类, 并案, 拆案, 提事, 日报, 平急, and what is not theirs."""

from tests.days import ROOM, WORK_ROOM, Day

LAMP = "8栋楼下的路灯坏了，麻烦修一下"
GATE = "9栋单元门禁坏了，刷卡打不开"


def test_supervision_raises_the_level_and_never_lowers_it(day: Day) -> None:
    day.says("10:00", "liu", LAMP)
    day.direct("10:10", "li", "接单")
    day.direct("10:20", "li", "督办 1")
    day.direct("10:30", "chen", "督办 99")
    day.direct("10:40", "chen", "督办 1")
    seen = day.play(until="11:00")
    assert [(m["contact"], m["at"][11:16]) for m in seen.said("escalate")] == [("wxid_li", "10:40")]
    issue = seen.issue(1)
    assert (issue["escalation"], issue["status"], issue["worker"]) == (2, "in_progress", "li")
    assert len(seen.said("reply", contact="wxid_chen")) == 2
    assert len(seen.said("reply", contact="wxid_li")) == 2


def test_another_category_goes_to_its_handler(day: Day) -> None:
    day.extra = '[[handlers]]\ncategory = "property"\nestate = "翠湖苑"\nworker = "zhao"\n'
    day.says("10:00", "liu", LAMP)
    day.direct("10:05", "li", "改类 1 物业")
    day.direct("10:10", "chen", "改类 1")
    day.direct("10:20", "chen", "改类 1 物业")
    seen = day.play(until="10:30")
    issue = seen.issue(1)
    assert (issue["category"], issue["worker"], issue["status"]) == (
        "property", "zhao", "dispatched",
    )  # fmt: skip
    assert [m["contact"] for m in seen.said("dispatch")] == ["wxid_li", "wxid_zhao"]
    assert len(seen.said("alert", contact="wxid_li")) == 1


def test_merging_unites_and_splitting_takes_apart(day: Day) -> None:
    day.says("10:00", "liu", LAMP)
    day.says("10:10", "tang", "3栋2单元电梯困人了，快来人")
    day.direct("10:15", "wang", "并案 1 2")
    day.direct("10:20", "chen", "并案 1 1")
    day.direct("10:30", "chen", "并案 1 2")
    seen = day.play(until="10:35")
    lamp, lift = seen.issues
    assert (lift["status"], lift["merged_into"]) == ("merged", 1)
    assert (lamp["reports"], lamp["reporters"]) == (2, 2)
    assert lamp["messages"] == ["line-1", "line-2"]
    assert lamp["urgency"] == "critical"
    assert lamp["due_at"].startswith("2026-03-03T12:10")
    assert len(seen.counted()) == 1
    assert seen.said("alert", contact="wxid_wang", after="10:30")
    day.direct("10:40", "wang", "接单 2")
    day.direct("10:50", "chen", "拆案 2")
    seen = day.play(until="11:00")
    lamp, lift = seen.issues
    assert (lift["status"], lift["merged_into"], lift["reports"]) == ("dispatched", None, 1)
    assert (lamp["reports"], lamp["urgency"]) == (1, "normal")
    assert lamp["due_at"].startswith("2026-03-06T10:00")
    assert [m["contact"] for m in seen.said("dispatch", issue=2, before="10:50")] == ["wxid_li"]
    assert len(seen.said("reply", contact="wxid_wang")) == 1


def test_the_merged_may_be_rated_under_the_other_number(day: Day) -> None:
    day.says("10:00", "liu", LAMP)
    day.says("10:10", "tang", GATE)
    day.direct("10:30", "chen", "把2号并入1号")
    day.direct("11:00", "li", "办结 1 都弄好了")
    day.direct("11:10", "tang", "满意 2")
    seen = day.play(until="11:20")
    assert (seen.issue(1)["status"], seen.issue(1)["rating"]) == ("closed", "satisfied")
    assert seen.issue(2)["status"] == "merged"


def test_a_proposal_for_the_assembly(day: Day) -> None:
    day.says("10:00", "liu", LAMP)
    day.direct("10:10", "li", "接单")
    day.direct("10:20", "li", "提事 1")
    day.direct("10:30", "chen", "提事 1")
    day.direct("10:40", "chen", "日报")
    seen = day.play(until="10:45")
    proposal, daily = seen.said("reply", contact="wxid_chen")
    assert all(word in proposal["text"] for word in ("8栋", "路灯", "1人", "接单"))
    assert "新增1件" in daily["text"]
    assert len(seen.said("reply", contact="wxid_li")) == 2


def test_secretaries_act_for_their_own_communities_only(day: Day) -> None:
    day.extra = """
[[communities]]
id = "other"
name = "花园社区"
street = "牌楼街道"
secretary = "sun"
work_room = "花园社区工作群"

[[grids]]
id = "HY-01"
community = "other"
estate = "花园里"
a_post = "sun"

[[workers]]
id = "sun"
name = "孙书记"
contact = "wxid_sun"
role = "secretary"

[[rooms]]
topic = "花园社区工作群"
kind = "work"
community = "other"
"""
    day.says("10:00", "liu", LAMP)
    for minute, line in enumerate(
        (
            "督办 1",
            "销号 1 没必要",
            "转派 1 王芳",
            "接单 1",
            "办结 1",
            "改类 1 环境",
            "平急 开",
            "否",
        )
    ):
        day.direct(f"10:1{minute}", "sun", line)
    day.direct("10:20", "sun", "确认")
    day.says("22:30", "tang", GATE)
    seen = day.play(until="23:00")
    issue = seen.issue(1)
    assert (issue["status"], issue["escalation"]) == ("dispatched", 2)
    assert issue["worker"] == "wang"
    assert issue["category"] == "facility"
    assert len(seen.said("reply", contact="wxid_sun")) == 9
    assert seen.issue(2)["status"] == "accepted"
    assert seen.said("alert", room="花园社区工作群")
    assert not seen.said("alert", room=WORK_ROOM)


def test_emergency_halves_asks_together_and_lifts_the_quiet_hours(day: Day) -> None:
    day.says("09:00", "liu", LAMP)
    day.direct("09:10", "wang", "平急 开")
    day.direct("09:20", "chen", "平急 开")
    before = day.play(until="09:25")
    assert not before.said("alert", room=WORK_ROOM)
    day.direct("09:26", "chen", "确认")
    day.says("10:30", "tang", GATE)
    day.direct("10:40", "li", "接单 2")
    day.says("22:30", "he", "1栋门口的垃圾堆了好几天没人清运，麻烦安排人清一下")
    day.direct("22:50", "chen", "平急关")
    day.direct("22:51", "chen", "确认")
    day.says("23:10", "gao", "5栋门口的垃圾堆了好几天没人清运，麻烦安排人清一下")
    seen = day.play(until="+1 08:30")
    # the running clock follows: asked at 9:00, half of four hours
    assert [m["at"][11:16] for m in seen.said("dispatch", issue=1)] == ["11:00"]
    assert seen.said("escalate", issue=1)[0]["at"][11:16] == "13:00"
    together = [(m["contact"], m["at"][11:16]) for m in seen.said("dispatch", issue=2)]
    assert together == [("wxid_li", "10:30"), ("wxid_wang", "10:30")]
    assert (seen.issue(2)["worker"], seen.issue(2)["escalation"]) == ("li", 0)
    assert {m["at"][11:16] for m in seen.said("dispatch", issue=3)} == {"22:30"}
    assert [m["at"][11:16] for m in seen.said("ack", issue=3)] == ["22:30"]
    assert [m["at"][:16] for m in seen.said("dispatch", issue=4)] == ["2026-03-04T07:00"]
    told = [m["at"][11:16] for m in seen.said("alert", room=WORK_ROOM)]
    assert told == ["09:26", "07:00"]
    hourly = [m["at"][11:16] for m in seen.said("digest", room=WORK_ROOM)]
    assert hourly == ["11:00", "13:00", "18:00"]


def test_what_the_night_held_goes_out_when_the_emergency_begins(day: Day) -> None:
    day.says("22:10", "liu", LAMP)
    day.direct("22:20", "chen", "平急 开")
    day.direct("22:21", "chen", "确认")
    seen = day.play(until="22:30")
    assert {m["at"][11:16] for m in seen.said("dispatch")} == {"22:21"}
    assert [m["at"][11:16] for m in seen.said("ack", room=ROOM)] == ["22:21"]
    assert seen.issue(1)["status"] == "dispatched"


def test_the_snapshot_of_every_moment_can_be_had(day: Day) -> None:
    day.says("10:00", "liu", LAMP)
    day.direct("10:30", "li", "接单")
    day.direct("22:30", "li", "退回 1 不归我管")
    seen = day.play(until="23:00")
    issue = seen.issue(1)
    assert (issue["status"], issue["worker"]) == ("accepted", "wang")
    assert (issue["dispatched_at"], issue["accepted_at"]) == (None, None)

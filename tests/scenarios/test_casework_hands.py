"""Hands: 退回, 转派, 吹哨, 上报, 请假, handlers, people in need, several words for one act."""

from tests.days import ROOM, WORK_ROOM, Day

LAMP = "8栋楼下的路灯坏了，麻烦修一下"
LIFT = "3栋2单元电梯困人了，快来人"


def test_return_from_a_to_b_to_the_secretary(day: Day) -> None:
    day.says("10:00", "liu", LAMP)
    day.direct("10:20", "li", "退回 1")
    day.direct("10:30", "li", "退回 1 这盏灯归市政管")
    day.direct("10:40", "li", "接单 1")
    seen = day.play(until="10:45")
    issue = seen.issue(1)
    assert (issue["worker"], issue["status"], issue["accepted_at"]) == ("wang", "dispatched", None)
    assert issue["due_at"].startswith("2026-03-06T10:00")
    assert issue["escalation"] == 0
    assert len(seen.said("reply", contact="wxid_li")) == 3
    told = seen.said("alert", contact="wxid_chen")
    assert len(told) == 1
    assert all(piece in told[0]["text"] for piece in ("1号", "8栋", "市政"))
    day.direct("11:00", "wang", "退回1我这边也管不了")
    day.direct("11:05", "wang", "接单 1")
    day.direct("11:10", "chen", "退回 1 没人")
    seen = day.play(until="11:20")
    assert seen.issue(1)["worker"] == "chen"
    assert [m["at"][11:16] for m in seen.said("dispatch", contact="wxid_chen")] == ["11:00"]
    assert len(seen.said("alert", contact="wxid_chen")) == 1
    day.direct("11:30", "chen", "转派 1 赵经理")
    day.direct("11:40", "zhao", "收到")
    day.direct("11:50", "zhao", "退回 不归物业管")
    seen = day.play(until="12:00")
    assert seen.issue(1)["worker"] == "chen"
    assert seen.issue(1)["accepted_at"] is None
    assert [m["at"][11:16] for m in seen.said("dispatch")] == ["11:30", "11:50"]


def test_the_silent_a_post_may_still_decline(day: Day) -> None:
    day.says("10:00", "liu", LAMP)
    day.direct("14:30", "li", "退回 1 我在外地")
    seen = day.play(until="19:00")
    issue = seen.issue(1)
    assert (issue["worker"], issue["status"]) == ("wang", "dispatched")
    assert len(seen.said("dispatch", contact="wxid_wang")) == 1
    assert seen.said("alert", contact="wxid_chen", after="14:30")
    assert [m["at"][11:16] for m in seen.said("escalate")] == ["18:00"]


def test_transfer_by_the_secretary_tells_the_former_holder(day: Day) -> None:
    day.says("10:00", "liu", LAMP)
    day.direct("10:10", "li", "接单")
    day.direct("10:20", "wang", "转派 1 赵经理")
    day.direct("10:30", "chen", "转派 1 没这个人")
    day.direct("10:40", "chen", "把1号转派给赵经理")
    seen = day.play(until="11:00")
    issue = seen.issue(1)
    assert (issue["worker"], issue["status"]) == ("zhao", "dispatched")
    assert issue["accepted_at"] is None
    assert issue["dispatched_at"].startswith("2026-03-03T10:40")
    assert [m["contact"] for m in seen.said("dispatch")] == ["wxid_li", "wxid_zhao"]
    assert len(seen.said("alert", contact="wxid_li")) == 1
    assert len(seen.said("reply", contact="wxid_chen")) == 2
    assert len(seen.said("reply", contact="wxid_wang")) == 1


def test_whistle_is_the_helpers_own_row(day: Day) -> None:
    day.says("10:00", "liu", LAMP)
    day.direct("10:10", "li", "接单")
    day.direct("10:20", "li", "吹哨 1 城管中队")
    day.direct("10:25", "li", "吹哨 1 城管中队")
    day.work("10:30", "cheng", "接单")
    day.direct("10:40", "cheng", "办结 1 已清理现场")
    day.direct("10:50", "cheng", "退回 1 不归我")
    seen = day.play(until="12:00")
    issue = seen.issue(1)
    assert (issue["status"], issue["worker"], issue["escalation"]) == ("in_progress", "li", 0)
    assert issue["handled_at"] is None
    assert [m["contact"] for m in seen.said("escalate")] == ["wxid_cheng"]
    assert len(seen.said("reply", room=WORK_ROOM)) == 1
    assert len(seen.said("reply", contact="wxid_cheng")) == 2
    assert seen.said("alert", contact="wxid_li", after="10:40")
    assert not seen.said("result")
    day.direct("13:00", "li", "办结 1 灯亮了")
    seen = day.play(until="13:10")
    assert seen.issue(1)["status"] == "handled"
    assert len(seen.said("result", room=ROOM)) == 1


def test_a_helper_who_is_late_is_reminded_and_the_lead_knows(day: Day) -> None:
    day.says("10:00", "zhang", LIFT)
    day.direct("10:05", "wang", "接单")
    day.direct("10:10", "wang", "吹哨 1 赵经理")
    day.direct("10:15", "wang", "延期 1 1天 等配件")
    day.direct("10:16", "chen", "确认")
    seen = day.play(until="13:00")
    assert [m["at"][11:16] for m in seen.said("remind", contact="wxid_zhao")] == ["12:10"]
    assert seen.said("alert", contact="wxid_wang", after="12:10", before="12:10")
    assert seen.issue(1)["worker"] == "wang"


def test_a_worker_reports_from_the_round(day: Day) -> None:
    day.direct("10:00", "wang", "上报 5栋楼道堆了纸箱，没人清走")
    day.direct("10:05", "wang", "上报")
    day.direct("10:10", "wang", "接单")
    day.direct("10:20", "wang", "办结 清走了")
    seen = day.play(until="12:00")
    issue = seen.issue(1)
    assert (issue["building"], issue["worker"], issue["source"]) == ("5", "wang", None)
    assert (issue["status"], issue["reports"], issue["grid"]) == ("handled", 1, "MES-01")
    assert len(seen.said("dispatch", contact="wxid_wang")) == 1
    assert len(seen.said("reply", contact="wxid_wang")) == 4
    assert not seen.said("ack")
    assert not seen.said("followup")
    assert not [m for m in seen.outgoing if m["room"] == ROOM]


def test_handler_by_category_and_return_to_the_secretary(day: Day) -> None:
    day.extra = """
[[handlers]]
category = "property"
worker = "cheng"

[[handlers]]
category = "property"
estate = "翠湖苑"
worker = "zhao"
"""
    day.says("10:00", "liu", "9栋单元门禁坏了，刷卡打不开")
    day.direct("10:30", "zhao", "退回 1 门禁不归物业管")
    seen = day.play(until="11:00")
    issue = seen.issue(1)
    assert (issue["worker"], issue["grid"], issue["status"]) == ("chen", "MES-02", "dispatched")
    assert [m["contact"] for m in seen.said("dispatch")] == ["wxid_zhao", "wxid_chen"]


def test_people_in_need_have_a_named_helper(day: Day) -> None:
    day.extra = """
[[care]]
estate = "翠湖苑"
building = "9"
unit = "2"
room = "101"
helper = "wang"
"""
    day.says("10:00", "liu", "9栋2单元101的独居老人没人照顾，能不能安排人上门看看")
    seen = day.play(until="10:30")
    issue = seen.issue(1)
    assert (issue["category"], issue["urgency"], issue["worker"]) == ("welfare", "urgent", "wang")
    assert issue["room"] == "101"
    assert "101" in seen.said("dispatch", contact="wxid_wang")[0]["text"]
    ack = seen.said("ack", room=ROOM)[0]["text"]
    assert "1号" in ack
    assert not any(word in ack for word in ("9栋", "老人", "101"))


def test_evidence_within_ten_minutes_before_and_after(day: Day) -> None:
    day.says("10:00", "liu", LAMP)
    day.direct("10:10", "li", "接单")
    day.photo("10:30", "li", "before.jpg", room=None)
    day.direct("10:39", "li", "办结 换了灯泡")
    day.photo("10:48", "li", "after.jpg", room=None)
    day.photo("10:50", "li", "late.jpg", room=None)
    seen = day.play(until="10:55")
    assert seen.issue(1)["messages"] == ["line-1", "line-3", "line-5"]
    assert len(seen.said("reply", contact="wxid_li")) == 5
    assert seen.issue(1)["reports"] == 1


def test_evidence_in_the_work_room_is_taken_in_silence(day: Day) -> None:
    day.says("10:00", "liu", LAMP)
    day.work("10:10", "li", "接单")
    day.work("10:30", "li", "办结")
    day.photo("10:35", "li", room=WORK_ROOM)
    day.photo("10:36", "wang", room=WORK_ROOM)
    seen = day.play(until="10:45")
    assert seen.issue(1)["messages"] == ["line-1", "line-4"]
    assert len(seen.said("reply", room=WORK_ROOM)) == 2


def test_a_building_in_no_grid_is_the_secretarys(day: Day) -> None:
    day.says("10:00", "liu", "15栋楼下的路灯坏了，麻烦修一下")
    seen = day.play(until="19:00")
    issue = seen.issue(1)
    assert (issue["worker"], issue["grid"], issue["status"]) == ("chen", None, "dispatched")
    assert [m["contact"] for m in seen.said("dispatch")] == ["wxid_chen"]
    assert [m["at"][11:16] for m in seen.said("escalate")] == ["14:00"]


def test_no_building_is_asked_for_and_then_goes_to_the_first_grid(day: Day) -> None:
    day.says("10:00", "liu", "楼下的路灯坏了，麻烦修一下")
    day.direct("10:30", "tang", "翠湖苑楼下的垃圾没人清，臭死了")
    day.direct("10:35", "tang", "9栋")
    seen = day.play(until="10:50")
    lamp, rubbish = seen.issues
    assert [(m["room"], m["contact"], m["at"][11:16]) for m in seen.said("ask")] == [
        (ROOM, None, "10:02"),
        (None, "wxid_tang", "10:32"),
    ]
    assert (lamp["worker"], lamp["grid"]) == ("wang", "MES-01")
    assert lamp["dispatched_at"][11:16] == "10:12"
    assert (rubbish["worker"], rubbish["building"], rubbish["source"]) == ("li", "9", None)
    assert rubbish["dispatched_at"][11:16] == "10:35"
    day.says("11:00", "liu", "8栋")
    seen = day.play(until="11:10")
    lamp = seen.issue(1)
    assert (lamp["worker"], lamp["building"], lamp["grid"]) == ("li", "8", "MES-02")
    assert [m["contact"] for m in seen.said("dispatch")] == ["wxid_li"]
    assert [m["contact"] for m in seen.said("alert")] == ["wxid_wang"]


def test_urgent_without_a_building_does_not_wait_for_the_morning(day: Day) -> None:
    day.says("23:00", "liu", "整个小区都停水了，家家都没水")
    day.direct("23:30", "wang", "接单")
    seen = day.play(until="+1 07:10")
    issue = seen.issue(1)
    assert issue["urgency"] == "urgent"
    assert (issue["worker"], issue["status"]) == ("wang", "in_progress")
    assert issue["dispatched_at"][11:16] == "23:12"
    assert not [m for m in seen.outgoing if m["room"] == ROOM and m["at"][11:16] > "22:00"]

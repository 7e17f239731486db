"""What moves or stops a clock: 延期, 挂账, 恢复, 补充, 销号, and what waits for the secretary."""

from tests.days import ROOM, Day

LAMP = "8栋楼下的路灯坏了，麻烦修一下"
LIFT = "3栋2单元电梯困人了，快来人"


def test_extension_once_and_again_only_by_the_secretary(day: Day) -> None:
    day.says("10:00", "liu", LAMP)
    day.direct("10:10", "li", "接单")
    day.direct("10:20", "li", "延期 1 3天")
    day.direct("10:21", "li", "延期 1 等配件")
    day.direct("10:30", "li", "延期 1 3天 等配件")
    day.direct("10:40", "li", "延期 1 2天 还没到货")
    seen = day.play(until="10:45")
    assert seen.issue(1)["due_at"].startswith("2026-03-11T10:00")
    assert len(seen.said("reply", contact="wxid_li")) == 5
    told = seen.said("alert", contact="wxid_chen")
    assert [m["at"][11:16] for m in told] == ["10:30"]
    assert "配件" in told[0]["text"]
    day.direct("11:00", "li", "恢复 1")
    day.direct("11:10", "chen", "恢复 1")
    day.direct("11:20", "chen", "恢复 1")
    seen = day.play(until="11:30")
    assert seen.issue(1)["due_at"].startswith("2026-03-06T10:00")
    assert seen.issue(1)["status"] == "in_progress"
    assert len(seen.said("reply", contact="wxid_chen")) == 2
    day.direct("12:00", "li", "延期 1 1天 再等等")
    day.direct("12:10", "chen", "延期 1 1天 再等等")
    seen = day.play(until="12:20")
    assert seen.issue(1)["due_at"].startswith("2026-03-09T10:00")


def test_suspension_stops_the_clock_and_resuming_moves_it(day: Day) -> None:
    day.says("10:00", "liu", LAMP)
    day.direct("10:10", "li", "接单")
    day.direct("14:00", "li", "挂账 1")
    day.direct("14:00:30", "li", "挂账 1 等专项资金 4月20日")
    seen = day.play(until="+6 12:00")
    issue = seen.issue(1)
    assert issue["status"] == "suspended"
    assert issue["overdue"] is False
    assert not seen.said("remind")
    assert not seen.said("escalate")
    told = seen.said("alert", contact="wxid_chen")
    assert len(told) == 1
    assert "4月20日" in told[0]["text"]
    day.direct("+6 14:00:30", "li", "恢复 1")
    seen = day.play(until="+6 15:00")
    # suspended on Tuesday, resumed on Monday: four working days later
    assert seen.issue(1)["status"] == "in_progress"
    assert seen.issue(1)["due_at"].startswith("2026-03-12T10:00")
    seen = day.play(until="+9 12:00")
    assert seen.issue(1)["overdue"] is True
    assert [m["at"][:16] for m in seen.said("escalate")] == ["2026-03-12T10:00"]


def test_plan_date_is_thirty_days_ahead_unless_named_and_cancelling_closes(day: Day) -> None:
    day.says("10:00", "liu", LAMP)
    day.direct("10:10", "li", "挂账 1 等专项资金")
    day.direct("10:20", "li", "销号 1")
    day.direct("10:30", "chen", "销号 1")
    seen = day.play(until="11:30")
    assert "4月2日" in seen.said("alert", contact="wxid_chen")[0]["text"]
    issue = seen.issue(1)
    assert issue["status"] == "closed"
    assert issue["closed_at"].startswith("2026-03-03T10:30")
    assert issue["rating"] is None
    assert len(seen.said("reply", contact="wxid_li")) == 2


def test_cancelling_what_is_not_suspended_needs_a_reason(day: Day) -> None:
    day.says("10:00", "liu", LAMP)
    day.direct("10:10", "chen", "销号 1")
    assert day.play(until="10:20").issue(1)["status"] == "dispatched"
    day.direct("10:30", "chen", "销号 1 已并入整体改造")
    seen = day.play(until="10:40")
    assert seen.issue(1)["status"] == "closed"
    assert seen.said("alert", contact="wxid_li")


def test_handling_out_of_a_suspension_is_not_late(day: Day) -> None:
    day.says("10:00", "liu", LAMP)
    day.direct("10:10", "li", "挂账 1 等专项资金")
    day.direct("+10 10:30", "li", "办结 1 换了灯")
    seen = day.play(until="+10 11:30")
    assert seen.issue(1)["status"] == "handled"
    assert seen.issue(1)["overdue"] is False


def test_critical_waits_for_the_secretarys_confirmation(day: Day) -> None:
    day.says("10:00", "zhang", LIFT)
    day.direct("10:02", "wang", "接单")
    day.direct("10:03", "wang", "延期 1 1天 等配件")
    day.direct("10:04", "wang", "挂账 1 等配件")
    day.direct("10:05", "wang", "不是诉求 1 是演习")
    seen = day.play(until="10:06")
    issue = seen.issue(1)
    assert (issue["status"], issue["due_at"][11:16]) == ("in_progress", "12:00")
    assert [m["contact"] for m in seen.said("confirm")] == ["wxid_chen"] * 3
    assert len(seen.said("reply", contact="wxid_wang")) == 4
    day.direct("10:10", "li", "确认")
    day.direct("10:11", "wang", "确认")
    day.direct("10:12", "chen", "否")
    day.direct("10:13", "chen", "确认")
    seen = day.play(until="10:20")
    assert seen.issue(1)["status"] == "in_progress"
    assert len(seen.said("reply", contact="wxid_chen")) == 2
    day.direct("10:30", "wang", "延期 1 1天 等配件")
    day.direct("10:31", "chen", "确认")
    seen = day.play(until="10:40")
    assert seen.issue(1)["due_at"].startswith("2026-03-04T12:00")


def test_the_secretary_need_not_confirm_to_themselves(day: Day) -> None:
    day.says("10:00", "zhang", LIFT)
    day.direct("10:03", "chen", "挂账 1 演习")
    seen = day.play(until="10:10")
    assert seen.issue(1)["status"] == "suspended"
    assert not seen.said("confirm")


def test_not_an_issue_with_and_without_a_reason(day: Day) -> None:
    day.says("10:00", "liu", LAMP)
    day.says("10:05", "tang", "5栋门口的垃圾堆了好几天没人清运，麻烦安排人清一下")
    day.direct("10:10", "li", "不是诉求 1")
    day.direct("10:20", "wang", "不是诉求 2 这是13800138000那家小店的，已经搬走了")
    day.direct("10:30", "wang", "办结 2")
    seen = day.play(until="12:00")
    assert [i["status"] for i in seen.issues] == ["rejected", "rejected"]
    heard = seen.said("result", room=ROOM)
    assert [m["issue"] for m in heard] == [2]
    assert "13800138000" not in heard[0]["text"]
    assert not seen.said("followup")


def test_a_question_to_the_reporter_stops_the_clock_until_the_answer(day: Day) -> None:
    day.direct("09:00", "liu", "你好")
    day.says("10:00", "liu", LAMP)
    day.direct("10:10", "li", "接单")
    day.direct("10:20", "li", "补充 1")
    day.direct("10:30", "li", "补充 1 是大门边那盏还是车库边那盏？")
    seen = day.play(until="12:00")
    assert seen.issue(1)["status"] == "waiting"
    asked = seen.said("ask")
    assert [(m["room"], m["at"][11:16]) for m in asked] == [(ROOM, "10:30")]
    assert "车库" in asked[0]["text"]
    day.says("12:30", "liu", "@小格 是车库边那盏", mentions_bot=True)
    seen = day.play(until="12:40")
    issue = seen.issue(1)
    assert (issue["status"], issue["worker"]) == ("in_progress", "li")
    assert issue["due_at"].startswith("2026-03-06T12:00")
    assert (issue["reports"], issue["messages"]) == (1, ["line-2", "line-6"])
    assert "车库" in seen.said("alert", contact="wxid_li")[0]["text"]


def test_nobody_answers_the_question(day: Day) -> None:
    day.says("10:00", "liu", LAMP)
    day.direct("10:10", "li", "补充 1 是哪一盏？")
    seen = day.play(until="+3 10:30")
    issue = seen.issue(1)
    assert (issue["status"], issue["overdue"]) == ("handled", False)
    assert issue["accepted_at"] is not None
    assert len(seen.said("result", room=ROOM)) == 1

"""群众评单: follow-up, ratings in every way, rework, closing in silence, and residents' rights."""

from tests.days import ROOM, Day

LAMP = "8栋楼下的路灯坏了，麻烦修一下"


def _handled(day: Day) -> None:
    day.says("09:00", "liu", LAMP)
    day.says("09:05", "tang", "我也看到8栋楼下的路灯坏了")
    day.direct("09:10", "li", "接单")
    day.direct("10:00", "li", "办结 换了灯泡")


def test_the_follow_up_goes_once_to_the_first_reporter_in_the_room(day: Day) -> None:
    _handled(day)
    day.says("10:20", "liu", "满意")
    day.says("10:40", "tang", "满意")
    before = day.play(until="10:45")
    asked = before.said("followup")
    assert [(m["room"], m["contact"], m["at"][11:16]) for m in asked] == [(ROOM, None, "10:30")]
    assert "@刘叔" in asked[0]["text"]
    assert before.issue(1)["status"] == "handled"
    day.says("10:50", "liu", "满意")
    seen = day.play(until="+1 12:00")
    assert (seen.issue(1)["status"], seen.issue(1)["rating"]) == ("closed", "satisfied")
    assert seen.issue(1)["closed_at"][11:16] == "10:50"
    assert not seen.said("followup")


def test_the_follow_up_is_direct_where_the_resident_has_written_directly(day: Day) -> None:
    day.direct("08:00", "liu", "你好")
    _handled(day)
    day.direct("10:40", "liu", "还行")
    seen = day.play(until="11:00")
    asked = seen.said("followup")
    assert [(m["room"], m["contact"]) for m in asked] == [(None, "wxid_liu")]
    assert seen.issue(1)["rating"] == "basically_satisfied"


def test_a_bare_word_counts_for_a_day_only(day: Day) -> None:
    _handled(day)
    day.says("+1 10:40", "liu", "不满意")
    day.says("+1 10:50", "tang", "不满意", quote="刘叔，8栋路灯好了吗？满意／基本满意／不满意")
    seen = day.play(until="+1 10:45")
    assert seen.issue(1)["status"] == "handled"
    seen = day.play(until="+1 11:00")
    assert (seen.issue(1)["status"], seen.issue(1)["rating"]) == ("in_progress", "dissatisfied")


def test_any_reporter_may_rate_and_nobody_else(day: Day) -> None:
    _handled(day)
    day.direct("10:05", "he", "满意 1")
    day.says("10:06", "he", "@小格 不满意 1", mentions_bot=True)
    before = day.play(until="10:10")
    assert before.issue(1)["rating"] is None
    assert len(before.said("reply", contact="wxid_he")) == 1
    assert len(before.said("reply", room=ROOM)) == 1
    day.says("10:20", "tang", "@小格 基本满意 1", mentions_bot=True)
    day.direct("11:00", "liu", "满意")
    seen = day.play(until="12:00")
    assert (seen.issue(1)["status"], seen.issue(1)["rating"]) == ("closed", "satisfied")
    assert not seen.said("followup")


def test_dissatisfied_sends_it_back_with_a_fresh_clock(day: Day) -> None:
    day.says("09:00", "liu", LAMP)
    day.direct("09:10", "li", "接单")
    day.direct("+4 10:00", "li", "办结 换了灯泡")
    day.direct("+6 11:00", "liu", "不满意 1 还是不亮")
    seen = day.play(until="+6 12:00")
    issue = seen.issue(1)
    assert (issue["status"], issue["worker"], issue["rework"]) == ("in_progress", "li", 1)
    assert (issue["handled_at"], issue["closed_at"]) == (None, None)
    assert (issue["overdue"], issue["rating"]) == (True, "dissatisfied")
    assert issue["due_at"].startswith("2026-03-12T11:00")
    assert issue["accepted_at"].startswith("2026-03-03T09:10")
    assert seen.said("remind", contact="wxid_li", after="11:00", before="11:00")
    assert seen.said("alert", contact="wxid_chen", text="还是不亮")
    assert len(seen.said("reply", contact="wxid_liu")) == 1
    day.direct("+7 09:00", "li", "办结 换了线路")
    day.direct("+7 10:00", "liu", "满意")
    seen = day.play(until="+7 10:30")
    issue = seen.issue(1)
    assert (issue["status"], issue["rating"], issue["rework"]) == ("closed", "satisfied", 1)
    assert issue["overdue"] is True


def test_reopening_within_seven_days_of_the_close_and_not_later(day: Day) -> None:
    day.says("09:00", "liu", LAMP)
    day.says("09:10", "gao", "3栋楼下的路灯坏了，麻烦修一下")
    day.direct("10:00", "li", "办结 1 换了灯泡")
    day.direct("10:00", "wang", "办结 2 换了灯泡")
    day.direct("11:00", "liu", "满意 1")
    day.direct("11:00", "gao", "满意 2")
    day.direct("+6 11:00", "liu", "不满意 1 又不亮了")
    day.direct("+8 11:00", "gao", "不满意 2 又不亮了")
    seen = day.play(until="+8 11:30")
    assert (seen.issue(1)["status"], seen.issue(1)["rework"]) == ("in_progress", 1)
    assert (seen.issue(2)["status"], seen.issue(2)["rework"]) == ("closed", 0)
    assert len(seen.said("reply", contact="wxid_gao")) == 2


def test_silence_closes_unrated_after_seven_days(day: Day) -> None:
    _handled(day)
    seen = day.play(until="+7 10:00")
    issue = seen.issue(1)
    assert (issue["status"], issue["rating"]) == ("closed", None)
    assert issue["closed_at"] == "2026-03-10T10:00:00+08:00"


def test_handled_at_night_asks_in_the_morning_and_the_day_counts_from_there(day: Day) -> None:
    day.says("20:00", "liu", LAMP)
    day.direct("21:50", "li", "办结 换了灯泡")
    day.says("+2 06:50", "liu", "满意")
    seen = day.play(until="+2 07:30")
    assert [m["at"][:16] for m in seen.said("followup")] == ["2026-03-04T07:00"]
    assert seen.issue(1)["rating"] == "satisfied"


def test_repaired_said_before_and_after(day: Day) -> None:
    day.says("09:00", "liu", LAMP)
    day.direct("09:10", "li", "接单")
    day.says("09:30", "liu", "路灯修好了")
    before = day.play(until="09:40")
    assert before.issue(1)["status"] == "in_progress"
    assert [m["contact"] for m in before.said("confirm")] == ["wxid_li"]
    day.direct("09:50", "li", "是")
    day.says("10:00", "liu", "路灯修好了，谢谢")
    seen = day.play(until="10:10")
    assert (seen.issue(1)["status"], seen.issue(1)["rating"]) == ("closed", "satisfied")


def test_progress_and_own_issues(day: Day) -> None:
    day.says("09:00", "liu", LAMP)
    day.says("09:10", "he", "@小格 进度 1", mentions_bot=True)
    day.says("09:20", "liu", "@小格 我的诉求", mentions_bot=True)
    day.direct("09:30", "gao", "进度１")
    day.direct("09:40", "liu", "我的诉求")
    day.says("09:50", "liu", "@小格 我的诉求", mentions_bot=True)
    day.direct("09:55", "liu", "进度 77")
    seen = day.play(until="10:00")
    other, numbers = seen.said("reply", room=ROOM)
    assert all(word in other["text"] for word in ("1号", "8栋", "已派遣"))
    assert "李强" not in other["text"]
    assert "1号" in numbers["text"]
    assert "路灯" not in numbers["text"]
    assert "8栋" in seen.said("reply", contact="wxid_gao")[0]["text"]
    own = seen.said("reply", contact="wxid_liu")
    assert [m["at"][11:16] for m in own] == ["09:40", "09:50", "09:55"]
    assert "路灯" in own[0]["text"]


def test_two_that_can_be_rated_are_asked_back(day: Day) -> None:
    day.says("09:00", "liu", LAMP)
    day.says("09:30", "liu", "9栋单元门禁坏了，刷卡打不开")
    day.direct("10:00", "li", "办结 1 换了灯泡")
    day.direct("10:01", "li", "办结 2 换了主板")
    day.direct("10:10", "liu", "满意")
    seen = day.play(until="10:20")
    assert [i["status"] for i in seen.issues] == ["handled", "handled"]
    reply = seen.said("reply", contact="wxid_liu")[0]["text"]
    assert "1号" in reply
    assert "2号" in reply


def test_whoever_wants_not_to_be_read_is_not_read(day: Day) -> None:
    day.says("09:00", "liu", LAMP)
    day.says("09:10", "liu", "@小格 不要收集我", mentions_bot=True)
    day.says("09:20", "liu", "9栋单元门禁坏了，刷卡打不开")
    day.direct("09:25", "liu", "进度 1")
    day.direct("10:00", "li", "办结 1 换了灯泡")
    off = day.play(until="12:00")
    assert len(off.issues) == 1
    assert not off.said("followup")
    assert not [m for m in off.outgoing if m["contact"] == "wxid_liu"]
    day.direct("12:10", "liu", "恢复收集")
    day.says("12:20", "liu", "9栋单元门禁坏了，刷卡打不开")
    on = day.play(until="12:30")
    assert len(on.issues) == 2
    assert on.said("reply", contact="wxid_liu")


def test_erasure_is_asked_back_and_leaves_place_and_matter(day: Day) -> None:
    day.says("09:00", "liu", "8栋2单元301门口的楼道灯坏了，麻烦修一下")
    day.direct("09:10", "liu", "删除我的信息")
    asked = day.play(until="09:12")
    assert asked.issue(1)["room"] == "301"
    day.direct("09:15", "liu", "确认")
    day.direct("09:20", "li", "接单")
    day.direct("09:30", "li", "办结 修好了")
    seen = day.play(until="12:00")
    issue = seen.issue(1)
    assert (issue["building"], issue["category"], issue["room"]) == ("8", "facility", None)
    assert (issue["status"], issue["reporters"]) == ("handled", 1)
    answer = seen.said("reply", contact="wxid_liu")
    assert len(answer) == 1
    assert "1号" in answer[0]["text"]
    assert seen.said("result", room=ROOM)
    assert not seen.said("followup")

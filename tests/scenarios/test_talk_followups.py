"""附议, 催办, 补充, 反馈: what follows up an issue, and what only looks like it."""

from tests.days import Day


def test_twelve_people_of_several_buildings_tell_of_one_outage(day: Day) -> None:
    lines = [
        "停水了吗？3栋没水了", "我家也是", "+1", "5栋也停了", "我们这边也没水", "8栋也停水了", "同",
        "9栋一样没水", "没水+1", "7栋停水了，怎么回事", "我们2单元也没有水", "12栋也没水",
    ]  # fmt: skip
    for minute, line in enumerate(lines):
        day.says(f"09:{minute:02}", f"n{minute}", line)
    seen = day.play(until="09:40")
    (issue,) = seen.issues
    assert (issue["reporters"], issue["reports"]) == (12, 12)
    assert (issue["building"], issue["unit"], issue["worker"]) == ("3", None, "wang")
    assert issue["urgency"] == "urgent"
    assert len(seen.said("ack")) == 1
    assert len(seen.said("alert", contact="wxid_li", issue=1)) == 1
    assert len(seen.said("dispatch")) == 1


def test_three_reporters_of_a_supply_make_it_urgent(day: Day) -> None:
    day.says("09:00", "zhang", "停水了？")
    day.says("09:00:20", "zhang", "2栋301")
    day.says("09:05", "liu", "我家也停水了")
    before = day.play(until="09:06")
    assert before.issue(1)["urgency"] == "normal"
    day.says("09:10", "liu", "还没来水")
    day.says("09:20", "tang", "我家也停了，2栋的")
    seen = day.play(until="09:30")
    issue = seen.issue(1)
    assert (issue["urgency"], issue["reporters"]) == ("urgent", 3)
    assert issue["room"] == "301"


def test_seconds_in_many_shapes(day: Day) -> None:
    day.says("09:00", "zhang", "8栋楼下的路灯坏了三天了，晚上黑得看不到路")
    day.says("09:01", "liu", "就是，我们8栋的都看到了，黑黢黢的")
    day.says("09:02", "tang", "+1")
    day.says("09:03", "he", "附议")
    day.says("09:04", "gao", "我也看到了，太黑了")
    day.says("09:05", "xu", "8栋路灯也是，一直不亮")
    seen = day.play(until="09:30")
    (issue,) = seen.issues
    assert issue["reporters"] == 6
    assert len(seen.said("ack")) == 1


def test_the_same_elsewhere_is_another_lamp(day: Day) -> None:
    day.says("09:00", "zhang", "3栋楼下的路灯坏了")
    day.says("09:01", "liu", "我们8栋也是")
    day.says("09:02", "tang", "8栋的我也看到了")
    seen = day.play(until="09:30")
    found = [(i["building"], i["worker"], i["reporters"]) for i in seen.issues]
    assert found == [("3", "wang", 1), ("8", "li", 2)]


def test_what_fits_nothing_leaves_nothing(day: Day) -> None:
    for minute, line in enumerate(
        ["我家也是", "+1", "怎么还没人来", "来水了", "还是没修好", "催一下", "同上", "7栋"]
    ):
        day.says(f"09:{minute:02}", f"n{minute}", line)
    seen = day.play(until="10:00")
    assert seen.issues == []
    assert seen.outgoing == []


def test_agreement_with_something_else_is_not_guessed_onto_an_issue(day: Day) -> None:
    day.says("09:00", "zhang", "3栋停水了")
    day.says("09:10", "he", "红富士苹果团购，一箱39.9，要的接龙")
    day.says("09:11", "liu", "+1")
    day.says("09:12", "tang", "我也要一箱")
    day.says("09:20", "gao", "我家孩子今天又不想写作业")
    day.says("09:21", "xu", "我家也是")
    day.says("09:30", "qin", "昨晚那部剧真好看")
    day.says("09:31", "he", "确实")
    seen = day.play(until="09:40")
    assert seen.issue(1)["reporters"] == 1
    assert seen.issue(1)["messages"] == ["line-1"]


def test_a_named_matter_finds_its_issue_among_several(day: Day) -> None:
    day.says("09:00", "zhang", "3栋停水了")
    day.says("09:05", "liu", "9栋的电梯坏了")
    day.says("09:10", "tang", "5栋门口垃圾没人清，堆成山了")
    day.says("09:15", "he", "我家也没水")
    day.says("09:16", "gao", "电梯确实坏了，爬楼爬得腿软")
    day.says("09:17", "xu", "垃圾太臭了，我家窗户都不敢开")
    seen = day.play(until="09:30")
    assert [i["reporters"] for i in seen.issues] == [2, 2, 2]


def test_urging_reaches_the_worker_once_an_hour(day: Day) -> None:
    day.says("09:00", "zhang", "3栋楼下的路灯坏了")
    day.direct("09:30", "wang", "接单")
    day.says("10:00", "zhang", "怎么还没人来修")
    day.says("10:10", "zhang", "催一下")
    day.says("10:20", "liu", "3栋路灯到底什么时候修")
    day.says("11:05", "zhang", "路灯还没修吗")
    day.says("11:10", "zhang", "有人管吗")
    seen = day.play(until="12:00")
    (issue,) = seen.issues
    assert [m["at"][11:16] for m in seen.said("remind", contact="wxid_wang")] == ["10:00", "11:05"]
    assert (issue["reporters"], issue["status"]) == (2, "in_progress")
    assert issue["reports"] == 2


def test_solved_before_the_end_asks_the_holder_and_changes_nothing(day: Day) -> None:
    day.says("09:00", "zhang", "3栋停水了")
    day.says("09:05", "liu", "我家也停了")
    day.direct("09:10", "wang", "接单")
    day.says("09:30", "zhang", "来水了")
    day.says("09:31", "liu", "5栋来水了")
    day.says("09:32", "liu", "我家水来了，谢谢")
    day.says("09:40", "tang", "修好了")
    seen = day.play(until="10:00")
    (issue,) = seen.issues
    assert (issue["status"], issue["rating"], issue["reports"]) == ("in_progress", None, 2)
    assert [m["at"][11:16] for m in seen.said("confirm", contact="wxid_wang", issue=1)] == ["09:30"]


def test_solved_after_the_end_is_a_rating_by_a_reporter_only(day: Day) -> None:
    day.says("09:00", "zhang", "3栋电梯坏了")
    day.says("09:10", "liu", "9栋停水了")
    day.direct("09:30", "wang", "办结 1 已修好")
    day.direct("09:30", "li", "办结 2 已恢复供水")
    day.says("09:40", "tang", "还是没修好")
    day.says("09:41", "tang", "还是没来水")
    day.says("09:42", "zhang", "修好了，谢谢")
    day.says("09:50", "liu", "还是没来水")
    seen = day.play(until="10:20")
    lift, water = seen.issues
    assert (lift["status"], lift["rating"]) == ("closed", "satisfied")
    assert (water["status"], water["rating"], water["rework"]) == ("in_progress", "dissatisfied", 1)
    assert (water["handled_at"], water["closed_at"]) == (None, None)


def test_a_whole_sentence_of_a_reporter_counts_as_dissatisfied_too(day: Day) -> None:
    day.says("09:00", "zhang", "3栋楼下的路灯坏了")
    day.direct("10:00", "wang", "办结 换了灯泡")
    day.says("19:00", "zhang", "3栋楼下的路灯还是不亮")
    (issue,) = day.play(until="19:30").issues
    assert (issue["status"], issue["rating"]) == ("in_progress", "dissatisfied")


def test_feedback_is_about_what_was_just_done(day: Day) -> None:
    day.says("09:00", "zhang", "3栋楼下的路灯坏了")
    day.says("10:00", "zhang", "3栋电梯坏了")
    day.direct("11:00", "wang", "办结 1 换了灯泡")
    day.says("11:20", "zhang", "修好了，谢谢")
    lamp, lift = day.play(until="11:30").issues
    assert (lamp["status"], lamp["rating"]) == ("closed", "satisfied")
    assert (lift["status"], lift["rating"]) == ("dispatched", None)


def test_additions_reach_the_worker_in_one_short_line(day: Day) -> None:
    day.says("09:00", "zhang", "5栋楼下的路灯坏了，晚上一片漆黑")
    day.says("09:10", "zhang", "就是快递柜旁边那个")
    day.says("09:12", "liu", "谢谢")
    seen = day.play(until="09:15")
    (issue,) = seen.issues
    assert issue["messages"] == ["line-1", "line-2"]
    told = seen.said("alert", contact="wxid_wang", issue=1, text="快递柜旁")
    assert len(told) == 1
    assert len(told[0]["text"]) < 60

"""Days that a reader of the contract alone would expect."""

from tests.days import Day


def test_water_that_is_back_is_told_to_the_holder_whoever_says_so(day: Day) -> None:
    day.says("09:00", "liu", "8栋停水了")
    day.direct("09:10", "li", "接单")
    day.says("11:00", "tang", "来水了")
    seen = day.play(until="11:05")
    assert (seen.issue(1)["status"], seen.issue(1)["reports"]) == ("in_progress", 1)
    assert [m["contact"] for m in seen.said("confirm")] == ["wxid_li"]
    day.direct("11:10", "li", "是")
    assert day.play(until="11:30").issue(1)["status"] == "handled"


def test_a_strangers_word_that_a_lamp_is_mended_is_not_about_every_issue(day: Day) -> None:
    day.says("09:00", "liu", "8栋楼下的路灯坏了，麻烦修一下")
    day.says("09:30", "tang", "修好了")
    day.says("09:40", "he", "5栋停水了")
    day.says("09:50", "tang", "等水来了再洗澡")
    seen = day.play(until="10:00")
    assert seen.said("confirm") == []

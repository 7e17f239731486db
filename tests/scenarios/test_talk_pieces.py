"""Talk in pieces: place and matter apart, photos, corrections, several speakers at once."""

import asyncio

from sqlmodel import col, select

from storage.database import Database
from storage.tables import Heard
from tests.days import ROOM, Day


def test_place_first_then_matter_then_photo_is_one_statement(day: Day) -> None:
    day.says("09:00", "zhang", "3栋2单元")
    day.says("09:00:20", "zhang", "又停水了")
    day.photo("09:00:50", "zhang")
    seen = day.play(until="09:30")
    (issue,) = seen.issues
    assert issue["category"] == "utilities"
    assert (issue["building"], issue["unit"]) == ("3", "2")
    assert issue["status"] == "dispatched"
    assert issue["messages"] == ["line-1", "line-2", "line-3"]
    assert (issue["reports"], issue["reporters"]) == (1, 1)
    assert issue["created_at"].endswith("09:00:00+08:00")
    assert len(seen.said("dispatch")) == 1
    assert len(seen.said("alert", contact="wxid_wang", text="照片")) == 1


def test_matter_first_then_place_is_dispatched_when_the_place_comes(day: Day) -> None:
    day.says("09:00", "zhang", "路灯坏了，黑漆漆的")
    day.says("09:00:30", "liu", "今天天气不错")
    day.says("09:01", "zhang", "9栋门口")
    day.says("09:02:30", "zhang", "2单元")
    seen = day.play(until="09:30")
    (issue,) = seen.issues
    assert (issue["building"], issue["unit"], issue["worker"]) == ("9", "2", "li")
    assert issue["reports"] == 1
    assert len(seen.said("ack")) == 1
    assert [m["contact"] for m in seen.said("dispatch")] == ["wxid_li"]
    assert seen.said("alert", contact="wxid_li", text="9栋2单元")
    assert not seen.said("ask")


def test_scraps_that_mean_nothing_alone_are_an_issue_together(day: Day) -> None:
    day.says("09:00", "zhang", "电梯")
    day.says("09:00:20", "zhang", "5栋的")
    day.says("09:00:40", "zhang", "又坏了")
    (issue,) = day.play(until="09:30").issues
    assert (issue["category"], issue["building"]) == ("property", "5")


def test_photo_before_belongs_to_the_statement_after_it(day: Day) -> None:
    day.photo("09:00", "zhang")
    day.says("09:00:30", "liu", "大家早上好")
    day.says("09:01", "zhang", "5栋门口的垃圾堆成山了没人清运")
    (issue,) = day.play(until="09:30").issues
    assert issue["messages"] == ["line-1", "line-3"]


def test_photo_of_somebody_else_or_much_later_is_not_joined(day: Day) -> None:
    day.says("09:00", "zhang", "5栋门口的垃圾堆成山了没人清运")
    day.photo("09:00:30", "liu")
    day.photo("09:20", "zhang")
    (issue,) = day.play(until="09:30").issues
    assert issue["messages"] == ["line-1"]


def test_correction_moves_it_to_the_right_grid(day: Day) -> None:
    day.says("09:00", "zhang", "3栋楼下的路灯坏了")
    day.says("09:01", "zhang", "打错了 是8栋")
    day.says("09:30", "liu", "2栋单元门的门禁坏了，刷卡打不开")
    day.says("09:40", "liu", "说错了，应该是4栋")
    seen = day.play(until="10:00")
    lamp, gate = seen.issues
    assert (lamp["building"], lamp["worker"], lamp["status"]) == ("8", "li", "dispatched")
    assert seen.said("dispatch", contact="wxid_li", issue=1, text="8栋")
    assert len(seen.said("alert", contact="wxid_wang", issue=1)) == 1
    assert (gate["building"], gate["worker"]) == ("4", "wang")
    assert len(seen.said("dispatch", issue=2)) == 1
    assert seen.said("alert", contact="wxid_wang", issue=2, text="4栋")


def test_change_of_matter_within_the_window_is_another_issue(day: Day) -> None:
    day.says("09:00", "zhang", "3栋楼下的路灯坏了")
    day.says("09:00:30", "zhang", "5栋门口垃圾也没人清运，堆了好几天")
    day.says("09:01", "zhang", "9栋的电梯也坏了")
    seen = day.play(until="09:30")
    found = [(i["category"], i["building"], i["reports"]) for i in seen.issues]
    assert found == [("facility", "3", 1), ("sanitation", "5", 1), ("property", "9", 1)]
    # One receipt at once, the two that follow in the next minute as one.
    assert len(seen.said("ack", room=ROOM)) == 2
    assert "2号" in seen.said("ack")[1]["text"]
    assert "3号" in seen.said("ack")[1]["text"]


def test_a_later_piece_that_is_graver_raises_the_issue(day: Day) -> None:
    day.says("09:00", "zhang", "3栋2单元电梯坏了")
    day.says("09:00:40", "zhang", "电梯里面困了人！快来")
    seen = day.play(until="09:05")
    (issue,) = seen.issues
    assert (issue["urgency"], issue["reports"]) == ("critical", 1)
    assert seen.said("alert", room="庙儿山社区工作群", issue=1)
    assert seen.said("ack", issue=1, text="119") or seen.said("ack", issue=1, text="110")


def test_four_speakers_at_once_are_not_mixed(day: Day) -> None:
    day.says("08:30", "zhang", "5栋1单元")
    day.says("08:30:05", "liu", "9栋")
    day.says("08:30:10", "tang", "12栋楼道")
    day.says("08:30:15", "zhang", "电梯坏了，停在三楼一动不动")
    day.says("08:30:20", "he", "吃早饭了吗各位")
    day.says("08:30:25", "liu", "楼下的路灯全都不亮了，晚上看不见路")
    day.says("08:30:30", "tang", "垃圾堆了三天没人清")
    day.photo("08:30:40", "liu")
    day.photo("08:30:45", "tang")
    seen = day.play(until="09:00")
    found = {(i["category"], i["building"], tuple(i["messages"])) for i in seen.issues}
    assert found == {
        ("property", "5", ("line-1", "line-4")),
        ("facility", "9", ("line-2", "line-6", "line-8")),
        ("sanitation", "12", ("line-3", "line-7", "line-9")),
    }


def test_the_window_is_configurable_and_pieces_after_it_stand_alone(day: Day) -> None:
    day.extra = '[talk]\nepisode = "30s"'
    day.says("09:00", "zhang", "9栋")
    day.says("09:01", "zhang", "楼下路灯坏了")
    day.says("09:05", "liu", "7栋")
    day.says("09:05:20", "liu", "门口垃圾没人清，堆了好几天")
    seen = day.play(until="09:06")
    assert [i["building"] for i in seen.issues] == [None, "7"]


def test_asked_once_and_the_answer_minutes_later_routes_it(day: Day) -> None:
    day.says("09:00", "zhang", "楼道灯坏了")
    day.says("09:03", "liu", "7栋的王姐今天生日快乐")
    day.says("09:06", "zhang", "七栋")
    day.says("10:00", "he", "楼下垃圾堆了好几天没人清运")
    day.says("11:30", "he", "哦我住9栋")
    day.says("14:00", "gao", "单元门的门禁坏了，刷卡没反应")
    day.says("14:06", "gao", "10栋的门禁")
    seen = day.play(until="15:00")
    first, second, third = seen.issues
    assert (first["building"], first["grid"], first["reports"]) == ("7", "MES-02", 1)
    assert [m["at"][11:16] for m in seen.said("ask", issue=1)] == ["09:02"]
    assert [m["contact"] for m in seen.said("dispatch", issue=1, before="12:00")] == ["wxid_li"]
    # Nobody answered within ten minutes: the first grid, and a new dispatch after the answer.
    assert [m["contact"] for m in seen.said("dispatch", issue=2)][:2] == ["wxid_wang", "wxid_li"]
    assert seen.said("alert", issue=2, contact="wxid_wang")
    assert (second["building"], second["grid"]) == ("9", "MES-02")
    assert (third["building"], third["reports"], third["reporters"]) == ("10", 1, 1)
    assert all(len(seen.said("ask", issue=n)) == 1 for n in (1, 2, 3))


def test_a_quote_links_to_what_it_quotes(day: Day) -> None:
    day.says("09:00", "zhang", "3栋楼下的路灯坏了")
    day.says("09:20", "liu", "9栋的电梯又停了")
    day.says("09:40", "tang", "我也看到了", quote="3栋楼下的路灯坏了")
    day.says("09:50", "he", "怎么还没人来修", quote="9栋的电梯又停了")
    day.says("09:55", "gao", "我们8栋的路灯也坏了", quote="3栋楼下的路灯坏了")
    day.says("09:58", "xu", "哈哈哈你们真逗", quote="9栋的电梯又停了")
    seen = day.play(until="10:00")
    lamp, lift, other = seen.issues
    assert (lamp["reporters"], lamp["messages"]) == (2, ["line-1", "line-3"])
    assert lift["messages"] == ["line-2", "line-4"]
    assert len(seen.said("remind", contact="wxid_li", issue=2)) == 1
    assert (other["building"], other["reporters"]) == ("8", 1)


def test_talk_is_gone_when_no_more_pieces_can_come(day: Day) -> None:
    day.says("09:00", "zhang", "今天降温多穿点")
    day.says("09:01", "liu", "我家也是")
    day.says("09:02", "zhang", "3栋楼下的路灯坏了")
    day.play(until="09:30")

    async def texts() -> list[str | None]:
        store = Database(day.url)
        try:
            async with store.reading() as session:
                rows = await session.exec(select(Heard.text).order_by(col(Heard.id)))
                return list(rows.all())
        finally:
            await store.close()

    assert asyncio.run(texts()) == [None, None, None]

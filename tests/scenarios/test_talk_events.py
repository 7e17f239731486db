"""One event where there is one, two where there are two: days, buildings, rooms, doubt, undo."""

import asyncio

import pytest
from sqlmodel import select

from bot.talk import matching
from storage.database import Database
from storage.tables import Correction
from tests.days import Day

TWO_ESTATES = """
[[communities]]
id = "beimen"
name = "北门社区"
street = "牌楼街道"
secretary = "sun"
work_room = "北门社区工作群"

[[grids]]
id = "BM-01"
community = "beimen"
estate = "金地花园"
buildings = ""
a_post = "zhou"
b_post = ""

[[workers]]
id = "zhou"
name = "周敏"
contact = "wxid_zhou"
role = "grid_worker"

[[workers]]
id = "sun"
name = "孙书记"
contact = "wxid_sun"
role = "secretary"

[[rooms]]
topic = "翠湖苑业主2群"
kind = "residents"
community = "miaoershan"
estate = "翠湖苑"

[[rooms]]
topic = "金地花园业主群"
kind = "residents"
community = "beimen"
estate = "金地花园"

[[rooms]]
topic = "北门社区工作群"
kind = "work"
community = "beimen"
"""
SECOND_ROOM, OTHER_ESTATE = "翠湖苑业主2群", "金地花园业主群"


def corrections(day: Day) -> list[tuple[str, str, str | None]]:
    async def read() -> list[tuple[str, str, str | None]]:
        store = Database(day.url)
        try:
            async with store.reading() as session:
                rows = (await session.exec(select(Correction).order_by(Correction.id))).all()
                return [(row.source, row.kind, row.category) for row in rows]
        finally:
            await store.close()

    return asyncio.run(read())


def test_two_lamps_and_a_manhole_are_three(day: Day) -> None:
    day.says("09:00", "zhang", "3栋楼下的路灯坏了")
    day.says("09:05", "liu", "8栋楼下的路灯坏了")
    day.says("09:10", "tang", "3栋门口的健身器材坏了，没法用")
    day.says("09:20", "he", "3栋路灯不亮了，晚上黑得很")
    day.says("09:30", "gao", "3栋2单元门口的路灯也不亮")
    seen = day.play(until="09:40")
    assert [(i["building"], i["reporters"]) for i in seen.issues] == [("3", 3), ("8", 1), ("3", 1)]


def test_two_noises_of_one_building_are_two(day: Day) -> None:
    day.says("09:00", "zhang", "3栋楼上装修太吵了，电钻从早响到晚")
    day.says("09:30", "liu", "3栋楼上有人练钢琴，吵得睡不着觉")
    day.says("10:00", "tang", "3栋装修的电钻声吵死了，能不能管管")
    seen = day.play(until="10:10")
    assert [i["reporters"] for i in seen.issues] == [2, 1]


def test_told_again_by_a_stranger_days_later(day: Day) -> None:
    day.says("09:00", "zhang", "3栋楼下的路灯坏了")
    day.says("+3 09:00", "liu", "3栋的路灯怎么不亮啊")
    day.direct("+3 11:00", "wang", "办结 1 换了灯泡")
    day.says("+4 09:00", "tang", "3栋楼下路灯又坏了")
    seen = day.play(until="+4 10:00")
    first, again = seen.issues
    assert (first["reporters"], first["status"]) == (2, "handled")
    assert (again["reporters"], again["status"]) == (1, "dispatched")
    assert seen.said("dispatch", issue=2, text="1号")


def test_without_a_place_it_joins_the_latest_of_its_room_for_two_days(day: Day) -> None:
    day.says("09:00", "zhang", "3栋电梯坏了")
    day.says("10:00", "liu", "8栋电梯坏了")
    day.says("+1 10:00", "tang", "电梯还是坏的，有没有人修")
    day.says("+4 09:00", "he", "电梯坏了，停在一楼不动")
    seen = day.play(until="+4 09:20")
    assert [i["building"] for i in seen.issues] == ["3", "8", None]
    assert [i["reporters"] for i in seen.issues] == [1, 2, 1]


def test_with_a_building_it_completes_one_that_has_none(day: Day) -> None:
    day.says("09:00", "zhang", "路灯坏了，晚上黑得看不见路")
    day.says("09:05", "liu", "9栋楼下的路灯坏了")
    seen = day.play(until="09:30")
    (issue,) = seen.issues
    assert (issue["building"], issue["worker"], issue["reporters"]) == ("9", "li", 2)
    assert len(seen.said("dispatch", contact="wxid_li")) == 1
    assert not seen.said("dispatch", contact="wxid_wang")


def test_rooms_of_one_estate_share_buildings_and_nothing_else_mixes(day: Day) -> None:
    day.extra = TWO_ESTATES
    day.says("09:00", "zhang", "3栋停水了")
    day.says("09:01", "liu", "3栋停水了", room=OTHER_ESTATE)
    day.says("09:02", "tang", "3栋没水了", room=SECOND_ROOM)
    day.says("09:03", "he", "我家也是", room=OTHER_ESTATE)
    day.says("09:04", "gao", "8栋也停水了", room=SECOND_ROOM)
    day.says("09:05", "xu", "电梯又坏了", room=SECOND_ROOM)
    day.says("09:06", "qin", "电梯又坏了")
    seen = day.play(until="09:07")
    assert [(i["estate"], i["category"], i["reporters"]) for i in seen.issues] == [
        ("翠湖苑", "utilities", 3), ("金地花园", "utilities", 2),
        ("翠湖苑", "property", 1), ("翠湖苑", "property", 1),
    ]  # fmt: skip


def test_an_outage_is_one_event_for_three_hours(day: Day) -> None:
    day.says("09:00", "zhang", "3栋停水了")
    day.says("10:00", "liu", "8栋停水了")
    day.says("10:30", "he", "8栋停气了")
    day.says("12:30", "tang", "10栋也停水了")
    day.says("13:00", "gao", "8栋还没来水，停水一上午了")
    seen = day.play(until="13:10")
    found = [(i["building"], i["reporters"]) for i in seen.issues]
    assert found == [("3", 3), ("8", 1), ("10", 1)]
    assert len(seen.said("alert", issue=1, contact="wxid_li")) == 1


def test_the_grey_zone_asks_the_worker_and_yes_merges(
    day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matching, "UNSURE", 0.0)
    monkeypatch.setattr(matching, "SAME", 1.1)
    day.says("09:00", "zhang", "3栋外面的水龙头坏了")
    day.says("09:30", "liu", "3栋楼下的水龙头一直关不紧")
    day.direct("09:40", "wang", "是")
    seen = day.play(until="09:50")
    (asked,) = seen.said("confirm", contact="wxid_wang", issue=2)
    assert "与1号" in asked["text"]
    assert seen.issue(2)["merged_into"] == 1
    assert seen.issue(1)["reporters"] == 2


def test_merging_splitting_recategorising_and_rejecting_teach(day: Day) -> None:
    day.says("09:00", "zhang", "3栋楼下的路灯坏了")
    day.says("09:10", "liu", "4栋楼下的路灯坏了")
    day.says("09:20", "tang", "5栋门口的健身器材坏了，没法用")
    day.direct("09:30", "chen", "并案 1 2")
    day.direct("09:40", "chen", "拆案 2")
    day.direct("09:50", "chen", "改类 3 安全隐患")
    day.direct("10:00", "wang", "不是诉求 3 是在施工")
    merged = day.play(until="09:35")
    assert merged.issue(2)["merged_into"] == 1
    assert merged.issue(1)["reporters"] == 2
    assert merged.issue(1)["messages"] == ["line-1", "line-2"]


def test_splitting_gives_back_what_was_merged(day: Day) -> None:
    day.says("09:00", "zhang", "3栋楼下的路灯坏了")
    day.says("09:10", "liu", "4栋楼下的路灯坏了")
    day.says("09:20", "tang", "5栋门口的健身器材坏了，没法用")
    day.direct("09:30", "chen", "并案 1 2")
    day.direct("09:40", "chen", "拆案 2")
    day.direct("09:50", "chen", "改类 3 安全隐患")
    day.direct("10:00", "wang", "不是诉求 3 是在施工")
    seen = day.play(until="10:10")
    first, other, third = seen.issues
    assert (first["reporters"], first["messages"]) == (1, ["line-1"])
    assert (other["status"], other["merged_into"], other["reporters"]) == ("dispatched", None, 1)
    assert (third["category"], third["status"]) == ("hazard", "rejected")
    taught = corrections(day)
    assert [source for source, _, _ in taught] == ["merge", "split", "recategorise", "reject"]
    assert taught[2][2] == "hazard"
    assert taught[3][1] == "chat"

"""What a secretary, a street and a residents' room read, and that each reads it once."""

import asyncio
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func
from sqlmodel import col, select

from bot.app import speech_of, synchronise
from bot.casework.work import House, Work
from bot.clock import VirtualClock
from bot.reports import digest, picture, posting, views
from bot.reports.preview import preview
from bot.reports.summary import gather
from bot.schedule import Rhythms
from storage import runs
from storage.database import Database
from storage.tables import Community, Outgoing
from tests.days import WORK_ROOM, Day, settings_from

TUESDAY = date(2026, 3, 3)


def ordinary(day: Day) -> None:
    """A lamp mended and praised, a lift that is stuck again, water off, a quarrel, a wish."""
    day.says("08:20", "liu", "8栋楼下的路灯坏了三天了，晚上黑得看不到路")
    day.direct("08:30", "li", "接单")
    day.says("09:00", "tang", "3栋门口垃圾堆了两天没人清，臭死了")
    day.says("09:30", "he", "5栋2单元电梯又困人了！！")
    day.direct("09:33", "wang", "接单 3")
    day.says("10:00", "gao", "2栋301两口子闹离婚，想请社区来调解一下")
    day.says("10:30", "xu", "停水了，1栋没水")
    day.says("10:31", "qin", "2栋也没水")
    day.says("10:32", "zhang", "3栋也停水了")
    day.direct("11:00", "wang", "办结 3 人已救出，找何姐签的字，电话13812345678")
    day.direct("12:00", "he", "不满意 还在坏 102室")
    day.direct("13:00", "li", "办结 1 已更换灯泡")
    day.direct("13:40", "liu", "满意，谢谢")


def texts(said: list[dict[str, Any]]) -> list[str]:
    return [message["text"] for message in said]


def test_one_digest_says_what_needs_doing_tomorrow(day: Day) -> None:
    ordinary(day)
    seen = day.play(until="21:00")
    (room,) = seen.said("digest", room=WORK_ROOM)
    text = room["text"]
    lines = text.splitlines()
    assert lines[0] == "3月3日新增5件，办结1件，在办4件，1件超期。"
    assert any(line.startswith("响应率") and "（" in line for line in lines)
    assert any("超期：3号5栋电梯" in line and "王芳" in line for line in lines)
    assert any(line.startswith("等接单：5号1栋停水") and "李强" in line for line in lines)
    assert "热点：1栋停水，3人反映（5号）" in lines
    assert "满意：1号8栋路灯" in lines
    assert any(line.startswith("不满意：3号5栋电梯") and "返工" in line for line in lines)
    assert len(text) < 400
    (secretary,) = seen.said("digest", contact="wxid_chen")
    assert secretary["text"] == text
    assert secretary["at"][11:16] == room["at"][11:16] == "18:00"


def test_nobody_is_named_and_what_is_sensitive_is_a_number(day: Day) -> None:
    ordinary(day)
    seen = day.play(until="21:00")
    for text in texts(seen.said("digest") + seen.said("bulletin")):
        for secret in ("刘叔", "何姐", "小唐", "高老师", "13812345678", "301", "102室", "离婚"):
            assert secret not in text, text
    (text,) = texts(seen.said("digest", room=WORK_ROOM))
    (line,) = [line for line in text.splitlines() if "4号" in line]
    assert line.startswith("等接单：4号矛盾纠纷（已派遣）")
    assert "2栋" not in line
    assert "4号" not in text.replace(line, "")
    for bulletin in texts(seen.said("bulletin")):
        assert "纠纷" not in bulletin


def test_the_picture_goes_with_the_text(day: Day) -> None:
    ordinary(day)
    seen = day.play(until="18:30")
    (message,) = seen.said("digest", room=WORK_ROOM)
    assert Path(message["image"]).read_bytes().startswith(b"\x89PNG")
    assert (day.folder / "files" / "digests" / "miaoershan-2026-03-03.png").exists()


def test_without_a_font_the_text_goes_alone(day: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "find_fonts", lambda: None)
    day.says("08:20", "liu", "8栋楼下的路灯坏了三天了，晚上黑得看不到路")
    (message,) = day.play(until="18:30").said("digest", room=WORK_ROOM)
    assert message["image"] is None
    assert "新增1件" in message["text"]


def test_a_folder_that_cannot_be_written_stops_no_digest(
    day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(page: picture.DigestPage, out: Path) -> Path:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(posting, "render", refuse)
    day.says("08:20", "liu", "8栋楼下的路灯坏了三天了，晚上黑得看不到路")
    (message,) = day.play(until="18:30").said("digest", room=WORK_ROOM)
    assert message["image"] is None


def test_a_quiet_day_is_one_line(day: Day) -> None:
    day.says("08:20", "liu", "早上好各位邻居")
    seen = day.play(until="21:00")
    assert texts(seen.said("digest", room=WORK_ROOM)) == ["3月3日没有新的事，也没有拖着的事。"]
    assert seen.said("bulletin") == []


def test_what_came_in_the_evening_stands_in_the_next_digest(day: Day) -> None:
    day.says("08:00", "liu", "早上好各位邻居")
    day.says("19:20", "liu", "8栋楼下的路灯坏了三天了，晚上黑得看不到路")
    seen = day.play(until="+1 18:30")
    first, second = texts(seen.said("digest", room=WORK_ROOM))
    assert first.startswith("3月3日没有新的事")
    assert second.splitlines()[0] == "3月4日新增0件，办结0件，在办1件。"
    assert "昨晚18:00后新增1件" in second.splitlines()


def test_the_bulletin_tells_what_was_solved_and_what_is_being_done(day: Day) -> None:
    ordinary(day)
    day.says("14:00", "xu", "建议在小区加装几个晾衣杆，晒被子方便")
    seen = day.play(until="20:30")
    (text,) = texts(seen.said("bulletin"))
    lines = text.splitlines()
    assert lines[0].startswith("3月3日")
    assert "办好了：8栋路灯，已更换灯泡" in lines
    assert "再修：5栋电梯" in lines
    assert "在办：1栋停水" in lines
    assert any(line.startswith("心愿在办：") for line in lines)
    assert "号" not in text.replace("号楼", "")


def test_a_wish_that_was_met_is_worth_a_line(day: Day) -> None:
    day.says("09:00", "xu", "建议在8栋楼下加装几个晾衣杆，晒被子方便")
    day.direct("09:30", "li", "接单")
    day.direct("16:00", "li", "办结 装了4根晾衣杆")
    seen = day.play(until="20:30")
    (text,) = texts(seen.said("bulletin"))
    assert "心愿成了：" in text
    assert "装了4根晾衣杆" in text


def test_every_rhythm_is_told_once_however_often_it_is_due(day: Day) -> None:
    """From Friday 27 March over Monday to the first of April."""
    day.first = date(2026, 3, 27)
    day.extra = '[[streets]]\nname = "牌楼街道"\ncontact = "wxid_street"'
    ordinary(day)
    day.work("14:30", "chen", "挂账 2 等环卫车")
    seen = day.play(until="+5 12:00")
    assert asyncio.run(_fire_again(day)) == 0
    said = seen.said("digest", room=WORK_ROOM)
    (week,) = [m for m in said if "这一周" in m["text"]]
    assert week["at"][:16] == "2026-03-30T09:00"
    assert week["text"].startswith("3月23日–3月29日这一周新增5件")
    month, suspended = [m["text"] for m in said if m["at"].startswith("2026-04-01T09:30")]
    assert month.startswith("2026年3月新增5件")
    assert "十大乱象：垃圾乱扔新增1在办1" in month
    assert suspended.startswith("3月挂账清单，共1件：")
    assert (day.folder / "files/digests/miaoershan-2026-03.pdf").read_bytes()[:5] == b"%PDF-"
    of_week, of_month = texts(seen.said("digest", contact="wxid_street"))
    assert of_week.startswith("牌楼街道3月23日–3月29日，1个社区：新增5件")
    assert of_month.startswith("牌楼街道2026年3月，1个社区：新增5件")
    assert any(line.startswith("庙儿山社区：新增5") for line in of_month.splitlines())


async def _fire_again(day: Day) -> int:
    """Every job once more for a moment at which it was done: says how much was said anew."""
    settings = settings_from(day.extra).model_copy(update={"source": day.folder / "config.toml"})
    store = Database(day.url)
    try:
        clock = VirtualClock(datetime.fromisoformat(day.at("+5 12:00")))
        house = House(settings, clock, speech_of(settings))
        house.know_rooms(await synchronise(store, settings))
        rhythms = Rhythms(store, house)
        async with store.reading() as session:
            before = (await session.exec(select(func.count(Outgoing.id)))).one()
        for job in rhythms.jobs():
            due = job.last_until(clock.now(), clock.now() - timedelta(days=31))
            if due is not None and job.name != "purge":
                await job.do(due)
        async with store.reading() as session:
            return (await session.exec(select(func.count(Outgoing.id)))).one() - before
    finally:
        await store.close()


def test_what_was_missed_is_caught_up_and_says_what_was_then(day: Day) -> None:
    """Out from Tuesday noon to Thursday morning: Wednesday's digest is owed, as of Wednesday."""
    day.says("08:20", "liu", "8栋楼下的路灯坏了三天了，晚上黑得看不到路")
    day.direct("08:30", "li", "接单")
    day.play(until="12:00")
    owed = asyncio.run(_caught_up(day, since=day.at("12:00"), now=day.at("+2 10:00")))
    assert [text.splitlines()[0] for text in owed if "公示" not in text][:1] == [
        "3月4日新增0件，办结0件，在办1件。"
    ]
    assert asyncio.run(_caught_up(day, since=day.at("12:00"), now=day.at("+2 10:00"))) == []


async def _caught_up(day: Day, *, since: str, now: str) -> list[str]:
    settings = settings_from(day.extra).model_copy(update={"source": day.folder / "config.toml"})
    store = Database(day.url)
    try:
        house, _ = await _work(store, settings, now)
        rhythms = Rhythms(store, house)
        async with store.reading() as session:
            before = (await session.exec(select(func.max(Outgoing.id)))).one() or 0
        await rhythms.catch_up(rhythms.jobs(), datetime.fromisoformat(since))
        async with store.reading() as session:
            found = select(Outgoing.text).where(col(Outgoing.id) > before)
            return list((await session.exec(found)).all())
    finally:
        await store.close()


def test_the_suspended_are_listed_with_owner_measure_and_date(day: Day) -> None:
    ordinary(day)
    day.work("14:30", "chen", "挂账 2 等环卫车修好")
    day.work("14:40", "chen", "挂账 4 等派出所回话")
    day.play(until="18:30")
    text = asyncio.run(_preview(day, "suspended"))
    lines = [line.strip() for line in text.splitlines()]
    assert lines[0] == "3月挂账清单，共2件："
    at = lines.index("2号3栋垃圾")
    assert lines[at + 1] == "责任人：网格员李强"
    assert lines[at + 2] == "措施：等环卫车修好"
    assert lines[at + 3].startswith("时限：4月2日")
    assert "4号矛盾纠纷（挂账）" in lines
    assert "派出所" not in text


async def _preview(day: Day, span: str, folder: Path | None = None) -> str:
    settings = settings_from(day.extra).model_copy(update={"source": day.folder / "config.toml"})
    store = Database(day.url)
    try:
        return await preview(settings, store, "miaoershan", TUESDAY, folder, span)
    finally:
        await store.close()


def test_the_preview_shows_each_and_says_nothing(day: Day, tmp_path: Path) -> None:
    ordinary(day)
    seen = day.play(until="18:00")
    (said,) = texts(seen.said("digest", room=WORK_ROOM))
    out = tmp_path / "shown"
    assert asyncio.run(_preview(day, "day", out)) == said
    assert {p.name for p in out.iterdir()} == {
        "miaoershan-2026-03-03.txt", "miaoershan-2026-03-03.png",
    }  # fmt: skip
    assert "垃圾乱扔：新增1件，在办1件" in asyncio.run(_preview(day, "chaos"))
    assert asyncio.run(_preview(day, "week")).startswith("2月25日–3月3日这一周新增5件")
    asyncio.run(_preview(day, "month", out))
    assert (out / "miaoershan-2026-03-03-month.pdf").exists()
    assert "办好了：8栋路灯" in asyncio.run(_preview(day, "bulletin"))


async def _work(store: Database, settings: Any, moment: str) -> tuple[House, VirtualClock]:
    clock = VirtualClock(datetime.fromisoformat(moment))
    house = House(settings, clock, speech_of(settings))
    house.know_rooms(await synchronise(store, settings))
    return house, clock


async def test_a_gap_of_the_connection_and_an_unknown_calendar_are_said(database: Database) -> None:
    house, clock = await _work(database, settings_from(""), "2031-03-03T18:00:00+08:00")
    start = datetime.fromisoformat("2031-03-03T14:05:00+08:00")
    async with database.transaction() as session:
        await runs.note_gap(session, "default", start, start + timedelta(minutes=15))
        text = await digest.daily_text(
            Work(session, house, clock.now()), "miaoershan", date(2031, 3, 3)
        )
    lines = text.splitlines()
    assert lines[0] == "3月3日没有新的事，也没有拖着的事。"
    assert "断线：3月3日14:05起15分钟没收到群消息，请翻翻群" in lines
    assert any(line.startswith("注意：2031年放假安排还没更新") for line in lines)


async def test_an_hour_of_emergency_is_told_only_where_something_changed(
    database: Database,
) -> None:
    house, clock = await _work(database, settings_from(""), "2026-03-03T15:00:00+08:00")
    async with database.transaction() as session:
        row = await session.get(Community, "miaoershan")
        assert row is not None
        row.emergency, row.emergency_since = True, clock.now() - timedelta(hours=3)
        session.add(row)
        await posting.post_hourly(Work(session, house, clock.now()), "miaoershan", clock.now())
        assert (await session.exec(select(Outgoing))).all() == []


async def test_a_street_without_communities_has_no_roll_up(database: Database) -> None:
    house, clock = await _work(database, settings_from(""), "2026-04-01T09:30:00+08:00")
    async with database.transaction() as session:
        work = Work(session, house, clock.now())
        window = digest.month_window(work, TUESDAY)
        assert await views.street_text(work, "城东街道", window, "month") is None
        summary = await gather(work, ["miaoershan"], window, "month")
        assert views.chaos_text(summary) == "十大乱象：一件也没有。"
        assert views.suspended_text(summary) is None


def test_several_estates_are_told_apart(day: Day) -> None:
    day.extra = """
[[grids]]
id = "MES-03"
community = "miaoershan"
estate = "锦江苑"
buildings = "1-3"
a_post = "li"
b_post = "wang"
[[rooms]]
topic = "锦江苑业主群"
kind = "residents"
community = "miaoershan"
estate = "锦江苑"
"""
    day.says("08:20", "liu", "8栋楼下的路灯坏了三天了，晚上黑得看不到路")
    day.says("08:30", "xu", "2栋路灯不亮了，黑黢黢的", room="锦江苑业主群")
    day.says("08:40", "he", "3栋门口的路灯也坏了", room="锦江苑业主群")
    seen = day.play(until="20:30")
    (text,) = texts(seen.said("digest", room=WORK_ROOM))
    assert "热点：路灯3件（翠湖苑、锦江苑）" in text.splitlines()
    assert "锦江苑2栋路灯" in text
    here, there = (
        texts(seen.said("bulletin", room=room))[0] for room in ("翠湖苑业主1群", "锦江苑业主群")
    )
    assert "8栋路灯" in here
    assert "2栋路灯" not in here
    assert "2栋路灯" in there


def test_in_an_emergency_the_work_room_hears_every_hour_what_changed(day: Day) -> None:
    day.direct("08:40", "chen", "平急 开")
    day.direct("08:41", "chen", "确认")
    day.says("09:20", "liu", "8栋楼下的路灯坏了三天了，晚上黑得看不到路")
    day.direct("09:30", "li", "接单")
    seen = day.play(until="12:30")
    hourly = [m for m in seen.said("digest", room=WORK_ROOM) if m["at"][11:16] < "18:00"]
    assert [m["at"][11:16] for m in hourly] == ["10:00"]
    assert hourly[0]["text"].splitlines()[0] == "3月3日9:00–10:00新增1件，办结0件，在办1件。"


def test_what_is_somebody_elses_is_said_with_whose_it_is(day: Day) -> None:
    day.extra = """
[[elsewhere]]
words = ["路灯"]
responsible = "市政公司"
reach = "拨打12345"
"""
    day.says("09:20", "liu", "8栋楼下的路灯坏了三天了，晚上黑得看不到路")
    (text,) = texts(day.play(until="18:30").said("digest", room=WORK_ROOM))
    assert "归市政公司管：1号8栋路灯，已告诉居民" in text.splitlines()


async def test_the_picture_knows_no_more_of_what_is_sensitive_than_the_text(
    day: Day, tmp_path: Path
) -> None:
    day.says("09:00", "gao", "2栋301两口子闹离婚，想请社区来调解一下")
    await asyncio.to_thread(day.play, "+4 18:30")
    settings = settings_from("")
    store = Database(day.url)
    try:
        house, clock = await _work(store, settings, day.at("+4 18:00"))
        async with store.reading() as session:
            made = await digest.daily(
                Work(session, house, clock.now()), "miaoershan", TUESDAY + timedelta(days=4)
            )
    finally:
        await store.close()
    (late,) = made.page.late
    assert (late.number, late.place, late.matter) == (1, "", "矛盾纠纷")
    assert late.who == "已派遣"
    assert made.page.hot == ()
    assert "超期：1号矛盾纠纷（已派遣）" in made.text

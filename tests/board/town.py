"""What the board is tested on: late issues, unsure ones, sensitive ones, a photo, a hostile text.

Two communities, so that there is something foreign; a street over both.
"""

import io
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
from PIL import Image
from sqlmodel import select

from bot.app import speech_of, synchronise
from bot.board.app import create_app
from bot.board.base import Board
from bot.board.links import link_for
from bot.board.serving import board_over
from bot.casework.work import House
from bot.clock import VirtualClock
from bot.settings import Settings
from classifiers.taxonomy import Category, Intent, Kind, Urgency
from classifiers.understanding import Understander, Understanding
from storage.database import Database
from storage.tables import Issue, Outgoing
from tests.days import Day, settings_from

NOW = datetime.fromisoformat("2026-03-06T12:00:00+08:00")
HOSTILE = (
    "6栋楼道灯坏了<script>document.title='坏了'</script><img src=x onerror=alert(1)>"
    "\u202e反着写\u202c\u200b" + "很黑" * 1400
)
MORE = """
[[streets]]
name = "牌楼街道"
contact = "wxid_street"

[[communities]]
id = "qinglong"
name = "青龙社区"
street = "牌楼街道"
secretary = "zhou"
work_room = "青龙社区工作群"

[[grids]]
id = "QL-01"
community = "qinglong"
estate = "青龙苑"
buildings = ""
a_post = "sun"
b_post = ""

[[workers]]
id = "zhou"
name = "周书记"
contact = "wxid_zhou"
role = "secretary"

[[workers]]
id = "sun"
name = "孙丽"
contact = "wxid_sun"
role = "grid_worker"

[[workers]]
id = "jie"
name = "牌楼街道办"
contact = "wxid_street"
role = "street"

[[rooms]]
topic = "青龙苑1群"
kind = "residents"
community = "qinglong"
estate = "青龙苑"

[[rooms]]
topic = "青龙社区工作群"
kind = "work"
community = "qinglong"
"""


class Doubting:
    """The classifier, but for two messages: one that it doubts, a hostile one that it believes."""

    def __init__(self, mind: Understander) -> None:
        self.mind = mind

    def understand(self, texts: Sequence[str]) -> list[Understanding]:
        return [
            self._fixed(found, Category.PROPERTY, 0.31)
            if "咋整" in found.text
            else self._fixed(found, Category.FACILITY, 0.95)
            if "<script>" in found.text
            else found
            for found in self.mind.understand(texts)
        ]

    @staticmethod
    def _fixed(found: Understanding, category: Category, confidence: float) -> Understanding:
        return replace(
            found,
            kind=Kind.ISSUE,
            category=category,
            intent=Intent.HELP,
            urgency=Urgency.NORMAL,
            confidence=confidence,
        )


def play_town(folder: Path, mind: tuple[Understander, float]) -> None:
    """Play until Friday noon, when three issues that were raised on Tuesday are late."""
    doubting: Any = Doubting(mind[0])
    day = Day(f"sqlite:///{folder / 'geying.db'}", folder, (doubting, mind[1]), extra=MORE)
    picture = io.BytesIO()
    Image.new("RGB", (320, 240), (96, 120, 108)).save(picture, "JPEG")
    (folder / "photo.jpg").write_bytes(picture.getvalue())
    day.says("08:20", "liu", "8栋楼下的路灯坏了，晚上黑得看不到路，我电话13812345678")
    day.photo("08:20:30", "liu")
    day.says("08:40", "tang", "8栋路灯我也看到了，真的黑")
    day.says("09:10", "zhang", "3栋垃圾桶满了没人收，臭得很")
    day.says("09:30", "he", "5栋门禁坏了，谁都能进")
    day.direct("09:40", "li", "接单 1")
    day.direct("09:50", "wang", "办结 2 已清运")
    day.says("10:00", "xu", "10栋下水道堵了，污水流出来了")
    day.direct("10:20", "li", "办结 4 已经疏通")
    day.says("10:52", "xu", "@小格 满意 4")
    day.says("11:20", "qin", HOSTILE)
    day.says("14:00", "tang", "青龙苑小区门口的井盖破了", room="青龙苑1群")
    day.says("+3 10:30", "gao", "2栋3单元楼上天天吵架打老婆，快管管")
    day.says("+3 11:00", "zhang", "4栋楼道里堆了好多纸箱，容易起火")
    day.says("+3 11:10", "xu", "1栋2单元电梯困人了，快来救人")
    day.direct("+3 11:12", "wang", "接单 9")
    day.direct("+3 11:40", "wang", "延期 9 1天 等厂家的人来")
    day.says("+3 11:45", "he", "大家看看这个事咋整嘛，楼上那个水又下来了哦")
    day.play(until="+3 12:00")


@dataclass
class Town:
    """The board over the played town."""

    board: Board
    database: Database
    settings: Settings
    clock: VirtualClock
    folder: Path

    def browser(self) -> httpx.AsyncClient:
        """Somebody's browser, without a session."""
        transport = httpx.ASGITransport(create_app(self.board), client=("127.0.0.1", 5))
        return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8090")

    async def link(self, worker: str) -> str:
        """A fresh link for somebody."""
        async with self.database.transaction() as session:
            entry = self.board.house.roster.workers[worker]
            return await link_for(session, self.settings, entry, self.clock.now())

    async def come_in(self, worker: str) -> "Visit":
        """Somebody who has come in."""
        browser = self.browser()
        token = (await self.link(worker)).rpartition("/")[2]
        answer = await browser.post("/in", data={"token": token})
        assert answer.status_code == 303, answer.text
        return Visit(browser)

    async def issue(self, number: int) -> Issue:
        async with self.database.reading() as session:
            return (await session.exec(select(Issue).where(Issue.number == number))).one()

    async def said(self, since: int = 0) -> list[Outgoing]:
        """What was put into the outbox after a row."""
        async with self.database.reading() as session:
            rows = (await session.exec(select(Outgoing).order_by(Outgoing.id))).all()  # type: ignore[arg-type]
            return [row for row in rows if (row.id or 0) > since]

    async def find(self, piece: str) -> Issue:
        """The issue whose summary has a piece."""
        async with self.database.reading() as session:
            rows = (await session.exec(select(Issue))).all()
        return next(row for row in rows if piece in row.summary)


@dataclass
class Visit:
    """A session without a screen: pages as text, forms as they stand in them."""

    browser: httpx.AsyncClient

    async def get(self, path: str) -> httpx.Response:
        return await self.browser.get(path)

    async def text(self, path: str) -> str:
        answer = await self.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        return answer.text

    async def fields(self, page: str, action: str) -> dict[str, str]:
        """The hidden fields of a form on a page."""
        html = await self.text(page)
        form = re.search(rf'action="{re.escape(action)}">(.*?)</form>', html, re.DOTALL)
        assert form, f"{page} has no form {action}"
        hidden = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form[1])
        return dict(hidden)

    async def act(self, page: str, action: str, **values: str) -> httpx.Response:
        """Fill in and send a form of a page."""
        return await self.browser.post(action, data={**await self.fields(page, action), **values})


@asynccontextmanager
async def open_town(folder: Path, mind: Understander, extra: str = "") -> AsyncIterator[Town]:
    settings = settings_from(MORE + extra)
    settings = settings.model_copy(update={"source": folder / "config.toml"})
    database = Database(f"sqlite:///{folder / 'geying.db'}")
    clock = VirtualClock(NOW)
    house = House(settings, clock, speech_of(settings))
    house.has_board = True
    house.know_rooms(await synchronise(database, settings))
    try:
        yield Town(board_over(house, database, mind), database, settings, clock, folder)
    finally:
        await database.close()

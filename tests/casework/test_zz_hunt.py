"""Whatever anybody types in whatever order, no issue is ever lost.

Everything that anyone can do is done in random order, with time passing in between. After each
step: every unfinished issue has an owner who exists, and a running timer, a clock that stands, or
the street's knowledge of it; its last event shows it as it is; and
nothing was ever raised but the helpful line.
"""

import asyncio
import shutil
import tempfile
from collections.abc import Coroutine
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlmodel import col, select

from bot.app import build
from bot.casework.desk import ledger_row
from bot.casework.transitions import TRANSITIONS, Act, Status
from bot.casework.work import Work
from bot.channels.base import Inbound
from bot.channels.replay import ReplayChannel
from bot.clock import VirtualClock
from classifiers.understanding import Understander
from storage.database import Database
from storage.issues import UNHANDLED, last_of
from storage.tables import Event, Issue, Room, Timer
from tests.days import ROOM, WORK_ROOM, settings_from

T = TypeVar("T")
START = datetime.fromisoformat("2026-03-03T09:00:00+08:00")
EXTRA = """
[bot]
files = "files"

[[streets]]
name = "牌楼街道"
contact = "wxid_street"

[[handlers]]
category = "property"
estate = "翠湖苑"
worker = "zhao"
"""
SAID = (
    "8栋楼下的路灯坏了，麻烦修一下", "3栋2单元电梯困人了，快来人", "9栋停水了，整栋楼都没水",
    "楼下的垃圾堆了好几天没人清运", "我们5栋也停水了", "9栋单元门禁坏了，刷卡打不开", "7栋",
    "怎么还没人来", "路灯修好了，谢谢", "还是没修好", "@小格 我的诉求", "@小格 进度 {n}", "满意",
    "@小格 满意 {n}", "@小格 不满意 {n} 还是不行", "@小格 删除我的信息", "@小格 确认",
    "@小格 不要收集我", "@小格 恢复收集", "早上好", "那个谁家的灯不知道怎么搞的也不太行",
    "1栋两口子天天吵架，请社区来调解一下",
)  # fmt: skip
TYPED = (
    "接单", "接单 {n}", "收到", "办结 {n} 弄好了", "办结", "退回 {n} 不归我管", "转派 {n} 李强",
    "转派 {n} 赵经理", "延期 {n} 2天 等配件", "挂账 {n} 等资金", "恢复 {n}", "补充 {n} 是哪一盏",
    "吹哨 {n} 城管中队", "不是诉求 {n}", "不是诉求 {n} 已经好了", "是", "否", "{n} 是", "环境",
    "上报 5栋楼道堆了纸箱没人清", "请假 今天", "待办", "督办 {n}", "改类 {n} 物业", "改类 {n} 民生",
    "并案 {n} {m}", "拆案 {n}", "销号 {n}", "销号 {n} 不用办了", "提事 {n}", "日报", "平急 开",
    "平急 关", "确认", "胡说",
)  # fmt: skip
RESIDENTS = ("zhang", "liu", "tang")
STAFF = ("wang", "li", "zhao", "cheng", "chen")
GAPS = st.sampled_from([1, 3, 12, 45, 200, 900, 3000, 12000])
NUMBERS = st.integers(1, 6)


class Life(RuleBasedStateMachine):
    """One community for as long as hypothesis likes."""

    mind: Understander
    template: Path

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        shutil.copy(self.template, self.folder / "life.db")
        self.loop = asyncio.new_event_loop()
        self.clock, self.serial, self.said = VirtualClock(START), 0, set[str]()
        configuration = settings_from(EXTRA)
        configuration = configuration.model_copy(update={"source": self.folder / "config.toml"})
        self.database = Database(f"sqlite:///{self.folder / 'life.db'}")
        self.bot = self.run(
            build(
                configuration,
                self.database,
                ReplayChannel(self.folder / "log"),
                self.clock,
                mind=self.mind,
                threshold=0.7,
                holder="test",
            )
        )
        self.run(self._post_notices())

    def run(self, doing: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(doing)

    async def _post_notices(self) -> None:
        async with self.database.transaction() as session:
            for room in (await session.exec(select(Room))).all():
                room.notice_at, room.notice_version = START, "test"
                session.add(room)
                self.bot.house.know_rooms([room])

    @rule(who=st.sampled_from(RESIDENTS), words=st.sampled_from(SAID), n=NUMBERS, gap=GAPS)
    def resident_speaks(self, who: str, words: str, n: int, gap: int) -> None:
        self.run(self._hear(who, words.format(n=n), ROOM, gap))

    @rule(who=st.sampled_from(RESIDENTS), words=st.sampled_from(SAID), n=NUMBERS, gap=GAPS)
    def resident_writes(self, who: str, words: str, n: int, gap: int) -> None:
        self.run(self._hear(who, words.format(n=n).removeprefix("@小格 "), None, gap))

    @rule(
        who=st.sampled_from(STAFF), words=st.sampled_from(TYPED), n=NUMBERS, m=NUMBERS, gap=GAPS,
        room=st.sampled_from([None, None, WORK_ROOM]),
    )  # fmt: skip
    def staff_types(self, who: str, words: str, n: int, m: int, gap: int, room: str | None) -> None:
        self.run(self._hear(who, words.format(n=n, m=m), room, gap))

    @rule(words=st.sampled_from(TYPED), n=NUMBERS, m=NUMBERS)
    def secretary_types(self, words: str, n: int, m: int) -> None:
        self.run(self._hear("chen", words.format(n=n, m=m), None, 1))

    @rule(gap=GAPS)
    def time_passes(self, gap: int) -> None:
        self.run(self._clock_to(self.clock.now() + timedelta(minutes=gap)))

    async def _hear(self, who: str, text: str, room: str | None, gap: int) -> None:
        await self._clock_to(self.clock.now() + timedelta(minutes=gap))
        self.serial += 1
        await self.bot.intake.take(
            Inbound(
                platform_id=f"m{self.serial}",
                account="replay",
                room_id=room,
                room_topic=room,
                sender_id=f"wxid_{who}",
                sender_name=who,
                at=self.clock.now(),
                text=text,
                mentions_bot="@小格" in text,
            )
        )
        await self.bot.outbox.send_due()

    async def _clock_to(self, moment: datetime) -> None:
        while True:
            waits = [await self.bot.rhythms.next_timer(), await self.bot.outbox.next_due()]
            due = min((wait for wait in waits if wait is not None), default=moment)
            if due >= moment:
                break
            self.clock.move_to(due)
            await self.bot.rhythms.fire_timers()
            while await self.bot.outbox.send_due():
                pass
        self.clock.move_to(moment)
        await self.bot.rhythms.fire_timers()

    @invariant()
    def nothing_is_lost(self) -> None:
        self.run(self._check())

    async def _check(self) -> None:
        async with self.database.reading() as session:
            work = Work(session, self.bot.house, self.clock.now())
            for issue in (await session.exec(select(Issue))).all():
                event = await last_of(session, issue.number)
                assert event is not None
                assert event.state == await ledger_row(work, issue), (issue.number, event.act)
                timers = (
                    await session.exec(select(Timer).where(Timer.issue == issue.number))
                ).all()
                if issue.status in (*UNHANDLED, "handled"):
                    assert issue.worker_id in self.bot.house.roster.workers
                    standing = issue.paused_at is not None
                    # Once the street knows, the digests go on naming it as late.
                    known_to_all = issue.overdue and issue.escalation == 3
                    assert timers or standing or known_to_all, (issue.number, issue.status)
                if issue.status in ("closed", "rejected", "merged"):
                    assert not timers, (issue.number, issue.status, timers)
                assert Status(issue.status)
            await self._steps_are_in_the_table(session)

    async def _steps_are_in_the_table(self, session: Any) -> None:
        allowed = {(r.act, s, r.target or s) for r in TRANSITIONS for s in r.sources}
        rows = await session.exec(select(Event).where(col(Event.issue).is_not(None)))
        for event in rows.all():
            if event.act in (Act.OPEN, Act.SPLIT) or event.source is None:
                continue
            assert (event.act, event.source, event.target) in allowed

    def teardown(self) -> None:
        self.run(self.database.close())
        self.loop.close()
        shutil.rmtree(self.folder, ignore_errors=True)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty database to be copied."""
    path = tmp_path_factory.mktemp("life") / "template.db"

    async def make() -> None:
        database = Database(f"sqlite:///{path}")
        await database.upgrade()
        await database.close()

    asyncio.run(make())
    return path


def test_nothing_anybody_does_loses_an_issue(
    mind: tuple[Understander, float], template: Path
) -> None:
    Life.mind, Life.template = mind[0], template
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=70,
            stateful_step_count=45,
            deadline=None,
            derandomize=False,
            phases=(Phase.generate,),
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )

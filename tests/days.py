"""Days for tests: lines are added as people said them, played, and looked at.

day.says("08:20", "liu", "8栋楼下的路灯坏了")
seen = day.play(until="10:00")
assert seen.issue(1)["worker"] == "li"
"""

import asyncio
import io
import json
import tomllib
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import tomli_w

from bot.app import replay
from bot.reports.ledger import contract_rows
from bot.rules import broken_rules
from bot.settings import Settings
from classifiers.understanding import Understander
from storage.database import Database
from storage.issues import snapshot_rows

EXAMPLE = """
[privacy]
retention_days = 180

[[communities]]
id = "miaoershan"
name = "庙儿山社区"
street = "牌楼街道"
secretary = "chen"
work_room = "庙儿山社区工作群"

[[grids]]
id = "MES-01"
community = "miaoershan"
estate = "翠湖苑"
buildings = "1-6"
a_post = "wang"
b_post = "li"

[[grids]]
id = "MES-02"
community = "miaoershan"
estate = "翠湖苑"
buildings = "7-12"
a_post = "li"
b_post = "wang"

[[workers]]
id = "wang"
name = "王芳"
contact = "wxid_wang"
role = "grid_worker"

[[workers]]
id = "li"
name = "李强"
contact = "wxid_li"
role = "grid_worker"

[[workers]]
id = "zhao"
name = "赵经理"
contact = "wxid_zhao"
role = "property"

[[workers]]
id = "cheng"
name = "城管中队"
contact = "wxid_cheng"
role = "department"

[[workers]]
id = "chen"
name = "陈书记"
contact = "wxid_chen"
role = "secretary"

[[rooms]]
topic = "翠湖苑业主1群"
kind = "residents"
community = "miaoershan"
estate = "翠湖苑"

[[rooms]]
topic = "庙儿山社区工作群"
kind = "work"
community = "miaoershan"
"""

ROOM = "翠湖苑业主1群"
WORK_ROOM = "庙儿山社区工作群"
NAMES = {
    "zhang": "张阿姨", "liu": "刘叔", "tang": "小唐", "he": "何姐", "gao": "高老师",
    "xu": "徐大爷", "qin": "秦奶奶", "wang": "王芳", "li": "李强", "chen": "陈书记",
    "zhao": "赵经理", "cheng": "城管中队",
}  # fmt: skip


def _merge(base: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    for key, value in more.items():
        if isinstance(value, dict) and isinstance(base.get(key), dict):
            _merge(base[key], value)
        elif isinstance(value, list) and isinstance(base.get(key), list):
            base[key] = [*base[key], *value]
        else:
            base[key] = value
    return base


def settings_from(extra: str, *, base: str = EXAMPLE) -> Settings:
    """The example's configuration with more TOML on top (tables merge, lists of tables grow)."""
    settings = Settings(**_merge(tomllib.loads(base), tomllib.loads(extra)))
    assert broken_rules(settings) == []
    return settings


def write_config(folder: Path, extra: str = "") -> Path:
    """The same as a file."""
    path = folder / "config.toml"
    path.write_text(tomli_w.dumps(_merge(tomllib.loads(EXAMPLE), tomllib.loads(extra))), "utf-8")
    return path


@dataclass
class Seen:
    """What a played day left behind."""

    issues: list[dict[str, Any]]
    """The ledger, all issues by number, with the contract's keys."""
    outgoing: list[dict[str, Any]]
    """Everything that was said, in order, with the contract's keys."""

    def issue(self, number: int) -> dict[str, Any]:
        return self.issues[number - 1]

    def counted(self) -> list[dict[str, Any]]:
        return [i for i in self.issues if i["status"] not in ("merged", "rejected")]

    def said(self, kind: str | None = None, **wanted: Any) -> list[dict[str, Any]]:
        """Messages of a kind with those keys; `text` is a piece that must be in it."""
        found = [m for m in self.outgoing if kind is None or m["kind"] == kind]
        piece = wanted.pop("text", None)
        after, before = wanted.pop("after", None), wanted.pop("before", None)
        for key, value in wanted.items():
            found = [m for m in found if m[key] == value]
        if piece is not None:
            found = [m for m in found if piece in m["text"]]
        if after is not None:
            found = [m for m in found if m["at"][11:16] >= after]
        if before is not None:
            found = [m for m in found if m["at"][11:16] <= before]
        return found


@dataclass
class Day:
    """Lines of a log, by default of Tuesday 2026-03-03, played on one database."""

    url: str
    folder: Path
    mind: tuple[Understander, float]
    first: date = date(2026, 3, 3)
    extra: str = ""
    """More TOML for the configuration."""
    lines: list[dict[str, Any]] = field(default_factory=list)
    played: int = 0
    """How many of the lines were played already."""
    reached: str | None = None

    def at(self, clock: str) -> str:
        """08:20 of the first day; "+1 08:20" of the next; "+1 08:20:30" to the second."""
        days, _, time = clock.rpartition(" ")
        day = self.first + timedelta(days=int(days or 0))
        full = time if time.count(":") == 2 else f"{time}:00"
        return f"{day.isoformat()}T{full}+08:00"

    def says(
        self, clock: str, who: str, text: str, *, room: str | None = ROOM, **more: Any
    ) -> None:
        """A line in the residents' room (or another)."""
        sender = {"id": f"wxid_{who}", "name": NAMES.get(who, who)}
        line = {"at": self.at(clock), "room": room, "sender": sender, "text": text, **more}
        self.lines.append(line)

    def direct(self, clock: str, who: str, text: str, **more: Any) -> None:
        """A direct message to the bot."""
        self.says(clock, who, text, room=None, **more)

    def work(self, clock: str, who: str, text: str, **more: Any) -> None:
        """A line in the work room."""
        self.says(clock, who, text, room=WORK_ROOM, **more)

    def photo(
        self, clock: str, who: str, name: str = "photo.jpg", *, room: str | None = ROOM
    ) -> None:
        sender = {"id": f"wxid_{who}", "name": NAMES.get(who, who)}
        self.lines.append({"at": self.at(clock), "room": room, "sender": sender, "image": name})

    def play(self, until: str | None = None) -> Seen:
        """Play the lines on the day's database; a second call plays what was added since."""
        log = self.folder / "log.jsonl"
        rows = ["" for _ in self.lines[: self.played]]  # a line keeps its number
        if rows and self.reached:
            rows[-1] = json.dumps({"at": self.reached, "room": "别处", "sender": {"id": "clock"}})
        rows += [json.dumps(line, ensure_ascii=False) for line in self.lines[self.played :]]
        log.write_text("\n".join(rows), encoding="utf-8")
        end = datetime.fromisoformat(self.at(until)) if until else None
        stop = self.at(until) if until else ""
        self.played = sum(1 for line in self.lines if not stop or line["at"] <= stop)
        self.reached = self.at(until) if until else self.lines[-1]["at"]
        return asyncio.run(self._play(log, end))

    async def _play(self, log: Path, end: datetime | None) -> Seen:
        settings = settings_from(self.extra)
        settings = settings.model_copy(update={"source": self.folder / "config.toml"})
        store, outgoing = Database(self.url), io.StringIO()
        try:
            await replay(
                settings, store, log, outgoing, until=end, mind=self.mind[0],
                threshold=self.mind[1],
            )  # fmt: skip
            async with store.reading() as session:
                rows = contract_rows(await snapshot_rows(session, None))
        finally:
            await store.close()
        said = [json.loads(line) for line in outgoing.getvalue().splitlines()]
        return Seen(rows, said)

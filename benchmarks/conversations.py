"""Scripted hours of group talk through the whole bot: which lines become one issue.

    python -m benchmarks.conversations [--show]

Beside it the peers on the same lines, each at the threshold that is best for it on these very
hours; a line without words (a photo) goes to its speaker's line before.
"""

import argparse
import asyncio
import json
import tempfile
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.groups import b_cubed, mistakes
from benchmarks.peers import Alike, all_peers, group_online
from bot.app import replay, understander_of
from bot.logs import configure
from bot.settings import Settings
from classifiers.understanding import Understander
from storage.database import Database
from storage.issues import snapshot_rows

HOURS = Path(__file__).with_name("data") / "hours.txt"
ROOM, ESTATE = "翠湖苑业主群", "翠湖苑"
PHOTO = "[图]"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an hour; `group` is None for talk."""

    hour: int
    number: int
    clock: str
    speaker: str
    group: str | None
    text: str

    @property
    def item(self) -> tuple[int, int]:
        return self.hour, self.number

    @property
    def event(self) -> tuple[int, str]:
        return self.hour, self.group or ""


def hours(path: Path = HOURS) -> list[list[Line]]:
    """The scripted hours, each a list of its lines."""
    found: list[list[Line]] = []
    for row in path.read_text(encoding="utf-8").splitlines():
        if row.startswith("=="):
            found.append([])
        elif row and not row.startswith("#"):
            clock, speaker, group, text = row.split(maxsplit=3)
            full = clock if ":" in clock else f"{clock}:00"
            own = None if group == "-" else group
            found[-1].append(Line(len(found), len(found[-1]) + 1, full, speaker, own, text))
    return found


def settings(folder: Path) -> Settings:
    """One estate of twelve buildings in two grids."""
    workers = [
        {"id": name, "name": name, "contact": f"wxid_{name}", "role": role}
        for name, role in (("wang", "grid_worker"), ("li", "grid_worker"), ("chen", "secretary"))
    ]
    grids = [
        {"id": "1", "community": "c", "estate": ESTATE, "buildings": "1-6", "a_post": "wang"},
        {"id": "2", "community": "c", "estate": ESTATE, "buildings": "7-12", "a_post": "li"},
    ]
    return Settings(
        privacy={"retention_days": 180},
        communities=[{"id": "c", "name": "社区", "secretary": "chen", "work_room": "工作群"}],
        grids=grids,
        workers=workers,
        rooms=[
            {"topic": ROOM, "kind": "residents", "community": "c", "estate": ESTATE},
            {"topic": "工作群", "kind": "work", "community": "c"},
        ],
        source=folder / "config.toml",
    )  # type: ignore[arg-type]


def _log(lines: Sequence[Line]) -> str:
    rows = []
    for line in lines:
        row = {
            "at": f"2026-03-03T10:{line.clock}+08:00", "room": ROOM,
            "sender": {"id": line.speaker, "name": line.speaker},
        }  # fmt: skip
        row |= {"image": "photo.jpg"} if line.text == PHOTO else {"text": line.text}
        rows.append(json.dumps(row, ensure_ascii=False))
    return "\n".join(rows)


async def play(lines: Sequence[Line], mind: Understander, threshold: float) -> dict[int, int]:
    """One hour through the bot; which line has come to which issue."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "log.jsonl").write_text(_log(lines), encoding="utf-8")
        store = Database(f"sqlite:///{root / 'day.db'}")
        try:
            await replay(
                settings(root), store, root / "log.jsonl", None,
                until=datetime(2026, 3, 3, 3, 0, tzinfo=UTC), mind=mind, threshold=threshold,
            )  # fmt: skip
            async with store.reading() as session:
                rows = await snapshot_rows(session, None)
        finally:
            await store.close()
    return {int(m.removeprefix("line-")): row["number"] for row in rows for m in row["messages"]}


def ours(played: list[list[Line]]) -> dict[Hashable, Hashable]:
    """The grouping of the bot over all hours."""
    base = settings(Path())
    mind, threshold = understander_of(base)
    made: dict[Hashable, Hashable] = {}
    for lines in played:
        found = asyncio.run(play(lines, mind, threshold))
        made |= {(lines[0].hour, line): (lines[0].hour, number) for line, number in found.items()}
    return made


def best_of_peer(
    items: list[tuple[Hashable, Hashable, str]],
    expected: dict[Hashable, Hashable],
    lines: Sequence[Line],
    alike: Alike,
) -> tuple[float, dict[Hashable, Hashable]]:
    """The threshold at which a peer groups best, and that grouping."""
    tried = {
        round(float(t), 3): _with_photos(lines, group_online(items, alike, float(t)))
        for t in np.arange(0.05, 1.0, 0.025)
    }
    best = max(tried, key=lambda t: b_cubed(expected, tried[t]).f1)
    return best, tried[best]


def _with_photos(lines: Sequence[Line], made: dict[Hashable, Hashable]) -> dict[Hashable, Hashable]:
    last: dict[tuple[int, str], Hashable] = {}
    for line in lines:
        if line.text == PHOTO and (line.hour, line.speaker) in last:
            made[line.item] = last[line.hour, line.speaker]
        last[line.hour, line.speaker] = made.get(line.item, line.item)
    return made


def _of_issues(
    made: dict[Hashable, Hashable], expected: dict[Hashable, Hashable]
) -> dict[Hashable, Hashable]:
    """A peer has no word for talk: groups of talk alone are not held against it."""
    return {item: group for item, group in made.items() if item in expected}


def main() -> None:
    """Prints both sides; with --show the hours in which the bot was wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--show", action="store_true")
    given = parser.parse_args()
    configure("error")
    played = hours()
    lines = [line for hour in played for line in hour]
    expected: dict[Hashable, Hashable] = {li.item: li.event for li in lines if li.group}
    items: list[tuple[Hashable, Hashable, str]] = [
        (li.item, li.hour, li.text) for li in lines if li.text != PHOTO
    ]
    made = ours(played)
    console, table = Console(), Table(title=f"{len(played)} hours, {len(lines)} lines")
    for column in ("", "threshold", "found", "wrong merges", "wrong splits", "invented", "B³ F1"):
        table.add_column(column)
    counted = mistakes(expected, made)
    score = b_cubed(expected, made)
    table.add_row(
        "geying", "", f"{counted.found}/{counted.events}", str(counted.merged),
        str(counted.split), str(counted.invented), f"{score.f1:.3f}",
    )  # fmt: skip
    for name, alike in all_peers([text for _, _, text in items]).items():
        threshold, theirs = best_of_peer(items, expected, lines, alike)
        wrong = mistakes(expected, _of_issues(theirs, expected))
        table.add_row(
            name, f"{threshold:.3f}", f"{wrong.found}/{wrong.events}", str(wrong.merged),
            str(wrong.split), "", f"{b_cubed(expected, theirs).f1:.3f}",
        )  # fmt: skip
    console.print(table)
    if given.show:
        _show(console, played, made)


def _show(console: Console, played: list[list[Line]], made: dict[Hashable, Hashable]) -> None:
    for hour in played:
        expected: dict[Hashable, Hashable] = {li.item: li.event for li in hour if li.group}
        own = {item: group for item, group in made.items() if item[0] == hour[0].hour}  # type: ignore[index]
        missed = [i for i in expected if i not in own]
        wrong = mistakes(expected, own)
        if missed or wrong.merged or wrong.split or wrong.invented or len(own) > len(expected):
            for line in hour:
                issue = own.get(line.item, ("", "-"))[1]  # type: ignore[index]
                mark = f"{line.hour:>2} {line.group or '-'} {issue}"
                console.print(f"{mark} {line.speaker:6} {line.text}")
            console.print()


if __name__ == "__main__":
    main()

"""What it costs to hold a statement against the open issues: 500 of them, and 5,000.

    python -m benchmarks.matching [--statements 60]

The issues lie in one estate of one community, raised in one room within the last two days, which
is the worst case: every query of `bot.talk.matching` has to tell them apart.
"""

import argparse
import asyncio
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.conversations import ESTATE, ROOM, settings
from bot.app import speech_of, synchronise, understander_of
from bot.casework.opening import Statement
from bot.casework.work import House, Work
from bot.clock import VirtualClock
from bot.logs import configure
from bot.talk import matching
from classifiers.understanding import Understander
from storage import inbox
from storage.database import Database
from storage.tables import Heard, Issue, Resident

NOW = datetime(2026, 3, 3, 2, 0, tzinfo=UTC)
KINDS = (
    ("facility", "street_light", "楼下的路灯坏了"), ("property", "elevator", "电梯坏了"),
    ("sanitation", "garbage_exposed", "门口垃圾没人清"), ("facility", "drainage", "下水道堵了"),
    ("traffic", "illegal_parking", "门口乱停车"), ("noise", "neighbour_noise", "楼上装修太吵"),
    ("utilities", "water", "停水了"), ("property", None, "物业不作为"),
)  # fmt: skip
SAID = ("{}栋楼下的路灯坏了", "{}栋电梯又停了", "{}栋停水了", "门口垃圾没人清运", "楼下有股怪味")


async def _fill(store: Database, room_id: int, many: int, raw: bytes | None) -> None:
    async with store.transaction() as session:
        for number in range(1, many + 1):
            category, matter, words = KINDS[number % len(KINDS)]
            building = str(number % 400 + 1) if number % 5 else None
            at = NOW - timedelta(minutes=number % 2800)
            session.add(
                Issue(
                    number=number, community_id="c", estate=ESTATE, building=building,
                    category=category, matter=matter, intent="help", urgency="normal",
                    status="dispatched", source_room_id=room_id, embedding=raw,
                    summary=f"{building or ''}栋{words}", created_at=at, due_at=at, clock_from=at,
                )
            )  # fmt: skip


async def timed(many: int, statements: int, mind: Understander) -> float:
    """Median seconds of one search among so many open issues."""
    with tempfile.TemporaryDirectory() as folder:
        base = settings(Path(folder))
        store = Database(f"sqlite:///{folder}/day.db")
        house = House(base, VirtualClock(NOW), speech_of(base))
        house.know_rooms(await synchronise(store, base))
        room = house.rooms[ROOM]
        raw = mind.understand(["物业不作为"])[0].embedding
        await _fill(store, room.id or 0, many, raw)
        taken = []
        async with store.transaction() as session:
            speaker: Resident = await inbox.resident(session, "wxid_one", "one")
            for number in range(statements):
                text = SAID[number % len(SAID)].format(number % 400 + 1)
                said = Statement(
                    heard=Heard(account="a", place="1", platform_id=str(number), resident_id=1,
                                room_id=room.id, at=NOW, text=text),
                    speaker=speaker, community_id="c", estate=ESTATE, room=room, text=text,
                    meaning=mind.understand([text])[0],
                )  # fmt: skip
                start = time.perf_counter()
                await matching.find(Work(session, house, NOW), said)
                taken.append(time.perf_counter() - start)
        await store.close()
    return float(np.median(taken))


def main() -> None:
    """Prints both and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--statements", type=int, default=60)
    given = parser.parse_args()
    configure("error")
    mind, _ = understander_of(settings(Path()))
    few, many = (asyncio.run(timed(n, given.statements, mind)) for n in (500, 5000))
    table = Table("open issues", "median ms a statement")
    table.add_row("500", f"{few * 1000:.2f}")
    table.add_row("5,000", f"{many * 1000:.2f}")
    console = Console()
    console.print(table)
    console.print(f"5,000 take {many / few:.2f} times as long as 500")


if __name__ == "__main__":
    main()

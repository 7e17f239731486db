"""The contract's own days, held by its own checker, on both databases."""

import asyncio
import importlib.util
import io
import json
import os
from datetime import datetime
from pathlib import Path
from types import ModuleType

import pytest

from bot.app import replay
from bot.reports.ledger import contract_rows
from bot.settings import load
from classifiers.understanding import Understander
from storage.database import Database
from storage.issues import snapshot_rows

HERE = Path(__file__).resolve()
CONTRACT = Path(os.environ.get("GEYING_CONTRACT", HERE.parents[2].parent / "shared" / "contract"))
DAYS = sorted(path.parent for path in CONTRACT.glob("**/expected.json"))


def _checker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("contract_check", CONTRACT / "check.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.skipif(not DAYS, reason="the contract's folder is not there (GEYING_CONTRACT)")
@pytest.mark.parametrize("folder", DAYS, ids=lambda path: path.name)
def test_day_is_as_the_contract_expects(
    folder: Path, database_url: str, mind: tuple[Understander, float]
) -> None:
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    outgoing = io.StringIO()

    async def play() -> list[dict[str, object]]:
        store = Database(database_url)
        try:
            await replay(
                load(folder / "config.toml"), store, folder / "log.jsonl", outgoing,
                until=datetime.fromisoformat(expected["until"]), mind=mind[0], threshold=mind[1],
            )  # fmt: skip
            async with store.reading() as session:
                return contract_rows(await snapshot_rows(session, None))
        finally:
            await store.close()

    issues = asyncio.run(play())
    said = [json.loads(line) for line in outgoing.getvalue().splitlines()]
    _, failed = _checker().failures(expected, issues, said)
    assert failed == []

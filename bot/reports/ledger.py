"""台账: the ledger as JSON by the contract, as a table for a terminal, as Excel for an office."""

from collections.abc import Sequence
from io import StringIO
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bot.casework.transitions import STATUS_NAMES, Status
from bot.reports.workbook import Extras, write
from bot.roster import Roster
from bot.settings import Settings
from classifiers.taxonomy import CATEGORY_NAMES, URGENCY_NAMES, Category, Urgency

CONTRACT_KEYS = (
    "number", "community", "grid", "estate", "building", "unit", "room", "category", "intent",
    "urgency", "status", "worker", "source", "summary", "reports", "reporters", "messages",
    "created_at", "dispatched_at", "accepted_at", "handled_at", "closed_at", "due_at", "overdue",
    "escalation", "rework", "rating", "merged_into",
)  # fmt: skip

TABLE_COLUMNS = (
    "编号", "小区", "楼栋", "类别", "紧急", "状态", "承办人", "期限", "反映", "内容",
)  # fmt: skip

Row = dict[str, Any]


def contract_rows(rows: Sequence[Row]) -> list[Row]:
    """The rows with the contract's keys, by number."""
    return [{key: row.get(key) for key in CONTRACT_KEYS} for row in rows]


def as_table(rows: Sequence[Row], settings: Settings) -> str:
    """The ledger for a terminal."""
    roster = Roster(settings)
    table = Table(box=None, pad_edge=False)
    for column in TABLE_COLUMNS:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(
            str(row["number"]),
            row["estate"],
            row["building"] or "",
            CATEGORY_NAMES[Category(row["category"])],
            URGENCY_NAMES[Urgency(row["urgency"])],
            STATUS_NAMES[Status(row["status"])] + ("·超期" if row["overdue"] else ""),
            roster.worker_name(row["worker"]) if row["worker"] else "",
            (row["due_at"] or "")[5:16].replace("T", " "),
            str(row["reporters"]),
            row["summary"],
        )
    buffer = StringIO()
    Console(file=buffer, width=140, highlight=False, markup=False).print(table)
    return buffer.getvalue().rstrip()


def write_xlsx(
    rows: Sequence[Row], settings: Settings, file: Path, extras: Extras | None = None
) -> None:
    """The ledger as an Excel file, with its figures where `extras` brings them.

    Args:
        rows: ledger rows, as `storage.issues.snapshot_rows` gives them.
        extras: see `bot.reports.workbook.extras_for`.
    """
    write(rows, settings, file, extras or Extras())

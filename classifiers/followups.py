"""What a follow-up does: seconds, urges, adds, says that it is solved, or that it is not."""

import re
import tomllib
from enum import StrEnum
from functools import cache
from pathlib import Path

TABLE = Path(__file__).with_name("followups.toml")


class Sort(StrEnum):
    """The sorts of follow-ups of the annotation guide, and feedback in its two directions."""

    UNSOLVED = "unsolved"
    SOLVED = "solved"
    URGE = "urge"
    SECOND = "second"
    STAFF = "staff"
    ADDITION = "addition"


@cache
def _table() -> list[tuple[Sort, re.Pattern[str], re.Pattern[str] | None]]:
    rows = tomllib.loads(TABLE.read_text(encoding="utf-8"))["sort"]
    return [
        (
            Sort(row["id"]),
            re.compile("|".join(row["words"]), re.IGNORECASE),
            re.compile("|".join(row["not"])) if row.get("not") else None,
        )
        for row in rows
    ]


def sort_of(text: str) -> Sort | None:
    """The sort that the words tell; None where they tell none (the text may still add)."""
    bare = re.sub(r"\s+", "", text)
    for sort, words, never in _table():
        if words.search(bare) and not (never and never.search(bare)):
            return sort
    return None

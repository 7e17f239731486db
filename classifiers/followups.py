"""What a follow-up does: seconds, urges, adds, says that it is solved, or that it is not."""

import re
import tomllib
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from classifiers.matters import matters, spoken_of

TABLE = Path(__file__).with_name("followups.toml")
_AGAIN = re.compile(r"(但|可是|就是还|不过|又|还[有是没]|结果)")
# A longer text than this says more than that something is solved.
SHORT = 18


class Sort(StrEnum):
    """The sorts of follow-ups of the annotation guide, and feedback in its two directions."""

    UNSOLVED = "unsolved"
    SOLVED = "solved"
    URGE = "urge"
    SECOND = "second"
    STAFF = "staff"
    ADDITION = "addition"


@dataclass(frozen=True, slots=True)
class _Row:
    sort: Sort
    words: re.Pattern[str]
    never: re.Pattern[str] | None

    def fits(self, bare: str) -> bool:
        return bool(self.words.search(bare)) and not (self.never and self.never.search(bare))


@cache
def _source() -> dict[str, Any]:
    return tomllib.loads(TABLE.read_text(encoding="utf-8"))


@cache
def _table() -> list[_Row]:
    return [
        _Row(
            Sort(row["id"]),
            re.compile("|".join(row["words"]), re.IGNORECASE),
            re.compile("|".join(row["not"])) if row.get("not") else None,
        )
        for row in _source()["sort"]
    ]


@cache
def _phrase(name: str) -> re.Pattern[str]:
    words: list[str] = _source()["phrases"][name]
    return re.compile("|".join(words), re.IGNORECASE)


def _bare(text: str) -> str:
    return re.sub(r"\s+", "", text)


def sort_of(text: str) -> Sort | None:
    """The sort that the words tell; None where they tell none (the text may still add)."""
    bare = _bare(text)
    return next((row.sort for row in _table() if row.fits(bare)), None)


def says(phrase: str, text: str) -> bool:
    """Whether the words hold a phrase of the table (`still`, `weak`, `home`, `thanks`…)."""
    return bool(_phrase(phrase).search(_bare(text)))


@cache
def _hints() -> list[tuple[re.Pattern[str], frozenset[str]]]:
    return [
        (re.compile("|".join(row["words"])), frozenset(row["about"])) for row in _source()["hint"]
    ]


def hinted(text: str) -> frozenset[str]:
    """Matters and categories that a verb allows (停了, 漏, 臭…); empty where it leaves all open."""
    bare = _bare(text)
    allowed = [about for words, about in _hints() if words.search(bare)]
    return frozenset().union(*allowed) if allowed else frozenset()


def speaks_of(text: str, category: str, matter: str | None) -> bool | None:
    """Whether the words name an issue's matter; None where they name none at all."""
    named = spoken_of(text)
    if named:
        if matter in named:
            return True
        # A thing named beside the matter (电梯口的灯): the verb may still tell.
        families = {matters()[name].category for name in named}
        return matter is None and category in families
    allowed = hinted(text)
    if not allowed:
        return None
    return (matter in allowed) or (category in allowed)


def plainly(text: str) -> Sort | None:
    """The sort of a line that is a follow-up whatever else it may look like.

    Feedback that something is solved (5栋来水了), or a second, an urging, a bare 又坏了 that names
    neither a matter nor more than a few words.
    """
    sort = sort_of(text)
    bare = _bare(text)
    if sort is Sort.SOLVED:
        return sort if len(bare) <= SHORT and not _AGAIN.search(bare) else None
    if sort in (Sort.URGE, Sort.SECOND, Sort.UNSOLVED) and len(bare) <= SHORT:
        return None if spoken_of(text) else sort
    return None

"""The second level of an issue: which matter of its category the words speak of.

It names the thing in a receipt (路灯, 井盖), tells two matters of one category apart when a new
statement is held against an open issue, and files issues under the ten disorders (十大乱象).
"""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from classifiers.landmarks import find_landmark
from classifiers.taxonomy import CATEGORY_NAMES, Category

_RELATIONS = ("things", "neighbours")
TABLE = Path(__file__).with_name("matters.toml")


@dataclass(frozen=True, slots=True)
class Matter:
    """One second-level class."""

    id: str
    category: Category
    name: str
    words: re.Pattern[str]
    chaos: str | None = None
    supply: bool = False


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(TABLE.read_text(encoding="utf-8"))


@cache
def matters() -> dict[str, Matter]:
    """Every matter by its id, in the order of the table."""
    found: dict[str, Matter] = {}
    for category, rows in _table().items():
        if category in _RELATIONS:
            continue
        for id_, row in rows.items():
            found[id_] = Matter(
                id=id_,
                category=Category(category),
                name=row["name"],
                words=re.compile("|".join(row["words"]), re.IGNORECASE),
                chaos=row.get("chaos"),
                supply=row.get("supply", False),
            )
    return found


def _strength(matter: Matter, text: str) -> int:
    return sum(len(found.group()) ** 2 for found in matter.words.finditer(text))


@lru_cache(maxsize=4096)
def matter_of(text: str, category: str) -> str | None:
    """The matter of a category that the words speak of most; None where no word tells.

    Words that only say where (快递柜旁边的路灯) count where nothing else does.
    """
    beside = find_landmark(text, ())
    if beside is not None:
        rest = text[: beside[1]] + text[beside[2] :]
        if found := _most_told(rest, category):
            return found
    return _most_told(text, category)


def _most_told(text: str, category: str) -> str | None:
    best, strength = None, 0
    for matter in matters().values():
        if matter.category == category and (found := _strength(matter, text)) > strength:
            best, strength = matter.id, found
    return best


@lru_cache(maxsize=4096)
def spoken_of(text: str) -> frozenset[str]:
    """Every matter of any category that the words name: what a follow-up (来水了) can be about.

    A word of two characters names it, but for matters told in words of everyday (楼上, 孩子, 物业);
    those take three.
    """
    found = set()
    for matter in matters().values():
        longest = max((len(m.group()) for m in matter.words.finditer(text)), default=0)
        if longest >= (3 if matter.id in _EVERYDAY else 2):
            found.add(matter.id)
    return frozenset(found)


_EVERYDAY = frozenset({
    "neighbour_noise", "construction_noise", "equipment_noise", "vehicle_noise", "neighbour",
    "owner_property", "family", "contract", "wage", "elderly", "disabled", "child", "relief",
    "elder_service", "missing", "mental", "collapse", "service", "policy", "school_job",
    "certificate", "insurance", "subsidy", "renovation", "theft", "fraud", "fight", "suspicious",
    "vice", "sales", "access", "odour", "dust", "light", "ice", "road_dirty", "site_dust", "fee",
    "structure_risk", "falling_object", "space", "dead_plant", "park", "heating_service",
    "water_quality", "power_quality", "bad_decoration", "facade_hanging", "illegal_parking",
})  # fmt: skip


def name_of(matter: str | None, category: str) -> str:
    """How people call it: the matter's name, else the category's."""
    if matter and matter in matters():
        return matters()[matter].name
    return CATEGORY_NAMES[Category(category)]


def is_supply(matter: str | None) -> bool:
    """Whether a whole estate can be without it: water, power, gas, heat."""
    return bool(matter) and matter in matters() and matters()[matter].supply


def chaos_of(matter: str | None) -> str | None:
    """The place in the ten disorders, if it has one."""
    return matters()[matter].chaos if matter and matter in matters() else None


def families(ids: Iterable[str]) -> set[Category]:
    """Categories of some matters."""
    return {matters()[id_].category for id_ in ids if id_ in matters()}


@cache
def _things() -> dict[str, list[re.Pattern[str]]]:
    rows: dict[str, list[str]] = _table()["things"]
    return {
        matter: [re.compile(words, re.IGNORECASE) for words in things]
        for matter, things in rows.items()
    }


def things_of(text: str, matter: str) -> frozenset[int]:
    """Which of a matter's things the words name (numbers of rows); empty where they name none."""
    rows = enumerate(_things().get(matter, ()))
    return frozenset(number for number, words in rows if words.search(text))


def are_neighbours(one: str, other: str) -> bool:
    """Whether the same thing is told now under the one, now under the other category."""
    return other in _table()["neighbours"].get(one, ())


def things_agree(one: str, other: str, matter: str | None) -> bool:
    """Whether two texts that speak of one matter can be about one thing: 滑梯 and 单杠 cannot."""
    if matter is None:
        return True
    here, there = things_of(one, matter), things_of(other, matter)
    return not here or not there or bool(here & there)

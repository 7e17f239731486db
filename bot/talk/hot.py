"""热点: one kind of matter told at many places in a short time, and what comes back.

For the digest: what is sensitive is left out of both lists.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.casework.work import Work
from classifiers.matters import name_of
from classifiers.taxonomy import SENSITIVE_CATEGORIES, Category, Intent
from storage import issues, talk
from storage.talk import Opened

# Issues of one kind this close together are one hot event.
SHORT = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Hot:
    """One kind of matter that came up at several places: 停水, 5件, 18人, 3个小区."""

    category: str
    matter: str | None
    name: str
    numbers: tuple[int, ...]
    estates: tuple[str, ...]
    people: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Repeat:
    """A matter that was handled at this place before: the issue, the earlier ones, latest first."""

    number: int
    name: str
    estate: str
    building: str | None
    earlier: tuple[int, ...]


def _shown(row: Opened) -> bool:
    return Category(row.category) not in SENSITIVE_CATEGORIES and row.intent != Intent.REPORT


def densest(rows: list[Opened], span: timedelta = SHORT) -> list[Opened]:
    """The most issues that began within one span of time, of issues in the order of their time."""
    best: list[Opened] = []
    for first, row in enumerate(rows):
        within = [other for other in rows[first:] if other.created_at - row.created_at <= span]
        if len(within) > len(best):
            best = within
    return best


async def hot_events(
    work: Work, community_ids: Collection[str], start: datetime, end: datetime
) -> list[Hot]:
    """Matters with many issues in a short time across places and estates, the most told first."""
    kinds: dict[tuple[str, str | None], list[Opened]] = defaultdict(list)
    for row in await talk.opened_between(work.session, community_ids, start, end):
        if _shown(row):
            kinds[row.category, row.matter].append(row)
    found = []
    for (category, matter), rows in kinds.items():
        close = densest(sorted(rows, key=lambda row: row.created_at))
        if matter is None or len(close) < work.house.settings.talk.hot_at:
            continue
        people = await talk.people_of(work.session, [row.number for row in close])
        found.append(
            Hot(
                category=category,
                matter=matter,
                name=name_of(matter, category),
                numbers=tuple(row.number for row in close),
                estates=tuple(dict.fromkeys(row.estate for row in close)),
                people=sum(people.values()),
                first_at=close[0].created_at,
                last_at=close[-1].created_at,
            )
        )
    return sorted(found, key=lambda hot: (-len(hot.numbers), -hot.people, hot.numbers))


async def repeats(
    work: Work, community_ids: Collection[str], start: datetime, end: datetime
) -> list[Repeat]:
    """Issues of a window whose place and matter had one before, the most often repeated first."""
    found = []
    for row in await talk.opened_between(work.session, community_ids, start, end):
        if row.earlier is None or not _shown(row):
            continue
        earlier = await _chain(work, row.earlier)
        name = name_of(row.matter, row.category)
        found.append(Repeat(row.number, name, row.estate, row.building, earlier))
    return sorted(found, key=lambda repeat: (-len(repeat.earlier), repeat.number))


async def _chain(work: Work, number: int | None) -> tuple[int, ...]:
    """An issue and those before it, each linked to the next."""
    chain: list[int] = []
    while number is not None and number not in chain:
        chain.append(number)
        issue = await issues.get(work.session, number)
        number = issue.earlier if issue else None
    return tuple(chain)

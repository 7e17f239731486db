"""Which open issue a new statement speaks of, by the contract's rule of one event."""

import re
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from bot.casework.opening import Statement
from bot.casework.work import Work
from classifiers.matters import (
    are_neighbours,
    is_supply,
    matter_of,
    spoken_of,
    things_agree,
    things_of,
)
from classifiers.places import Place
from classifiers.similarity import score
from classifiers.taxonomy import Category
from storage import issues, talk
from storage.tables import Issue
from storage.talk import Candidate

# Scores of `classifiers.similarity`, measured by benchmarks/similarity.py: from SAME on it is one
# event; between the two a person is asked. The zone is narrow: a needless question is noise.
SAME = 0.6
UNSURE = 0.5
# Two flats with the same trouble of these kinds are two events; a lamp or a lift is one.
PRIVATE_MATTERS = frozenset({"leak", "water_quality", "power_quality", "telecom", "drainage"})
PRIVATE_CATEGORIES = frozenset({"dispute", "welfare", "security"})
# In these one matter is told of many people: the words must agree in more than the matter.
PERSONAL = frozenset({"gov_service", "dispute", "welfare", "security", "other"})
_POSITION = re.compile(r"(旁边?|附近|门口|那里|那边|下面|边上|对面|处|口)$")


class Fit(IntEnum):
    """How well the place of a statement goes with that of an issue; the greatest is taken first."""

    NO = 0
    OTHER_BUILDING = 1
    UNPLACED = 2
    TOLD = 3
    SAME = 4


@dataclass(frozen=True, slots=True)
class Match:
    """An open issue that a statement belongs to, surely or perhaps."""

    issue: Issue
    sure: bool


def same_landmark(first: str | None, second: str | None) -> bool:
    """Whether two landmarks in words can be one place: two characters in common."""
    if not first or not second:
        return False
    a, b = (_POSITION.sub("", words) for words in (first, second))
    pairs = {a[i : i + 2] for i in range(max(len(a) - 1, 1))}
    return any(pair and pair in b for pair in pairs)


def told_alike(text: str, category: str, other: Candidate) -> bool | None:
    """Whether the words of both speak of one matter; None where the words do not tell."""
    own = matter_of(text, category)
    if category == other.category:
        if own is None or other.matter is None:
            named = spoken_of(text)
            return False if named and other.matter and other.matter not in named else None
        if own != other.matter:
            return False
        here, there = things_of(text, own), things_of(other.summary, own)
        if here and there:
            return bool(here & there)
        return None if category in PERSONAL else True
    if not are_neighbours(category, other.category):
        return False
    # Told now as this, now as that category: the thing that both name is the same.
    named, theirs = spoken_of(text), spoken_of(other.summary)
    shared = named & theirs
    only_one = (own in named or other.matter in theirs) and not {own, other.matter} & shared
    if not shared or only_one or (own in named and own not in shared):
        return False
    heard = "noise" in (category, other.category)
    if other.matter in theirs and other.matter not in shared and not heard:
        return False
    if matter_of(text, other.category) == other.matter or other.matter in shared:
        return all(things_agree(text, other.summary, thing) for thing in shared)
    return None


def _other_flat(place: Place, other: Candidate) -> bool:
    private = other.matter in PRIVATE_MATTERS or other.category in PRIVATE_CATEGORIES
    return bool(private and place.room and other.room and place.room != other.room)


async def _fit(work: Work, said: Statement, other: Candidate) -> Fit:
    place = said.meaning.place
    here = said.room is not None and said.room.id == other.source_room_id
    if place.building and other.building:
        if place.building == other.building:
            return Fit.NO if _other_flat(place, other) else Fit.SAME
        return await _outage(work, place.building, other)
    if place.landmark and other.landmark:
        alike = same_landmark(place.landmark, other.landmark)
        return Fit.SAME if alike else Fit.NO
    if place.building:
        return Fit.UNPLACED if here and not other.landmark else Fit.NO
    recent = other.created_at >= work.now - work.house.settings.talk.placeless_window.wall
    if place.landmark and other.building:
        return Fit.NO
    return Fit.UNPLACED if here and recent else Fit.NO


async def _outage(work: Work, building: str, other: Candidate) -> Fit:
    """Another building of the same outage: told soon after it, or told of before."""
    if not is_supply(other.matter):
        return Fit.NO
    if building in await talk.buildings_told(work.session, other.number):
        return Fit.TOLD
    soon = work.now - other.created_at <= work.house.settings.talk.outage_window.wall
    return Fit.OTHER_BUILDING if soon else Fit.NO


async def _meaning_alike(work: Work, said: Statement, other: Candidate) -> float:
    theirs = await talk.embedding_of(work.session, other.number)
    if said.meaning.embedding is None or theirs is None:
        return 0.0
    own_vector = np.frombuffer(said.meaning.embedding, dtype=np.float32)
    vector = np.frombuffer(theirs, dtype=np.float32)
    if vector.shape != own_vector.shape:
        return 0.0  # raised under another model
    return score(said.text, own_vector, other.summary, vector)


async def _candidates(work: Work, said: Statement, category: str) -> list[Candidate]:
    place = said.meaning.place
    own = matter_of(said.text, category)
    near = [c.value for c in Category if c == category or are_neighbours(category, c)]
    rows = await talk.candidates(
        work.session,
        community_id=said.community_id,
        estate=said.estate,
        categories=near,
        building=place.building,
        landmark=bool(place.landmark),
        room_id=said.room.id if said.room else None,
        since=work.now - work.house.settings.talk.placeless_window.wall,
        supply=own if is_supply(own) else None,
    )
    return list(rows)


async def find(work: Work, said: Statement) -> Match | None:
    """The open issue of the same estate, place and matter; None where the statement is new."""
    category = str(said.meaning.category or Category.OTHER)
    best: tuple[Fit, int] | None = None
    unsure: int | None = None
    for other in await _candidates(work, said, category):
        alike = told_alike(said.text, category, other)
        if alike is False:
            continue
        fit = await _fit(work, said, other)
        if fit is Fit.NO:
            continue
        if alike is None:
            likely = await _meaning_alike(work, said, other)
            if likely < SAME:
                unsure = unsure or (other.number if likely >= UNSURE else None)
                continue
        if best is None or fit > best[0]:
            best = fit, other.number
    number = best[1] if best else unsure
    issue = await issues.get(work.session, number) if number else None
    return Match(issue, sure=best is not None) if issue else None

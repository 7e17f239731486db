"""Which open issue a new statement speaks of, by the contract's rule of one event."""

import re
from dataclasses import dataclass

import numpy as np

from bot.casework.opening import Statement
from bot.casework.work import Work
from classifiers.matters import is_supply, matter_of
from classifiers.places import Place
from classifiers.similarity import score
from storage import issues
from storage.tables import Issue

# Scores of `classifiers.similarity`: from SAME on it is one event; between the two a person is asked.
SAME = 0.6
UNSURE = 0.45
# Two flats with the same trouble of these kinds are two events; a lamp or a lift is one.
PRIVATE_MATTERS = frozenset({"leak", "water_quality", "power_quality", "telecom", "drainage"})
PRIVATE_CATEGORIES = frozenset({"dispute", "welfare", "security"})


def _meaning_alike(
    text: str, embedding: bytes | None, said: str, other: bytes | None
) -> float:
    if embedding is None or other is None:
        return 0.0
    vectors = (np.frombuffer(raw, dtype=np.float32) for raw in (embedding, other))
    own, theirs = vectors
    return score(text, own, said, theirs)


@dataclass(frozen=True, slots=True)
class Match:
    """An open issue that a statement belongs to, surely or perhaps."""

    issue: Issue
    sure: bool


def same_landmark(first: str | None, second: str | None) -> bool:
    """Whether two landmarks in words can be one place: absent, or with two characters in common."""
    if not first or not second:
        return True
    a, b = (re.sub(r"(旁边?|附近|门口|那里|那边|下面|边上|处|口)$", "", w) for w in (first, second))
    pairs = {a[i : i + 2] for i in range(max(len(a) - 1, 1))}
    return any(pair and pair in b for pair in pairs)


def likeness(text: str, category: str, embedding: bytes | None, issue: Issue, said: str) -> float:
    """How surely two texts speak of one matter, 0 to 1: by their words, else by their meaning."""
    own = matter_of(text, category)
    if own and own == issue.matter:
        return 1.0
    if category != issue.category:
        # The two may have been told under neighbouring categories (垃圾 and its smell).
        across = matter_of(text, issue.category)
        if across is None or across != issue.matter:
            return 0.0
        return _meaning_alike(text, embedding, said, issue.embedding)
    if own and issue.matter:
        return 0.0
    return _meaning_alike(text, embedding, said, issue.embedding)


def _place_fits(work: Work, said: Statement, issue: Issue) -> bool:
    place = said.meaning.place
    settings = work.house.settings.talk
    recent = work.now - settings.placeless_window.wall
    same_room = said.room is not None and said.room.id == issue.source_room_id
    if place.building and issue.building:
        if place.building != issue.building:
            return (
                is_supply(issue.matter)
                and work.now - issue.created_at <= settings.outage_window.wall
            )
        return not _other_flat(place, issue) and same_landmark(place.landmark, issue.landmark)
    if place.building:
        return same_room and issue.created_at >= recent and not issue.landmark
    if place.landmark:
        if issue.building and not issue.landmark:
            return False
        return same_landmark(place.landmark, issue.landmark)
    return same_room and issue.created_at >= recent


def _other_flat(place: Place, issue: Issue) -> bool:
    private = issue.matter in PRIVATE_MATTERS or issue.category in PRIVATE_CATEGORIES
    return bool(private and place.room and issue.room and place.room != issue.room)


async def find(work: Work, said: Statement) -> Match | None:
    """The open issue of the same estate, place and matter; None where the statement is a new one."""
    category = str(said.meaning.category or "other")
    unsure: Issue | None = None
    for issue in await issues.unhandled_in_estate(work.session, said.community_id, said.estate):
        if not _place_fits(work, said, issue):
            continue
        report = await issues.first_report(work.session, issue.number)
        other = report.text if report else issue.summary
        alike = likeness(said.text, category, said.meaning.embedding, issue, other)
        if alike >= SAME:
            return Match(issue, sure=True)
        if alike >= UNSURE and unsure is None:
            unsure = issue
    return Match(unsure, sure=False) if unsure else None

"""What a line means where it stands: short lines, scraps, what only looks like an issue."""

from collections.abc import Callable
from dataclasses import replace

from bot.casework.opening import Statement
from bot.talk.episodes import Episode
from classifiers.followups import Sort, plainly, says, sort_of
from classifiers.matters import matter_of, matters, spoken_of
from classifiers.places import only_place
from classifiers.taxonomy import Category, Intent, Kind, Urgency
from classifiers.understanding import Understanding

Understand = Callable[[str], Understanding]
# Lines that say outright what is broken are this sure, however short they are.
OUTRIGHT = 0.9
POSSIBLE = 0.25
FAULTY = frozenset({
    "elevator", "street_light", "access_control", "manhole", "drainage", "charging",
    "water_quality",
})  # fmt: skip


def read(said: Statement, episode: Episode, understand: Understand, threshold: float) -> Statement:
    """What a message means beside the speaker's own pieces before it."""
    if said.meaning.safety is None:
        said = replace(said, meaning=outright(said.meaning, said.text))
    sure = said.meaning.kind is Kind.ISSUE and said.meaning.confidence >= threshold
    if sure or plainly(said.text) is Sort.SOLVED:
        return said
    whole = together(said, episode, understand, threshold)
    if whole is None:
        return said
    if said.meaning.kind is Kind.ISSUE and whole.meaning.confidence < said.meaning.confidence:
        return said
    return whole


def together(
    said: Statement, episode: Episode, understand: Understand, threshold: float
) -> Statement | None:
    """The message with the loose ones before it, read as one; None where that says no more."""
    words = episode.words
    if not words or episode.issue is not None:
        return None
    text = "，".join([*words, said.text])
    meaning = understand(text)
    if meaning.kind is not Kind.ISSUE:
        return None
    placed = only_place(said.text) or any(only_place(piece) for piece in words)
    if not placed and meaning.confidence < threshold:
        return None
    return replace(said, text=text, meaning=meaning, pieces=list(episode.loose))


def outright(meaning: Understanding, text: str) -> Understanding:
    """停电了, 电梯又坏了: lines too short for the model to be sure of, yet nothing else can be."""
    if says("outage", text) and matter_of(text, Category.UTILITIES):
        # By the guide a bare 停水了 is one household's until others say so.
        urgency = Urgency.URGENT if says("everybody", text) else Urgency.NORMAL
        return replace(_surely(meaning, Category.UTILITIES), urgency=urgency)
    if not says("fault", text) or meaning.p_issue < POSSIBLE:
        return meaning
    if sort_of(text) in (Sort.SOLVED, Sort.STAFF, Sort.URGE, Sort.SECOND):
        return meaning
    if meaning.category is not None and matter_of(text, meaning.category):
        return _surely(meaning, meaning.category)
    named = spoken_of(text) & FAULTY
    return _surely(meaning, matters()[min(named)].category) if len(named) == 1 else meaning


def _surely(meaning: Understanding, category: Category) -> Understanding:
    return replace(
        meaning,
        kind=Kind.ISSUE,
        category=category,
        intent=meaning.intent or Intent.HELP,
        urgency=meaning.urgency or Urgency.NORMAL,
        confidence=max(meaning.confidence, OUTRIGHT),
    )


def sounds_like_followup(said: Statement) -> bool:
    """黑黢黢的, 我们8栋也看到了: too short for the model to be sure, yet plainly a second voice."""
    if says("lacking", said.text) and not says("question", said.text):
        return True
    if sort_of(said.text) not in (Sort.SECOND, Sort.SOLVED, Sort.UNSOLVED, Sort.URGE):
        return False
    own = plainly(said.text) not in (None, Sort.SECOND)
    return bool(said.meaning.place.building or spoken_of(said.text) or own)


def only_follows(said: Statement) -> bool:
    """Whether what the model takes for an issue is a follow-up: it names no matter of its own."""
    sort = plainly(said.text)
    if sort is None or said.meaning.safety is not None:
        return False
    return sort is Sort.SOLVED or matter_of(said.text, str(said.meaning.category)) is None

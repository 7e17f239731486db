"""What a message means, all told: labels of the model, place, personal data, rules of safety.

The rules stand above the model: what they know for certain (danger to life, words that the guide
settles) they decide, the rest is the model's.
"""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from classifiers import places, privacy, safety
from classifiers.characters import simple, without_unseen
from classifiers.places import Place
from classifiers.safety import SafetyHit
from classifiers.taxonomy import Category, Intent, Kind, Urgency

# The model reads this much of a message, in characters: the head of a long one says what it is.
MODEL_HEAD = 400
# Only so much of a pasted text is searched for repetitions.
_LONG = 4_000
# How often a rule of safety is right when the model says the same, and against the model.
SAFETY_AGREED = 0.97
SAFETY_ALONE = 0.85


class Prediction(Protocol):
    """What the model says of one text; all heads are filled whatever the kind."""

    @property
    def kind(self) -> Kind: ...
    @property
    def category(self) -> Category: ...
    @property
    def intent(self) -> Intent: ...
    @property
    def urgency(self) -> Urgency: ...
    @property
    def confidence(self) -> float: ...
    @property
    def p_issue(self) -> float: ...
    @property
    def embedding(self) -> NDArray[np.float32]: ...


class Predictor(Protocol):
    """A model: one prediction for each text, in order."""

    def predict(self, texts: Sequence[str], /) -> Sequence[Prediction]: ...


@dataclass(frozen=True, slots=True)
class Understanding:
    """What one message means. Category, intent and urgency are None unless it is an issue.

    `confidence` (0 to 1) is the probability that kind and category are both right; `embedding` is
    the message as a unit vector of float32, in bytes, None where no model was asked; `masked` is
    the text without phones, ids and the like.
    """

    text: str
    kind: Kind
    category: Category | None
    intent: Intent | None
    urgency: Urgency | None
    confidence: float
    place: Place
    masked: str
    embedding: bytes | None
    safety: SafetyHit | None
    p_issue: float


@dataclass(frozen=True, slots=True)
class _Certain:
    """A word of the guide that settles a category or an intent of an issue."""

    words: re.Pattern[str]
    unless: re.Pattern[str] | None
    category: Category | None
    intent: Intent | None

    def applies(self, text: str) -> bool:
        return bool(self.words.search(text)) and not (self.unless and self.unless.search(text))


@cache
def _certain() -> tuple[_Certain, ...]:
    source = resources.files("classifiers").joinpath("understanding.toml")
    tables: list[dict[str, str]] = tomllib.loads(source.read_text(encoding="utf-8"))["certain"]
    return tuple(
        _Certain(
            re.compile(table["words"]),
            re.compile(table["not"]) if "not" in table else None,
            Category(table["category"]) if "category" in table else None,
            Intent(table["intent"]) if "intent" in table else None,
        )
        for table in tables
    )


# A reply as WeChat pastes it: the quoted line in brackets, a line of dashes, the speaker's words.
_QUOTE = re.compile(r"\A\s*「.*?」?\s*\n\s*(?:[-—－_]\s?){5,}\s*(?:\n|\Z)", re.DOTALL)
_STICKER = re.compile(r"\[[A-Za-z\u4e00-\u9fff]{1,8}\]|<[^<>\n]{1,20}>")
_MENTION = re.compile(r"@\S{1,30}(?:\s|\u2005|$)")
_REPEATED = re.compile(r"(.{1,60}?)\1{3,}", re.DOTALL)


def own_words(text: str) -> str:
    """What the speaker says, without the line that is quoted above it."""
    if not text.lstrip().startswith("「"):
        return text
    return _QUOTE.sub("", text, count=1)


def says_something(text: str) -> bool:
    """Whether a text has any word or number besides stickers, emoji and mentions."""
    rest = _STICKER.sub("", _MENTION.sub("", text))
    return any(c.isalnum() for c in rest)


def for_model(text: str) -> str:
    """The part of a message that the model reads: simple characters, without endless repetition."""
    if len(text) > MODEL_HEAD:
        text = _REPEATED.sub(r"\1\1\1", text[:_LONG])
    return simple(text[:MODEL_HEAD])


class Understander:
    """Understands messages with one model; `estates` and `landmarks` are the configured names.

    Not bound to a thread, holds no state between messages.
    """

    def __init__(
        self,
        classifier: Predictor,
        *,
        estates: Sequence[str] = (),
        landmarks: Sequence[str] = (),
    ) -> None:
        self._classifier = classifier
        self._estates = tuple(estates)
        self._landmarks = tuple(landmarks)

    @property
    def classifier(self) -> Predictor:
        """The model that is asked."""
        return self._classifier

    def understand(self, texts: Sequence[str]) -> list[Understanding]:
        """One understanding for each text, in order; the model is asked once for all of them."""
        said = [own_words(without_unseen(text)) for text in texts]
        spoken = [number for number, words in enumerate(said) if says_something(words)]
        asked = [for_model(said[number]) for number in spoken]
        answers = dict(zip(spoken, self._classifier.predict(asked) if asked else (), strict=True))
        return [
            self._combine(text, words, answers.get(number))
            for number, (text, words) in enumerate(zip(texts, said, strict=True))
        ]

    def _combine(self, text: str, words: str, answer: Prediction | None) -> Understanding:
        place = places.find(words, estates=self._estates, landmarks=self._landmarks)
        masked = privacy.mask(text)
        if answer is None:
            return Understanding(
                text, Kind.CHAT, None, None, None, 1.0, place, masked, None, None, 0.0
            )
        hit = safety.check(words)
        embedding = np.ascontiguousarray(answer.embedding, dtype=np.float32).tobytes()
        kind, confidence = answer.kind, answer.confidence
        category, intent, urgency = answer.category, answer.intent, answer.urgency
        p_issue = answer.p_issue
        if hit is not None:
            agreed = kind is Kind.ISSUE and category is hit.category
            confidence = max(confidence, SAFETY_AGREED) if agreed else SAFETY_ALONE
            kind, category, urgency = Kind.ISSUE, hit.category, Urgency.CRITICAL
            p_issue = max(p_issue, confidence)
        elif kind is Kind.ISSUE:
            view = simple(words[:MODEL_HEAD])
            for rule in _certain():
                if rule.applies(view):
                    category, intent = rule.category or category, rule.intent or intent
            if urgency is Urgency.CRITICAL and safety.only_told(words):
                urgency = Urgency.NORMAL
        issue = kind is Kind.ISSUE
        return Understanding(
            text,
            kind,
            category if issue else None,
            intent if issue else None,
            urgency if issue else None,
            confidence,
            place,
            masked,
            embedding,
            hit,
            p_issue,
        )


def as_json(understanding: Understanding) -> dict[str, Any]:
    """One line of `geying classify`: ids of the annotation guide, null where it says so."""
    place = understanding.place
    return {
        "text": understanding.text,
        "kind": understanding.kind.value,
        "category": understanding.category.value if understanding.category else None,
        "intent": understanding.intent.value if understanding.intent else None,
        "urgency": understanding.urgency.value if understanding.urgency else None,
        "confidence": round(understanding.confidence, 4),
        "place": {
            "estate": place.estate,
            "building": place.building,
            "unit": place.unit,
            "room": place.room,
            "landmark": place.landmark,
        },
        "masked": understanding.masked,
    }

"""The classifier of messages: what the running bot asks.

classifier = Classifier.load()
classifier.predict(["3栋电梯坏了"])[0].category
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from classifiers.features import cut, normalise
from classifiers.inference import Answer, OnnxNetwork
from classifiers.taxonomy import Category, Intent, Kind, Urgency

BUNDLED = Path(__file__).with_name("bundled")
_PIECES = 40  # words of a text that `explain` leaves out in turn


class ModelMissingError(RuntimeError):
    """The folder holds no model of this project; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """What one message means. All four heads are filled, whatever the kind.

    `confidence` is the calibrated probability that kind and category (of an issue) are both right;
    `p_issue` that of being an issue. `embedding` has unit length.
    """

    kind: Kind
    category: Category
    intent: Intent
    urgency: Urgency
    confidence: float
    p_issue: float
    embedding: NDArray[np.float32]
    kinds: Mapping[Kind, float]
    categories: Mapping[Category, float]


def calibrated(raw: float, slope: float, shift: float) -> float:
    """A probability moved along the logistic curve as the dev messages taught."""
    kept = min(max(raw, 1e-6), 1 - 1e-6)
    return 1 / (1 + math.exp(-(slope * math.log(kept / (1 - kept)) + shift)))


class Classifier:
    """Four heads on one network. Loading takes a second or two, a message a few milliseconds."""

    def __init__(self, network: OnnxNetwork) -> None:
        self._network = network
        settings = network.settings
        self.version: str = str(settings.get("version", "0"))
        self.threshold: float = float(settings.get("threshold", 0.5))
        self._slope, self._shift = settings.get("calibration", (1.0, 0.0))

    @classmethod
    def load(cls, folder: Path | None = None) -> Self:
        """The model of `folder`, or the bundled one. Raises `ModelMissingError`."""
        place = BUNDLED if folder is None else folder
        if not (place / "geying.json").exists():
            raise ModelMissingError(f"no model in {place}: `geying train` makes one")
        network = OnnxNetwork(place)
        if set(network.heads) != {"kind", "category", "intent", "urgency"}:
            raise ModelMissingError(f"the model in {place} is not one of messages")
        return cls(network)

    def predict(self, texts: Sequence[str]) -> list[Prediction]:
        """One prediction for each text, in order; a blank text is chat."""
        return [self._prediction(self._network.answer(text)) for text in texts]

    def _prediction(self, answer: Answer) -> Prediction:
        heads = self._network.heads
        chances = answer.probabilities
        kinds = {
            Kind(name): float(p) for name, p in zip(heads["kind"], chances["kind"], strict=True)
        }
        if answer.blank:
            kinds = {kind: float(kind is Kind.CHAT) for kind in Kind}
        categories = {
            Category(name): float(p)
            for name, p in zip(heads["category"], chances["category"], strict=True)
        }
        kind = max(kinds, key=kinds.__getitem__)
        category = max(categories, key=categories.__getitem__)
        both = kinds[kind] * (categories[category] if kind is Kind.ISSUE else 1.0)
        return Prediction(
            kind=kind,
            category=category,
            intent=Intent(heads["intent"][int(chances["intent"].argmax())]),
            urgency=Urgency(heads["urgency"][int(chances["urgency"].argmax())]),
            confidence=1.0 if answer.blank else calibrated(both, self._slope, self._shift),
            p_issue=kinds[Kind.ISSUE],
            embedding=answer.embedding,
            kinds=kinds,
            categories=categories,
        )

    def explain(self, text: str) -> list[tuple[str, float]]:
        """The words that carried the answer, heaviest first: how far it falls without each.

        The weight is the loss of probability of the answer's kind (and category, for an issue)
        when the word is left out; words that do not carry it are not listed.
        """
        clean = normalise(text)
        if not clean:
            return []
        whole = self.predict([clean])[0]

        def chance(shown: str) -> float:
            found = self.predict([shown])[0]
            if whole.kind is Kind.ISSUE:
                return found.p_issue * found.categories[whole.category]
            return found.kinds[whole.kind]

        words = cut(clean)[:_PIECES]
        base = chance(clean)
        weights: dict[str, float] = {}
        for place, word in enumerate(words):
            if word.strip() and any(c.isalnum() for c in word):
                lost = base - chance("".join(words[:place] + words[place + 1 :]))
                weights[word] = max(lost, weights.get(word, 0.0))
        ranked = sorted(weights.items(), key=lambda item: -item[1])
        return [(word, round(weight, 4)) for word, weight in ranked if weight > 0.005]

"""Figures: how well a model does on labelled messages, and how honest its confidence is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize  # type: ignore[import-untyped]
from sklearn.metrics import accuracy_score, f1_score, precision_recall_fscore_support

from classifiers.model import Prediction
from classifiers.taxonomy import Kind, Urgency
from classifiers.training.corpus import Message


class Predicts(Protocol):
    """Anything that predicts as the `Classifier` does."""

    def predict(self, texts: Sequence[str]) -> list[Prediction]:
        """One prediction for each text."""
        ...


@dataclass(frozen=True)
class Figures:
    """One run over labelled messages: the figures by name, and the two tables behind them."""

    values: dict[str, float]
    kinds: dict[tuple[str, str], int]
    categories: dict[tuple[str, str], int]
    count: int


def ece(confidence: NDArray[np.float64], right: NDArray[np.bool_], bins: int = 15) -> float:
    """Expected calibration error: the mean gap between confidence and accuracy over equal bins."""
    if len(confidence) == 0:
        return 0.0
    places = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [
        abs(confidence[places == b].mean() - right[places == b].mean()) * (places == b).mean()
        for b in range(bins)
        if (places == b).any()
    ]
    return float(sum(gaps))


def _counted(pairs: Sequence[tuple[str, str]]) -> dict[tuple[str, str], int]:
    counts: dict[tuple[str, str], int] = {}
    for pair in pairs:
        counts[pair] = counts.get(pair, 0) + 1
    return counts


def right(message: Message, found: Prediction) -> bool:
    """Kind and, for an issue, category are both as labelled."""
    same = found.kind == message.kind
    return same and (message.kind != Kind.ISSUE or found.category == message.category)


def figures(messages: Sequence[Message], found: Sequence[Prediction]) -> Figures:
    """Every figure that labels and predictions give. Shares are 0 to 1."""
    kinds = [m.kind for m in messages]
    guessed = [p.kind.value for p in found]
    issues = [(m, p) for m, p in zip(messages, found, strict=True) if m.kind == Kind.ISSUE]
    values = {
        "issue_f1": float(f1_score([k == "issue" for k in kinds], [k == "issue" for k in guessed])),
        "kind_accuracy": float(accuracy_score(kinds, guessed)),
        "category_macro_f1": _macro(issues, lambda m: m.category, lambda p: p.category.value),
        "intent_macro_f1": _macro(issues, lambda m: m.intent, lambda p: p.intent.value),
        "urgency_macro_f1": _macro(issues, lambda m: m.urgency, lambda p: p.urgency.value),
    }
    values |= critical_figures([m for m, _ in issues], [p.urgency for _, p in issues])
    good = np.array([right(m, p) for m, p in zip(messages, found, strict=True)], dtype=bool)
    values["ece"] = ece(np.array([p.confidence for p in found]), good)
    values["kind_and_category_accuracy"] = float(good.mean()) if len(good) else 0.0
    return Figures(
        values,
        _counted(list(zip(kinds, guessed, strict=True))),
        _counted([(str(m.category), p.category.value) for m, p in issues]),
        len(messages),
    )


def critical_figures(messages: Sequence[Message], found: Sequence[Urgency]) -> dict[str, float]:
    """Precision and recall of `critical` among the issues."""
    precision, recall, _, _ = precision_recall_fscore_support(
        [m.urgency == Urgency.CRITICAL for m in messages],
        [u == Urgency.CRITICAL for u in found],
        average="binary",
        zero_division=0,
    )
    return {"critical_recall": float(recall), "critical_precision": float(precision)}


def _macro(
    issues: Sequence[tuple[Message, Prediction]],
    truth: Callable[[Message], str | None],
    guess: Callable[[Prediction], str],
) -> float:
    if not issues:
        return 0.0
    wanted = [str(truth(message)) for message, _ in issues]
    return float(
        f1_score(
            wanted, [guess(found) for _, found in issues], average="macro", labels=sorted({*wanted})
        )
    )


def by_voice(messages: Sequence[Message], found: Sequence[Prediction]) -> dict[str, Figures]:
    """The same figures for each voice apart."""
    voices = sorted({message.voice for message in messages})
    return {
        voice: figures(
            [m for m in messages if m.voice == voice],
            [p for m, p in zip(messages, found, strict=True) if m.voice == voice],
        )
        for voice in voices
    }


_HEATS = np.exp(np.linspace(np.log(0.25), np.log(4), 81))


def _cost(logits: NDArray[np.float32], labels: NDArray[np.int64], heat: float) -> float:
    scaled = logits / heat
    top = scaled.max(axis=1, keepdims=True)
    lost = np.log(np.exp(scaled - top).sum(axis=1)) + top[:, 0]
    return float((lost - scaled[np.arange(len(labels)), labels]).mean())


def temperature(logits: NDArray[np.float32], labels: NDArray[np.int64]) -> float:
    """The temperature at which labelled logits are likeliest, between 0.25 and 4."""
    return float(min(_HEATS, key=lambda heat: _cost(logits, labels, float(heat))))


def likelihood_cost(logits: NDArray[np.float32], labels: NDArray[np.int64]) -> float:
    """Mean negative log-likelihood of the labels at the best temperature; 0 for no rows."""
    if len(labels) == 0:
        return 0.0
    return _cost(logits, labels, temperature(logits, labels))


def calibration(raw: NDArray[np.float64], good: NDArray[np.bool_]) -> tuple[float, float]:
    """Slope and shift of `calibrated` that make `raw` probabilities fit what was right."""
    clipped = raw.clip(1e-6, 1 - 1e-6)
    odds = np.log(clipped / (1 - clipped))

    def cost(values: NDArray[np.float64]) -> float:
        signed = (values[0] * odds + values[1]) * np.where(good, 1.0, -1.0)
        return float(np.logaddexp(0, -signed).mean() + 1e-3 * (values[0] - 1) ** 2)

    found = minimize(cost, np.array([1.0, 0.0]), method="Nelder-Mead")
    return float(found.x[0]), float(found.x[1])


def threshold(confidence: NDArray[np.float64], good: NDArray[np.bool_]) -> float:
    """Below which confidence an issue is better asked about: where fewer than 6 in 10 are right.

    Looked for from 0.30 to 0.75 in steps of 0.05; the highest step with so poor a band below it.
    """
    best = 0.30
    for step in np.arange(0.30, 0.76, 0.05):
        band = (confidence < step) & (confidence >= step - 0.15)
        if band.sum() >= 8 and good[band].mean() < 0.6:
            best = float(step)
    return round(best, 2)


def raw_confidence(found: Prediction) -> float:
    """The product of the probabilities of kind and category, before calibration."""
    if found.kind is Kind.ISSUE:
        return found.kinds[found.kind] * found.categories[found.category]
    return found.kinds[found.kind]


def false_alarms(model: Predicts, texts: Sequence[str]) -> tuple[float, list[str]]:
    """The share of everyday texts that are taken for issues, and which they are."""
    found = [t for t, p in zip(texts, model.predict(texts), strict=True) if p.kind is Kind.ISSUE]
    return len(found) / max(1, len(texts)), found


def single_figures(wanted: Sequence[str], guessed: Sequence[str]) -> dict[str, Any]:
    """Accuracy, macro-F1, count and figures by class of a single-label model."""
    names = sorted({*wanted})
    precision, recall, scores, counts = precision_recall_fscore_support(
        wanted, guessed, labels=names, zero_division=0
    )
    return {
        "accuracy": float(accuracy_score(wanted, guessed)),
        "macro_f1": float(np.mean(scores)),
        "n": len(wanted),
        "per_class": {
            name: {
                "precision": float(precision[place]),
                "recall": float(recall[place]),
                "f1": float(scores[place]),
                "n": int(counts[place]),
            }
            for place, name in enumerate(names)
        },
    }

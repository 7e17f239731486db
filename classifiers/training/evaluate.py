"""Figures: how well a model does on labelled messages, and how honest its confidence is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize  # type: ignore[import-untyped]
from sklearn.metrics import accuracy_score, f1_score, precision_recall_fscore_support

from classifiers.model import Prediction
from classifiers.taxonomy import Kind, Urgency
from classifiers.training.corpus import Message


@dataclass(frozen=True, slots=True)
class Seen:
    """What was said of one message, in ids; "" where nothing was said (a kind without labels)."""

    kind: str
    category: str
    intent: str
    urgency: str
    confidence: float


def seen(found: Prediction) -> Seen:
    """What a model alone says: all labels, whatever the kind."""
    return Seen(
        found.kind.value,
        found.category.value,
        found.intent.value,
        found.urgency.value,
        found.confidence,
    )


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


def right(message: Message, found: Seen) -> bool:
    """Kind and, for an issue, category are both as labelled."""
    same = found.kind == message.kind
    return same and (message.kind != Kind.ISSUE or found.category == message.category)


def figures(messages: Sequence[Message], found: Sequence[Seen]) -> Figures:
    """Every figure that labels and answers give. Shares are 0 to 1; no answer is a wrong one."""
    kinds = [m.kind for m in messages]
    guessed = [p.kind for p in found]
    issues = [(m, p) for m, p in zip(messages, found, strict=True) if m.kind == Kind.ISSUE]
    values = {
        "issue_f1": float(f1_score([k == "issue" for k in kinds], [k == "issue" for k in guessed])),
        "kind_accuracy": float(accuracy_score(kinds, guessed)),
        "category_macro_f1": _macro([(str(m.category), p.category) for m, p in issues]),
        "intent_macro_f1": _macro([(str(m.intent), p.intent) for m, p in issues]),
        "urgency_macro_f1": _macro([(str(m.urgency), p.urgency) for m, p in issues]),
    }
    precision, recall, _, _ = precision_recall_fscore_support(
        [m.urgency == Urgency.CRITICAL for m, _ in issues],
        [p.urgency == Urgency.CRITICAL for _, p in issues],
        average="binary",
        zero_division=0,
    )
    values |= {"critical_recall": float(recall), "critical_precision": float(precision)}
    good = np.array([right(m, p) for m, p in zip(messages, found, strict=True)], dtype=bool)
    values["ece"] = ece(np.array([p.confidence for p in found]), good)
    values["kind_and_category_accuracy"] = float(good.mean()) if len(good) else 0.0
    return Figures(
        values,
        _counted(list(zip(kinds, guessed, strict=True))),
        _counted([(str(m.category), p.category) for m, p in issues]),
        len(messages),
    )


def _macro(pairs: Sequence[tuple[str, str]]) -> float:
    if not pairs:
        return 0.0
    wanted, guessed = [w for w, _ in pairs], [g for _, g in pairs]
    return float(f1_score(wanted, guessed, average="macro", labels=sorted({*wanted})))


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

"""What the dev voices decide: the wide part's share, temperatures, calibration, threshold."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from classifiers.features import padded
from classifiers.inference import OnnxNetwork
from classifiers.model import Classifier
from classifiers.training import evaluate
from classifiers.training.corpus import Message
from classifiers.training.fitting import Fitted

_SHARES = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0)


def choose_shares(fitted: Fitted, dev: Sequence[Message]) -> list[float]:
    """Sets, for each head, how much the wide part counts, so that the dev labels are likeliest."""
    if not dev:
        return []
    deep, wide = both(fitted, [message.text for message in dev])
    labels = np.array([message.labels for message in dev])
    cuts = np.cumsum(fitted.whole.sizes)[:-1]
    chosen = []
    for head, (net, linear) in enumerate(
        zip(np.split(deep, cuts, axis=1), np.split(wide, cuts, axis=1), strict=True)
    ):
        good = labels[:, head] >= 0
        costs = [
            evaluate.likelihood_cost(net[good] + share * linear[good], labels[good, head])
            for share in _SHARES
        ]
        chosen.append(_SHARES[int(np.argmin(costs))] if good.any() else 1.0)
    fitted.whole.shares = torch.tensor(chosen, dtype=torch.float32)
    return chosen


def both(fitted: Fitted, texts: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Logits of the networks and of the wide part apart, each (texts, logits)."""
    whole, reader = fitted.whole.eval(), fitted.reader
    rows = []
    with torch.no_grad():
        for text in texts:
            arrays = padded([reader.encode(text)], reader.padding)
            given = {name: torch.from_numpy(array) for name, array in arrays.items()}
            deep, wide, _like = whole.parts(**given)
            rows.append((deep[0].numpy(), wide[0].numpy()))
    return np.stack([deep for deep, _ in rows]), np.stack([wide for _, wide in rows])


def calibrate(folder: Path, dev: Sequence[Message]) -> None:
    """Fits temperatures, calibration and threshold of an exported model, into `geying.json`."""
    if not dev:
        return
    texts = [message.text for message in dev]
    labels = np.array([message.labels for message in dev])
    network = OnnxNetwork(folder)
    logits = np.stack([network.logits(text)[0] for text in texts])
    cuts = np.cumsum([len(names) for names in network.heads.values()])[:-1]
    heats = {}
    for head, (name, part) in enumerate(
        zip(network.heads, np.split(logits, cuts, axis=1), strict=True)
    ):
        good = labels[:, head] >= 0
        if good.any():
            heats[name] = evaluate.temperature(part[good], labels[good, head])
    _settings(folder, temperatures=heats, calibration=(1.0, 0.0))
    found = Classifier.load(folder).predict(texts)
    right = np.array([evaluate.right(m, evaluate.seen(p)) for m, p in zip(dev, found, strict=True)])
    raw = np.array([evaluate.raw_confidence(p) for p in found])
    _settings(folder, calibration=evaluate.calibration(raw, right))
    found = Classifier.load(folder).predict(texts)
    issues = np.array([p.kind == "issue" for p in found])
    confidence = np.array([p.confidence for p in found])
    _settings(folder, threshold=evaluate.threshold(confidence[issues], right[issues]))


def _settings(folder: Path, **values: Any) -> None:
    file = folder / "geying.json"
    held = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps(held | values, ensure_ascii=False, indent=1), encoding="utf-8")

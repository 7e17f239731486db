"""Measures `classifiers.similarity` on pairs of statements, and what a fit to them would give.

    python -m classifiers.training.pairs

`pairs.tsv` holds pairs with 1 for the same event and 0 for another; the others share words on
purpose. A fit to such pairs counts shared words against likeness, which is wrong for ordinary
talk, so its weights are told here and not used.
"""

import logging
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, roc_auc_score
from sklearn.model_selection import LeaveOneOut, cross_val_predict

from classifiers.model import Classifier
from classifiers.similarity import WEIGHTS, traits

_LOG = logging.getLogger(__name__)
PAIRS = Path(__file__).with_name("pairs.tsv")


def read(path: Path = PAIRS) -> list[tuple[str, str, int]]:
    """The pairs with their labels."""
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
    return [(left, right, int(same)) for left, right, same in rows]


def measured(classifier: Classifier) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Traits of shape (pairs, 3), and labels."""
    rows, labels = [], []
    for left, right, same in read():
        a, b = (found.embedding for found in classifier.predict([left, right]))
        rows.append(traits(left, a, right, b))
        labels.append(same)
    return np.array(rows), np.array(labels)


def main() -> None:
    """Measures and tells."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    rows, labels = measured(Classifier.load())
    model = LogisticRegression(C=30.0, class_weight="balanced")
    held = cross_val_predict(model, rows, labels, cv=LeaveOneOut(), method="predict_proba")[:, 1]
    model.fit(rows, labels)
    used = rows @ np.array(WEIGHTS)
    _LOG.info("weights in use: area under the curve %.3f", roc_auc_score(labels, used))
    _LOG.info("weights %s, shift %.2f", model.coef_[0].round(2).tolist(), model.intercept_[0])
    _LOG.info(
        "held out: area under the curve %.3f, accuracy %.3f",
        roc_auc_score(labels, held),
        accuracy_score(labels, held > 0.5),
    )


if __name__ == "__main__":
    main()

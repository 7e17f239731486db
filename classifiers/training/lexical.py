"""The wide part: linear support vector machines over n-grams and words.

It is the peer that a small network must never fall behind, so it is part of the network: its
weights become a table in the same graph.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse  # type: ignore[import-untyped]
from sklearn.svm import LinearSVC

from classifiers.features import Encoded

IGNORED = -100


def matrix(rows: Sequence[Encoded], grams: int) -> sparse.csr_matrix:
    """The wide features as a sparse matrix of shape (rows, grams + 1)."""
    return matrix_of([(row.wide_ids, row.wide_weights) for row in rows], grams)


def matrix_of(
    rows: Sequence[tuple[Sequence[int], Sequence[float]]], grams: int
) -> sparse.csr_matrix:
    """The same from numbers and weights of grams."""
    counts = [len(numbers) for numbers, _ in rows]
    ids = np.fromiter((i for numbers, _ in rows for i in numbers), dtype=np.int64)
    values = np.fromiter((w for _, weights in rows for w in weights), dtype=np.float32)
    starts = np.concatenate([[0], np.cumsum(counts)])
    return sparse.csr_matrix((values, ids, starts), shape=(len(rows), grams + 1))


def _fit(
    features: sparse.csr_matrix, labels: NDArray[np.int64], size: int, cost: float, seed: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Weights (features, size) and biases (size,) of one head; classes never seen stay at -1."""
    weights = np.zeros((features.shape[1], size), dtype=np.float32)
    biases = np.full(size, -1.0, dtype=np.float32)
    found = np.unique(labels)
    if len(found) < 2:
        biases[found] = 1.0
        return weights, biases
    machine = LinearSVC(C=cost, random_state=seed).fit(features, labels)
    coefficients, intercepts = machine.coef_, machine.intercept_
    if len(found) == 2:
        coefficients = np.concatenate([-coefficients, coefficients])
        intercepts = np.concatenate([-intercepts, intercepts])
    weights[:, found] = coefficients.T
    biases[found] = intercepts
    return weights, biases


def fitted(
    features: sparse.csr_matrix,
    labels: NDArray[np.int64],
    sizes: Sequence[int],
    cost: float = 0.6,
    seed: int = 0,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """All heads' weights and biases side by side; `labels` is (rows, heads), -100 for none."""
    parts = []
    for head, size in enumerate(sizes):
        good = labels[:, head] != IGNORED
        parts.append(_fit(features[good], labels[good, head], size, cost, seed))
    return np.concatenate([w for w, _ in parts], axis=1), np.concatenate([b for _, b in parts])

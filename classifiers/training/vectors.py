"""Vectors of words and characters from counting: PPMI of neighbours, then a truncated SVD.

A network of this size cannot learn from a few hours of text what counting sees in minutes: that
窨井盖 and 井盖, 泔水 and 厨余 keep the same company (Levy and Goldberg, 2014; with their smoothed
context distribution and the symmetric use of the singular values).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse  # type: ignore[import-untyped]
from sklearn.utils.extmath import randomized_svd

_SMOOTHING = 0.75
_CHUNK = 4_000_000


def cooccurrence(
    ids: NDArray[np.int64], rows: NDArray[np.int64], size: int, window: int, lowest: int
) -> sparse.csr_matrix:
    """How often each pair of ids stands within `window` places in one row, nearer counting more.

    `ids` and `rows` have one entry per token: its number, and the number of its line. Ids below
    `lowest` (padding, unknown) are left out. Returns a symmetric matrix of shape (size, size).
    """
    total = sparse.csr_matrix((size, size), dtype=np.float32)
    for start in range(0, len(ids), _CHUNK):
        chunk, lines = ids[start : start + _CHUNK], rows[start : start + _CHUNK]
        for step in range(1, window + 1):
            left, right = chunk[:-step], chunk[step:]
            good = (lines[:-step] == lines[step:]) & (left >= lowest) & (right >= lowest)
            keys, counts = np.unique(left[good] * size + right[good], return_counts=True)
            weight = counts.astype(np.float32) / step
            total = total + sparse.csr_matrix((weight, (keys // size, keys % size)), (size, size))
    return sparse.csr_matrix(total + total.T)


def ppmi(pairs: sparse.csr_matrix) -> sparse.csr_matrix:
    """Positive pointwise mutual information of a matrix of counts, contexts smoothed."""
    counts = sparse.coo_matrix(pairs)
    rows = np.asarray(pairs.sum(axis=1)).ravel().clip(1e-9)
    contexts = np.asarray(pairs.sum(axis=0)).ravel().clip(1e-9) ** _SMOOTHING
    share = np.log(counts.data / rows[counts.row] / contexts[counts.col] * contexts.sum())
    good = share > 0
    return sparse.csr_matrix(
        (share[good].astype(np.float32), (counts.row[good], counts.col[good])), counts.shape
    )


def vectors(pairs: sparse.csr_matrix, width: int, seed: int) -> NDArray[np.float32]:
    """Unit vectors of shape (size, width); rows of ids that never stood beside another are 0."""
    left, values, _ = randomized_svd(ppmi(pairs), width, n_iter=3, random_state=seed)
    found = left * np.sqrt(values)
    found -= found[np.abs(found).sum(axis=1) > 0].mean(axis=0) * 0.5
    norms = np.linalg.norm(found, axis=1, keepdims=True)
    return np.asarray(found / np.maximum(norms, 1e-6), dtype=np.float32)


def nearest(table: NDArray[np.float32], names: Sequence[str], name: str, count: int) -> list[str]:
    """The `count` names whose vectors lie nearest to that of `name` (for looking at a table)."""
    scores = table @ table[list(names).index(name)]
    return [names[i] for i in np.argsort(-scores)[1 : count + 1]]

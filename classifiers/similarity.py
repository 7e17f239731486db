"""Whether two statements may speak of the same event: embeddings, and the words beside them.

The embedding of a message says what sort of matter it is; the words say which lamp, which shop.
`score` joins both by weights set by hand, not fitted. It tells pairs of one event from pairs
taken at random; where two events share most of their words it knows nothing (see
`classifiers.training.pairs`), so category, matter and place must be compared beside it.
"""

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from classifiers.features import cut, normalise

# Set by hand: cosine, shared words, shared two-character pieces.
WEIGHTS = (6.0, 2.0, 3.0)
SHIFT = -4.5
_PLAIN = frozenset(
    """
    的 了 吗 吧 呢 啊 嘛 呀 哦 是 在 有 我 你 他 我们 你们 他们 大家 这 那 这个 那个 就 都 也 还 又
    不 没 没有 要 会 能 可以 请 麻烦 一下 谢谢 怎么 什么 为什么 哪里 谁 一个 人 来 去 到 和 跟 把 被
    给 让 说 看 看看 很 太 真 真的 好 已经 现在 今天 昨天 物业 社区 管 师傅 请问 天 几天 还是 啥 咋
    得 地 着 过 上 下 里 个 们 家
    """.split()  # noqa: SIM905
)


@lru_cache(maxsize=4096)
def _shown(text: str) -> tuple[frozenset[str], frozenset[str]]:
    """The words with meaning, and the two-character pieces, of a text."""
    clean = normalise(text)
    words = frozenset(
        word
        for word in cut(clean)
        if word not in _PLAIN and any(c.isalpha() for c in word) and not word.isdigit()
    )
    letters = "".join(c for c in clean if c.isalpha())
    return words, frozenset(letters[i : i + 2] for i in range(len(letters) - 1))


def _overlap(left: frozenset[str], right: frozenset[str]) -> float:
    """Shared things by the geometric mean of both sizes; longer words count more."""
    if not left or not right:
        return 0.0
    shared = sum(len(item) for item in left & right)
    sizes = sum(map(len, left)) * sum(map(len, right))
    return shared / math.sqrt(sizes)


def traits(
    a_text: str, a_vec: NDArray[np.float32], b_text: str, b_vec: NDArray[np.float32]
) -> Sequence[float]:
    """Cosine of the embeddings, overlap of words, overlap of two-character pieces; each to 1."""
    a_words, a_pieces = _shown(a_text)
    b_words, b_pieces = _shown(b_text)
    cosine = float(np.dot(a_vec, b_vec))
    return cosine, _overlap(a_words, b_words), _overlap(a_pieces, b_pieces)


def score(
    a_text: str, a_vec: NDArray[np.float32], b_text: str, b_vec: NDArray[np.float32]
) -> float:
    """How likely two statements speak of the same event, 0 to 1; symmetric.

    The vectors are `Prediction.embedding` (unit length). Place, time and category are the caller's
    to compare: two broken lamps in two buildings look alike here.
    """
    values = traits(a_text, a_vec, b_text, b_vec)
    total = SHIFT + sum(w * v for w, v in zip(WEIGHTS, values, strict=True))
    return 1 / (1 + math.exp(-total))

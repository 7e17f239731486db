"""Peers that say whether two texts are alike: jieba TF-IDF, SimHash, common substring."""

import hashlib
import math
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from difflib import SequenceMatcher
from functools import cache

from classifiers.features import cut, normalise

Alike = Callable[[str, str], float]
BITS = 64


@cache
def words(text: str) -> tuple[str, ...]:
    return tuple(word for word in cut(normalise(text)) if any(c.isalnum() for c in word))


def tfidf(texts: Sequence[str]) -> Alike:
    """Cosine of TF-IDF vectors over jieba words; inverse frequencies from `texts`."""
    seen = Counter(word for text in texts for word in set(words(text)))
    weight = {word: math.log((1 + len(texts)) / (1 + n)) + 1 for word, n in seen.items()}
    rare = math.log(1 + len(texts)) + 1

    @cache
    def vector(text: str) -> dict[str, float]:
        return {w: n * weight.get(w, rare) for w, n in Counter(words(text)).items()}

    def alike(one: str, other: str) -> float:
        a, b = vector(one), vector(other)
        dot = sum(value * b.get(word, 0.0) for word, value in a.items())
        norms = math.hypot(*a.values()) * math.hypot(*b.values()) if a and b else 0.0
        return dot / norms if norms else 0.0

    return cache(alike)


@cache
def _simhash(text: str) -> int:
    votes = [0] * BITS
    for word, times in Counter(words(text)).items():
        bits = int.from_bytes(hashlib.md5(word.encode()).digest()[: BITS // 8], "big")
        for place in range(BITS):
            votes[place] += times if bits >> place & 1 else -times
    return sum(1 << place for place, vote in enumerate(votes) if vote > 0)


def simhash(one: str, other: str) -> float:
    """Share of equal bits of 64-bit SimHashes over jieba words."""
    return 1 - (_simhash(one) ^ _simhash(other)).bit_count() / BITS


@cache
def common_substring(one: str, other: str) -> float:
    """Length of the longest common substring by that of the shorter text."""
    a, b = normalise(one), normalise(other)
    if not a or not b:
        return 0.0
    found = SequenceMatcher(None, a, b, autojunk=False).find_longest_match()
    return found.size / min(len(a), len(b))


def all_peers(texts: Sequence[str]) -> dict[str, Alike]:
    return {
        "jieba TF-IDF cosine": tfidf(texts),
        "SimHash": simhash,
        "longest common substring": common_substring,
    }


def group_online(
    items: Sequence[tuple[Hashable, Hashable, str]], alike: Alike, threshold: float
) -> dict[Hashable, Hashable]:
    """Group (item, scope, text) in order: each joins the most alike earlier text of its scope."""
    made: dict[Hashable, Hashable] = {}
    earlier: dict[Hashable, list[tuple[Hashable, str]]] = {}
    for item, scope, text in items:
        rows = earlier.setdefault(scope, [])
        scored = [(alike(text, other), row) for row, other in rows]
        best = max(scored, key=lambda pair: pair[0], default=(0.0, None))
        made[item] = made[best[1]] if best[1] is not None and best[0] >= threshold else item
        rows.append((item, text))
    return made

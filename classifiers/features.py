"""From text to numbers: what the network reads.

Each character is one token; beside it stands the number of the word (jieba) that holds it, so that
the network knows a synonym which no labelled message has shown it. Beside both stand the hashed
character n-grams and words of the wide part, which make it as sure on literal wordings as a linear
model. Nothing here needs torch: training and the running bot share this module.
"""

import json
import re
import unicodedata
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jieba
import numpy as np
from numpy.typing import NDArray

PAD, UNK, CLS, SEP, MASK = "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"
SPECIAL = (PAD, UNK, CLS, SEP, MASK)
WORD_PAD, WORD_UNK, WORD_MASK = 0, 1, 2  # the first rows of the table of words
DOMAIN_WORDS = Path(__file__).with_name("domain_words.txt")

_SPACE = re.compile(r"\s+")
_RUN = re.compile(r"(.)\1{3,}")
_MASKED = re.compile(r"\[(?:PHONE|TEL|ID|EMAIL|IM)\]", re.IGNORECASE)
_DIGITS = re.compile(r"\d+")
_ODD = re.compile("[\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufe0e\ufe0f\ufeff]")
_QUOTE = re.compile(r"^「.*?」\s*\n(?:\s*-\s?){5,}\n", re.DOTALL)


def normalise(text: str) -> str:
    """The text as the network sees it: NFKC, lower case, single spaces, runs cut to three.

    A reply quoted the way WeChat pastes it is dropped: the label is of the speaker's own words.
    """
    text = _QUOTE.sub("", text, count=1) or text
    text = _ODD.sub("", unicodedata.normalize("NFKC", text)).lower()
    text = _MASKED.sub("#", text)
    text = _SPACE.sub(" ", text).strip()
    return _RUN.sub(r"\1\1\1", text)


@cache
def word_cutter() -> jieba.Tokenizer:
    """A jieba of our own: names that others add to the global one do not change what we read."""
    jieba.setLogLevel("ERROR")
    cutter = jieba.Tokenizer()
    cutter.initialize()
    if DOMAIN_WORDS.exists():
        for word in DOMAIN_WORDS.read_text(encoding="utf-8").split():
            cutter.add_word(word)
    return cutter


def cut(text: str) -> list[str]:
    """Words of a normalised text, in order; joined they give the text again."""
    return [str(word) for word in word_cutter().cut(text, HMM=False)]


def grams(text: str, words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Character 1- to 3-grams (numbers as one 0), and words of a text, each marked as its sort."""
    plain = "^" + _DIGITS.sub("0", text) + "$"
    spans = [
        plain[start : start + size] for size in (1, 2, 3) for start in range(len(plain) - size + 1)
    ]
    return spans, ["\x01" + ("0" if word.isdigit() else word) for word in words if word != " "]


def gram_counts(text: str, words: Sequence[str]) -> tuple[dict[int, int], dict[int, int]]:
    """How often each gram stands in a text, by its CRC-32: characters' grams, and words."""
    sorts = grams(text, words)
    counted: tuple[dict[int, int], dict[int, int]] = ({}, {})
    for sort, counts in zip(sorts, counted, strict=True):
        for gram in sort:
            mark = zlib.crc32(gram.encode())
            counts[mark] = counts.get(mark, 0) + 1
    return counted


@dataclass(frozen=True)
class Grams:
    """The grams that the wide part knows: sorted CRC-32 marks, and how rare each is (idf).

    A number of a gram is its place in `marks`, plus 1; 0 stands for none.
    """

    marks: NDArray[np.uint32]
    weights: NDArray[np.float32]

    @classmethod
    def count(cls, texts: Iterable[str], least: int = 1, most: int = 300_000) -> "Grams":
        """The grams that stand in at least `least` of the normalised texts, the `most` commonest"""
        seen: Counter[int] = Counter()
        total = 0
        for text in texts:
            total += 1
            for counts in gram_counts(text, cut(text)):
                seen.update(counts.keys())
        kept = sorted(mark for mark, count in seen.most_common(most) if count >= least)
        found = np.array([seen[mark] for mark in kept], dtype=np.float32)
        weights = np.log((1 + total) / (1 + found)) + 1
        return cls(np.array(kept, dtype=np.uint32), weights.astype(np.float32))

    def numbers(self, text: str, words: Sequence[str]) -> tuple[list[int], list[float]]:
        """Numbers and weights of a normalised text's grams, each sort's weights of unit length."""
        ids: list[int] = []
        weights: list[float] = []
        for counts in gram_counts(text, words):
            marks = np.fromiter(counts, dtype=np.uint32, count=len(counts))
            places = np.searchsorted(self.marks, marks)
            places[places == len(self.marks)] = 0
            known = self.marks[places] == marks if len(self.marks) else np.zeros(0, dtype=bool)
            times = np.fromiter(counts.values(), dtype=np.float32, count=len(counts))[known]
            values = (1 + np.log(times)) * self.weights[places[known]]
            norm = float(np.linalg.norm(values))
            if norm > 0:
                ids += (places[known] + 1).tolist()
                weights += (values / norm).tolist()
        return (ids, weights) if ids else ([0], [0.0])


def shortened(text: str, longest: int) -> str:
    """The head and the tail of a text that is longer than `longest` characters."""
    if len(text) <= longest:
        return text
    tail = longest // 3
    return text[: longest - tail - 1] + " " + text[-tail:]


@dataclass(frozen=True, slots=True)
class Encoded:
    """One text as the network reads it: equally long tokens and words, and the wide part."""

    input_ids: list[int]
    word_ids: list[int]
    wide_ids: list[int]
    wide_weights: list[float]


class Reader:
    """Turns texts into numbers by the files of one model's folder.

    `words.txt` (absent for a foreign encoder) numbers the words, `grams.npz` holds the grams of the
    wide part, `features.json` the sizes; the tokenizer is an ordinary one of `transformers`.
    """

    def __init__(self, tokenizer: Any, words: Sequence[str], grams: Grams, longest: int) -> None:
        self.tokenizer = tokenizer
        self.words = {word: number for number, word in enumerate(words)}
        self.grams = grams
        self.longest = longest

    @classmethod
    def load(cls, folder: Path, tokenizer: Any) -> "Reader":
        """Reads what `save` wrote."""
        sizes = json.loads((folder / "features.json").read_text(encoding="utf-8"))
        listed = folder / "words.txt"
        words = listed.read_text(encoding="utf-8").split("\n") if listed.exists() else []
        with np.load(folder / "grams.npz") as held:
            known = Grams(held["marks"], held["weights"].astype(np.float32))
        return cls(tokenizer, words, known, int(sizes["longest"]))

    def save(self, folder: Path) -> None:
        """Writes the features' files; the tokenizer too."""
        if self.words:
            (folder / "words.txt").write_text("\n".join(self.words), encoding="utf-8")
        np.savez_compressed(
            folder / "grams.npz",
            marks=self.grams.marks,
            weights=self.grams.weights.astype(np.float16),
        )
        sizes = {"longest": self.longest}
        (folder / "features.json").write_text(json.dumps(sizes), encoding="utf-8")
        self.tokenizer.save_pretrained(folder)

    @property
    def padding(self) -> int:
        """The token that fills up a batch."""
        return int(self.tokenizer.pad_token_id or 0)

    @property
    def masking(self) -> int:
        """The token that stands for one that is hidden."""
        known = self.tokenizer.mask_token_id
        return int(self.padding if known is None else known)

    def encode(self, text: str, wide: bool = True) -> Encoded:
        """The numbers of one text, which need not be normalised; `wide` asks for grams too."""
        clean = shortened(normalise(text), self.longest)
        words = cut(clean)
        coded = self.tokenizer(
            clean,
            truncation=True,
            max_length=self.longest + 2,
            return_offsets_mapping=bool(self.words),
            return_attention_mask=False,
            return_token_type_ids=False,
        )
        ids = [int(token) for token in coded["input_ids"]]
        wide_ids, wide_weights = self.grams.numbers(clean, words) if wide else ([0], [0.0])
        if not self.words:
            return Encoded(ids, [WORD_PAD] * len(ids), wide_ids, wide_weights)
        holders = [number for word in words for number in [self._word(word)] * len(word)]
        held = [
            holders[start] if end > start else WORD_PAD for start, end in coded["offset_mapping"]
        ]
        return Encoded(ids, held, wide_ids, wide_weights)

    def _word(self, word: str) -> int:
        return self.words.get(word, WORD_UNK)


def padded(
    rows: Sequence[Encoded], pad: int = 0
) -> dict[str, NDArray[np.int64] | NDArray[np.float32]]:
    """Rows as one batch: `input_ids`, `attention_mask`, `word_ids` of shape (rows, tokens) and
    `wide_ids`, `wide_weights` of shape (rows, grams)."""
    tokens = max(len(row.input_ids) for row in rows)
    wide = max(len(row.wide_ids) for row in rows)
    ids = np.full((len(rows), tokens), pad, dtype=np.int64)
    mask, words = (np.zeros((len(rows), tokens), dtype=np.int64) for _ in range(2))
    wide_ids = np.zeros((len(rows), wide), dtype=np.int64)
    weights = np.zeros((len(rows), wide), dtype=np.float32)
    for place, row in enumerate(rows):
        length = len(row.input_ids)
        ids[place, :length], mask[place, :length] = row.input_ids, 1
        words[place, :length] = row.word_ids
        wide_ids[place, : len(row.wide_ids)] = row.wide_ids
        weights[place, : len(row.wide_ids)] = row.wide_weights
    return {
        "input_ids": ids,
        "attention_mask": mask,
        "word_ids": words,
        "wide_ids": wide_ids,
        "wide_weights": weights,
    }

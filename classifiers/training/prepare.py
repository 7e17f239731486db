"""Before pre-training: vocabularies, counted vectors and arrays of numbers from the raw texts.

    python -m classifiers.training.prepare --folder STATE

Needs `GEYING_DATA`. Writes `characters.txt`, `words.txt`, `characters.npy`, `words.npy` (vectors)
and one `.npz` per part (`close`, `wide`, `far`, `corpus`) into the folder; a minute or two.
`--only corpus` renews the arrays of the labelled messages alone, with the vocabularies that exist.
"""

import argparse
import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from multiprocessing import Pool
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from classifiers.features import SPECIAL, cut, normalise
from classifiers.training import corpus, texts, vectors

_LOG = logging.getLogger(__name__)
WORDS, WORD_WIDTH, CHARACTER_WIDTH = 40_000, 128, 256
_LEAST = 8  # a character seen less often is unknown
_SHARES = {"close": 4.0, "wide": 1.0, "far": 0.25}
_WORD_SPECIAL = ("[PAD]", "[UNK]", "[MASK]")
EMOJI = (
    "😂🤣😅😭😊😄😁😀😆🙏👍👎👌👏💪🌹🎉❤😡😠🤬😤🤮😱😰😨🤔🙄😒😓😏😳🤦🤷💩🐶🐱🔥💧⚡🚗🚨⚠❗❓✅❌📢📞📷🏠"
    "🌧☔🌞🌈🎂🎁🍉🍎🥬🐟🍺💰🧧😷🤒🙈😴😢😞😔😩😫🤝✊☹😎😘😍🤗🤪😜💔🎈🌸🌺⭐🚪🛗🚒🚑🚓🧯🪜🔧🔨💡🚰🚽🗑"
    "🐀🐭🪳🐍🐕🐈🚲🛵🅿🚫👶👵👴👮👆👇👉🤙✌🆘💯"
)
Lines = list[list[str]]


def barred_texts() -> frozenset[str]:
    """The messages of dev and test: they must not even be read in pre-training."""
    held = [message for name in corpus.HELD_OUT for message in corpus.held_out(name)]
    return frozenset(normalise(message.text) for message in held)


def _cut_all(batch: Sequence[str]) -> Lines:
    return [cut(line) for line in batch]


def _segmented(found: Iterable[str], processes: int) -> Lines:
    barred = barred_texts()
    lines = list(texts.cleaned(found, barred))
    batches = [lines[start : start + 2000] for start in range(0, len(lines), 2000)]
    with Pool(processes) as pool:
        return [line for done in pool.imap(_cut_all, batches) for line in done]


def _corpus_texts() -> Iterator[str]:
    for message in corpus.training_messages():
        yield message.text


def vocabularies(parts: dict[str, Lines]) -> tuple[list[str], list[str]]:
    """Characters and words by number, the commonest first, after the special ones."""
    words: Counter[str] = Counter()
    characters: Counter[str] = Counter()
    for name, lines in parts.items():
        found = Counter(word for line in lines for word in line)
        for word, count in found.items():
            words[word] += count * _SHARES[name]  # type: ignore[assignment]
            for character in word:
                characters[character] += count * _SHARES[name]  # type: ignore[assignment]
    known = [c for c, n in characters.most_common() if n >= _LEAST and c != " "]
    known += [c for c in dict.fromkeys(EMOJI) if characters[c] < _LEAST]
    listed = [w for w, _ in words.most_common(WORDS) if w.strip()]
    return [*SPECIAL, " ", *known], [*_WORD_SPECIAL, *listed][:WORDS]


def numbered(
    lines: Lines, characters: Sequence[str], words: Sequence[str]
) -> dict[str, NDArray[np.generic]]:
    """Lines as arrays: each character's number, that of its word, and the lengths of lines."""
    character_of = {c: n for n, c in enumerate(characters)}
    word_of = {w: n for n, w in enumerate(words)}
    ids, holders, lengths = [], [], []
    for line in lines:
        for word in line:
            ids += [character_of.get(c, 1) for c in word]
            holders += [word_of.get(word, 1)] * len(word)
        lengths.append(sum(map(len, line)))
    return {
        "chars": np.array(ids, np.uint16),
        "words": np.array(holders, np.uint16),
        "lengths": np.array(lengths, np.uint8),
    }


def _word_vectors(parts: dict[str, Lines], words: Sequence[str]) -> NDArray[np.float32]:
    number = {w: n for n, w in enumerate(words)}
    lines = [line for name in ("close", "close", "wide", "far") for line in parts[name]]
    ids = np.array([number.get(w, 1) for line in lines for w in line], np.int64)
    rows = np.repeat(np.arange(len(lines)), [len(line) for line in lines])
    counts = vectors.cooccurrence(ids, rows, len(words), 5, len(_WORD_SPECIAL))
    return vectors.vectors(counts, WORD_WIDTH, 0)


def _character_vectors(
    arrays: Sequence[dict[str, NDArray[np.generic]]], size: int
) -> NDArray[np.float32]:
    ids = np.concatenate([a["chars"] for a in arrays]).astype(np.int64)
    lengths = np.concatenate([a["lengths"] for a in arrays]).astype(np.int64)
    rows = np.repeat(np.arange(len(lengths)), lengths)
    return vectors.vectors(
        vectors.cooccurrence(ids, rows, size, 4, len(SPECIAL)), CHARACTER_WIDTH, 0
    )


def prepare(folder: Path, processes: int) -> None:
    """Everything that pre-training needs, from the texts of `GEYING_DATA`."""
    source = texts.data_folder()
    folder.mkdir(parents=True, exist_ok=True)
    found = {"close": texts.close_texts, "wide": texts.wide_texts, "far": texts.far_texts}
    parts = {name: _segmented(read(source), processes) for name, read in found.items()}
    parts["far"] = parts["far"][::3]
    characters, words = vocabularies(parts)
    (folder / "characters.txt").write_text("\n".join(characters), encoding="utf-8")
    (folder / "words.txt").write_text("\n".join(words), encoding="utf-8")
    arrays = {name: numbered(lines, characters, words) for name, lines in parts.items()}
    for name, held in arrays.items():
        np.savez(folder / f"{name}.npz", **held)  # type: ignore[arg-type]
    np.save(folder / "words.npy", _word_vectors(parts, words))
    near = [arrays["close"], arrays["close"], arrays["wide"]]
    np.save(folder / "characters.npy", _character_vectors(near, len(characters)))
    prepare_corpus(folder, processes)


def prepare_corpus(folder: Path, processes: int) -> None:
    """The arrays of the labelled messages, with the vocabularies in the folder."""
    characters = (folder / "characters.txt").read_text(encoding="utf-8").split("\n")
    words = (folder / "words.txt").read_text(encoding="utf-8").split("\n")
    lines = _segmented(_corpus_texts(), processes)
    np.savez(folder / "corpus.npz", **numbered(lines, characters, words))  # type: ignore[arg-type]


def main() -> None:
    """The command line of the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--only", choices=["corpus"])
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args()
    if given.only == "corpus":
        prepare_corpus(given.folder, given.processes)
    else:
        prepare(given.folder, given.processes)


if __name__ == "__main__":
    main()

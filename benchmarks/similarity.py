"""Whether two texts speak of the same: pairs of LCQMC and BUSTM, and letters that tell one event.

    GEYING_DATA=... python -m benchmarks.similarity [--pairs 2000]

Pairs are scored by accuracy at the threshold that is best on the other half of the pairs, and by
the area under the ROC curve. Letters (data/letter-events.txt holds ids and which of them belong
together, the texts stay where they are) are grouped one after the other, each with the most alike
earlier one; every side at the threshold that is best for it.
"""

import argparse
import csv
import os
import random
import sys
from collections.abc import Hashable, Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from benchmarks.groups import b_cubed, mistakes
from benchmarks.peers import Alike, all_peers, group_online
from classifiers.model import Classifier
from classifiers.similarity import score

EVENTS = Path(__file__).with_name("data") / "letter-events.txt"
PAIRS = (("LCQMC dev", "lcqmc_dev.tsv"), ("BUSTM", "bustm_dev_few_all.tsv"))
HEAD = 120

Pair = tuple[str, str, bool]


def pairs_of(path: Path, most: int) -> list[Pair]:
    """Pairs of a TSV with text1, text2, label; a fixed sample of at most `most`."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    random.Random(1).shuffle(rows)
    return [(row["text1"], row["text2"], row["label"].strip() == "1") for row in rows[:most]]


def auc(scores: NDArray[np.float64], labels: NDArray[np.bool_]) -> float:
    """Area under the ROC curve: how often a same pair scores above another; ties count half."""
    same, other = scores[labels], scores[~labels]
    above = (same[:, None] > other[None, :]).mean()
    return float(above + (same[:, None] == other[None, :]).mean() / 2)


def accuracy(scores: NDArray[np.float64], labels: NDArray[np.bool_]) -> float:
    """Accuracy on each half at the threshold that is best on the other half."""
    half = np.arange(len(scores)) % 2 == 0
    right = 0
    for fit, held in ((half, ~half), (~half, half)):
        tried = np.unique(np.quantile(scores[fit], np.linspace(0, 1, 101)))
        best = max(tried, key=lambda t: ((scores[fit] >= t) == labels[fit]).mean())
        right += int(((scores[held] >= best) == labels[held]).sum())
    return right / len(scores)


def ours(model: Classifier, texts: Sequence[str]) -> Alike:
    """The project's score, with the embeddings of all texts computed first."""
    known: dict[str, NDArray[np.float32]] = {}
    distinct = list(dict.fromkeys(texts))
    for start in range(0, len(distinct), 64):
        part = distinct[start : start + 64]
        for text, found in zip(part, model.predict(part), strict=True):
            known[text] = np.asarray(found.embedding, dtype=np.float32)
    return cache(lambda one, other: score(one, known[one], other, known[other]))


def letter_events() -> tuple[dict[str, str], list[str]]:
    """Which letter belongs to which event (a letter about something else is its own), and all."""
    expected: dict[str, str] = {}
    for number, line in enumerate(EVENTS.read_text(encoding="utf-8").splitlines()):
        if line and not line.startswith("#"):
            alone = line.startswith("other")
            for letter in line.removeprefix("other").split():
                expected[letter] = letter if alone else f"event {number}"
    return expected, list(expected)


def letters(folder: Path, wanted: Sequence[str]) -> list[tuple[str, str]]:
    """Id and text (title and the head of the body) of the labelled letters, by date of writing."""
    with (folder / "civic" / "letters_unlabelled.csv").open(encoding="utf-8-sig") as file:
        rows = [row for row in csv.DictReader(file) if row["id"] in set(wanted)]
    rows.sort(key=lambda row: row["id"])
    return [(r["id"], f"{r['title']} {r['detail'].strip()[:HEAD]}") for r in rows]


def pairs_table(console: Console, model: Classifier, folder: Path, most: int) -> None:
    for name, file in PAIRS:
        pairs = pairs_of(folder / "pairs" / file, most)
        labels = np.array([same for _, _, same in pairs])
        texts = [text for one, other, _ in pairs for text in (one, other)]
        table = Table("", "accuracy", "AUC", title=f"{name}, {len(pairs)} pairs")
        for side, alike in {"geying": ours(model, texts), **all_peers(texts)}.items():
            scores = np.array([alike(one, other) for one, other, _ in pairs])
            table.add_row(side, f"{accuracy(scores, labels):.3f}", f"{auc(scores, labels):.3f}")
        console.print(table)


def letters_table(console: Console, model: Classifier, folder: Path) -> None:
    events, wanted = letter_events()
    rows = letters(folder, wanted)
    items: list[tuple[Hashable, Hashable, str]] = [(i, "all", text) for i, text in rows]
    expected: dict[Hashable, Hashable] = {i: events[i] for i, _ in rows}
    texts = [text for _, text in rows]
    several = len({e for e in expected.values() if str(e).startswith("event")})
    table = Table(
        "", "threshold", "B³ P", "B³ R", "B³ F1", "wrong merges", "wrong splits",
        title=f"{len(rows)} letters, {several} events",
    )  # fmt: skip
    for side, alike in {"geying": ours(model, texts), **all_peers(texts)}.items():
        tried = {t: group_online(items, alike, t) for t in np.arange(0.05, 0.99, 0.05)}
        best = max(tried, key=lambda t: b_cubed(expected, tried[t]).f1)
        found, wrong = b_cubed(expected, tried[best]), mistakes(expected, tried[best])
        table.add_row(
            side, f"{best:.2f}", f"{found.precision:.3f}", f"{found.recall:.3f}",
            f"{found.f1:.3f}", str(wrong.merged), str(wrong.split),
        )  # fmt: skip
    console.print(table)


def main() -> None:
    """Prints a table for each set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=2000)
    given = parser.parse_args()
    console = Console()
    place = os.environ.get("GEYING_DATA")
    if not place:
        console.print("GEYING_DATA is not set: the pairs and letters are not there to measure on")
        sys.exit(2)
    model = Classifier.load()
    pairs_table(console, model, Path(place), given.pairs)
    letters_table(console, model, Path(place))


if __name__ == "__main__":
    main()

"""How right the bundled classifier is, beside the peer that it must beat.

    python -m benchmarks.accuracy [--test] [--letters titles|bodies|joined ...]

The peer is a linear support vector machine over TF-IDF of characters and jieba words, trained on
the same messages. Dev voices by default, test voices with `--test`. `--letters` trains and measures
single-label models on citizens' letters (needs `GEYING_DATA`; minutes each): a fifth is held out,
near-copies of training rows are taken out of it.
"""

import argparse
import csv
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import f1_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline, make_union
from sklearn.svm import LinearSVC

from classifiers.features import cut, normalise
from classifiers.model import Classifier
from classifiers.training import card, corpus, recipe, texts

Rows = list[tuple[str, str]]
_ALIKE = 0.6


def peer(rows: Rows, asked: Sequence[str]) -> list[str]:
    """What the linear model says of each text in `asked`."""
    model = make_pipeline(
        make_union(
            TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True),
            TfidfVectorizer(analyzer=cut, sublinear_tf=True),
        ),
        LinearSVC(C=0.6, random_state=0),
    )
    model.fit([normalise(text) for text, _ in rows], [label for _, label in rows])
    return [str(label) for label in model.predict([normalise(text) for text in asked])]


def messages(name: str, console: Console) -> None:
    """Both sides on the dev or the test voices."""
    train, held = corpus.training_messages(), corpus.held_out(name)
    said = [message.text for message in held]
    values = card.measured(held, card.answers(Classifier.load(), said))
    issues = [message for message in held if message.kind == "issue"]
    found: dict[str, float] = {}
    kinds = peer([(m.text, m.kind) for m in train], said)
    found["kind_accuracy"] = float(np.mean([m.kind == k for m, k in zip(held, kinds, strict=True)]))
    found["issue_f1"] = float(
        f1_score([m.kind == "issue" for m in held], [k == "issue" for k in kinds])
    )
    for head in ("category", "intent", "urgency"):
        rows = [(m.text, str(getattr(m, head))) for m in train if m.kind == "issue"]
        wanted = [str(getattr(m, head)) for m in issues]
        guessed = peer(rows, [m.text for m in issues])
        found[f"{head}_macro_f1"] = float(f1_score(wanted, guessed, average="macro"))
    table = Table(f"{len(held)} messages of {name} voices", "geying", "linear peer")
    for key, value in values.items():
        table.add_row(key, f"{value:.3f}", f"{found[key]:.3f}" if key in found else "")
    console.print(table)


def false_alarms(console: Console) -> None:
    """The share of everyday text messages that are taken for issues."""
    taken, count = card.everyday_alarms(Classifier.load())
    console.print(f"false alarms: {taken} of {count} everyday messages, {taken / count:.2%}")


def letters(which: str) -> Rows:
    """Titles, bodies, or both files' rows together, with their seven classes."""
    folder = texts.data_folder() / "civic"
    found: Rows = []
    for part, column in (("titles", "title"), ("details", "detail")):
        if which == "joined" or part == ("titles" if which == "titles" else "details"):
            with (folder / f"letters_train_{part}.csv").open(encoding="utf-8", newline="") as lines:
                found += [(row[column], row["label"]) for row in csv.DictReader(lines)]
    return found


def split(rows: Rows, seed: int = 0) -> tuple[Rows, Rows]:
    """Four fifths to train, one fifth to measure without near-copies of what is trained on."""
    labels = [label for _, label in rows]
    train, held = train_test_split(rows, test_size=0.2, random_state=seed, stratify=labels)
    shown = [_pieces(text) for text, _ in train]
    holders: dict[str, list[int]] = {}
    for number, pieces in enumerate(shown):
        for piece in pieces:
            holders.setdefault(piece, []).append(number)
    return train, [row for row in held if not _copied(_pieces(row[0]), shown, holders)]


def _pieces(text: str) -> set[str]:
    clean = normalise(text)
    return {clean[i : i + 3] for i in range(max(1, len(clean) - 2))}


def _copied(pieces: set[str], shown: list[set[str]], holders: dict[str, list[int]]) -> bool:
    near: dict[int, int] = {}
    for piece in pieces:
        for number in holders.get(piece, ()):
            near[number] = near.get(number, 0) + 1
    return any(
        common / len(pieces | shown[number]) >= _ALIKE
        for number, common in near.items()
        if common > len(pieces) / 3
    )


def letters_run(which: str, console: Console) -> None:
    """Trains with `train_single`, measures with `evaluate_single`, beside the peer."""
    train, held = split(letters(which))
    with tempfile.TemporaryDirectory() as scratch:
        files = [Path(scratch) / "train.csv", Path(scratch) / "held.csv"]
        for file, rows in zip(files, (train, held), strict=True):
            with file.open("w", encoding="utf-8", newline="") as lines:
                csv.writer(lines).writerows([("text", "label"), *rows])
        folder = recipe.train_single(files[0], ["text"], "label", Path(scratch) / "model")
        found = recipe.evaluate_single(folder, files[1], ["text"], "label")
    guessed = peer(train, [text for text, _ in held])
    linear = f1_score([label for _, label in held], guessed, average="macro")
    console.print(
        f"letters, {which}: macro-F1 {found['macro_f1']:.3f} (linear peer {linear:.3f}) "
        f"on {found['n']} held out, {len(train)} trained on"
    )


def main() -> None:
    """Prints every figure asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--test", action="store_true")
    parser.add_argument("--letters", nargs="*", choices=["titles", "bodies", "joined"], default=[])
    given = parser.parse_args()
    console = Console()
    messages("test" if given.test else "dev", console)
    try:
        false_alarms(console)
        for which in given.letters:
            letters_run(which, console)
    except texts.DataMissingError as problem:
        console.print(f"not measured: {problem}")


if __name__ == "__main__":
    main()

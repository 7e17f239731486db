"""The whole recipe: from the corpus to the bundled model, and the single-label one beside it."""

import csv
import dataclasses
import json
import logging
import random
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from classifiers.features import normalise
from classifiers.inference import OnnxNetwork
from classifiers.model import BUNDLED
from classifiers.training import card, corpus, evaluate
from classifiers.training.everyday import everyday_examples
from classifiers.training.export import describe, export, put
from classifiers.training.finetune import Example, Progress, Settings
from classifiers.training.fitting import fit
from classifiers.training.selftraining import taught
from classifiers.training.tuning import calibrate, choose_shares

_LOG = logging.getLogger(__name__)
MESSAGES = Settings(
    epochs=5.0, batch=32, rate=5e-4, stress=(1.0, 2.0, 1.0, 0.7), members=2, vary=corpus.varied
)
TEXTS = Settings(epochs=6.0, batch=32, rate=5e-4, members=2, share=4.0)
LONG_TEXTS = Settings(epochs=4.0, batch=32, rate=5e-4, members=1, share=4.0)  # letters, articles
_LONG = 128
LONGEST_MESSAGE = 160


class TrainingDataError(ValueError):
    """Training data that cannot be used; the text says which column or row."""


def corrected_messages(path: Path) -> list[corpus.Message]:
    """Messages that people put right (JSON lines: text, kind, and for an issue its labels)."""
    messages = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            issue = row["kind"] == "issue"
            message = corpus.Message(
                text=str(row["text"]),
                kind=str(row["kind"]),
                category=row.get("category") if issue else None,
                intent=row.get("intent") if issue else None,
                urgency=row.get("urgency") if issue else None,
                place=None,
                voice="corrections",
                composed=True,
            )
            message.labels  # noqa: B018  raises for a label that does not exist
        except (KeyError, ValueError, TypeError) as problem:
            raise TrainingDataError(f"{path.name}:{number}: {problem}") from problem
        messages.append(message)
    return messages


def train_bundled(
    out: Path | None = None,
    base: str | None = None,
    seed: int = 20,
    corrections: Path | None = None,
    progress: Progress | None = None,
    settings: Settings = MESSAGES,
    folder: Path = corpus.FOLDER,
    figures: bool = True,
    everyday: int = 5000,
) -> Path:
    """Trains the four-headed model and writes it with its card; returns the folder.

    `corrections` are rows that people put right, each counted three times. The same seed on the
    same machine gives the same model. With `figures` the card is written, with dev and test. At
    most `everyday` real text messages go in as `chat`, none where they are not at hand.
    """
    target = out or BUNDLED
    _settle(seed)
    settings = dataclasses.replace(settings, seed=seed)
    messages = corpus.training_messages(folder)
    extra = corrected_messages(corrections) if corrections else []
    examples = [Example(m.text, m.labels) for m in [*messages, *extra * 3]]
    small_talk = everyday_examples(messages, seed, everyday) if everyday else []
    rows = [*examples, *small_talk]
    fitted = fit(rows, corpus.HEADS, base, settings, LONGEST_MESSAGE, progress, taught)
    dev = corpus.held_out("dev", folder)
    choose_shares(fitted, dev)
    with tempfile.TemporaryDirectory(dir=_parent(target)) as scratch:
        made = Path(scratch) / "model"
        version = describe([*messages, *extra], seed)
        export(fitted.whole, fitted.reader, made, {"version": version})
        calibrate(made, dev)
        put(made, target)
    if figures:
        if progress is not None:
            progress("card", 0.0)
        card.write(target, messages, folder, everyday=len(small_talk), corrected=len(extra))
    return target


def _parent(folder: Path) -> Path:
    folder.parent.mkdir(parents=True, exist_ok=True)
    return folder.parent


def _settle(seed: int) -> None:
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    torch.use_deterministic_algorithms(True, warn_only=True)


def read_table(data: Path, columns: Sequence[str], label: str | None) -> list[tuple[str, str]]:
    """Texts (their columns joined by a line break) and labels of a CSV or JSONL file."""
    with data.open(encoding="utf-8-sig", newline="") as lines:
        if data.suffix.lower() in {".jsonl", ".ndjson", ".json"}:
            rows = [json.loads(line) for line in lines if line.strip()]
        else:
            rows = list(csv.DictReader(lines))
    wanted = [*columns, label] if label else list(columns)
    missing = [name for name in wanted if rows and not any(name in row for row in rows)]
    if missing or not rows:
        raise TrainingDataError(f"{data.name}: no column {', '.join(missing) or 'at all'}")
    found = []
    for row in rows:
        text = "\n".join(str(row[c]).strip() for c in columns if row.get(c))
        answer = str(row.get(label) or "") if label else ""
        if text and (answer or not label):
            found.append((text, answer))
    return found


def _longest(texts: Sequence[str]) -> int:
    """Characters that the network reads of each text: enough for nine in ten, 64 to 256."""
    lengths = [len(normalise(text)) for text in texts[:4000]]
    return int(np.clip(np.percentile(lengths, 90), 64, 256))


def train_single(
    data: Path,
    text_columns: Sequence[str],
    label_column: str,
    out: Path,
    base: str | None = None,
    seed: int = 20,
    progress: Progress | None = None,
    settings: Settings | None = None,
) -> Path:
    """Fine-tunes a single-label classifier on a CSV or JSONL file; returns the folder `out`.

    Without `settings` they are chosen by the length of the texts: long ones take much longer.
    """
    _settle(seed)
    rows = read_table(data, text_columns, label_column)
    names = sorted({label for _, label in rows})
    if len(names) < 2:
        raise TrainingDataError(f"{data.name}: column {label_column} has fewer than two labels")
    examples = [Example(text, [names.index(label)]) for text, label in rows]
    longest = _longest([text for text, _ in rows])
    chosen = settings or (LONG_TEXTS if longest > _LONG else TEXTS)
    chosen = dataclasses.replace(chosen, seed=seed)
    fitted = fit(examples, {"label": names}, base, chosen, longest, progress)
    with tempfile.TemporaryDirectory(dir=_parent(out)) as scratch:
        made = Path(scratch) / "model"
        export(fitted.whole, fitted.reader, made, {"version": f"{data.stem}-{seed}"})
        put(made, out)
    return out


def predict_single(model_folder: Path, texts: Sequence[str]) -> list[str]:
    """The label of each text by a model of `train_single`."""
    network = OnnxNetwork(model_folder)
    names = network.heads["label"]
    return [names[int(network.logits(text)[0].argmax())] for text in texts]


def evaluate_single(
    model_folder: Path, data: Path, text_columns: Sequence[str], label_column: str
) -> dict[str, Any]:
    """`accuracy`, `macro_f1`, `n` and `per_class` of a single-label model on labelled texts."""
    rows = read_table(data, text_columns, label_column)
    guessed = predict_single(model_folder, [text for text, _ in rows])
    return evaluate.single_figures([label for _, label in rows], guessed)

"""Everyday messages that concern no community: real text messages and dialogue, as `chat`.

A few of them do speak of a power cut or the like; whatever looks like an issue to a model of the
labelled corpus is left out of training. A fifth of the writers is kept apart for measuring.
"""

import csv
import random
import re
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse  # type: ignore[import-untyped]

from classifiers.features import Grams, cut, normalise
from classifiers.training import lexical, texts
from classifiers.training.corpus import HEADS, IGNORED, Message
from classifiers.training.finetune import Example

_CIVIC = re.compile(
    "停电|停水|停气|断电|断水|电梯|物业|社区|居委|小区|楼道|垃圾|噪音|漏水|路灯|井盖|下水道|煤气|"
    "燃气|着火|起火|报警|小偷|被偷|消防|停车|施工|装修|暖气|投诉|举报|城管|派出所|没电|没水|跳楼|自杀"
)
_LEAST = 4  # characters of a message worth learning from
_TAKEN = 5000


def kept_apart(writer: str) -> bool:
    """Whether a writer's messages are for measuring: one in five, by name, always the same."""
    return zlib.crc32(writer.encode()) % 5 == 0


def text_messages(folder: Path, apart: bool) -> list[str]:
    """The real text messages of the writers that are kept apart, or of all others."""
    with (folder / "chat/sms_train.csv").open(encoding="utf-8", newline="") as lines:
        rows = [(r["user"], r["text"]) for r in csv.DictReader(lines)]
    return [text for writer, text in rows if kept_apart(writer) == apart and text.strip()]


def dialogue(folder: Path) -> list[str]:
    """Lines of dialogue."""
    with (folder / "chat/dialogue_train.csv").open(encoding="utf-8", newline="") as lines:
        return [row["text"] for row in csv.DictReader(lines)]


def civic(text: str) -> bool:
    """Whether a text names a thing that communities deal with, so that a person must look."""
    return bool(_CIVIC.search(text))


def measured(folder: Path) -> list[str]:
    """The everyday messages that false alarms are counted on: writers apart, nothing civic."""
    return [text for text in text_messages(folder, apart=True) if not civic(text)]


def civic_titles(folder: Path) -> list[str]:
    """Titles of citizens' letters and hotline complaints, each once."""
    found: list[str] = []
    for name in ("letters_train_titles", "letters_unlabelled", "hotline_fuzhou_train"):
        with (folder / f"civic/{name}.csv").open(encoding="utf-8", newline="") as lines:
            found += [row["title"] for row in csv.DictReader(lines)]
    return list(dict.fromkeys(found))


def everyday_examples(messages: Sequence[Message], seed: int, most: int = _TAKEN) -> list[Example]:
    """Everyday texts as `chat`, none where the texts are not at hand (see `texts.data_folder`)."""
    try:
        folder = texts.data_folder()
    except texts.DataMissingError:
        return []
    source = random.Random(seed)
    said = text_messages(folder, apart=False)
    spoken = dialogue(folder)
    pool = list(dict.fromkeys(t for t in said + spoken if len(t) >= _LEAST and not civic(t)))
    source.shuffle(pool)
    pool = pool[: most * 2]
    doubtful = _issue_scores(messages, pool)
    # What looks most like an issue may be one; what looks least like one teaches nothing.
    order = np.argsort(doubtful)
    taken = order[: int(len(order) * 0.97)][::-1][:most]
    labels = [HEADS["kind"].index("chat"), IGNORED, IGNORED, IGNORED]
    return [Example(pool[place], labels) for place in sorted(taken)]


def _issue_scores(messages: Sequence[Message], pool: Sequence[str]) -> NDArray[np.float32]:
    """How far a linear model of the corpus takes each text for an issue."""
    clean = [normalise(message.text) for message in messages]
    known = Grams.count(clean)

    def rows(given: Sequence[str]) -> sparse.csr_matrix:
        made = [known.numbers(text, cut(text)) for text in given]
        return lexical.matrix_of(made, len(known.marks))

    labels = np.array([[message.labels[0]] for message in messages])
    weights, biases = lexical.fitted(rows(clean), labels, [len(HEADS["kind"])])
    scores = rows([normalise(text) for text in pool]) @ weights + biases
    return np.asarray(scores[:, HEADS["kind"].index("issue")])

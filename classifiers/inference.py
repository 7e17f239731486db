"""Runs an exported network: ONNX Runtime, one thread, no torch.

Texts go through one by one: the scales of 8-bit arithmetic depend on a batch's other members, and
an answer must not depend on what else was said at the moment.
"""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from classifiers.features import Reader, normalise, padded, word_cutter


def load_tokenizer(folder: Path) -> Any:
    """The tokenizer of a model's folder, read from the disk alone."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("TRANSFORMERS_NO_ADVISORY_WARNINGS", "1")
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    from transformers import AutoTokenizer  # a second of import, paid where a model is loaded

    return AutoTokenizer.from_pretrained(folder)


def softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Probabilities along the last axis."""
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=-1, keepdims=True), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a network says of one text: probabilities by head, and an embedding of unit length."""

    probabilities: Mapping[str, NDArray[np.float32]]
    embedding: NDArray[np.float32]
    blank: bool


class OnnxNetwork:
    """An exported network with its reader. `settings` is what its `geying.json` holds."""

    def __init__(self, folder: Path) -> None:
        self.settings: dict[str, Any] = json.loads(
            (folder / "geying.json").read_text(encoding="utf-8")
        )
        self.heads: dict[str, list[str]] = self.settings["heads"]
        self.temperatures: dict[str, float] = self.settings.get("temperatures", {})
        self.reader = Reader.load(folder, load_tokenizer(folder))
        word_cutter()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self.session = onnxruntime.InferenceSession(
            folder / "network.onnx", options, providers=["CPUExecutionProvider"]
        )
        self._inputs = [entry.name for entry in self.session.get_inputs()]
        sizes = [len(labels) for labels in self.heads.values()]
        self._cuts = np.cumsum(sizes)[:-1]

    def logits(self, text: str) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Logits of all heads side by side, and the embedding, for one text."""
        arrays = padded([self.reader.encode(text)], self.reader.padding)
        logits, embedding = self.session.run(None, {name: arrays[name] for name in self._inputs})
        return np.asarray(logits[0]), np.asarray(embedding[0])

    def answer(self, text: str) -> Answer:
        """Probabilities, tempered as the settings say."""
        logits, embedding = self.logits(text)
        parts = zip(self.heads, np.split(logits, self._cuts), strict=True)
        found = {name: softmax(part / self.temperatures.get(name, 1.0)) for name, part in parts}
        return Answer(found, embedding, not normalise(text))

    def answers(self, texts: Sequence[str]) -> list[Answer]:
        """One answer for each text, in order."""
        return [self.answer(text) for text in texts]

"""Pre-training of the encoder: whole words are hidden, their characters are to be guessed.

A second, smaller task asks which of the batch's hidden words stood there, by its counted vector.
Runs on a CPU in hours or a GPU in minutes, goes on where it stopped (`--folder` holds the state),
and saves the encoder in half precision.

    python -m classifiers.training.pretrain --folder STATE --tokens 50000000 --out ENCODER
"""

import argparse
import json
import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from classifiers.training.encoder import (
    GeyingConfig,
    GeyingEncoder,
    character_tokenizer,
    save_encoder,
)

_LOG = logging.getLogger(__name__)
_CLS, _SEP, _MASK, _WORD_MASK, _FIRST_CHARACTER, _FIRST_WORD = 2, 3, 4, 2, 5, 3
_IGNORED = -100


@dataclass(frozen=True)
class Rows:
    """Lines as one long array: characters, the word of each, and the lengths of the lines."""

    characters: NDArray[np.uint16]
    words: NDArray[np.uint16]
    lengths: NDArray[np.int64]
    starts: NDArray[np.int64]

    @classmethod
    def load(cls, parts: list[tuple[Path, int]]) -> "Rows":
        """Reads files of arrays; one given with a count n is seen n times in an epoch."""
        loaded = [np.load(path) for path, times in parts for _ in range(times)]
        lengths = np.concatenate([part["lengths"] for part in loaded]).astype(np.int64)
        return cls(
            np.concatenate([part["chars"] for part in loaded]),
            np.concatenate([part["words"] for part in loaded]),
            lengths,
            np.concatenate([[0], np.cumsum(lengths)[:-1]]),
        )

    def batches(self, tokens: int, seed: int) -> Iterator[tuple[Tensor, Tensor]]:
        """An epoch of padded batches of about `tokens` tokens, lines of like length together."""
        random = np.random.default_rng(seed)
        order = random.permutation(len(self.lengths))
        for start in range(0, len(order), 40_000):
            window = order[start : start + 40_000]
            window = window[np.argsort(self.lengths[window], kind="stable")]
            cuts, held = [0], 0
            for place, length in enumerate(self.lengths[window]):
                held = (place - cuts[-1] + 1) * (int(length) + 2)
                if held > tokens:
                    cuts.append(place)
            cuts.append(len(window))
            groups = [window[a:b] for a, b in pairwise(cuts) if b > a]
            for group in random.permutation(len(groups)):
                yield self._padded(groups[group])

    def _padded(self, lines: NDArray[np.int64]) -> tuple[Tensor, Tensor]:
        longest = int(self.lengths[lines].max())
        ids = np.zeros((len(lines), longest + 2), dtype=np.int64)
        words = np.zeros_like(ids)
        ids[:, 0] = _CLS
        for row, line in enumerate(lines):
            start, length = self.starts[line], self.lengths[line]
            ids[row, 1 : length + 1] = self.characters[start : start + length]
            words[row, 1 : length + 1] = self.words[start : start + length]
            ids[row, length + 1] = _SEP
        return torch.from_numpy(ids), torch.from_numpy(words)


def hide(
    ids: Tensor, words: Tensor, config: GeyingConfig, random: torch.Generator, share: float
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Hides whole words: new ids, new words, the characters to guess (else -100), word starts."""
    starts = torch.ones_like(words, dtype=torch.bool)
    starts[:, 1:] = words[:, 1:] != words[:, :-1]
    number = starts.long().cumsum(1) - 1
    chance = torch.rand(words.shape, generator=random).gather(1, number)
    fate = torch.rand(words.shape, generator=random).gather(1, number)
    chosen = (chance < share) & (ids > _SEP)
    targets = torch.where(chosen, ids, torch.full_like(ids, _IGNORED))
    masked, swapped = chosen & (fate < 0.8), chosen & (fate >= 0.8) & (fate < 0.9)
    noise = torch.randint(_FIRST_CHARACTER, config.vocab_size, ids.shape, generator=random)
    noise_words = torch.randint(_FIRST_WORD, config.word_vocab_size, ids.shape, generator=random)
    ids = torch.where(masked, torch.full_like(ids, _MASK), torch.where(swapped, noise, ids))
    hidden_words = torch.where(masked, torch.full_like(words, _WORD_MASK), words)
    hidden_words = torch.where(swapped, noise_words.gather(1, number), hidden_words)
    # Some words are taken away without their characters: the network must not lean on them alone.
    gone = (torch.rand(words.shape, generator=random).gather(1, number) < 0.1) & (hidden_words > 2)
    hidden_words = torch.where(gone, torch.ones_like(words), hidden_words)
    return ids, hidden_words, targets, starts & chosen


class Guesser(nn.Module):
    """The encoder with the two heads of pre-training."""

    def __init__(self, encoder: GeyingEncoder) -> None:
        super().__init__()
        config = encoder.config
        self.encoder = encoder
        self.transform = nn.Linear(config.hidden_size, config.hidden_size)
        self.norm = nn.LayerNorm(config.hidden_size)
        self.bias = nn.Parameter(torch.zeros(config.vocab_size))
        self.word_head = nn.Linear(config.hidden_size, config.word_width)

    def forward(
        self, ids: Tensor, words: Tensor, targets: Tensor, asked: Tensor, truth: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Losses of characters and of words; `truth` are the words as they were."""
        mask = (ids > 0).long()
        states = self.encoder(input_ids=ids, attention_mask=mask, word_ids=words).last_hidden_state
        guessed = states[targets != _IGNORED]
        inner = self.norm(functional.gelu(self.transform(guessed)))
        logits = inner @ self.encoder.characters.weight.T.to(inner.dtype) + self.bias
        characters = functional.cross_entropy(logits.float(), targets[targets != _IGNORED])
        asked = asked & (truth >= _FIRST_WORD)
        names, places = torch.unique(truth[asked], return_inverse=True)
        wanted = functional.normalize(self.word_head(states[asked]).float(), dim=-1)
        scores = wanted @ self.encoder.words.weight[names].T / 0.08
        return characters, functional.cross_entropy(scores, places)


def _groups(model: nn.Module) -> list[dict[str, object]]:
    trained = [p for p in model.parameters() if p.requires_grad]
    return [
        {"params": [p for p in trained if p.dim() > 1], "weight_decay": 0.01},
        {"params": [p for p in trained if p.dim() <= 1], "weight_decay": 0.0},
    ]


def start(folder: Path, layers: int, seed: int) -> Guesser:
    """A new encoder whose two tables of vectors come from counting."""
    torch.manual_seed(seed)
    words, characters = np.load(folder / "words.npy"), np.load(folder / "characters.npy")
    config = GeyingConfig(
        vocab_size=len(characters), word_vocab_size=len(words), num_hidden_layers=layers
    )
    model = Guesser(GeyingEncoder(config))
    model.encoder.words.weight.data = torch.from_numpy(words)
    model.encoder.characters.weight.data += torch.from_numpy(characters) * 0.8
    model.encoder.characters.weight.data[0] = 0
    return model


@dataclass(frozen=True)
class Plan:
    """What to pre-train on, and how long: parts (see `prepare`) with the times each is seen."""

    folder: Path
    out: Path
    tokens: int
    peak: float = 1.5e-3
    layers: int = 4
    batch: int = 6144
    parts: tuple[tuple[str, int], ...] = (("close", 3), ("wide", 1), ("corpus", 6))


def train(plan: Plan) -> None:
    """Trains until `tokens` tokens were seen in all, from the last state in the folder if any."""
    folder, tokens, peak = plan.folder, plan.tokens, plan.peak
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    model = start(folder, plan.layers, seed=1).to(device)
    optimiser = torch.optim.AdamW(_groups(model), lr=peak, betas=(0.9, 0.98))
    seen, epoch, batch = 0, 0, 0
    state_file = folder / "state.pt"
    if state_file.exists():
        state = torch.load(state_file, map_location=device, weights_only=True)
        model.load_state_dict(state["model"])
        optimiser.load_state_dict(state["optimiser"])
        seen, epoch, batch = state["seen"], state["epoch"], state["batch"]
        if state.get("parts") != repr(plan.parts):  # other texts: another order
            epoch, batch = epoch + 1, 0
    rows = Rows.load([(folder / f"{name}.npz", times) for name, times in plan.parts])
    random = torch.Generator().manual_seed(seen + 1)
    model.train()
    told = saved = time.monotonic()
    told_seen, losses = seen, np.zeros(3)
    while seen < tokens:
        for number, (ids, words) in enumerate(rows.batches(plan.batch, seed=epoch)):
            if number < batch:
                continue
            rate = peak * min(1.0, seen / 2_000_000 + 0.02) * max(0.02, 1 - seen / tokens)
            for group in optimiser.param_groups:
                group["lr"] = rate
            config = model.encoder.sizes
            hidden, hidden_words, targets, asked = hide(ids, words, config, random, 0.18)
            given = [part.to(device) for part in (hidden, hidden_words, targets, asked, words)]
            with torch.autocast(device.type, dtype=torch.bfloat16):
                first, second = model(*given)
            (first + 0.3 * second).backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
            seen += int((ids > 0).sum())
            losses += (float(first.detach()), float(second.detach()), 1)
            batch = number + 1
            now = time.monotonic()
            if now - told > 30:
                _LOG.warning(
                    "%d tokens, %.0f a second, loss %.3f, of words %.3f",
                    seen,
                    (seen - told_seen) / (now - told),
                    losses[0] / losses[2],
                    losses[1] / losses[2],
                )
                told, told_seen, losses = now, seen, np.zeros(3)
            if now - saved > 120 or seen >= tokens:
                saved = now
                _save(model, optimiser, (seen, epoch, batch), plan)
            if seen >= tokens:
                break
        else:
            epoch, batch = epoch + 1, 0


def _save(
    model: Guesser, optimiser: torch.optim.Optimizer, place: tuple[int, int, int], plan: Plan
) -> None:
    seen, epoch, batch = place
    state = {
        "model": model.state_dict(),
        "optimiser": optimiser.state_dict(),
        "seen": seen,
        "epoch": epoch,
        "batch": batch,
        "parts": repr(plan.parts),
    }
    new = plan.folder / "state.new"
    torch.save(state, new)
    new.replace(plan.folder / "state.pt")
    characters = (plan.folder / "characters.txt").read_text(encoding="utf-8").split("\n")
    words = (plan.folder / "words.txt").read_text(encoding="utf-8").split("\n")
    save_encoder(model.encoder, words, character_tokenizer(characters), plan.out)
    told = {"tokens": seen, "parts": dict(plan.parts)}
    (plan.out / "pretraining.json").write_text(json.dumps(told), encoding="utf-8")


def main() -> None:
    """The command line of the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--tokens", type=int, default=50_000_000)
    parser.add_argument("--peak", type=float, default=1.5e-3)
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--parts", nargs="+", default=["close:3", "wide:1", "corpus:6"])
    given = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(message)s")
    torch.set_num_threads(given.threads)
    parts = tuple((name, int(times)) for name, times in (p.split(":") for p in given.parts))
    train(Plan(given.folder, given.out, given.tokens, given.peak, given.layers, parts=parts))


if __name__ == "__main__":
    main()

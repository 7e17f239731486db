"""Fine-tuning with the `Trainer` of transformers: the same code for four heads and for one."""

import logging
import random
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset, Sampler
from transformers import PrinterCallback, Trainer, TrainerCallback, TrainingArguments

from classifiers.features import Reader, padded
from classifiers.training.network import Network

_LOG = logging.getLogger(__name__)
Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Example:
    """A text with the numbers of its labels, one for each head, -100 for none."""

    text: str
    labels: Sequence[int]


@dataclass(frozen=True)
class Settings:
    """How long and how hard to train. Rates are peaks; they fall to zero in a straight line."""

    epochs: float = 8.0
    batch: int = 48
    rate: float = 4e-4
    head_rate: float = 1.5e-3
    decay: float = 0.02
    smoothing: float = 0.05
    stress: tuple[float, ...] = ()  # how much each head counts; evenly where empty
    dropout: float = 0.2
    hidden_tokens: float = 0.06
    hidden_words: float = 0.15
    balance: float = 0.5
    wide_cost: float = 1.0
    most_grams: int = 100_000
    members: int = 1  # networks that differ by their seed
    share: float = 3.0  # how much the wide part's answer counts where no dev set tells
    seed: int = 20
    vary: Callable[[str, random.Random], str] | None = field(default=None, repr=False)


class _Texts(Dataset[dict[str, Any]]):
    def __init__(
        self,
        examples: Sequence[Example],
        reader: Reader,
        settings: Settings,
    ) -> None:
        self.examples, self.reader, self.settings = examples, reader, settings
        self.random = random.Random(settings.seed)
        self.lengths = [min(len(example.text), reader.longest) for example in examples]

    def __len__(self) -> int:
        return len(self.examples)

    def __getitem__(self, place: int) -> dict[str, Any]:
        example = self.examples[place]
        text = example.text
        if self.settings.vary is not None:
            text = self.settings.vary(text, self.random)
        return {"row": self.reader.encode(text, wide=False), "labels": list(example.labels)}


@dataclass
class _Collator:
    """Pads a batch and hides some of its tokens and words."""

    reader: Reader
    settings: Settings

    def __call__(self, items: list[dict[str, Any]]) -> dict[str, Tensor]:
        arrays = padded([item["row"] for item in items], self.reader.padding)
        ids, words = torch.from_numpy(arrays["input_ids"]), torch.from_numpy(arrays["word_ids"])
        mask = torch.from_numpy(arrays["attention_mask"])
        inner = mask.bool()
        inner[:, 0] = False
        hidden = (torch.rand(ids.shape) < self.settings.hidden_tokens) & inner
        ids = torch.where(hidden, torch.full_like(ids, self.reader.masking), ids)
        gone = hidden | (torch.rand(ids.shape) < self.settings.hidden_words)
        words = torch.where(gone & (words > 0), torch.ones_like(words), words)
        return {
            "input_ids": ids,
            "attention_mask": mask,
            "word_ids": words,
            "labels": torch.tensor([item["labels"] for item in items]),
        }


class _ByLength(Sampler[int]):
    """A new order for each epoch in which neighbours have like lengths, batches come by chance."""

    def __init__(self, lengths: Sequence[int], batch: int, seed: int) -> None:
        self.lengths, self.batch = lengths, batch
        self.random = random.Random(seed)

    def __len__(self) -> int:
        return len(self.lengths)

    def __iter__(self) -> Iterator[int]:
        order = list(range(len(self.lengths)))
        self.random.shuffle(order)
        groups = []
        for start in range(0, len(order), self.batch * 40):
            window = sorted(order[start : start + self.batch * 40], key=self.lengths.__getitem__)
            groups += [window[i : i + self.batch] for i in range(0, len(window), self.batch)]
        self.random.shuffle(groups)
        groups.sort(key=len, reverse=True)  # a short batch must be the last
        yield from (place for group in groups for place in group)


class _Telling(TrainerCallback):
    def __init__(self, progress: Progress | None, name: str) -> None:
        self.progress, self.name = progress, name

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        if self.progress is not None and state.max_steps:
            self.progress(self.name, state.global_step / state.max_steps)


class _Trainer(Trainer):
    """The usual trainer, with lines of like length in one batch."""

    def _get_train_sampler(self, *_: Any, **__: Any) -> Sampler[int]:
        data = self.train_dataset
        assert isinstance(data, _Texts)
        return _ByLength(data.lengths, self.args.train_batch_size, self.args.seed)


def _optimiser(network: Network, settings: Settings) -> torch.optim.Optimizer:
    groups: list[dict[str, Any]] = []
    for named, rate in (
        (network.encoder.named_parameters(), settings.rate),
        (
            [(n, p) for n, p in network.named_parameters() if not n.startswith("encoder.")],
            settings.head_rate,
        ),
    ):
        held = [p for _, p in named if p.requires_grad]
        groups.append(
            {"params": [p for p in held if p.dim() > 1], "lr": rate, "weight_decay": settings.decay}
        )
        groups.append({"params": [p for p in held if p.dim() <= 1], "lr": rate, "weight_decay": 0})
    return torch.optim.AdamW(groups, betas=(0.9, 0.98), fused=True)


def class_weights(labels: NDArray[np.int64], sizes: Sequence[int], power: float) -> list[Tensor]:
    """Weights of the classes of each head, rarer ones heavier, with a mean of one over the rows."""
    found = []
    for head, size in enumerate(sizes):
        held = labels[labels[:, head] >= 0, head]
        counts = np.bincount(held, minlength=size).clip(1).astype(np.float64)
        weights = counts**-power
        if len(held):
            weights /= (weights * counts).sum() / counts.sum()
        found.append(torch.tensor(weights, dtype=torch.float32))
    return found


def finetune(
    network: Network,
    reader: Reader,
    examples: Sequence[Example],
    settings: Settings,
    progress: Progress | None = None,
    name: str = "fine-tuning",
) -> None:
    """Trains the network in place."""
    labels = np.array([example.labels for example in examples], dtype=np.int64)
    network.class_weights = class_weights(labels, network.sizes, settings.balance)
    network.smoothing = settings.smoothing
    network.stress = [*settings.stress, *[1.0] * len(network.sizes)][: len(network.sizes)]
    steps = max(1, int(len(examples) / settings.batch * settings.epochs))
    optimiser = _optimiser(network, settings)
    warmup = max(1, steps // 12)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min(step / warmup, max(0.0, (steps - step) / (steps - warmup + 1)))
    )
    with tempfile.TemporaryDirectory() as scratch:
        arguments = TrainingArguments(
            output_dir=str(Path(scratch)),
            per_device_train_batch_size=settings.batch,
            max_steps=steps,
            seed=settings.seed,
            bf16=True,
            use_cpu=not torch.cuda.is_available(),
            save_strategy="no",
            logging_strategy="no",
            report_to=[],
            disable_tqdm=True,
            remove_unused_columns=False,
            dataloader_pin_memory=False,
            label_names=["labels"],
            max_grad_norm=1.0,
        )
        trainer = _Trainer(
            model=network,
            args=arguments,
            train_dataset=_Texts(examples, reader, settings),
            data_collator=_Collator(reader, settings),
            optimizers=(optimiser, schedule),
            callbacks=[_Telling(progress, name)],
        )
        trainer.remove_callback(PrinterCallback)
        trainer.train()
    network.eval()

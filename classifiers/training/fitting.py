"""From labelled texts to a trained network and its reader, for any number of heads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from transformers import AutoConfig, AutoModel, AutoTokenizer

from classifiers.features import Grams, Reader, cut, normalise, shortened
from classifiers.training import lexical
from classifiers.training.encoder import GeyingEncoder, load_encoder
from classifiers.training.finetune import Example, Progress, Settings, finetune
from classifiers.training.network import IGNORED, Network, Whole

ENCODER = Path(__file__).parents[1] / "encoder"


@dataclass(frozen=True)
class Base:
    """An encoder with its tokenizer, and its words where it has any."""

    encoder: nn.Module
    tokenizer: Any
    words: Sequence[str]


def load_base(base: str | None) -> Base:
    """Our own encoder, or whatever `AutoModel.from_pretrained` takes as `base`."""
    folder = ENCODER if base is None else Path(base)
    if (folder / "words.npz").exists():
        encoder, words, tokenizer = load_encoder(folder)
        return Base(encoder, tokenizer, words)
    name = str(base)
    config = AutoConfig.from_pretrained(name)
    # Attention written out in plain operations is what every exporter understands.
    encoder = AutoModel.from_pretrained(name, config=config, attn_implementation="eager")
    return Base(encoder, AutoTokenizer.from_pretrained(name), [])


@dataclass(frozen=True)
class Fitted:
    """All that was trained, with its reader."""

    whole: Whole
    reader: Reader


@dataclass(frozen=True)
class Beside:
    """One more question and its labels; texts whose last number answers it (-100 elsewhere)."""

    names: Sequence[str]
    rows: Sequence[Example]


def fit(
    examples: Sequence[Example],
    heads: Mapping[str, Sequence[str]],
    base: str | None,
    settings: Settings,
    longest: int,
    progress: Progress | None = None,
    beside: Beside | None = None,
) -> Fitted:
    """Trains the wide part, and as many networks as `settings.members` says.

    `beside` is a further question with texts of its own that is put to the networks in training
    only, for what it teaches their encoders.
    """
    torch.manual_seed(settings.seed)
    loaded = load_base(base)
    texts = [shortened(normalise(example.text), longest) for example in examples]
    grams = Grams.count(texts, settings.least)
    reader = Reader(loaded.tokenizer, loaded.words, grams, longest)
    weights, biases = _wide_part(texts, examples, heads, reader, settings)
    networks = []
    for member in range(settings.members):
        chosen = replace(settings, seed=settings.seed + 1000 * member)
        torch.manual_seed(chosen.seed)
        encoder = loaded.encoder if member == 0 else load_base(base).encoder
        asked, rows = _with(heads, examples, beside)
        network = Network(encoder, asked, settings.smoothing, settings.dropout)
        freeze(network)
        name = f"fine-tuning {member + 1} of {settings.members}"
        finetune(network, reader, rows, chosen, progress, name)
        network.keep(list(heads))
        networks.append(network)
    share_tables(networks)
    return Fitted(Whole(networks, weights, biases, [settings.share] * len(heads)), reader)


def _with(
    heads: Mapping[str, Sequence[str]], examples: Sequence[Example], beside: Beside | None
) -> tuple[dict[str, Sequence[str]], list[Example]]:
    if beside is None:
        return dict(heads), list(examples)
    rows = [Example(example.text, [*example.labels, IGNORED]) for example in examples]
    return {**heads, "beside": beside.names}, [*rows, *beside.rows]


def _wide_part(
    texts: Sequence[str],
    examples: Sequence[Example],
    heads: Mapping[str, Sequence[str]],
    reader: Reader,
    settings: Settings,
) -> tuple[Tensor, Tensor]:
    known = [reader.grams.numbers(text, cut(text)) for text in texts]
    labels = np.array([example.labels for example in examples], dtype=np.int64)
    weights, biases = lexical.fitted(
        lexical.matrix_of(known, len(reader.grams.marks)),
        labels,
        [len(names) for names in heads.values()],
        settings.wide_cost,
        settings.seed,
    )
    return torch.from_numpy(weights), torch.from_numpy(biases)


def freeze(network: Network) -> None:
    """Our own encoder keeps its characters as pre-training left them: strangers use them too."""
    if isinstance(network.encoder, GeyingEncoder):
        network.encoder.characters.weight.requires_grad_(False)


def share_tables(networks: Sequence[Network]) -> None:
    """The frozen tables are the same in every member; one copy of them is enough."""
    first = networks[0].encoder
    if not isinstance(first, GeyingEncoder):
        return
    for network in networks[1:]:
        encoder = network.encoder
        if isinstance(encoder, GeyingEncoder):
            encoder.characters, encoder.words = first.characters, first.words

"""From labelled texts to a trained network and its reader, for any number of heads."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from transformers import AutoConfig, AutoModel, AutoTokenizer

from classifiers.features import Grams, Reader, cut, normalise, shortened
from classifiers.training import lexical
from classifiers.training.encoder import GeyingEncoder, load_encoder
from classifiers.training.finetune import Example, Progress, Settings, finetune
from classifiers.training.network import Network, Whole

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


Teach = Callable[[Fitted], Sequence[Example]]


def fit(
    examples: Sequence[Example],
    heads: Mapping[str, Sequence[str]],
    base: str | None,
    settings: Settings,
    longest: int,
    progress: Progress | None = None,
    teach: Teach | None = None,
) -> Fitted:
    """Trains the wide part, and as many networks as `settings.members` says.

    `teach` makes further examples for all networks but the first, out of what the first has learnt.
    """
    torch.manual_seed(settings.seed)
    loaded = load_base(base)
    texts = [shortened(normalise(example.text), longest) for example in examples]
    labels = np.array([example.labels for example in examples], dtype=np.int64)
    if progress is not None:
        progress("wide part", 0.0)
    grams, weights, biases = _wide_part(texts, labels, heads, settings)
    reader = Reader(loaded.tokenizer, loaded.words, grams, longest)
    networks: list[Network] = []
    further: Sequence[Example] = ()
    shares = [settings.share] * len(heads)
    for member in range(settings.members):
        chosen = replace(settings, seed=settings.seed + 1000 * member)
        torch.manual_seed(chosen.seed)
        encoder = loaded.encoder if member == 0 else load_base(base).encoder
        network = Network(encoder, heads, settings.smoothing, settings.dropout)
        freeze(network)
        name = f"fine-tuning {member + 1} of {settings.members}"
        finetune(network, reader, [*examples, *further], chosen, progress, name)
        networks.append(network)
        if member == 0 and teach is not None and settings.members > 1:
            further = teach(Fitted(Whole(networks, weights, biases, shares), reader))
    share_tables(networks)
    return Fitted(Whole(networks, weights, biases, shares), reader)


def _wide_part(
    texts: Sequence[str],
    labels: NDArray[np.int64],
    heads: Mapping[str, Sequence[str]],
    settings: Settings,
) -> tuple[Grams, Tensor, Tensor]:
    """The grams worth keeping, their weights (one row more, for none) and the biases.

    A first fit shows which grams weigh anything, a second is made with those alone.
    """
    words = [cut(text) for text in texts]
    sizes = [len(names) for names in heads.values()]

    def fit_with(grams: Grams) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        numbers = [grams.numbers(text, held) for text, held in zip(texts, words, strict=True)]
        rows = lexical.matrix_of(numbers, len(grams.marks))
        return lexical.fitted(rows, labels, sizes, settings.wide_cost, settings.seed)

    grams = Grams.count(texts)
    weights, biases = fit_with(grams)
    if len(grams.marks) > settings.most_grams:
        heavy = np.argsort(-np.linalg.norm(weights[1:], axis=1), kind="stable")
        kept = np.sort(heavy[: settings.most_grams])
        grams = Grams(grams.marks[kept], grams.weights[kept])
        weights, biases = fit_with(grams)
    return grams, torch.from_numpy(weights), torch.from_numpy(biases)


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

"""The network that is fine-tuned, and the whole of which it becomes a part.

A `Network` is an encoder with a head for each question. What ships is a `Whole`: one or more
networks that differ by their seed, and the wide part (see `lexical`) beside them. Networks and wide
part are trained apart and their answers added: trained on top of each other, the network only
learns the wide part's odd cases by heart (measured: 9 points of F1 less on strangers' messages).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from classifiers.training.encoder import GeyingEncoder

IGNORED = -100
POOLED = 256
_FAR = 10_000.0


class Network(nn.Module):
    """Logits of all heads side by side, and what the text is like.

    `heads` maps a head's name to its labels, in the order of the logits.
    """

    def __init__(
        self,
        encoder: nn.Module,
        heads: Mapping[str, Sequence[str]],
        smoothing: float = 0.05,
        dropout: float = 0.2,
    ) -> None:
        super().__init__()
        self.encoder = encoder
        self.heads = {name: list(labels) for name, labels in heads.items()}
        self.sizes = [len(labels) for labels in self.heads.values()]
        self.smoothing = smoothing
        width = int(encoder.config.hidden_size)  # type: ignore[union-attr, arg-type]
        self.takes_words = bool(getattr(encoder, "takes_words", False))
        self.dropout = nn.Dropout(dropout)
        self.attention = nn.Linear(width, len(self.sizes))
        self.pooled = nn.Linear(3 * width, POOLED)
        self.outputs = nn.ModuleList(nn.Linear(POOLED + width, size) for size in self.sizes)
        self.class_weights: list[Tensor] | None = None
        self.stress = [1.0] * len(self.sizes)

    def read(
        self, input_ids: Tensor, attention_mask: Tensor, word_ids: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """Logits of shape (batch, logits), and the pooled state (batch, POOLED)."""
        inputs: dict[str, Tensor] = {"input_ids": input_ids, "attention_mask": attention_mask}
        if self.takes_words and word_ids is not None:
            inputs["word_ids"] = word_ids
        states = self.encoder(**inputs).last_hidden_state.float()
        mask = attention_mask[:, :, None].to(states.dtype)
        mean = (states * mask).sum(1) / mask.sum(1).clamp(min=1.0)
        highest = (states + (mask - 1.0) * _FAR).amax(1)
        joined = torch.cat([states[:, 0], mean, highest], dim=-1)
        pooled = torch.tanh(self.pooled(self.dropout(joined)))
        # Each question looks at the tokens that matter to it.
        scores = self.attention(states) + (mask - 1.0) * _FAR
        looks = torch.softmax(scores, dim=1).transpose(1, 2) @ states
        logits = [
            output(self.dropout(torch.cat([pooled, looks[:, number]], dim=-1)))
            for number, output in enumerate(self.outputs)
        ]
        return torch.cat(logits, dim=-1), pooled

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor,
        word_ids: Tensor | None = None,
        labels: Tensor | None = None,
        **_: Any,
    ) -> dict[str, Tensor]:
        """`labels` has shape (batch, heads), -100 where a row has none for a head."""
        logits, _pooled = self.read(input_ids, attention_mask, word_ids)
        result = {"logits": logits}
        if labels is not None:
            result["loss"] = self.loss(logits, labels)
        return result

    def loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        """The mean over the rows that have an answer, summed over the heads by `stress`."""
        total = logits.sum() * 0.0  # a batch without any answer has no loss, not an undefined one
        for number, part in enumerate(torch.split(logits.float(), self.sizes, dim=-1)):
            target = labels[:, number]
            good = target != IGNORED
            if bool(good.any()):
                weight = self.class_weights[number] if self.class_weights else None
                total = total + self.stress[number] * functional.cross_entropy(
                    part[good], target[good], weight=weight, label_smoothing=self.smoothing
                )
        return total


class Whole(nn.Module):
    """What goes into the graph: the mean of the networks, plus the wide part, by head.

    `shares` holds for each head how much the wide part's answer counts beside the networks'.
    """

    def __init__(
        self, networks: Sequence[Network], weights: Tensor, biases: Tensor, shares: Sequence[float]
    ) -> None:
        super().__init__()
        self.networks = nn.ModuleList(networks)
        self.members = list(networks)
        self.heads = networks[0].heads
        self.sizes = networks[0].sizes
        self.takes_words = networks[0].takes_words
        self.wide = nn.Embedding(*weights.shape)
        self.wide.weight = nn.Parameter(weights, requires_grad=False)
        self.register_buffer("biases", biases)
        self.register_buffer("shares", torch.tensor(list(shares), dtype=torch.float32))
        self.biases: Tensor
        self.shares: Tensor

    def parts(
        self,
        input_ids: Tensor,
        attention_mask: Tensor,
        wide_ids: Tensor,
        wide_weights: Tensor,
        word_ids: Tensor | None = None,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Logits of the networks, of the wide part (before `shares`), and the embedding."""
        read = [network.read(input_ids, attention_mask, word_ids) for network in self.members]
        deep = torch.stack([logits for logits, _ in read]).mean(0)
        like = functional.normalize(torch.cat([pooled for _, pooled in read], dim=-1), dim=-1)
        wide = (self.wide(wide_ids) * wide_weights[:, :, None]).sum(1) + self.biases
        encoder = self.members[0].encoder
        if word_ids is not None and isinstance(encoder, GeyingEncoder):
            # What a text is like, and what it names, half and half.
            known = (word_ids > 2)[:, :, None].to(like.dtype)
            named = (encoder.words(word_ids) * known).sum(1)
            like = torch.cat([like, functional.normalize(named, dim=-1, eps=1e-6)], dim=-1)
        return deep, wide, functional.normalize(like, dim=-1)

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor,
        wide_ids: Tensor,
        wide_weights: Tensor,
        word_ids: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Logits of shape (batch, logits), unit embeddings of shape (batch, width)."""
        deep, wide, like = self.parts(input_ids, attention_mask, wide_ids, wide_weights, word_ids)
        sizes = torch.tensor(self.sizes, device=deep.device)
        return deep + wide * self.shares.repeat_interleave(sizes), like

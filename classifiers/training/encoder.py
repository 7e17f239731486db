"""The project's own encoder: characters, the words that hold them, a few layers of attention.

It is an ordinary `PreTrainedModel` (saved, loaded and configured like any other) with one input
more than a BERT: `word_ids`, one for each token. Positions are relative, so a text may be longer
than the lines of pre-training.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file
from tokenizers import Regex, Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Split
from tokenizers.processors import TemplateProcessing
from torch import Tensor, nn
from torch.nn import functional
from transformers import (
    PretrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerFast,
)
from transformers.modeling_outputs import BaseModelOutput

from classifiers.features import CLS, MASK, PAD, SEP, UNK

REACH = 31  # distances beyond this many tokens look alike


class GeyingConfig(PretrainedConfig):  # type: ignore[no-untyped-call]
    """Sizes of the encoder. `word_width` is the width of the frozen vectors of words."""

    model_type = "geying"

    def __init__(
        self,
        vocab_size: int = 6000,
        word_vocab_size: int = 40_000,
        word_width: int = 128,
        hidden_size: int = 256,
        num_hidden_layers: int = 4,
        num_attention_heads: int = 4,
        intermediate_size: int = 768,
        dropout: float = 0.1,
        **kwargs: Any,
    ) -> None:
        self.vocab_size = vocab_size
        self.word_vocab_size = word_vocab_size
        self.word_width = word_width
        self.hidden_size = hidden_size
        self.num_hidden_layers = num_hidden_layers
        self.num_attention_heads = num_attention_heads
        self.intermediate_size = intermediate_size
        self.dropout = dropout
        super().__init__(**kwargs)


class _Layer(nn.Module):
    """Attention and a feed-forward net, each normalised before and added to what came in."""

    def __init__(self, config: GeyingConfig) -> None:
        super().__init__()
        width = config.hidden_size
        self.heads = config.num_attention_heads
        self.attention_norm = nn.LayerNorm(width)
        self.query_key_value = nn.Linear(width, 3 * width)
        self.attention_out = nn.Linear(width, width)
        self.forward_norm = nn.LayerNorm(width)
        self.forward_in = nn.Linear(width, config.intermediate_size)
        self.forward_out = nn.Linear(config.intermediate_size, width)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, states: Tensor, bias: Tensor) -> Tensor:
        batch, length, width = states.shape
        joined = self.query_key_value(self.attention_norm(states))
        query, key, value = (
            part.view(batch, length, self.heads, width // self.heads).transpose(1, 2)
            for part in joined.split(width, dim=-1)
        )
        seen = functional.scaled_dot_product_attention(
            query, key, value, attn_mask=bias.to(query.dtype)
        )
        seen = seen.transpose(1, 2).reshape(batch, length, width)
        states = states + self.dropout(self.attention_out(seen))
        inner = functional.gelu(self.forward_in(self.forward_norm(states)))
        added: Tensor = states + self.dropout(self.forward_out(inner))
        return added


class GeyingEncoder(PreTrainedModel):  # type: ignore[no-untyped-call]
    """Tokens and words in, one state per token out."""

    config_class = GeyingConfig
    base_model_prefix = "encoder"
    takes_words = True

    def __init__(self, config: GeyingConfig) -> None:
        super().__init__(config)
        self.sizes = config
        width = config.hidden_size
        self.characters = nn.Embedding(config.vocab_size, width, padding_idx=0)
        self.words = nn.Embedding(config.word_vocab_size, config.word_width, padding_idx=0)
        self.words.weight.requires_grad_(False)
        self.word_projection = nn.Linear(config.word_width, width, bias=False)
        self.distances = nn.Embedding(2 * REACH + 1, config.num_attention_heads)
        self.input_norm = nn.LayerNorm(width)
        self.dropout = nn.Dropout(config.dropout)
        self.layers = nn.ModuleList(_Layer(config) for _ in range(config.num_hidden_layers))
        self.output_norm = nn.LayerNorm(width)
        self.post_init()  # type: ignore[no-untyped-call]

    def _init_weights(self, module: nn.Module) -> None:
        if isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=0.04)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, nn.Embedding):
            nn.init.normal_(module.weight, std=0.05)
        elif isinstance(module, nn.LayerNorm):
            nn.init.ones_(module.weight)
            nn.init.zeros_(module.bias)

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor, word_ids: Tensor, **_: Any
    ) -> BaseModelOutput:
        """All inputs have shape (batch, length); the states (batch, length, hidden_size)."""
        states = self.characters(input_ids) + self.word_projection(self.words(word_ids))
        states = self.dropout(self.input_norm(states))
        places = torch.arange(input_ids.shape[1], device=input_ids.device)
        apart = (places[None, :] - places[:, None]).clamp(-REACH, REACH) + REACH
        bias = self.distances(apart).permute(2, 0, 1)[None]
        bias = bias + (1.0 - attention_mask[:, None, None, :].to(bias.dtype)) * -10_000.0
        for layer in self.layers:
            states = layer(states, bias)
        return BaseModelOutput(last_hidden_state=self.output_norm(states))


def save_encoder(encoder: GeyingEncoder, words: Sequence[str], tokenizer: Any, out: Path) -> None:
    """Writes an encoder in half precision, the vectors of words in 8 bits, and the tokenizer."""
    half = {
        name: value.half().cpu()
        for name, value in encoder.state_dict().items()
        if name != "words.weight"
    }
    encoder.save_pretrained(out, state_dict=half)
    table = encoder.words.weight.detach().float().cpu().numpy()
    scale = np.abs(table).max() / 127
    np.savez_compressed(
        out / "words.npz", vectors=np.round(table / scale).astype(np.int8), scale=scale
    )
    (out / "words.txt").write_text("\n".join(words), encoding="utf-8")
    tokenizer.save_pretrained(out)


def load_encoder(folder: Path) -> tuple[GeyingEncoder, list[str], Any]:
    """The encoder, its words in the order of their numbers, and its tokenizer."""
    config = GeyingConfig.from_pretrained(folder)
    encoder = GeyingEncoder(config)
    held = load_file(folder / "model.safetensors")
    with np.load(folder / "words.npz") as arrays:
        table = arrays["vectors"].astype(np.float32) * float(arrays["scale"])
    held["words.weight"] = torch.from_numpy(table)
    encoder.load_state_dict({name: value.float() for name, value in held.items()})
    words = (folder / "words.txt").read_text(encoding="utf-8").split("\n")
    return encoder, words, PreTrainedTokenizerFast.from_pretrained(folder)


def character_tokenizer(characters: Sequence[str]) -> PreTrainedTokenizerFast:
    """A tokenizer with one token per character; the first five are the special ones."""
    tokenizer = Tokenizer(
        WordLevel({character: n for n, character in enumerate(characters)}, unk_token=UNK)
    )
    tokenizer.pre_tokenizer = Split(Regex(r"[\s\S]"), "isolated")
    tokenizer.post_processor = TemplateProcessing(
        single=f"{CLS} $A {SEP}",
        pair=f"{CLS} $A {SEP} $B {SEP}",
        special_tokens=[(CLS, characters.index(CLS)), (SEP, characters.index(SEP))],
    )
    made = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer,
        pad_token=PAD,
        unk_token=UNK,
        cls_token=CLS,
        sep_token=SEP,
        mask_token=MASK,
    )
    if len(made) != len(characters):
        raise ValueError("the tokenizer lost characters")
    return made

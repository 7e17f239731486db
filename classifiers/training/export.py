"""From the trained network to a folder that runs without torch: ONNX, 8 bits, and its files."""

import json
import logging
import os
import shutil
import warnings
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic

from classifiers.features import Reader, padded
from classifiers.training.corpus import Message
from classifiers.training.network import Whole

_SAMPLE = "3栋2单元的电梯又坏了，麻烦派人来看看"


def export(
    whole: Whole, reader: Reader, out: Path, settings: Mapping[str, Any], quantise: bool = True
) -> None:
    """Writes everything the running bot needs into the new folder `out`.

    `settings` goes into `geying.json` beside the heads (version; temperatures and such later).
    """
    out.mkdir(parents=True)
    reader.save(out)
    _graph(whole, reader, out / "network.onnx", quantise)
    described = {"heads": whole.heads, **settings}
    (out / "geying.json").write_text(
        json.dumps(described, ensure_ascii=False, indent=1), encoding="utf-8"
    )


def put(made: Path, out: Path) -> None:
    """Moves a finished model to `out`, in one step; a card that lies there stays."""
    card = out / "MODEL_CARD.md"
    if card.exists():
        shutil.copy2(card, made / card.name)
    if out.exists():
        os.replace(out, made.with_name("before"))
    os.replace(made, out)


def _graph(whole: Whole, reader: Reader, file: Path, quantise: bool) -> None:
    whole.eval()
    arrays = padded([reader.encode(_SAMPLE), reader.encode("停水了？")], reader.padding)
    names = ["input_ids", "attention_mask", "wide_ids", "wide_weights"]
    if whole.takes_words:
        names.append("word_ids")
    axes = {name: {0: "batch", 1: "grams" if "wide" in name else "tokens"} for name in names}
    full = file.with_suffix(".full.onnx") if quantise else file
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            whole,
            tuple(torch.from_numpy(arrays[name]) for name in names),
            str(full),
            input_names=names,
            output_names=["logits", "embedding"],
            dynamic_axes={**axes, "logits": {0: "batch"}, "embedding": {0: "batch"}},
            opset_version=17,
            dynamo=False,
        )
    if quantise:
        level = logging.getLogger().level
        logging.getLogger().setLevel(logging.ERROR)
        quantize_dynamic(
            full,
            file,
            op_types_to_quantize=["MatMul", "Gemm", "Gather"],
            weight_type=QuantType.QInt8,
            per_channel=True,
        )
        logging.getLogger().setLevel(level)
        full.unlink()


def describe(messages: Sequence[Message], seed: int) -> str:
    """A version that changes with the corpus, the seed and nothing else."""
    mark = zlib.crc32("\n".join(sorted(message.text for message in messages)).encode())
    return f"{len(messages)}-{mark:08x}-{seed}"

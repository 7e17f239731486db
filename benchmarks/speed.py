"""The bundled classifier against a BERT-base of the same task, one CPU thread, the same messages.

    python -m benchmarks.speed [--messages 200]

The peer is a `transformers` pipeline over a BERT-base (12 layers of 768) with as many labels as our
four heads have; its weights are random, for time does not depend on them. Both answer message by
message at the lengths of the dev messages.
"""

import argparse
import time
from collections.abc import Callable, Sequence

import numpy as np
from rich.console import Console
from rich.table import Table

from classifiers.model import Classifier
from classifiers.training import corpus


def timed(answer: Callable[[str], object], texts: Sequence[str]) -> np.ndarray:
    """Seconds that each text took, after a few to warm up."""
    for text in texts[:5]:
        answer(text)
    taken = []
    for text in texts:
        start = time.perf_counter()
        answer(text)
        taken.append(time.perf_counter() - start)
    return np.array(taken)


def bert_base() -> Callable[[str], object]:
    """A text classification pipeline over a BERT-base with 27 labels and a character vocabulary."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification, pipeline

    from classifiers.training.encoder import load_encoder
    from classifiers.training.fitting import ENCODER

    torch.set_num_threads(1)
    _, _, tokenizer = load_encoder(ENCODER)
    tokenizer.model_input_names = ["input_ids", "attention_mask"]
    config = BertConfig(vocab_size=21_128)
    config.num_labels = 27
    model = BertForSequenceClassification(config).train(False)
    return pipeline("text-classification", model=model, tokenizer=tokenizer, device="cpu")


def main() -> None:
    """Prints both sides."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=200)
    given = parser.parse_args()
    texts = [message.text for message in corpus.held_out("dev")][: given.messages]
    ours = Classifier.load()
    table = Table("one thread", "p50 ms", "p95 ms", "messages a second")
    rates = []
    for name, answer in (
        ("geying, bundled", lambda text: ours.predict([text])),
        ("BERT-base, transformers pipeline", bert_base()),
    ):
        taken = timed(answer, texts)
        rates.append(1 / taken.mean())
        p50, p95 = np.percentile(taken, [50, 95]) * 1000
        table.add_row(name, f"{p50:.2f}", f"{p95:.2f}", f"{rates[-1]:.0f}")
    console = Console()
    console.print(table)
    median = float(np.median([len(text) for text in texts]))
    ratio = rates[0] / rates[1]
    console.print(f"{len(texts)} messages, median {median:.0f} characters; {ratio:.0f} times")


if __name__ == "__main__":
    main()

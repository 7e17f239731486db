"""A tiny encoder and tiny data, so that whole training runs take seconds."""

import csv
from pathlib import Path

import pytest
import torch

from classifiers.features import SPECIAL
from classifiers.training.encoder import (
    GeyingConfig,
    GeyingEncoder,
    character_tokenizer,
    save_encoder,
)
from classifiers.training.finetune import Settings

torch.set_num_threads(1)  # runs of seconds lose more by waiting for each other

LAMPS = ["路灯不亮了", "楼道灯坏了两天", "感应灯没反应", "{}栋的灯又不亮", "灯坏了没人修"]
NOISE = ["楼上半夜太吵", "{}栋在装修好吵", "广场舞声音太大", "狗叫了一夜睡不着", "KTV吵到两点"]
CHAT = ["大家早上好", "谢谢师傅", "{}号团购接龙", "今天天气真好", "周末一起吃饭"]
_ENDS = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳"
TINY = Settings(epochs=12, batch=8, rate=3e-3, head_rate=3e-3, hidden_tokens=0, hidden_words=0)


@pytest.fixture(scope="session")
def tiny_encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An encoder of our own kind with random weights, saved as a pre-trained one is."""
    torch.manual_seed(0)
    texts = "".join(LAMPS + NOISE + CHAT) + "0123456789，。！？abc停水电梯物业社区，"
    characters = [*SPECIAL, " ", *dict.fromkeys(texts)]
    words = ["[PAD]", "[UNK]", "[MASK]", "路灯", "楼道", "装修", "广场", "大家", "早上", "谢谢"]
    config = GeyingConfig(
        vocab_size=len(characters),
        word_vocab_size=len(words),
        word_width=16,
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=64,
    )
    folder = tmp_path_factory.mktemp("encoder")
    save_encoder(GeyingEncoder(config), words, character_tokenizer(characters), folder)
    return folder


@pytest.fixture(scope="session")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CSV of texts with three labels and two text columns."""
    file = tmp_path_factory.mktemp("data") / "train.csv"
    with file.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines)
        writer.writerow(["title", "detail", "label"])
        for number in range(1, 9):
            for label, texts in (("灯", LAMPS), ("噪声", NOISE), ("闲聊", CHAT)):
                for text in texts:
                    writer.writerow([text.format(number), f"{text.format(number)}。", label])
    return file


@pytest.fixture(scope="session")
def corpus_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus with train, dev and test in its own format."""
    folder = tmp_path_factory.mktemp("corpus")
    for name, start, count in (("composed-a", 0, 10), ("dev", 10, 3), ("test", 13, 3)):
        lines = [f"# voice: {name} | composed | somebody"]
        for number in range(start, start + count):
            end = "，" + _ENDS[number]
            lines += [f"issue facility help normal - | {t.format(number)}{end}" for t in LAMPS]
            lines += [f"issue noise complaint normal - | {t.format(number)}{end}" for t in NOISE]
            lines += [f"chat | {t.format(number)}{end}" for t in CHAT]
            lines += [f"followup | 我家也是{end}", f"followup | 还没来人{end}"]
        (folder / f"{name}.txt").write_text("\n".join(lines), encoding="utf-8")
    return folder

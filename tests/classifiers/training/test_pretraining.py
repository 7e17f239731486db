"""Pre-training in the small: what is hidden, what is counted, and going on after a stop."""

import json
from pathlib import Path

import numpy as np
import torch

from classifiers.features import SPECIAL
from classifiers.training import prepare, pretrain, texts, vectors
from classifiers.training.encoder import GeyingConfig, load_encoder
from classifiers.training.pretrain import Plan, Rows, hide

LINES = [["路灯", "坏", "了"], ["楼道", "的", "灯", "不", "亮"], ["路灯", "不", "亮", "了"]] * 40


def _folder(folder: Path) -> Path:
    words = ["[PAD]", "[UNK]", "[MASK]", *dict.fromkeys(w for line in LINES for w in line)]
    characters = [*SPECIAL, " ", *dict.fromkeys("".join(words[3:]))]
    (folder / "words.txt").write_text("\n".join(words), encoding="utf-8")
    (folder / "characters.txt").write_text("\n".join(characters), encoding="utf-8")
    np.savez(folder / "close.npz", **prepare.numbered(LINES, characters, words))
    random = np.random.default_rng(0)
    np.save(folder / "words.npy", random.normal(size=(len(words), 128)).astype(np.float32))
    table = random.normal(size=(len(characters), 256)).astype(np.float32)
    np.save(folder / "characters.npy", table)
    return folder


def test_whole_words_are_hidden_and_asked_for(tmp_path: Path) -> None:
    rows = Rows.load([(_folder(tmp_path) / "close.npz", 1)])
    ids, words = next(iter(rows.batches(600, seed=1)))
    config = GeyingConfig(vocab_size=20, word_vocab_size=12)
    hidden, hidden_words, targets, asked = hide(
        ids, words, config, torch.Generator().manual_seed(1), 0.5
    )
    chosen = targets != -100
    assert chosen.any()
    assert torch.equal(targets[chosen], ids[chosen])
    assert not chosen[ids <= 3].any()
    same_word = (words[:, 1:] == words[:, :-1]) & (words[:, 1:] > 0)
    assert torch.equal(chosen[:, 1:][same_word], chosen[:, :-1][same_word])
    assert (hidden[hidden_words == 2] == 4).all()
    assert (asked & ~chosen).sum() == 0


def test_an_epoch_shows_every_line_once(tmp_path: Path) -> None:
    rows = Rows.load([(_folder(tmp_path) / "close.npz", 2)])
    assert sum(len(ids) for ids, _ in rows.batches(64, seed=3)) == 2 * len(LINES)


def test_pretraining_goes_on_where_it_stopped(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    out = folder / "encoder"
    for tokens in (2_000, 4_000):
        pretrain.train(Plan(folder, out, tokens, layers=1, batch=256, parts=(("close", 1),)))
        assert tokens <= json.loads((out / "pretraining.json").read_text())["tokens"] < tokens + 300
    encoder, words, tokenizer = load_encoder(out)
    assert len(words) == encoder.config.word_vocab_size
    assert tokenizer("路灯")["input_ids"][0] == SPECIAL.index("[CLS]")


def test_words_in_like_company_lie_close() -> None:
    rows = [[1, 2, 3], [1, 4, 3], [5, 6, 7], [5, 6, 8]] * 30
    ids = np.array([i for row in rows for i in row])
    lines = np.repeat(np.arange(len(rows)), 3)
    table = vectors.vectors(vectors.cooccurrence(ids, lines, 9, 2, 1), 4, seed=0)
    names = list("abcdefghi")
    assert vectors.nearest(table, names, "c", 1) == ["e"]


def test_long_texts_are_cut_at_sentences() -> None:
    found = list(texts.pieces("路灯坏了三天。" * 20))
    assert all(len(piece) <= texts.PIECE for piece in found)
    assert all(piece.endswith("。") for piece in found)
    assert "".join(found) == "路灯坏了三天。" * 20

"""Whole runs of training with tiny models: from a table or a corpus to a folder that answers."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from transformers import BertConfig, BertModel

from classifiers.inference import OnnxNetwork
from classifiers.model import Classifier, ModelMissingError
from classifiers.taxonomy import Kind
from classifiers.training import recipe
from classifiers.training.encoder import load_encoder
from classifiers.training.export import export
from classifiers.training.finetune import Example
from classifiers.training.fitting import fit
from tests.classifiers.training.conftest import LAMPS, NOISE, TINY


@pytest.fixture(scope="module")
def single(tiny_encoder: Path, table: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("single") / "model"
    told: list[float] = []
    recipe.train_single(
        table,
        ["title"],
        "label",
        out,
        base=str(tiny_encoder),
        settings=TINY,
        progress=lambda _name, share: told.append(share),
    )
    assert told[-1] == pytest.approx(1.0)
    return out


def test_a_trained_model_knows_its_labels(single: Path, table: Path) -> None:
    found = recipe.evaluate_single(single, table, ["title"], "label")
    assert set(found) == {"accuracy", "macro_f1", "n", "per_class"}
    assert found["n"] == 120
    assert found["accuracy"] > 0.9
    assert set(found["per_class"]) == {"灯", "噪声", "闲聊"}
    json.dumps(found)


def test_two_text_columns_are_joined(tiny_encoder: Path, table: Path, tmp_path: Path) -> None:
    rows = recipe.read_table(table, ["title", "detail"], "label")
    assert rows[0] == ("路灯不亮了\n路灯不亮了。", "灯")


def test_json_lines_are_read_like_a_table(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text('{"t": "灯坏了", "l": "a"}\n\n{"t": "", "l": "b"}\n', encoding="utf-8")
    assert recipe.read_table(file, ["t"], "l") == [("灯坏了", "a")]


def test_a_missing_column_is_named(table: Path) -> None:
    with pytest.raises(recipe.TrainingDataError, match="subject"):
        recipe.read_table(table, ["subject"], "label")


def test_one_label_alone_cannot_be_learnt(tmp_path: Path) -> None:
    file = tmp_path / "one.csv"
    with file.open("w", encoding="utf-8", newline="") as lines:
        csv.writer(lines).writerows([("t", "l"), ("灯坏了", "a"), ("好吵", "a")])
    with pytest.raises(recipe.TrainingDataError, match="fewer than two"):
        recipe.train_single(file, ["t"], "l", tmp_path / "out")


def test_the_same_seed_gives_the_same_model(
    tiny_encoder: Path, table: Path, tmp_path: Path
) -> None:
    folders = [
        recipe.train_single(
            table, ["title"], "label", tmp_path / name, str(tiny_encoder), settings=TINY
        )
        for name in ("one", "two")
    ]
    first, second = (OnnxNetwork(folder) for folder in folders)
    for text in ("路灯又坏了", "楼上在唱歌"):
        assert np.array_equal(first.logits(text)[0], second.logits(text)[0])


def test_any_encoder_of_transformers_will_do(
    tiny_encoder: Path, table: Path, tmp_path: Path
) -> None:
    _, _, tokenizer = load_encoder(tiny_encoder)
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=400,
    )
    BertModel(config).save_pretrained(tmp_path / "bert")
    tokenizer.save_pretrained(tmp_path / "bert")
    out = recipe.train_single(
        table, ["title"], "label", tmp_path / "out", str(tmp_path / "bert"), settings=TINY
    )
    assert recipe.evaluate_single(out, table, ["title"], "label")["accuracy"] > 0.9


def test_the_quantised_graph_answers_like_the_network(tiny_encoder: Path, tmp_path: Path) -> None:
    heads = {"label": ["灯", "噪声"]}
    examples = [Example(t.format(3), [n]) for n, ts in enumerate((LAMPS, NOISE)) for t in ts] * 4
    fitted = fit(examples, heads, str(tiny_encoder), TINY, longest=64)
    export(fitted.whole, fitted.reader, tmp_path / "full", {}, quantise=False)
    export(fitted.whole, fitted.reader, tmp_path / "small", {})
    full, small = OnnxNetwork(tmp_path / "full"), OnnxNetwork(tmp_path / "small")
    for text in (e.text for e in examples[:10]):
        a, b = full.answer(text), small.answer(text)
        assert a.probabilities["label"] == pytest.approx(b.probabilities["label"], abs=0.05)
        assert float(a.embedding @ b.embedding) > 0.98
        assert np.linalg.norm(b.embedding) == pytest.approx(1.0, abs=1e-4)


@pytest.fixture(scope="module")
def bundled(
    tiny_encoder: Path, corpus_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    place = tmp_path_factory.mktemp("bundled")
    corrections = place / "corrections.jsonl"
    corrections.write_text(
        '{"text": "灯坏了", "kind": "issue", "category": "facility", '
        '"intent": "help", "urgency": "normal"}\n',
        encoding="utf-8",
    )
    return recipe.train_bundled(
        place / "model",
        base=str(tiny_encoder),
        corrections=corrections,
        settings=TINY,
        folder=corpus_folder,
        everyday=0,
    )


def test_the_whole_recipe_makes_a_classifier(bundled: Path) -> None:
    found = Classifier.load(bundled).predict(["8栋的灯又不亮", "楼上半夜太吵", "大家早上好"])
    assert [p.kind for p in found] == [Kind.ISSUE, Kind.ISSUE, Kind.CHAT]
    assert [p.category.value for p in found[:2]] == ["facility", "noise"]


def test_the_card_tells_data_figures_and_weaknesses(bundled: Path) -> None:
    card = (bundled / "MODEL_CARD.md").read_text(encoding="utf-8")
    for said in ("Near-duplicates", "kind, accuracy", "place (building", "Confusion", "weaknesses"):
        assert said in card


def test_a_correction_with_an_unknown_label_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text('{"text": "x", "kind": "issue", "category": "nothing"}', encoding="utf-8")
    with pytest.raises(recipe.TrainingDataError, match=r"rows\.jsonl:1"):
        recipe.corrected_messages(file)


def test_a_single_label_model_is_no_classifier_of_messages(single: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelMissingError):
        Classifier.load(single)
    with pytest.raises(ModelMissingError, match="geying train"):
        Classifier.load(tmp_path)

"""Reading the corpus, keeping the held-out voices out, finding near-copies."""

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.training import corpus


def _write(folder: Path, name: str, *lines: str) -> Path:
    file = folder / f"{name}.txt"
    file.write_text("\n".join(["# voice: v | composed | x", *lines]), encoding="utf-8")
    return file


def test_a_line_becomes_a_message_with_all_its_labels(tmp_path: Path) -> None:
    file = _write(tmp_path, "a", "issue property help urgent 3/2/501 | 电梯停了 | 快修\\n谢谢")
    message = corpus.read(file)[0]
    assert message.text == "电梯停了 | 快修\n谢谢"
    assert (message.category, message.intent, message.urgency) == ("property", "help", "urgent")
    assert message.place == ("3", "2", "501")
    assert message.composed


def test_a_generated_line_tells_its_family(tmp_path: Path) -> None:
    lines = ("issue noise report normal - @noi_site | 工地夜里打桩", "chat @ch_life | 饺子包好了")
    found = corpus.read(_write(tmp_path, "a", *lines))
    assert [(m.kind, m.family) for m in found] == [("issue", "noi_site"), ("chat", "ch_life")]


@pytest.mark.parametrize(
    "line",
    [
        "issue nonsense help normal - | 灯坏了",
        "issue facility help normal | 灯坏了",
        "issue facility help normal 3/2 | 灯坏了",
        "chat",
        "chat extra | 早",
        "gossip | 早",
    ],
)
def test_a_bad_line_is_named_by_file_and_number(tmp_path: Path, line: str) -> None:
    with pytest.raises(corpus.CorpusError, match=r"a\.txt:2"):
        corpus.read(_write(tmp_path, "a", line))


def test_what_dev_and_test_say_is_never_trained_on(tmp_path: Path) -> None:
    _write(tmp_path, "composed-a", "chat | 大家早上好!", "chat | 只有我说过", "chat | 只有我说过。")
    _write(tmp_path, "dev", "chat | 大家早上好")
    assert [m.text for m in corpus.training_messages(tmp_path)] == ["只有我说过"]
    assert [m.text for m in corpus.held_out("dev", tmp_path)] == ["大家早上好"]
    assert corpus.held_out("test", tmp_path) == []


def test_near_copies_are_one_family_and_others_are_none(tmp_path: Path) -> None:
    _write(
        tmp_path,
        "composed-a",
        "chat | 3栋楼下的路灯已经坏了三天没有人来修",
        "chat | 5栋楼下的路灯已经坏了五天没有人来修",
        "chat | 隔壁烧烤摊的油烟天天往我家阳台飘",
    )
    messages = corpus.training_messages(tmp_path)
    assert corpus.families(messages) in ([[0, 1]], [[1, 0]])


@given(st.text(min_size=1, max_size=60), st.integers())
def test_varying_a_text_never_empties_it(text: str, seed: int) -> None:
    assert corpus.varied(text, random.Random(seed)) != "" or text == ""


def test_the_projects_own_corpus_reads_without_an_error() -> None:
    messages = corpus.training_messages()
    assert len(messages) > 3000
    shares = corpus.shares(messages)
    assert set(shares["category"]) == set(corpus.HEADS["category"])
    largest = corpus.families(messages)[:1]
    assert len(largest[0] if largest else []) <= len(messages) * 0.01

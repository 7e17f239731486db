"""What endangers life is found, with the number to call; what only sounds like it is not."""

import csv
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.characters import plain, simple
from classifiers.safety import check, number_to_call, rules
from classifiers.taxonomy import Category

CORPUS = Path(__file__).parents[2] / "classifiers" / "corpus"
POSITIVES = [(rule.hit.rule, text) for rule in rules() for text in rule.positives]
NEGATIVES = [(rule.hit.rule, text) for rule in rules() for text in rule.negatives]


@pytest.mark.parametrize(("rule", "text"), POSITIVES)
def test_danger_is_found(rule: str, text: str) -> None:
    expected = next(r.hit for r in rules() if r.hit.rule == rule)
    hit = check(text)
    assert hit is not None
    assert hit.category == expected.category


@pytest.mark.parametrize(("rule", "text"), NEGATIVES)
def test_what_is_no_danger(rule: str, text: str) -> None:
    assert check(text) is None


def test_needs_of_a_rule_hide_nothing_that_its_patterns_find() -> None:
    for text in [text for _, text in POSITIVES + NEGATIVES]:
        view = simple(plain(text))
        for rule in rules():
            found = any(pattern.search(view) for pattern in rule.patterns) or any(
                first.search(view) and second.search(view) for first, second in rule.pairs
            )
            if found and rule.needs:
                assert rule.needs & set(view), (rule.hit.rule, text)


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.hit.rule)
def test_each_rule_is_complete(rule: object) -> None:
    found = next(r for r in rules() if r is rule)
    assert found.patterns or found.pairs
    assert len(found.positives) >= 12
    assert len(found.negatives) >= 8
    assert found.hit.call in ("110", "119", "120", None)
    assert found.hit.sentence.endswith("。")
    if found.hit.call:
        assert found.hit.call in found.hit.sentence


@pytest.mark.parametrize(
    ("text", "call"),
    [
        ("3栋2单元电梯困人了", "119"),
        ("楼道里好大的煤气味", "119"),
        ("12栋着火了！", "119"),
        ("有人拿刀砍人，快报警", "110"),
        ("我妈走丢了，73岁，穿红毛衣", "110"),
        ("大爷晕倒在7栋门口，喊不答应", "120"),
        ("井盖没了，一个大洞", None),
    ],
)
def test_whom_to_call(text: str, call: str | None) -> None:
    hit = check(text)
    assert hit is not None
    assert hit.call == call


def test_a_traditional_message_is_understood() -> None:
    hit = check("電梯困人！2棟1單元，裡面兩個小孩")
    assert hit is not None
    assert hit.category is Category.PROPERTY


@pytest.mark.parametrize(
    "text",
    [
        "去年这部电梯困过人",
        "万一着火了往哪跑",
        "看新闻外地又有小区着火了",
        "消防演练，看到浓烟请勿惊慌",
        "电梯里的人已经救出来了",
        "没有煤气味，放心吧",
        "热死人了，空调都坏了",
        "我家猫走丢了",
    ],
)
def test_told_but_not_now(text: str) -> None:
    assert check(text) is None


@pytest.mark.parametrize(
    ("text", "category", "call"),
    [
        ("那边有人打起来了", Category.SECURITY, "110"),
        ("老人家不行了", Category.WELFARE, "120"),
        ("邻居想不开要跳", Category.WELFARE, "110"),
        ("那根杆子看着要塌", Category.HAZARD, "119"),
        ("灯不亮", Category.FACILITY, None),
    ],
)
def test_the_number_for_what_only_the_model_finds(
    text: str, category: Category, call: str | None
) -> None:
    assert number_to_call(text, category) == call


@given(st.text(max_size=120))
def test_any_text_is_survived(text: str) -> None:
    check(text)
    for category in Category:
        assert number_to_call(text, category) in ("110", "119", "120", None)


def test_long_texts_are_survived() -> None:
    assert check("着火了" * 30_000) is not None
    assert check("电梯" * 50_000) is None


def own_words(text: str) -> str:
    return text.replace("\\n", "\n").rpartition("- - -\n")[2]


def test_precision_and_recall_on_the_corpus() -> None:
    hits = right = critical = 0
    # The voices that the rules were written for; what they miss of others is the model's to find.
    for path in sorted(CORPUS.glob("composed-[a-d].txt")):
        for line in path.read_text(encoding="utf-8").splitlines():
            labels, separator, text = line.partition(" | ")
            if not separator or line.startswith("#"):
                continue
            danger = " critical " in labels
            hit = check(own_words(text)) is not None
            hits, critical, right = hits + hit, critical + danger, right + (hit and danger)
    if not critical:
        pytest.skip("no corpus here")
    assert right / hits >= 0.95
    assert right / critical >= 0.90


def test_everyday_messages_raise_no_alarm() -> None:
    data = os.environ.get("GEYING_DATA")
    if not data:
        pytest.skip("GEYING_DATA is not set: no everyday messages to try")
    alarms: list[str] = []
    for name, column in (("sms_train.csv", "text"), ("dialogue_train.csv", "utterance")):
        with (Path(data) / "chat" / name).open(encoding="utf-8", newline="") as lines:
            alarms += [row[column] for row in csv.DictReader(lines) if check(row[column])]
    assert alarms == []

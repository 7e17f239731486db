"""The model's labels, the place and the rules together, with a model that says what it is told."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from classifiers.taxonomy import Category, Intent, Kind, Urgency
from classifiers.understanding import Understander, as_json, own_words

ZERO = np.zeros(4, dtype=np.float32)


@dataclass(frozen=True)
class Answer:
    kind: Kind = Kind.ISSUE
    category: Category = Category.FACILITY
    intent: Intent = Intent.HELP
    urgency: Urgency = Urgency.NORMAL
    confidence: float = 0.8
    p_issue: float = 0.9
    embedding: NDArray[np.float32] = field(default_factory=lambda: ZERO)


@dataclass
class Told:
    """A model that always gives the same answer and remembers what it read."""

    answer: Answer = field(default_factory=Answer)
    read: list[str] = field(default_factory=list)

    def predict(self, texts: Sequence[str], /) -> list[Answer]:
        self.read += texts
        return [self.answer for _ in texts]


def test_an_issue_with_its_place() -> None:
    (meaning,) = Understander(Told()).understand(["3栋2单元楼道灯坏了，打我13800138000"])
    assert meaning.kind is Kind.ISSUE
    assert (meaning.place.building, meaning.place.unit) == ("3", "2")
    assert meaning.masked == "3栋2单元楼道灯坏了，打我[电话]"
    assert meaning.embedding == ZERO.tobytes()
    assert meaning.safety is None


def test_chat_has_no_category() -> None:
    chat = Told(Answer(kind=Kind.CHAT, p_issue=0.05))
    (meaning,) = Understander(chat).understand(["早上好"])
    assert (meaning.category, meaning.intent, meaning.urgency) == (None, None, None)


def test_danger_overrules_the_model() -> None:
    chat = Told(Answer(kind=Kind.CHAT, confidence=0.6, p_issue=0.1))
    (meaning,) = Understander(chat).understand(["3栋电梯困人了，里面有个孩子在哭"])
    assert meaning.kind is Kind.ISSUE
    assert meaning.category is Category.PROPERTY
    assert meaning.urgency is Urgency.CRITICAL
    assert meaning.safety is not None
    assert meaning.safety.call == "119"
    assert meaning.confidence > 0.8
    assert meaning.p_issue > 0.8


def test_past_danger_is_left_to_the_model() -> None:
    (meaning,) = Understander(Told()).understand(["去年这里掉过砖，该修修了"])
    assert meaning.urgency is Urgency.NORMAL


def test_the_model_may_not_call_past_danger_critical() -> None:
    model = Told(Answer(urgency=Urgency.CRITICAL))
    past, present = Understander(model).understand(["去年这里掉过砖，该修了", "那面墙看着吓人"])
    assert past.urgency is Urgency.NORMAL
    assert present.urgency is Urgency.CRITICAL


@pytest.mark.parametrize(
    "text", ["", "  \n", "[捂脸][捂脸]", "👍👍", "。。。", "@小格 ", "\u200b\u202e"]
)
def test_nothing_said_is_chat_without_the_model(text: str) -> None:
    model = Told()
    (meaning,) = Understander(model).understand([text])
    assert meaning.kind is Kind.CHAT
    assert meaning.embedding is None
    assert model.read == []


def test_order_is_kept_around_blank_texts() -> None:
    texts = ["灯坏了", "", "没水了", "👍", "1"]
    meanings = Understander(Told()).understand(texts)
    assert [m.text for m in meanings] == texts
    assert [m.kind for m in meanings] == [
        Kind.ISSUE,
        Kind.CHAT,
        Kind.ISSUE,
        Kind.CHAT,
        Kind.ISSUE,
    ]


QUOTE = "「刘叔：3栋电梯困人了」\n- - - - - - - - - - - - - - -\n"


def test_a_quoted_line_is_not_what_the_speaker_says() -> None:
    model = Told()
    (meaning,) = Understander(model).understand([QUOTE + "5栋也不亮"])
    assert model.read == ["5栋也不亮"]
    assert meaning.place.building == "5"
    assert meaning.safety is None


def test_a_quote_without_words_is_chat() -> None:
    (meaning,) = Understander(Told()).understand([QUOTE])
    assert meaning.kind is Kind.CHAT


def test_own_words_of_other_texts_stay() -> None:
    assert own_words("「这」是什么\n没水了") == "「这」是什么\n没水了"


def test_what_cannot_be_seen_does_not_hide_anything() -> None:
    model = Told()
    (meaning,) = Understander(model).understand(["3\u200b栋\u202e电\u2060梯困\x00人了"])
    assert model.read == ["3栋电梯困人了"]
    assert meaning.place.building == "3"
    assert meaning.urgency is Urgency.CRITICAL


def test_traditional_characters_are_read_as_simplified() -> None:
    model = Told()
    Understander(model).understand(["電梯壞了"])
    assert model.read == ["电梯坏了"]


def test_words_that_the_guide_settles() -> None:
    meanings = Understander(Told()).understand(
        ["消防通道又停了一路车", "微心愿：想要个书架", "楼上在砸承重墙"]
    )
    assert meanings[0].category is Category.HAZARD
    assert meanings[1].intent is Intent.SUGGESTION
    assert meanings[2].category is Category.CONSTRUCTION


@pytest.mark.parametrize(
    "text",
    [
        "3栋没水了！" + "没水了" * 1_000,
        "3栋没水" * 25_000,
        "3栋灯坏了" + "🙏" * 30_000,
        "3栋1" + "1" * 100_000,
    ],
)
def test_endless_texts(text: str) -> None:
    model = Told()
    started = time.perf_counter()
    (meaning,) = Understander(model).understand([text])
    assert time.perf_counter() - started < 10
    assert meaning.place.building == "3"
    assert all(len(read) <= 400 for read in model.read)


def test_one_json_line() -> None:
    line = as_json(Understander(Told()).understand(["东门口3栋的灯坏了"])[0])
    assert line == {
        "text": "东门口3栋的灯坏了",
        "kind": "issue",
        "category": "facility",
        "intent": "help",
        "urgency": "normal",
        "confidence": 0.8,
        "place": {
            "estate": None,
            "building": "3",
            "unit": None,
            "room": None,
            "landmark": "东门口",
        },
        "masked": "东门口3栋的灯坏了",
    }
    followup = Told(Answer(kind=Kind.FOLLOWUP))
    other = as_json(Understander(followup).understand(["我家也是"])[0])
    assert (other["category"], other["intent"], other["urgency"]) == (None, None, None)


@given(st.lists(st.text(max_size=60), max_size=5))
def test_any_texts_are_survived(texts: list[str]) -> None:
    meanings = Understander(Told(), estates=["翠湖苑"], landmarks=["翠湖大道"]).understand(texts)
    assert [m.text for m in meanings] == texts
    for meaning in meanings:
        assert (meaning.category is None) == (meaning.kind is not Kind.ISSUE)
        assert 0 <= meaning.confidence <= 1

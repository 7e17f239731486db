"""The bundled model as the running bot meets it."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers import similarity
from classifiers.model import BUNDLED, Classifier
from classifiers.taxonomy import Category, Kind, Urgency


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier.load()


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("3栋2单元的电梯又坏了", Category.PROPERTY),
        ("楼下垃圾桶满了三天没人清，臭死了", Category.SANITATION),
        ("楼上天天半夜拖椅子，吵得睡不着", Category.NOISE),
        ("5栋整栋都停水了", Category.UTILITIES),
        ("小区南门的路灯不亮了", Category.FACILITY),
        ("请问高龄津贴怎么申请", Category.GOV_SERVICE),
        ("消防通道又被车堵了", Category.HAZARD),
    ],
)
def test_plain_issues_are_understood(classifier: Classifier, text: str, category: Category) -> None:
    found = classifier.predict([text])[0]
    assert (found.kind, found.category) == (Kind.ISSUE, category)
    assert found.confidence > 0.5


@pytest.mark.parametrize("text", ["早上好各位邻居", "收到，谢谢", "有人要拼团买车厘子吗"])
def test_small_talk_is_chat(classifier: Classifier, text: str) -> None:
    assert classifier.predict([text])[0].kind is Kind.CHAT


def test_someone_in_a_lift_is_critical(classifier: Classifier) -> None:
    found = classifier.predict(["有人被困在2栋电梯里了！快来人"])[0]
    assert found.urgency is Urgency.CRITICAL


@pytest.mark.parametrize("text", ["", "   ", "\n\u200b"])
def test_blank_is_chat(classifier: Classifier, text: str) -> None:
    assert classifier.predict([text])[0].kind is Kind.CHAT


def test_an_answer_does_not_depend_on_its_neighbours(classifier: Classifier) -> None:
    texts = ["路灯坏了", "我家也是", "楼上漏水到我家卧室了，找了物业三次都没人管，这都半个月了"]
    together = classifier.predict(texts)
    for text, found in zip(texts, together, strict=True):
        alone = classifier.predict([text])[0]
        assert alone.confidence == found.confidence
        assert np.array_equal(alone.embedding, found.embedding)


@given(st.text(max_size=400))
@settings(max_examples=40, deadline=None)
def test_any_text_gets_an_answer(text: str) -> None:
    found = _shared().predict([text])[0]
    assert 0 <= found.confidence <= 1
    assert 0 <= found.p_issue <= 1
    assert np.isfinite(found.embedding).all()
    assert sum(found.kinds.values()) == pytest.approx(1, abs=1e-4)
    assert sum(found.categories.values()) == pytest.approx(1, abs=1e-4)


_HELD: list[Classifier] = []


def _shared() -> Classifier:
    if not _HELD:
        _HELD.append(Classifier.load())
    return _HELD[0]


def test_explanations_name_words_of_the_text(classifier: Classifier) -> None:
    text = "小区门口的烧烤摊油烟太大"
    words = [word for word, _weight in classifier.explain(text)]
    assert words
    assert all(word in text for word in words)


def test_the_model_is_small_and_has_a_threshold(classifier: Classifier) -> None:
    size = sum(f.stat().st_size for f in Path(BUNDLED).iterdir() if f.suffix != ".md")
    assert size <= 20_000_000
    assert 0.2 < classifier.threshold < 0.9
    assert classifier.version


def test_the_same_event_scores_above_another(classifier: Classifier) -> None:
    texts = ["南门那盏路灯不亮了", "南门口的路灯坏了，晚上黑得很", "楼上装修电钻太吵了"]
    a, b, c = (p.embedding for p in classifier.predict(texts))
    same = similarity.score(texts[0], a, texts[1], b)
    other = similarity.score(texts[0], a, texts[2], c)
    assert 0 <= other < 0.5 < same <= 1
    assert similarity.score(texts[1], b, texts[0], a) == pytest.approx(same)

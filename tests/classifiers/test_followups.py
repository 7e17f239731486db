"""What a short line does to an issue that was raised before it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.followups import Sort, plainly, says, sort_of, speaks_of


@pytest.mark.parametrize(
    ("text", "sort"),
    [
        ("我家也是", Sort.SECOND), ("+1", Sort.SECOND), ("同", Sort.SECOND), ("附议", Sort.SECOND),
        ("5栋也停了", Sort.SECOND), ("我们这边也没水", Sort.SECOND), ("没水+1", Sort.SECOND),
        ("8栋都停了", Sort.SECOND), ("电梯确实坏了", Sort.SECOND),
        ("怎么还没人来", Sort.URGE), ("催一下", Sort.URGE), ("有人管吗", Sort.URGE),
        ("来水了", Sort.SOLVED), ("修好了，谢谢", Sort.SOLVED), ("路灯亮了", Sort.SOLVED),
        ("清走了", Sort.SOLVED), ("已经修了", Sort.SOLVED),
        ("还是没来", Sort.UNSOLVED), ("还是漏", Sort.UNSOLVED), ("没修好", Sort.UNSOLVED),
        ("暖气还是凉的", Sort.UNSOLVED), ("又坏了", Sort.UNSOLVED),
        ("就是快递柜旁边那个", Sort.ADDITION), ("师傅在路上了", Sort.STAFF),
    ],
)  # fmt: skip
def test_sorts(text: str, sort: Sort) -> None:
    assert sort_of(text) is sort


@pytest.mark.parametrize(
    "text",
    ["修好了吗", "来水了没有", "什么时候修好", "3栋台阶早该修了", "装了三个地锁了", "都好几天了"],
)
def test_a_question_or_a_complaint_is_no_good_news(text: str) -> None:
    assert sort_of(text) is not Sort.SOLVED


def test_a_line_with_a_matter_of_its_own_is_not_plainly_a_follow_up() -> None:
    assert plainly("5栋来水了") is Sort.SOLVED
    assert plainly("有人管吗") is Sort.URGE
    assert plainly("修好了又坏了") is not Sort.SOLVED
    assert plainly("9栋门口积水，鞋都湿了") is None
    assert plainly("5栋水管爆了，水喷得到处都是") is None


def test_verbs_allow_some_matters_and_not_others() -> None:
    assert speaks_of("5栋也停了", "utilities", "water") is True
    assert speaks_of("5栋也停了", "facility", "street_light") is False
    assert speaks_of("来水了", "utilities", "power") is False
    assert speaks_of("我家也是", "utilities", "water") is None


def test_phrases() -> None:
    assert says("outage", "怎么又停电了？")
    assert not says("outage", "停电动车的地方")
    assert says("still", "路灯还是不亮")
    assert not says("still", "路灯又坏了")
    assert says("thanks", "谢谢啦")


@given(st.text(max_size=200))
def test_any_text_is_taken(text: str) -> None:
    assert sort_of(text) is None or sort_of(text) in Sort
    plainly(text)

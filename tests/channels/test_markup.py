"""Quotes and mentions as WeChat writes them into the text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.markup import mentions_everyone, split_quote, strip_mention, tidy

RULE = "- - - - - - - - - - - - - - -"
WORDS = st.text(max_size=60).map(str.strip)


@pytest.mark.parametrize(
    ("text", "quote", "own"),
    [
        (f"「小格：12号｜路灯」\n{RULE}\n接单", "12号｜路灯", "接单"),
        (f"「小格：第一行\n第二行」\n{RULE}\n接单\n谢谢", "第一行\n第二行", "接单\n谢谢"),
        (f"「小格：12号」\r\n{RULE}\r\n接单", "12号", "接单"),
        ("「小格：12号」\n—————————\n接单", "12号", "接单"),
        (f"「小格：12号」\n{RULE}", "12号", ""),
        (
            f"「王芳：「小格：12号」\n{RULE}\n接单」\n{RULE}\n谢谢",
            f"「小格：12号」\n{RULE}\n接单",
            "谢谢",
        ),
        (f"「没有名字」\n{RULE}\n接单", "没有名字", "接单"),
        (f"「张阿姨：在8:30：停水」\n{RULE}\n是的", "在8:30：停水", "是的"),
    ],
)
def test_quote(text: str, quote: str, own: str) -> None:
    assert split_quote(text) == (quote, own)


@pytest.mark.parametrize(
    "text",
    [
        "「翠湖苑」停水了",
        f"停水了\n{RULE}\n真的",
        "「小格：12号」\n- -\n接单",
        "「",
        "",
        f"」\n{RULE}\n",
    ],
)
def test_no_quote(text: str) -> None:
    assert split_quote(text) == (None, text)


@given(name=st.text(min_size=1, max_size=10), quoted=WORDS, own=WORDS)
def test_any_quote_comes_apart_again(name: str, quoted: str, own: str) -> None:
    name = name.replace("：", "")
    quoted, own = (text.replace("\r\n", "\n") for text in (quoted, own))
    assert split_quote(f"「{name}：{quoted}」\n{RULE}\n{own}") == (quoted, own)


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("@小格\u2005进度 12", "进度 12"),
        ("@小格\u2005", ""),
        ("  @小格  进度 12", "进度 12"),
        ("＠小格，进度12", "进度12"),
        ("@小格进度12", "进度12"),
        ("帮我看看@小格\u2005 12号", "帮我看看 12号"),
        ("@格应小助手\u2005进度", "进度"),
        ("@小格 @王芳\u2005 在吗", "@王芳  在吗"),
    ],
)
def test_a_mention_of_the_bot(text: str, rest: str) -> None:
    found, mentioned = strip_mention(text, ["小格", "格应小助手"])
    assert mentioned
    assert " ".join(found.split()) == " ".join(rest.split())


@pytest.mark.parametrize(
    "text",
    [
        "小格在吗",
        "问@小格 去",
        "@小格子\u2005在吗",
        "@王芳\u2005小格呢",
        "@",
        "a@小格.cn",
        "@所有人 停水",
    ],
)
def test_no_mention_of_the_bot(text: str) -> None:
    assert strip_mention(text, ["小格", ""]) == (tidy(text), False)


def test_a_name_that_only_the_platform_knows() -> None:
    assert strip_mention("@翠湖苑网格\u2005进度", ["小格"], certainly=True) == ("进度", True)
    assert strip_mention("进度", [], certainly=True) == ("进度", True)


def test_names_may_hold_anything() -> None:
    assert strip_mention("@(*^▽^*)\u2005进度", ["(*^▽^*)"]) == ("进度", True)


@given(text=st.text(), names=st.lists(st.text(max_size=5), max_size=3), certainly=st.booleans())
def test_whatever_people_type(text: str, names: list[str], certainly: bool) -> None:
    rest, _ = strip_mention(text, names, certainly=certainly)
    assert len(rest) <= len(text)
    assert "\x00" not in rest
    assert rest == rest.strip()


@given(st.text(alphabet=st.characters(exclude_characters="@＠\u2005\x00")))
def test_words_without_a_mention_stay(text: str) -> None:
    assert strip_mention(text, ["小格"]) == (text.strip(), False)


@pytest.mark.parametrize(
    "text", ["@所有人 停水", "@所有人\u2005停水", "通知 @All\u2005停水", "@所有人"]
)
def test_everyone(text: str) -> None:
    assert mentions_everyone(text)


@pytest.mark.parametrize("text", ["@小格 停水", "所有人都没水", "@allen\u2005在吗"])
def test_not_everyone(text: str) -> None:
    assert not mentions_everyone(text)

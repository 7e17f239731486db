"""What the network reads: properties that hold for any text."""

from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.features import Grams, cut, normalise, shortened


@settings(deadline=None)
@given(st.text(max_size=120))
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once or "「" in text or "[" in text


@settings(deadline=None)
@given(st.text(max_size=120))
def test_words_joined_give_the_text(text: str) -> None:
    clean = normalise(text)
    assert "".join(cut(clean)) == clean


@settings(deadline=None)
@given(st.text(max_size=400), st.integers(min_value=12, max_value=200))
def test_a_long_text_keeps_head_and_tail(text: str, longest: int) -> None:
    short = shortened(text, longest)
    assert len(short) <= longest or short == text
    assert short[:4] == text[:4]
    assert short[-3:] == text[-3:]


def test_a_quoted_reply_is_left_out() -> None:
    text = "「刘叔：路灯又坏了」\n- - - - - - - - - - - - - - -\n我们这边也不亮"
    assert normalise(text) == "我们这边也不亮"


def test_width_case_and_runs_do_not_matter() -> None:
    assert normalise("３栋ＡＢ！！！！！！") == "3栋ab!!!"


def test_only_grams_that_were_counted_have_numbers() -> None:
    known = Grams.count(["路灯坏了", "路灯不亮"], least=2)
    ids, weights = known.numbers("路灯", cut("路灯"))
    assert ids
    assert all(weight > 0 for weight in weights)
    assert known.numbers("电梯", cut("电梯"))[0] != ids

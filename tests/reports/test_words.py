"""Keywords: what is said now and was not said before."""

from bot.reports.words import cut, keywords, stop_words

PAST = ["3栋垃圾没人清", "垃圾桶满了", "楼道垃圾堆着", "路灯坏了", "车乱停"] * 6


def test_what_is_new_stands_before_what_is_always_said() -> None:
    now = ["电梯困人了", "电梯又坏了", "电梯门关不上", "垃圾没人清", "垃圾堆了两天"]
    found = keywords(now, PAST)
    assert found[0] == "电梯"
    assert "垃圾" not in found or found.index("电梯") < found.index("垃圾")


def test_one_voice_is_no_keyword() -> None:
    assert keywords(["电梯困人了", "水压太小"], PAST) == ()


def test_places_people_and_filling_words_are_none() -> None:
    now = ["翠湖苑的路灯麻烦处理一下", "翠湖苑路灯没人管，王芳来看看"] * 2
    found = keywords(now, [], unwanted=["翠湖苑", "王芳"])
    assert found == ("路灯",)
    assert not cut("麻烦处理一下谢谢大家") & stop_words()
    assert cut("") == set()

"""Landmarks in words: when two of them can be one place."""

from bot.talk.matching import same_landmark


def test_landmarks_in_other_words_are_one_place() -> None:
    assert same_landmark("快递柜旁边", "快递柜那边")
    assert not same_landmark("东门口", "快递柜旁边")
    assert not same_landmark(None, "快递柜旁边")

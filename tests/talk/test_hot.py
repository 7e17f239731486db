"""热点: many of one kind in a short time."""

from datetime import UTC, datetime, timedelta

from bot.talk.hot import densest
from bot.talk.matching import same_landmark
from storage.talk import Opened

START = datetime(2026, 3, 3, tzinfo=UTC)


def opened(hours: float) -> Opened:
    at = START + timedelta(hours=hours)
    return Opened(int(hours), "翠湖苑", None, "utilities", "water", "help", None, at)


def test_the_closest_issues_are_one_hot_event() -> None:
    rows = [opened(h) for h in (0, 40, 41, 50, 63, 100)]
    assert [row.number for row in densest(rows)] == [40, 41, 50, 63]
    assert densest([]) == []


def test_landmarks_in_other_words_are_one_place() -> None:
    assert same_landmark("快递柜旁边", "快递柜那边")
    assert not same_landmark("东门口", "快递柜旁边")
    assert not same_landmark(None, "快递柜旁边")

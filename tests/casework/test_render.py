"""The page of transitions is the table."""

from pathlib import Path

from bot.casework.render import page
from bot.casework.transitions import (
    ACT_NAMES,
    PART_NAMES,
    STATUS_NAMES,
    TRANSITIONS,
    Act,
    Part,
    Status,
)

PAGE = Path(__file__).parents[2] / "docs" / "transitions.md"


def test_the_page_is_what_the_command_makes() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()


def test_everything_has_a_name_people_use() -> None:
    assert set(STATUS_NAMES) == set(Status)
    assert set(ACT_NAMES) == set(Act)
    assert set(PART_NAMES) == set(Part)


def test_no_act_has_two_meanings_in_one_state() -> None:
    seen = [(row.act, status) for row in TRANSITIONS for status in row.sources]
    assert len(seen) == len(set(seen))


def test_every_unfinished_state_can_be_left_by_a_person() -> None:
    people = {Part.HOLDER, Part.ASKED, Part.SECRETARY}
    finished = {Status.CLOSED, Status.REJECTED, Status.MERGED, Status.HANDLED}
    for status in set(Status) - finished:
        leaving = [
            row
            for row in TRANSITIONS
            if status in row.sources and row.target not in (None, status) and row.who & people
        ]
        assert leaving, status

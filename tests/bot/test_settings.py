"""What a configuration may hold, and what is said about one that cannot be used."""

import re
import tomllib
from pathlib import Path

import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from bot.durations import Span
from bot.settings import SettingsProblem, expand_buildings, load
from tests.days import EXAMPLE, write_config

ROOT = Path(__file__).resolve().parents[2]


def broken(folder: Path, old: str, new: str) -> str:
    """What is said when one piece of the example is replaced."""
    assert old in EXAMPLE
    path = folder / "config.toml"
    path.write_text(EXAMPLE.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(SettingsProblem) as problem:
        load(path)
    return str(problem.value)


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ("retention_days = 180", "retention_days = 0", "privacy.retention_days"),
        ("retention_days = 180", "", "privacy.retention_days"),
        ("retention_days = 180", "retention_days = 180\nretentoin = 1", "privacy.retentoin"),
        ('secretary = "chen"', 'secretary = "nobody"', "communities[0].secretary"),
        ('secretary = "chen"', 'secretary = "wang"', "communities[0].secretary"),
        ('a_post = "wang"', 'a_post = "wong"', "grids[0].a_post"),
        ('community = "miaoershan"', 'community = "elsewhere"', "grids[0].community"),
        ('buildings = "7-12"', 'buildings = "6-12"', "grids[1].buildings"),
        ('buildings = "7-12"', 'buildings = ""', "grids[1].buildings"),
        ('buildings = "7-12"', 'buildings = "12-7"', "grids[1].buildings"),
        ('role = "grid_worker"', 'role = "boss"', "workers[0].role"),
        ('contact = "wxid_li"', 'contact = "wxid_wang"', "workers.contact"),
        ('work_room = "庙儿山社区工作群"', 'work_room = "别的群"', "communities[0].work_room"),
        ("[privacy]", '[bot]\ntimezone = "Mars/Olympus"\n[privacy]', "bot.timezone"),
        ("[privacy]", '[bot]\ndatabase = "mysql://a"\n[privacy]', "bot.database"),
        ("[privacy]", '[channel]\ntoken = "s3cret"\n[privacy]', "channel.token"),
        ("[privacy]", '[channel]\nendpoint = "10.0.0.7:9009"\n[privacy]', "channel.endpoint"),
        ("[privacy]", '[schedule]\ndaily_digest = "25:00"\n[privacy]', "schedule.daily_digest"),
        ("[privacy]", '[schedule]\nweekly_digest = "someday"\n[privacy]', "schedule.weekly_digest"),
        ("[privacy]", '[deadlines]\nclose_after = "soon"\n[privacy]', "deadlines.close_after"),
    ],
)
def test_each_mistake_is_named_by_its_key(tmp_path: Path, old: str, new: str, path: str) -> None:
    said = broken(tmp_path, old, new)
    assert any(line.startswith(f"{path}:") for line in said.splitlines()), said


def test_a_file_that_is_missing_or_no_toml_is_one_sentence(tmp_path: Path) -> None:
    for path in (tmp_path / "none.toml", tmp_path / "bad.toml"):
        if path.name == "bad.toml":
            path.write_text("[bot\n")
        with pytest.raises(SettingsProblem) as problem:
            load(path)
        assert len(str(problem.value).splitlines()) == 1


def test_the_example_file_can_be_used_and_names_every_key() -> None:
    settings = load(ROOT / "config.example.toml")
    text = (ROOT / "config.example.toml").read_text(encoding="utf-8")
    for name, section in settings:
        if name == "source":
            continue
        assert re.search(rf"^#?\s*\[+{name}\b", text, re.MULTILINE), name
        fields = type(section).model_fields if hasattr(type(section), "model_fields") else {}
        for key in fields:
            assert re.search(rf"^#?\s*(\[deadlines\.)?{key}\b", text, re.MULTILINE), f"{name}.{key}"


def test_the_contracts_keys_all_have_their_defaults(tmp_path: Path) -> None:
    settings = load(write_config(tmp_path))
    assert settings.bot.name == "小格"
    assert str(settings.deadlines.close_after) == "7d"
    assert str(settings.deadlines.urgent.resolve) == "24h"


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("1-3,8,10A", ["1", "2", "3", "8", "10A"]),
        ("", []),
        ("7", ["7"]),
        ("1-2，5、a6", ["1", "2", "5", "A6"]),
    ],
)
def test_buildings_as_they_are_written(written: str, names: list[str]) -> None:
    assert expand_buildings(written) == names


@given(st.integers(1, 9999), st.sampled_from("smhd"))
def test_a_span_is_read_as_it_is_written(amount: int, unit: str) -> None:
    span = Span.parse(f"{amount}{unit}")
    assert str(span) == f"{amount}{unit}"
    assert span.wall.total_seconds() == amount * {"s": 1, "m": 60, "h": 3600, "d": 86400}[unit]


@given(st.text(max_size=12))
def test_any_other_span_is_refused_in_one_sentence(text: str) -> None:
    if re.fullmatch(r"\s*\d+\s*[smhd]\s*", text):
        return
    with pytest.raises(ValueError, match="not a span"):
        Span.parse(text)


def test_the_example_of_the_tests_is_toml_both_ways() -> None:
    assert tomllib.loads(tomli_w.dumps(tomllib.loads(EXAMPLE))) == tomllib.loads(EXAMPLE)

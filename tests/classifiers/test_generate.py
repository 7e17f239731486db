"""The generated part of the corpus: its format, its balance, and that its labels are kept."""

import re
from collections import Counter, defaultdict
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.taxonomy import Category, Intent, Kind, Urgency
from classifiers.training import generate
from classifiers.training.corpus import FOLDER, Message, read
from classifiers.training.grammar import families as grammar
from classifiers.training.grammar.composing import HERE, Composer
from classifiers.training.grammar.families import Core, Family, GrammarError, families, parts
from classifiers.training.grammar.places import chinese, spell
from classifiers.training.grammar.voicing import Typist, voices

ESTATES = ["翠湖苑"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("generated") / "generated-a.txt"
    generate.main([str(path)])
    return path


@pytest.fixture(scope="module")
def messages(made: Path) -> list[Message]:
    return read(made)


def _family(name: str) -> Family:
    return next(family for family in families() if family.id == name)


def test_the_same_seed_writes_the_committed_file(made: Path) -> None:
    committed = FOLDER / "generated-a.txt"
    assert made.read_text(encoding="utf-8") == committed.read_text(encoding="utf-8")


def test_another_seed_writes_other_lines(made: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    generate.main([str(other), "--seed", "1"])
    known = set(made.read_text(encoding="utf-8").splitlines())
    lines = other.read_text(encoding="utf-8").splitlines()
    assert len(lines) > 6000
    assert len(known & set(lines)) < len(lines) / 2


def test_kinds_intents_and_urgencies_are_balanced(messages: list[Message]) -> None:
    kinds = Counter(message.kind for message in messages)
    assert kinds["issue"] / len(messages) == pytest.approx(0.5, abs=0.03)
    assert kinds["followup"] / len(messages) == pytest.approx(0.15, abs=0.02)
    issues = [message for message in messages if message.kind == "issue"]
    categories = Counter(message.category for message in issues)
    intents = Counter(message.intent for message in issues)
    urgencies = Counter(message.urgency for message in issues)
    assert len(categories) == len(Category)
    assert all(0.045 < count / len(issues) < 0.11 for count in categories.values())
    assert all(intents[intent] / len(issues) >= 0.1 for intent in Intent)
    assert 0.08 < urgencies["critical"] / len(issues) < 0.13
    assert 0.11 < urgencies["urgent"] / len(issues) < 0.18
    assert sum(message.place is not None for message in issues) / len(issues) > 0.35


def test_many_families_and_none_large(made: Path) -> None:
    text = made.read_text(encoding="utf-8")
    sizes = Counter(re.findall(r"^\S[^|]* @(\S+) \| ", text, re.MULTILINE))
    assert len(sizes) >= 120
    assert max(sizes.values()) <= 60
    assert set(sizes) == {family.id for family in families()}


def test_hardly_two_lines_are_nearly_the_same(messages: list[Message]) -> None:
    grams = [{m.text[i : i + 3] for i in range(len(m.text) - 2)} or {m.text} for m in messages]
    where: dict[str, list[int]] = defaultdict(list)
    near: set[int] = set()
    for number, mine in enumerate(grams):
        for other, both in Counter(n for gram in mine for n in where[gram]).items():
            if both > 0.8 * (len(mine) + len(grams[other]) - both):
                near |= {number, other}
        for gram in mine:
            where[gram].append(number)
    assert len(near) / len(messages) < 0.03


def test_lengths_are_those_of_a_chat(messages: list[Message]) -> None:
    lengths = sorted(len(message.text) for message in messages)
    assert 14 <= lengths[len(lengths) // 2] <= 21
    assert sum(length < 7 for length in lengths) > 0.04 * len(lengths)
    assert sum(length > 45 for length in lengths) > 0.05 * len(lengths)


def test_near_misses_are_never_critical(made: Path) -> None:
    for line in made.read_text(encoding="utf-8").splitlines():
        if re.search(r"@\w+_(?:near|past)\b", line):
            assert " critical " not in line.partition(" | ")[0], line


def test_no_line_keeps_a_hole_of_the_grammar(messages: list[Message]) -> None:
    assert not [m.text for m in messages if re.search(r"[{}<>\ue000]|\|", m.text)]


@given(st.integers(), st.sampled_from(["building", "unit", "room", "range"]), st.floats(0, 1))
def test_an_address_says_what_its_label_says(seed: int, level: str, spoken: float) -> None:
    spelled = spell(Random(seed), level, spoken, ESTATES)
    assert any(spelled.label)
    for part in filter(None, spelled.label):
        said = [part, part.lower()]
        if part.isdigit():
            said += [chinese(int(part))] if int(part) < 100 else []
            said.append("".join("零一二三四五六七八九"[int(digit)] for digit in part))
        assert any(form in spelled.text for form in said)
    numbers = re.findall(r"\d+", spelled.text)
    if level == "range" and len(numbers) == 2:
        assert spelled.label == (numbers[0], "", "")


@settings(max_examples=60)
@given(st.integers(), st.sampled_from(["fac_streetlight", "noi_upstairs", "gov_cert", "haz_ebike"]))
def test_blame_makes_a_complaint_and_nothing_else_changes(seed: int, name: str) -> None:
    rng = Random(seed)
    family = _family(name)
    core = rng.choice(family.cores)
    draft = Composer(rng).compose(family, core)
    blame = {p for key, ps in parts().items() if key.startswith("tail.c.") for p in ps}
    if core.type == "n" and blame & set(draft.clauses):
        assert draft.intent is Intent.COMPLAINT
    elif core.type in "hqs":
        assert draft.intent is grammar.INTENTS[core.type]
    assert (draft.category, draft.urgency) == (core.category, core.urgency)
    assert (HERE in "".join(draft.clauses)) == bool(draft.address)


def test_of_two_matters_the_graver_counts_and_of_equals_the_first() -> None:
    composer = Composer(Random(3))
    lamp = composer.compose(
        _family("fac_streetlight"), Core("n", "路灯不亮", Category.FACILITY, Urgency.NORMAL)
    )
    dirt = composer.compose(
        _family("san_dirty"), Core("n", "楼道脏", Category.SANITATION, Urgency.NORMAL)
    )
    wire = composer.compose(
        _family("haz_wire"), Core("n", "电线裸露", Category.HAZARD, Urgency.URGENT)
    )
    assert composer.join(lamp, dirt).category is Category.FACILITY
    both = composer.join(lamp, wire)
    assert (both.category, both.urgency, both.family) == (
        Category.HAZARD,
        Urgency.URGENT,
        "haz_wire",
    )
    assert both.place == lamp.place


@settings(max_examples=80)
@given(st.integers())
def test_every_voice_leaves_the_address_as_it_is(seed: int) -> None:
    rng = Random(seed)
    family = _family("uti_building")
    draft = Composer(rng).compose(family, rng.choice(family.cores))
    for voice in voices():
        typed = Typist(rng).type(draft, voice)
        if not voice.habits.get("width") and not voice.habits.get("traditional"):
            assert draft.address in typed


def test_traditional_and_plain_spelling_count_as_one() -> None:
    copies = generate.Copies()
    assert copies.add("路灯坏了三天没人修，晚上看不见路")
    assert not copies.add("路燈壞了三天沒人修 晚上看不見路！")
    assert not copies.add(
        "「刘叔：在吗」\\n- - - - - - - - - - - - - - -\\n路灯坏了三天没人修晚上看不见路"
    )
    assert copies.add("楼上天天半夜拖椅子")


def test_a_line_that_says_not_what_it_is_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "issue-x.txt").write_text("== a | issue noise normal | out | sq 3\n吵死了\n")
    monkeypatch.setattr(grammar, "FOLDER", tmp_path)
    with pytest.raises(GrammarError, match=r"issue-x\.txt:2"):
        families.__wrapped__()


def test_followups_and_chat_carry_no_issue_labels() -> None:
    for family in families():
        if family.kind is not Kind.ISSUE:
            assert family.category is None
            assert all(core.type == "-" for core in family.cores)

"""Rules of safety above the model: what endangers life is critical whatever the model says.

The rules are data (`safety.toml`): patterns, words that block them, whom to call, examples. This
module only reads and applies them.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal, cast

from classifiers.characters import plain, simple, without_unseen
from classifiers.taxonomy import Category

Call = Literal["110", "119", "120"]
Scope = Literal["message", "sentence", "before", "around"]

# Danger is told in the first words; what is pasted behind them is not searched.
HEAD = 1_000
# How far apart the two halves of a pair may stand, in characters.
PAIR_GAP = 60
# How near to a hit "around" is, in characters.
NEAR = 6
_SENTENCE_END = re.compile(r"[。!?;\n]")
_CLAUSE_END = re.compile(r"[。!?;\n,、]")


@dataclass(frozen=True, slots=True)
class SafetyHit:
    """Danger to life in a message: the rule, its category, whom to call, what to tell people."""

    rule: str
    category: Category
    call: Call | None
    sentence: str


@dataclass(frozen=True, slots=True)
class Blocker:
    """Words that take the danger out of a message: past, hypothetical, told from elsewhere."""

    id: str
    scope: Scope
    pattern: re.Pattern[str]
    unless: re.Pattern[str] | None


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule as `safety.toml` has it, compiled."""

    hit: SafetyHit
    name: str
    needs: frozenset[str]
    patterns: tuple[re.Pattern[str], ...]
    pairs: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]
    blockers: tuple[Blocker, ...]
    positives: tuple[str, ...]
    negatives: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Rules:
    rules: tuple[Rule, ...]
    told: tuple[Blocker, ...]
    calls: Mapping[str, tuple[tuple[re.Pattern[str], Call | None], ...]]


def _expand(pattern: str, words: Mapping[str, str]) -> str:
    """Puts the named word lists in: <lift>; <12> is a gap of up to 12 characters in a sentence."""

    def put(match: re.Match[str]) -> str:
        name = match[1]
        if name.isdigit():
            return rf"[^。?\n]{{0,{name}}}?"
        return f"(?:{_expand(words[name], words)})"

    return re.sub(r"<([a-z_]+|\d+)>", put, pattern)


def _union(patterns: Iterable[str], words: Mapping[str, str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{_expand(p, words)})" for p in patterns))


def _blocker(name: str, table: Mapping[str, Any], words: Mapping[str, str]) -> Blocker:
    unless = table.get("unless")
    return Blocker(
        name,
        cast(Scope, table["scope"]),
        _union(table["patterns"], words),
        _union(unless, words) if unless else None,
    )


def _rule(
    table: Mapping[str, Any], groups: Mapping[str, Blocker], words: Mapping[str, str]
) -> Rule:
    ignored = table.get("ignore", [])
    blockers = [group for name, group in groups.items() if name not in ignored]
    for scope, patterns in table.get("blockers", {}).items():
        blockers.append(_blocker("own", {"scope": scope, "patterns": patterns}, words))
    call = table.get("call")
    hit = SafetyHit(table["id"], Category(table["category"]), call, table["sentence"])
    return Rule(
        hit,
        table["name"],
        frozenset(table.get("needs", "")),
        tuple(re.compile(_expand(p, words)) for p in table.get("patterns", [])),
        tuple(
            (re.compile(_expand(first, words)), re.compile(_expand(second, words)))
            for first, second in table.get("pairs", [])
        ),
        tuple(blockers),
        tuple(table["positives"]),
        tuple(table["negatives"]),
    )


@cache
def _load() -> _Rules:
    text = resources.files("classifiers").joinpath("safety.toml").read_text(encoding="utf-8")
    data = tomllib.loads(text)
    words: dict[str, str] = data["words"]
    groups = {name: _blocker(name, table, words) for name, table in data["blockers"].items()}
    calls = {
        category: tuple(
            (re.compile(_expand(line["words"], words)), line.get("call")) for line in lines
        )
        for category, lines in data["calls"].items()
    }
    told = tuple(groups[name] for name in data["told"])
    return _Rules(tuple(_rule(table, groups, words) for table in data["rules"]), told, calls)


def rules() -> tuple[Rule, ...]:
    """All rules in their order: the first that applies to a message wins."""
    return _load().rules


def _cut_before(view: str, end: re.Pattern[str], start: int) -> int:
    """Where the sentence or clause that holds `start` begins."""
    begin = 0
    for match in end.finditer(view, 0, start):
        begin = match.end()
    return begin


def _scope(view: str, scope: Scope, start: int, end: int) -> str:
    if scope == "message":
        return view
    if scope == "before":
        return view[_cut_before(view, _CLAUSE_END, start) : end]
    stop = _SENTENCE_END.search(view, end)
    return view[_cut_before(view, _SENTENCE_END, start) : stop.start() if stop else len(view)]


def _blocked(view: str, rule: Rule, start: int, end: int) -> bool:
    for blocker in rule.blockers:
        if blocker.scope == "around":
            near = blocker.pattern.search(view, max(0, start - NEAR))
            if near is not None and near.start() < end + NEAR:
                return True
            continue
        part = _scope(view, blocker.scope, start, end)
        if blocker.pattern.search(part) and not (blocker.unless and blocker.unless.search(part)):
            return True
    return False


def _spans(view: str, rule: Rule) -> Iterable[tuple[int, int]]:
    for pattern in rule.patterns:
        for match in pattern.finditer(view):
            yield match.span()
    for first, second in rule.pairs:
        for one in first.finditer(view):
            for two in second.finditer(view, max(0, one.start() - PAIR_GAP), one.end() + PAIR_GAP):
                yield min(one.start(), two.start()), max(one.end(), two.end())


def check(text: str) -> SafetyHit | None:
    """The danger to life that `text` reports, or None.

    Nothing negated, past, hypothetical, told from elsewhere, advertised or already over counts.
    """
    view = simple(plain(without_unseen(text[:HEAD])))
    letters = frozenset(view)
    for rule in rules():
        if rule.needs and rule.needs.isdisjoint(letters):
            continue
        if any(not _blocked(view, rule, start, end) for start, end in _spans(view, rule)):
            return rule.hit
    return None


def only_told(text: str) -> bool:
    """Whether a message tells of something past, over or elsewhere: no danger now."""
    view = simple(plain(without_unseen(text[:HEAD])))
    return any(
        blocker.pattern.search(view) and not (blocker.unless and blocker.unless.search(view))
        for blocker in _load().told
    )


def number_to_call(text: str, category: Category) -> Call | None:
    """Whom to call about a critical issue that no rule found: by its words, else its category."""
    view = simple(plain(without_unseen(text[:HEAD])))
    for words, call in _load().calls.get(category, ()):
        if words.search(view):
            return call
    return None

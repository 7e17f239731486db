"""Where something is, in words: 快递柜旁, 东门口, 永辉超市对面, 3栋和4栋之间.

A landmark is a thing that stands still, often with a name before it and a word of position behind.
Configured names are looked for as they stand; for others jieba says where a name begins. The words
are data, in `landmarks.toml`.
"""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from classifiers.characters import plain_place
from classifiers.features import word_cutter

_NUMBER = r"(?:[0-9]{1,3}|[零一二三四五六七八九十百]{1,4})"
_BLOCK = rf"(?:[A-Za-z]?{_NUMBER}[A-Za-z]?|[A-Za-z])\s*(?:号楼|栋|幢|\#|座)"
_ROAD_WORD = r"(?:大道|路|大街|街|巷|胡同)"
_ROAD = rf"[\u4e00-\u9fff]{{2,6}}?{_ROAD_WORD}"
# A word rarer than this in jieba's dictionary is taken for a name.
_RARE = 200


@dataclass(frozen=True, slots=True)
class _Words:
    between: re.Pattern[str]
    crossing: re.Pattern[str]
    road: re.Pattern[str]
    place: re.Pattern[str]
    thing: re.Pattern[str]
    behind: re.Pattern[str]
    estate: re.Pattern[str]
    not_names: frozenset[str]
    modifiers: frozenset[str]
    not_estates: frozenset[str]


@cache
def _load() -> _Words:
    source = resources.files("classifiers").joinpath("landmarks.toml")
    data = tomllib.loads(source.read_text(encoding="utf-8"))
    place, thing, position = (
        f"(?:{'|'.join(data[name])})" for name in ("places", "things", "positions")
    )
    before_number = r"(?=\s*[A-Za-z0-9一二三四五六七八九十#])"
    not_names = frozenset(data["not_names"].split())
    return _Words(
        re.compile(
            rf"{_BLOCK}(?:和|跟|与|、|到|同)\s*{_BLOCK}(?:的|楼)?(?:之间的路(?!灯)|之间|中间|交界|过道|夹道)"
        ),
        re.compile(rf"{_ROAD}(?:和|与|跟)?{_ROAD}(?:的)?(?:交叉口|交汇处|路口|口|交界处?)"),
        re.compile(rf"{_ROAD}(?:[0-9]{{1,4}}号|路口|{position})"),
        re.compile(rf"{place}{position}?"),
        re.compile(rf"{thing}(?:的)?{position}"),
        re.compile(rf"(?:的)?{position}"),
        re.compile(rf"([\u4e00-\u9fff]{{2,8}}?)(?:{data['estates']}){before_number}"),
        not_names,
        frozenset(data["modifiers"].split()),
        not_names | frozenset(data["not_estates"].split()),
    )


def warm() -> None:
    """Loads jieba's dictionary (about a second): call it before the first message."""
    word_cutter()
    _load()


def _cut(text: str) -> list[str]:
    return [str(word) for word in word_cutter().cut(text)]


@cache
def _names_pattern(names: tuple[str, ...]) -> re.Pattern[str] | None:
    known = sorted({n for n in (name.strip() for name in names) if n}, key=len, reverse=True)
    return re.compile("|".join(re.escape(plain_place(n)) for n in known)) if known else None


def _is_name(token: str) -> bool:
    """Whether jieba knows the word rarely or not at all: names are rare, verbs are not."""
    return (word_cutter().FREQ.get(token) or 0) < _RARE


def _thing_start(view: str, match: re.Match[str]) -> int:
    """Where the name before a thing begins: 永辉 of 永辉超市, nothing of 在超市."""
    run = re.search(r"[\u4e00-\u9fff]{1,8}$", view[max(0, match.start() - 8) : match.start()])
    if run is None:
        return match.start()
    words = _load()
    begin, taken = match.start(), 0
    for token in reversed(_cut(run.group())):
        known = token in words.modifiers
        if not known and (len(token) < 2 or token in words.not_names or not _is_name(token)):
            break
        begin, taken = begin - len(token), taken + 1
        if taken == 2:
            break
    return begin


def _road_start(view: str, match: re.Match[str]) -> int | None:
    """Where the name of the road begins: 中 of 在中山路口, None of 放路口 (it has no name)."""
    word = re.search(_ROAD_WORD, match.group())
    if word is None:
        return None
    end = begin = match.start() + word.start()
    for token in reversed(_cut(view[match.start() : end])):
        short = len(token) == 1 and token not in "东南西北中一二三四五六七八九十"
        if token in _load().not_names or short or end - begin > 1:
            break
        begin -= len(token)
    return begin if begin < end else None


def find_landmark(text: str, names: Sequence[str] = ()) -> tuple[str, int, int] | None:
    """The first landmark of `text` with its start and end, or None.

    `names` are configured landmarks and roads; one of them wins over what patterns find.
    """
    view, words = plain_place(text), _load()
    pattern = _names_pattern(tuple(names))
    if pattern is not None and (match := pattern.search(view)):
        tail = words.behind.match(view, match.end())
        end = tail.end() if tail else match.end()
        return text[match.start() : end], match.start(), end
    spans: list[tuple[int, int]] = []
    for pattern in (words.between, words.place):
        if match := pattern.search(view):
            spans.append(match.span())
    if match := words.thing.search(view):
        spans.append((_thing_start(view, match), match.end()))
    for pattern in (words.crossing, words.road):
        if match := pattern.search(view):
            start = _road_start(view, match)
            if start is not None:
                spans.append((start, match.end()))
    if not spans:
        return None
    start, end = min(spans, key=lambda span: (span[0], -span[1]))
    return text[start:end], start, end


def find_estate(text: str, names: Sequence[str] = ()) -> tuple[str, int, int] | None:
    """The estate that `text` names with its start and end: a configured one, else before a number.

    Only a configured name counts anywhere; others (翠湖苑3栋) must stand right before a building.
    """
    view = plain_place(text)
    pattern = _names_pattern(tuple(names))
    if pattern is not None and (match := pattern.search(view)):
        return text[match.start() : match.end()], match.start(), match.end()
    match = _load().estate.search(view)
    if match is None:
        return None
    start = match.start()
    for token in _cut(match.group(1)):
        if token not in _load().not_estates:
            break
        start += len(token)
    return (text[start : match.end()], start, match.end()) if start < match.end(1) else None

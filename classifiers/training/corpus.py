"""The labelled messages: reading them, splitting them by voice, looking for near-copies."""

import random
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from classifiers.features import normalise
from classifiers.taxonomy import Category, Intent, Kind, Urgency

FOLDER = Path(__file__).parents[1] / "corpus"
HELD_OUT = ("dev", "test")
HEADS: dict[str, tuple[str, ...]] = {
    "kind": tuple(kind.value for kind in Kind),
    "category": tuple(category.value for category in Category),
    "intent": tuple(intent.value for intent in Intent),
    "urgency": tuple(urgency.value for urgency in Urgency),
}
IGNORED = -100


class CorpusError(ValueError):
    """A line of the corpus that does not follow its format; the text names file and line."""


@dataclass(frozen=True, slots=True)
class Message:
    """One labelled message. `place` is (building, unit, room), or None where nothing is named.

    `family` names the rule of the grammar that made a generated message.
    """

    text: str
    kind: str
    category: str | None
    intent: str | None
    urgency: str | None
    place: tuple[str, str, str] | None
    voice: str
    composed: bool
    family: str | None = None

    @property
    def labels(self) -> list[int]:
        """Numbers of the labels in the order of `HEADS`, -100 where there is none."""
        values = (self.kind, self.category, self.intent, self.urgency)
        return [
            IGNORED if value is None else names.index(value)
            for value, names in zip(values, HEADS.values(), strict=True)
        ]


def _message(line: str, voice: str, composed: bool) -> Message:
    head, divider, text = line.partition(" | ")
    fields = [field for field in head.split() if not field.startswith("@")]
    family = next((field[1:] for field in head.split() if field.startswith("@")), None)
    if not divider or not text.strip() or not fields:
        raise ValueError("no ' | ' between labels and text")
    kind = Kind(fields[0]).value
    text = text.replace("\\n", "\n")
    if kind != Kind.ISSUE:
        if len(fields) != 1:
            raise ValueError("labels beside a kind that has none")
        return Message(text, kind, None, None, None, None, voice, composed, family)
    category, intent, urgency, place = fields[1:]
    where = None if place == "-" else tuple(place.split("/"))
    if where is not None and len(where) != 3:
        raise ValueError("a place has the form building/unit/room")
    return Message(
        text,
        kind,
        Category(category).value,
        Intent(intent).value,
        Urgency(urgency).value,
        (where[0], where[1], where[2]) if where else None,
        voice,
        composed,
        family,
    )


def read(path: Path) -> list[Message]:
    """All messages of one file of the corpus; raises `CorpusError` at the first bad line."""
    messages = []
    voice, composed = path.stem, True
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), start=1):
        if line.startswith("# voice:"):
            parts = [part.strip() for part in line.removeprefix("# voice:").split("|")]
            voice, composed = parts[0], len(parts) < 2 or parts[1] == "composed"
        elif line.strip():
            try:
                messages.append(_message(line, voice, composed))
            except (ValueError, IndexError) as problem:
                raise CorpusError(f"{path.name}:{number}: {problem}") from problem
    return messages


def training_messages(folder: Path = FOLDER) -> list[Message]:
    """Every message but those of dev and test, each normalised text once, none of the held out."""
    barred = {mark(m.text) for name in HELD_OUT for m in _read_if(folder / f"{name}.txt")}
    kept: dict[str, Message] = {}
    for path in sorted(folder.glob("*.txt")):
        if path.stem in HELD_OUT:
            continue
        for message in read(path):
            key = mark(message.text)
            if key not in barred:
                kept.setdefault(key, message)
    return list(kept.values())


def held_out(name: str, folder: Path = FOLDER) -> list[Message]:
    """The messages of `dev` or `test`."""
    return _read_if(folder / f"{name}.txt")


def _read_if(path: Path) -> list[Message]:
    return read(path) if path.exists() else []


def mark(text: str) -> str:
    """What is left of a text when numbers, marks and spaces are taken off: for telling copies."""
    return re.sub(r"[\W_\d]+", "", normalise(text)) or normalise(text)


def _shingles(text: str) -> frozenset[str]:
    plain = mark(text)
    return frozenset(plain[i : i + 3] for i in range(max(1, len(plain) - 2)))


def families(messages: Sequence[Message], alike: float = 0.6) -> list[list[int]]:
    """Groups of near-copies: numbers of messages whose three-character pieces overlap (Jaccard).

    Only groups of two or more are returned, the largest first.
    """
    pieces = [_shingles(message.text) for message in messages]
    holders: dict[str, list[int]] = {}
    for number, held in enumerate(pieces):
        for piece in held:
            holders.setdefault(piece, []).append(number)
    leader = list(range(len(messages)))

    def find(number: int) -> int:
        while leader[number] != number:
            leader[number] = leader[leader[number]]
            number = leader[number]
        return number

    for number, held in enumerate(pieces):
        shared: Counter[int] = Counter()
        for piece in held:
            if len(holders[piece]) <= 400:
                shared.update(other for other in holders[piece] if other < number)
        for other, common in shared.items():
            if common / (len(held) + len(pieces[other]) - common) >= alike:
                leader[find(number)] = find(other)
    groups: dict[int, list[int]] = {}
    for number in range(len(messages)):
        groups.setdefault(find(number), []).append(number)
    return sorted((g for g in groups.values() if len(g) > 1), key=len, reverse=True)


_SOUNDS_ALIKE = """
    的地得 在再 做作坐座 他她它 那哪 吗嘛 已以 园圆院员元 栋动冻 楼漏 梯体 物务 报暴抱 修休 坏怀
    灯登 停亭 晚完 会回 是事 没美 臭凑 吵炒抄 狗苟 单丹 层曾 电店 气汽 味位 冒帽 费废 社射 区去 水睡
""".split()  # noqa: SIM905
_CONFUSED = {c: group.replace(c, "") for group in _SOUNDS_ALIKE for c in group}
_MARKS = "，。！？、,.!?~～…；;：: "


def varied(text: str, source: random.Random) -> str:
    """The text as another hurried hand might have typed it; the meaning stays."""
    roll = source.random()
    if roll < 0.5:
        return text
    if roll < 0.62:
        text = "".join(" " if c in _MARKS and source.random() < 0.7 else c for c in text)
    elif roll < 0.70:
        text = "".join(c for c in text if c not in _MARKS) or text
    if source.random() < 0.25:
        text = "".join(
            source.choice(_CONFUSED[c]) if c in _CONFUSED and source.random() < 0.12 else c
            for c in text
        )
    if source.random() < 0.35:
        text = re.sub(r"\d", lambda _: str(source.randint(1, 9)), text)
    if source.random() < 0.12 and len(text) > 8:
        place = source.randrange(len(text))
        text = text[:place] + text[place + 1 :]
    if source.random() < 0.06:
        text = source.choice(["@所有人 ", "@物业 ", "@管家 ", "@小格 ", "请问 ", "那个 "]) + text
    if source.random() < 0.08:
        text = text + source.choice(["🙏", "😡", "[捂脸]", "！！", "。", "谢谢", "[流泪]", "～"])
    return text


def shares(messages: Iterable[Message]) -> dict[str, dict[str, int]]:
    """How many messages bear each label, by head."""
    counts: dict[str, Counter[str]] = {head: Counter() for head in HEADS}
    for message in messages:
        values = (message.kind, message.category, message.intent, message.urgency)
        for head, value in zip(HEADS, values, strict=True):
            if value is not None:
                counts[head][value] += 1
    return {head: dict(counter) for head, counter in counts.items()}

"""Which place a message names: estate, building, unit, room, and a landmark in words.

Absent is absent: nothing is guessed from who speaks. The speaker's own address, or a full number
at the end of the line, wins over other places in the text; of a range or a list the first counts.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from classifiers.addresses import Address, addresses, normalise_building
from classifiers.characters import plain_place, without_unseen
from classifiers.landmarks import find_estate, find_landmark, warm

__all__ = [
    "Place",
    "find",
    "is_correction",
    "normalise_building",
    "only_place",
    "room_spans",
    "warm",
]

# A message longer than this is a pasted text; the place stands in its head.
HEAD = 2_000


@dataclass(frozen=True, slots=True)
class Place:
    """What a text names. `building`, `unit` and `room` are normalised numbers ("12", "A6")."""

    estate: str | None = None
    building: str | None = None
    unit: str | None = None
    room: str | None = None
    landmark: str | None = None

    @property
    def named(self) -> bool:
        """Whether anything finer than the estate is named."""
        return any((self.building, self.unit, self.room, self.landmark))


_OWN_BEFORE = re.compile(
    r"(?:我们?家|俺们?家|咱家|屋头|家住|[我俺]们?住在?|本人|[我俺]们?是|我在|业主|地址|住址|家在|报修人?)"
    r"[^。!?！？\n]{0,3}$"
)
_CORRECTION = re.compile(
    r"(?:打|说|写|发|报|讲|弄|搞)错(?:了|啦|咯|字|号)?|更正|纠正|(?:不是|并非).{1,12}?[,，\s]*[是系]|"
    r"口误|手误|手滑|^\s*(?:不对|错了|不是)(?:[,，。、!！\s哈啊]|$)"
)
_NOT_BUT = re.compile(
    r"(?:不是|并非|不系)[^是系]{1,14}?(?=[,，。\s]*(?:[而应]该?)?[是系])|(?:不是|并非|不系)[^是系,，。]{1,14}$"
)
# Words around a place in a message that says nothing else.
_FILLER = re.compile(
    r"(?:打错了?|说错了?|写错了?|发错了?|报错了?|更正(?:一下)?|纠正(?:一下)?|口误|手误|手滑|不好意思|对不起|抱歉|"
    r"不对|错了|不是|应该|其实|就是|是的|是|在|住在?|家住|我们家|我们这?边?|我家|我|俺们?家?|咱们?家?|这边|那边|"
    r"这里|那里|那儿|这儿|楼下面|楼下|楼上|楼道里?|楼里|楼顶|楼前|楼后|门口|旁边|附近|后面|前面|对面|下面|底下|"
    r"楼|我说的|我讲的|屋头|地址|位置|地点|具体|小区|居民|业主|住户|的|哈|吧|呢|啊|哦|喔|噢|呀|嘛|哟|哒|滴|啦|了|嗯+|"
    r"那个|这个|那栋|个|号|对|那|和|谢谢|麻烦了|你好|您好|系|嘅|喺|度|@\S+|\[[^\]\s]{1,6}\]|[^\w\s])*"
)
_BARE = re.compile(
    r"([A-Za-z]?[0-9]{1,3}[A-Za-z]?|[A-Za-z]|[一二三四五六七八九十]{1,3})\s*(?:号|栋|楼)?"
)


@dataclass(frozen=True, slots=True)
class _Found:
    place: Place
    spans: tuple[tuple[int, int], ...]


def _merge(first: Address, rest: Sequence[Address]) -> tuple[Address, list[Address]]:
    """`first` completed by what stands apart from it: 3栋电梯坏了,2单元 is building 3, unit 2."""
    used = [first]
    building, unit, room = first.building, first.unit, first.room
    for other in rest:
        if other is first or (building and other.building):
            continue
        if other.building and building is None and not (unit and other.unit):
            building, unit, room = other.building, unit or other.unit, room or other.room
        elif other.unit and unit is None and not other.building:
            unit, room = other.unit, room or other.room
        elif other.room and room is None and not (other.building or other.unit):
            room = other.room
        else:
            continue
        used.append(other)
    return Address(building, unit, room, first.start, first.end), used


def _choose(view: str, found: Sequence[Address]) -> Address:
    """The address that is meant: the speaker's own, else a full one at the end, else the first."""
    own = [a for a in found if _OWN_BEFORE.search(view[max(0, a.start - 8) : a.start])]
    if own:
        return max(own, key=lambda a: a.parts)
    last = found[-1]
    if last.building and last.room and not view[last.end :].strip(" 。.!~…\n"):
        return last
    return next((a for a in found if a.building), found[0])


def _parse(text: str, estates: Sequence[str], landmarks: Sequence[str]) -> _Found:
    text = text[:HEAD]
    view = plain_place(text)
    # 不是3栋,是5栋: what is denied is no place.
    denied = [m.span() for m in _NOT_BUT.finditer(view)]
    found = [a for a in addresses(text) if not any(s <= a.start < e for s, e in denied)]
    spans: list[tuple[int, int]] = list(denied)
    building = unit = room = None
    if found:
        whole, used = _merge(_choose(view, found), found)
        building, unit, room = whole.building, whole.unit, whole.room
        spans += [(a.start, a.end) for a in used]
    estate = find_estate(text, estates)
    landmark = find_landmark(text, landmarks)
    spans += [span[1:] for span in (estate, landmark) if span is not None]
    place = Place(
        estate[0] if estate else None, building, unit, room, landmark[0] if landmark else None
    )
    return _Found(place, tuple(spans))


def find(text: str, *, estates: Sequence[str] = (), landmarks: Sequence[str] = ()) -> Place:
    """The place that `text` names; `estates` and `landmarks` are the configured names."""
    return _parse(text, estates, landmarks).place


def only_place(
    text: str,
    *,
    asked: bool = False,
    estates: Sequence[str] = (),
    landmarks: Sequence[str] = (),
) -> Place | None:
    """The place when the message is nothing but a place (7栋, 是7栋的, 打错了 是5栋), else None.

    A bare number (7, 七, 12号) counts only when the place was `asked` for.
    """
    text = without_unseen(text).strip()
    if not text or len(text) > 60:
        return None
    found = _parse(text, estates, landmarks)
    if found.place.named:
        rest = "".join(
            c for i, c in enumerate(text) if not any(start <= i < end for start, end in found.spans)
        )
        if all(_FILLER.fullmatch(piece) for piece in re.split(r"\s+", rest)):
            return found.place
    if not asked:
        return None
    view = plain_place(text)
    for match in _BARE.finditer(view):
        rest = view[: match.start()] + " " + view[match.end() :]
        if all(_FILLER.fullmatch(piece) for piece in rest.split()):
            number = normalise_building(match[1])
            room = number if number.isdigit() and len(number) == 3 else None
            return Place(room=room) if room else Place(building=number)
        break
    return None


def is_correction(text: str) -> bool:
    """Whether the speaker takes back a place said before: 打错了 是5栋, 不是3栋是5栋."""
    return bool(_CORRECTION.search(plain_place(text[:200])))


def room_spans(text: str) -> list[tuple[int, int]]:
    """Where room numbers (室) stand in `text`: start and end of each, in order."""
    return [a.room_span for a in addresses(text) if a.room_span is not None]

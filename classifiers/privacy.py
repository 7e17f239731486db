"""Personal data in messages, masked for everybody but who must call.

Phones, identity numbers, bank cards, e-mail, WeChat and QQ ids, number plates (`identifiers`); on
request room numbers (室) and given names.
"""

import re
from collections.abc import Iterable

from classifiers.addresses import Address, addresses
from classifiers.characters import plain
from classifiers.identifiers import Finding, Kind, findings

__all__ = ["MARKS", "Finding", "Kind", "findings", "mask"]

MARKS: dict[Kind, str] = {
    "phone": "[电话]",
    "identity": "[证件号]",
    "card": "[卡号]",
    "email": "[邮箱]",
    "wechat": "[微信号]",
    "qq": "[QQ号]",
    "plate": "[车牌]",
    "room": "[房号]",
}
NEIGHBOUR = "某邻居"


_MORE_ROOMS = re.compile(
    r"(?:\s*(?:[、,/和及与跟到至~-]|还有|以及)\s*)(?P<r>[1-9]\d{2,3})(?=\D|$)"
    r"(?!\s*(?:元|块|米|平|户|人|年|度|个|天|多|万|斤|次|分|路|栋|幢|单元|点|月))"
)
_ROOM_OF = re.compile(
    r"(?<![0-9A-Za-z#.¥-])(?<!诉求)(?<!编号)(?<!第)(?P<r>[1-9][0-9]{0,1}[0-4][0-9])\s*号?"
    r"(?:室|房(?!东|子|价)|(?=的?(?:业主|住户|租客|租户|邻居|那户|这户|那家|这家|家|主人|男的|女的))"
    r"|(?=漏水|渗水|装修|没人|养|吵|阳台|厨房|厕所|卫生间|门口|门前|住))"
)
_ROOM_WORD = re.compile(r"\[房号\]\s*(?:室|号房)")


def _rooms(text: str) -> list[tuple[int, int, str]]:
    """Where rooms stand and what is put there: 3-2-501 keeps building and unit in words."""
    view = plain(text)
    cuts: list[tuple[int, int, str]] = []
    taken = bytearray(len(text))

    def add(start: int, end: int, words: str) -> None:
        while taken.find(1, start, end) < 0:
            cuts.append((start, end, words))
            taken[start:end] = b"\1" * (end - start)
            more = _MORE_ROOMS.match(view, end)
            if more is None:
                return
            start, end, words = *more.span("r"), MARKS["room"]

    for address in addresses(text):
        if address.room_span is None:
            continue
        start, end = address.room_span
        words = MARKS["room"]
        if _is_dashed(view[address.start : end], address):
            start, words = address.start, f"{address.building}栋{address.unit}单元{words}"
        add(start, end, words)
    for match in _ROOM_OF.finditer(view):
        add(*match.span("r"), MARKS["room"])
    return sorted(cuts)


def _is_dashed(raw: str, address: Address) -> bool:
    whole = address.building is not None and address.unit is not None
    return (
        whole
        and re.fullmatch(r"[A-Za-z]?[0-9]+[A-Za-z]?\s*-\s*[0-9]+\s*-\s*[0-9]+", raw) is not None
    )


def _cut(text: str, cuts: Iterable[tuple[int, int, str]]) -> str:
    pieces, position = [], 0
    for start, end, words in cuts:
        pieces += [text[position:start], words]
        position = end
    return "".join(pieces) + text[position:]


_MARK = re.compile("|".join(map(re.escape, [*MARKS.values(), NEIGHBOUR])))


def _without_names(text: str, names: Iterable[str]) -> str:
    """Given names of two characters and more become 某邻居; a mention (@王芳) keeps its name."""
    known = sorted(
        {n for n in (name.strip() for name in names) if len(n) > 1}, key=len, reverse=True
    )
    known = [
        name for name in known if not any(name in mark for mark in (*MARKS.values(), NEIGHBOUR))
    ]
    if not known:
        return text
    pattern = re.compile(f"({_MARK.pattern})|(?<!@)(?:{'|'.join(map(re.escape, known))})")
    return pattern.sub(lambda m: m[1] or NEIGHBOUR, text)


def mask(text: str, *, rooms: bool = False, names: Iterable[str] = ()) -> str:
    """`text` with personal data replaced by plain marks such as [电话].

    `rooms` masks room numbers (室) too and keeps building and unit; `names` are residents' names.
    Idempotent: a masked text comes back as it is.
    """
    names = tuple(names)
    for _ in range(8):
        masked = _cut(text, ((f.start, f.end, MARKS[f.kind]) for f in findings(text)))
        if rooms:
            masked = _ROOM_WORD.sub(MARKS["room"], _cut(masked, _rooms(masked)))
        masked = _without_names(masked, names)
        if masked == text:
            break
        text = masked
    return text

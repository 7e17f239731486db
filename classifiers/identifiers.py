"""Numbers and names that point at a person: phones, identity and card numbers, accounts, plates.

In any spelling: spaces and dashes, full width, circled and Chinese digits, letters for digits. When
in doubt a number that looks like one of these counts, with a wrong checksum too; buildings, prices,
dates, issue numbers and service numbers (110, 12345, 96…) do not.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from stdnum import luhn
from stdnum.cn import ric

from classifiers.characters import plain, with_digits

Kind = Literal["phone", "identity", "card", "email", "wechat", "qq", "plate", "room"]


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One piece of personal data at `start:end` of a text."""

    start: int
    end: int
    kind: Kind


# Blanks, dashes, dots, keycaps and what cannot be seen may stand between digits.
_SEP = r"[\s\-._·•,、/()*|+~'\"\ufe0f\u20e3\u200b-\u200f\u2060\ufeff]"
_RUN = re.compile(rf"(?<!\d)(?:\+|00)?\d(?:{_SEP}{{0,3}}[0-9Xx])*(?![0-9A-Za-z])")
_SPLIT = re.compile(rf"{_SEP}+")
_LOOKALIKES = re.compile(r"[0-9oOlI]{11,19}")
_ODD_GROUPS = ([2, 3, 3, 3], [1, 3, 3, 4], [1, 2, 4, 4], [2, 1, 4, 4], [1, 10])
_LISTED_GROUPS = ([11], [3, 4, 4], [4, 4, 3], [3, 3, 5], [3, 8], [7, 4], [6, 8, 4], [4, 4, 4, 4])

_LANDLINE = re.compile(
    r"(?<![\d.])(?:(?:\+|00)86[\s-]{0,2})?\(?0(?:10|2\d|[3-9]\d{2})\)?[\s-]{0,2}"
    r"[2-9]\d{2,3}[\s-]?\d{4}(?:\s*(?:转|-|ext\.?)\s*\d{1,6})?(?!\d)"
)
_LOCAL = re.compile(
    r"(?:电话|座机|固话|热线|号码|联系方式|联系|拨打|致电|[Tt]el|TEL|打)\s*(?:号码?)?[是为:]?\s{0,2}"
    r"(?P<n>[2-8]\d{2,3}[\s-]?\d{4})(?![\d元])"
)
_BARE_LOCAL = re.compile(
    r"(?<![\d.#¥$A-Za-z:-])(?<!单号)(?<!编号)(?<!户号)(?<!诉求)(?<!工单)(?P<n>[2-8]\d{6,7})"
    r"(?![\d.A-Za-z-])(?!\)?\s*(?:元|块|万|人|度|号|户|吨|米|分|次|年|栋|平|字|步|票))"
)
_EMAIL = re.compile(
    r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9_%+-][A-Za-z0-9._%+-]{0,63}\s?(?:@|\(at\)|\[at\])\s?"
    r"[A-Za-z0-9-]{1,63}(?:\s?(?:\.|点)\s?[A-Za-z0-9-]{1,63}){0,3}\s?(?:\.|点)\s?[A-Za-z]{2,8}"
    r"(?![A-Za-z0-9])"
)
_WECHAT_WORD = (
    r"(?:微信|薇信|威信|维信|徽信|微芯|[vV]信|卫星|绿泡泡|[加\+]微|[加\+]\s?[vVwW]\s?[xX]?|"
    r"(?<![A-Za-z0-9])(?:[wW]e[cC]hat|[wW]ei\s?[xX]in|WECHAT|WEIXIN|[wW][xX]|[vV][xX]|[vV](?=\s?:)))"
)
_WECHAT = re.compile(
    rf"{_WECHAT_WORD}\s?(?P<sure>(?:号码?|账号|帐号|[iI][dD])?\s?[是为]?\s?[:;=>-]?)\s{{0,2}}"
    r"(?P<n>[A-Za-z](?:[A-Za-z0-9_-]){4,19}|\d{5,12})(?![A-Za-z0-9_-])"
)
_WXID = re.compile(r"(?<![A-Za-z0-9])(?:wxid|WXID|Wxid)_[A-Za-z0-9_]{3,40}")
_NOT_WECHAT = frozenset(["wechat", "weixin", "android", "iphone", "harmony", "windows"])
_QQ = re.compile(
    r"(?:(?<![A-Za-z0-9])[qQ]{1,2}|扣扣|抠抠|企鹅)\s?(?:群|号码?|账号)?\s?[是为]?\s?[:;=]?\s{0,2}"
    r"(?P<n>[1-9]\d{4,11})(?!\d)"
)
_PROVINCE = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_PLATE = re.compile(
    rf"[{_PROVINCE}使领]\s?[A-Za-z][\s·.•・\-]{{0,2}}(?P<n>[A-Za-z0-9](?:[\s·.]?[A-Za-z0-9]){{3,5}}"
    r"[挂学警港澳]?)(?![A-Za-z0-9])"
)
_PLATE_CUE = re.compile(
    r"车牌(?:号码?)?[是为:]?\s{0,2}(?P<n>[A-Za-z]?[\s·.]?[A-Za-z0-9]{5,6})(?![A-Za-z0-9])"
)
_PLATE_BARE = re.compile(r"(?<![A-Za-z0-9])(?P<n>[A-Z][·.]?[A-Z0-9]{5,6})(?![A-Za-z0-9-])")
_CAR = re.compile(r"车|挪")
_DOCUMENT = re.compile(
    r"(?:身份证|证件|护照|通行证|居住证|社保|医保|残疾证|军官证|驾驶证|老年证)卡?(?:号码?)?\s?[是为:]?\s{0,2}"
    r"(?P<n>[A-Za-z]{0,2}\d{6,20}[Xx]?)(?![A-Za-z0-9])"
)


def _groups(raw: str) -> list[int]:
    return [len(piece) for piece in _SPLIT.split(raw.strip("+")) if piece]


def _grouped(raw: str) -> bool:
    """Whether the digits stand in groups as people write one number, not as a list of numbers."""
    sizes = _groups(raw)
    if sizes in _ODD_GROUPS or all(size == 1 for size in sizes):
        return True
    if re.search(r"[,、/]", raw):
        return sizes in _LISTED_GROUPS
    return len(sizes) <= 6 and sizes[0] >= 3


def _is_birth(digits: str) -> bool:
    """Whether digits 7 on are a date of birth: eight digits of 18, six of 15."""
    born = digits[6:14] if len(digits) > 15 else "19" + digits[6:12]
    try:
        return date(1890, 1, 1) <= date(int(born[:4]), int(born[4:6]), int(born[6:8])) <= date.max
    except ValueError:
        return False


def _long_number(digits: str, sizes: list[int]) -> Kind | None:
    """What 15 to 19 digits are, written in groups of these sizes."""
    if len(digits) in (17, 18) and _is_birth(digits):
        return "identity"
    if "X" in digits:
        return "identity" if digits.endswith("X") and len(digits) == 18 else None
    if len(digits) == 15:
        if _is_birth(digits):
            return "identity"
        return "card" if luhn.is_valid(digits) else None
    fours = all(size == 4 for size in sizes[:-1]) and sizes[-1] <= 4
    if len(sizes) == 1 or (fours and len(digits) in (16, 19)):
        return "card"
    return "card" if luhn.is_valid(digits) and (fours or max(sizes) < 5) else None


def _prefixes(view: str, start: int, end: int) -> Iterator[tuple[int, str]]:
    """Each place in a run where a group of digits ends, with the digits up to there."""
    digits = ""
    for i in range(start, end):
        if view[i] in "0123456789Xx":
            digits += view[i].upper()
            if i + 1 == end or view[i + 1] not in "0123456789Xx":
                yield i + 1, digits
        if len(digits) > 23:
            return


def _best_in_run(view: str, start: int, end: int) -> Finding | None:
    """The phone, identity or card number that begins at `start`, if one does."""
    best: Finding | None = None
    for stop, digits in _prefixes(view, start, end):
        raw = view[start:stop]
        number = re.sub(r"^(?:0086|86)(?=1[3-9]\d{9}$)", "", digits)
        if re.fullmatch(r"1[3-9]\d{9}", number):
            whole = raw if number == digits else re.sub(r"^\D*(?:00)?86\W*", "", raw)
            if best is None and _grouped(whole):
                best = Finding(start, stop, "phone")
        elif 15 <= len(digits) <= 19 and _grouped(raw):
            kind = _long_number(digits, _groups(raw))
            # What begins as a phone is one, unless all of it passes as an identity number; a card
            # with a good checksum is not made longer by the number behind it.
            done = best is not None and (
                best.kind == "phone" or luhn.is_valid(re.sub(r"\D", "", view[start : best.end]))
            )
            if kind and (not done or (_is_birth(digits) and ric.is_valid(digits))):
                best = Finding(start, stop, kind)
    return best


def _in_run(view: str, start: int, end: int) -> Iterator[Finding]:
    """Mobile, identity and card numbers in a run of digits; other numbers may stand around them."""
    while start < end:
        best = _best_in_run(view, start, end)
        if best is not None:
            yield best
            start = best.end
        else:
            while start < end and view[start] in "0123456789Xx+":
                start += 1
        while start < end and view[start] not in "0123456789":
            start += 1


def _views(text: str) -> list[str]:
    """The text as its digits may be meant: as they stand, Chinese digits, letters for digits."""
    first = plain(text)
    views = [first]
    chinese = with_digits(text)
    if chinese != first:
        views.append(chinese)
    letters = _LOOKALIKES.sub(
        lambda m: (
            m.group().translate(str.maketrans("oOlI", "0011"))
            if sum(c.isdigit() for c in m.group()) >= 5
            else m.group()
        ),
        chinese,
    )
    if letters != chinese:
        views.append(letters)
    return views


def _numbers(text: str) -> Iterator[Finding]:
    for number, view in enumerate(_views(text)):
        for match in _RUN.finditer(view):
            if match.end() - match.start() >= 11:
                yield from _in_run(view, *match.span())
        for match in _LANDLINE.finditer(view):
            yield Finding(*match.span(), "phone")
        for match in _LOCAL.finditer(view):
            yield Finding(*match.span("n"), "phone")
        if number == 0:
            for match in _BARE_LOCAL.finditer(view):
                if not re.fullmatch(r"20\d\d(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])", match["n"]):
                    yield Finding(*match.span("n"), "phone")


def _plates(view: str) -> Iterator[Finding]:
    for match in _PLATE.finditer(view):
        body = re.sub(r"[\s·.]", "", match["n"])
        if 5 <= len(body) <= 6 and sum(c.isdigit() for c in body) >= 2:
            yield Finding(*match.span(), "plate")
    for pattern in (_PLATE_CUE, _PLATE_BARE):
        for match in pattern.finditer(view):
            start, end = match.span("n")
            if sum(c.isdigit() for c in match["n"]) >= 3 and _CAR.search(
                view[max(0, start - 8) : end + 8]
            ):
                yield Finding(start, end, "plate")


def _accounts(view: str) -> Iterator[Finding]:
    for match in _EMAIL.finditer(view):
        yield Finding(*match.span(), "email")
    for match in _DOCUMENT.finditer(view):
        yield Finding(*match.span("n"), "identity")
    for match in _WXID.finditer(view):
        yield Finding(*match.span(), "wechat")
    for match in _WECHAT.finditer(view):
        name = match["n"]
        sure = match["sure"].strip() or re.search(r"[0-9_-]", name)
        if sure and name.lower() not in _NOT_WECHAT:
            yield Finding(*match.span("n"), "wechat")
    for match in _QQ.finditer(view):
        yield Finding(*match.span("n"), "qq")


_ORDER: tuple[Kind, ...] = ("email", "identity", "plate", "phone", "card", "wechat", "qq", "room")


def findings(text: str) -> list[Finding]:
    """All personal data in `text` but rooms and names, in order, without overlaps."""
    view = plain(text)
    found = {*_numbers(text), *_plates(view), *_accounts(view)}
    kept: list[Finding] = []
    taken = bytearray(len(text))
    for finding in sorted(found, key=lambda f: (_ORDER.index(f.kind), f.start - f.end, f.start)):
        if taken.find(1, finding.start, finding.end) >= 0:
            continue
        end = finding.end
        while end < len(text) and text[end] in "\ufe0f\u20e3":
            end += 1
        taken[finding.start : end] = b"\1" * (end - finding.start)
        kept.append(Finding(finding.start, end, finding.kind))
    return sorted(kept)

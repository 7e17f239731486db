"""Addresses in the notations that residents use, each with its normalised label."""

from dataclasses import dataclass
from random import Random

_DIGITS = "零一二三四五六七八九"

Label = tuple[str, str, str]  # building, unit, room; empty where absent


@dataclass(frozen=True, slots=True)
class Spelled:
    """An address as it is typed, and what it says."""

    text: str
    label: Label


def chinese(number: int) -> str:
    """1 to 99 in Chinese numerals: 15 is 十五, 20 二十."""
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else "十" if tens == 1 else _DIGITS[tens] + "十"
    return head + (_DIGITS[ones] if ones or not tens else "")


def spoken(room: str) -> str:
    """A room number digit by digit: 501 is 五零一."""
    return "".join(_DIGITS[int(digit)] for digit in room)


@dataclass(frozen=True, slots=True)
class _Address:
    b: str
    u: str
    r: str
    f: str
    cb: str  # building and unit in Chinese numerals
    cu: str
    cr: str
    estate: str
    phase: str
    b2: str


_Form = tuple[float, str, str]  # weight, template, which parts it names

_BUILDING: tuple[_Form, ...] = (
    (26, "{b}栋", "b"),
    (8, "{b}幢", "b"),
    (16, "{b}号楼", "b"),
    (6, "{b}#", "b"),
    (4, "{b}#楼", "b"),
    (2, "第{b}栋", "b"),
    (3, "{b} 栋", "b"),
    (1, "{b}座", "b"),
    (4, "{estate}{b}栋", "b"),
    (2, "{estate}{b}号楼", "b"),
    (3, "{phase}{b}栋", "b"),
    (1, "{phase}{b}号楼", "b"),
    (3, "{b}栋{f}楼", "b"),
    (1, "{b}号楼{f}层", "b"),
)
_BUILDING_SPOKEN: tuple[_Form, ...] = (
    (10, "{cb}栋", "b"),
    (5, "{cb}号楼", "b"),
    (2, "{cb}幢", "b"),
    (1, "{cb}栋楼", "b"),
    (1, "{cb}洞", "b"),
)
_UNIT: tuple[_Form, ...] = (
    (26, "{b}栋{u}单元", "bu"),
    (6, "{b}幢{u}单元", "bu"),
    (12, "{b}号楼{u}单元", "bu"),
    (4, "{b}#{u}单元", "bu"),
    (9, "{b}-{u}", "bu"),
    (1, "{b}栋{u}单圆", "bu"),
    (1, "{b}号楼{u}单园", "bu"),
    (3, "{b}栋 {u}单元", "bu"),
    (2, "{estate}{b}栋{u}单元", "bu"),
    (3, "{b}栋{u}单元{f}楼", "bu"),
    (4, "{u}单元", "u"),
)
_UNIT_SPOKEN: tuple[_Form, ...] = (
    (8, "{cb}栋{cu}单元", "bu"),
    (4, "{cb}号楼{cu}单元", "bu"),
    (2, "{cb}幢{cu}单元", "bu"),
    (3, "{cu}单元", "u"),
    (1, "{b}幢{cu}单元", "bu"),
)
_ROOM: tuple[_Form, ...] = (
    (14, "{b}栋{u}单元{r}", "bur"),
    (5, "{b}栋{u}单元{r}室", "bur"),
    (20, "{b}-{u}-{r}", "bur"),
    (4, "{b}#{u}-{r}", "bur"),
    (3, "{b}幢{u}单元{r}室", "bur"),
    (8, "{b}号楼{u}单元{r}", "bur"),
    (6, "{b}号楼{r}", "br"),
    (8, "{b}栋{r}", "br"),
    (6, "{b}-{r}", "br"),
    (3, "{b}幢{r}室", "br"),
    (2, "{b}/{u}/{r}", "bur"),
    (1.5, "{b}—{u}—{r}", "bur"),
    (1.5, "{b}.{u}.{r}", "bur"),
    (3, "{b}栋{u}单元 {r}", "bur"),
    (1, "{b}栋{u}单{r}", "bur"),
    (3, "{b}#{r}", "br"),
    (1, "{b}－{u}－{r}", "bur"),
    (1.5, "{r}室", "r"),
    (2, "{u}单元{r}", "ur"),
    (2, "{estate}{b}-{u}-{r}", "bur"),
    (1, "{b}栋{u}单元{r}房", "bur"),
)
_ROOM_SPOKEN: tuple[_Form, ...] = (
    (5, "{cb}栋{cu}单元{r}", "bur"),
    (4, "{cb}栋{cu}单元{cr}", "bur"),
    (2, "{cb}号楼{cu}单元{cr}", "bur"),
    (1, "{cb}幢{cu}单元{r}室", "bur"),
    (1, "{cb}栋{cr}", "br"),
)
_RANGE: tuple[_Form, ...] = (
    (4, "{b}栋到{b2}栋", "b"),
    (2, "{b}号楼到{b2}号楼", "b"),
    (2, "{b}栋至{b2}栋", "b"),
    (1, "{b}幢到{b2}幢", "b"),
    (1, "从{b}栋到{b2}栋", "b"),
)
_TABLES = {
    "building": (_BUILDING, _BUILDING_SPOKEN),
    "unit": (_UNIT, _UNIT_SPOKEN),
    "room": (_ROOM, _ROOM_SPOKEN),
    "range": (_RANGE, _RANGE),
}


def _address(rng: Random, estates: list[str]) -> _Address:
    number = rng.randint(1, 30)
    letter = rng.random()
    if letter < 0.04:
        b = rng.choice("ABCDEFGH")
    elif letter < 0.09:
        b = f"{rng.choice('ABCD')}{rng.randint(1, 12)}"
    else:
        b = str(number)
    floor, unit = rng.randint(1, rng.choice((6, 6, 11, 18, 33))), rng.randint(1, 6)
    room = f"{floor}{rng.randint(1, 6):02d}"
    plain = b.isdigit()
    return _Address(
        b=b,
        u=str(unit),
        r=room,
        f=str(floor),
        cb=chinese(number) if plain else b,
        cu=chinese(unit),
        cr=spoken(room),
        estate=rng.choice(estates),
        phase=rng.choice(("二期", "一期", "三期", "东区", "北区", "南院")),
        b2=str((int(b) if plain else number) + rng.randint(1, 4)),
    )


def _fits(form: _Form, address: _Address, level: str, floors: bool) -> bool:
    plain = address.b.isdigit()
    if "{f}" in form[1] and not floors:
        return False
    if plain or (level == "unit" and form[2] == "u"):
        return not (level == "range" and "座" in form[1])
    # A座, A6栋, A栋801: the notations that people use for buildings with letters
    if len(address.b) == 1 and "号楼" in form[1]:
        return False
    return "#" not in form[1] and level != "range" and "{phase}" not in form[1]


def spell(
    rng: Random, level: str, spoken_rate: float, estates: list[str], floors: bool = True
) -> Spelled:
    """An address of this level (`building`, `unit`, `room`, `range`) in some notation.

    Without `floors` none is named that is no place of its own, such as 3栋5楼.
    """
    address = _address(rng, estates)
    typed, said = _TABLES[level]
    forms = said if rng.random() < spoken_rate and address.b.isdigit() else typed
    forms = (
        tuple(form for form in forms if _fits(form, address, level, floors))
        or _TABLES["building"][0][:1]
    )
    _, template, names = rng.choices(forms, [form[0] for form in forms])[0]
    values = {name: str(getattr(address, name)) for name in _Address.__slots__}
    b, u, r = (values[part] if part in names else "" for part in "bur")
    return Spelled(template.format(**values), (b, u, r))

"""The digest as a picture for a phone, and as a page to print and sign.

Both come of one template, `page.typ`, set by typst: one wheel without further dependencies that
sets text, tables and plain shapes to PNG and PDF, breaks Chinese lines rightly and takes well
under a second. A charting library draws charts but knows no paragraphs, and weighs more.

Chinese needs a font, and a fresh machine seldom has one. Packages with Chinese fonts either carry
several whole ones or bring a plotting library along, tens of megabytes both, and a system package
needs root. So the project carries a subset of Noto Sans CJK SC (SIL Open Font License, see
`fonts/OFL.txt`): the 6,763 characters of GB2312 and what names and places here need beyond them,
in two weights of 1.5 MB each. A font of the machine steps in for rarer characters, and for
everything where the bundled files are missing.
"""

import json
import re
import unicodedata
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

import structlog
import typst

log = structlog.get_logger(__name__)

HERE = Path(__file__).parent
TEMPLATE = HERE / "page.typ"
FONT_FOLDER = HERE / "fonts"
FAMILY = "Geying Sans"
SYSTEM_FAMILIES = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Droid Sans Fallback",
    "PingFang SC",
    "Microsoft YaHei",
    "SimHei",
)
"""Chinese fonts that machines have, the best first."""

PIXELS_WIDE = 1080
POINTS_WIDE = 360
"""The width of `page.typ`'s phone layout."""
PIXELS_PER_INCH = 72 * PIXELS_WIDE / POINTS_WIDE

LATE_ON_PHONE = 12
HOT_ON_PHONE = 8
CATEGORIES_SHOWN = 8

Layout = Literal["phone", "print"]


@dataclass(frozen=True)
class DayFigures:
    """How many issues were new and handled on one day, or in one week of a longer report."""

    label: str
    new: int
    handled: int


@dataclass(frozen=True)
class Rate:
    """A rate with what it was computed from; without a denominator there is none to show."""

    name: str
    numerator: int
    denominator: int


@dataclass(frozen=True)
class GridFigures:
    """The issues of one grid. `overdue` are among those `open`, or handled late."""

    name: str
    open: int
    overdue: int
    handled: int


@dataclass(frozen=True)
class LateIssue:
    """An issue past its deadline, as the work room may read it: masked, no room number.

    `late` says how late, in words (超3小时). Of a sensitive issue `place` and `matter` hold what
    may be said of it.
    """

    number: int | None
    place: str
    matter: str
    who: str
    late: str


@dataclass(frozen=True)
class DigestPage:
    """All that a digest shows. Counts are issues, texts are plain and already masked."""

    community: str
    title: str
    """日报, 周报 or 月报."""
    day: str
    """The day or the days spoken of, in words."""
    new: int = 0
    handled: int = 0
    open: int = 0
    overdue: int = 0
    week: tuple[DayFigures, ...] = ()
    """The last seven days or more, the latest at the end."""
    trend: str = "近7天"
    """What the chart of `week` is called."""
    rates: tuple[Rate, ...] = ()
    categories: tuple[tuple[str, int], ...] = ()
    grids: tuple[GridFigures, ...] = ()
    late: tuple[LateIssue, ...] = ()
    """The longest overdue first."""
    hot: tuple[str, ...] = ()
    suspended: int = 0
    notes: tuple[str, ...] = field(default=())


@dataclass(frozen=True)
class FontFound:
    """A font that Chinese can be set in. `path` is its folder or file."""

    path: Path
    family: str
    source: Literal["bundled", "system"]


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_embedded_fonts=False, font_paths=[FONT_FOLDER])


def _found() -> list[FontFound]:
    by_family = {info.family: info.path for info in _fonts().fonts()}
    found = []
    for family in (FAMILY, *SYSTEM_FAMILIES):
        if path := by_family.get(family):
            source: Literal["bundled", "system"] = "bundled" if family == FAMILY else "system"
            found.append(FontFound(Path(path), family, source))
    return found


def find_fonts() -> FontFound | None:
    """The Chinese font that pictures are set in: the bundled one, else one of the machine."""
    return next(iter(_found()), None)


def render(page: DigestPage, out: Path) -> Path | None:
    """Draw the page for a phone, 1080 px wide and as high as it needs, to the PNG file `out`.

    Returns:
        `out`, or None where no Chinese font is found or the page cannot be set; the text of the
        digest then goes alone.
    """
    return _write(page, out, "phone")


def render_pdf(page: DigestPage, out: Path) -> Path | None:
    """Set the page on A4 sheets, with lines to sign on, to the PDF file `out`.

    Returns:
        `out`, or None as `render`.
    """
    return _write(page, out, "print")


def _write(page: DigestPage, out: Path, layout: Layout) -> Path | None:
    found = _found()
    if not found:
        return None
    try:
        made = _compile(page, found, layout, "png" if layout == "phone" else "pdf")
    except typst.TypstError as error:
        log.error("page not set", layout=layout, reason=error.message)
        return None
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(made)
    return out


def _compile(
    page: DigestPage, found: list[FontFound], layout: Layout, form: Literal["png", "pdf"]
) -> bytes:
    return typst.compile(
        TEMPLATE,
        root=HERE,
        font_paths=_fonts(),
        format=form,
        ppi=PIXELS_PER_INCH,
        sys_inputs={
            "page": json.dumps(_content(page, layout, found), ensure_ascii=False),
            "families": json.dumps([font.family for font in found], ensure_ascii=False),
            "layout": layout,
        },
    )


def _content(page: DigestPage, layout: Layout, found: list[FontFound]) -> dict[str, Any]:
    content = asdict(page)
    late, hot = list(page.late), list(page.hot)
    if layout == "phone":
        late, hot = late[:LATE_ON_PHONE], hot[:HOT_ON_PHONE]
    content |= {
        "late": [asdict(one) for one in late],
        "late-more": len(page.late) - len(late),
        "hot": hot,
        "hot-more": len(page.hot) - len(hot),
        "categories": _categories(page.categories),
    }
    bundled_alone = all(font.source == "bundled" for font in found)
    return {key: _printable_in(value, bundled_alone, key) for key, value in content.items()}


def _categories(counted: tuple[tuple[str, int], ...]) -> list[tuple[str, int]]:
    ordered = sorted((one for one in counted if one[1] > 0), key=lambda one: -one[1])
    shown, rest = ordered[:CATEGORIES_SHOWN], ordered[CATEGORIES_SHOWN:]
    if len(rest) == 1:
        return ordered
    if rest:
        shown.append((f"其余{len(rest)}类", sum(count for _, count in rest)))
    return shown


LONGEST = {"place": 24, "matter": 32, "who": 16, "late": 16, "hot": 60, "notes": 120, "name": 16}
"""Most characters of a text, by the key that it stands under; what is longer ends in …"""
LONGEST_ELSEWHERE = 24
_UNBROKEN = re.compile(r"[^\s\u4e00-\u9fff]{12}(?=[^\s\u4e00-\u9fff])")
_MISSING = "〓"
"""What printers set where they have no type for a character."""


def _printable_in(value: Any, bundled_alone: bool, key: str = "") -> Any:
    if isinstance(value, str):
        return printable(value, LONGEST.get(key, LONGEST_ELSEWHERE), bundled_alone)
    if isinstance(value, dict):
        return {name: _printable_in(one, bundled_alone, name) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_printable_in(one, bundled_alone, key) for one in value]
    return value


@cache
def _beyond_gb2312() -> frozenset[str]:
    listed = FONT_FOLDER / "more.txt"
    return frozenset(listed.read_text(encoding="utf-8")) if listed.is_file() else frozenset()


def printable(text: str, longest: int, bundled_alone: bool = True) -> str:
    """The text as it can be set: without emoji and control characters, on one line, and cut.

    Args:
        longest: most characters that remain, … among them.
        bundled_alone: no other font than the bundled one is there, so what it lacks becomes 〓.
    """
    kept = []
    for character in unicodedata.normalize("NFC", text):
        kind = unicodedata.category(character)
        if character.isspace():
            kept.append(" ")
        elif kind[0] == "C":
            continue
        elif _in_font(character):
            kept.append(character)
        elif kind not in ("So", "Sk", "Mn", "Me"):
            kept.append(_MISSING if bundled_alone else character)
    line = " ".join("".join(kept).split())
    if len(line) > longest:
        line = line[: longest - 1].rstrip() + "…"
    # A web address or a row of exclamation marks has no place to break; give it some.
    return _UNBROKEN.sub(lambda run: run[0] + "\u200b", line)


def _in_font(character: str) -> bool:
    if character in _beyond_gb2312():
        return True
    try:
        row = character.encode("gb2312")[0]
    except UnicodeEncodeError:
        return False
    # The same rows as in fonts/subset.py.
    return row < 0x80 or 0xA1 <= row <= 0xA3 or row >= 0xB0

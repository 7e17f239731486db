"""Makes the two font files beside it from Noto Sans CJK; run again only to add characters.

    python bot/reports/fonts/subset.py NotoSansCJK-Regular.ttc NotoSansCJK-Bold.ttc

The sources come with Debian's `fonts-noto-cjk` (Noto Sans CJK 2.004). What is kept: ASCII, all of
GB2312 but its kana, Greek, Cyrillic and drawing rows, and the characters of `more.txt`: personal
names, Sichuan place names and speech that GB2312 leaves out, and a few signs. The result has a
name of its own, so that it never stands in the way of the whole font on the same machine.
"""

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

HERE = Path(__file__).parent
FAMILY = "Geying Sans"
SIMPLIFIED_CHINESE = 2
"""Index of `Noto Sans CJK SC` in the collection."""
ROWS = [0xA1, 0xA2, 0xA3, *range(0xB0, 0xF8)]
"""First bytes of GB2312: punctuation, numerals, full-width Latin, both levels of characters."""
FEATURES = ["kern", "halt", "palt"]
UNUSED = ["vhea", "vmtx", "VORG", "BASE", "DSIG"]
"""Tables for setting text from top to bottom, and signatures that a subset breaks."""


def characters() -> str:
    """Every character that the subset holds, if the source does."""
    chosen = [chr(code) for code in range(0x20, 0x7F)]
    for row in ROWS:
        for cell in range(0xA1, 0xFF):
            chosen.append(bytes([row, cell]).decode("gb2312", errors="ignore"))
    more = (HERE / "more.txt").read_text(encoding="utf-8")
    return "".join(chosen) + more.replace("\n", "")


def rename(font: TTFont, style: str) -> None:
    """Give the subset its own name; copyright and licence records stay as they are."""
    compact = FAMILY.replace(" ", "")
    names = {
        1: FAMILY,
        2: style,
        3: f"{compact}-{style} from Noto Sans CJK SC 2.004",
        4: f"{FAMILY} {style}",
        6: f"{compact}-{style}",
    }
    for record in list(font["name"].names):
        if record.nameID in names:
            where = (record.platformID, record.platEncID, record.langID)
            font["name"].setName(names[record.nameID], record.nameID, *where)
        elif record.nameID in (16, 17):
            font["name"].removeNames(nameID=record.nameID)
    cff = font["CFF "].cff
    cff.fontNames[0] = f"{compact}-{style}"
    cff.topDictIndex[0].FamilyName = FAMILY
    cff.topDictIndex[0].FullName = f"{FAMILY} {style}"


def make(source: Path, style: str) -> Path:
    """Subset one face of the collection into this folder."""
    font = TTFont(source, fontNumber=SIMPLIFIED_CHINESE)
    options = subset.Options()
    options.hinting = False
    options.layout_features = FEATURES
    options.name_IDs = ["*"]
    options.drop_tables += UNUSED
    cutter = subset.Subsetter(options)
    cutter.populate(text=characters())
    cutter.subset(font)
    rename(font, style)
    made = HERE / f"{FAMILY.replace(' ', '')}-{style}.otf"
    font.save(made)
    return made


if __name__ == "__main__":
    for path, weight in zip(sys.argv[1:3], ("Regular", "Bold"), strict=True):
        make(Path(path), weight)

"""The roster as an Excel sheet: read with care, because anybody may hand it in."""

import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

COLUMNS = ("街道", "社区", "网格", "小区", "楼栋", "A岗", "B岗", "微信号")
NEEDED = ("社区", "网格", "小区", "A岗")
OPTIONAL = ("书记", "书记微信号", "工作群")
LARGEST = 5 * 1024 * 1024
LARGEST_UNPACKED = 60 * 1024 * 1024
MOST_ROWS = 20_000
MOST_COLUMNS = 60
_BROKEN = (
    zipfile.BadZipFile, zlib.error, EOFError, KeyError, IndexError, TypeError, ValueError,
    SyntaxError,
)  # fmt: skip
APART = re.compile(r"[,，、;；/\s]+")


class RosterProblem(Exception):
    """The file cannot be taken; a line for each thing that is wrong."""


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the sheet, by its number as Excel shows it."""

    number: int
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


def read_lines(file: Path) -> list[Line]:
    """The rows of the first sheet under its header, empty ones left out.

    Raises:
        RosterProblem: where it is no roster, or larger than any roster is.
    """
    _check_package(file)
    try:
        book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
    except (*_BROKEN, InvalidFileException) as error:
        raise RosterProblem(f"{file.name}: is not an Excel file (.xlsx)") from error
    try:
        rows = book.worksheets[0].iter_rows(
            values_only=True, max_row=MOST_ROWS + 10, max_col=MOST_COLUMNS
        )
        return _lines(file.name, rows)
    except _BROKEN as error:
        raise RosterProblem(f"{file.name}: cannot be read as an Excel table") from error
    finally:
        book.close()


def _check_package(file: Path) -> None:
    """An Excel file is a zip: nothing is unpacked that would not fit, or that defines entities."""
    if not file.exists():
        raise RosterProblem(f"{file}: there is no such file")
    if file.stat().st_size > LARGEST:
        raise RosterProblem(f"{file.name}: larger than {LARGEST // 2**20} MB; no roster is")
    try:
        with zipfile.ZipFile(file) as package:
            if sum(info.file_size for info in package.infolist()) > LARGEST_UNPACKED:
                raise RosterProblem(f"{file.name}: unpacks to more than any roster holds")
            for info in package.infolist():
                with package.open(info) as part:
                    if b"<!DOCTYPE" in part.read(8192):
                        raise RosterProblem(f"{file.name}: holds XML that no roster needs")
    except (*_BROKEN, RuntimeError) as error:
        raise RosterProblem(f"{file.name}: is not an Excel file (.xlsx)") from error


def _lines(name: str, rows: Iterator[tuple[Any, ...]]) -> list[Line]:
    header: list[str] | None = None
    lines: list[Line] = []
    for number, row in enumerate(rows, 1):
        cells = [_text(value) for value in row]
        if header is None:
            if "社区" in cells and "网格" in cells:
                header = cells
            elif number > 5:
                break
            continue
        values = {column: cell for column, cell in zip(header, cells, strict=False) if column}
        if any(values.get(column) for column in (*COLUMNS, *OPTIONAL)):
            lines.append(Line(number, values))
        if number > MOST_ROWS:
            raise RosterProblem(f"{name}: more than {MOST_ROWS} rows")
    if header is None:
        raise RosterProblem(f"{name}: 找不到表头；第一行要有：{'、'.join(COLUMNS)}")
    if missing := [column for column in COLUMNS if column not in header]:
        raise RosterProblem(f"{name}: 缺这几列：{'、'.join(missing)}")
    if not lines:
        raise RosterProblem(f"{name}: 表头下面一行也没有")
    return lines


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    # A range such as 1-6 that Excel took for a date comes as one: there is no telling what it was.
    return str(value).replace("\u3000", " ").strip()


def people_of(line: Line) -> list[tuple[str, str]]:
    """A岗 first, then B岗, each with the platform id that the row gives."""
    names = [line["A岗"], *APART.split(line["B岗"])]
    names = [name for name in names if name]
    contacts = [one for one in APART.split(line["微信号"]) if one]
    return [(name, contacts[at] if at < len(contacts) else "") for at, name in enumerate(names)]

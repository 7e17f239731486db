"""The hand-written wordings: families of one matter each, read from the text files beside this.

A file holds families, each a head line and its wordings:

    == fac_streetlight | issue facility normal | out | wy 28
    n 路灯{不亮|瞎了}了
    +n 昨晚差点崴脚

The head names the family, its labels, where the matter lies (which places may go with it), whom a
speaker would turn to (`wy` 物业, `sq` 社区, `zf` a public body, `any`), and its share of the lines.
A wording begins with what it is: `n` a plain statement (help; complaint once blame follows),
`h` a request, `c` a complaint, `r` a report, `s` a suggestion, `q` a question, `-` no issue.
Marks behind that letter: `:traffic` another category, `!!` critical, `!` urgent, `.` normal,
`^` no place may be put before it. A line with `+` may follow a wording of its kind.
"""

import re
import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from classifiers.taxonomy import Category, Intent, Kind, Urgency

FOLDER = Path(__file__).parent
INTENTS = {
    "n": Intent.HELP,
    "h": Intent.HELP,
    "c": Intent.COMPLAINT,
    "r": Intent.REPORT,
    "s": Intent.SUGGESTION,
    "q": Intent.CONSULT,
}
STYLES = frozenset({"home", "flat", "hall", "lift", "out", "street", "area", "any", "no"})
_URGENCIES = {"!!": Urgency.CRITICAL, "!": Urgency.URGENT, ".": Urgency.NORMAL}
_LINE = re.compile(r"(\+?)([nhcrsq-])(?::([a-z_]+))?(!!|!|\.)?(\^?) (.+)")


class GrammarError(ValueError):
    """A line of the grammar that cannot be read; the text names file and line."""


@dataclass(frozen=True, slots=True)
class Core:
    """One wording of a matter, with what it means."""

    type: str
    text: str
    category: Category | None = None
    urgency: Urgency | None = None
    leads: bool = True  # whether a place may stand before it


@dataclass(slots=True)
class Family:
    """All wordings of one matter. `weight` is its share among those of its category or kind."""

    id: str
    kind: Kind
    style: str
    who: str
    weight: int
    raw: bool  # typed as it stands: notices, lists
    category: Category | None = None
    urgency: Urgency | None = None
    cores: list[Core] = field(default_factory=list)
    tails: list[Core] = field(default_factory=list)
    before: list[str] = field(default_factory=list)  # of those that are no issues
    after: list[str] = field(default_factory=list)

    @property
    def bare(self) -> bool:
        """Whether nothing common may stand around its wordings."""
        return self.id in table("targets")["families"]["bare"]


def _head(line: str) -> Family:
    fields = [part.strip() for part in line.removeprefix("== ").split("|")]
    labels = fields[1].split()
    *words, weight = fields[-1].split()
    kind = Kind(labels[0])
    if kind is not Kind.ISSUE:
        return Family(fields[0], kind, "hall", "any", int(weight), "raw" in words)
    if fields[2] not in STYLES or len(labels) != 3:
        raise ValueError("labels or place of a family")
    return Family(
        id=fields[0],
        kind=kind,
        style=fields[2],
        who=words[0],
        weight=int(weight),
        raw="raw" in words,
        category=Category(labels[1]),
        urgency=Urgency(labels[2]),
    )


def _wording(line: str, family: Family) -> None:
    match = _LINE.fullmatch(line)
    if match is None or (family.kind is Kind.ISSUE) == (match[2] == "-"):
        raise ValueError("a wording begins with what it is")
    core = Core(
        type=match[2],
        text=match[6].strip(),
        category=Category(match[3]) if match[3] else family.category,
        urgency=_URGENCIES[match[4]] if match[4] else family.urgency,
        leads=not match[5],
    )
    (family.tails if match[1] else family.cores).append(core)


def _read(path: Path) -> list[Family]:
    families: list[Family] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            if line.startswith("== "):
                families.append(_head(line))
            elif line.strip() and not line.startswith("#"):
                _wording(line, families[-1])
        except (ValueError, IndexError, KeyError) as problem:
            raise GrammarError(f"{path.name}:{number}: {problem}: {line}") from problem
    return families


@cache
def families() -> tuple[Family, ...]:
    """Every family, in the order of the files' names and lines."""
    names = sorted(p for kind in ("issue", "followup", "chat") for p in FOLDER.glob(f"{kind}*.txt"))
    found = tuple(family for path in names for family in _read(path))
    if len({family.id for family in found}) < len(found):
        raise GrammarError("two families of one name")
    _add_manners({family.id: family for family in found})
    return found


def _add_manners(known: dict[str, Family]) -> None:
    path = FOLDER / "manners.txt"
    meant: list[Family] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            if line.startswith("== "):
                meant = [known[name] for name in line.split()[1:]]
            elif line.startswith(("< ", "+ ")):
                for family in meant:
                    (family.before if line[0] == "<" else family.after).append(line[2:].strip())
        except KeyError as problem:
            raise GrammarError(f"{path.name}:{number}: no family {problem}") from problem


@cache
def parts() -> dict[str, list[str]]:
    """What may stand before (`open.…`) or after (`tail.…`) the wording of any family."""
    sections: dict[str, list[str]] = {}
    name = ""
    for line in (FOLDER / "parts.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("== "):
            name = line[3:].strip()
            sections[name] = []
        elif line.strip() and not line.startswith("#"):
            sections[name].append(line.strip())
    return sections


@cache
def table(name: str) -> dict[str, Any]:
    """One of the TOML files: `words`, `voices`, `targets`."""
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


@cache
def traditional() -> dict[int, str]:
    """Simplified characters to traditional ones, for `str.translate`."""
    pairs = (FOLDER / "traditional.txt").read_text(encoding="utf-8").split()
    return {ord(pair[0]): pair[1] for pair in pairs}

"""How an issue is named in a sentence: its place, its matter, who has it, what was said."""

from collections.abc import Sequence

from bot.casework.work import Work
from bot.speech import plain, shorten
from classifiers.matters import name_of
from classifiers.taxonomy import (
    CATEGORY_NAMES,
    SENSITIVE_CATEGORIES,
    URGENCY_NAMES,
    Category,
    Intent,
    Urgency,
)
from storage import issues
from storage.tables import Issue

ROLE_NAMES = {
    "grid_worker": "网格员",
    "secretary": "",
    "property": "物业",
    "department": "",
    "street": "",
}


def is_sensitive(issue: Issue) -> bool:
    """Whether only the number may be said in residents' rooms."""
    return Category(issue.category) in SENSITIVE_CATEGORIES or issue.intent == Intent.REPORT


def matter(issue: Issue) -> str:
    """路灯, 电梯, or the category's name where the words did not tell."""
    return name_of(issue.matter, issue.category)


def category_name(issue: Issue) -> str:
    return CATEGORY_NAMES[Category(issue.category)]


def urgency_name(issue: Issue) -> str:
    return URGENCY_NAMES[Urgency(issue.urgency)]


def building_name(building: str) -> str:
    return building if building.endswith(("栋", "区", "座")) else f"{building}栋"


def place(issue: Issue, *, estate: bool = False, room: bool = False) -> str:
    """翠湖苑8栋2单元, a landmark, or the estate; empty where nothing is known."""
    words = ""
    if issue.building:
        words += building_name(issue.building)
    if issue.unit:
        words += f"{issue.unit}单元"
    if room and issue.room:
        words += f"{issue.room}室"
    if not words and issue.landmark:
        words = issue.landmark
    elif issue.landmark and issue.landmark not in words:
        words += issue.landmark
    return (issue.estate if estate or not words else "") + words


def place_to_building(issue: Issue) -> str:
    """The place as a room may hear it: down to the building, never a flat."""
    return building_name(issue.building) if issue.building else (issue.landmark or issue.estate)


def short(issue: Issue) -> str:
    """12号路灯: the number with what it is, of what is sensitive no more than the category."""
    return f"{issue.number}号{category_name(issue) if is_sensitive(issue) else matter(issue)}"


def called(work: Work, worker_id: str | None) -> str:
    """网格员李强, 物业赵经理, 陈书记."""
    worker = work.roster.worker(worker_id)
    if worker is None:
        return "社区"
    title = ROLE_NAMES[worker.role]
    return worker.name if title and title in worker.name else title + worker.name


async def words_of(work: Work, issue: Issue, *, length: int = 90) -> str:
    """The matter in the resident's own words, with the pieces that complete it."""
    reports = await issues.reports_of(work.session, issue.number)
    said = [r.text for r in reports if r.role in ("statement", "piece") and plain(r.text)]
    first = [r.text for r in reports if r.role == "statement"][:1]
    pieces = [t for t in said if t not in first][:2]
    return shorten("；".join([*first, *pieces]) or issue.summary, length)


async def all_words(work: Work, issue: Issue) -> str:
    """Everything that was stated, for comparing."""
    reports = await issues.reports_of(work.session, issue.number)
    return " ".join(r.text for r in reports if r.role in ("statement", "second", "piece"))


async def counts(work: Work, issue: Issue) -> tuple[int, int]:
    """How many people and how many households reported an issue."""
    reports = await issues.reports_of(work.session, issue.number)
    counted = [r for r in reports if r.role in issues.COUNTED_ROLES]
    people = len({r.reporter_key for r in counted})
    return people, len({r.household for r in counted if r.household})


def numbers(rows: Sequence[Issue]) -> str:
    """12号路灯、15号垃圾."""
    return "、".join(short(issue) for issue in rows)

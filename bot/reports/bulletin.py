"""群公示: what was solved and what is being done in an estate. Nobody named, no room, no number."""

from datetime import date
from typing import Any

from bot.casework import wording
from bot.casework.transitions import Act, Status
from bot.casework.work import Work
from bot.reports.cases import Case, load
from bot.reports.counting import Window
from bot.reports.summary import as_issue, day_window, names_of, sensitive
from bot.speech import shorten
from classifiers.privacy import mask
from classifiers.taxonomy import Intent
from storage.tables import Room

SHOWN = 6
_TOLD = frozenset({
    Act.OPEN, Act.HANDLE, Act.ACCEPT, Act.CLOSE, Act.RATE, Act.REWORK, Act.CANCEL, Act.UNREACHED,
})  # fmt: skip
_SILENT = (Status.MERGED, Status.REJECTED, Status.PENDING_REVIEW, Status.SUSPENDED)


async def bulletin_text(work: Work, room: Room, day: date) -> str | None:
    """What a residents' room reads in the evening; None when there is nothing to say."""
    window = day_window(work, day)
    zone = work.house.settings.zone
    cases = [
        case
        for case in await load(work.session, [room.community_id], window.start, window.end, zone)
        if case.state["estate"] == room.estate and _is_told(case, window)
    ]
    names = await names_of(work, [case.number for case in cases])
    names += tuple(worker.name for worker in work.house.settings.workers)
    lines = _once([_line(case, names) for case in cases])
    done = [one for one in lines if one["done"]]
    doing = [one for one in lines if not one["done"]]
    if not lines:
        return None
    return work.say(
        "digest.bulletin", day=day, done=done[:SHOWN], doing=doing[:SHOWN],
        more=max(len(done) - SHOWN, 0) + max(len(doing) - SHOWN, 0),
    )  # fmt: skip


def _is_told(case: Case, window: Window) -> bool:
    if sensitive(case) or case.state["intent"] == Intent.CONSULT or case.status in _SILENT:
        return False
    if case.done:
        # A rating or the silent close days later is no news of what was solved.
        return case.moment("handled_at") in window
    return any(step.act in _TOLD and step.at in window for step in case.steps)


def _line(case: Case, names: tuple[str, ...]) -> dict[str, Any]:
    issue = as_issue(case.state)
    result = mask(case.state.get("result") or "", rooms=True, names=names)
    return {
        "place": wording.place_to_building(issue),
        "what": wording.matter(issue),
        "result": shorten(result, 24) if case.done else "",
        "done": case.done,
        "wish": issue.intent == Intent.SUGGESTION,
        "again": case.state["rework"] > 0 and not case.done,
    }


def _once(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Two issues of one place and matter are one line."""
    found: dict[tuple[str, str, bool], dict[str, Any]] = {}
    for one in lines:
        found.setdefault((one["place"], one["what"], one["done"]), one)
    return list(found.values())

"""事项: one issue with everything that happened and was said, and what may be done with it."""

import mimetypes
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, Response

from bot.board.acts import BY_ID, REVIEWING, act, mark_of, may_review, offers_for
from bot.board.base import Acting, Board, BoardHere, NoSuchPage, Seen, back
from bot.board.forms import fields_of, fresh
from bot.board.story import timeline, told
from bot.board.viewer import Viewer
from bot.casework import wording
from bot.casework.work import Work
from bot.reports.summary import names_of
from bot.settings import WorkerEntry
from classifiers.taxonomy import CATEGORY_NAMES
from storage import issues, sittings
from storage.search import people_of, photo_of, seen_issue
from storage.tables import Issue

PHOTOS = frozenset({".jpg", ".jpeg", ".png", ".gif", ".webp"})

router = APIRouter()


@router.get("/issues/{number}")
async def show(number: int, board: BoardHere, viewer: Seen) -> Response:
    async with board.reading() as work:
        issue = await _find(work, viewer, number)
        words = await _words(work, viewer, issue, reveal=False)
    return await board.page(viewer, "issue.html", page="ledger", **words)


@router.post("/issues/{number}/people")
async def people(number: int, board: BoardHere, viewer: Acting) -> Response:
    """The page with names and full words, which is recorded."""
    async with board.writing() as work:
        issue = await _find(work, viewer, number)
        if not viewer.may_know_people(issue):
            raise NoSuchPage
        found = await people_of(work.session, issue.number)
        await sittings.note_access(
            work.session, work.now, viewer.worker.id, [*found], issue.number, "board"
        )
        words = await _words(work, viewer, issue, reveal=True)
    return await board.page(viewer, "issue.html", page="ledger", **words)


@router.post("/issues/{number}/{act_id}")
async def do(
    request: Request, number: int, act_id: str, board: BoardHere, viewer: Acting
) -> Response:
    offer = BY_ID.get(act_id)
    if offer is None:
        raise NoSuchPage
    form = await fields_of(request)
    async with board.writing() as work:
        try:
            said = await act(work, viewer, number, offer, form)
        except LookupError:
            raise NoSuchPage from None
        if said is not None:
            await sittings.note(work.session, viewer.sitting, said)
        stays = await seen_issue(work.session, viewer.scope, number) is not None
    ways = {"review": "/review", "today": "/"}
    return back(ways.get(form.get("from", ""), f"/issues/{number}" if stays else "/"))


@router.get("/photos/{report_id}")
async def photo(report_id: int, board: BoardHere, viewer: Seen) -> Response:
    """A photo that belongs to an issue which the viewer sees."""
    async with board.reading() as work:
        report = await photo_of(work.session, report_id)
        if report is None or not report.photo:
            raise NoSuchPage
        await _find(work, viewer, report.issue)
    file = _inside(board, report.photo)
    if file is None:
        raise NoSuchPage
    kind = mimetypes.guess_type(file.name)[0] or "image/jpeg"
    return FileResponse(file, media_type=kind, headers={"Cache-Control": "private, max-age=3600"})


def _inside(board: Board, name: str) -> Path | None:
    """The file of a photo, if it is one and lies in the bot's own folder.

    The folder may have been moved since: what counts is the place below `photos`.
    """
    folder = (board.house.settings.files / "photos").resolve()
    parts = Path(name).parts
    below = parts[len(parts) - parts[::-1].index("photos") :] if "photos" in parts else parts[-1:]
    file = folder.joinpath(*below).resolve()
    kept = file.is_relative_to(folder) and file.suffix.lower() in PHOTOS
    return file if kept and file.is_file() else None


async def _find(work: Work, viewer: Viewer, number: int) -> Issue:
    issue = await seen_issue(work.session, viewer.scope, number) if number < 2**31 else None
    if issue is None:
        raise NoSuchPage
    return issue


async def _words(work: Work, viewer: Viewer, issue: Issue, *, reveal: bool) -> dict[str, Any]:
    """Everything that the page shows."""
    names = await names_of(work, [issue.number])
    residents = await people_of(work.session, issue.number) if reveal else {}
    reports = await issues.reports_of(work.session, issue.number)
    count, households = await wording.counts(work, issue)
    return {
        "issue": issue,
        "place": wording.place(issue, estate=True, room=reveal),
        "community": work.roster.communities[issue.community_id].name,
        "told": told(
            reports, names,
            {id_: person.name for id_, person in residents.items()} if reveal else None,
        ),
        "revealed": reveal,
        "may_reveal": viewer.may_know_people(issue) and not reveal and bool(reports),
        "people": count,
        "households": households,
        "timeline": await timeline(work, issue, names),
        "helpers": await issues.helpers_of(work.session, issue.number),
        "offers": await offers_for(work, viewer, issue),
        "reviewing": REVIEWING if await may_review(work, viewer, issue) else (),
        "mark": mark_of(issue),
        "once": fresh(),
        "colleagues": colleagues(work, issue),
        "callable": _callable(work, issue),
        "categories": CATEGORY_NAMES,
        "source": work.room_of(issue.source_room_id),
    }  # fmt: skip


def colleagues(work: Work, issue: Issue) -> list[WorkerEntry]:
    """Who an issue can be passed to: everybody of its community but its holder."""
    roster = work.roster
    return [
        worker
        for worker in work.house.settings.workers
        if worker.id != issue.worker_id
        and worker.role != "street"
        and any(c.id == issue.community_id for c in roster.communities_of(worker.id))
    ]


def _callable(work: Work, issue: Issue) -> list[WorkerEntry]:
    """Who can be whistled for: departments first."""
    others = [w for w in work.house.settings.workers if w.id != issue.worker_id]
    return sorted(others, key=lambda worker: worker.role not in ("department", "street"))

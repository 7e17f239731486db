"""The way in and the way out: a link that works once, then a session of twelve hours; no passwords.

Opening a link shows a button, because messengers open links by themselves to preview them: only the
button uses the link up.
"""

import secrets
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import Response

from bot.board.base import Acting, Board, BoardHere, back
from bot.board.links import digest
from storage import sittings
from storage.tables import Sitting

SESSION = timedelta(hours=12)

router = APIRouter()


@router.get("/in/{token}")
async def knock(token: str, board: BoardHere) -> Response:
    """The door of a link."""
    async with board.reading() as work:
        works = await sittings.is_open(work.session, digest(token), work.now)
    if not works:
        return board.bare("used.html", 410)
    return board.bare("door.html", token=token)


@router.post("/in")
async def enter(board: BoardHere, token: Annotated[str, Form()] = "") -> Response:
    """Use a link up; a session begins."""
    async with board.writing() as work:
        worker_id = await sittings.take_way(work.session, digest(token), work.now)
        if worker_id is None or board.house.roster.worker(worker_id) is None:
            return board.bare("used.html", 410)
        cookie = secrets.token_urlsafe(32)
        await sittings.open_sitting(
            work.session,
            Sitting(
                token=digest(cookie), worker_id=worker_id, form_key=secrets.token_urlsafe(24),
                since=work.now, until=work.now + SESSION,
            ),
        )  # fmt: skip
    answer = back("/")
    _set(board, answer, cookie)
    return answer


def _set(board: Board, answer: Response, cookie: str) -> None:
    answer.set_cookie(
        board.cookie, cookie, max_age=int(SESSION.total_seconds()), path="/", httponly=True,
        secure=board.secure, samesite="lax",
    )  # fmt: skip


@router.post("/out")
async def leave(board: BoardHere, viewer: Acting) -> Response:
    """End the session, here and in the database."""
    async with board.writing() as work:
        await sittings.end_sitting(work.session, viewer.sitting)
    answer = board.bare("left.html")
    answer.delete_cookie(board.cookie, path="/", httponly=True, secure=board.secure, samesite="lax")
    return answer

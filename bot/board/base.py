"""What every page stands on: the board itself, who looks at it, and how a page is made."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Annotated, Any

from fastapi import Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from bot.board.links import digest
from bot.board.rendering import Pages
from bot.board.viewer import Viewer, viewer_for
from bot.casework.work import House, Work
from storage import sittings
from storage.database import Database

Explain = Callable[[str], list[tuple[str, float]]]
COOKIE = "geying"


class NotIn(Exception):
    """Nobody has come in, or their time is up: the way in is shown instead."""

    def __init__(self, *, expired: bool) -> None:
        super().__init__("not in")
        self.expired = expired


class NoSuchPage(Exception):
    """There is nothing here for whoever asks."""


class Forged(Exception):
    """A form that did not come from one of our pages."""


@dataclass(slots=True)
class Board:
    """The pages over one database. All times come from the house's clock."""

    house: House
    database: Database
    explain: Explain | None = None
    """The words that weighed most in the classifier's answer."""
    model: str = ""
    """Version of the classifier."""
    explained: dict[str, list[tuple[str, float]]] = field(default_factory=dict)
    pages: Pages = field(default_factory=Pages)

    @property
    def secure(self) -> bool:
        return self.house.settings.board.url.startswith("https://")

    @property
    def cookie(self) -> str:
        """The session's cookie; behind TLS no other host and no plain line can set it."""
        return f"__Host-{COOKIE}" if self.secure else COOKIE

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Work]:
        async with self.database.reading() as session:
            yield Work(session, self.house, self.house.clock.now())

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Work]:
        async with self.database.transaction() as session:
            yield Work(session, self.house, self.house.clock.now())

    async def page(self, viewer: Viewer, name: str, /, status: int = 200, **words: Any) -> Response:
        """A page for somebody, with what came of their last act, once."""
        if viewer.said is not None:
            async with self.writing() as work:
                await sittings.note(work.session, viewer.sitting, None)
        html = self.pages.render(name, self.house, viewer=viewer, **words)
        return HTMLResponse(html, status)

    def bare(self, name: str, /, status: int = 200, **words: Any) -> Response:
        """A page for nobody in particular."""
        return HTMLResponse(self.pages.render(name, self.house, viewer=None, **words), status)


def board_of(request: Request) -> Board:
    """The board that serves a request."""
    board: Board = request.app.state.board
    return board


BoardHere = Annotated[Board, Depends(board_of)]


async def viewer_of(request: Request, board: BoardHere) -> Viewer:
    """Whoever looks.

    Raises:
        NotIn: without a session that lasts, and for who is no longer in the roster.
    """
    cookie = request.cookies.get(board.cookie)
    if not cookie:
        raise NotIn(expired=False)
    token = digest(cookie)
    async with board.reading() as work:
        found = await sittings.sitting(work.session, token, work.now)
        been = found is None and await sittings.has_been(work.session, token)
    worker = board.house.roster.worker(found.worker_id) if found else None
    if found is None or worker is None:
        raise NotIn(expired=been)
    return viewer_for(
        board.house.roster, worker, sitting=token, form_key=found.form_key, said=found.said
    )


Seen = Annotated[Viewer, Depends(viewer_of)]


async def actor_of(
    request: Request, board: BoardHere, viewer: Seen, form_key: Annotated[str, Form()] = ""
) -> Viewer:
    """Whoever acts, by a form of our own.

    Raises:
        Forged: for a form of another site, or of another session.
    """
    site = request.headers.get("sec-fetch-site", "same-origin")
    if site not in ("same-origin", "none") or not _same(form_key, viewer.form_key):
        raise Forged
    return viewer


Acting = Annotated[Viewer, Depends(actor_of)]


def _same(given: str, wanted: str) -> bool:
    return compare_digest(given.encode(), wanted.encode())


def back(path: str) -> Response:
    """On to a page after a form, so that reloading it does nothing twice."""
    return RedirectResponse(path, status_code=303)

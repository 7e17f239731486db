"""Puts the board together: its pages, its headers, and what it says when something is not there."""

from collections.abc import Awaitable, Callable

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, Response
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException

from bot.board import (
    entrance,
    export,
    figures,
    grids,
    health,
    issue,
    ledger,
    review,
    running,
    today,
)
from bot.board.base import Board, Forged, NoSuchPage, NotIn
from bot.board.rendering import STATIC

log = structlog.get_logger()

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
YEAR = "public, max-age=31536000, immutable"


def create_app(board: Board) -> FastAPI:
    """The board as an application."""
    app = FastAPI(title="格应", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.board = board
    for room in (entrance, today, export, ledger, issue, review, grids, figures, running, health):
        app.include_router(room.router)

    @app.get(board.pages.style)
    async def style() -> Response:
        return FileResponse(
            STATIC / "board.css", media_type="text/css", headers={"Cache-Control": YEAR}
        )

    @app.get("/static/icon.svg")
    async def icon() -> Response:
        return FileResponse(STATIC / "icon.svg", headers={"Cache-Control": YEAR})

    @app.middleware("http")
    async def guard(
        request: Request, proceed: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        answer = await proceed(request)
        for name, value in HEADERS.items():
            answer.headers.setdefault(name, value)
        return answer

    _refusals(app, board)
    return app


def _refusals(app: FastAPI, board: Board) -> None:
    @app.exception_handler(NotIn)
    async def not_in(_: Request, problem: NotIn) -> Response:
        return board.bare("knock.html", 401, expired=problem.expired)

    @app.exception_handler(NoSuchPage)
    async def nothing(_: Request, __: NoSuchPage) -> Response:
        return board.bare("nothing.html", 404)

    @app.exception_handler(HTTPException)
    async def http(_: Request, problem: HTTPException) -> Response:
        if problem.status_code in (404, 405):
            return board.bare("nothing.html", problem.status_code)
        return board.bare("wrong.html", problem.status_code)

    @app.exception_handler(RequestValidationError)
    async def unread(_: Request, __: RequestValidationError) -> Response:
        return board.bare("nothing.html", 404)

    @app.exception_handler(Forged)
    async def forged(_: Request, __: Forged) -> Response:
        return board.bare("forged.html", 403)

    @app.exception_handler(SQLAlchemyError)
    async def database(_: Request, error: SQLAlchemyError) -> Response:
        log.error("a page could not be made", error=type(error).__name__)
        return board.bare("wrong.html", 503)

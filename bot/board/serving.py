"""Serves the board: inside `geying run`, or alone."""

import asyncio
import contextlib
from collections.abc import Iterator

import structlog
import uvicorn

from bot.app import speech_of, synchronise, understander_of
from bot.board.app import create_app
from bot.board.base import Board
from bot.casework.work import House
from bot.clock import SystemClock
from bot.settings import Settings
from storage.database import Database

log = structlog.get_logger()


class _Server(uvicorn.Server):
    """A server that leaves the signals to whoever runs it."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def board_over(house: House, database: Database, mind: object) -> Board:
    """The board of a house. With the classifier it can say why."""
    board = Board(house, database)
    classifier = getattr(mind, "classifier", None)
    if classifier is not None and hasattr(classifier, "explain"):
        board.explain, board.model = classifier.explain, classifier.version
    return board


def server_of(board: Board) -> uvicorn.Server:
    section = board.house.settings.board
    return _Server(
        uvicorn.Config(
            create_app(board), host=section.host, port=section.port, log_config=None,
            access_log=False, server_header=False, lifespan="off",
        )
    )  # fmt: skip


async def serve_beside(board: Board) -> None:
    """Serve the pages in a running bot; a port that is taken does not end the bot."""
    server = server_of(board)
    try:
        await server.serve()
    except asyncio.CancelledError:
        server.should_exit = True
        await server.shutdown()
        raise
    except SystemExit:
        log.error("the board is not served", listen=board.house.settings.board.listen)


async def serve_alone(settings: Settings) -> None:
    """`geying board`: the pages over the database of a configuration, until a signal."""
    mind, _ = understander_of(settings)
    database = Database(settings.bot.database)
    try:
        house = House(settings, SystemClock(), speech_of(settings))
        house.has_board = True
        house.know_rooms(await synchronise(database, settings))
        board = board_over(house, database, mind)
        section = settings.board
        config = uvicorn.Config(
            create_app(board), host=section.host, port=section.port, log_config=None,
            access_log=False, server_header=False, lifespan="off",
        )  # fmt: skip
        await uvicorn.Server(config).serve()
    finally:
        await database.close()

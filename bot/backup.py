"""`geying backup`, `geying restore`: the whole state in one file, from either database to either.

The archive holds a JSON-lines file for each table, the photos, and the version of the tables. It is
as private as the database: whoever has it can read what residents reported.
"""

import io
import json
import tarfile
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import Table, func, insert, select, text
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.settings import Settings
from storage.database import Database

ABOUT = "geying.json"
FILES = "files/"
CHUNK = 500
LARGEST_LINE = 4_000_000


class BackupProblem(Exception):
    """An archive cannot be made or used; the text is one sentence."""


def _tables() -> list[Table]:
    """Every table, those that others point at first."""
    return list(SQLModel.metadata.sorted_tables)


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return {"bytes": value.hex()}
    if isinstance(value, datetime):
        return {"moment": value.isoformat()}
    if isinstance(value, date):
        return {"day": value.isoformat()}
    return value


_READ = {"bytes": bytes.fromhex, "moment": datetime.fromisoformat, "day": date.fromisoformat}


def _stored(value: Any) -> Any:
    if isinstance(value, dict) and len(value) == 1:
        [(kind, written)] = value.items()
        if kind in _READ and isinstance(written, str):
            return _READ[kind](written)
    return value


async def backup(settings: Settings, database: Database, file: Path) -> int:
    """Write the whole state to a file; says how many rows it holds.

    The tables are read in one transaction, so that the copy is of one moment.
    """
    rows = 0
    partial = file.with_name(file.name + ".partial")
    with tarfile.open(partial, "w:gz") as archive:
        about = {"kind": "geying", "version": await database.version()}
        _add(archive, ABOUT, json.dumps(about).encode())
        async with database.reading() as session:
            for table in _tables():
                content, count = await _dump(session, table)
                _add(archive, f"tables/{table.name}.jsonl", content)
                rows += count
        for path in sorted(settings.files.rglob("*")):
            if path.is_file():
                archive.add(path, FILES + path.relative_to(settings.files).as_posix())
    partial.replace(file)
    return rows


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(content), 0o600
    archive.addfile(info, io.BytesIO(content))


async def _dump(session: AsyncSession, table: Table) -> tuple[bytes, int]:
    lines = []
    connection = await session.connection()
    keys = list(table.primary_key.columns)
    for row in (await connection.execute(select(table).order_by(*keys))).mappings():
        plain = {name: _plain(value) for name, value in row.items()}
        lines.append(json.dumps(plain, ensure_ascii=False))
    return "".join(line + "\n" for line in lines).encode(), len(lines)


async def restore(settings: Settings, database: Database, file: Path) -> int:
    """Bring an empty database and the files to what an archive holds; says how many rows.

    Raises:
        BackupProblem: for what is no archive of this project, or a database that holds something.
    """
    try:
        archive = tarfile.open(file, "r:gz")  # noqa: SIM115
    except (OSError, EOFError, tarfile.TarError) as error:
        raise BackupProblem(f"{file}: is not an archive of geying ({error})") from error
    with archive:
        _check(archive, file)
        await database.upgrade()
        async with database.transaction() as session:
            await _must_be_empty(session)
            rows = 0
            for table in _tables():
                rows += await _load(session, table, archive)
            await _set_sequences(session)
        _unpack(archive, settings.files)
    return rows


def _check(archive: tarfile.TarFile, file: Path) -> None:
    try:
        about = json.loads(_member(archive, ABOUT).read(LARGEST_LINE))
    except (KeyError, ValueError, tarfile.TarError, OSError, EOFError) as error:
        raise BackupProblem(f"{file}: is not an archive of geying") from error
    if about.get("kind") != "geying":
        raise BackupProblem(f"{file}: is not an archive of geying")


def _member(archive: tarfile.TarFile, name: str) -> BinaryIO:
    stream = archive.extractfile(name)
    if stream is None:
        raise KeyError(name)
    return stream  # type: ignore[return-value]


async def _must_be_empty(session: AsyncSession) -> None:
    connection = await session.connection()
    for table in _tables():
        if (await connection.execute(select(func.count()).select_from(table))).scalar_one():
            raise BackupProblem(f"the database is not empty ({table.name}); restore into a new one")


async def _load(session: AsyncSession, table: Table, archive: tarfile.TarFile) -> int:
    count = 0
    connection = await session.connection()
    for chunk in _chunks(archive, table):
        await connection.execute(insert(table), chunk)
        count += len(chunk)
    return count


def _chunks(archive: tarfile.TarFile, table: Table) -> Iterator[list[dict[str, Any]]]:
    try:
        stream = _member(archive, f"tables/{table.name}.jsonl")
    except KeyError:
        return
    chunk: list[dict[str, Any]] = []
    while line := stream.readline(LARGEST_LINE):
        row = json.loads(line)
        chunk.append({name: _stored(v) for name, v in row.items() if name in table.c})
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


async def _set_sequences(session: AsyncSession) -> None:
    """PostgreSQL counts on from the highest number that was loaded."""
    if session.get_bind().dialect.name != "postgresql":
        return
    connection = await session.connection()
    for table in _tables():
        column = table.c.get("id")
        if column is None or not isinstance(column.type.python_type(), int):
            continue
        highest = (await connection.execute(select(func.max(column)))).scalar_one()
        if highest:
            await connection.execute(
                text("SELECT setval(pg_get_serial_sequence(:name, 'id'), :highest)"),
                {"name": table.name, "highest": highest},
            )


def _unpack(archive: tarfile.TarFile, folder: Path) -> None:
    """The photos, each under the folder of files and nowhere else."""
    for member in archive.getmembers():
        if member.isfile() and member.name.startswith(FILES):
            member.name = member.name.removeprefix(FILES)
            try:
                archive.extract(member, folder, filter="data")
            except tarfile.FilterError as error:
                raise BackupProblem(f"the archive holds an unsafe file: {error}") from error

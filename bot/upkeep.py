"""What keeps a bot in order: `geying purge` and its daily run."""

import asyncio
import json
from datetime import datetime
from pathlib import Path

from sqlmodel import col, select

from bot.settings import Settings
from storage.database import Database
from storage.retention import Purged, purge
from storage.tables import Correction


async def purge_now(
    settings: Settings, database: Database, now: datetime, *, dry_run: bool
) -> Purged:
    """Delete what the retention rule no longer allows to keep, photos too."""
    async with database.transaction() as session:
        gone = await purge(session, now=now, days=settings.privacy.retention_days, dry_run=dry_run)
    if not dry_run:
        await asyncio.to_thread(_delete_files, gone.photos)
    return gone


def _delete_files(paths: list[str]) -> None:
    for path in paths:
        Path(path).unlink(missing_ok=True)


async def export_corrections(settings: Settings, database: Database) -> Path:
    """Write what people have put right as training rows (masked), a JSON object a line."""
    async with database.reading() as session:
        rows = (await session.exec(select(Correction).order_by(col(Correction.id)))).all()
    lines = [
        json.dumps(row.model_dump(include={"text", "kind", "category", "intent", "urgency"}),
                   ensure_ascii=False)
        for row in rows
        if row.source in ("confirm", "recategorise", "reject")
    ]  # fmt: skip
    path = settings.files / "corrections.jsonl"
    await asyncio.to_thread(_write_lines, path, lines)
    return path


def _write_lines(path: Path, lines: list[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")

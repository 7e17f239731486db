"""The whole state in one file, from either database to either."""

import io
import tarfile
from pathlib import Path

import pytest

from bot.app import clock_reached
from bot.backup import BackupProblem, backup, restore
from storage import issues
from storage.database import Database
from tests.days import Day, settings_from


async def rows_of(url: str) -> list[dict[str, object]]:
    store = Database(url)
    try:
        async with store.reading() as session:
            return await issues.snapshot_rows(session, None)
    finally:
        await store.close()


def test_a_day_is_the_same_after_backup_and_restore(day: Day, tmp_path: Path) -> None:
    import asyncio

    day.says("10:00", "liu", "8栋楼下的路灯坏了，麻烦修一下")
    day.direct("10:10", "li", "接单")
    day.play(until="11:00")
    settings = settings_from("").model_copy(update={"source": tmp_path / "config.toml"})
    photo = settings.files / "photos" / "2026-03" / "a.jpg"
    photo.parent.mkdir(parents=True)
    photo.write_bytes(b"photo")
    archive, other = tmp_path / "all.tar.gz", f"sqlite:///{tmp_path / 'other.db'}"

    async def there_and_back() -> None:
        store, empty = Database(day.url), Database(other)
        try:
            assert await backup(settings, store, archive) > 10
            photo.unlink()
            assert await restore(settings, empty, archive) > 10
            with pytest.raises(BackupProblem, match="not empty"):
                await restore(settings, empty, archive)
            assert await clock_reached(empty) == await clock_reached(store)
        finally:
            await store.close()
            await empty.close()

    asyncio.run(there_and_back())
    assert asyncio.run(rows_of(other)) == asyncio.run(rows_of(day.url))
    assert photo.read_bytes() == b"photo"
    day.url = other
    day.says("12:00", "zhang", "3栋门口的垃圾堆了好几天没人清运")
    assert [i["number"] for i in day.play(until="12:10").issues] == [1, 2]


async def test_restored_into_postgresql_numbers_go_on(
    database: Database, tmp_path: Path, mind: object
) -> None:
    day = Day(f"sqlite:///{tmp_path / 'first.db'}", tmp_path, mind)  # type: ignore[arg-type]
    day.says("10:00", "liu", "8栋楼下的路灯坏了，麻烦修一下")
    import asyncio

    await asyncio.to_thread(day.play, "11:00")
    settings = settings_from("").model_copy(update={"source": tmp_path / "config.toml"})
    first = Database(day.url)
    await backup(settings, first, tmp_path / "all.tar.gz")
    await first.close()
    await restore(settings, database, tmp_path / "all.tar.gz")
    async with database.transaction() as session:
        assert await issues.next_number(session) == 2


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\x1f\x8b"])
async def test_what_is_no_archive_is_one_sentence(
    database: Database, tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "bad.tar.gz"
    file.write_bytes(content)
    with pytest.raises(BackupProblem) as problem:
        await restore(settings_from(""), database, file)
    assert "\n" not in str(problem.value)


async def test_an_archive_cannot_write_outside_the_files(
    database: Database, tmp_path: Path
) -> None:
    file = tmp_path / "evil.tar.gz"
    with tarfile.open(file, "w:gz") as archive:
        for name, content in (
            ("geying.json", b'{"kind": "geying"}'), ("files/../../outside.txt", b"evil"),
        ):  # fmt: skip
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    settings = settings_from("").model_copy(update={"source": tmp_path / "in" / "config.toml"})
    with pytest.raises((BackupProblem, tarfile.TarError)):
        await restore(settings, database, file)
    assert not (tmp_path / "outside.txt").exists()

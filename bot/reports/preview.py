"""`geying digest`: what the digest of a day says, without saying it."""

from datetime import date
from pathlib import Path

from bot.app import clock_reached, speech_of, synchronise
from bot.casework.work import House, Work
from bot.clock import VirtualClock
from bot.reports import digest
from bot.settings import Settings
from storage.database import Database


async def preview(
    settings: Settings, store: Database, community: str, day: date, folder: Path | None
) -> str:
    """The digest of a day as of the system's own clock; written to `folder` where one is given."""
    reached = await clock_reached(store)
    start, end = _bounds(settings, day)
    clock = VirtualClock(min(reached, end) if reached else end)
    house = House(settings, clock, speech_of(settings))
    house.know_rooms(await synchronise(store, settings))
    async with store.reading() as session:
        text = await digest.daily_text(Work(session, house, clock.now()), community, day)
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{community}-{day}.txt").write_text(text + "\n", encoding="utf-8")
    return text


def _bounds(settings: Settings, day: date) -> tuple[object, object]:
    from datetime import datetime, time

    start = datetime.combine(day, time(0), tzinfo=settings.zone)
    return start, start + digest.DAY

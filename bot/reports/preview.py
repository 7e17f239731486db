"""`geying digest`: what a digest says, without saying it."""

import asyncio
from datetime import date, datetime, time
from pathlib import Path

from bot.app import clock_reached, speech_of, synchronise
from bot.casework.work import House, Work
from bot.clock import VirtualClock
from bot.reports import bulletin, digest, views
from bot.reports.digest import Digest
from bot.reports.picture import render, render_pdf
from bot.reports.summary import DAY, gather
from bot.settings import Settings
from storage.database import Database

SPANS = ("day", "week", "month", "street", "suspended", "chaos", "bulletin")


async def preview(
    settings: Settings,
    store: Database,
    community: str,
    day: date,
    folder: Path | None,
    span: str = "day",
) -> str:
    """A digest as of the system's own clock; text and picture are written to `folder` if given.

    Args:
        day: the day itself, the last day of the week, or any day of the month.
        span: one of `SPANS`.
    """
    reached = await clock_reached(store)
    end = datetime.combine(day, time(0), tzinfo=settings.zone) + DAY
    if span in ("month", "street", "suspended", "chaos"):
        end = max(end, reached or end)
    clock = VirtualClock(min(reached, end) if reached else end)
    house = House(settings, clock, speech_of(settings))
    house.know_rooms(await synchronise(store, settings))
    async with store.reading() as session:
        made = await _made(Work(session, house, clock.now()), community, day, span)
    if folder is not None:
        name = f"{community}-{day}" if span == "day" else f"{community}-{day}-{span}"
        await asyncio.to_thread(_write, made, folder, name, printed=span == "month")
    return made if isinstance(made, str) else made.text


async def _made(work: Work, community: str, day: date, span: str) -> Digest | str:
    street = work.roster.communities[community].street
    month = digest.month_window(work, day)
    match span:
        case "week":
            return await digest.weekly(work, community, day)
        case "month":
            return await digest.monthly(work, community, day)
        case "street":
            return await views.street_text(work, street, month, "month") or ""
        case "suspended" | "chaos":
            summary = await gather(work, [community], month, "month")
            if span == "chaos":
                return views.chaos_text(summary)
            return views.suspended_text(summary) or work.say("digest.none_suspended")
        case "bulletin":
            rooms = work.house.residents_rooms(community)
            texts = [await bulletin.bulletin_text(work, room, day) for room in rooms]
            return "\n\n".join(text for text in texts if text) or work.say("digest.no_bulletin")
        case _:
            return await digest.daily(work, community, day)


def _write(made: Digest | str, folder: Path, name: str, *, printed: bool) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    text = made if isinstance(made, str) else made.text
    (folder / f"{name}.txt").write_text(text + "\n", encoding="utf-8")
    if isinstance(made, Digest):
        render(made.page, folder / f"{name}.png")
        if printed:
            render_pdf(made.page, folder / f"{name}.pdf")

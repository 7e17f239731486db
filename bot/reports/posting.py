"""Puts digests and bulletins into the outbox: each once, whoever asks and however often."""

import asyncio
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import structlog
from sqlmodel import select

from bot.casework.work import Work
from bot.reports import bulletin, digest, views
from bot.reports.digest import Digest
from bot.reports.picture import DigestPage, find_fonts, render, render_pdf
from bot.reports.summary import INSTANT, gather
from storage import runs
from storage.tables import Community, Event, Room

log = structlog.get_logger(__name__)


async def post_daily(work: Work, community_id: str, day: date) -> None:
    """日报, to the work room and the secretary."""
    if await runs.claim_run(work.session, community_id, day.isoformat(), "daily", work.now):
        made = await digest.daily(work, community_id, day)
        await _post(work, community_id, made, f"daily:{day}", f"{community_id}-{day}")


async def post_weekly(work: Work, community_id: str, last_day: date) -> None:
    """周报 of the seven days that end with `last_day`."""
    window = digest.week_window(work, last_day)
    if not await _anything_before(work, community_id, window.end):
        return
    if await runs.claim_run(work.session, community_id, last_day.isoformat(), "weekly", work.now):
        made = await digest.weekly(work, community_id, last_day)
        file = f"{community_id}-{last_day}-week"
        await _post(work, community_id, made, f"weekly:{last_day}", file)


async def post_monthly(work: Work, community_id: str, month: date) -> None:
    """月报 of the month that a day lies in, with what is suspended and a page to sign."""
    window = digest.month_window(work, month)
    name = f"{month:%Y-%m}"
    if not await _anything_before(work, community_id, window.end):
        return
    if not await runs.claim_run(work.session, community_id, name, "monthly", work.now):
        return
    made = await digest.monthly(work, community_id, month)
    await _post(work, community_id, made, f"monthly:{name}", f"{community_id}-{name}")
    await _draw(work, made.page, f"{community_id}-{name}.pdf", render_pdf)
    summary = await gather(work, [community_id], window, "month")
    if text := views.suspended_text(summary):
        await post(work, community_id, text, f"suspended:{name}", None)


async def post_street(work: Work, street: str, last_day: date, *, month: bool) -> None:
    """The roll-up of a street, to its contact; nothing where it has none."""
    contact = next((s.contact for s in work.house.settings.streets if s.name == street), "")
    window = digest.month_window(work, last_day) if month else digest.week_window(work, last_day)
    name = f"{last_day:%Y-%m}" if month else last_day.isoformat()
    kind = "monthly" if month else "weekly"
    own = [c.id for c in work.house.settings.communities if c.street == street]
    if not contact or not any([await _anything_before(work, c, window.end) for c in own]):
        return
    if await runs.claim_run(work.session, f"street:{street}", name, kind, work.now):
        text = await views.street_text(work, street, window, "month" if month else "week")
        if text:
            key = f"digest:street:{street}:{kind}:{name}"
            await work.post("digest", text, key=key, contact=contact)


async def post_hourly(work: Work, community_id: str, due: datetime) -> None:
    """平急: a digest of the hour that ends now, where something has changed in it."""
    row = await work.session.get(Community, community_id)
    if row is None or not row.emergency or row.emergency_since is None:
        return
    start = max(due - timedelta(hours=1) + INSTANT, row.emergency_since)
    text = await digest.hourly_text(work, community_id, start, due + INSTANT)
    if text and await runs.claim_run(
        work.session, community_id, due.isoformat(), "hourly", work.now
    ):
        await post(work, community_id, text, f"hourly:{due.isoformat()}", None)


async def post_bulletin(work: Work, room: Room, day: date) -> None:
    """群公示, once a day at most; nothing where there is nothing to say."""
    if await runs.claim_run(work.session, f"room:{room.id}", day.isoformat(), "bulletin", work.now):
        text = await bulletin.bulletin_text(work, room, day)
        if text:
            await work.post("bulletin", text, key=f"bulletin:{room.id}:{day}", room=room)


async def _post(work: Work, community_id: str, made: Digest, key: str, file: str) -> None:
    picture = await _draw(work, made.page, f"{file}.png", render)
    await post(work, community_id, made.text, key, picture)


async def post(work: Work, community_id: str, text: str, key: str, picture: str | None) -> None:
    """A digest to the work room and, by direct message, to the secretary."""
    room = work.room_named(work.roster.work_room(community_id))
    name = f"digest:{community_id}:{key}"
    if room:
        await work.post("digest", text, key=f"{name}:room", room=room, image=picture)
    await work.post(
        "digest", text, key=f"{name}:secretary", image=picture, community_id=community_id,
        contact=work.roster.secretary_of(community_id).contact,
    )  # fmt: skip


async def _draw(
    work: Work, page: DigestPage, name: str, draw: Callable[[DigestPage, Path], Path | None]
) -> str | None:
    """Make the picture or the printed page; without one the text goes alone."""
    if find_fonts() is None:
        log.warning("digest without picture", reason="no Chinese font", mend="geying doctor")
        return None
    out = work.house.settings.files / "digests" / name
    try:
        made = await asyncio.to_thread(draw, page, out)
    except OSError as error:
        log.warning("digest without picture", reason=error.strerror, file=str(out))
        return None
    return str(made) if made else None


async def _anything_before(work: Work, community_id: str, end: datetime) -> bool:
    """Whether a community had any issue yet: a week before the first one needs no digest."""
    query = select(Event.id).where(Event.community_id == community_id, Event.at < end).limit(1)
    return (await work.session.exec(query)).first() is not None

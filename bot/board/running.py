"""运行: whether the bot hears and speaks, what waits, what is stuck, what it may still say."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from fastapi import APIRouter
from fastapi.responses import Response
from sqlmodel import col, select

from bot.board.base import Acting, BoardHere, NoSuchPage, Seen, back
from bot.board.story import KINDS
from bot.board.viewer import Viewer
from bot.casework.work import Work
from bot.reports.summary import names_of
from classifiers.privacy import mask
from storage import outgoing, queues, runs, sittings
from storage.tables import Issue, Outgoing

GAPS_SINCE = timedelta(days=7)
ALIVE = timedelta(minutes=2)
SHOWN = 50
DIGESTS = {"daily": "日报", "weekly": "周报", "monthly": "月报", "hourly": "平急快报"}

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Stuck:
    """A message that could not be said."""

    row: Outgoing
    kind: str
    to: str
    words: str


@router.get("/running")
async def running(board: BoardHere, viewer: Seen) -> Response:
    if not viewer.oversees:
        raise NoSuchPage
    async with board.reading() as work:
        session, now = work.session, work.now
        clock = await runs.mark(session, queues.CLOCK)
        beat = clock.moment if clock else None
        own = [c.id for c in viewer.communities]
        return await board.page(
            viewer,
            "running.html",
            page="running",
            beat=beat,
            alive=beat is not None and now - beat < ALIVE,
            channels=await queues.channels(session),
            gaps=await runs.gaps(session, now - GAPS_SINCE, now),
            lengths=await queues.lengths(session, now),
            stuck=[await _stuck(work, row) for row in await _rows(work, viewer)],
            digests=[
                (work.roster.communities[id_].name, DIGESTS[kind], at)
                for id_, kind, at in await queues.last_runs(session, own, list(DIGESTS))
            ],
            model=board.model,
            budget=await _budget(work, now),
        )


async def _rows(work: Work, viewer: Viewer) -> Sequence[Outgoing]:
    """Stuck messages of the viewer's communities: by their issue, or by their room."""
    own = {c.id for c in viewer.communities}
    rooms = [r.id for r in work.house.rooms.values() if r.community_id in own]
    mine = select(Issue.number).where(col(Issue.community_id).in_(own))
    query = (
        select(Outgoing)
        .where(
            Outgoing.state == "stuck",
            col(Outgoing.issue).in_(mine) | col(Outgoing.room_id).in_(rooms),
        )
        .order_by(col(Outgoing.id).desc())
        .limit(SHOWN)
    )
    return (await work.session.exec(query)).all()


async def _stuck(work: Work, row: Outgoing) -> Stuck:
    room = work.room_of(row.room_id)
    worker = work.roster.by_contact.get(row.contact or "")
    names = await names_of(work, [row.issue]) if row.issue else ()
    to = room.topic if room else worker.name if worker else "居民"
    text = mask(row.text, rooms=True, names=names)
    return Stuck(row, KINDS.get(row.kind, row.kind), to, text)


async def _budget(work: Work, now: datetime) -> list[tuple[str, int, int]]:
    """What was said in the last minute, hour and day, and what may be."""
    sending = work.house.settings.sending
    spans = (
        ("每分钟", timedelta(minutes=1), sending.per_minute),
        ("每小时", timedelta(hours=1), sending.per_hour),
        ("每天", timedelta(days=1), sending.per_day),
    )
    return [
        (name, await outgoing.sent_since(work.session, now - span), limit)
        for name, span, limit in spans
    ]


@router.post("/running/{row_id}/{what}")
async def decide(row_id: int, what: str, board: BoardHere, viewer: Acting) -> Response:
    """重发 or 放弃; a second click finds the message no longer stuck."""
    if what not in ("again", "drop") or not viewer.oversees:
        raise NoSuchPage
    async with board.writing() as work:
        row = next((row for row in await _rows(work, viewer) if row.id == row_id), None)
        if row is not None:
            queues.retry(row, work.now) if what == "again" else queues.give_up(row)
            work.session.add(row)
            said = "排上队了，马上再发一次。" if what == "again" else "这条不发了。"
            await sittings.note(work.session, viewer.sitting, said)
    return back("/running")

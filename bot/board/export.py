"""台账 as Excel, with the same filter as the page that it was asked from."""

import asyncio
import tempfile
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import Response

from bot.board.base import BoardHere, Seen
from bot.board.forms import Filter
from bot.reports.ledger import write_xlsx
from bot.reports.workbook import Extras, extras_for
from storage.search import last_rows, ledger_page

MOST = 20_000
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

router = APIRouter()


@router.get("/issues/export.xlsx")
async def export(request: Request, board: BoardHere, viewer: Seen) -> Response:
    """The workbook; its figures stand beside it where whole communities of a time are asked for."""
    settings, chosen = board.house.settings, Filter.read(request.query_params)
    wanted = chosen.wanted(settings.zone)
    async with board.reading() as work:
        found, more = await ledger_page(
            work.session, viewer.scope, wanted, order=chosen.order, limit=MOST
        )
        if more:
            return await board.page(viewer, "too_many.html", 413, page="ledger", most=MOST)
        rows = await last_rows(work.session, [issue.number for issue in found])
        end = wanted.until or work.now
        end = min(end, work.now + timedelta(seconds=1))
        whole = viewer.oversees and chosen.only_time
        communities = [c.id for c in viewer.communities] or None
        extras = await extras_for(
            work.session, settings, rows, start=wanted.since, end=end, communities=communities
        )
    if not whole:
        extras = Extras(followed_up=extras.followed_up, photos=extras.photos, rule=extras.rule)
    name = f"台账-{work.now.astimezone(settings.zone):%Y%m%d-%H%M}.xlsx"
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "ledger.xlsx"
        await asyncio.to_thread(write_xlsx, rows, settings, file, extras)
        content = file.read_bytes()
    return Response(
        content,
        media_type=TYPE,
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"},
    )

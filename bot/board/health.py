"""/healthz, /readyz and /metrics: for what watches the bot. Numbers alone, nothing of anybody."""

import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from sqlalchemy.exc import SQLAlchemyError

from bot.board.base import Board, BoardHere, NoSuchPage
from bot.rules import LOOPBACK
from storage import issues, outgoing, queues, runs

ALIVE = timedelta(minutes=2)
SPANS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}

router = APIRouter()


@router.get("/healthz")
async def healthz() -> Response:
    """The process answers."""
    return PlainTextResponse("ok\n")


@router.get("/readyz")
async def readyz(board: BoardHere) -> Response:
    """The database answers too, and has tables of this version."""
    try:
        async with board.reading() as work:
            await issues.ping(work.session)
            await runs.mark(work.session, queues.CLOCK)
    except SQLAlchemyError:
        return PlainTextResponse("the database does not answer\n", 503)
    return PlainTextResponse("ready\n")


@router.get("/metrics")
async def metrics(request: Request, board: BoardHere) -> Response:
    """Prometheus' text format; for this machine, or with the configured bearer token."""
    if not _may_measure(request, board):
        raise NoSuchPage
    registry = CollectorRegistry()
    async with board.reading() as work:
        session, now = work.session, work.now
        clock = await runs.mark(session, queues.CLOCK)
        _queues(registry, await queues.lengths(session, now), clock.moment if clock else None, now)
        states = _gauge(registry, "issues", "Issues by community and state.", "community", "status")
        for community, status, count in await queues.by_status(session):
            states.labels(community, status).set(count)
        said = _gauge(registry, "said_last_day", "Messages of the last 24 hours.", "kind")
        for kind, count in await queues.sent_by_kind(session, now):
            said.labels(kind).set(count)
        up = _gauge(registry, "channel_connected", "1 while a gateway is connected.", "account")
        for mark in await queues.channels(session):
            up.labels(mark.name.removeprefix(queues.CHANNEL)).set(mark.number)
        left = _gauge(registry, "send_budget_left", "Messages that may still be said.", "span")
        for name, span in SPANS.items():
            limit = getattr(board.house.settings.sending, f"per_{name}")
            left.labels(name).set(limit - await outgoing.sent_since(session, now - span))
    model = _gauge(registry, "model_info", "The classifier's version.", "version")
    model.labels(board.model or "none").set(1)
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


def _gauge(registry: CollectorRegistry, name: str, says: str, *labels: str) -> Gauge:
    return Gauge(f"geying_{name}", says, labels, registry=registry)


def _queues(
    registry: CollectorRegistry, found: queues.Lengths, beat: datetime | None, now: datetime
) -> None:
    numbers: Iterator[tuple[str, str, Any]] = iter(
        (
            ("undecided_messages", "Messages heard and not decided about.", found.undecided),
            ("outbox_due", "Messages that may be said now.", found.to_say),
            ("outbox_held", "Messages that wait for their time.", found.held),
            ("outbox_stuck", "Messages that could not be said.", found.stuck),
            ("outbox_oldest_seconds", "How long the oldest message waits.", found.oldest),
            ("timers_due", "Timers past their time.", found.timers),
            (
                "heartbeat_age_seconds",
                "How long ago the bot last said that it lives.",
                (now - beat).total_seconds() if beat else float("inf"),
            ),
        )
    )
    for name, says, value in numbers:
        _gauge(registry, name, says).set(value)


def _may_measure(request: Request, board: Board) -> bool:
    name = board.house.settings.board.metrics_token.removeprefix("env:")
    if name:
        token = os.environ.get(name, "")
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        return bool(token) and compare_digest(given.encode(), token.encode())
    forwarded = "x-forwarded-for" in request.headers or "forwarded" in request.headers
    here = request.client is not None and request.client.host in LOOPBACK
    return here and not forwarded

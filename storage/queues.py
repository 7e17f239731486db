"""What waits, what is stuck, and how the connections are: for the operator's eyes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.tables import Heard, Issue, Mark, Outgoing, Run, Timer

CLOCK = "clock"
CHANNEL = "channel:"


@dataclass(frozen=True, slots=True)
class Lengths:
    """How much waits."""

    undecided: int
    """Messages that were written down and not decided about."""
    to_say: int
    """Messages that may be said now."""
    held: int
    """Messages that wait for their time."""
    stuck: int
    timers: int
    """Timers that are past their time."""
    oldest: float
    """Seconds for which the oldest message has waited beyond its time."""


async def lengths(session: AsyncSession, now: datetime) -> Lengths:
    async def count(query: object) -> int:
        return int((await session.exec(query)).one())  # type: ignore[call-overload]

    waiting = select(func.count()).select_from(Outgoing).where(Outgoing.state == "waiting")
    first = (
        await session.exec(select(func.min(Outgoing.not_before)).where(Outgoing.state == "waiting"))
    ).first()
    return Lengths(
        undecided=await count(select(func.count()).select_from(Heard).where(Heard.state == "new")),
        to_say=await count(waiting.where(Outgoing.not_before <= now)),
        held=await count(waiting.where(Outgoing.not_before > now)),
        stuck=await count(
            select(func.count()).select_from(Outgoing).where(Outgoing.state == "stuck")
        ),
        timers=await count(select(func.count()).select_from(Timer).where(Timer.at <= now)),
        oldest=max((now - first).total_seconds(), 0.0) if first else 0.0,
    )


async def note_channel(
    session: AsyncSession,
    account: str,
    *,
    connected: bool,
    since: datetime | None,
    error: str | None,
) -> None:
    """Note how a connection is, for processes that do not hold it."""
    name = f"{CHANNEL}{account}"
    mark = await session.get(Mark, name) or Mark(name=name)
    values = (int(connected), since, error)
    if (mark.number, mark.moment, mark.text) != values:
        mark.number, mark.moment, mark.text = values
        session.add(mark)
        await session.flush()


async def channels(session: AsyncSession) -> Sequence[Mark]:
    """Every connection: `number` 1 while connected, `moment` since when, `text` the last error."""
    query = select(Mark).where(col(Mark.name).startswith(CHANNEL)).order_by(Mark.name)
    return (await session.exec(query)).all()


async def last_runs(
    session: AsyncSession, scopes: Sequence[str], kinds: Sequence[str]
) -> Sequence[tuple[str, str, datetime]]:
    """Scope, kind and time of the last periodic act of each."""
    query = (
        select(Run.scope, Run.kind, func.max(Run.at))
        .where(col(Run.scope).in_(scopes), col(Run.kind).in_(kinds))
        .group_by(col(Run.scope), col(Run.kind))
        .order_by(col(Run.scope), col(Run.kind))
    )
    return [(scope, kind, at) for scope, kind, at in (await session.exec(query)).all()]


def retry(row: Outgoing, now: datetime) -> None:
    """重发: from the start, as if it had never been tried."""
    row.state, row.attempts, row.error = "waiting", 0, None
    row.not_before, row.leased_by, row.leased_until = now, None, None


def give_up(row: Outgoing) -> None:
    """放弃: it is never said."""
    row.state = "dropped"


async def by_status(session: AsyncSession) -> Sequence[tuple[str, str, int]]:
    """How many issues each community has in each state."""
    query = select(Issue.community_id, Issue.status, func.count()).group_by(
        col(Issue.community_id), col(Issue.status)
    )
    return [(c, s, n) for c, s, n in (await session.exec(query)).all()]


async def sent_by_kind(
    session: AsyncSession, now: datetime, span: timedelta = timedelta(days=1)
) -> Sequence[tuple[str, int]]:
    """How many messages of each kind were said lately."""
    query = (
        select(Outgoing.kind, func.count())
        .where(Outgoing.state == "sent", Outgoing.sent_at >= now - span)  # type: ignore[operator]
        .group_by(col(Outgoing.kind))
    )
    return [(kind, n) for kind, n in (await session.exec(query)).all()]

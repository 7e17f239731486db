"""Where a status changes: one table (`transitions`), one function (`Desk.apply`), nothing else."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.casework.transitions import (
    SPLIT_SOURCES,
    STATUS_NAMES,
    Act,
    Part,
    Status,
    Transition,
    find,
    split_from,
)
from bot.casework.work import Work
from storage import issues
from storage.tables import Event, Issue, Report


class Refused(Exception):
    """An act that is not possible; the text is the helpful line for whoever asked for it."""


class ImpossibleAct(Exception):
    """The table has no such transition: a caller did not ask `can` first."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, and in which part."""

    id: str
    part: Part


BOT = Actor("bot", Part.BOT)
CLOCK = Actor("clock", Part.CLOCK)
REPORTER = Actor("resident", Part.REPORTER)


def can(issue: Issue, act: Act) -> bool:
    """Whether an act is possible in the issue's present state, whoever does it."""
    if act is Act.SPLIT:
        return issue.status in SPLIT_SOURCES
    return find(act, Status(issue.status)) is not None


def _row_for(issue: Issue, act: Act, actor: Actor, reason: str | None) -> Transition:
    status = Status(issue.status)
    if act is Act.SPLIT and status in SPLIT_SOURCES:
        return split_from(issue.status_before)
    row = find(act, status)
    if row is None:
        raise ImpossibleAct(f"{act} is not possible for a {status} issue")
    if actor.part not in row.who:
        raise ImpossibleAct(f"{act} is not for {actor.part}")
    if row.needs_reason and not (reason or "").strip():
        raise ImpossibleAct(f"{act} needs a reason")
    return row


async def apply(
    work: Work,
    issue: Issue,
    act: Act,
    actor: Actor,
    *,
    reason: str | None = None,
    data: dict[str, Any] | None = None,
    **changes: Any,
) -> Event:
    """Carry out one act: the issue's row, its status and its event, in the running transaction.

    Args:
        changes: columns of the issue that change with the act.

    Raises:
        ImpossibleAct: when the table does not have it.
    """
    row = _row_for(issue, act, actor, reason)
    before = issue.status
    for column, value in changes.items():
        setattr(issue, column, value)
    if row.target is not None:
        issue.status = row.target
    work.session.add(issue)
    work.touched.add(issue.number)
    await work.session.flush()
    return await record(work, issue, act, actor.id, source=before, reason=reason, data=data)


async def record(
    work: Work,
    issue: Issue,
    act: Act,
    actor: str,
    *,
    source: str | None,
    reason: str | None = None,
    data: dict[str, Any] | None = None,
) -> Event:
    """Write the event of an act, with the issue's ledger row as it is now."""
    event = Event(
        issue=issue.number,
        community_id=issue.community_id,
        at=work.now,
        act=act,
        actor=actor,
        source=source,
        target=issue.status,
        reason=reason,
        data=data or {},
        state=await ledger_row(work, issue),
    )
    work.session.add(event)
    await work.session.flush()
    return event


async def refresh(work: Work, issue: Issue) -> None:
    """Let the event of this moment show what has changed on the issue since it was written."""
    await work.session.flush()
    event = await issues.last_of(work.session, issue.number)
    if event is not None:
        event.state = await ledger_row(work, issue)
        work.session.add(event)
        await work.session.flush()


async def settle(work: Work) -> None:
    """Before a transaction ends: whatever has changed on an issue stands in an event."""
    for number in sorted(work.touched):
        issue = await issues.get(work.session, number)
        event = await issues.last_of(work.session, number)
        if issue is None or event is None or event.state == await ledger_row(work, issue):
            continue
        if event.at == work.now:
            await refresh(work, issue)
        else:
            await record(work, issue, Act.NOTE, BOT.id, source=issue.status)
    work.touched.clear()


def status_name(issue: Issue) -> str:
    """The state as people call it."""
    return STATUS_NAMES[Status(issue.status)]


async def ledger_row(work: Work, issue: Issue) -> dict[str, Any]:
    """The issue as the ledger shows it: the contract's keys, times in the bot's time zone."""
    zone = work.house.settings.zone

    def iso(moment: datetime | None) -> str | None:
        return moment.astimezone(zone).isoformat(timespec="seconds") if moment else None

    reports = await issues.reports_of(work.session, issue.number)
    counted = [r for r in reports if r.role in issues.COUNTED_ROLES]
    source = work.room_of(issue.source_room_id)
    return {
        "number": issue.number,
        "community": issue.community_id,
        "grid": issue.grid_id,
        "estate": issue.estate,
        "building": issue.building,
        "unit": issue.unit,
        "room": issue.room,
        "category": issue.category,
        "intent": issue.intent,
        "urgency": issue.urgency,
        "status": issue.status,
        "worker": issue.worker_id,
        "source": source.topic if source else None,
        "summary": issue.summary,
        "reports": len(counted),
        "reporters": len({r.reporter_key for r in counted}),
        "messages": _platform_ids(list(reports)),
        "created_at": iso(issue.created_at),
        "dispatched_at": iso(issue.dispatched_at),
        "accepted_at": iso(issue.accepted_at),
        "handled_at": iso(issue.handled_at),
        "closed_at": iso(issue.closed_at),
        "due_at": iso(issue.due_at),
        "overdue": issue.overdue,
        "escalation": issue.escalation,
        "rework": issue.rework,
        "rating": issue.rating,
        "merged_into": issue.merged_into,
        "landmark": issue.landmark,
        "matter": issue.matter,
        "households": len({r.household for r in counted if r.household}),
        "result": issue.result,
        "reason": issue.reason,
        "plan_date": issue.plan_date.isoformat() if issue.plan_date else None,
        "extensions": issue.extensions,
        "earlier": issue.earlier,
    }


def _platform_ids(reports: list[Report]) -> list[str]:
    return list(dict.fromkeys(r.platform_id for r in reports if r.platform_id))

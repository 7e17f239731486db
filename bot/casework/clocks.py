"""The timers of an issue: set with what sets them going, taken back with what stops them."""

from datetime import datetime, timedelta

from bot.casework.work import Work
from storage import issues
from storage.tables import Issue

REMIND_AT = 0.8
RESOLVE_TIMERS = ("remind", "overdue", "street")


async def start_resolve(work: Work, issue: Issue, start: datetime) -> None:
    """Start the resolve clock of an issue anew from a moment."""
    issue.clock_from = start
    issue.due_at = work.house.deadlines.resolve_by(issue.urgency, start)
    await set_resolve(work, issue, fresh=True)


async def set_resolve(work: Work, issue: Issue, *, fresh: bool = False) -> None:
    """Set the timers that follow from `due_at`; `fresh` where the clock's length has changed."""
    deadlines = work.house.deadlines
    await issues.drop_timers(work.session, issue.number, *RESOLVE_TIMERS)
    if fresh:
        length = deadlines.measure(issue.urgency, issue.clock_from, issue.due_at)
        issue.clock_seconds = int(length.total_seconds())
    left = deadlines.measure(issue.urgency, work.now, issue.due_at)
    before_due = timedelta(seconds=issue.clock_seconds * (1 - REMIND_AT))
    if left > before_due:
        share = 1 - before_due / left
        remind = deadlines.part(issue.urgency, work.now, issue.due_at, share)
        to_the_second = (remind + timedelta(milliseconds=500)).replace(microsecond=0)
        await issues.set_timer(work.session, issue.number, "remind", to_the_second)
    if issue.due_at > work.now or not issue.overdue:
        await issues.set_timer(work.session, issue.number, "overdue", max(issue.due_at, work.now))
    else:
        street = deadlines.resolve_by(issue.urgency, issue.due_at)
        await issues.set_timer(work.session, issue.number, "street", max(street, work.now))
    work.session.add(issue)


async def stop_all(work: Work, issue: Issue) -> None:
    """Take back every timer of an issue."""
    await issues.drop_timers(work.session, issue.number)


async def pause(work: Work, issue: Issue) -> None:
    """Stop the clocks: 待补充 and 挂账."""
    if issue.paused_at is None:
        issue.paused_at = work.now
    await issues.drop_timers(work.session, issue.number, "accept", *RESOLVE_TIMERS)


async def resume(work: Work, issue: Issue) -> None:
    """Let the clocks go on: the deadline moves by as long as they stood."""
    if issue.paused_at is not None:
        issue.due_at = work.house.deadlines.after_pause(
            issue.urgency, issue.due_at, issue.paused_at, work.now
        )
        issue.paused_at = None
    await set_resolve(work, issue)


async def set_accept(work: Work, issue: Issue) -> None:
    """Start the accept clock from now: the dispatch has gone out."""
    emergency = await work.emergency(issue.community_id)
    due = work.house.deadlines.accept_by(issue.urgency, work.now, emergency=emergency)
    await issues.set_timer(work.session, issue.number, "accept", due)


async def reset_accept(work: Work, issue: Issue) -> None:
    """Let a running accept clock follow 平急: counted anew from its dispatch, never backwards."""
    if issue.dispatched_at is None:
        return
    if await issues.timer_at(work.session, issue.number, "accept") is None:
        return
    emergency = await work.emergency(issue.community_id)
    due = work.house.deadlines.accept_by(issue.urgency, issue.dispatched_at, emergency=emergency)
    await issues.set_timer(work.session, issue.number, "accept", max(due, work.now))

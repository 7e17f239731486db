"""What moves or stops an issue's clock: 延期, 挂账, 恢复, 补充."""

from datetime import date, datetime

from bot.casework import clocks, desk, dispatching, wording
from bot.casework.desk import Actor
from bot.casework.handling import answered
from bot.casework.transitions import Act
from bot.casework.work import Work
from bot.durations import Span
from bot.speech import shorten
from storage import issues, outgoing, runs
from storage.tables import Issue, Resident


async def extend(work: Work, issue: Issue, actor: Actor, span: Span, reason: str) -> None:
    """延期: moves the deadline at once; the secretary is told and may undo it."""
    before = issue.due_at
    issue.due_at = work.house.deadlines.extend(issue.urgency, max(before, work.now), span)
    await clocks.set_resolve(work, issue, fresh=True)
    event = await desk.apply(
        work,
        issue,
        Act.EXTEND,
        actor,
        reason=reason,
        data={"from": before.isoformat()},
        extensions=issue.extensions + 1,
    )
    await _tell_of(work, issue, actor, "secretary.extended", event.id, reason=reason)


async def before_extension(work: Work, issue: Issue) -> str | None:
    """The deadline before the last extension; None where there is none that still holds."""
    last = await issues.last_of(work.session, issue.number, Act.EXTEND, Act.RETRACT)
    return str(last.data["from"]) if last is not None and last.act == Act.EXTEND else None


async def retract(work: Work, issue: Issue, actor: Actor, before: str) -> None:
    """恢复 by the secretary: an extension is undone. It has been used up all the same."""
    issue.due_at = datetime.fromisoformat(before)
    await clocks.set_resolve(work, issue, fresh=True)
    event = await desk.apply(work, issue, Act.RETRACT, actor)
    if issue.worker_id and issue.worker_id != actor.id:
        sentence = work.say(
            "worker.retracted",
            number=issue.number,
            matter=wording.matter(issue),
            place=wording.place(issue),
            due=work.when(issue.due_at),
        )
        await dispatching.tell(work, issue, issue.worker_id, sentence, f"retracted:{event.id}")


async def suspend(
    work: Work, issue: Issue, actor: Actor, reason: str, plan_date: date | None
) -> None:
    """挂账: the clocks stand, with a reason and a planned date; the secretary is told."""
    if plan_date is None:
        days = work.house.settings.deadlines.suspend_for.wall
        plan_date = (work.now.astimezone(work.house.settings.zone) + days).date()
    before = issue.status
    issue.reason = reason
    await clocks.pause(work, issue)
    await issues.drop_timers(
        work.session, issue.number, "ask", "settle", "dispatch", "unreached", "review"
    )
    await outgoing.withdraw(work.session, issue.number, "dispatch", "remind", "escalate")
    await runs.settle(work.session, kind="wait", issue=issue.number)
    event = await desk.apply(
        work,
        issue,
        Act.SUSPEND,
        actor,
        reason=reason,
        data={"plan_date": plan_date.isoformat()},
        plan_date=plan_date,
        status_before=before,
        dispatched_at=issue.dispatched_at or work.now,
    )
    await _tell_of(work, issue, actor, "secretary.suspended", event.id, reason=reason)


async def _tell_of(
    work: Work, issue: Issue, actor: Actor, key: str, event_id: int | None, *, reason: str
) -> None:
    if work.roster.is_secretary(actor.id, issue.community_id):
        return
    plan = f"{issue.plan_date.month}月{issue.plan_date.day}日" if issue.plan_date else ""
    sentence = work.say(
        key,
        number=issue.number,
        place=wording.place(issue, estate=True),
        matter=wording.matter(issue),
        who=work.roster.worker_name(actor.id),
        reason=shorten(reason, 60),
        due=work.when(issue.due_at),
        plan=plan,
    )
    await dispatching.tell_secretary(work, issue, sentence, f"{key}:{event_id}")


async def resume(work: Work, issue: Issue, actor: Actor) -> None:
    """恢复: out of 挂账 or 待补充, the clocks go on."""
    event = await desk.apply(
        work,
        issue,
        Act.RESUME,
        actor,
        plan_date=None,
        reason=None,
        accepted_at=issue.accepted_at or work.now,
    )
    await answered(work, issue)
    if issue.worker_id and issue.worker_id != actor.id:
        sentence = work.say(
            "worker.resumed",
            number=issue.number,
            matter=wording.matter(issue),
            place=wording.place(issue),
            due=work.when(issue.due_at),
        )
        await dispatching.tell(work, issue, issue.worker_id, sentence, f"resumed:{event.id}")


async def ask_reporter(work: Work, issue: Issue, actor: Actor, question: str) -> bool:
    """补充: ask the reporter; the clock stands until they answer. False: nobody can be asked."""
    resident = await work.session.get(Resident, issue.reporter_id) if issue.reporter_id else None
    if resident is None or resident.opted_out:
        return False
    await clocks.pause(work, issue)
    await issues.drop_timers(work.session, issue.number, "ask", "settle", "dispatch")
    event = await desk.apply(
        work,
        issue,
        Act.ASK,
        actor,
        data={"question": question},
        waits=issue.waits + 1,
        asked=[issue.worker_id] if issue.worker_id else [],
        accepted_at=issue.accepted_at or work.now,
        dispatched_at=issue.dispatched_at or work.now,
    )
    until = work.now + work.house.settings.deadlines.wait_at_most.wall
    await issues.set_timer(work.session, issue.number, "unreached", until)
    room = work.room_of(issue.source_room_id)
    await runs.ask(
        work.session,
        contact=resident.contact,
        kind="wait",
        issue=issue.number,
        at=await work.held_until(
            "ask", issue.urgency, to_room=room is not None, community_id=issue.community_id
        ),
        until=until,
        room_id=issue.source_room_id,
    )
    text = work.say(
        "resident.question",
        name=resident.name,
        number=issue.number,
        matter=wording.matter(issue),
        question=shorten(question, 80),
        sensitive=wording.is_sensitive(issue) and room is not None,
        in_room=room is not None,
    )
    await work.post(
        "ask",
        text,
        key=f"question:{event.id}",
        room=room,
        contact=resident.contact,
        mentions=[resident.contact] if room else [],
        issue=issue,
    )
    return True

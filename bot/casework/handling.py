"""What holders do to an issue: accept, handle, return, transfer, extend, suspend, resume, ask."""

from datetime import date, datetime, timedelta

from bot.casework import clocks, desk, dispatching, routing, wording
from bot.casework.desk import CLOCK, Actor
from bot.casework.opening import contact_of
from bot.casework.transitions import Act, Status
from bot.casework.work import Work
from bot.durations import Span
from bot.speech import shorten
from classifiers.privacy import mask
from storage import issues, outgoing, runs
from storage.tables import Issue, Resident, Room


async def accept(work: Work, issue: Issue, actor: Actor, worker_id: str) -> None:
    """接单: an exclusive claim. Whoever else was asked is told by the ledger, not by a message."""
    await issues.drop_timers(work.session, issue.number, "accept", "dispatch", "ask", "settle")
    await outgoing.withdraw(work.session, issue.number, "dispatch")
    await desk.apply(
        work, issue, Act.ACCEPT, actor,
        worker_id=worker_id, accepted_at=work.now,
        dispatched_at=issue.dispatched_at or work.now, asked=[worker_id],
    )  # fmt: skip


async def handle(work: Work, issue: Issue, actor: Actor, worker_id: str, result: str) -> None:
    """办结: the result goes to where it was raised, the follow-up is set, the clocks stop."""
    event_changes = {
        "worker_id": worker_id,
        "accepted_at": issue.accepted_at or work.now,
        "dispatched_at": issue.dispatched_at or work.now,
        "handled_at": work.now,
        "result": result or None,
        "probably_solved": False,
        "paused_at": None,
        "overdue": issue.overdue or work.now > issue.due_at,
    }
    if issue.accepted_at is None:
        await _count_as_accepted(work, issue, actor, worker_id)
    await clocks.stop_all(work, issue)
    await outgoing.withdraw(
        work.session, issue.number, "remind", "escalate", "dispatch", "ask", "confirm"
    )
    await runs.settle(work.session, kind="wait", issue=issue.number)
    event = await desk.apply(
        work, issue, Act.HANDLE, actor, data={"result": result}, **event_changes
    )
    await announce_result(work, issue, f"result:{event.id}")
    await after_handling(work, issue)


async def _count_as_accepted(work: Work, issue: Issue, actor: Actor, worker_id: str) -> None:
    """办结 without 接单 counts as both at once."""
    if desk.can(issue, Act.ACCEPT):
        await desk.apply(
            work, issue, Act.ACCEPT, actor, worker_id=worker_id, accepted_at=work.now,
            dispatched_at=issue.dispatched_at or work.now,
        )  # fmt: skip


async def after_handling(work: Work, issue: Issue) -> None:
    """Set the follow-up and the silent close."""
    settings = work.house.settings.deadlines
    await issues.set_timer(
        work.session, issue.number, "followup", work.now + settings.followup_after.wall
    )
    await issues.set_timer(
        work.session, issue.number, "close", work.now + settings.close_after.wall
    )


async def rooms_of(work: Work, issue: Issue) -> list[Room]:
    """Residents' rooms in which the issue was stated or seconded, its source first."""
    found = [issue.source_room_id]
    for report in await issues.reports_of(work.session, issue.number):
        if report.role in issues.COUNTED_ROLES:
            found.append(report.room_id)
    rooms = [work.room_of(room_id) for room_id in dict.fromkeys(found)]
    return [room for room in rooms if room is not None and room.kind == "residents"]


async def announce_result(work: Work, issue: Issue, key: str) -> None:
    """结果反馈: one line where it was raised, without personal data."""
    result = shorten(mask(issue.result or "", rooms=True, names=work.names), 60)
    words = {"number": issue.number, "matter": wording.matter(issue), "result": result}
    rooms = await rooms_of(work, issue)
    for room in rooms:
        text = work.say(
            "resident.result", place=wording.place_to_building(issue),
            sensitive=wording.is_sensitive(issue), **words,
        )  # fmt: skip
        await work.post("result", text, key=f"{key}:{room.id}", room=room, issue=issue)
    if not rooms:
        contact = await contact_of(work, issue.reporter_id)
        if contact and contact not in work.roster.by_contact:
            text = work.say(
                "resident.result", place=wording.place(issue), sensitive=False, **words
            )
            await work.post("result", text, key=f"{key}:direct", contact=contact, issue=issue)


async def give_back(work: Work, issue: Issue, actor: Actor, reason: str) -> str:
    """退回: to B岗 or the secretary, who is told number, place and reason. Says who has it now."""
    event = await desk.apply(
        work, issue, Act.RETURN, actor, reason=reason,
        declined=[*issue.declined, actor.id], asked=[], dispatched_at=None, accepted_at=None,
    )  # fmt: skip
    await outgoing.withdraw(work.session, issue.number, "dispatch", "remind")
    if issue.paused_at is not None:
        await clocks.resume(work, issue)
    next_worker = await routing.after_return(work, issue, actor.id)
    sentence = work.say(
        "secretary.returned",
        number=issue.number,
        place=wording.place(issue, estate=True),
        matter=wording.matter(issue),
        who=work.roster.worker_name(actor.id),
        reason=shorten(reason, 60),
        now_with=wording.called(work, next_worker),
        yours=work.roster.is_secretary(next_worker, issue.community_id),
    )
    await dispatching.tell_secretary(work, issue, sentence, f"returned:{event.id}")
    await dispatching.send_to(work, issue, next_worker)
    return next_worker


async def transfer(work: Work, issue: Issue, actor: Actor, worker_id: str, reason: str) -> None:
    """转派: to a person by name, with a dispatch of their own; `due_at` stays."""
    former = issue.worker_id
    was_review = issue.status == Status.PENDING_REVIEW
    event = await desk.apply(
        work, issue, Act.TRANSFER, actor, reason=reason or None, data={"to": worker_id},
        declined=[*issue.declined, *([actor.id] if actor.id == former else [])],
        asked=[], dispatched_at=None, accepted_at=None, worker_id=worker_id,
    )  # fmt: skip
    await issues.drop_timers(work.session, issue.number, "review")
    await outgoing.withdraw(work.session, issue.number, "dispatch", "remind", "confirm")
    if issue.paused_at is not None:
        await clocks.resume(work, issue)
    await dispatching.send_to(work, issue, worker_id)
    if former and former not in (actor.id, worker_id) and not was_review:
        sentence = work.say(
            "worker.moved", number=issue.number, matter=wording.matter(issue),
            place=wording.place(issue), now_with=wording.called(work, worker_id),
        )  # fmt: skip
        await dispatching.tell(work, issue, former, sentence, f"moved:{event.id}")


async def extend(work: Work, issue: Issue, actor: Actor, span: Span, reason: str) -> None:
    """延期: moves the deadline at once; the secretary is told and may undo it."""
    deadlines = work.house.deadlines
    before = issue.due_at
    base = max(issue.due_at, work.now)
    event = await desk.apply(
        work, issue, Act.EXTEND, actor, reason=reason, data={"from": before.isoformat()},
        due_at=deadlines.extend(issue.urgency, base, span), extensions=issue.extensions + 1,
    )  # fmt: skip
    await clocks.set_resolve(work, issue, fresh=True)
    await _tell_of(work, issue, actor, "secretary.extended", event.id, reason=reason)


async def retract(work: Work, issue: Issue, actor: Actor, before: str) -> None:
    """恢复 by the secretary: an extension is undone."""
    due = datetime.fromisoformat(before)
    await desk.apply(
        work, issue, Act.RETRACT, actor, due_at=due, extensions=max(issue.extensions - 1, 0)
    )
    await clocks.set_resolve(work, issue, fresh=True)


async def suspend(
    work: Work, issue: Issue, actor: Actor, reason: str, plan_date: date | None
) -> None:
    """挂账: the clocks stand, with a reason and a planned date; the secretary is told."""
    if plan_date is None:
        days = work.house.settings.deadlines.suspend_for.wall
        plan_date = (work.now.astimezone(work.house.settings.zone) + days).date()
    before = issue.status
    await clocks.pause(work, issue)
    issue.reason = reason
    event = await desk.apply(
        work, issue, Act.SUSPEND, actor, reason=reason,
        data={"plan_date": plan_date.isoformat()}, plan_date=plan_date, status_before=before,
    )  # fmt: skip
    await _tell_of(work, issue, actor, "secretary.suspended", event.id, reason=reason)


async def _tell_of(
    work: Work, issue: Issue, actor: Actor, key: str, event_id: int | None, *, reason: str
) -> None:
    if work.roster.is_secretary(actor.id, issue.community_id):
        return
    plan = f"{issue.plan_date.month}月{issue.plan_date.day}日" if issue.plan_date else ""
    sentence = work.say(
        key, number=issue.number, place=wording.place(issue, estate=True),
        matter=wording.matter(issue), who=work.roster.worker_name(actor.id),
        reason=shorten(reason, 60), due=work.when(issue.due_at), plan=plan,
    )  # fmt: skip
    await dispatching.tell_secretary(work, issue, sentence, f"{key}:{event_id}")


async def resume(work: Work, issue: Issue, actor: Actor) -> None:
    """恢复: out of 挂账 or 待补充, the clocks go on."""
    changes: dict[str, object] = {"plan_date": None, "reason": None}
    if issue.accepted_at is None:
        changes["accepted_at"] = work.now
    await desk.apply(work, issue, Act.RESUME, actor, **changes)
    await answered(work, issue)


async def answered(work: Work, issue: Issue) -> None:
    """The reporter has answered: the clocks go on."""
    await runs.settle(work.session, kind="wait", issue=issue.number)
    await issues.drop_timers(work.session, issue.number, "unreached")
    await clocks.resume(work, issue)


async def ask_reporter(work: Work, issue: Issue, actor: Actor, question: str) -> bool:
    """补充: ask the reporter; the clock stands until they answer. Says whether anyone can be asked."""
    resident = await work.session.get(Resident, issue.reporter_id) if issue.reporter_id else None
    if resident is None or resident.opted_out:
        return False
    await clocks.pause(work, issue)
    event = await desk.apply(
        work, issue, Act.ASK, actor, data={"question": question}, waits=issue.waits + 1,
        accepted_at=issue.accepted_at or work.now, worker_id=issue.worker_id,
    )  # fmt: skip
    until = work.now + work.house.settings.deadlines.wait_at_most.wall
    await issues.set_timer(work.session, issue.number, "unreached", until)
    await runs.ask(
        work.session, contact=resident.contact, kind="wait", issue=issue.number,
        at=work.now, until=until, room_id=issue.source_room_id,
    )  # fmt: skip
    room = None if resident.wrote_directly else work.room_of(issue.source_room_id)
    text = work.say(
        "resident.question", name=resident.name, number=issue.number,
        matter=wording.matter(issue), question=shorten(question, 80),
        sensitive=wording.is_sensitive(issue) and room is not None, in_room=room is not None,
    )  # fmt: skip
    await work.post(
        "ask", text, key=f"question:{event.id}", room=room, contact=resident.contact,
        mentions=[resident.contact] if room else [], issue=issue,
    )  # fmt: skip
    return True


async def unreached(work: Work, issue: Issue) -> None:
    """Nobody answered the question: handled as 联系不上, with its follow-up like any other."""
    await runs.settle(work.session, kind="wait", issue=issue.number)
    await clocks.stop_all(work, issue)
    result = work.say("resident.unreached")
    event = await desk.apply(
        work, issue, Act.UNREACHED, CLOCK, handled_at=work.now, result=result, paused_at=None
    )
    await announce_result(work, issue, f"result:{event.id}")
    await after_handling(work, issue)




async def before_extension(work: Work, issue: Issue) -> str | None:
    """The deadline before the last extension, from its event."""
    return await issues.last_data(work.session, issue.number, Act.EXTEND, "from")

"""What ends the work on an issue: 接单, 办结, the result that is told, and what follows it."""

from bot.casework import clocks, desk, dispatching, wording
from bot.casework.desk import CLOCK, Actor
from bot.casework.transitions import Act
from bot.casework.work import Work
from bot.speech import shorten
from classifiers.privacy import mask
from storage import issues, outgoing, runs
from storage.tables import Issue, Resident, Room


async def accept(work: Work, issue: Issue, actor: Actor, worker_id: str) -> None:
    """接单: an exclusive claim; whoever else was asked hears that they need not act."""
    others = [w for w in dict.fromkeys([*issue.asked, issue.worker_id]) if w and w != worker_id]
    told = issue.dispatched_at is not None
    await issues.drop_timers(work.session, issue.number, "accept", "dispatch", "ask", "settle")
    await outgoing.withdraw(work.session, issue.number, "dispatch")
    event = await desk.apply(
        work,
        issue,
        Act.ACCEPT,
        actor,
        worker_id=worker_id,
        accepted_at=work.now,
        dispatched_at=issue.dispatched_at or work.now,
        asked=[worker_id],
    )
    for other in others if told else ():
        await tell_moved(work, issue, other, f"accepted:{event.id}:{other}")


async def tell_moved(work: Work, issue: Issue, former: str, key: str) -> None:
    """Tell a former holder who has the issue now."""
    sentence = work.say(
        "worker.moved",
        number=issue.number,
        matter=wording.matter(issue),
        place=wording.place(issue),
        now_with=wording.called(work, issue.worker_id),
    )
    await dispatching.tell(work, issue, former, sentence, key)


async def handle(work: Work, issue: Issue, actor: Actor, worker_id: str, result: str) -> None:
    """办结: the result goes to where it was raised, the follow-up is set, the clocks stop."""
    if issue.paused_at is not None:
        await clocks.resume(work, issue)
    if issue.accepted_at is None:
        await _count_as_accepted(work, issue, actor, worker_id)
    await clocks.stop_all(work, issue)
    await outgoing.withdraw(
        work.session, issue.number, "remind", "escalate", "dispatch", "ask", "confirm"
    )
    for kind in ("wait", "solved", "approve", "review"):
        await runs.settle(work.session, kind=kind, issue=issue.number)
    event = await desk.apply(
        work,
        issue,
        Act.HANDLE,
        actor,
        data={"result": result},
        worker_id=worker_id,
        accepted_at=issue.accepted_at or work.now,
        dispatched_at=issue.dispatched_at or work.now,
        handled_at=work.now,
        result=result or None,
        probably_solved=False,
        asked=[worker_id],
        plan_date=None,
        overdue=issue.overdue or work.now > issue.due_at,
    )
    await announce_result(work, issue, f"result:{event.id}")
    await after_handling(work, issue)


async def _count_as_accepted(work: Work, issue: Issue, actor: Actor, worker_id: str) -> None:
    """办结 without 接单 counts as both at once."""
    if desk.can(issue, Act.ACCEPT):
        await desk.apply(
            work,
            issue,
            Act.ACCEPT,
            actor,
            worker_id=worker_id,
            accepted_at=work.now,
            dispatched_at=issue.dispatched_at or work.now,
        )


async def after_handling(work: Work, issue: Issue) -> None:
    """Set the follow-up and the silent close."""
    settings = work.house.settings.deadlines
    await issues.set_timer(
        work.session, issue.number, "followup", work.now + settings.followup_after.wall
    )
    await close_later(work, issue)


async def close_later(work: Work, issue: Issue) -> None:
    """Set the close of an issue that nobody says anything more about."""
    until = work.now + work.house.settings.deadlines.close_after.wall
    await issues.set_timer(work.session, issue.number, "close", until)


async def rooms_of(work: Work, issue: Issue) -> list[Room]:
    """Residents' rooms in which the issue was stated or seconded, its source first."""
    found = [issue.source_room_id]
    for report in await issues.reports_of(work.session, issue.number):
        if report.role in issues.COUNTED_ROLES:
            found.append(report.room_id)
    rooms = [work.room_of(room_id) for room_id in dict.fromkeys(found)]
    return [room for room in rooms if room is not None and room.kind == "residents"]


async def announce_result(
    work: Work, issue: Issue, key: str, *, sentence: str = "resident.result"
) -> None:
    """结果反馈: one line where it was raised; to a room without personal data."""
    rooms = await rooms_of(work, issue)
    for room in rooms:
        names = await work.names_in(room)
        result = shorten(mask(issue.result or "", rooms=True, names=names), 60)
        text = work.say(
            sentence,
            number=issue.number,
            matter=wording.matter(issue),
            result=result,
            place=wording.place_to_building(issue),
            sensitive=wording.is_sensitive(issue),
        )
        await work.post("result", text, key=f"{key}:{room.id}", room=room, issue=issue)
    if issue.source_room_id is None:
        await _result_to_reporter(work, issue, key, sentence)


async def _result_to_reporter(work: Work, issue: Issue, key: str, sentence: str) -> None:
    """What was said directly is answered directly; whoever did the work need not be told of it."""
    contact = await reporter_contact(work, issue)
    worker = work.roster.by_contact.get(contact or "")
    if contact is None or (worker is not None and worker.id == issue.worker_id):
        return
    text = work.say(
        sentence,
        number=issue.number,
        matter=wording.matter(issue),
        result=shorten(issue.result or "", 60),
        place=wording.place(issue),
        sensitive=False,
    )
    await work.post("result", text, key=f"{key}:direct", contact=contact, issue=issue)


async def reporter_contact(work: Work, issue: Issue) -> str | None:
    """How the first reporter is reached; None where they are gone or want nothing of us."""
    if issue.reporter_id is None:
        return None
    resident = await work.session.get(Resident, issue.reporter_id)
    return resident.contact if resident and not resident.opted_out else None


async def answered(work: Work, issue: Issue) -> None:
    """The reporter has answered: the clocks go on."""
    await runs.settle(work.session, kind="wait", issue=issue.number)
    await issues.drop_timers(work.session, issue.number, "unreached")
    await clocks.resume(work, issue)
    await desk.refresh(work, issue)


async def unreached(work: Work, issue: Issue) -> None:
    """Nobody answered the question: handled as 联系不上, with its follow-up like any other."""
    await runs.settle(work.session, kind="wait", issue=issue.number)
    if issue.paused_at is not None:
        await clocks.resume(work, issue)
    await clocks.stop_all(work, issue)
    event = await desk.apply(
        work,
        issue,
        Act.UNREACHED,
        CLOCK,
        handled_at=work.now,
        result=work.say("resident.unreached"),
    )
    await announce_result(work, issue, f"result:{event.id}")
    await after_handling(work, issue)

"""What steers an issue: 不是诉求, 改类, 升级, 督办, 销号, and what is learnt from it."""

from bot.casework import clocks, desk, dispatching, wording
from bot.casework.desk import BOT, Actor
from bot.casework.handling import announce_result, reporter_contact
from bot.casework.transitions import Act, Status
from bot.casework.work import Work
from bot.roster import Place
from bot.speech import shorten
from classifiers.matters import matter_of
from classifiers.privacy import mask
from classifiers.taxonomy import Urgency
from storage import issues, outgoing, runs
from storage.tables import Correction, Issue


async def learn(
    work: Work, issue: Issue, source: str, *, kind: str = "issue", other: str | None = None
) -> None:
    """Keep what a person decided as a training row, masked."""
    text = mask(await wording.all_words(work, issue) or issue.summary, rooms=True)
    work.session.add(
        Correction(
            at=work.now,
            text=text[:1000],
            kind=kind,
            source=source,
            other=other,
            category=issue.category if kind == "issue" else None,
            intent=issue.intent if kind == "issue" else None,
            urgency=issue.urgency if kind == "issue" else None,
        )
    )


async def reject(work: Work, issue: Issue, actor: Actor, reason: str) -> None:
    """不是诉求: nothing more is asked of anybody; with a reason the speaker hears it."""
    await clocks.stop_all(work, issue)
    await outgoing.withdraw(
        work.session, issue.number, "dispatch", "remind", "escalate", "ask", "confirm"
    )
    await runs.settle(work.session, issue=issue.number)
    issue.reason = reason or None
    event = await desk.apply(
        work, issue, Act.REJECT, actor, reason=reason or None, closed_at=work.now, paused_at=None
    )
    await learn(work, issue, "reject", kind="chat")
    if issue.worker_id and issue.worker_id != actor.id and issue.dispatched_at:
        sentence = work.say("worker.called_off", number=issue.number, place=wording.place(issue))
        await dispatching.tell(work, issue, issue.worker_id, sentence, f"off:{event.id}")
    if not reason:
        return
    room = work.room_of(issue.source_room_id)
    text = work.say(
        "resident.rejected",
        number=issue.number,
        matter=wording.matter(issue),
        reason=shorten(reason, 60),
        sensitive=wording.is_sensitive(issue) and room is not None,
    )
    contact = await reporter_contact(work, issue)
    if room or contact:
        await work.post(
            "result", text, key=f"rejected:{event.id}", room=room, contact=contact, issue=issue
        )


async def recategorise(work: Work, issue: Issue, actor: Actor, category: str) -> bool:
    """改类: re-routed where that changes who is responsible. Says whether it moved."""
    words = await wording.all_words(work, issue)
    await desk.apply(
        work,
        issue,
        Act.RECATEGORISE,
        actor,
        data={"from": issue.category, "to": category},
        category=category,
        matter=matter_of(words, category),
    )
    await learn(work, issue, "recategorise")
    await take_care(work, issue)
    if issue.status in (Status.ACCEPTED, Status.DISPATCHED):
        return await dispatching.reroute(work, issue)
    return False


async def take_care(work: Work, issue: Issue) -> None:
    """A welfare matter of a home with a named helper ([[care]]) is urgent at the least."""
    where = Place(issue.estate, issue.building, issue.unit, issue.room)
    if issue.category == "welfare" and work.roster.helper_at(where):
        await raise_urgency(work, issue, BOT, Urgency.URGENT, why="care")


async def raise_urgency(work: Work, issue: Issue, actor: Actor, urgency: str, *, why: str) -> None:
    """升级: the clocks of the higher urgency count from the first statement."""
    if Urgency(urgency).rank <= Urgency(issue.urgency).rank or not desk.can(issue, Act.RAISE):
        return
    deadlines = work.house.deadlines
    due = deadlines.resolve_by(urgency, issue.created_at)
    if due <= work.now:
        due = deadlines.resolve_by(urgency, work.now)
    # The event shows the new urgency with the deadline that goes with it.
    issue.due_at = min(due, issue.due_at)
    await desk.apply(work, issue, Act.RAISE, actor, data={"why": why}, urgency=urgency)
    if issue.paused_at is not None:
        return  # a clock that stands goes on standing
    await clocks.set_resolve(work, issue, fresh=True)
    if issue.status == Status.DISPATCHED:
        await clocks.set_accept(work, issue)
    held = await issues.timer_at(work.session, issue.number, "dispatch") is not None
    if held and issue.worker_id:
        await dispatching.send_to(work, issue, issue.worker_id)


async def supervise(work: Work, issue: Issue, actor: Actor) -> None:
    """督办: the holder hears it as an escalation."""
    event = await desk.apply(work, issue, Act.SUPERVISE, actor, escalation=max(issue.escalation, 2))
    worker = work.roster.worker(issue.worker_id)
    if worker:
        text = work.say(
            "worker.supervise",
            number=issue.number,
            place=wording.place(issue, estate=True),
            matter=wording.matter(issue),
            due=work.when(issue.due_at),
            who=work.roster.worker_name(actor.id),
            overdue=issue.overdue,
        )
        await work.post(
            "escalate", text, key=f"supervise:{event.id}", contact=worker.contact, issue=issue
        )


async def cancel(work: Work, issue: Issue, actor: Actor, reason: str) -> None:
    """销号: closes what was suspended; from another state only with a reason."""
    told = issue.worker_id if issue.dispatched_at and issue.handled_at is None else None
    await clocks.stop_all(work, issue)
    await outgoing.withdraw(work.session, issue.number, "dispatch", "remind", "escalate", "ask")
    await runs.settle(work.session, issue=issue.number)
    why = reason or issue.reason
    if why and not issue.result:
        issue.result = why
    event = await desk.apply(
        work,
        issue,
        Act.CANCEL,
        actor,
        reason=reason or None,
        closed_at=work.now,
        paused_at=None,
        plan_date=None,
    )
    await announce_result(work, issue, f"cancelled:{event.id}", sentence="resident.cancelled")
    if told and told != actor.id:
        sentence = work.say("worker.called_off", number=issue.number, place=wording.place(issue))
        await dispatching.tell(work, issue, told, sentence, f"off:{event.id}")

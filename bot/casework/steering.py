"""What steers an issue: rejecting, re-categorising, merging and splitting, whistling, supervising."""

from bot.casework import clocks, desk, dispatching, wording
from bot.casework.desk import Actor
from bot.casework.handling import announce_result
from bot.casework.opening import contact_of
from bot.casework.transitions import Act, Status
from bot.casework.work import Work
from bot.speech import shorten
from classifiers.matters import matter_of
from classifiers.privacy import mask
from classifiers.taxonomy import Urgency
from storage import issues, outgoing, runs
from storage.tables import Correction, Helper, Issue


async def learn(
    work: Work, issue: Issue, source: str, *, kind: str = "issue", other: str | None = None
) -> None:
    """Keep what a person decided as a training row, masked."""
    text = mask(await wording.all_words(work, issue) or issue.summary, rooms=True)
    work.session.add(
        Correction(
            at=work.now, text=text[:1000], kind=kind, source=source, other=other,
            category=issue.category if kind == "issue" else None,
            intent=issue.intent if kind == "issue" else None,
            urgency=issue.urgency if kind == "issue" else None,
        )
    )  # fmt: skip


async def reject(work: Work, issue: Issue, actor: Actor, reason: str) -> None:
    """不是诉求: nothing more is asked of anybody; with a reason the speaker hears it."""
    await clocks.stop_all(work, issue)
    await outgoing.withdraw(
        work.session, issue.number, "dispatch", "remind", "escalate", "ask", "confirm"
    )
    await runs.settle(work.session, issue=issue.number)
    issue.reason = reason or None
    event = await desk.apply(
        work, issue, Act.REJECT, actor, reason=reason or None, closed_at=work.now
    )
    await learn(work, issue, "reject", kind="chat")
    if not reason:
        return
    room = work.room_of(issue.source_room_id)
    text = work.say(
        "resident.rejected", number=issue.number, matter=wording.matter(issue),
        reason=shorten(reason, 60), sensitive=wording.is_sensitive(issue) and room is not None,
    )  # fmt: skip
    contact = await contact_of(work, issue.reporter_id)
    if room or contact:
        await work.post(
            "result", text, key=f"rejected:{event.id}", room=room, contact=contact, issue=issue
        )


async def recategorise(work: Work, issue: Issue, actor: Actor, category: str) -> bool:
    """改类: re-routed where that changes who is responsible. Says whether it moved."""
    words = await wording.all_words(work, issue)
    await desk.apply(
        work, issue, Act.RECATEGORISE, actor, data={"from": issue.category, "to": category},
        category=category, matter=matter_of(words, category),
    )  # fmt: skip
    await learn(work, issue, "recategorise")
    if issue.status in (Status.ACCEPTED, Status.DISPATCHED):
        return await dispatching.reroute(work, issue)
    return False


async def raise_urgency(
    work: Work, issue: Issue, actor: Actor, urgency: str, *, why: str
) -> None:
    """升级: the clocks of the higher urgency count from the first statement."""
    if Urgency(urgency).rank <= Urgency(issue.urgency).rank:
        return
    deadlines = work.house.deadlines
    due = deadlines.resolve_by(urgency, issue.created_at)
    if due <= work.now:
        due = deadlines.resolve_by(urgency, work.now)
    # The event shows the new urgency with the deadline that goes with it.
    issue.due_at = min(due, issue.due_at)
    await desk.apply(work, issue, Act.RAISE, actor, data={"why": why}, urgency=urgency)
    if issue.status in (Status.WAITING, Status.SUSPENDED):
        await clocks.resume(work, issue) if issue.paused_at else None
    await clocks.set_resolve(work, issue, fresh=True)
    if issue.status == Status.DISPATCHED:
        await clocks.set_accept(work, issue)
    if issue.status == Status.ACCEPTED and issue.dispatched_at is None and issue.worker_id:
        await dispatching.send_to(work, issue, issue.worker_id)


async def merge(work: Work, target: Issue, other: Issue, actor: Actor) -> None:
    """并案: the other is merged into the target; the earlier deadline and the graver levels stand."""
    await clocks.stop_all(work, other)
    await outgoing.withdraw(
        work.session, other.number, "dispatch", "remind", "escalate", "ask", "confirm", "ack"
    )
    await runs.settle(work.session, issue=other.number)
    pair = mask(await wording.all_words(work, other), rooms=True)[:1000]
    for report in await issues.reports_of(work.session, other.number):
        report.issue, report.merged_from = target.number, other.number
        work.session.add(report)
    await work.session.flush()
    data = {
        "number": target.number, "due_at": target.due_at.isoformat(),
        "urgency": target.urgency, "escalation": target.escalation,
    }  # fmt: skip
    await desk.apply(
        work, other, Act.MERGE, actor, data=data,
        merged_into=target.number, status_before=other.status,
    )  # fmt: skip
    urgency = max((target.urgency, other.urgency), key=lambda u: Urgency(u).rank)
    place = {
        key: getattr(target, key) or getattr(other, key)
        for key in ("building", "unit", "room", "landmark")
    }
    if target.building and other.building and target.building != other.building:
        place = {}
    target.created_at = min(target.created_at, other.created_at)
    await desk.apply(
        work, target, Act.ABSORB, actor, data={"number": other.number},
        due_at=min(target.due_at, other.due_at), urgency=urgency,
        escalation=max(target.escalation, other.escalation), **place,
    )  # fmt: skip
    if target.status != Status.HANDLED and target.paused_at is None:
        await clocks.set_resolve(work, target, fresh=True)
    await learn(work, target, "merge", other=pair)


async def split(work: Work, other: Issue, actor: Actor) -> None:
    """拆案: the merged issue stands on its own again, with its reports and its own clock."""
    target = await issues.get(work.session, other.merged_into or 0)
    if target is not None:
        for report in await issues.reports_of(work.session, target.number):
            if report.merged_from == other.number:
                report.issue, report.merged_from = other.number, None
                work.session.add(report)
        await work.session.flush()
    await desk.apply(work, other, Act.SPLIT, actor, merged_into=None)
    if target is not None:
        await desk.record(
            work, target, Act.SPLIT, actor.id, source=target.status, data={"number": other.number}
        )
        await learn(work, other, "split", other=target.summary)
    if other.status in (Status.ACCEPTED, Status.DISPATCHED, Status.PENDING_REVIEW):
        other.status = Status.ACCEPTED
        await clocks.set_resolve(work, other, fresh=True)
        await dispatching.send_to(work, other, other.worker_id or "")
    elif other.status != Status.SUSPENDED:
        await clocks.set_resolve(work, other, fresh=True)


async def cancel(work: Work, issue: Issue, actor: Actor, reason: str) -> None:
    """销号: closes what was suspended; from another state only with a reason."""
    await clocks.stop_all(work, issue)
    await outgoing.withdraw(work.session, issue.number, "dispatch", "remind", "escalate", "ask")
    await runs.settle(work.session, issue=issue.number)
    if reason and not issue.result:
        issue.result = reason
    event = await desk.apply(
        work, issue, Act.CANCEL, actor, reason=reason or None,
        closed_at=work.now, paused_at=None, handled_at=issue.handled_at or work.now,
    )  # fmt: skip
    await announce_result(work, issue, f"cancelled:{event.id}")


async def supervise(work: Work, issue: Issue, actor: Actor) -> None:
    """督办: the holder hears it as an escalation."""
    event = await desk.apply(
        work, issue, Act.SUPERVISE, actor, escalation=max(issue.escalation, 2)
    )
    worker = work.roster.worker(issue.worker_id)
    if worker:
        text = work.say(
            "worker.supervise", number=issue.number, place=wording.place(issue, estate=True),
            matter=wording.matter(issue), due=work.when(issue.due_at),
            who=work.roster.worker_name(actor.id), overdue=issue.overdue,
        )  # fmt: skip
        await work.post(
            "escalate", text, key=f"supervise:{event.id}", contact=worker.contact, issue=issue
        )


async def whistle(work: Work, issue: Issue, actor: Actor, worker_id: str) -> None:
    """吹哨: a helper with a clock of their own; the lead stays responsible."""
    worker = work.roster.workers[worker_id]
    due = work.house.deadlines.resolve_by(issue.urgency, work.now)
    work.session.add(
        Helper(issue=issue.number, worker_id=worker_id, asked_at=work.now, due_at=due)
    )
    event = await desk.apply(work, issue, Act.WHISTLE, actor, data={"worker": worker_id})
    text = work.say(
        "worker.whistle", number=issue.number, place=wording.place(issue, estate=True, room=True),
        matter=wording.matter(issue), words=await wording.words_of(work, issue),
        lead=wording.called(work, issue.worker_id), due=work.when(due),
    )  # fmt: skip
    await work.post(
        "escalate", text, key=f"whistle:{event.id}", contact=worker.contact, issue=issue
    )

"""An issue passes from one hand to another: 退回, 转派, 吹哨."""

from bot.casework import clocks, desk, dispatching, routing, wording
from bot.casework.desk import Actor
from bot.casework.handling import tell_moved
from bot.casework.transitions import Act, Part, Status
from bot.casework.work import Work
from bot.speech import shorten
from storage import issues, outgoing
from storage.tables import Helper, Issue

_HANDOVER = ("accept", "dispatch", "ask", "settle", "review", "unreached")


async def give_back(work: Work, issue: Issue, actor: Actor, reason: str) -> str:
    """退回: to B岗 or the secretary, who is told number, place and reason. Says who has it now."""
    if actor.part is Part.ASKED:
        return await _decline(work, issue, actor, reason)
    holder = issue.worker_id or actor.id  # the secretary may give back for the holder
    next_worker = await routing.after_return(work, issue, holder)
    if issue.paused_at is not None:
        await clocks.resume(work, issue)
    event = await desk.apply(
        work,
        issue,
        Act.RETURN,
        actor,
        reason=reason,
        data={"to": next_worker},
        declined=[*issue.declined, holder],
        asked=[],
        dispatched_at=None,
        accepted_at=None,
        worker_id=next_worker,
    )
    await issues.drop_timers(work.session, issue.number, *_HANDOVER)
    await outgoing.withdraw(work.session, issue.number, "dispatch", "remind")
    await _tell_returned(work, issue, actor, reason, event.id)
    await dispatching.send_to(work, issue, next_worker)
    return next_worker


async def last_hand(work: Work, issue: Issue) -> bool:
    """Whether there is nobody left to whom the holder could give it back."""
    return await routing.after_return(work, issue, issue.worker_id or "") == issue.worker_id


async def _decline(work: Work, issue: Issue, actor: Actor, reason: str) -> str:
    """退回 by someone who was asked before: it stays with whoever was asked last."""
    event = await desk.apply(
        work,
        issue,
        Act.DECLINE,
        actor,
        reason=reason,
        declined=[*issue.declined, actor.id],
        asked=[worker for worker in issue.asked if worker != actor.id],
    )
    await _tell_returned(work, issue, actor, reason, event.id)
    return issue.worker_id or ""


async def _tell_returned(
    work: Work, issue: Issue, actor: Actor, reason: str, event_id: int | None
) -> None:
    sentence = work.say(
        "secretary.returned",
        number=issue.number,
        place=wording.place(issue, estate=True),
        matter=wording.matter(issue),
        who=work.roster.worker_name(actor.id),
        reason=shorten(reason, 60),
        now_with=wording.called(work, issue.worker_id),
        yours=work.roster.is_secretary(issue.worker_id or "", issue.community_id),
    )
    await dispatching.tell_secretary(work, issue, sentence, f"returned:{event_id}")


async def transfer(work: Work, issue: Issue, actor: Actor, worker_id: str, reason: str) -> None:
    """转派: to a person by name, with a dispatch of their own; `due_at` stays."""
    former = issue.worker_id
    was_asked = issue.dispatched_at is not None and issue.status != Status.PENDING_REVIEW
    if issue.paused_at is not None:
        await clocks.resume(work, issue)
    event = await desk.apply(
        work,
        issue,
        Act.TRANSFER,
        actor,
        reason=reason or None,
        data={"from": former, "to": worker_id},
        declined=[w for w in dict.fromkeys([*issue.declined, former]) if w and w != worker_id],
        asked=[],
        dispatched_at=None,
        accepted_at=None,
        plan_date=None,
        worker_id=worker_id,
    )
    await issues.drop_timers(work.session, issue.number, *_HANDOVER)
    await outgoing.withdraw(work.session, issue.number, "dispatch", "remind", "confirm")
    await dispatching.send_to(work, issue, worker_id)
    if former and former not in (actor.id, worker_id) and was_asked:
        await tell_moved(work, issue, former, f"moved:{event.id}")


async def whistle(work: Work, issue: Issue, actor: Actor, worker_id: str) -> None:
    """吹哨: a helper with a clock of their own; the lead stays responsible."""
    worker = work.roster.workers[worker_id]
    due = work.house.deadlines.resolve_by(issue.urgency, work.now)
    work.session.add(Helper(issue=issue.number, worker_id=worker_id, asked_at=work.now, due_at=due))
    event = await desk.apply(work, issue, Act.WHISTLE, actor, data={"worker": worker_id})
    await issues.set_timer(work.session, issue.number, f"helper:{worker_id}", due)
    text = work.say(
        "worker.whistle",
        number=issue.number,
        place=wording.place(issue, estate=True, room=True),
        matter=wording.matter(issue),
        words=await wording.words_of(work, issue),
        lead=wording.called(work, issue.worker_id),
        due=work.when(due),
    )
    await work.post(
        "escalate", text, key=f"whistle:{event.id}", contact=worker.contact, issue=issue
    )


async def helper_done(work: Work, issue: Issue, row: Helper, result: str) -> None:
    """办结 of a helper: their own row, and the lead hears it."""
    row.accepted_at = row.accepted_at or work.now
    row.handled_at, row.result = work.now, result or None
    work.session.add(row)
    await issues.drop_timers(work.session, issue.number, f"helper:{row.worker_id}")
    actor = Actor(row.worker_id, Part.HELPER)
    event = await desk.apply(work, issue, Act.HELPER_HANDLE, actor, data={"result": result})
    sentence = work.say(
        "worker.helper_done",
        number=issue.number,
        matter=wording.matter(issue),
        who=work.roster.worker_name(row.worker_id),
        result=result,
    )
    await dispatching.tell(work, issue, issue.worker_id or "", sentence, f"helper:{event.id}")

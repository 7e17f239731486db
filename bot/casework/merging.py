"""并案 and 拆案: two issues become one, and two again."""

from datetime import datetime

from bot.casework import clocks, desk, dispatching, wording
from bot.casework.desk import Actor
from bot.casework.handling import tell_moved
from bot.casework.steering import learn
from bot.casework.transitions import Act, Status
from bot.casework.work import Work
from classifiers.privacy import mask
from classifiers.taxonomy import Urgency
from storage import issues, outgoing, runs
from storage.tables import Issue

_PLACE = ("building", "unit", "room", "landmark")


async def merge(work: Work, target: Issue, other: Issue, actor: Actor) -> None:
    """并案: the other is merged into the target; earlier deadline and graver levels stand."""
    said = mask(await wording.all_words(work, other), rooms=True)[:1000]
    await _let_go(work, target, other, actor)
    place = {key: getattr(target, key) or getattr(other, key) for key in _PLACE}
    if target.building and other.building and target.building != other.building:
        place = {}
    target.created_at = min(target.created_at, other.created_at)
    await desk.apply(
        work,
        target,
        Act.ABSORB,
        actor,
        data={"number": other.number},
        due_at=min(target.due_at, other.due_at),
        urgency=max((target.urgency, other.urgency), key=lambda u: Urgency(u).rank),
        escalation=max(target.escalation, other.escalation),
        overdue=target.overdue or other.overdue,
        **place,
    )
    if target.status != Status.HANDLED and target.paused_at is None:
        await clocks.set_resolve(work, target, fresh=True)
    if await issues.timer_at(work.session, target.number, "ask") and target.building:
        await dispatching.reroute(work, target)
    await learn(work, target, "merge", other=said)


async def _let_go(work: Work, target: Issue, other: Issue, actor: Actor) -> None:
    """The merged issue's reports and helpers go over, its clocks and questions end."""
    await clocks.stop_all(work, other)
    await outgoing.withdraw(
        work.session, other.number, "dispatch", "remind", "escalate", "ask", "confirm", "ack"
    )
    await runs.settle(work.session, issue=other.number)
    for report in await issues.reports_of(work.session, other.number):
        report.issue, report.merged_from = target.number, other.number
        work.session.add(report)
    here = {row.worker_id for row in await issues.helpers_of(work.session, target.number)}
    for row in await issues.helpers_of(work.session, other.number):
        if row.worker_id not in here:
            row.issue = target.number
            work.session.add(row)
    await work.session.flush()
    data = {
        "number": target.number,
        "due_at": target.due_at.isoformat(),
        "urgency": target.urgency,
        "created_at": target.created_at.isoformat(),
    }
    told = [*other.asked, other.worker_id] if other.dispatched_at else []
    event = await desk.apply(
        work,
        other,
        Act.MERGE,
        actor,
        data=data,
        merged_into=target.number,
        status_before=other.status,
    )
    for former in dict.fromkeys(told):
        if former is None or former in (actor.id, target.worker_id):
            continue
        sentence = work.say(
            "worker.merged",
            number=other.number,
            into=target.number,
            place=wording.place(other),
            now_with=wording.called(work, target.worker_id),
        )
        await dispatching.tell(work, other, former, sentence, f"merged:{event.id}:{former}")


async def split(work: Work, other: Issue, actor: Actor) -> None:
    """拆案: the merged issue stands on its own again, with its reports and its own clock."""
    target = await issues.get(work.session, other.merged_into or 0, lock=True)
    if target is not None:
        for report in await issues.reports_of(work.session, target.number):
            if report.merged_from == other.number:
                report.issue, report.merged_from = other.number, None
                work.session.add(report)
        await work.session.flush()
    merged = await issues.last_of(work.session, other.number, Act.MERGE)
    event = await desk.apply(work, other, Act.SPLIT, actor, merged_into=None)
    if target is not None:
        await _give_back_clock(work, target, other, merged.data if merged else {})
        await desk.record(
            work, target, Act.SPLIT, actor.id, source=target.status, data={"number": other.number}
        )
        await learn(work, other, "split", other=target.summary)
    await _go_on(work, other, actor, f"split:{event.id}")


async def _give_back_clock(
    work: Work, target: Issue, other: Issue, before: dict[str, object]
) -> None:
    """What the target had taken over from the other goes; its escalation never falls."""
    if before.get("created_at"):
        target.created_at = datetime.fromisoformat(str(before["created_at"]))
    if before.get("due_at") and target.due_at == other.due_at:
        target.due_at = datetime.fromisoformat(str(before["due_at"]))
    if before.get("urgency") and target.urgency == other.urgency:
        target.urgency = str(before["urgency"])
    work.session.add(target)
    if target.status in issues.UNHANDLED and target.paused_at is None:
        await clocks.set_resolve(work, target, fresh=True)


async def _go_on(work: Work, other: Issue, actor: Actor, key: str) -> None:
    """A split issue is dispatched anew, or its clock goes on in the hand that held it."""
    if other.status == Status.SUSPENDED:
        return
    if other.paused_at is not None:
        await clocks.resume(work, other)
    await clocks.set_resolve(work, other, fresh=True)
    if other.status == Status.ACCEPTED:
        await dispatching.send_to(work, other, other.worker_id or "")
        return
    await desk.refresh(work, other)
    if other.worker_id and other.worker_id != actor.id:
        await tell_moved(work, other, other.worker_id, key)

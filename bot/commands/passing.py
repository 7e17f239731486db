"""退回, 转派, 吹哨, 不是诉求."""

from bot.casework import passing, steering, wording
from bot.casework.desk import Refused
from bot.casework.transitions import Act, Status
from bot.casework.work import Work
from bot.commands import selection
from bot.commands.approving import needs_approval
from bot.commands.typed import Typed
from storage import runs
from storage.tables import Issue


async def give_back(work: Work, typed: Typed) -> str:
    """退回, with a reason."""
    worker, reason = typed.worker, typed.command.rest
    issue = await selection.choose(work, typed, Act.RETURN, word="退回")
    asked = issue.worker_id != worker.id and worker.id in issue.asked
    act = Act.DECLINE if asked else Act.RETURN
    actor = await selection.actor_for(work, typed, issue, act, word="退回", reason=reason)
    if act is Act.RETURN and await passing.last_hand(work, issue):
        raise Refused(work.say("reply.last_hand", number=issue.number))
    next_worker = await passing.give_back(work, issue, actor, reason)
    return work.say(
        "reply.returned", number=issue.number, now_with=wording.called(work, next_worker)
    )


async def transfer(work: Work, typed: Typed) -> str:
    """转派 to somebody by name."""
    issue = await selection.choose(work, typed, Act.TRANSFER, word="转派")
    actor = await selection.actor_for(work, typed, issue, Act.TRANSFER, word="转派")
    name, _, reason = typed.command.rest.partition(" ")
    target = work.roster.named(name)
    if target is None:
        names = _colleagues(work, issue)
        raise Refused(
            work.say(
                "reply.nobody", name=name or "？", number=issue.number, word="转派", names=names
            )
        )
    if target.id == issue.worker_id and issue.status != Status.PENDING_REVIEW:
        raise Refused(work.say("reply.same_hand", number=issue.number, name=target.name))
    await passing.transfer(work, issue, actor, target.id, reason)
    return work.say(
        "reply.transferred", number=issue.number, now_with=wording.called(work, target.id)
    )


def _colleagues(work: Work, issue: Issue) -> str:
    served = [
        worker.name
        for worker in work.house.settings.workers
        if any(c.id == issue.community_id for c in work.roster.communities_of(worker.id))
    ]
    return "、".join(served[:6])


async def whistle(work: Work, typed: Typed) -> str:
    """吹哨: calls a worker or department in."""
    issue = await selection.choose(work, typed, Act.WHISTLE, word="吹哨")
    actor = await selection.actor_for(work, typed, issue, Act.WHISTLE, word="吹哨")
    target = work.roster.named(typed.command.rest.split(" ")[0])
    if target is None:
        names = "、".join(
            w.name for w in work.house.settings.workers if w.role in ("department", "street")
        )
        raise Refused(
            work.say(
                "reply.nobody",
                name=typed.command.rest or "？",
                number=issue.number,
                word="吹哨",
                names=names or _colleagues(work, issue),
            )
        )
    if target.id == issue.worker_id or await selection.helper_row(work, issue, target):
        raise Refused(work.say("reply.same_hand", number=issue.number, name=target.name))
    await passing.whistle(work, issue, actor, target.id)
    return work.say("reply.whistled", number=issue.number, name=target.name)


async def reject(work: Work, typed: Typed) -> str:
    """不是诉求."""
    issue = await _for_rejection(work, typed)
    actor = await selection.actor_for(work, typed, issue, Act.REJECT, word="不是诉求")
    if await needs_approval(work, typed, issue, "不是诉求", "", typed.command.rest):
        return work.say("reply.awaits", number=issue.number, word="不是诉求")
    await steering.reject(work, issue, actor, typed.command.rest)
    return work.say("reply.rejected", number=issue.number)


async def _for_rejection(work: Work, typed: Typed) -> Issue:
    if typed.number is None:
        questions = await runs.questions(
            work.session, work.now, contact=typed.worker.contact, kind="review"
        )
        if len(questions) == 1:
            typed.issue = await selection.by_number(work, typed, questions[0].issue or 0)
            return typed.issue
    return await selection.choose(work, typed, Act.REJECT, word="不是诉求")

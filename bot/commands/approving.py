"""延期, 挂账 and 不是诉求 of a 特急 issue: the secretary's 确认 comes first."""

from datetime import date, timedelta

from bot.casework import desk, dispatching, pausing, steering, wording
from bot.casework.desk import Refused
from bot.casework.transitions import Act, Part
from bot.casework.work import Work
from bot.commands.typed import Typed
from bot.durations import Span
from classifiers.taxonomy import Urgency
from storage import issues, runs
from storage.tables import Issue, Pending

APPROVE_WITHIN = timedelta(days=3)
_ACTS = {"延期": Act.EXTEND, "挂账": Act.SUSPEND, "不是诉求": Act.REJECT}


async def needs_approval(
    work: Work, typed: Typed, issue: Issue, word: str, value: str, reason: str
) -> bool:
    """Ask the secretary where it is 特急 and somebody else's wish. Says whether it was asked."""
    secretary = work.roster.secretary_of(issue.community_id)
    if issue.urgency != Urgency.CRITICAL or secretary.id == typed.worker.id:
        return False
    await runs.ask(
        work.session,
        contact=secretary.contact,
        kind="approve",
        issue=issue.number,
        at=work.now,
        until=work.now + APPROVE_WITHIN,
        data={"word": word, "value": value, "reason": reason, "worker": typed.worker.id},
    )
    text = work.say(
        "secretary.approve",
        number=issue.number,
        matter=wording.matter(issue),
        place=wording.place(issue, estate=True),
        who=typed.worker.name,
        word=word,
        reason=reason,
    )
    key = f"approve:{issue.number}:{typed.heard.id}"
    await work.post("confirm", text, key=key, contact=secretary.contact, issue=issue)
    return True


async def approve(work: Work, typed: Typed, question: Pending) -> str:
    """确认: what was asked for is done."""
    issue = await issues.get(work.session, question.issue or 0, lock=True)
    data = question.data
    act = _ACTS[data["word"]]
    if issue is None or not desk.can(issue, act):
        raise Refused(work.say("reply.nothing_to_confirm"))
    typed.issue = issue
    actor = desk.Actor(typed.worker.id, Part.SECRETARY)
    match act:
        case Act.EXTEND:
            await pausing.extend(work, issue, actor, Span.parse(data["value"]), data["reason"])
        case Act.SUSPEND:
            plan = date.fromisoformat(data["value"]) if data["value"] else None
            await pausing.suspend(work, issue, actor, data["reason"], plan)
        case _:
            await steering.reject(work, issue, actor, data["reason"])
    await _tell(work, typed, issue, question, "worker.approved")
    return work.say("reply.approved", number=issue.number, word=data["word"])


async def refuse(work: Work, typed: Typed, question: Pending) -> str:
    """否: it stays as it is, and whoever asked hears it."""
    issue = await issues.get(work.session, question.issue or 0)
    if issue is None:
        raise Refused(work.say("reply.nothing_to_confirm"))
    typed.issue = issue
    await _tell(work, typed, issue, question, "worker.not_approved")
    return work.say("reply.not_approved", number=issue.number, word=question.data["word"])


async def _tell(work: Work, typed: Typed, issue: Issue, question: Pending, key: str) -> None:
    text = work.say(key, number=issue.number, word=question.data["word"])
    serial = f"{key}:{issue.number}:{typed.heard.id}"
    await dispatching.tell(work, issue, str(question.data["worker"]), text, serial)

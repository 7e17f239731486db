"""延期, 挂账, 恢复, 补充."""

from bot.casework import desk, pausing
from bot.casework.desk import Refused
from bot.casework.transitions import Act, Part, Status
from bot.casework.work import Work
from bot.commands import selection
from bot.commands.approving import needs_approval
from bot.commands.spans import take_days, take_span
from bot.commands.typed import Typed
from storage import issues
from storage.tables import Issue

MOST_QUESTIONS = 2


async def extend(work: Work, typed: Typed) -> str:
    """延期: once by the worker, again only by the secretary; 特急 waits for the secretary."""
    issue = await selection.choose(work, typed, Act.EXTEND, word="延期")
    span, reason = take_span(typed.command.rest)
    actor = await selection.actor_for(work, typed, issue, Act.EXTEND, word="延期")
    if span is None or span.amount == 0:
        raise Refused(work.say("reply.how_long", number=issue.number))
    await selection.actor_for(work, typed, issue, Act.EXTEND, word="延期", reason=reason)
    secretary = work.roster.secretary_of(issue.community_id)
    if issue.extensions and secretary.id != typed.worker.id:
        raise Refused(
            work.say("reply.second_extension", number=issue.number, secretary=secretary.name)
        )
    if await needs_approval(work, typed, issue, "延期", f"{span}", reason):
        return work.say("reply.awaits", number=issue.number, word="延期")
    await pausing.extend(work, issue, actor, span, reason)
    return work.say(
        "reply.extended",
        number=issue.number,
        due=work.when(issue.due_at),
        told=secretary.id != typed.worker.id,
    )


async def suspend(work: Work, typed: Typed) -> str:
    """挂账 with a reason and a planned day."""
    issue = await selection.choose(work, typed, Act.SUSPEND, word="挂账")
    today = work.now.astimezone(work.house.settings.zone).date()
    days, reason = take_days(typed.command.rest, today)
    actor = await selection.actor_for(work, typed, issue, Act.SUSPEND, word="挂账", reason=reason)
    plan = days[1] if days else None
    if plan is not None and plan < today:
        raise Refused(work.say("reply.plan_past", number=issue.number))
    value = plan.isoformat() if plan else ""
    if await needs_approval(work, typed, issue, "挂账", value, reason):
        return work.say("reply.awaits", number=issue.number, word="挂账")
    await pausing.suspend(work, issue, actor, reason, plan)
    secretary = work.roster.secretary_of(issue.community_id)
    return work.say(
        "reply.suspended",
        number=issue.number,
        plan=f"{issue.plan_date.month}月{issue.plan_date.day}日" if issue.plan_date else "",
        told=secretary.id != typed.worker.id,
    )


async def resume(work: Work, typed: Typed) -> str:
    """恢复: out of 挂账 or 待补充; by the secretary also undoes an extension."""
    issue = await _to_resume(work, typed)
    typed.issue = issue
    if issue.status not in (Status.SUSPENDED, Status.WAITING) and issue.extensions:
        actor = await selection.actor_for(work, typed, issue, Act.RETRACT, word="恢复")
        if before := await pausing.before_extension(work, issue):
            await pausing.retract(work, issue, actor, before)
            return work.say("reply.retracted", number=issue.number, due=work.when(issue.due_at))
    actor = await selection.actor_for(work, typed, issue, Act.RESUME, word="恢复")
    await pausing.resume(work, issue, actor)
    return work.say("reply.resumed", number=issue.number, due=work.when(issue.due_at))


async def _to_resume(work: Work, typed: Typed) -> Issue:
    if typed.number is not None:
        return await selection.by_number(work, typed, typed.number)
    rows = await selection.can_be_meant(work, typed, Act.RESUME)
    for community in work.roster.communities_of_secretary(typed.worker.id):
        for issue in await issues.of_community(work.session, community.id, selection.HELD):
            extended = issue.extensions and desk.can(issue, Act.RETRACT)
            if extended and await pausing.before_extension(work, issue):
                rows.append(issue)
    return selection.only_one(work, rows, "恢复", await selection.listed(work, typed.worker))


async def ask(work: Work, typed: Typed) -> str:
    """补充: a question to the reporter."""
    issue = await selection.choose(work, typed, Act.ASK, word="补充")
    actor = await selection.actor_for(work, typed, issue, Act.ASK, word="补充")
    if not typed.command.rest:
        raise Refused(work.say("reply.ask_what", number=issue.number))
    if issue.waits >= MOST_QUESTIONS and actor.part is not Part.SECRETARY:
        raise Refused(work.say("reply.asked_enough", number=issue.number))
    if not await pausing.ask_reporter(work, issue, actor, typed.command.rest):
        raise Refused(work.say("reply.nobody_to_ask", number=issue.number))
    return work.say("reply.asked", number=issue.number)

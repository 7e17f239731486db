"""What only secretaries type: 督办, 改类, 并案, 拆案, 销号, 提事, 日报, 平急, 确认."""

from datetime import date, timedelta

from bot.casework import desk, handling, steering, wording
from bot.casework.desk import Refused
from bot.casework.transitions import Act, Part, Status
from bot.casework.work import Work
from bot.commands import selection
from bot.commands.grammar import Verb
from bot.commands.staff import Action, Typed
from bot.durations import Span
from bot.reports import digest
from classifiers.taxonomy import CATEGORY_NAMES
from storage import issues, runs
from storage.tables import Community, Event, Issue, Pending

CONFIRM_WITHIN = timedelta(minutes=10)


def _only_secretary(work: Work, typed: Typed) -> None:
    if not work.roster.communities_of_secretary(typed.worker.id):
        raise Refused(work.say("reply.only_secretary", name=typed.worker.name))


async def _own(work: Work, typed: Typed, number: int | None, word: str) -> Issue:
    """An issue of one of the secretary's communities, by its number."""
    _only_secretary(work, typed)
    if number is None:
        raise Refused(work.say("reply.which_number", word=word))
    issue = await issues.get(work.session, number, lock=True)
    if issue is None or not work.roster.is_secretary(typed.worker.id, issue.community_id):
        hand = await selection.listed(work, typed.worker)
        raise Refused(work.say("reply.no_such", number=number, hand=hand))
    return issue


async def supervise(work: Work, typed: Typed) -> str:
    issue = await _own(work, typed, typed.command.number, "督办")
    actor = await selection.actor_for(
        work, typed.worker, issue, Act.SUPERVISE, word="督办"
    )
    await steering.supervise(work, issue, actor)
    return work.say(
        "reply.supervised", number=issue.number, holder=wording.called(work, issue.worker_id)
    )


async def recategorise(work: Work, typed: Typed) -> str:
    """改类: also for the worker who has it in hand."""
    command = typed.command
    if command.number is None:
        raise Refused(work.say("reply.which_number", word="改类"))
    issue = await selection.by_number(work, typed.worker, command.number)
    if command.category is None:
        names = "、".join(CATEGORY_NAMES.values())
        raise Refused(work.say("reply.which_category", number=issue.number, names=names))
    actor = await selection.actor_for(work, typed.worker, issue, Act.RECATEGORISE, word="改类")
    if issue.category == command.category:
        raise Refused(
            work.say("reply.same_category", number=issue.number,
                     category=wording.category_name(issue))
        )  # fmt: skip
    moved = await steering.recategorise(work, issue, actor, command.category)
    return work.say(
        "reply.recategorised", number=issue.number, category=wording.category_name(issue),
        now_with=wording.called(work, issue.worker_id) if moved else None,
    )  # fmt: skip


async def merge(work: Work, typed: Typed) -> str:
    command = typed.command
    if command.number is None or command.other is None:
        raise Refused(work.say("reply.merge_which"))
    target = await _own(work, typed, command.number, "并案")
    other = await _own(work, typed, command.other, "并案")
    possible = desk.can(target, Act.ABSORB) and desk.can(other, Act.MERGE)
    if target.number == other.number or not possible or target.community_id != other.community_id:
        raise Refused(work.say("reply.cannot_merge", number=target.number, other=other.number))
    actor = desk.Actor(typed.worker.id, Part.SECRETARY)
    await steering.merge(work, target, other, actor)
    return work.say("reply.merged_now", number=target.number, other=other.number)


async def split(work: Work, typed: Typed) -> str:
    issue = await _own(work, typed, typed.command.number, "拆案")
    if not desk.can(issue, Act.SPLIT):
        raise Refused(
            work.say("reply.not_merged", number=issue.number, status=desk.status_name(issue))
        )
    into = issue.merged_into
    await steering.split(work, issue, desk.Actor(typed.worker.id, Part.SECRETARY))
    return work.say("reply.split", number=issue.number, other=into)


async def cancel(work: Work, typed: Typed) -> str:
    issue = await _own(work, typed, typed.command.number, "销号")
    if issue.worker_id == typed.worker.id:
        actor = desk.Actor(typed.worker.id, Part.SECRETARY)
        if not desk.can(issue, Act.CANCEL):
            await selection.actor_for(work, typed.worker, issue, Act.CANCEL, word="销号")
        if issue.status != Status.SUSPENDED and not typed.command.rest:
            raise Refused(work.say("reply.needs_reason", number=issue.number, word="销号"))
    else:
        actor = await selection.actor_for(
            work, typed.worker, issue, Act.CANCEL, word="销号", reason=typed.command.rest
        )
    await steering.cancel(work, issue, actor, typed.command.rest)
    return work.say("reply.cancelled", number=issue.number)


async def propose(work: Work, typed: Typed) -> str:
    """提事: a proposal for the residents' assembly."""
    issue = await _own(work, typed, typed.command.number, "提事")
    actor = await selection.actor_for(work, typed.worker, issue, Act.PROPOSE, word="提事")
    people, households = await wording.counts(work, issue)
    tried = await _tried(work, issue)
    await desk.apply(work, issue, Act.PROPOSE, actor)
    return work.say(
        "reply.proposal", number=issue.number, place=wording.place(issue, estate=True),
        matter=wording.matter(issue), words=issue.summary, people=people, households=households,
        since=work.when(issue.created_at), status=desk.status_name(issue), tried=tried,
    )  # fmt: skip


async def _tried(work: Work, issue: Issue) -> list[str]:
    """What was tried so far, from the events."""
    from sqlmodel import col, select

    from bot.casework.transitions import ACT_NAMES

    told = (Act.ACCEPT, Act.HANDLE, Act.RETURN, Act.EXTEND, Act.SUSPEND, Act.REWORK, Act.WHISTLE)
    query = (
        select(Event)
        .where(Event.issue == issue.number, col(Event.act).in_(told))
        .order_by(col(Event.id))
    )
    zone = work.house.settings.zone
    lines = []
    for event in (await work.session.exec(query)).all():
        day = event.at.astimezone(zone)
        words = event.reason or event.data.get("result") or ""
        line = f"{day.month}月{day.day}日{ACT_NAMES[Act(event.act)]}"
        lines.append(f"{line}：{words}" if words else line)
    return lines[-5:]


async def daily(work: Work, typed: Typed) -> str:
    """日报: today so far."""
    _only_secretary(work, typed)
    community = work.roster.communities_of_secretary(typed.worker.id)[0]
    today = work.now.astimezone(work.house.settings.zone).date()
    return await digest.daily_text(work, community.id, today)


async def emergency(work: Work, typed: Typed) -> str:
    """平急 开, 平急 关: asked back before anything happens."""
    _only_secretary(work, typed)
    community = work.roster.communities_of_secretary(typed.worker.id)[0]
    row = await work.session.get(Community, community.id)
    on = typed.command.verb is Verb.EMERGENCY_ON
    if row is not None and row.emergency == on:
        raise Refused(work.say("reply.emergency_already", on=on))
    await runs.ask(
        work.session, contact=typed.worker.contact, kind="emergency", at=work.now,
        until=work.now + CONFIRM_WITHIN, data={"on": on, "community": community.id},
    )  # fmt: skip
    return work.say("reply.emergency_sure", on=on, community=community.name)


async def confirm(work: Work, typed: Typed) -> str:
    """确认: carries out what the last question asked for."""
    found = [
        q
        for kind in ("emergency", "approve")
        for q in await runs.questions(
            work.session, work.now, contact=typed.worker.contact, kind=kind
        )
        if typed.command.number in (None, q.issue)
    ]
    if not found:
        raise Refused(work.say("reply.nothing_to_confirm"))
    question = max(found, key=lambda q: q.id or 0)
    await runs.settle(
        work.session, contact=typed.worker.contact, kind=question.kind, issue=question.issue
    )
    if question.kind == "emergency":
        return await _switch(work, typed, question)
    return await _approve(work, typed, question)


async def _switch(work: Work, typed: Typed, question: Pending) -> str:
    on, community_id = bool(question.data["on"]), str(question.data["community"])
    row = await work.session.get(Community, community_id)
    if row is None:
        raise Refused(work.say("reply.nothing_to_confirm"))
    row.emergency, row.emergency_since = on, work.now if on else None
    work.session.add(row)
    work.session.add(
        Event(
            issue=None, community_id=community_id, at=work.now, actor=typed.worker.id,
            act="emergency_on" if on else "emergency_off",
        )
    )  # fmt: skip
    await work.session.flush()
    room = work.room_named(work.roster.work_room(community_id))
    if room:
        text = work.say("worker.emergency", on=on, who=typed.worker.name)
        await work.post(
            "alert", text, key=f"emergency:{community_id}:{work.now.isoformat()}", room=room
        )
    return work.say("reply.emergency_done", on=on)


async def _approve(work: Work, typed: Typed, question: Pending) -> str:
    issue = await issues.get(work.session, question.issue or 0, lock=True)
    data = question.data
    act = {"延期": Act.EXTEND, "挂账": Act.SUSPEND, "不是诉求": Act.REJECT}[data["word"]]
    if issue is None or not desk.can(issue, act):
        raise Refused(work.say("reply.nothing_to_confirm"))
    actor = desk.Actor(typed.worker.id, Part.SECRETARY)
    match act:
        case Act.EXTEND:
            await handling.extend(work, issue, actor, Span.parse(data["value"]), data["reason"])
        case Act.SUSPEND:
            plan = date.fromisoformat(data["value"]) if data["value"] else None
            await handling.suspend(work, issue, actor, data["reason"], plan)
        case _:
            await steering.reject(work, issue, actor, data["reason"])
    worker = work.roster.worker(data["worker"])
    if worker:
        text = work.say("worker.approved", number=issue.number, word=data["word"])
        key = f"approved:{issue.number}:{typed.heard.id}"
        await work.post("alert", text, key=key, contact=worker.contact, issue=issue)
    return work.say("reply.approved", number=issue.number, word=data["word"])


SECRETARY_ACTIONS: dict[Verb, Action] = {
    Verb.SUPERVISE: supervise,
    Verb.RECATEGORISE: recategorise,
    Verb.MERGE: merge,
    Verb.SPLIT: split,
    Verb.CANCEL: cancel,
    Verb.PROPOSE: propose,
    Verb.DIGEST: daily,
    Verb.EMERGENCY_ON: emergency,
    Verb.EMERGENCY_OFF: emergency,
    Verb.CONFIRM: confirm,
}

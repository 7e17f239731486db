"""What only secretaries type: 督办, 改类, 并案, 拆案, 销号, 提事, 日报, 平急, 确认."""

from datetime import timedelta

from sqlmodel import col, select

from bot.casework import desk, merging, steering, wording
from bot.casework import emergency as urgent_times
from bot.casework.desk import Refused
from bot.casework.transitions import ACT_NAMES, Act, Part
from bot.casework.work import Work
from bot.commands import selection
from bot.commands.approving import approve
from bot.commands.grammar import Verb
from bot.commands.typed import Typed, named
from bot.reports import digest
from bot.settings import CommunityEntry
from classifiers.taxonomy import CATEGORY_NAMES
from storage import issues, runs
from storage.tables import Community, Event, Issue, Pending

CONFIRM_WITHIN = timedelta(minutes=10)


def _only_secretary(work: Work, typed: Typed) -> None:
    if not work.roster.communities_of_secretary(typed.worker.id):
        raise Refused(work.say("reply.only_secretary", name=typed.worker.name))


async def _own(work: Work, typed: Typed, number: int, act: Act, word: str) -> Issue:
    """An issue of one of the secretary's communities, by its number."""
    issue = await issues.get(work.session, number, lock=True)
    if issue is None or not work.roster.is_secretary(typed.worker.id, issue.community_id):
        hand = await selection.listed(work, typed.worker)
        raise Refused(work.say("reply.no_such", number=number, hand=hand))
    if issue.merged_into and act not in (Act.SPLIT, Act.MERGE):
        raise Refused(work.say("reply.merged", number=number, into=issue.merged_into))
    typed.issue = issue
    return issue


async def _choose(work: Work, typed: Typed, act: Act, word: str) -> Issue:
    """The issue of a secretary's command: by number, else the only one that can be meant."""
    _only_secretary(work, typed)
    if typed.number is not None:
        return await _own(work, typed, typed.number, act, word)
    rows: list[Issue] = []
    for community in work.roster.communities_of_secretary(typed.worker.id):
        states = ("merged",) if act is Act.SPLIT else (*selection.HELD, "handled")
        found = await issues.of_community(work.session, community.id, states)
        rows += [issue for issue in found if desk.can(issue, act)]
    if len(rows) != 1:
        raise Refused(work.say("reply.which_number", word=word))
    typed.issue = rows[0]
    return rows[0]


async def supervise(work: Work, typed: Typed) -> str:
    """督办: the holder hears it."""
    issue = await _choose(work, typed, Act.SUPERVISE, "督办")
    actor = await selection.actor_for(work, typed, issue, Act.SUPERVISE, word="督办")
    await steering.supervise(work, issue, actor)
    return work.say(
        "reply.supervised", number=issue.number, holder=wording.called(work, issue.worker_id)
    )


async def recategorise(work: Work, typed: Typed) -> str:
    """改类."""
    command = typed.command
    issue = await _choose(work, typed, Act.RECATEGORISE, "改类")
    if command.category is None:
        names = "、".join(CATEGORY_NAMES.values())
        raise Refused(work.say("reply.which_category", number=issue.number, names=names))
    actor = await selection.actor_for(work, typed, issue, Act.RECATEGORISE, word="改类")
    category = wording.category_name(issue)
    if issue.category == command.category:
        raise Refused(work.say("reply.same_category", number=issue.number, category=category))
    moved = await steering.recategorise(work, issue, actor, command.category)
    return work.say(
        "reply.recategorised",
        number=issue.number,
        category=wording.category_name(issue),
        now_with=wording.called(work, issue.worker_id) if moved else None,
    )


async def merge(work: Work, typed: Typed) -> str:
    """并案 12 15: 15 goes into 12."""
    _only_secretary(work, typed)
    command = typed.command
    if command.number is None or command.other is None:
        raise Refused(work.say("reply.merge_which"))
    other = await _own(work, typed, command.other, Act.MERGE, "并案")
    target = await _own(work, typed, command.number, Act.ABSORB, "并案")
    possible = desk.can(target, Act.ABSORB) and desk.can(other, Act.MERGE)
    if target.number == other.number or not possible or target.community_id != other.community_id:
        raise Refused(work.say("reply.cannot_merge", number=target.number, other=other.number))
    await merging.merge(work, target, other, desk.Actor(typed.worker.id, Part.SECRETARY))
    return work.say("reply.merged_now", number=target.number, other=other.number)


async def split(work: Work, typed: Typed) -> str:
    """拆案 15: 15 stands on its own again."""
    issue = await _choose(work, typed, Act.SPLIT, "拆案")
    if not desk.can(issue, Act.SPLIT):
        raise Refused(
            work.say("reply.not_merged", number=issue.number, status=desk.status_name(issue))
        )
    into = issue.merged_into
    await merging.split(work, issue, desk.Actor(typed.worker.id, Part.SECRETARY))
    return work.say("reply.split", number=issue.number, other=into)


async def cancel(work: Work, typed: Typed) -> str:
    """销号: closes what is suspended; anything else with a reason."""
    act = Act.CANCEL
    if typed.number is None:
        _only_secretary(work, typed)
        suspended = [
            issue
            for community in work.roster.communities_of_secretary(typed.worker.id)
            for issue in await issues.of_community(work.session, community.id, ("suspended",))
        ]
        hand = await selection.listed(work, typed.worker)
        issue = selection.only_one(work, suspended, "销号", hand)
        typed.issue = issue
    else:
        issue = await _choose(work, typed, act, "销号")
    reason = typed.command.rest
    actor = await selection.actor_for(work, typed, issue, act, word="销号", reason=reason)
    await steering.cancel(work, issue, actor, reason)
    return work.say("reply.cancelled", number=issue.number)


async def propose(work: Work, typed: Typed) -> str:
    """提事: a proposal for the residents' assembly."""
    issue = await _choose(work, typed, Act.PROPOSE, "提事")
    actor = await selection.actor_for(work, typed, issue, Act.PROPOSE, word="提事")
    people, households = await wording.counts(work, issue)
    tried = await _tried(work, issue)
    await desk.apply(work, issue, Act.PROPOSE, actor)
    hidden = typed.room is not None and wording.is_sensitive(issue)
    return work.say(
        "reply.proposal",
        number=issue.number,
        words="" if hidden else issue.summary,
        people=people,
        households=households,
        since=work.when(issue.created_at),
        status=desk.status_name(issue),
        tried=[] if hidden else tried,
        **named(typed, issue),
    )


_TRIED = (Act.ACCEPT, Act.HANDLE, Act.RETURN, Act.EXTEND, Act.SUSPEND, Act.REWORK, Act.WHISTLE)


async def _tried(work: Work, issue: Issue) -> list[str]:
    """What was tried so far, from the events."""
    query = (
        select(Event)
        .where(Event.issue == issue.number, col(Event.act).in_(_TRIED))
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


def _community(work: Work, typed: Typed) -> CommunityEntry:
    """The community that is meant: of the room, named, or the secretary's only one."""
    _only_secretary(work, typed)
    served = work.roster.communities_of_secretary(typed.worker.id)
    here = [c for c in served if typed.room is not None and c.id == typed.room.community_id]
    called = [c for c in served if typed.command.rest and typed.command.rest in (c.name, c.id)]
    found = called or here or served
    if len(found) > 1:
        names = "、".join(community.name for community in served)
        raise Refused(work.say("reply.which_community", names=names))
    return found[0]


async def daily(work: Work, typed: Typed) -> str:
    """日报: today so far."""
    today = work.now.astimezone(work.house.settings.zone).date()
    return await digest.daily_text(work, _community(work, typed).id, today)


async def emergency(work: Work, typed: Typed) -> str:
    """平急 开, 平急 关: asked back before anything happens."""
    community = _community(work, typed)
    row = await work.session.get(Community, community.id)
    on = typed.command.verb is Verb.EMERGENCY_ON
    if row is not None and row.emergency == on:
        raise Refused(work.say("reply.emergency_already", on=on))
    await runs.ask(
        work.session,
        contact=typed.worker.contact,
        kind="emergency",
        at=work.now,
        until=work.now + CONFIRM_WITHIN,
        data={"on": on, "community": community.id},
    )
    return work.say("reply.emergency_sure", on=on, community=community.name)


async def confirm(work: Work, typed: Typed) -> str:
    """确认: carries out what the last question asked for."""
    found = [
        question
        for kind in ("emergency", "approve")
        for question in await runs.questions(
            work.session, work.now, contact=typed.worker.contact, kind=kind
        )
        if typed.number in (None, question.issue)
    ]
    if not found:
        raise Refused(work.say("reply.nothing_to_confirm"))
    question = max(found, key=lambda row: row.id or 0)
    await runs.settle(
        work.session, contact=typed.worker.contact, kind=question.kind, issue=question.issue
    )
    if question.kind == "emergency":
        return await _switch(work, typed, question)
    return await approve(work, typed, question)


async def _switch(work: Work, typed: Typed, question: Pending) -> str:
    on, community_id = bool(question.data["on"]), str(question.data["community"])
    await urgent_times.switch(work, community_id, typed.worker, on=on)
    return work.say("reply.emergency_done", on=on)

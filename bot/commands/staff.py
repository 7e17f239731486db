"""What workers and secretaries type becomes an act, and is answered once in one line."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from bot.casework import desk, handling, opening, steering, wording
from bot.casework.desk import Refused
from bot.casework.transitions import Act, Part, Status
from bot.casework.work import Work
from bot.commands import selection
from bot.commands.grammar import Verb
from bot.commands.parser import Command, take_days, take_span
from bot.settings import WorkerEntry
from classifiers.taxonomy import Urgency
from storage import inbox, issues, runs
from storage.tables import Absence, Heard, Issue, Room

APPROVE_WITHIN = timedelta(days=3)
EVIDENCE_WITHIN = timedelta(minutes=10)


@dataclass(slots=True)
class Typed:
    """A command with who typed it and where."""

    worker: WorkerEntry
    command: Command
    heard: Heard
    room: Room | None


Action = Callable[[Work, Typed], Awaitable[str]]


async def accept(work: Work, typed: Typed) -> str:
    """接单, 收到."""
    command, worker = typed.command, typed.worker
    if reply := await _helper_act(work, typed, handled=False):
        return reply
    issue = await selection.choose(work, worker, Act.ACCEPT, command.number, word="接单")
    if issue.status == Status.IN_PROGRESS and issue.worker_id == worker.id:
        return work.say("reply.already_accepted", number=issue.number, due=work.when(issue.due_at))
    if issue.status == Status.IN_PROGRESS:
        raise Refused(
            work.say(
                "reply.taken", number=issue.number, holder=wording.called(work, issue.worker_id)
            )
        )
    actor = await selection.actor_for(work, worker, issue, Act.ACCEPT, word="接单")
    await handling.accept(work, issue, actor, worker.id)
    return work.say(
        "reply.accepted", number=issue.number, matter=wording.matter(issue),
        place=wording.place(issue), due=work.when(issue.due_at),
    )  # fmt: skip


async def handle(work: Work, typed: Typed) -> str:
    """办结, with what was done."""
    command, worker = typed.command, typed.worker
    if reply := await _helper_act(work, typed, handled=True):
        return reply
    issue = await selection.choose(work, worker, Act.HANDLE, command.number, word="办结")
    actor = await selection.actor_for(work, worker, issue, Act.HANDLE, word="办结")
    await handling.handle(work, issue, actor, _holder_after(actor.part, issue, worker), command.rest)
    photos = await attach_recent_photo(work, typed, issue)
    return work.say(
        "reply.handled", number=issue.number, matter=wording.matter(issue), photo=photos,
        late=issue.overdue, said=bool(command.rest),
    )  # fmt: skip


def _holder_after(part: Part, issue: Issue, worker: WorkerEntry) -> str:
    """A secretary who closes for somebody does not take the issue from them."""
    if part is Part.SECRETARY and issue.worker_id:
        return issue.worker_id
    return worker.id


async def _helper_act(work: Work, typed: Typed, *, handled: bool) -> str | None:
    """接单 and 办结 of somebody who was whistled for are their own row."""
    rows = list(await issues.helping(work.session, typed.worker.id))
    number = typed.command.number
    if number is not None:
        rows = [row for row in rows if row.issue == number]
    elif await selection.in_hand(work, typed.worker):
        return None
    if len(rows) != 1:
        return None
    row = rows[0]
    issue = await issues.get(work.session, row.issue)
    if issue is None or issue.worker_id == typed.worker.id:
        return None
    act = Act.HELPER_HANDLE if handled else Act.HELPER_ACCEPT
    if not desk.can(issue, act):
        return None
    row.accepted_at = row.accepted_at or work.now
    if handled:
        row.handled_at, row.result = work.now, typed.command.rest or None
    work.session.add(row)
    actor = desk.Actor(typed.worker.id, Part.HELPER)
    event = await desk.apply(work, issue, act, actor, data={"result": typed.command.rest})
    lead = work.roster.worker(issue.worker_id)
    if lead and handled:
        text = work.say(
            "worker.helper_done", number=issue.number, matter=wording.matter(issue),
            who=typed.worker.name, result=typed.command.rest,
        )  # fmt: skip
        await work.post(
            "alert", text, key=f"helper:{event.id}", contact=lead.contact, issue=issue
        )
    key = "reply.helper_handled" if handled else "reply.helper_accepted"
    return work.say(
        key, number=issue.number, matter=wording.matter(issue),
        lead=wording.called(work, issue.worker_id), due=work.when(row.due_at),
    )  # fmt: skip


async def give_back(work: Work, typed: Typed) -> str:
    """退回, with a reason."""
    issue = await selection.choose(
        work, typed.worker, Act.RETURN, typed.command.number, word="退回"
    )
    actor = await selection.actor_for(
        work, typed.worker, issue, Act.RETURN, word="退回", reason=typed.command.rest
    )
    if work.roster.is_secretary(typed.worker.id, issue.community_id):
        raise Refused(work.say("reply.last_hand", number=issue.number))
    next_worker = await handling.give_back(work, issue, actor, typed.command.rest)
    return work.say(
        "reply.returned", number=issue.number, now_with=wording.called(work, next_worker)
    )


async def transfer(work: Work, typed: Typed) -> str:
    """转派 to somebody by name."""
    issue = await selection.choose(
        work, typed.worker, Act.TRANSFER, typed.command.number, word="转派"
    )
    actor = await selection.actor_for(work, typed.worker, issue, Act.TRANSFER, word="转派")
    name, _, reason = typed.command.rest.partition(" ")
    target = work.roster.named(name)
    if target is None:
        raise Refused(
            work.say("reply.nobody", name=name or "？", number=issue.number, word="转派",
                     names=_colleagues(work, issue))
        )  # fmt: skip
    if target.id == issue.worker_id and issue.status != Status.PENDING_REVIEW:
        raise Refused(work.say("reply.same_hand", number=issue.number, name=target.name))
    await handling.transfer(work, issue, actor, target.id, reason)
    return work.say(
        "reply.transferred", number=issue.number, now_with=wording.called(work, target.id)
    )


def _colleagues(work: Work, issue: Issue) -> str:
    served = [
        w.name for w in work.house.settings.workers
        if any(c.id == issue.community_id for c in work.roster.communities_of(w.id))
    ]  # fmt: skip
    return "、".join(served[:6])


async def extend(work: Work, typed: Typed) -> str:
    """延期: once by the worker, again only by the secretary; 特急 waits for the secretary."""
    worker, command = typed.worker, typed.command
    issue = await selection.choose(work, worker, Act.EXTEND, command.number, word="延期")
    span, reason = take_span(command.rest)
    if span is None:
        raise Refused(work.say("reply.how_long", number=issue.number))
    actor = await selection.actor_for(
        work, worker, issue, Act.EXTEND, word="延期", reason=reason
    )
    if issue.extensions and actor.part is not Part.SECRETARY:
        secretary = work.roster.secretary_of(issue.community_id)
        if secretary.id != worker.id:
            raise Refused(
                work.say("reply.second_extension", number=issue.number, secretary=secretary.name)
            )
    if await _needs_approval(work, typed, issue, "延期", f"{span}", reason):
        return work.say("reply.awaits", number=issue.number, word="延期")
    await handling.extend(work, issue, actor, span, reason)
    return work.say("reply.extended", number=issue.number, due=work.when(issue.due_at))


async def suspend(work: Work, typed: Typed) -> str:
    """挂账 with a reason and a planned day."""
    worker, command = typed.worker, typed.command
    issue = await selection.choose(work, worker, Act.SUSPEND, command.number, word="挂账")
    today = work.now.astimezone(work.house.settings.zone).date()
    days, reason = take_days(command.rest, today)
    actor = await selection.actor_for(
        work, worker, issue, Act.SUSPEND, word="挂账", reason=reason
    )
    plan = days[1] if days else None
    if plan is not None and plan < today:
        raise Refused(work.say("reply.plan_past", number=issue.number))
    if await _needs_approval(
        work, typed, issue, "挂账", plan.isoformat() if plan else "", reason
    ):
        return work.say("reply.awaits", number=issue.number, word="挂账")
    await handling.suspend(work, issue, actor, reason, plan)
    return work.say(
        "reply.suspended", number=issue.number,
        plan=f"{issue.plan_date.month}月{issue.plan_date.day}日" if issue.plan_date else "",
    )  # fmt: skip


async def _needs_approval(
    work: Work, typed: Typed, issue: Issue, word: str, value: str, reason: str
) -> bool:
    """For 特急 the secretary's 确认 comes first."""
    secretary = work.roster.secretary_of(issue.community_id)
    if issue.urgency != Urgency.CRITICAL or secretary.id == typed.worker.id:
        return False
    await runs.ask(
        work.session, contact=secretary.contact, kind="approve", issue=issue.number,
        at=work.now, until=work.now + APPROVE_WITHIN,
        data={"word": word, "value": value, "reason": reason, "worker": typed.worker.id},
    )  # fmt: skip
    text = work.say(
        "secretary.approve", number=issue.number, matter=wording.matter(issue),
        place=wording.place(issue, estate=True), who=typed.worker.name, word=word, reason=reason,
    )  # fmt: skip
    key = f"approve:{issue.number}:{typed.heard.id}"
    await work.post("confirm", text, key=key, contact=secretary.contact, issue=issue)
    return True


async def resume(work: Work, typed: Typed) -> str:
    """恢复: out of 挂账 or 待补充; by the secretary also undoes an extension."""
    worker, command = typed.worker, typed.command
    if command.number is not None:
        issue = await selection.by_number(work, worker, command.number)
        if issue.extensions and desk.can(issue, Act.RETRACT):
            actor = await selection.actor_for(work, worker, issue, Act.RETRACT, word="恢复")
            before = await handling.before_extension(work, issue)
            if before:
                await handling.retract(work, issue, actor, before)
                return work.say("reply.retracted", number=issue.number, due=work.when(issue.due_at))
    issue = await selection.choose(work, worker, Act.RESUME, command.number, word="恢复")
    actor = await selection.actor_for(work, worker, issue, Act.RESUME, word="恢复")
    await handling.resume(work, issue, actor)
    return work.say("reply.resumed", number=issue.number, due=work.when(issue.due_at))


async def ask(work: Work, typed: Typed) -> str:
    """补充: a question to the reporter."""
    issue = await selection.choose(work, typed.worker, Act.ASK, typed.command.number, word="补充")
    actor = await selection.actor_for(work, typed.worker, issue, Act.ASK, word="补充")
    if not typed.command.rest:
        raise Refused(work.say("reply.ask_what", number=issue.number))
    if issue.waits >= 2:
        raise Refused(work.say("reply.asked_enough", number=issue.number))
    if not await handling.ask_reporter(work, issue, actor, typed.command.rest):
        raise Refused(work.say("reply.nobody_to_ask", number=issue.number))
    return work.say("reply.asked", number=issue.number)


async def whistle(work: Work, typed: Typed) -> str:
    """吹哨: calls a worker or department in."""
    issue = await selection.choose(
        work, typed.worker, Act.WHISTLE, typed.command.number, word="吹哨"
    )
    actor = await selection.actor_for(work, typed.worker, issue, Act.WHISTLE, word="吹哨")
    target = work.roster.named(typed.command.rest.split(" ")[0])
    if target is None:
        names = "、".join(
            w.name for w in work.house.settings.workers if w.role in ("department", "street")
        )
        raise Refused(
            work.say("reply.nobody", name=typed.command.rest or "？", number=issue.number,
                     word="吹哨", names=names or _colleagues(work, issue))
        )  # fmt: skip
    if target.id == issue.worker_id or await selection.helper_row(work, issue, target):
        raise Refused(work.say("reply.same_hand", number=issue.number, name=target.name))
    await steering.whistle(work, issue, actor, target.id)
    return work.say("reply.whistled", number=issue.number, name=target.name)


async def reject(work: Work, typed: Typed) -> str:
    """不是诉求."""
    worker, command = typed.worker, typed.command
    issue = await _for_rejection(work, typed)
    actor = await selection.actor_for(work, worker, issue, Act.REJECT, word="不是诉求")
    if await _needs_approval(work, typed, issue, "不是诉求", "", command.rest):
        return work.say("reply.awaits", number=issue.number, word="不是诉求")
    await steering.reject(work, issue, actor, command.rest)
    return work.say("reply.rejected", number=issue.number)


async def _for_rejection(work: Work, typed: Typed) -> Issue:
    if typed.command.number is None:
        for question in await runs.questions(
            work.session, work.now, contact=typed.worker.contact, kind="review"
        ):
            return await selection.by_number(work, typed.worker, question.issue or 0)
    return await selection.choose(
        work, typed.worker, Act.REJECT, typed.command.number, word="不是诉求"
    )


async def answer(work: Work, typed: Typed) -> str:
    """是, 否 or a category: the answer to the latest question of ours."""
    command, contact = typed.command, typed.worker.contact
    questions = [
        q
        for kind in ("review", "same", "solved")
        for q in await runs.questions(work.session, work.now, contact=contact, kind=kind)
        if command.number in (None, q.issue)
    ]
    if not questions:
        raise Refused(work.say("reply.no_question"))
    question = max(questions, key=lambda q: q.id or 0)
    same_kind = [q for q in questions if q.kind == question.kind]
    if command.number is None and len(same_kind) > 1:
        numbers = "、".join(f"{q.issue}号" for q in same_kind[:6])
        raise Refused(work.say("reply.which_question", numbers=numbers, example=question.issue))
    issue = await issues.get(work.session, question.issue or 0, lock=True)
    if issue is None:
        raise Refused(work.say("reply.no_question"))
    await runs.settle(work.session, contact=contact, kind=question.kind, issue=issue.number)
    if question.kind == "review":
        return await _review(work, typed, issue)
    if question.kind == "same":
        return await _same(work, typed, issue, int(question.data["other"]))
    return await _solved(work, typed, issue)


async def _review(work: Work, typed: Typed, issue: Issue) -> str:
    if issue.status != Status.PENDING_REVIEW:
        raise Refused(work.say("reply.no_question"))
    part = await selection.part_of(work, typed.worker, issue) or Part.ASKED
    actor = desk.Actor(typed.worker.id, part)
    if typed.command.verb is Verb.NO:
        await steering.reject(work, issue, actor, "")
        return work.say("reply.rejected", number=issue.number)
    category = typed.command.category
    await opening.confirmed(work, issue, actor, category=category)
    await steering.learn(work, issue, "confirm")
    return work.say(
        "reply.confirmed", number=issue.number, category=wording.category_name(issue),
        now_with=wording.called(work, issue.worker_id),
    )  # fmt: skip


async def _same(work: Work, typed: Typed, issue: Issue, other: int) -> str:
    target = await issues.get(work.session, other, lock=True)
    if typed.command.verb is not Verb.YES or target is None:
        return work.say("reply.kept_apart", number=issue.number, other=other)
    if not desk.can(issue, Act.MERGE) or not desk.can(target, Act.ABSORB):
        raise Refused(work.say("reply.cannot_merge", number=other, other=issue.number))
    actor = desk.Actor(typed.worker.id, Part.ASKED)
    await steering.merge(work, target, issue, actor)
    return work.say("reply.merged_now", number=other, other=issue.number)


async def _solved(work: Work, typed: Typed, issue: Issue) -> str:
    if typed.command.verb is not Verb.YES:
        issue.probably_solved = False
        work.session.add(issue)
        return work.say("reply.not_solved", number=issue.number, due=work.when(issue.due_at))
    actor = await selection.actor_for(work, typed.worker, issue, Act.HANDLE, word="办结")
    await handling.handle(work, issue, actor, _holder_after(actor.part, issue, typed.worker), "")
    return work.say(
        "reply.handled", number=issue.number, matter=wording.matter(issue), photo=0,
        late=issue.overdue, said=True,
    )  # fmt: skip


async def leave(work: Work, typed: Typed) -> str:
    """请假: not asked on those days."""
    today = work.now.astimezone(work.house.settings.zone).date()
    days, _ = take_days(typed.command.rest, today)
    if days is None or days[1] < today:
        raise Refused(work.say("reply.leave_when"))
    work.session.add(Absence(worker_id=typed.worker.id, first_day=days[0], last_day=days[1]))
    first, last = (f"{d.month}月{d.day}日" for d in days)
    hand = await selection.listed(work, typed.worker)
    return work.say("reply.on_leave", first=first, last=last, hand=hand)


async def todo(work: Work, typed: Typed) -> str:
    """待办: what is in hand, the most pressing first."""
    rows = await selection.in_hand(work, typed.worker)
    helping = await issues.helping(work.session, typed.worker.id)
    lines = [
        {
            "number": issue.number,
            "place": wording.place(issue),
            "matter": wording.matter(issue),
            "status": desk.status_name(issue),
            "due": work.when(issue.due_at),
            "late": issue.overdue,
        }
        for issue in rows[:12]
    ]
    return work.say(
        "reply.todo", lines=lines, more=max(len(rows) - 12, 0),
        helping="、".join(f"{row.issue}号" for row in helping),
    )  # fmt: skip


async def progress(work: Work, typed: Typed) -> str:
    """进度, for a worker: state, holder and deadline."""
    if typed.command.number is None:
        return await todo(work, typed)
    issue = await selection.by_number(work, typed.worker, typed.command.number)
    return work.say(
        "reply.progress_staff", number=issue.number, place=wording.place(issue, estate=True),
        matter=wording.matter(issue), status=desk.status_name(issue),
        holder=wording.called(work, issue.worker_id), due=work.when(issue.due_at),
        late=issue.overdue,
    )  # fmt: skip


async def attach_recent_photo(work: Work, typed: Typed, issue: Issue) -> int:
    """A photo that the worker sent shortly before 办结 is its evidence."""


    pieces = await inbox.recent_pieces(
        work.session, typed.heard, typed.heard.at - EVIDENCE_WITHIN
    )
    found = 0
    for piece in pieces:
        if piece.photo is not None and piece.issue is None:
            await opening.join_message(work, issue, piece, "evidence")
            found += 1
    return found


async def evidence(work: Work, worker: WorkerEntry, heard: Heard) -> str:
    """A photo by direct message: evidence of what was handled in the last ten minutes."""
    recent = [
        issue
        for issue in await issues.held_by(work.session, worker.id, ("handled", "closed"))
        if issue.handled_at and work.now - issue.handled_at <= EVIDENCE_WITHIN
    ]
    if not recent:
        return work.say("reply.photo_for_what", hand=await selection.listed(work, worker))
    issue = max(recent, key=lambda i: (i.handled_at or work.now, i.number))
    await opening.join_message(work, issue, heard, "evidence")
    part = await selection.part_of(work, worker, issue) or Part.HOLDER
    await desk.apply(
        work, issue, Act.EVIDENCE, desk.Actor(worker.id, part), data={"role": "evidence"}
    )
    return work.say("reply.photo_taken", number=issue.number, matter=wording.matter(issue))


WORKER_ACTIONS: dict[Verb, Action] = {
    Verb.ACCEPT: accept,
    Verb.RECEIVED: accept,
    Verb.HANDLE: handle,
    Verb.RETURN: give_back,
    Verb.TRANSFER: transfer,
    Verb.EXTEND: extend,
    Verb.SUSPEND: suspend,
    Verb.RESUME: resume,
    Verb.ASK: ask,
    Verb.WHISTLE: whistle,
    Verb.REJECT: reject,
    Verb.YES: answer,
    Verb.NO: answer,
    Verb.CATEGORY: answer,
    Verb.LEAVE: leave,
    Verb.TODO: todo,
    Verb.PROGRESS: progress,
}



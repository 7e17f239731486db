"""是, 否 or a category: the answer to a question of ours."""

from bot.casework import desk, merging, opening, steering, wording
from bot.casework.desk import Refused
from bot.casework.transitions import Act, Part, Status
from bot.casework.work import Work
from bot.commands import selection
from bot.commands.approving import approve, refuse
from bot.commands.grammar import Verb
from bot.commands.taking import handle_issue
from bot.commands.typed import Typed
from storage import issues, runs
from storage.tables import Issue, Pending

_KINDS = ("review", "same", "solved", "approve")


async def answer(work: Work, typed: Typed) -> str:
    """Take an answer to the question that it can only be meant for."""
    question = await _question(work, typed)
    if question is None:
        return await _review_for_others(work, typed)
    issue = await issues.get(work.session, question.issue or 0, lock=True)
    if issue is None:
        raise Refused(work.say("reply.no_question"))
    typed.issue = issue
    if typed.command.verb is Verb.CATEGORY and question.kind != "review":
        raise Refused(work.say("reply.no_question"))
    await runs.settle(
        work.session, contact=typed.worker.contact, kind=question.kind, issue=issue.number
    )
    match question.kind:
        case "review":
            return await _review(work, typed, issue)
        case "same":
            return await _same(work, typed, issue, int(question.data["other"]))
        case "approve":
            yes = typed.command.verb is Verb.YES
            return await (approve if yes else refuse)(work, typed, question)
        case _:
            return await _solved(work, typed, issue)


async def _question(work: Work, typed: Typed) -> Pending | None:
    """The open question that is answered; None where there is none.

    Raises:
        Refused: where several could be meant.
    """
    questions = [
        question
        for kind in _KINDS
        for question in await runs.questions(
            work.session, work.now, contact=typed.worker.contact, kind=kind
        )
        if typed.number in (None, question.issue)
        and (typed.command.verb is not Verb.CATEGORY or kind == "review")
    ]
    if typed.number is None and len({question.issue for question in questions}) > 1:
        numbers = "、".join(dict.fromkeys(f"{q.issue}号" for q in questions[:6]))
        raise Refused(work.say("reply.which_question", numbers=numbers, example=questions[0].issue))
    return max(questions, key=lambda question: question.id or 0, default=None)


async def _review_for_others(work: Work, typed: Typed) -> str:
    """The secretary may say whether it is an issue where A岗 was asked."""
    found: list[Issue] = []
    for community in work.roster.communities_of_secretary(typed.worker.id):
        found += await issues.of_community(work.session, community.id, ("pending_review",))
    if typed.number is not None:
        found = [issue for issue in found if issue.number == typed.number]
    if len(found) != 1:
        raise Refused(work.say("reply.no_question"))
    typed.issue = found[0]
    return await _review(work, typed, found[0])


async def _review(work: Work, typed: Typed, issue: Issue) -> str:
    if issue.status != Status.PENDING_REVIEW:
        raise Refused(work.say("reply.no_question"))
    part = await selection.part_of(work, typed.worker, issue) or Part.ASKED
    actor = desk.Actor(typed.worker.id, part)
    if typed.command.verb is Verb.NO:
        await steering.reject(work, issue, actor, "")
        return work.say("reply.rejected", number=issue.number)
    await opening.confirmed(work, issue, actor, category=typed.command.category)
    await steering.learn(work, issue, "confirm")
    return work.say(
        "reply.confirmed",
        number=issue.number,
        category=wording.category_name(issue),
        now_with=wording.called(work, issue.worker_id),
    )


async def _same(work: Work, typed: Typed, issue: Issue, other: int) -> str:
    target = await issues.get(work.session, other, lock=True)
    if typed.command.verb is not Verb.YES or target is None:
        return work.say("reply.kept_apart", number=issue.number, other=other)
    if not desk.can(issue, Act.MERGE) or not desk.can(target, Act.ABSORB):
        raise Refused(work.say("reply.cannot_merge", number=other, other=issue.number))
    await merging.merge(work, target, issue, desk.Actor(typed.worker.id, Part.ASKED))
    return work.say("reply.merged_now", number=other, other=issue.number)


async def _solved(work: Work, typed: Typed, issue: Issue) -> str:
    if typed.command.verb is not Verb.YES:
        issue.probably_solved = False
        work.session.add(issue)
        return work.say("reply.not_solved", number=issue.number, due=work.when(issue.due_at))
    return await handle_issue(work, typed, issue)

"""Answers to our own questions: 几栋, or what a worker wanted to know (补充)."""

from datetime import timedelta

from bot.casework import desk, dispatching, handling, opening
from bot.casework.desk import REPORTER
from bot.casework.opening import Statement
from bot.casework.transitions import Act, Status
from bot.casework.work import Work
from bot.talk import joining
from classifiers.places import only_place
from classifiers.taxonomy import Kind
from storage import issues, outgoing, runs, talk
from storage.tables import Issue

AT_ONCE = timedelta(minutes=30)


async def take(work: Work, said: Statement) -> Issue | None:
    """Take a message as the answer to a question put to its speaker; None where it is none."""
    for question in await runs.questions(
        work.session, work.now, contact=said.speaker.contact, kind="wait"
    ):
        issue = await issues.get(work.session, question.issue or 0)
        if issue is None or issue.status != Status.WAITING:
            continue
        here = said.heard.directed or question.room_id == said.heard.room_id
        fresh = work.now - question.at <= AT_ONCE
        if here and (fresh or said.heard.directed or said.meaning.kind is not Kind.CHAT):
            await _resume(work, said, issue)
            return issue
    return await _building(work, said)


async def _building(work: Work, said: Statement) -> Issue | None:
    place = only_place(said.text, asked=True)
    if place is None or not place.building:
        place = said.meaning.place if said.meaning.kind is Kind.FOLLOWUP else None
    if place is None or not place.building:
        return None
    issue = await asked_issue(work, said)
    if issue is None:
        return None
    await opening.join_message(work, issue, said.heard, "answer")
    await joining.complete(work, issue, place)
    return issue


async def asked_issue(work: Work, said: Statement) -> Issue | None:
    """The speaker's own issue whose building was asked for within the last day."""
    since = work.now - dispatching.ANSWER_WITHIN
    for issue in await talk.own_recent(work.session, said.speaker.id or 0, since):
        if issue.status not in issues.UNHANDLED or issue.building:
            continue
        if said.heard.room_id is not None and issue.source_room_id != said.heard.room_id:
            continue
        if await outgoing.exists(work.session, f"ask:{issue.number}"):
            return issue
    return None


async def _resume(work: Work, said: Statement, issue: Issue) -> None:
    await opening.join_message(work, issue, said.heard, "answer")
    await desk.apply(work, issue, Act.ANSWER, REPORTER, data={"role": "answer"})
    await handling.answered(work, issue)
    place = said.meaning.place
    moved = await joining.complete(work, issue, place) if place.named else False
    if not moved:
        await joining.tell_added(work, issue, said.text)

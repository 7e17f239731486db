"""What a follow-up does to the issue that it speaks of. What fits nothing is chat."""

from dataclasses import replace
from datetime import timedelta

from bot.casework import desk, opening, rating, wording
from bot.casework.desk import REPORTER
from bot.casework.opening import Statement
from bot.casework.transitions import Act, Status
from bot.casework.work import Work
from bot.talk import finding, joining
from classifiers.followups import Sort, says, sort_of
from classifiers.matters import is_supply
from classifiers.taxonomy import Category, Intent, Kind, Urgency
from storage import issues, runs, talk
from storage.tables import Issue

ADDS_WITHIN = timedelta(hours=24)
ADDS_BARELY_WITHIN = timedelta(minutes=30)


async def take(work: Work, said: Statement, *, target: Issue | None = None) -> Issue | None:
    """Let a follow-up do what it does; `target` where a quote names the issue.

    Says to which issue it has come; None where it fits none.
    """
    if target is None and says("thanks", said.text):
        return None
    match sort_of(said.text):
        case Sort.SOLVED:
            return await _solved(work, said, target)
        case Sort.UNSOLVED:
            return await unsolved(work, said, target)
        case Sort.URGE:
            return await urge(work, said, target)
        case Sort.SECOND:
            return await _second(work, said, target)
        case Sort.STAFF:
            return None
        case _:
            return await _other(work, said, target)


async def _solved(work: Work, said: Statement, target: Issue | None) -> Issue | None:
    issue = target or await finding.own(work, said, handled=True)
    issue = issue or await finding.supply_back(work, said)
    if issue is None:
        return None
    reported = await rating.is_reporter(work, issue, said.speaker.id or 0)
    if not reported and not (is_supply(issue.matter) and issue.status in issues.UNHANDLED):
        return None
    if rating.may_be_rated(work, issue):
        await opening.join_message(work, issue, said.heard, "feedback")
        if issue.rating is None or issue.status == Status.HANDLED:
            await rating.rate(work, issue, "satisfied", said.text)
        return issue
    if issue.status not in issues.UNHANDLED:
        return None
    await opening.join_message(work, issue, said.heard, "feedback")
    already = issue.probably_solved
    await desk.apply(
        work, issue, Act.FEEDBACK, REPORTER, data={"solved": True}, probably_solved=True
    )
    if not already:
        await _ask_whether_solved(work, issue, said)
    return issue


async def _ask_whether_solved(work: Work, issue: Issue, said: Statement) -> None:
    worker = work.roster.worker(issue.worker_id)
    if worker is None:
        return
    text = work.say(
        "worker.solved", number=issue.number, matter=wording.matter(issue),
        place=wording.place(issue), words=said.text[:40],
    )  # fmt: skip
    await work.post(
        "confirm", text, key=f"solved:{issue.number}:{said.heard.id}",
        contact=worker.contact, issue=issue,
    )  # fmt: skip
    await runs.ask(
        work.session, contact=worker.contact, kind="solved", issue=issue.number,
        at=work.now, until=work.now + finding.OWN_ISSUES,
    )  # fmt: skip


async def unsolved(work: Work, said: Statement, target: Issue | None = None) -> Issue | None:
    """还是没来: 不满意 by a reporter after 办结, an urging before it."""
    issue = target or await finding.own(work, said, handled=True)
    if issue is not None and rating.may_be_rated(work, issue):
        if not await rating.is_reporter(work, issue, said.speaker.id or 0):
            return None
        await opening.join_message(work, issue, said.heard, "feedback")
        await rating.rate(work, issue, "dissatisfied", said.text)
        return issue
    return await urge(work, said, issue)


async def urge(work: Work, said: Statement, target: Issue | None = None) -> Issue | None:
    """催办: noted each time, brought to the worker once in a while."""
    issue = target or await finding.own(work, said, handled=False)
    issue = issue or await finding.spoken_of(work, said)
    if issue is None or issue.status not in issues.UNHANDLED:
        return None
    await opening.join_message(work, issue, said.heard, "urging")
    await desk.apply(work, issue, Act.URGE, REPORTER, probably_solved=False)
    await pass_urging(work, issue, said)
    return issue


async def pass_urging(work: Work, issue: Issue, said: Statement) -> None:
    """Tell the holder that people ask, at most once in the configured time for each issue."""
    last = await runs.mark(work.session, f"urged:{issue.number}")
    gap = work.house.settings.talk.urging.wall
    if last and last.moment and work.now - last.moment < gap:
        return
    worker = work.roster.worker(issue.worker_id)
    if worker is None or issue.dispatched_at is None:
        return
    await runs.set_mark(work.session, f"urged:{issue.number}", moment=work.now)
    text = work.say(
        "worker.urged", number=issue.number, matter=wording.matter(issue),
        place=wording.place(issue), due=work.when(issue.due_at),
    )  # fmt: skip
    await work.post(
        "remind", text, key=f"urged:{issue.number}:{said.heard.id}",
        contact=worker.contact, issue=issue,
    )  # fmt: skip


async def _second(work: Work, said: Statement, target: Issue | None) -> Issue | None:
    if target is not None and target.status not in issues.UNHANDLED:
        return None
    issue = target or await finding.spoken_of(work, said)
    if issue is not None:
        await joining.second(work, issue, said)
        return issue
    return await _same_elsewhere(work, said)


async def _same_elsewhere(work: Work, said: Statement) -> Issue | None:
    """我们5栋也是, of a lamp at 3栋: the same matter at another place is an issue of its own."""
    building = said.meaning.place.building
    if not building or said.room is None or said.room.id is None:
        return None
    model = await finding.last_spoken_of(work, said)
    if model is None or not model.building or model.building == building:
        return None
    if finding.speaks_of(said, model) is False or is_supply(model.matter):
        return None
    return await _open_alike(work, said, model)


async def _open_alike(work: Work, said: Statement, model: Issue) -> Issue:
    alike = await talk.candidates(
        work.session, community_id=said.community_id, estate=said.estate,
        categories=[model.category], building=said.meaning.place.building, landmark=False,
        room_id=None, since=work.now, supply=None,
    )  # fmt: skip
    for other in alike:
        issue = await issues.get(work.session, other.number)
        if issue is not None and issue.matter == model.matter:
            await joining.second(work, issue, said)
            return issue
    said.meaning = replace(
        said.meaning,
        kind=Kind.ISSUE,
        category=Category(model.category),
        intent=Intent(model.intent),
        urgency=Urgency.NORMAL,
        confidence=1.0,
    )
    opened = await opening.open_issue(work, said)
    opened.matter = model.matter
    opened.summary = f"{opened.summary}（同{model.number}号：{wording.matter(model)}）"
    work.session.add(opened)
    await opening.proceed(work, opened, unsure=False)
    return opened


async def _other(work: Work, said: Statement, target: Issue | None) -> Issue | None:
    """Words that name an open outage and no more (没水了) second it; the rest can only add."""
    lacks = says("lacking", said.text) and not says("question", said.text)
    if target is None and (lacks or says("outage", said.text)):
        issue = await finding.spoken_of(work, said)
        if issue is not None:
            await joining.second(work, issue, said)
            return issue
    if target is not None and said.meaning.kind is Kind.ISSUE:
        if target.status not in issues.UNHANDLED:
            return None
        await joining.second(work, target, said)
        return target
    return await _addition(work, said, target)


async def _addition(work: Work, said: Statement, target: Issue | None) -> Issue | None:
    issue = target or await finding.own(work, said, handled=False)
    if issue is None or issue.status not in issues.UNHANDLED:
        return None
    telling = said.meaning.place.named or finding.speaks_of(said, issue)
    within = ADDS_WITHIN if telling else ADDS_BARELY_WITHIN
    if target is None and issue.created_at < work.now - within:
        return None
    await opening.join_message(work, issue, said.heard, "addition")
    await desk.apply(work, issue, Act.REPORT, REPORTER, data={"role": "addition"})
    if not await joining.complete(work, issue, said.meaning.place):
        await joining.tell_added(work, issue, said.text)
    return issue

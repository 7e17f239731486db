"""Which issue a follow-up speaks of, and what it does to it. What fits nothing is chat."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from bot.casework import desk, opening, rating, wording
from bot.casework.desk import REPORTER
from bot.casework.opening import Statement
from bot.casework.transitions import Act, Status
from bot.casework.work import Work
from bot.talk import joining
from classifiers.followups import Sort, sort_of
from classifiers.matters import families, is_supply, matters, spoken_of
from classifiers.taxonomy import Category, Intent, Kind, Urgency
from storage import issues, runs
from storage.tables import Issue

CONVERSATION = timedelta(hours=2)
OWN_ISSUES = timedelta(days=7)


def speaks_of(text: str, issue: Issue) -> bool | None:
    """Whether the words name the issue's matter; None where they name none at all."""
    named = spoken_of(text)
    if not named:
        return None
    if issue.matter in named:
        return True
    if any(matters()[name].supply for name in named):
        return False
    return issue.category in families(named)


def _place_fits(said: Statement, issue: Issue) -> bool:
    building = said.meaning.place.building
    return not building or not issue.building or building == issue.building


def _open(rows: Sequence[Issue]) -> list[Issue]:
    return [issue for issue in rows if issue.status in issues.UNHANDLED]


async def find_spoken_of(work: Work, said: Statement) -> Issue | None:
    """The unhandled issue of the room that a follow-up of anybody speaks of."""
    if said.room is None or said.room.id is None:
        return None
    window = work.house.settings.talk.placeless_window.wall
    recent = _open(await issues.raised_in_room(work.session, said.room.id, work.now - window))
    named = [issue for issue in recent if speaks_of(said.text, issue)]
    if named:
        fitting = [i for i in named if _place_fits(said, i) or is_supply(i.matter)]
        return fitting[0] if fitting else None
    talked = await issues.raised_in_room(work.session, said.room.id, work.now - CONVERSATION)
    for issue in _open(talked):
        if speaks_of(said.text, issue) is None and _place_fits(said, issue):
            return issue
        if speaks_of(said.text, issue) is None and is_supply(issue.matter):
            return issue
    return None


async def find_own(work: Work, said: Statement, *, handled: bool) -> Issue | None:
    """The speaker's own issue that a follow-up speaks of."""
    if said.speaker.id is None:
        return None
    rows = [
        issue
        for issue in await issues.reported_by(work.session, said.speaker.id)
        if (
            issue.status in issues.UNHANDLED
            or (handled and rating.may_be_rated(work, issue))
        )
        and issue.created_at >= work.now - OWN_ISSUES * 4
        and _place_fits(said, issue)
    ]
    named = [issue for issue in rows if speaks_of(said.text, issue)]
    if named:
        return named[0]
    unnamed = [issue for issue in rows if speaks_of(said.text, issue) is None]
    fresh = [issue for issue in unnamed if issue.created_at >= work.now - OWN_ISSUES]
    return fresh[0] if fresh else None


async def take(work: Work, said: Statement, *, target: Issue | None = None) -> bool:
    """Let a follow-up do what it does; `target` where a quote names the issue. Says whether it fits."""
    sort = sort_of(said.text)
    match sort:
        case Sort.SOLVED:
            return await _solved(work, said, target)
        case Sort.UNSOLVED:
            return await _unsolved(work, said, target)
        case Sort.URGE:
            return await _urge(work, said, target)
        case Sort.SECOND:
            return await _second(work, said, target)
        case Sort.STAFF:
            return False
        case _:
            return await _addition(work, said, target)


async def _solved(work: Work, said: Statement, target: Issue | None) -> bool:
    issue = target or await find_own(work, said, handled=True)
    if issue is None or not await rating.is_reporter(work, issue, said.speaker.id or 0):
        return False
    await opening.join_message(work, issue, said.heard, "feedback")
    if rating.may_be_rated(work, issue):
        if issue.rating is None or issue.status == Status.HANDLED:
            await rating.rate(work, issue, "satisfied", said.text)
        return True
    if not desk.can(issue, Act.FEEDBACK):
        return False
    already = issue.probably_solved
    await desk.apply(
        work, issue, Act.FEEDBACK, REPORTER, data={"solved": True}, probably_solved=True
    )
    worker = work.roster.worker(issue.worker_id)
    if worker and not already:
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
            at=work.now, until=work.now + OWN_ISSUES,
        )  # fmt: skip
    return True


async def _unsolved(work: Work, said: Statement, target: Issue | None) -> bool:
    issue = target or await find_own(work, said, handled=True)
    if issue is not None and rating.may_be_rated(work, issue):
        if not await rating.is_reporter(work, issue, said.speaker.id or 0):
            return False
        await opening.join_message(work, issue, said.heard, "feedback")
        await rating.rate(work, issue, "dissatisfied", said.text)
        return True
    return await _urge(work, said, issue)


async def _urge(work: Work, said: Statement, target: Issue | None) -> bool:
    issue = target or await find_own(work, said, handled=False)
    issue = issue or await find_spoken_of(work, said)
    if issue is None or issue.status not in issues.UNHANDLED:
        return False
    await opening.join_message(work, issue, said.heard, "urging")
    await desk.apply(work, issue, Act.URGE, REPORTER, probably_solved=False)
    last = await runs.mark(work.session, f"urged:{issue.number}")
    gap = work.house.settings.talk.urging.wall
    if last and last.moment and work.now - last.moment < gap:
        return True
    worker = work.roster.worker(issue.worker_id)
    if worker and issue.dispatched_at is not None:
        await runs.set_mark(work.session, f"urged:{issue.number}", moment=work.now)
        text = work.say(
            "worker.urged", number=issue.number, matter=wording.matter(issue),
            place=wording.place(issue), due=work.when(issue.due_at),
        )  # fmt: skip
        await work.post(
            "remind", text, key=f"urged:{issue.number}:{said.heard.id}", contact=worker.contact, issue=issue
        )
    return True


async def _second(work: Work, said: Statement, target: Issue | None) -> bool:
    issue = target if target and target.status in issues.UNHANDLED else None
    issue = issue or await find_spoken_of(work, said)
    if issue is not None:
        await joining.second(work, issue, said)
        return True
    return await _same_elsewhere(work, said)


async def _same_elsewhere(work: Work, said: Statement) -> bool:
    """我们5栋也是, of a lamp at 3栋: the same matter at another place is an issue of its own."""
    building = said.meaning.place.building
    if not building or said.room is None or said.room.id is None:
        return False
    talked = await issues.raised_in_room(
        work.session, said.room.id, work.now - timedelta(minutes=30)
    )
    for issue in _open(talked):
        other = issue.building and issue.building != building and not is_supply(issue.matter)
        if other and speaks_of(said.text, issue) is not False:
            await _open_alike(work, said, issue)
            return True
    return False


async def _open_alike(work: Work, said: Statement, model: Issue) -> None:
    for issue in await issues.unhandled_in_estate(work.session, said.community_id, said.estate):
        if issue.matter == model.matter and issue.building == said.meaning.place.building:
            await joining.second(work, issue, said)
            return
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


async def _addition(work: Work, said: Statement, target: Issue | None) -> bool:
    issue = target
    if issue is None:
        own = await find_own(work, said, handled=False)
        if own and own.created_at >= work.now - timedelta(hours=24):
            issue = own
    if issue is None or issue.status not in issues.UNHANDLED:
        return False
    await joining.complete(work, issue, said.meaning.place)
    await joining.add(work, issue, said.heard, role="addition")
    return True

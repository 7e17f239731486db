"""What residents type to the bot: progress, ratings, and their rights over what is kept of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlmodel import col, delete, select, update

from bot.casework import desk, opening, rating, wording
from bot.casework.desk import REPORTER, Refused
from bot.casework.transitions import Act, Status
from bot.casework.work import Work
from bot.commands.grammar import Verb
from bot.commands.parser import Command, number_of_quote
from storage import issues, outgoing, runs
from storage.tables import Heard, Issue, Membership, Pending, Report, Resident, Room

RATINGS = {
    Verb.SATISFIED: "satisfied",
    Verb.BASICALLY: "basically_satisfied",
    Verb.DISSATISFIED: "dissatisfied",
}
CONFIRM_WITHIN = timedelta(minutes=10)


@dataclass(slots=True)
class Asked:
    """A resident's command with who typed it and where; `quoted` where a quote names the issue."""

    speaker: Resident
    command: Command
    heard: Heard
    room: Room | None
    quoted: Issue | None = None


async def act(work: Work, asked: Asked) -> str | None:
    """Do what a resident asks for. The answer; None where silence is right.

    Raises:
        Refused: with the helpful line.
    """
    match asked.command.verb:
        case Verb.SATISFIED | Verb.BASICALLY | Verb.DISSATISFIED:
            return await rate(work, asked)
        case Verb.PROGRESS:
            return await progress(work, asked)
        case Verb.MINE:
            return await mine(work, asked)
        case Verb.OPT_OUT:
            return await opt_out(work, asked)
        case Verb.OPT_IN:
            return await opt_in(work, asked)
        case Verb.ERASE:
            return await ask_erase(work, asked)
        case Verb.CONFIRM:
            return await erase(work, asked)
        case _:
            return work.say("reply.resident_help")


async def rateable(work: Work, speaker: Resident) -> list[Issue]:
    """The speaker's issues that can be rated now, the latest handled first."""
    rows = [
        issue
        for issue in await issues.reported_by(work.session, speaker.id or 0)
        if rating.may_be_rated(work, issue)
    ]
    open_ = [issue for issue in rows if issue.status == Status.HANDLED]
    return sorted(open_ or rows, key=lambda i: (i.handled_at or work.now, i.number), reverse=True)


async def rate(work: Work, asked: Asked) -> str:
    issue = await _rated_issue(work, asked)
    if not rating.may_be_rated(work, issue):
        raise Refused(
            work.say("reply.not_rateable", number=issue.number, status=desk.status_name(issue))
        )
    await opening.join_message(work, issue, asked.heard, "feedback")
    await rating.rate(work, issue, RATINGS[asked.command.verb], asked.command.rest)
    if asked.command.verb is Verb.DISSATISFIED:
        return work.say(
            "reply.rated_bad", number=issue.number, due=work.when(issue.due_at),
            sensitive=wording.is_sensitive(issue) and asked.room is not None,
        )  # fmt: skip
    return work.say("reply.rated_good", number=issue.number)


async def _rated_issue(work: Work, asked: Asked) -> Issue:
    number = asked.command.number
    if number is None and asked.quoted is not None:
        number = asked.quoted.number
    if number is not None:
        issue = await issues.get(work.session, number, lock=True)
        if issue is not None and issue.merged_into:
            issue = await issues.get(work.session, issue.merged_into, lock=True)
        if issue is None or not await rating.is_reporter(work, issue, asked.speaker.id or 0):
            raise Refused(work.say("reply.not_your_issue", number=number))
        return issue
    rows = await asked_about(work, asked.speaker) or await rateable(work, asked.speaker)
    if len(rows) == 1:
        return rows[0]
    if not rows:
        raise Refused(work.say("reply.nothing_to_rate"))
    raise Refused(
        work.say("reply.rate_which", numbers=wording.numbers(rows[:6]), example=rows[0].number)
    )


async def asked_about(work: Work, speaker: Resident) -> list[Issue]:
    """Issues that the speaker was asked about by a follow-up and has not answered."""
    rows = []
    for question in await runs.questions(
        work.session, work.now, contact=speaker.contact, kind="rate"
    ):
        issue = await issues.get(work.session, question.issue or 0, lock=True)
        if issue is not None and rating.may_be_rated(work, issue):
            rows.append(issue)
    return rows


async def quoted_rating(work: Work, speaker: Resident, quote: str | None) -> Issue | None:
    """The issue that a quoted follow-up asked about: by its number, else the only one it can be."""
    if not quote or "满意" not in quote:
        return None
    if number := number_of_quote(quote):
        return await issues.get(work.session, number)
    rows = await asked_about(work, speaker) or await rateable(work, speaker)
    return rows[0] if len(rows) == 1 else None


async def bare_rating_in_room(work: Work, speaker: Resident, room: Room) -> Issue | None:
    """The issue that a bare 满意 in the room is for: the follow-up mentioned the speaker today."""
    for question in await runs.questions(
        work.session, work.now, contact=speaker.contact, kind="rate"
    ):
        fresh = work.now - question.at <= rating.ANSWER_WITHIN
        if fresh and question.room_id == room.id:
            return await issues.get(work.session, question.issue or 0)
    return None


async def progress(work: Work, asked: Asked) -> str:
    """进度: everything to a reporter; number, state and building to anybody else."""
    number = asked.command.number
    if number is None:
        return await mine(work, asked)
    issue = await issues.get(work.session, number)
    if issue is None:
        raise Refused(work.say("reply.no_such_resident", number=number))
    own = await rating.is_reporter(work, issue, asked.speaker.id or 0)
    sensitive = wording.is_sensitive(issue)
    if not own or (asked.room is not None and sensitive):
        known = issue.building if not sensitive else None
        return work.say(
            "reply.progress_other", number=issue.number, status=desk.status_name(issue),
            building=wording.building_name(known) if known else "",
        )  # fmt: skip
    return work.say(
        "reply.progress_own", number=issue.number, status=desk.status_name(issue),
        place=wording.place_to_building(issue), matter=wording.matter(issue),
        holder=wording.called(work, issue.worker_id), result=issue.result or "",
        due=work.when(issue.due_at) if issue.status in issues.UNHANDLED else None,
    )  # fmt: skip


async def mine(work: Work, asked: Asked) -> str:
    """我的诉求: by direct message where they have written one, else numbers and states only."""
    rows = [
        issue
        for issue in await issues.reported_by(work.session, asked.speaker.id or 0)
        if issue.status != Status.MERGED
    ][:10]
    full = asked.room is None or asked.speaker.wrote_directly
    lines = [
        {
            "number": issue.number,
            "status": desk.status_name(issue),
            "place": wording.place_to_building(issue),
            "matter": wording.matter(issue),
        }
        for issue in rows
    ]
    text = work.say("reply.mine", lines=lines, full=full)
    if asked.room is not None and full:
        key = f"mine:{asked.heard.id}"
        await work.post(
            "reply", text, key=key, contact=asked.speaker.contact,
            community_id=asked.room.community_id,
        )  # fmt: skip
        return ""
    return text


async def opt_out(work: Work, asked: Asked) -> str:
    """不要收集我: from now on nothing of them is read; what belongs to no issue is gone."""
    asked.speaker.opted_out = True
    work.session.add(asked.speaker)
    await _forget_talk(work, asked.speaker)
    await runs.settle(work.session, contact=asked.speaker.contact)
    return work.say("reply.opted_out")


async def opt_in(work: Work, asked: Asked) -> str:
    asked.speaker.opted_out = False
    work.session.add(asked.speaker)
    return work.say("reply.opted_in")


async def ask_erase(work: Work, asked: Asked) -> str:
    """删除我的信息: asked back first."""
    await runs.ask(
        work.session, contact=asked.speaker.contact, kind="erase", at=work.now,
        until=work.now + CONFIRM_WITHIN,
    )  # fmt: skip
    return work.say("reply.erase_sure")


async def erase(work: Work, asked: Asked) -> str:
    """确认: the person is taken out of everything; what an open issue needs stays without them."""
    questions: Sequence[Pending] = await runs.questions(
        work.session, work.now, contact=asked.speaker.contact, kind="erase"
    )
    if not questions:
        raise Refused(work.say("reply.nothing_to_confirm"))
    open_numbers = await erase_person(work, asked.speaker)
    return work.say("reply.erased", numbers="、".join(f"{n}号" for n in open_numbers))


async def erase_person(work: Work, person: Resident) -> list[int]:
    """Erase a resident; the numbers of the open issues whose place and matter stay."""
    open_numbers = []
    roles = ("statement", "second", "piece", "photo", "addition", "urging", "feedback", "answer")
    for issue in await issues.reported_by(work.session, person.id or 0, roles=roles):
        unfinished = issue.status not in issues.FINISHED
        await _erase_reports(work, person, issue, keep=unfinished)
        if issue.reporter_id == person.id:
            issue.reporter_id, issue.room = None, None
            await _erase_traces(work, issue)
        if unfinished:
            open_numbers.append(issue.number)
        await desk.apply(work, issue, Act.ERASE, REPORTER)
    await _forget_talk(work, person)
    await runs.settle(work.session, contact=person.contact)
    everywhere = update(Report).where(col(Report.resident_id) == person.id)
    await work.session.exec(everywhere.values(resident_id=None))
    await work.session.exec(delete(Membership).where(col(Membership.resident_id) == person.id))
    await outgoing.forget_contact(work.session, person.contact, f"erased:{person.id}")
    person.contact, person.name = f"erased:{person.id}", "（已删除）"
    person.wrote_directly = False
    work.session.add(person)
    await work.session.flush()
    return sorted(open_numbers)


async def _erase_reports(work: Work, person: Resident, issue: Issue, *, keep: bool) -> None:
    """Their words go; of an open issue the summary stays, which names nobody."""
    for report in await issues.reports_of(work.session, issue.number):
        if report.resident_id != person.id:
            continue
        report.text = issue.summary if keep and report.role == "statement" else ""
        report.photo = report.photo if keep else None
        report.household = None
        work.session.add(report)


async def _erase_traces(work: Work, issue: Issue) -> None:
    """Flat and words of the first reporter go from what was said and noted about their issue."""
    await issues.forget_flat(work.session, issue.number)
    await outgoing.forget_words(work.session, issue.number)


async def _forget_talk(work: Work, person: Resident) -> None:
    """Empty whatever of their talk is still in the inbox."""
    query = select(Heard).where(Heard.resident_id == person.id, Heard.state != "gone")
    for row in (await work.session.exec(query)).all():
        row.text, row.quote, row.photo, row.forget_at, row.state = None, None, None, None, "gone"
        work.session.add(row)
    await work.session.flush()

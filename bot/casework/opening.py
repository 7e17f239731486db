"""A statement becomes an issue: number, clocks, receipt, alarm, on to who is responsible."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.casework import clocks, desk, dispatching, informing, routing, wording
from bot.casework.desk import BOT, Actor
from bot.casework.handling import reporter_contact
from bot.casework.transitions import Act, Status
from bot.casework.work import Work
from bot.roster import Place as RosterPlace
from bot.speech import shorten
from classifiers.matters import matter_of
from classifiers.privacy import mask
from classifiers.safety import number_to_call
from classifiers.taxonomy import Category, Intent, Urgency
from classifiers.understanding import Understanding
from storage import issues, runs
from storage.tables import Heard, Issue, Report, Resident, Room

LOOK_BACK = timedelta(days=30)


@dataclass(slots=True)
class Statement:
    """What somebody stated: the words, what they mean, where they were said."""

    heard: Heard
    speaker: Resident
    community_id: str
    estate: str
    room: Room | None
    text: str
    meaning: Understanding
    pieces: list[Heard] = field(default_factory=list)
    """Earlier messages of the same speaker that belong to it: a place, a photo."""

    @property
    def at(self) -> datetime:
        return min([self.heard.at, *(p.at for p in self.pieces)])


async def open_issue(work: Work, said: Statement, *, unsure: bool = False) -> Issue:
    """Open an issue from a statement: at once, never held back."""
    meaning, place = said.meaning, said.meaning.place
    category = meaning.category or Category.OTHER
    urgency = meaning.urgency or Urgency.NORMAL
    if urgency is Urgency.NORMAL and category is Category.WELFARE:
        where = RosterPlace(said.estate, place.building, place.unit, place.room)
        if work.roster.helper_at(where):
            urgency = Urgency.URGENT  # people in need with a named helper: [[care]]
    issue = Issue(
        number=await issues.next_number(work.session),
        community_id=said.community_id,
        estate=said.estate,
        building=place.building,
        unit=place.unit,
        room=place.room,
        landmark=place.landmark,
        category=category,
        matter=matter_of(said.text, category),
        intent=meaning.intent or Intent.HELP,
        urgency=urgency,
        status=Status.ACCEPTED,
        source_room_id=said.room.id if said.room else None,
        reporter_id=said.speaker.id,
        summary=shorten(mask(said.text, rooms=True, names=work.names), 60),
        confidence=meaning.confidence,
        embedding=meaning.embedding,
        created_at=said.at,
        due_at=said.at,
        clock_from=said.at,
    )
    grid = work.roster.grid_for(said.estate, place.building)
    issue.grid_id = grid.id if grid else None
    work.session.add(issue)
    await work.session.flush()
    earlier = await issues.earlier_alike(work.session, issue, work.now - LOOK_BACK)
    issue.earlier = earlier.number if earlier else None
    await join(work, issue, said, "statement")
    await clocks.start_resolve(work, issue, said.at)
    found = await routing.route(work, issue)
    issue.worker_id = found.chain[0]
    await desk.record(work, issue, Act.OPEN, "resident", source=None)
    return issue


async def proceed(work: Work, issue: Issue, *, unsure: bool) -> None:
    """What follows an opening: an answer, a question to a person, or receipt, alarm, dispatch."""
    if issue.urgency != Urgency.CRITICAL:
        if await informing.inform(work, issue):
            return
        if unsure:
            await _review(work, issue)
            return
    await assign_and_say(work, issue)


async def assign_and_say(work: Work, issue: Issue) -> None:
    """Alarm for what is critical, dispatch, and the receipt that names who was told."""
    if issue.urgency == Urgency.CRITICAL:
        await acknowledge(work, issue)
        await alarm(work, issue)
        await dispatching.assign(work, issue)
        return
    await dispatching.assign(work, issue)
    await acknowledge(work, issue)


async def join(work: Work, issue: Issue, said: Statement, role: str) -> None:
    """Join a statement and its pieces to an issue."""
    for piece in said.pieces:
        await join_message(work, issue, piece, "photo" if piece.photo is not None else "piece")
    await join_message(work, issue, said.heard, role, place=said.meaning.place.room)


async def join_message(
    work: Work, issue: Issue, heard: Heard, role: str, *, place: str | None = None
) -> None:
    """Join one message to an issue in a role; a message is joined to an issue once."""
    issue_reports = await issues.reports_of(work.session, issue.number)
    if any(r.heard_id == heard.id for r in issue_reports):
        return
    work.session.add(
        Report(
            issue=issue.number,
            heard_id=heard.id,
            resident_id=heard.resident_id,
            reporter_key=heard.resident_id,
            room_id=heard.room_id,
            platform_id=heard.platform_id,
            role=role,
            at=heard.at,
            text=(heard.text or "")[:4000],
            household=f"{issue.building or ''}-{place}" if place else None,
            photo=heard.photo,
        )
    )
    heard.issue = issue.number
    work.touched.add(issue.number)
    work.session.add(heard)
    await work.session.flush()


async def acknowledge(work: Work, issue: Issue) -> None:
    """受理回执, where the statement was made; where it is critical with the number to call."""
    await work.session.flush()
    room = work.room_of(issue.source_room_id)
    report = await issues.first_report(work.session, issue.number)
    contact = await reporter_contact(work, issue)
    if room is None and (contact is None or contact in work.roster.by_contact):
        return  # 上报 is answered by its reply
    told = issue.worker_id if issue.status == Status.DISPATCHED else None
    call = None
    if issue.urgency == Urgency.CRITICAL:
        call = number_to_call(report.text if report else issue.summary, Category(issue.category))
    sensitive = wording.is_sensitive(issue) and room is not None
    words = {
        "number": issue.number,
        "place": wording.place_to_building(issue) if issue.building or issue.landmark else "",
        "matter": wording.matter(issue),
        "told": wording.called(work, told) if told else None,
        "call": call,
        "critical": issue.urgency == Urgency.CRITICAL,
        "sensitive": sensitive,
    }
    await work.post(
        "ack", work.say("resident.ack", **words), key=f"ack:{issue.number}",
        room=room, contact=contact, issue=issue, data=words,
    )  # fmt: skip


async def acknowledge_danger(work: Work, issue: Issue) -> None:
    """An issue has become critical: the number to call is said where it was raised."""
    reports = await issues.reports_of(work.session, issue.number)
    words = " ".join(r.text for r in reports)
    call = number_to_call(words, Category(issue.category))
    if call is None:
        return
    room = work.room_of(issue.source_room_id)
    text = work.say("resident.danger", number=issue.number, call=call)
    await work.post(
        "ack", text, key=f"danger:{issue.number}", room=room,
        contact=await reporter_contact(work, issue), issue=issue,
    )  # fmt: skip


async def alarm(work: Work, issue: Issue) -> None:
    """A critical issue is told to the work room and the secretary at once."""
    report = await issues.first_report(work.session, issue.number)
    since = report.at if report else issue.created_at
    people, _ = await wording.counts(work, issue)
    found = await routing.route(work, issue)
    words = {
        "number": issue.number,
        "matter": wording.matter(issue),
        "category": wording.category_name(issue),
        "status": desk.status_name(issue),
        "at": work.when(since),
        "people": people,
        "worker": wording.called(work, found.chain[0]),
        "sensitive": wording.is_sensitive(issue),
    }
    room = work.room_named(work.roster.work_room(issue.community_id))
    if room:
        text = work.say(
            "worker.alarm", place=wording.place_to_building(issue), words=issue.summary, **words
        )
        await work.post("alert", text, key=f"alarm:{issue.number}:room", room=room, issue=issue)
    text = work.say(
        "worker.alarm",
        **{
            **words,
            "sensitive": False,
            "place": wording.place(issue, estate=True, room=True),
            "words": await wording.words_of(work, issue, length=60),
        },
    )
    await dispatching.tell_secretary(work, issue, text, f"alarm:{issue.number}:secretary")


async def _review(work: Work, issue: Issue) -> None:
    """待核实: the A岗 is asked whether this is an issue, and what it is."""
    worker_id = await routing.reviewer(work, issue)
    await desk.apply(
        work,
        issue,
        Act.REVIEW,
        BOT,
        data={"confidence": issue.confidence},
        asked=[worker_id],
        worker_id=worker_id,
    )
    await ask_review(work, issue, worker_id)


async def ask_review(work: Work, issue: Issue, worker_id: str) -> None:
    worker = work.roster.workers[worker_id]
    text = work.say(
        "worker.confirm",
        number=issue.number,
        words=await wording.words_of(work, issue),
        category=wording.category_name(issue),
        place=wording.place(issue, estate=True),
    )
    await work.post(
        "confirm", text, key=f"confirm:{issue.number}", contact=worker.contact, issue=issue
    )
    held = await work.held_until(
        "confirm", issue.urgency, to_room=False, community_id=issue.community_id
    )
    emergency = await work.emergency(issue.community_id)
    due = work.house.deadlines.accept_by(issue.urgency, max(work.now, held), emergency=emergency)
    await issues.set_timer(work.session, issue.number, "review", due)
    await runs.ask(
        work.session, contact=worker.contact, kind="review", issue=issue.number,
        at=work.now, until=due + timedelta(days=30),
    )  # fmt: skip


async def confirmed(work: Work, issue: Issue, actor: Actor, *, category: str | None = None) -> None:
    """It is an issue: on with it, as guessed or as corrected."""
    changes: dict[str, Any] = {}
    if category and category != issue.category:
        changes = {"category": category, "matter": matter_of(issue.summary, category)}
    await issues.drop_timers(work.session, issue.number, "review")
    await runs.settle(work.session, kind="review", issue=issue.number)
    await desk.apply(
        work, issue, Act.CONFIRM, actor, data={"category": category or issue.category},
        asked=[], **changes,
    )  # fmt: skip
    await assign_and_say(work, issue)

"""群众评单: the follow-up, what residents answer, and what comes of it."""

from datetime import timedelta

from bot.casework import clocks, desk, dispatching, wording
from bot.casework.desk import CLOCK, REPORTER
from bot.casework.transitions import Act, Status
from bot.casework.work import Work
from bot.speech import shorten
from storage import issues, outgoing, runs
from storage.tables import Issue, Report, Resident

RATING_NAMES = {"satisfied": "满意", "basically_satisfied": "基本满意", "dissatisfied": "不满意"}
ANSWER_WITHIN = timedelta(hours=24)


async def follow_up(work: Work, issue: Issue) -> None:
    """回访: once, to the first reporter, by direct message where they have written one before."""
    if issue.status != Status.HANDLED or issue.rating in ("satisfied", "basically_satisfied"):
        return
    resident = await work.session.get(Resident, issue.reporter_id) if issue.reporter_id else None
    if resident is None or resident.opted_out:
        return
    worker = work.roster.by_contact.get(resident.contact)
    if worker is not None and issue.source_room_id is None and worker.id == issue.worker_id:
        return  # nobody is asked whether they are content with their own work
    room = work.room_of(issue.source_room_id)
    if room is not None and (resident.wrote_directly or room.kind != "residents"):
        room = None
    event = await desk.apply(work, issue, Act.FOLLOW_UP, CLOCK)
    sensitive = wording.is_sensitive(issue) and room is not None
    text = work.say(
        "resident.followup", name=resident.name, number=issue.number,
        place=wording.place_to_building(issue) if issue.building or issue.landmark else "",
        matter=wording.matter(issue), sensitive=sensitive, in_room=room is not None,
    )  # fmt: skip
    await work.post(
        "followup", text, key=f"followup:{event.id}", room=room, contact=resident.contact,
        mentions=[resident.contact] if room else [], issue=issue,
    )  # fmt: skip
    until = work.now + work.house.settings.deadlines.close_after.wall
    sent = await work.held_until(
        "followup", issue.urgency, to_room=room is not None, community_id=issue.community_id
    )
    await runs.ask(
        work.session, contact=resident.contact, kind="rate", issue=issue.number,
        at=sent, until=until, room_id=room.id if room else None,
    )  # fmt: skip


def may_be_rated(work: Work, issue: Issue) -> bool:
    """Whether a rating is possible now: after 办结, and for a while after the close."""
    if issue.status == Status.HANDLED:
        return True
    if issue.status != Status.CLOSED:
        return False
    within = work.house.settings.deadlines.reopen_within.wall
    return issue.closed_at is not None and work.now <= issue.closed_at + within


async def rate(work: Work, issue: Issue, rating: str, words: str = "") -> None:
    """Take a rating: 满意 and 基本满意 close, 不满意 sends it back to work."""
    await runs.settle(work.session, kind="rate", issue=issue.number)
    if rating == "dissatisfied":
        await _rework(work, issue, words)
        return
    await clocks.stop_all(work, issue)
    await outgoing.withdraw(work.session, issue.number, "followup")
    await desk.apply(
        work, issue, Act.RATE, REPORTER, data={"rating": rating, "words": shorten(words, 80)},
        rating=rating, closed_at=issue.closed_at or work.now,
    )  # fmt: skip


async def _rework(work: Work, issue: Issue, words: str) -> None:
    """不满意: 返工 with a fresh resolve clock; what was overdue stays so."""
    await clocks.stop_all(work, issue)
    await outgoing.withdraw(work.session, issue.number, "followup", "result")
    issue.clock_from = work.now
    issue.due_at = work.house.deadlines.resolve_by(issue.urgency, work.now)
    never_sent = issue.dispatched_at is None  # it was answered, and the answer did not help
    event = await desk.apply(
        work,
        issue,
        Act.REWORK,
        REPORTER,
        reason=shorten(words, 80) or None,
        data={"rating": "dissatisfied", "words": shorten(words, 80)},
        rating="dissatisfied",
        rework=issue.rework + 1,
        handled_at=None,
        closed_at=None,
        dispatched_at=issue.dispatched_at or work.now,
        asked=issue.asked or [issue.worker_id],
    )
    await _restart(work, issue)
    if never_sent and issue.worker_id:
        await dispatching.post_dispatch(work, issue, issue.worker_id, f"rework:{event.id}")
    await _tell_of_rework(work, issue, words, event.id, holder=not never_sent)


async def _tell_of_rework(
    work: Work, issue: Issue, words: str, event_id: int | None, *, holder: bool
) -> None:
    worker = work.roster.worker(issue.worker_id)
    told = {
        "number": issue.number,
        "place": wording.place(issue, estate=True),
        "matter": wording.matter(issue),
        "words": shorten(words, 60),
        "due": work.when(issue.due_at),
        "who": work.roster.worker_name(issue.worker_id),
        "rework": issue.rework,
    }
    if worker and holder:
        text = work.say("worker.rework", **told)
        await work.post(
            "remind", text, key=f"rework:{event_id}", contact=worker.contact, issue=issue
        )
    await dispatching.tell_secretary(
        work, issue, work.say("secretary.rework", **told), f"rework:{event_id}:secretary"
    )


async def _restart(work: Work, issue: Issue) -> None:
    """Set the fresh clock; an issue that was overdue is not called overdue a second time."""
    was_overdue, issue.overdue = issue.overdue, False
    await clocks.set_resolve(work, issue, fresh=True)
    issue.overdue = was_overdue
    work.session.add(issue)
    await work.session.flush()


async def close_silently(work: Work, issue: Issue) -> None:
    """Nobody has answered the follow-up: closed unrated."""
    if issue.status == Status.HANDLED:
        await runs.settle(work.session, kind="rate", issue=issue.number)
        await clocks.stop_all(work, issue)
        await desk.apply(work, issue, Act.CLOSE, CLOCK, closed_at=work.now)


async def is_reporter(work: Work, issue: Issue, resident_id: int) -> bool:
    reports: list[Report] = list(await issues.reports_of(work.session, issue.number))
    return any(r.resident_id == resident_id and r.role in issues.COUNTED_ROLES for r in reports)

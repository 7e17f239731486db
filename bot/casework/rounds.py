"""What happens to issues because time passed: one function for each kind of timer."""

from collections.abc import Awaitable, Callable

from bot.casework import desk, dispatching, opening, rating, routing, wording
from bot.casework.desk import CLOCK
from bot.casework.handling import unreached
from bot.casework.transitions import Act, Status
from bot.casework.work import Work
from storage import issues
from storage.tables import Issue, Resident

OPEN_FOR_WORK = (Status.ACCEPTED, Status.DISPATCHED, Status.IN_PROGRESS)


async def fire(work: Work, issue: Issue, kind: str) -> None:
    """Do what one timer is for; the timer itself is gone already."""
    if kind.startswith("helper:"):
        await _helper_late(work, issue, kind.removeprefix("helper:"))
    else:
        await TIMERS[kind](work, issue)
    work.touched.add(issue.number)
    await desk.settle(work)


async def _ask(work: Work, issue: Issue) -> None:
    """The time in which further pieces may come is over and no building is known."""
    if issue.status != Status.ACCEPTED or issue.dispatched_at is not None:
        return
    if issue.building:
        await dispatching.reroute(work, issue)
        return
    resident = await work.session.get(Resident, issue.reporter_id) if issue.reporter_id else None
    may_ask = resident is not None and not resident.opted_out
    if resident is None or not may_ask or not routing.may_ask_for_building(issue):
        await dispatching.settle_on_first_grid(work, issue)
        return
    if resident.contact in work.roster.by_contact and issue.source_room_id is None:
        await dispatching.settle_on_first_grid(work, issue)  # 上报: its answer was the reply
        return
    held = await work.held_until(
        "ask", issue.urgency, to_room=True, community_id=issue.community_id
    )
    # What is urgent does not wait for the morning: the question does, the dispatch goes.
    if held > work.now and issue.urgency == "normal":
        await issues.set_timer(work.session, issue.number, "ask", held)
        return
    await dispatching.ask_for_building(work, issue, resident.contact, resident.name)


async def _settle(work: Work, issue: Issue) -> None:
    """Nobody has said which building: the estate's first grid."""
    if issue.status == Status.ACCEPTED and issue.dispatched_at is None:
        await dispatching.settle_on_first_grid(work, issue)


async def _dispatch(work: Work, issue: Issue) -> None:
    """The quiet hours that held a dispatch are over."""
    if issue.status == Status.ACCEPTED:
        await dispatching.release(work, issue)


async def _review(work: Work, issue: Issue) -> None:
    """Nobody has confirmed: dispatched as guessed."""
    if issue.status == Status.PENDING_REVIEW:
        await opening.confirmed(work, issue, CLOCK)


async def _accept(work: Work, issue: Issue) -> None:
    """Silence after a dispatch: the next one is asked, in the end the secretary."""
    if issue.status != Status.DISPATCHED:
        return
    silent = issue.worker_id
    asked = await routing.next_asked(work, issue)
    if asked is None:
        await _escalate_silence(work, issue)
        return
    held = await work.held_until(
        "dispatch", issue.urgency, to_room=False, community_id=issue.community_id
    )
    if held > work.now:
        await issues.set_timer(work.session, issue.number, "accept", held)
        return
    to_b_post = routing.is_b_post(work, issue, asked)
    if to_b_post:
        issue.escalation = max(issue.escalation, 1)
    await dispatching.send_to(work, issue, asked, actor=CLOCK)
    await _tell_passed_on(work, issue, silent, asked, to_b_post=to_b_post)


async def _tell_passed_on(
    work: Work, issue: Issue, silent: str | None, asked: str, *, to_b_post: bool
) -> None:
    """The silent one hears who was asked; at level 1 the 网格长 too."""
    words = {
        "number": issue.number,
        "matter": wording.matter(issue),
        "place": wording.place(issue),
        "now_with": wording.called(work, asked),
        "silent": work.roster.worker_name(silent),
    }
    at = work.now.isoformat()
    if silent and silent != asked:
        sentence = work.say("worker.passed_on", **words)
        await dispatching.tell(
            work, issue, silent, sentence, f"passed:{issue.number}:{silent}:{at}"
        )
    grid = work.roster.grids.get(issue.grid_id or "")
    if to_b_post and grid and grid.lead and grid.lead not in (silent, asked):
        sentence = work.say("worker.lead", **words)
        await dispatching.tell(work, issue, grid.lead, sentence, f"lead:{issue.number}:{at}")


async def _escalate_silence(work: Work, issue: Issue) -> None:
    event = await desk.apply(
        work, issue, Act.ESCALATE, CLOCK, data={"why": "silent"},
        escalation=max(issue.escalation, 2),
    )  # fmt: skip
    sentence = work.say(
        "secretary.silent", number=issue.number, place=wording.place(issue, estate=True),
        matter=wording.matter(issue),
        asked=[work.roster.worker_name(w) for w in issue.asked],
        since=work.left(work.now + (work.now - (issue.dispatched_at or issue.created_at))),
        due=work.when(issue.due_at),
    )  # fmt: skip
    await dispatching.tell_secretary(work, issue, sentence, f"silent:{event.id}", kind="escalate")


async def _remind(work: Work, issue: Issue) -> None:
    """80 % of the resolve clock has run."""
    if issue.status not in OPEN_FOR_WORK:
        return
    worker = work.roster.worker(issue.worker_id)
    event = await desk.apply(work, issue, Act.REMIND, CLOCK)
    if worker:
        text = work.say(
            "worker.remind", number=issue.number, matter=wording.matter(issue),
            place=wording.place(issue), due=work.when(issue.due_at),
            left=work.left(issue.due_at),
        )  # fmt: skip
        await work.post(
            "remind", text, key=f"remind:{event.id}", contact=worker.contact, issue=issue
        )


async def _overdue(work: Work, issue: Issue) -> None:
    """100 %: the holder is reminded, the secretary told; one further resolve later the street."""
    if issue.status not in (*OPEN_FOR_WORK, Status.PENDING_REVIEW) or work.now < issue.due_at:
        return
    again = issue.overdue
    event = await desk.apply(
        work, issue, Act.OVERDUE, CLOCK, data={"again": again},
        overdue=True, escalation=max(issue.escalation, 2),
    )  # fmt: skip
    words = {
        "number": issue.number,
        "place": wording.place(issue, estate=True),
        "matter": wording.matter(issue),
        "who": wording.called(work, issue.worker_id),
        "due": work.when(issue.due_at),
        "accepted": issue.accepted_at is not None,
    }
    worker = work.roster.worker(issue.worker_id)
    if worker:
        await work.post(
            "remind", work.say("worker.overdue", **words), key=f"overdue:{event.id}",
            contact=worker.contact, issue=issue,
        )  # fmt: skip
    await dispatching.tell_secretary(
        work, issue, work.say("secretary.overdue", **words), f"overdue:{event.id}:secretary",
        kind="escalate",
    )  # fmt: skip
    street = work.house.deadlines.resolve_by(issue.urgency, issue.due_at)
    await issues.set_timer(work.session, issue.number, "street", max(street, work.now))


async def _street(work: Work, issue: Issue) -> None:
    """Late by a whole further resolve: the street is told."""
    if issue.status not in (*OPEN_FOR_WORK, Status.PENDING_REVIEW):
        return
    event = await desk.apply(work, issue, Act.ESCALATE, CLOCK, data={"why": "street"}, escalation=3)
    community = work.roster.communities[issue.community_id]
    text = work.say(
        "secretary.street", number=issue.number, place=wording.place(issue, estate=True),
        matter=wording.matter(issue), community=community.name,
        who=wording.called(work, issue.worker_id), due=work.when(issue.due_at),
        late=work.left(work.now + (work.now - issue.due_at)),
    )  # fmt: skip
    await work.post(
        "escalate", text, key=f"street:{event.id}",
        contact=work.roster.street_contact(issue.community_id), issue=issue,
    )  # fmt: skip


async def _helper_late(work: Work, issue: Issue, worker_id: str) -> None:
    """The clock of somebody who was whistled for has run out: they are reminded, the lead knows."""
    rows = await issues.helpers_of(work.session, issue.number)
    late = [row for row in rows if row.worker_id == worker_id and row.handled_at is None]
    worker = work.roster.worker(worker_id)
    if not late or worker is None or not desk.can(issue, Act.HELPER_HANDLE):
        return
    words = {
        "number": issue.number,
        "matter": wording.matter(issue),
        "place": wording.place(issue),
        "who": worker.name,
        "lead": wording.called(work, issue.worker_id),
    }
    key = f"helper-late:{issue.number}:{worker_id}"
    text = work.say("worker.helper_remind", **words)
    await work.post("remind", text, key=key, contact=worker.contact, issue=issue)
    sentence = work.say("worker.helper_late", **words)
    await dispatching.tell(work, issue, issue.worker_id or "", sentence, f"{key}:lead")


async def _follow_up(work: Work, issue: Issue) -> None:
    await rating.follow_up(work, issue)


async def _close(work: Work, issue: Issue) -> None:
    await rating.close_silently(work, issue)


async def _unreached(work: Work, issue: Issue) -> None:
    if issue.status == Status.WAITING:
        await unreached(work, issue)


TIMERS: dict[str, Callable[[Work, Issue], Awaitable[None]]] = {
    "ask": _ask,
    "settle": _settle,
    "dispatch": _dispatch,
    "review": _review,
    "accept": _accept,
    "remind": _remind,
    "overdue": _overdue,
    "street": _street,
    "followup": _follow_up,
    "close": _close,
    "unreached": _unreached,
}

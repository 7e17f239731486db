"""From an opened issue into somebody's hand: assigning, dispatching, holding, re-routing."""

from datetime import timedelta

from bot.casework import clocks, desk, routing, wording
from bot.casework.desk import BOT, CLOCK, Actor
from bot.casework.transitions import Act, Status
from bot.casework.work import Work
from storage import issues, outgoing
from storage.tables import Issue

ANSWER_WITHIN = timedelta(hours=24)
BEFORE_DISPATCH = ("ask", "settle", "accept", "dispatch")


async def assign(work: Work, issue: Issue) -> None:
    """Route an accepted issue and dispatch it, or wait for the building that decides."""
    found = await routing.route(work, issue)
    issue.worker_id = found.chain[0]
    if found.grid_id:
        issue.grid_id = found.grid_id
    if routing.needs_building(work, issue) and issue.urgency != "critical":
        pieces_over = issue.created_at + work.house.settings.talk.episode.wall
        await issues.set_timer(work.session, issue.number, "ask", max(pieces_over, work.now))
        await desk.refresh(work, issue)
        return
    await send_to(work, issue, found.chain[0])


async def settle_on_first_grid(work: Work, issue: Issue) -> None:
    """Dispatch to the estate's first grid: the building stayed unknown."""
    found = await routing.route(work, issue)
    grid = work.roster.first_grid(issue.estate)
    issue.grid_id = issue.grid_id or (grid.id if grid else None)
    await send_to(work, issue, found.chain[0])


async def send_to(work: Work, issue: Issue, worker_id: str, *, actor: Actor = BOT) -> None:
    """Dispatch to somebody now, or as soon as the quiet hours allow; until then it is accepted."""
    if issue.grid_id is None:
        grid = work.roster.grid_for(issue.estate, issue.building)
        if grid is None and not issue.building:
            grid = work.roster.first_grid(issue.estate)
        issue.grid_id = grid.id if grid else None
    issue.worker_id = worker_id
    await issues.drop_timers(work.session, issue.number, *BEFORE_DISPATCH)
    held = await work.held_until(
        "dispatch", issue.urgency, to_room=False, community_id=issue.community_id
    )
    if held > work.now:
        issue.dispatched_at = None
        await issues.set_timer(work.session, issue.number, "dispatch", held)
        await desk.refresh(work, issue)
        return
    await _dispatch(work, issue, worker_id, actor)


async def release(work: Work, issue: Issue) -> None:
    """The quiet hours are over: what was held goes out, past whoever is on leave today."""
    holder = issue.worker_id
    if holder is None or holder not in work.roster.workers or await routing.is_away(work, holder):
        holder = (await routing.route(work, issue)).chain[0]
    await _dispatch(work, issue, holder, CLOCK)


async def _dispatch(work: Work, issue: Issue, worker_id: str, actor: Actor) -> None:
    await clocks.set_accept(work, issue)
    together = await _together_with(work, issue, worker_id)
    event = await desk.apply(
        work,
        issue,
        Act.DISPATCH,
        actor,
        data={"worker": worker_id, "with": together},
        worker_id=worker_id,
        asked=[*(w for w in issue.asked if w not in (worker_id, *together)), *together, worker_id],
        dispatched_at=work.now,
        accepted_at=None,
    )
    await post_dispatch(work, issue, worker_id, f"dispatch:{event.id}")
    for other in together:
        await post_dispatch(work, issue, other, f"dispatch:{event.id}:{other}")


async def _together_with(work: Work, issue: Issue, worker_id: str) -> list[str]:
    """平急: A岗 and B岗 get each dispatch together, those who gave it back left out."""
    if not await work.emergency(issue.community_id):
        return []
    found = await routing.route(work, issue)
    if worker_id not in found.chain:
        return []
    posts = routing.posts(work, issue)
    left_out = (worker_id, *issue.declined, *issue.asked)
    return [post for post in found.chain if post in posts and post not in left_out]


async def post_dispatch(work: Work, issue: Issue, worker_id: str, key: str) -> None:
    """The dispatch: place, matter in the resident's words, how many, deadline, how to answer."""
    worker = work.roster.workers[worker_id]
    people, _ = await wording.counts(work, issue)
    accept = work.house.deadlines.accept_by(
        issue.urgency, work.now, emergency=await work.emergency(issue.community_id)
    )
    earlier = await issues.get(work.session, issue.earlier) if issue.earlier else None
    text = work.say(
        "worker.dispatch",
        number=issue.number,
        place=wording.place(issue, estate=True, room=True),
        matter=wording.matter(issue),
        urgency=issue.urgency,
        urgency_name=wording.urgency_name(issue),
        words=await wording.words_of(work, issue),
        people=people,
        accept=work.when(accept),
        due=work.when(issue.due_at),
        rework=issue.rework,
        earlier=earlier.number if earlier else None,
        photos=await _photos(work, issue),
    )
    await work.post("dispatch", text, key=key, contact=worker.contact, issue=issue)


async def _photos(work: Work, issue: Issue) -> int:
    return sum(1 for r in await issues.reports_of(work.session, issue.number) if r.photo)


async def tell(work: Work, issue: Issue, worker_id: str, sentence: str, key: str) -> None:
    """Tell a worker something that they must know and need not answer (an alert)."""
    worker = work.roster.worker(worker_id)
    if worker:
        await work.post("alert", sentence, key=key, contact=worker.contact, issue=issue)


async def tell_secretary(
    work: Work, issue: Issue, sentence: str, key: str, *, kind: str = "alert"
) -> None:
    secretary = work.roster.secretary_of(issue.community_id)
    await work.post(kind, sentence, key=key, contact=secretary.contact, issue=issue)


async def reroute(work: Work, issue: Issue) -> bool:
    """The place or the category has become another: dispatch anew where that changes who acts.

    The former holder is told. Says whether the issue has moved.
    """
    if not desk.can(issue, Act.REROUTE):
        return False
    not_sent = issue.dispatched_at is None and issue.status == Status.ACCEPTED
    if not_sent and issue.urgency != "critical" and routing.needs_building(work, issue):
        return False
    former = issue.worker_id
    grid = work.roster.grid_for(issue.estate, issue.building)
    if grid:
        issue.grid_id = grid.id
    found = await routing.route(work, issue)
    wanted = found.chain[0]
    if not grid:
        issue.grid_id = found.grid_id
    if not_sent:
        await send_to(work, issue, wanted)
        return True
    if wanted == former or wanted in issue.asked:
        await desk.refresh(work, issue)
        return False
    await _move(work, issue, former, wanted)
    return True


async def _move(work: Work, issue: Issue, former: str | None, wanted: str) -> None:
    await issues.drop_timers(work.session, issue.number, "accept", "unreached")
    await outgoing.withdraw(work.session, issue.number, "dispatch", "remind")
    if issue.paused_at is not None:
        await clocks.resume(work, issue)
    event = await desk.apply(
        work,
        issue,
        Act.REROUTE,
        BOT,
        data={"from": former, "to": wanted},
        worker_id=wanted,
        asked=[],
        declined=[],
        dispatched_at=None,
        accepted_at=None,
    )
    await send_to(work, issue, wanted)
    if former:
        sentence = work.say(
            "worker.moved",
            number=issue.number,
            matter=wording.matter(issue),
            place=wording.place(issue),
            now_with=wording.called(work, wanted),
        )
        await tell(work, issue, former, sentence, f"moved:{event.id}")


async def ask_for_building(work: Work, issue: Issue, contact: str, name: str) -> None:
    """One question to the speaker; the dispatch waits for the answer as long as configured."""
    room = work.room_of(issue.source_room_id)
    text = work.say(
        "resident.ask",
        name=name,
        matter=wording.matter(issue),
        number=issue.number,
        sensitive=wording.is_sensitive(issue),
        in_room=room is not None,
    )
    await work.post(
        "ask",
        text,
        key=f"ask:{issue.number}",
        room=room,
        contact=contact,
        mentions=[contact] if room else [],
        issue=issue,
    )
    wait = work.house.settings.talk.answer.wall
    await issues.set_timer(work.session, issue.number, "settle", work.now + wait)

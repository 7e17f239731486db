"""A statement joins an issue that is there: reporters, place, urgency, and who must hear of it."""

from bot.casework import desk, dispatching, opening, steering, wording
from bot.casework.desk import BOT, REPORTER
from bot.casework.opening import Statement
from bot.casework.transitions import Act, Status
from bot.casework.work import Work
from bot.speech import shorten
from classifiers.matters import is_supply
from classifiers.places import Place
from classifiers.taxonomy import Urgency
from storage import issues
from storage.tables import Heard, Issue


async def second(work: Work, issue: Issue, said: Statement) -> None:
    """附议: another report of the same event. The group is not answered; who wrote directly is."""
    place = said.meaning.place
    await opening.join(work, issue, said, "second")
    data = {"building": place.building} if place.building else {}
    await desk.apply(work, issue, Act.REPORT, REPORTER, data=data)
    await complete(work, issue, _of_the_event(issue, said))
    await _tell_other_grid(work, issue, place)
    await _raise_by_many(work, issue)
    await perhaps_graver(work, issue, said)
    if said.room is None and said.speaker.contact not in work.roster.by_contact:
        text = work.say(
            "resident.joined", number=issue.number, matter=wording.matter(issue),
            place=wording.place(issue),
        )  # fmt: skip
        key = f"joined:{issue.number}:{said.heard.id}"
        await work.post("ack", text, key=key, contact=said.speaker.contact, issue=issue)


def _of_the_event(issue: Issue, said: Statement) -> Place:
    """What another speaker's place says of the event itself: their unit and flat are their own."""
    place = said.meaning.place
    if said.speaker.id == issue.reporter_id:
        return place
    if is_supply(issue.matter):
        return Place(building=place.building)
    unit = place.unit if place.building else None
    return Place(building=place.building, unit=unit, landmark=place.landmark)


async def perhaps_graver(work: Work, issue: Issue, said: Statement) -> bool:
    """Raise the urgency to that of a later statement; says whether it was lower."""
    urgency = said.meaning.urgency
    if urgency is None or urgency.rank <= Urgency(issue.urgency).rank:
        return False
    await become(work, issue, urgency)
    return True


async def become(work: Work, issue: Issue, urgency: Urgency) -> None:
    """More pressing than thought: clocks, alarm, and the holder hears it."""
    await steering.raise_urgency(work, issue, REPORTER, urgency, why="statement")
    if urgency is Urgency.CRITICAL:
        if issue.status == Status.PENDING_REVIEW:
            await opening.confirmed(work, issue, BOT)
            return
        await opening.alarm(work, issue)
        await opening.acknowledge_danger(work, issue)
        if issue.status == Status.ACCEPTED and issue.dispatched_at is None:
            await dispatching.settle_on_first_grid(work, issue)
    await _tell_news(work, issue, "worker.raised", urgency=wording.urgency_name(issue))


async def _raise_by_many(work: Work, issue: Issue) -> None:
    """Three reporters of one supply make it urgent."""
    people, _ = await wording.counts(work, issue)
    enough = work.house.settings.talk.supply_urgent_at
    if is_supply(issue.matter) and people >= enough and issue.urgency == Urgency.NORMAL:
        await steering.raise_urgency(work, issue, BOT, Urgency.URGENT, why="many")
        await _tell_news(work, issue, "worker.many", people=people)


async def _tell_other_grid(work: Work, issue: Issue, place: Place) -> None:
    """An outage that reaches another grid: its A岗 is told once."""
    if not place.building or place.building == issue.building or not is_supply(issue.matter):
        return
    grid = work.roster.grid_for(issue.estate, place.building)
    own = work.roster.grids.get(issue.grid_id or "")
    if grid is None or grid.id == issue.grid_id or (own and own.a_post == grid.a_post):
        return
    sentence = work.say(
        "worker.outage", number=issue.number, matter=wording.matter(issue),
        place=wording.place(issue, estate=True), other=wording.building_name(place.building),
        lead=wording.called(work, issue.worker_id),
    )  # fmt: skip
    await dispatching.tell(work, issue, grid.a_post, sentence, f"outage:{issue.number}:{grid.id}")


async def complete(work: Work, issue: Issue, place: Place, *, correct: bool = False) -> bool:
    """Fill in what a later piece says of the place, or put it right; re-route where that matters.

    Says whether anything has changed.
    """
    changes: dict[str, str] = {}
    for key in ("building", "unit", "room", "landmark"):
        new, old = getattr(place, key), getattr(issue, key)
        if new and new != old and (correct or not old):
            changes[key] = new
    if not correct and issue.building and place.building not in (None, issue.building):
        return False
    if correct and "building" in changes:
        changes.setdefault("unit", place.unit or "")
        changes.setdefault("room", place.room or "")
    if not changes:
        return False
    values = {key: value or None for key, value in changes.items()}
    await desk.apply(work, issue, Act.COMPLETE, REPORTER, data=changes, **values)
    await steering.take_care(work, issue)
    moved = False
    # A named helper is known by the flat, everybody else by the building.
    at_home = issue.category == "welfare" and {"unit", "room"} & set(changes)
    if "building" in changes or at_home:
        grid = work.roster.grid_for(issue.estate, issue.building)
        issue.grid_id = grid.id if grid else issue.grid_id
        moved = await dispatching.reroute(work, issue)
    if not moved:
        await _tell_news(work, issue, "worker.place", place=wording.place(issue, room=True))
    return True


async def add(work: Work, issue: Issue, heard: Heard, *, role: str) -> None:
    """A piece, a photo or an addition: joined, and the holder hears it in one short line."""
    await opening.join_message(work, issue, heard, role)
    act = Act.EVIDENCE if role == "photo" else Act.REPORT
    await desk.apply(work, issue, act, REPORTER, data={"role": role})
    if role == "photo":
        await _tell_news(work, issue, "worker.photo", image=heard.photo or None)
    elif heard.text:
        await tell_added(work, issue, heard.text)


async def tell_added(work: Work, issue: Issue, words: str) -> None:
    """Further words of the reporter, passed on in one line."""
    await _tell_news(work, issue, "worker.added", words=shorten(words, 60))


async def _tell_news(
    work: Work, issue: Issue, key: str, *, image: str | None = None, **words: object
) -> None:
    """What is new, in one short line to whoever holds the dispatch; nothing before there is one."""
    worker = work.roster.worker(issue.worker_id)
    if worker is None or issue.dispatched_at is None or issue.handled_at is not None:
        return
    sentence = work.say(key, number=issue.number, matter=wording.matter(issue), **words)
    reports = await issues.reports_of(work.session, issue.number)
    serial = f"{key}:{issue.number}:{len(reports)}:{issue.urgency}:{work.now.isoformat()}"
    await work.post("alert", sentence, key=serial, contact=worker.contact, issue=issue, image=image)

"""接单 and 办结: of one's own issues, of those one was asked for, and of a helper's own row."""

from datetime import timedelta

from bot.casework import desk, handling, opening, passing, wording
from bot.casework.desk import Refused
from bot.casework.transitions import Act, Part, Status
from bot.casework.work import Work
from bot.commands import selection
from bot.commands.typed import Typed, named
from bot.settings import WorkerEntry
from storage import inbox, issues
from storage.tables import Heard, Helper, Issue

EVIDENCE_WITHIN = timedelta(minutes=10)


async def accept(work: Work, typed: Typed) -> str:
    """接单, 收到."""
    if row := await _helper_row(work, typed, Act.ACCEPT):
        return await _helper_accept(work, typed, row)
    issue = await selection.choose(work, typed, Act.ACCEPT, word="接单")
    if issue.status == Status.IN_PROGRESS and issue.worker_id == typed.worker.id:
        return work.say("reply.already_accepted", number=issue.number, due=work.when(issue.due_at))
    if issue.status == Status.IN_PROGRESS:
        raise Refused(
            work.say(
                "reply.taken", number=issue.number, holder=wording.called(work, issue.worker_id)
            )
        )
    actor = await selection.actor_for(work, typed, issue, Act.ACCEPT, word="接单")
    await handling.accept(work, issue, actor, typed.worker.id)
    return work.say(
        "reply.accepted",
        number=issue.number,
        due=work.when(issue.due_at),
        **named(typed, issue),
    )


async def handle(work: Work, typed: Typed) -> str:
    """办结, with what was done."""
    if row := await _helper_row(work, typed, Act.HANDLE):
        return await _helper_handle(work, typed, row)
    issue = await selection.choose(work, typed, Act.HANDLE, word="办结")
    return await handle_issue(work, typed, issue)


async def handle_issue(work: Work, typed: Typed, issue: Issue) -> str:
    """办结 of one issue that is known."""
    actor = await selection.actor_for(work, typed, issue, Act.HANDLE, word="办结")
    holder = typed.worker.id
    if actor.part is Part.SECRETARY and issue.worker_id:
        holder = issue.worker_id  # who closes for somebody does not take the issue from them
    await handling.handle(work, issue, actor, holder, typed.command.rest)
    photos = await _recent_photos(work, typed, issue)
    return work.say(
        "reply.handled",
        number=issue.number,
        matter=named(typed, issue)["matter"],
        photo=photos,
        late=issue.overdue,
        said=bool(typed.command.rest),
    )


async def can_be_bare(work: Work, typed: Typed, act: Act) -> bool:
    """Whether a bare 接单 or 办结 in a work room can mean just one thing."""
    if await _helper_row(work, typed, act):
        return True
    return len(await selection.can_be_meant(work, typed, act)) == 1


async def _helper_row(work: Work, typed: Typed, act: Act) -> Helper | None:
    """The helper's row that 接单 or 办结 is for; None where it is for an issue of one's own."""
    rows = []
    for row in await issues.helping(work.session, typed.worker.id):
        issue = await issues.get(work.session, row.issue)
        if issue is None or issue.worker_id == typed.worker.id:
            continue
        if not desk.can(issue, Act.HELPER_HANDLE):
            continue
        if typed.number is None and act is Act.ACCEPT and row.accepted_at is not None:
            continue
        rows.append(row)
    if typed.number is not None:
        return next((row for row in rows if row.issue == typed.number), None)
    if len(rows) != 1 or await _own(work, typed, act):
        return None
    return rows[0]


async def _own(work: Work, typed: Typed, act: Act) -> bool:
    """Whether an issue in the worker's own hand can be meant."""
    return any(desk.can(issue, act) for issue in await selection.in_hand(work, typed.worker))


async def _helper_accept(work: Work, typed: Typed, row: Helper) -> str:
    issue = await issues.get(work.session, row.issue, lock=True)
    if issue is None:
        raise Refused(work.say("reply.nothing_to", word="接单", hand=""))
    if row.accepted_at is None:
        row.accepted_at = work.now
        work.session.add(row)
        actor = desk.Actor(typed.worker.id, Part.HELPER)
        await desk.apply(work, issue, Act.HELPER_ACCEPT, actor)
    return _helper_reply(work, typed, issue, row, "reply.helper_accepted")


async def _helper_handle(work: Work, typed: Typed, row: Helper) -> str:
    issue = await issues.get(work.session, row.issue, lock=True)
    if issue is None:
        raise Refused(work.say("reply.nothing_to", word="办结", hand=""))
    await passing.helper_done(work, issue, row, typed.command.rest)
    return _helper_reply(work, typed, issue, row, "reply.helper_handled")


def _helper_reply(work: Work, typed: Typed, issue: Issue, row: Helper, key: str) -> str:
    typed.issue = issue
    return work.say(
        key,
        number=issue.number,
        matter=named(typed, issue)["matter"],
        lead=wording.called(work, issue.worker_id),
        due=work.when(row.due_at),
    )


async def _recent_photos(work: Work, typed: Typed, issue: Issue) -> int:
    """Photos that the worker sent to the bot or a work room shortly before are the evidence."""
    rooms = [room.id for room in work.house.rooms.values() if room.kind == "work"]
    pieces = await inbox.recent_photos(
        work.session, typed.heard, typed.heard.at - EVIDENCE_WITHIN, [None, *rooms]
    )
    for piece in pieces:
        await opening.join_message(work, issue, piece, "evidence")
    if pieces:
        await _note_evidence(work, issue, typed.worker)
    return len(pieces)


async def _note_evidence(work: Work, issue: Issue, worker: WorkerEntry) -> None:
    actor = desk.Actor(worker.id, Part.HOLDER)
    await desk.apply(work, issue, Act.EVIDENCE, actor, data={"role": "evidence"})


async def take_evidence(work: Work, worker: WorkerEntry, heard: Heard) -> Issue | None:
    """Join a photo to what the worker handled in the last ten minutes, if there is such."""
    since = work.now - EVIDENCE_WITHIN
    recent = await issues.handled_since(work.session, worker.id, since)
    if not recent:
        return None
    issue = recent[0]
    await opening.join_message(work, issue, heard, "evidence")
    await _note_evidence(work, issue, worker)
    return issue


async def evidence(work: Work, worker: WorkerEntry, heard: Heard) -> str:
    """A photo by direct message, after 办结 or before it."""
    issue = await take_evidence(work, worker, heard)
    if issue is None:
        return work.say("reply.photo_for_what", hand=await selection.listed(work, worker))
    return work.say("reply.photo_taken", number=issue.number, matter=wording.matter(issue))

"""Which issue a command is for, and whether whoever typed it may: refused in one helpful line."""

from collections.abc import Sequence

from bot.casework import desk, wording
from bot.casework.desk import Actor, Refused
from bot.casework.transitions import Act, Part, Status, Transition, find
from bot.casework.work import Work
from bot.commands.typed import Typed, named
from bot.settings import WorkerEntry
from storage import issues
from storage.tables import Helper, Issue

HELD = ("accepted", "dispatched", "in_progress", "waiting", "suspended", "pending_review")
MOST_LISTED = 6


async def in_hand(work: Work, worker: WorkerEntry) -> list[Issue]:
    """Everything unfinished that a worker holds or was asked for, the earliest deadline first."""
    held = list(await issues.held_by(work.session, worker.id, HELD))
    numbers = {issue.number for issue in held}
    asked = await issues.asked_of(work.session, worker.id)
    rows = [*held, *(issue for issue in asked if issue.number not in numbers)]
    return sorted(rows, key=lambda issue: (issue.due_at, issue.number))


async def listed(work: Work, worker: WorkerEntry) -> str:
    """12号路灯、15号垃圾, for a helpful line."""
    rows = await in_hand(work, worker)
    more = f"等{len(rows)}件" if len(rows) > MOST_LISTED else ""
    return wording.numbers(rows[:MOST_LISTED]) + more


async def part_of(work: Work, worker: WorkerEntry, issue: Issue) -> Part | None:
    """In which part a worker may touch an issue; None where it is none of theirs."""
    if issue.worker_id == worker.id:
        return Part.HOLDER
    if work.roster.is_secretary(worker.id, issue.community_id):
        return Part.SECRETARY
    if worker.id in issue.asked:
        return Part.ASKED
    if await helper_row(work, issue, worker) is not None:
        return Part.HELPER
    return None


async def helper_row(work: Work, issue: Issue, worker: WorkerEntry) -> Helper | None:
    for row in await issues.helpers_of(work.session, issue.number):
        if row.worker_id == worker.id:
            return row
    return None


async def by_number(work: Work, typed: Typed, number: int) -> Issue:
    """The issue of a number, if it is any of the worker's business.

    Raises:
        Refused: where there is none, or it is somebody else's.
    """
    worker = typed.worker
    issue = await issues.get(work.session, number, lock=True)
    if issue is None:
        raise Refused(work.say("reply.no_such", number=number, hand=await listed(work, worker)))
    if await part_of(work, worker, issue) is None:
        raise Refused(
            work.say(
                "reply.foreign",
                number=number,
                holder=wording.called(work, issue.worker_id),
                hand=await listed(work, worker),
            )
        )
    if issue.status == Status.MERGED and issue.merged_into:
        raise Refused(work.say("reply.merged", number=number, into=issue.merged_into))
    return issue


async def can_be_meant(work: Work, typed: Typed, act: Act) -> list[Issue]:
    """Issues that an act without a number can be for: the worker's own, else the community's."""
    worker = typed.worker
    rows = []
    for issue in await in_hand(work, worker):
        row = find(act, Status(issue.status))
        part = await part_of(work, worker, issue)
        if row is not None and _part_for(work, worker, issue, row, part) is not None:
            rows.append(issue)
    if act is Act.HANDLE:
        started = [i for i in rows if i.status == Status.IN_PROGRESS and i.worker_id == worker.id]
        rows = started or rows
    if rows or typed.in_passing:
        return rows
    for community in work.roster.communities_of_secretary(worker.id):
        found = await issues.of_community(work.session, community.id, (*HELD, "handled"))
        rows += [issue for issue in found if _secretary_may(issue, act)]
    return rows


def _secretary_may(issue: Issue, act: Act) -> bool:
    row = find(act, Status(issue.status))
    return row is not None and Part.SECRETARY in row.who


async def choose(work: Work, typed: Typed, act: Act, *, word: str) -> Issue:
    """The issue that is meant: by number, else the only one that can be.

    Raises:
        Refused: where none or more than one can be meant.
    """
    if typed.number is not None:
        issue = await by_number(work, typed, typed.number)
    else:
        rows = await can_be_meant(work, typed, act)
        issue = only_one(work, rows, word, await listed(work, typed.worker))
    typed.issue = issue
    return issue


def only_one(work: Work, rows: Sequence[Issue], word: str, hand: str) -> Issue:
    if len(rows) == 1:
        return rows[0]
    if not rows:
        raise Refused(work.say("reply.nothing_to", word=word, hand=hand))
    raise Refused(
        work.say(
            "reply.which",
            word=word,
            hand=wording.numbers(rows[:MOST_LISTED]),
            example=rows[0].number,
        )
    )


async def actor_for(
    work: Work, typed: Typed, issue: Issue, act: Act, *, word: str, reason: str | None = None
) -> Actor:
    """The actor of an act, after everything that could forbid it was asked.

    `reason` None where the act needs none, or is asked for it later.

    Raises:
        Refused: with what would be possible.
    """
    worker = typed.worker
    row = find(act, Status(issue.status))
    if row is None:
        raise Refused(
            work.say(
                "reply.impossible",
                number=issue.number,
                matter=named(typed, issue)["matter"],
                word=word,
                status=desk.status_name(issue),
                could=_could(issue),
            )
        )
    part = _part_for(work, worker, issue, row, await part_of(work, worker, issue))
    if part is None:
        raise Refused(
            work.say(
                "reply.not_yours_to",
                number=issue.number,
                word=word,
                holder=wording.called(work, issue.worker_id),
                secretary=wording.called(work, work.roster.secretary_of(issue.community_id).id),
                only_secretary=row.who == frozenset({Part.SECRETARY}),
            )
        )
    if row.needs_reason and reason is not None and not reason.strip():
        raise Refused(work.say("reply.needs_reason", number=issue.number, word=word))
    return Actor(worker.id, part)


def _part_for(
    work: Work, worker: WorkerEntry, issue: Issue, row: Transition, part: Part | None
) -> Part | None:
    """The part in which somebody may do a row of the table; None where in none of theirs."""
    if part is not None and part in row.who:
        return part
    if Part.SECRETARY in row.who and work.roster.is_secretary(worker.id, issue.community_id):
        return Part.SECRETARY
    if part is not None and Part.ASKED in row.who and worker.id in issue.asked:
        return Part.ASKED
    return None


_WORDS = {
    Act.CONFIRM: "是／否",
    Act.ACCEPT: "接单",
    Act.HANDLE: "办结",
    Act.RETURN: "退回",
    Act.TRANSFER: "转派",
    Act.RESUME: "恢复",
    Act.EXTEND: "延期",
    Act.SUSPEND: "挂账",
}


def _could(issue: Issue) -> str:
    words = [word for act, word in _WORDS.items() if desk.can(issue, act)]
    return "、".join(words[:4])

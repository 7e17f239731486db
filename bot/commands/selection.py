"""Which issue a command is for, and whether whoever typed it may: refused in one helpful line."""

from collections.abc import Sequence

from bot.casework import desk, wording
from bot.casework.desk import Actor, Refused
from bot.casework.transitions import Act, Part, Status, Transition, find
from bot.casework.work import Work
from bot.settings import WorkerEntry
from storage import issues
from storage.tables import Helper, Issue

HELD = ("accepted", "dispatched", "in_progress", "waiting", "suspended", "pending_review")
MOST_LISTED = 6


async def in_hand(work: Work, worker: WorkerEntry) -> list[Issue]:
    """Everything unfinished that a worker holds or was asked for, the earliest deadline first."""
    held = list(await issues.held_by(work.session, worker.id, HELD))
    asked = [i for i in await issues.asked_of(work.session, worker.id) if i not in held]
    return sorted([*held, *asked], key=lambda issue: (issue.due_at, issue.number))


async def listed(work: Work, worker: WorkerEntry) -> str:
    """12号路灯、15号垃圾, for a helpful line."""
    rows = await in_hand(work, worker)
    more = f"等{len(rows)}件" if len(rows) > MOST_LISTED else ""
    return wording.numbers(rows[:MOST_LISTED]) + more


async def part_of(work: Work, worker: WorkerEntry, issue: Issue) -> Part | None:
    """In which part a worker may touch an issue; None where it is none of theirs."""
    if work.roster.is_secretary(worker.id, issue.community_id):
        if issue.worker_id == worker.id:
            return Part.HOLDER
        return Part.SECRETARY
    if issue.worker_id == worker.id:
        return Part.HOLDER
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


async def by_number(work: Work, worker: WorkerEntry, number: int) -> Issue:
    """The issue of a number, if it is any of the worker's business.

    Raises:
        Refused: where there is none, or it is somebody else's.
    """
    issue = await issues.get(work.session, number, lock=True)
    if issue is None:
        raise Refused(work.say("reply.no_such", number=number, hand=await listed(work, worker)))
    if issue.status == Status.MERGED and issue.merged_into:
        raise Refused(work.say("reply.merged", number=number, into=issue.merged_into))
    if await part_of(work, worker, issue) is None:
        raise Refused(
            work.say(
                "reply.foreign", number=number, holder=wording.called(work, issue.worker_id),
                hand=await listed(work, worker),
            )
        )  # fmt: skip
    return issue


async def choose(
    work: Work, worker: WorkerEntry, act: Act, number: int | None, *, word: str
) -> Issue:
    """The issue that is meant: by number, else the only one that can be.

    Raises:
        Refused: where none or more than one can be meant.
    """
    if number is not None:
        return await by_number(work, worker, number)
    rows = [i for i in await in_hand(work, worker) if desk.can(i, act)]
    if act is Act.ACCEPT:
        rows = [i for i in rows if i.status in (Status.DISPATCHED, Status.ACCEPTED)]
    if act is Act.HANDLE:
        started = [i for i in rows if i.status == Status.IN_PROGRESS and i.worker_id == worker.id]
        rows = started or rows
    return only_one(work, rows, word, await listed(work, worker))


def only_one(work: Work, rows: Sequence[Issue], word: str, hand: str) -> Issue:
    if len(rows) == 1:
        return rows[0]
    if not rows:
        raise Refused(work.say("reply.nothing_to", word=word, hand=hand))
    raise Refused(
        work.say("reply.which", word=word, hand=wording.numbers(rows[:MOST_LISTED]),
                 example=rows[0].number)
    )  # fmt: skip


async def actor_for(
    work: Work, worker: WorkerEntry, issue: Issue, act: Act, *, word: str, reason: str = ""
) -> Actor:
    """The actor of an act, after everything that could forbid it was asked.

    Raises:
        Refused: with what would be possible.
    """
    part = await part_of(work, worker, issue)
    row = _row(issue, act)
    if row is None:
        raise Refused(
            work.say(
                "reply.impossible", number=issue.number, matter=wording.matter(issue), word=word,
                status=desk.status_name(issue), could=_could(issue),
            )
        )  # fmt: skip
    if part is Part.HOLDER and part not in row.who:
        part = _other_part(work, worker, issue, row)
    if part is None or part not in row.who:
        raise Refused(
            work.say(
                "reply.not_yours_to", number=issue.number, word=word,
                holder=wording.called(work, issue.worker_id),
                secretary=wording.called(work, work.roster.secretary_of(issue.community_id).id),
                only_secretary=row.who == frozenset({Part.SECRETARY}),
            )
        )  # fmt: skip
    if row.needs_reason and not reason.strip():
        raise Refused(work.say("reply.needs_reason", number=issue.number, word=word))
    return Actor(worker.id, part)


def _row(issue: Issue, act: Act) -> Transition | None:
    if act is Act.SPLIT:
        return None
    return find(act, Status(issue.status))


def _other_part(
    work: Work, worker: WorkerEntry, issue: Issue, row: Transition
) -> Part | None:
    if Part.SECRETARY in row.who and work.roster.is_secretary(worker.id, issue.community_id):
        return Part.SECRETARY
    if Part.ASKED in row.who and worker.id in issue.asked:
        return Part.ASKED
    return None


_WORDS = {
    Act.CONFIRM: "是／否", Act.ACCEPT: "接单", Act.HANDLE: "办结", Act.RETURN: "退回",
    Act.TRANSFER: "转派", Act.RESUME: "恢复", Act.EXTEND: "延期", Act.SUSPEND: "挂账",
}  # fmt: skip


def _could(issue: Issue) -> str:
    words = [word for act, word in _WORDS.items() if desk.can(issue, act)]
    return "、".join(words[:4])

"""What a worker asks about themselves: 请假, 待办, 进度, 帮助."""

from bot.casework import desk, wording
from bot.casework.desk import Refused
from bot.casework.work import Work
from bot.commands import selection
from bot.commands.spans import take_leave
from bot.commands.typed import Typed, named
from storage import issues
from storage.tables import Absence

MOST_LINES = 12


async def leave(work: Work, typed: Typed) -> str:
    """请假: not asked on those days."""
    today = work.now.astimezone(work.house.settings.zone).date()
    days = take_leave(typed.command.rest, today)
    if days is None or days[1] < today:
        raise Refused(work.say("reply.leave_when"))
    work.session.add(Absence(worker_id=typed.worker.id, first_day=days[0], last_day=days[1]))
    first, last = (f"{day.month}月{day.day}日" for day in days)
    hand = await selection.listed(work, typed.worker)
    return work.say("reply.on_leave", first=first, last=last, hand=hand)


async def todo(work: Work, typed: Typed) -> str:
    """待办: what is in hand, the most pressing first."""
    rows = await selection.in_hand(work, typed.worker)
    helping = await issues.helping(work.session, typed.worker.id)
    lines = [
        {
            "number": issue.number,
            "status": desk.status_name(issue),
            "due": work.when(issue.due_at),
            "late": issue.overdue,
            **named(typed, issue),
        }
        for issue in rows[:MOST_LINES]
    ]
    return work.say(
        "reply.todo",
        lines=lines,
        more=max(len(rows) - MOST_LINES, 0),
        helping="、".join(f"{row.issue}号" for row in helping),
    )


async def progress(work: Work, typed: Typed) -> str:
    """进度, for a worker: state, holder and deadline."""
    if typed.number is None:
        return await todo(work, typed)
    issue = await selection.by_number(work, typed, typed.number)
    typed.issue = issue
    return work.say(
        "reply.progress_staff",
        number=issue.number,
        status=desk.status_name(issue),
        holder=wording.called(work, issue.worker_id),
        due=work.when(issue.due_at),
        late=issue.overdue,
        **named(typed, issue),
    )


async def help_line(work: Work, typed: Typed) -> str:
    """帮助: the words that can be typed."""
    secretary = bool(work.roster.communities_of_secretary(typed.worker.id))
    return work.say("reply.help", secretary=secretary)

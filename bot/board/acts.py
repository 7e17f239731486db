"""What may be done on a page: the same words as in chat, through the same functions.

A form becomes a `Command` and goes the way of a typed one (`bot.commands.actions`). Each form of a
page bears a key that is written into the inbox with it, once: a second click of the same button is
the same message. It also bears a mark of the issue as it was shown: what somebody else has changed
meanwhile is shown before anything is done.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from bot.board.viewer import Viewer
from bot.casework import desk
from bot.casework.desk import Refused
from bot.casework.transitions import ACT_NAMES, Act, Part, Status
from bot.casework.work import Work
from bot.commands import selection
from bot.commands.actions import ACTIONS
from bot.commands.grammar import Verb
from bot.commands.parser import Command
from bot.commands.typed import Typed
from classifiers.taxonomy import Category
from storage import inbox, issues
from storage.search import seen_issue
from storage.tables import Heard, Issue

ACCOUNT = "board"
LONGEST = 500


@dataclass(frozen=True, slots=True)
class Offer:
    """One act with what its form asks for."""

    id: str
    word: str
    verb: Verb
    act: Act
    asks: tuple[str, ...] = ()
    """words, worker, called, category, days, day, other: the fields of its form."""
    label: str = ""
    needs: bool = False
    """Whether the words may not be empty."""


OFFERS = (
    Offer("accept", "接单", Verb.ACCEPT, Act.ACCEPT),
    Offer("handle", "办结", Verb.HANDLE, Act.HANDLE, ("words",), "做了什么"),
    Offer("resume", "恢复", Verb.RESUME, Act.RESUME),
    Offer("transfer", "转派", Verb.TRANSFER, Act.TRANSFER, ("worker", "words"), "为什么（可不填）"),
    Offer("category", "改类", Verb.RECATEGORISE, Act.RECATEGORISE, ("category",)),
    Offer("supervise", "督办", Verb.SUPERVISE, Act.SUPERVISE),
    Offer("return", "退回", Verb.RETURN, Act.RETURN, ("words",), "为什么退回", True),
    Offer("extend", "延期", Verb.EXTEND, Act.EXTEND, ("days", "words"), "为什么延期", True),
    Offer("suspend", "挂账", Verb.SUSPEND, Act.SUSPEND, ("day", "words"), "为什么挂账", True),
    Offer("ask", "补充", Verb.ASK, Act.ASK, ("words",), "要问反映人什么", True),
    Offer("whistle", "吹哨", Verb.WHISTLE, Act.WHISTLE, ("called",)),
    Offer("merge", "并案", Verb.MERGE, Act.MERGE, ("other",)),
    Offer("split", "拆案", Verb.SPLIT, Act.SPLIT),
    Offer("reject", "不是诉求", Verb.REJECT, Act.REJECT, ("words",), "为什么（填了会告诉反映人）"),
    Offer("cancel", "销号", Verb.CANCEL, Act.CANCEL, ("words",), "为什么（挂账的可不填）"),
    Offer("propose", "提事", Verb.PROPOSE, Act.PROPOSE),
)
REVIEWING = (
    Offer("yes", "是诉求", Verb.YES, Act.CONFIRM),
    Offer("no", "不是诉求", Verb.NO, Act.REJECT),
    Offer("other", "是，但类别不对", Verb.CATEGORY, Act.CONFIRM, ("category",)),
)
APPROVING = (
    Offer("approve", "同意", Verb.CONFIRM, Act.EXTEND),
    Offer("refuse", "不同意", Verb.NO, Act.EXTEND),
)
BY_ID = {offer.id: offer for offer in (*OFFERS, *REVIEWING, *APPROVING)}


def mark_of(issue: Issue) -> str:
    """What an act rests on: other words of residents do not change it, another act does."""
    facts = (
        issue.status, issue.worker_id, issue.category, issue.due_at.isoformat(),
        issue.merged_into, issue.escalation,
    )  # fmt: skip
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:12]


def command_of(offer: Offer, number: int, form: Mapping[str, str]) -> Command:
    """A filled form as the command that somebody would have typed.

    Raises:
        Refused: for a field that says nothing that could be meant.
    """
    words = " ".join(form.get("words", "").split())[:LONGEST]
    category = None
    if "category" in offer.asks:
        try:
            category = Category(form.get("category", ""))
        except ValueError:
            raise Refused("先选一个类别。") from None
    if "worker" in offer.asks or "called" in offer.asks:
        words = f"{form.get('worker', '')} {words}".strip()
    if "days" in offer.asks:
        days = form.get("days", "")
        words = f"{int(days)}天 {words}" if days.isdecimal() and len(days) < 4 else words
    if "day" in offer.asks and form.get("day"):
        words = f"{_day(form['day'])} {words}"
    if offer.verb is Verb.MERGE:
        into = form.get("other", "").strip().strip("#＃号")
        if not into.isdecimal() or len(into) > 9:
            raise Refused("填要并到哪一号，像 12。")
        return Command(offer.verb, number=int(into), other=number)
    return Command(offer.verb, number=number, rest=words, category=category)


def _day(iso: str) -> str:
    try:
        day = date.fromisoformat(iso)
    except ValueError:
        raise Refused("日期没看懂，重新选一下。") from None
    return f"{day.year}年{day.month}月{day.day}日"


async def offers_for(work: Work, viewer: Viewer, issue: Issue) -> list[Offer]:
    """The acts that are possible now, for this issue and this person."""
    if issue.status == Status.PENDING_REVIEW:
        return [
            one for one in OFFERS if one.id == "transfer" and await _may(work, viewer, issue, one)
        ]
    return [one for one in OFFERS if await _may(work, viewer, issue, one)]


async def may_review(work: Work, viewer: Viewer, issue: Issue) -> bool:
    """Whether this person is one to say what an unsure issue is."""
    part = await selection.part_of(work, viewer.worker, issue)
    asked = part in (Part.HOLDER, Part.SECRETARY, Part.ASKED)
    return issue.status == Status.PENDING_REVIEW and asked


async def _may(work: Work, viewer: Viewer, issue: Issue, offer: Offer) -> bool:
    worker, secretary = viewer.worker, issue.community_id in viewer.leads
    if issue.status == Status.MERGED:
        return offer.act is Act.SPLIT and secretary
    match offer.act:
        case Act.SPLIT:
            return False
        case Act.MERGE if not secretary:
            return False
        case Act.EXTEND if issue.extensions and not secretary:
            return False
        case Act.ACCEPT | Act.HANDLE:
            row = await selection.helper_row(work, issue, worker)
            if row is not None and issue.worker_id != worker.id:
                done = row.accepted_at if offer.act is Act.ACCEPT else row.handled_at
                return done is None and desk.can(issue, Act.HELPER_HANDLE)
        case Act.RETURN if issue.worker_id != worker.id and worker.id in issue.asked:
            return await _allowed(work, viewer, issue, Act.DECLINE, offer.word)
    return await _allowed(work, viewer, issue, offer.act, offer.word)


async def _allowed(work: Work, viewer: Viewer, issue: Issue, act: Act, word: str) -> bool:
    typed = Typed(viewer.worker, Command(Verb.TODO, number=issue.number), _nobody(work), None)
    try:
        await selection.actor_for(work, typed, issue, act, word=word)
    except Refused:
        return False
    return True


def _nobody(work: Work) -> Heard:
    return Heard(account=ACCOUNT, place=ACCOUNT, platform_id="", resident_id=0, at=work.now)


async def act(
    work: Work, viewer: Viewer, number: int, offer: Offer, form: Mapping[str, str]
) -> str | None:
    """Do what a form says, in the running transaction.

    Returns what came of it in one sentence; None where this very form was handed in before.

    Raises:
        LookupError: where there is no such issue for this person.
    """
    issue = await seen_issue(work.session, viewer.scope, number)
    if issue is None:
        raise LookupError(number)
    await issues.lock_community(work.session, issue.community_id)
    work.typed_by = viewer.worker.contact
    heard = await _hear(work, viewer, f"{form.get('once', '')[:80]}:{number}:{offer.id}")
    if heard is None:
        return None
    await work.session.refresh(issue)
    if form.get("mark") != mark_of(issue):
        return await _changed(work, issue)
    try:
        typed = Typed(viewer.worker, command_of(offer, number, form), heard, None)
        async with work.session.begin_nested():
            return await ACTIONS[offer.verb](work, typed)
    except Refused as refused:
        return str(refused)


async def _hear(work: Work, viewer: Viewer, key: str) -> Heard | None:
    """Write a form down like a message: once."""
    contact, name = viewer.worker.contact, viewer.worker.name
    speaker = await inbox.resident(work.session, contact, name)
    row = Heard(
        account=ACCOUNT, place=ACCOUNT, platform_id=key, resident_id=speaker.id or 0, at=work.now,
        directed=True, state="gone", kind=ACCOUNT,
    )  # fmt: skip
    return await inbox.write(work.session, row)


async def _changed(work: Work, issue: Issue) -> str:
    last = await issues.last_of(work.session, issue.number)
    who = work.roster.worker(last.actor) if last else None
    did = ACT_NAMES[Act(last.act)] if last else ""
    name = who.name if who else work.house.settings.bot.name
    return f"{issue.number}号刚才有变化（{name}：{did}），这次没有改。看看现在的样子，再决定。"

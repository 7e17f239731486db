"""The life of an issue as data: from which state, by which act, to which state, by whom.

`bot.casework.desk` is the one function that carries a transition out. docs/transitions.md is made
from this table.
"""

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """The states of an issue."""

    PENDING_REVIEW = "pending_review"
    ACCEPTED = "accepted"
    DISPATCHED = "dispatched"
    IN_PROGRESS = "in_progress"
    WAITING = "waiting"
    SUSPENDED = "suspended"
    HANDLED = "handled"
    CLOSED = "closed"
    REJECTED = "rejected"
    MERGED = "merged"


STATUS_NAMES = {
    Status.PENDING_REVIEW: "待核实",
    Status.ACCEPTED: "已受理",
    Status.DISPATCHED: "已派遣",
    Status.IN_PROGRESS: "处置中",
    Status.WAITING: "待补充",
    Status.SUSPENDED: "挂账",
    Status.HANDLED: "待回访",
    Status.CLOSED: "已结案",
    Status.REJECTED: "不予受理",
    Status.MERGED: "已并案",
}


class Act(StrEnum):
    """What can be done to an issue, or happen to it."""

    OPEN = "open"
    REVIEW = "review"
    CONFIRM = "confirm"
    INFORM = "inform"
    DISPATCH = "dispatch"
    ACCEPT = "accept"
    HANDLE = "handle"
    RETURN = "return"
    DECLINE = "decline"
    TRANSFER = "transfer"
    REROUTE = "reroute"
    EXTEND = "extend"
    RETRACT = "retract"
    SUSPEND = "suspend"
    RESUME = "resume"
    ASK = "ask"
    ANSWER = "answer"
    UNREACHED = "unreached"
    REJECT = "reject"
    RECATEGORISE = "recategorise"
    MERGE = "merge"
    ABSORB = "absorb"
    SPLIT = "split"
    CANCEL = "cancel"
    SUPERVISE = "supervise"
    WHISTLE = "whistle"
    HELPER_ACCEPT = "helper_accept"
    HELPER_HANDLE = "helper_handle"
    PROPOSE = "propose"
    REPORT = "report"
    COMPLETE = "complete"
    RAISE = "raise"
    URGE = "urge"
    FEEDBACK = "feedback"
    EVIDENCE = "evidence"
    REMIND = "remind"
    ESCALATE = "escalate"
    OVERDUE = "overdue"
    FOLLOW_UP = "follow_up"
    RATE = "rate"
    REWORK = "rework"
    CLOSE = "close"
    ERASE = "erase"
    NOTE = "note"


ACT_NAMES = {
    Act.OPEN: "受理", Act.REVIEW: "待核实", Act.CONFIRM: "核实", Act.INFORM: "答复",
    Act.DISPATCH: "派单", Act.ACCEPT: "接单", Act.HANDLE: "办结", Act.RETURN: "退回",
    Act.DECLINE: "不接", Act.TRANSFER: "转派",
    Act.REROUTE: "改派", Act.EXTEND: "延期", Act.RETRACT: "撤回延期", Act.SUSPEND: "挂账",
    Act.RESUME: "恢复", Act.ASK: "补充", Act.ANSWER: "居民补充", Act.UNREACHED: "联系不上",
    Act.REJECT: "不是诉求", Act.RECATEGORISE: "改类", Act.MERGE: "并案", Act.ABSORB: "并入",
    Act.SPLIT: "拆案", Act.CANCEL: "销号", Act.SUPERVISE: "督办", Act.WHISTLE: "吹哨",
    Act.HELPER_ACCEPT: "协办接单", Act.HELPER_HANDLE: "协办办结", Act.PROPOSE: "提事",
    Act.REPORT: "附议", Act.COMPLETE: "补地点", Act.RAISE: "升级", Act.URGE: "居民催办",
    Act.FEEDBACK: "居民反馈", Act.EVIDENCE: "照片", Act.REMIND: "催办", Act.ESCALATE: "督办",
    Act.OVERDUE: "超期", Act.FOLLOW_UP: "回访", Act.RATE: "评价", Act.REWORK: "返工",
    Act.CLOSE: "结案", Act.ERASE: "删除个人信息",
    Act.NOTE: "记下",
}  # fmt: skip


class Part(StrEnum):
    """Who may do something to an issue."""

    BOT = "bot"
    CLOCK = "clock"
    HOLDER = "holder"
    ASKED = "asked"
    SECRETARY = "secretary"
    HELPER = "helper"
    REPORTER = "reporter"


PART_NAMES = {
    Part.BOT: "小格", Part.CLOCK: "时钟", Part.HOLDER: "承办人", Part.ASKED: "被派到的人",
    Part.SECRETARY: "社区书记", Part.HELPER: "协办人", Part.REPORTER: "反映人",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the table. `target` None leaves the state as it is."""

    act: Act
    sources: frozenset[Status]
    target: Status | None
    who: frozenset[Part]
    needs_reason: bool = False


S, P = Status, Part
_TO_BE_DONE = frozenset({S.ACCEPTED, S.DISPATCHED, S.IN_PROGRESS, S.WAITING})
_OPEN = _TO_BE_DONE | {S.PENDING_REVIEW, S.SUSPENDED}
_ANY = frozenset(Status)
_STAFF = frozenset({P.HOLDER, P.SECRETARY})
_SECRETARY = frozenset({P.SECRETARY})
_BOT = frozenset({P.BOT})
_CLOCK = frozenset({P.CLOCK})


def _row(
    act: Act,
    sources: frozenset[Status] | set[Status],
    target: Status | None,
    who: frozenset[Part] | set[Part],
    *,
    reason: bool = False,
) -> Transition:
    return Transition(act, frozenset(sources), target, frozenset(who), reason)


TRANSITIONS: tuple[Transition, ...] = (
    _row(Act.REVIEW, {S.ACCEPTED}, S.PENDING_REVIEW, _BOT),
    _row(Act.CONFIRM, {S.PENDING_REVIEW}, S.ACCEPTED, {*_STAFF, P.ASKED, P.CLOCK, P.BOT}),
    _row(Act.INFORM, {S.ACCEPTED}, S.HANDLED, _BOT),
    _row(Act.DISPATCH, {S.ACCEPTED, S.DISPATCHED}, S.DISPATCHED, {P.BOT, P.CLOCK}),
    _row(Act.ACCEPT, {S.ACCEPTED, S.DISPATCHED}, S.IN_PROGRESS, {P.ASKED, *_STAFF}),
    _row(Act.HANDLE, _TO_BE_DONE | {S.SUSPENDED}, S.HANDLED, {P.ASKED, *_STAFF}),
    _row(Act.RETURN, _TO_BE_DONE, S.ACCEPTED, _STAFF, reason=True),
    _row(Act.DECLINE, {S.DISPATCHED}, None, {P.ASKED}, reason=True),
    _row(Act.TRANSFER, _OPEN, S.ACCEPTED, _STAFF),
    _row(Act.REROUTE, _TO_BE_DONE, S.ACCEPTED, _BOT),
    _row(Act.EXTEND, {S.ACCEPTED, S.DISPATCHED, S.IN_PROGRESS}, None, _STAFF, reason=True),
    _row(Act.RETRACT, {S.ACCEPTED, S.DISPATCHED, S.IN_PROGRESS}, None, _SECRETARY),
    _row(Act.SUSPEND, _TO_BE_DONE, S.SUSPENDED, _STAFF, reason=True),
    _row(Act.RESUME, {S.SUSPENDED, S.WAITING}, S.IN_PROGRESS, {*_STAFF, P.CLOCK}),
    _row(Act.ASK, {S.ACCEPTED, S.DISPATCHED, S.IN_PROGRESS}, S.WAITING, _STAFF),
    _row(Act.ANSWER, {S.WAITING}, S.IN_PROGRESS, {P.REPORTER}),
    _row(Act.UNREACHED, {S.WAITING}, S.HANDLED, _CLOCK),
    _row(Act.REJECT, _OPEN, S.REJECTED, {*_STAFF, P.ASKED}),
    _row(Act.RECATEGORISE, _OPEN | {S.HANDLED}, None, _SECRETARY),
    _row(Act.MERGE, _OPEN, S.MERGED, {*_STAFF, P.ASKED}),
    _row(Act.ABSORB, _OPEN | {S.HANDLED}, None, {*_STAFF, P.ASKED}),
    _row(Act.CANCEL, {S.SUSPENDED}, S.CLOSED, _SECRETARY),
    _row(Act.CANCEL, (_OPEN | {S.HANDLED}) - {S.SUSPENDED}, S.CLOSED, _SECRETARY, reason=True),
    _row(Act.SUPERVISE, _OPEN, None, _SECRETARY),
    _row(Act.WHISTLE, _OPEN, None, _STAFF),
    _row(Act.HELPER_ACCEPT, _OPEN | {S.HANDLED}, None, {P.HELPER}),
    _row(Act.HELPER_HANDLE, _OPEN | {S.HANDLED}, None, {P.HELPER}),
    _row(Act.PROPOSE, _OPEN | {S.HANDLED, S.CLOSED}, None, _SECRETARY),
    _row(Act.REPORT, _OPEN | {S.HANDLED}, None, {P.REPORTER}),
    _row(Act.COMPLETE, _OPEN | {S.HANDLED}, None, {P.REPORTER}),
    _row(Act.RAISE, _OPEN, None, {P.BOT, P.REPORTER, P.SECRETARY}),
    _row(Act.URGE, _OPEN | {S.HANDLED}, None, {P.REPORTER}),
    _row(Act.FEEDBACK, _OPEN | {S.HANDLED}, None, {P.REPORTER}),
    _row(Act.EVIDENCE, _ANY - {S.MERGED}, None, {P.ASKED, P.REPORTER, *_STAFF}),
    _row(Act.REMIND, _TO_BE_DONE, None, _CLOCK),
    _row(Act.ESCALATE, _TO_BE_DONE | {S.PENDING_REVIEW}, None, _CLOCK),
    _row(Act.OVERDUE, _TO_BE_DONE | {S.PENDING_REVIEW}, None, _CLOCK),
    _row(Act.FOLLOW_UP, {S.HANDLED}, None, _CLOCK),
    _row(Act.RATE, {S.HANDLED, S.CLOSED}, S.CLOSED, {P.REPORTER}),
    _row(Act.REWORK, {S.HANDLED, S.CLOSED}, S.IN_PROGRESS, {P.REPORTER}),
    _row(Act.CLOSE, {S.HANDLED}, S.CLOSED, _CLOCK),
    _row(Act.ERASE, _ANY, None, {P.REPORTER}),
    _row(Act.NOTE, _ANY, None, _BOT),
)  # fmt: skip

# 拆案 goes back to where the merged issue stood: the one act whose target is not fixed. What had
# not been accepted is dispatched anew, what waited for an answer is back in hand.
SPLIT_SOURCES = frozenset({S.MERGED})
_SPLIT_TARGETS = {S.IN_PROGRESS: S.IN_PROGRESS, S.WAITING: S.IN_PROGRESS, S.SUSPENDED: S.SUSPENDED}


def split_from(before: str | None) -> Transition:
    """拆案, for an issue that stood in the state `before` when it was merged."""
    target = _SPLIT_TARGETS.get(Status(before or S.ACCEPTED), S.ACCEPTED)
    return Transition(Act.SPLIT, SPLIT_SOURCES, target, _STAFF)


def find(act: Act, status: Status) -> Transition | None:
    """The row for an act in a state; None where it is impossible."""
    for row in TRANSITIONS:
        if row.act is act and status in row.sources:
            return row
    return None


def possible(status: Status) -> list[Act]:
    """Every act that is possible in a state."""
    return [row.act for row in TRANSITIONS if status in row.sources]

"""The timeline of an issue: what happened and what was said, in one line of time, masked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.casework.rating import RATING_NAMES
from bot.casework.transitions import ACT_NAMES, STATUS_NAMES, Act, Status
from bot.casework.work import Work
from bot.speech import plain
from classifiers.privacy import mask
from classifiers.taxonomy import CATEGORY_NAMES, URGENCY_NAMES, Category, Urgency
from storage.search import events_of, said_about
from storage.tables import Event, Issue, Outgoing, Report

KINDS = {
    "ack": "受理回执", "ask": "追问", "dispatch": "派单", "remind": "催办", "escalate": "督办",
    "alert": "通报", "confirm": "请人核实", "result": "结果反馈", "followup": "回访",
    "reply": "答复", "digest": "日报", "bulletin": "群公示", "notice": "告知书",
}  # fmt: skip
ROLES = {
    "statement": "反映", "second": "附议", "piece": "补一句", "photo": "照片", "addition": "补充",
    "urging": "催", "feedback": "反馈", "answer": "回答", "evidence": "办结照片",
}  # fmt: skip
ACTORS = {"resident": "居民", "clock": "时钟", "bot": ""}
UNSENT = {"waiting": "等着发", "stuck": "没发出去", "dropped": "没有发"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the timeline."""

    at: datetime
    kind: str
    """act or said."""
    title: str
    who: str
    words: str
    state: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """Something that somebody told about the issue."""

    id: int
    at: datetime
    role: str
    who: str
    text: str
    photo: bool
    photo_missing: bool
    merged_from: int | None


async def timeline(work: Work, issue: Issue, names: Sequence[str]) -> list[Entry]:
    """Everything that happened to an issue and everything that was said about it, oldest first."""
    entries = [_act(work, event, names) for event in await events_of(work.session, issue.number)]
    entries += [
        _said(work, row, names)
        for row in await said_about(work.session, issue.number)
        if row.kind in KINDS and row.state != "joined"
    ]
    return sorted(entries, key=lambda entry: entry.at)


def _clean(text: str, names: Sequence[str]) -> str:
    return mask(plain(text), rooms=True, names=names)


def _act(work: Work, event: Event, names: Sequence[str]) -> Entry:
    worker = work.roster.worker(event.actor)
    who = worker.name if worker else ACTORS.get(event.actor, work.roster.worker_name(event.actor))
    if event.actor == "bot":
        who = work.house.settings.bot.name
    state = ""
    if event.target and event.source and event.target != event.source:
        state = STATUS_NAMES[Status(event.target)]
    words = "；".join(_details(work, event))
    title = ACT_NAMES.get(Act(event.act), event.act) if event.act in set(Act) else event.act
    return Entry(event.at, "act", title, who, _clean(words, names), state)


def _details(work: Work, event: Event) -> list[str]:
    """What an event says besides its name."""
    data: dict[str, Any] = event.data or {}
    found = []
    if worker := data.get("worker") or data.get("target"):
        found.append(f"给{work.roster.worker_name(str(worker))}")
    if event.act == Act.RECATEGORISE:
        found.append(f"{_category(data.get('from'))}改为{_category(data.get('to'))}")
    if event.act == Act.RAISE and event.state.get("urgency") in set(Urgency):
        found.append(f"升为{URGENCY_NAMES[Urgency(event.state['urgency'])]}")
    if data.get("rating") in RATING_NAMES:
        found.append(RATING_NAMES[data["rating"]])
    for text in (event.reason, data.get("result"), data.get("words"), data.get("question")):
        if isinstance(text, str) and text and text not in found:
            found.append(text)
    return found


def _category(value: object) -> str:
    known = isinstance(value, str) and value in set(Category)
    return CATEGORY_NAMES[Category(str(value))] if known else str(value or "")


def _said(work: Work, row: Outgoing, names: Sequence[str]) -> Entry:
    room = work.room_of(row.room_id)
    worker = work.roster.by_contact.get(row.contact or "")
    to = room.topic if room else worker.name if worker else "反映人"
    at = row.sent_at or row.created_at
    return Entry(
        at, "said", KINDS[row.kind], f"发给{to}", mask(row.text, rooms=True, names=names),
        UNSENT.get(row.state, ""),
    )  # fmt: skip


def told(
    reports: Sequence[Report], names: Sequence[str], people: dict[int, str] | None
) -> list[Words]:
    """What was told, in order; who it was only where `people` says their names."""
    numbered: dict[int, int] = {}
    found = []
    for report in reports:
        serial = numbered.setdefault(report.reporter_key, len(numbered) + 1)
        open_ = people is not None
        text = plain(report.text) if open_ else _clean(report.text, names)
        who = (people or {}).get(report.resident_id or 0) or f"居民{serial}"
        found.append(
            Words(
                report.id or 0, report.at, ROLES.get(report.role, report.role), who, text,
                bool(report.photo), report.photo == "", report.merged_from,
            )
        )  # fmt: skip
    return found

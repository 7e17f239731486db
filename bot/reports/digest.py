"""日报, 周报, 群公示: what a secretary reads in three minutes, what residents read in one line."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlmodel import col, select

from bot.casework import wording
from bot.casework.deadlines import last_known_year
from bot.casework.transitions import Act
from bot.casework.work import Work
from bot.speech import shorten
from classifiers.matters import name_of
from classifiers.taxonomy import CATEGORY_NAMES, SENSITIVE_CATEGORIES, Category, Intent
from storage import inbox, issues
from storage.tables import Event, Issue, Report, Resident, Room

DAY = timedelta(days=1)


@dataclass(slots=True)
class Window:
    """A stretch of time of one community, with all that happened in it."""

    community_id: str
    start: datetime
    end: datetime
    events: list[Event] = field(default_factory=list)

    def of(self, *acts: Act) -> list[Event]:
        return [event for event in self.events if event.act in acts]

    def numbers(self, *acts: Act) -> list[int]:
        return list(dict.fromkeys(e.issue for e in self.of(*acts) if e.issue is not None))


async def window(work: Work, community_id: str, start: datetime, end: datetime) -> Window:
    """Gather the events of a community from `start` up to `end`."""
    query = (
        select(Event)
        .where(Event.community_id == community_id, Event.at >= start, Event.at < end)
        .order_by(col(Event.id))
    )
    rows = list((await work.session.exec(query)).all())
    return Window(community_id, start, end, rows)


def day_bounds(work: Work, day: date) -> tuple[datetime, datetime]:
    """From midnight to midnight in the bot's time zone."""
    start = datetime.combine(day, time(0), tzinfo=work.house.settings.zone)
    return start, start + DAY


async def daily_text(work: Work, community_id: str, day: date) -> str:
    """The daily digest of a day up to now (or to the day's end)."""
    start, end = day_bounds(work, day)
    end = min(end, work.now + timedelta(microseconds=1))
    return await text_for(work, community_id, start, end, "day")


async def weekly_text(work: Work, community_id: str, last_day: date) -> str:
    """The digest of the seven days that end with `last_day`."""
    _, end = day_bounds(work, last_day)
    return await text_for(work, community_id, end - 7 * DAY, end, "week")


async def text_for(
    work: Work, community_id: str, start: datetime, end: datetime, span: str
) -> str:
    """The digest of a window as text that stands alone."""
    seen = await window(work, community_id, start, end)
    open_ = list(await issues.of_community(work.session, community_id, issues.UNHANDLED))
    late = [issue for issue in open_ if issue.overdue]
    opened = [n for n in seen.numbers(Act.OPEN)]
    rows = await _issues(work, opened)
    return work.say(
        "digest.digest",
        span=span,
        day=start.astimezone(work.house.settings.zone).date(),
        new=len([n for n in opened if n in rows]),
        handled=len(seen.numbers(Act.HANDLE, Act.UNREACHED, Act.INFORM)),
        closed=len(seen.numbers(Act.CLOSE, Act.RATE, Act.CANCEL)),
        open=len(open_),
        late=[_line(work, issue) for issue in late[:5]],
        more_late=max(len(late) - 5, 0),
        waiting=[_line(work, i) for i in open_ if i.status == "dispatched"][:3],
        suspended=sum(1 for issue in open_ if issue.status == "suspended"),
        categories=_categories(rows.values()),
        hot=await _hot(work, rows.values()),
        praised=_ratings(seen, "satisfied"),
        unhappy=[e.issue for e in seen.of(Act.REWORK)],
        rated=len(seen.of(Act.RATE, Act.REWORK)),
        heard=await _heard(work, community_id, start, end),
        calendar_missing=start.year > last_known_year(),
    )


def _line(work: Work, issue: Issue) -> dict[str, Any]:
    return {
        "number": issue.number,
        "what": wording.category_name(issue) if wording.is_sensitive(issue) else wording.matter(issue),
        "place": wording.place_to_building(issue),
        "who": wording.called(work, issue.worker_id),
        "due": work.when(issue.due_at),
        "status": issue.status,
    }


async def _issues(work: Work, numbers: list[int]) -> dict[int, Issue]:
    query = select(Issue).where(
        col(Issue.number).in_(numbers), col(Issue.status).not_in(("merged", "rejected"))
    )
    return {issue.number: issue for issue in (await work.session.exec(query)).all()}


def _categories(rows: Any) -> list[tuple[str, int]]:
    counted = Counter(CATEGORY_NAMES[Category(issue.category)] for issue in rows)
    return counted.most_common(4)


def is_sensitive(category: str, intent: str) -> bool:
    return Category(category) in SENSITIVE_CATEGORIES or intent == Intent.REPORT


async def _hot(work: Work, rows: Any) -> list[dict[str, Any]]:
    """What many speak of: issues with several reporters, matters at several places, repeats."""
    hot: list[dict[str, Any]] = []
    at_least = work.house.settings.talk.hot_at
    by_matter: Counter[tuple[str, str | None]] = Counter()
    for issue in rows:
        if wording.is_sensitive(issue):
            continue
        people, _ = await wording.counts(work, issue)
        if people >= at_least:
            hot.append(
                {
                    "what": wording.matter(issue), "place": wording.place(issue, estate=True),
                    "people": people, "number": issue.number, "kind": "many",
                }
            )  # fmt: skip
        if issue.earlier:
            hot.append(
                {
                    "what": wording.matter(issue), "place": wording.place(issue, estate=True),
                    "number": issue.number, "earlier": issue.earlier, "kind": "again",
                }
            )  # fmt: skip
        by_matter[issue.category, issue.matter] += 1
    for (category, matter), count in by_matter.most_common(3):
        if count >= at_least:
            hot.append({"what": name_of(matter, category), "count": count, "kind": "places"})
    return hot[:4]


def _ratings(seen: Window, rating: str) -> list[int]:
    return [e.issue for e in seen.of(Act.RATE) if e.issue and e.data.get("rating") == rating]


async def _heard(work: Work, community_id: str, start: datetime, end: datetime) -> int:
    rooms = [r.id for r in work.house.residents_rooms(community_id) if r.id is not None]
    return await inbox.count_since(work.session, rooms, start, end)


async def bulletin_text(work: Work, room: Room, day: date) -> str | None:
    """群公示: what was solved and what is being done; None when there is nothing to say."""
    start, end = day_bounds(work, day)
    seen = await window(work, room.community_id, start, min(end, work.now + timedelta(seconds=1)))
    rows = [
        issue
        for issue in (await _issues(work, seen.numbers(*_SHOWN_ACTS))).values()
        if issue.estate == room.estate and not wording.is_sensitive(issue)
        and issue.intent != Intent.CONSULT
    ]  # fmt: skip
    shown = [
        {
            "place": wording.place_to_building(issue),
            "what": wording.matter(issue),
            "result": shorten(issue.result or "", 24),
            "done": issue.status in ("handled", "closed"),
            "wish": issue.intent == Intent.SUGGESTION,
        }
        for issue in rows
    ]
    done = [row for row in shown if row["done"]]
    doing = [row for row in shown if not row["done"]]
    if not done and not doing:
        return None
    return work.say(
        "digest.bulletin", day=day, done=done[:6], doing=doing[:6],
        more=max(len(done) - 6, 0) + max(len(doing) - 6, 0),
    )  # fmt: skip


_SHOWN_ACTS = (Act.OPEN, Act.HANDLE, Act.ACCEPT, Act.CLOSE, Act.RATE, Act.REWORK)


async def names_in(work: Work, room: Room) -> tuple[str, ...]:
    """Names of everybody who was heard in a room: none of them may stand in its bulletin."""


    query = (
        select(Resident.name)
        .join(Report, col(Report.resident_id) == Resident.id)
        .where(Report.room_id == room.id)
        .distinct()
    )
    return tuple((await work.session.exec(query)).all())

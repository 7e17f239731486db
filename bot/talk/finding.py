"""Which issue a follow-up speaks of. What fits nothing is chat and is not guessed onto one."""

from collections.abc import Sequence
from datetime import timedelta

from bot.casework import rating
from bot.casework.opening import Statement
from bot.casework.transitions import Status
from bot.casework.work import Work
from classifiers import followups
from classifiers import matters as things
from classifiers.matters import is_supply
from classifiers.understanding import says_something
from storage import issues, talk
from storage.tables import Heard, Issue

CONVERSATION = timedelta(hours=2)
INTERRUPTED = timedelta(minutes=10)
OWN_ISSUES = timedelta(days=7)
OWN_OPEN = timedelta(days=28)
AT_HOME = frozenset({"utilities", "noise", "environment"})
AT_HOME_MATTERS = frozenset({"leak", "drainage", "pest", "gas_leak", "elevator"})


def own_words(said: Statement) -> str:
    """The words without the landmark: 快递柜旁边那个 says where, not what it is about."""
    rest = said.text.replace(said.meaning.place.landmark or "\0", "")
    adds = followups.sort_of(said.text) is followups.Sort.ADDITION
    return rest if adds or things.spoken_of(rest) else said.text


def speaks_of(said: Statement, issue: Issue) -> bool | None:
    """Whether the words name the issue's matter; None where they name none at all."""
    sure = followups.speaks_of(own_words(said), issue.category, issue.matter)
    if sure and not things.things_agree(said.text, issue.summary, issue.matter):
        return False
    return sure


def place_fits(said: Statement, issue: Issue) -> bool:
    """Whether the building is that of the issue, or one of the two is not named."""
    building = said.meaning.place.building
    return not building or not issue.building or building == issue.building


def _outage_fits(work: Work, issue: Issue) -> bool:
    window = work.house.settings.talk.outage_window.wall
    return is_supply(issue.matter) and work.now - issue.created_at <= window


def _fits(work: Work, said: Statement, issue: Issue) -> bool:
    return place_fits(said, issue) or _outage_fits(work, issue)


async def spoken_of(work: Work, said: Statement) -> Issue | None:
    """The unhandled issue of the room that a follow-up of anybody speaks of."""
    if said.room is None or said.room.id is None:
        return None
    window = work.house.settings.talk.placeless_window.wall
    recent = await talk.open_in_room(work.session, said.room.id, work.now - window)
    told = [(issue, speaks_of(said, issue)) for issue in recent]
    named = [issue for issue, sure in told if sure and _fits(work, said, issue)]
    if named:
        here = said.meaning.place.building
        exact = [issue for issue in named if here and issue.building == here]
        return (exact or named)[0]
    if things.spoken_of(own_words(said)) or any(sure for _, sure in told):
        return None
    last = await last_spoken_of(work, said)
    if last is None or speaks_of(said, last) is False:
        return None
    if followups.says("home", said.text) and not at_home(last):
        last = _latest_at_home([i for i, sure in told if sure is None]) or last
    return last if _fits(work, said, last) else None


async def supply_back(work: Work, said: Statement) -> Issue | None:
    """The open outage that 来水了 of anybody in the room names: who lives there can tell."""
    if followups.says("question", said.text) or any(word in said.text for word in "再等"):
        return None  # 水来了再洗: not yet
    issue = await spoken_of(work, said)
    if issue is None or not is_supply(issue.matter) or not speaks_of(said, issue):
        return None
    return issue


def at_home(issue: Issue) -> bool:
    """Whether a home can have it too: no water, noise, a leak; not a lamp in the yard."""
    return issue.category in AT_HOME or issue.matter in AT_HOME_MATTERS


def _latest_at_home(recent: Sequence[Issue]) -> Issue | None:
    return next((issue for issue in recent[:3] if at_home(issue)), None)


async def last_spoken_of(work: Work, said: Statement) -> Issue | None:
    """The unhandled issue that the room's last line was about; one stray line may stand between."""
    stray = 0
    for row in await talk.lines_before(work.session, said.heard, work.now - CONVERSATION):
        if row.issue is not None:
            if stray and work.now - row.at > INTERRUPTED:
                return None
            issue = await issues.get(work.session, row.issue)
            return issue if issue and issue.status in issues.UNHANDLED else None
        if _says_nothing(row):
            continue
        stray += 1
        if stray > 1 or _turns_to_other_things(row, said):
            return None
    return None


def _says_nothing(row: Heard) -> bool:
    if row.photo is not None:
        return True
    return row.text is not None and (
        not says_something(row.text) or followups.says("thanks", row.text)
    )


def _turns_to_other_things(row: Heard, said: Statement) -> bool:
    """Behind an invitation, or for a bare +1, agreement means the line right before."""
    return followups.says("weak", said.text) or followups.says("inviting", row.text or "")


async def own(work: Work, said: Statement, *, handled: bool) -> Issue | None:
    """The speaker's own issue that a follow-up speaks of.

    Args:
        handled: whether it may be one that is done and can still be rated; those come first.
    """
    if said.speaker.id is None:
        return None
    rows = [
        issue
        for issue in await talk.own_recent(work.session, said.speaker.id, work.now - OWN_OPEN)
        if place_fits(said, issue) or is_supply(issue.matter)
        if issue.status in issues.UNHANDLED or (handled and rating.may_be_rated(work, issue))
    ]
    rows.sort(key=lambda issue: _nearness(issue, handled))
    told = [(issue, speaks_of(said, issue)) for issue in rows]
    named = [issue for issue, sure in told if sure]
    if named:
        return named[0]
    fresh = [
        issue for issue, sure in told if sure is None and issue.created_at >= work.now - OWN_ISSUES
    ]
    return fresh[0] if fresh else None


def _nearness(issue: Issue, handled: bool) -> tuple[int, float]:
    """Feedback is first of all about what was just done, then about what is open."""
    if handled and issue.status == Status.HANDLED and issue.handled_at:
        return 0, -issue.handled_at.timestamp()
    return (1 if issue.status in issues.UNHANDLED else 2), -issue.created_at.timestamp()

"""Pieces of one statement: the same speaker's messages in one room, close in time."""

from dataclasses import dataclass, field, replace

from bot.casework.opening import Statement
from bot.casework.work import Work
from classifiers.matters import matter_of, spoken_of
from classifiers.places import Place, only_place
from storage import inbox, issues
from storage.tables import Heard, Issue

MOST_PIECES = 6


@dataclass(slots=True)
class Episode:
    """The same speaker's messages just before: what they opened, and what hangs loose."""

    issue: Issue | None = None
    loose: list[Heard] = field(default_factory=list)

    @property
    def words(self) -> list[str]:
        return [row.text for row in self.loose if row.text]


async def before(work: Work, heard: Heard) -> Episode:
    """Gather the pieces that are close in time, going back as long as the gaps stay short."""
    window = work.house.settings.talk.episode.wall
    rows = list(await inbox.recent_pieces(work.session, heard, heard.at - window * MOST_PIECES))
    close: list[Heard] = []
    later = heard.at
    for row in reversed(rows):
        if later - row.at > window:
            break
        close.insert(0, row)
        later = row.at
    episode = Episode()
    for row in close[-MOST_PIECES:]:
        if row.issue is not None:
            issue = await issues.get(work.session, row.issue)
            if issue is not None and issue.status in issues.UNHANDLED:
                episode = Episode(issue=issue)
        elif row.text or row.photo is not None:
            episode.loose.append(row)
    return episode


def completed(place: Place, other: Place) -> Place:
    """`place` with what only `other` names; nothing is taken over where the buildings differ."""
    if place.building and other.building and place.building != other.building:
        return place
    return Place(
        estate=place.estate or other.estate,
        building=place.building or other.building,
        unit=place.unit or other.unit,
        room=place.room or other.room,
        landmark=place.landmark or other.landmark,
    )


def take_loose(said: Statement, episode: Episode) -> None:
    """Places and photos that came just before belong to the statement."""
    place = said.meaning.place
    taken = list(said.pieces)
    for row in episode.loose:
        if row in taken:
            continue
        if row.photo is not None:
            taken.append(row)
        elif (found := only_place(row.text or "")) is not None:
            merged = completed(place, found)
            if merged != place or found.building == place.building:
                place = merged
                taken.append(row)
    said.pieces = taken
    said.meaning = replace(said.meaning, place=place)


def continues(said: Statement, issue: Issue) -> bool:
    """Whether a statement goes on with the matter of the issue that its speaker has just opened."""
    place = said.meaning.place
    if place.building and issue.building and place.building != issue.building:
        return False
    own = matter_of(said.text, str(said.meaning.category))
    if own and issue.matter and own == issue.matter:
        return True
    if matter_of(said.text, issue.category) == issue.matter is not None and own is None:
        return True
    if own and issue.matter:
        return False
    if said.meaning.category == issue.category:
        return True
    # 晚上看不见路，老人都摔了: no thing is named, so it is still about the one before.
    return own is None and not place.building and not spoken_of(said.text)

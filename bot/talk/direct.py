"""Which estate a message is about; asked where a direct message leaves it unknown."""

import re
from dataclasses import dataclass
from datetime import timedelta

from bot.casework.work import Work
from classifiers.taxonomy import Category, Intent, Kind
from classifiers.understanding import Understanding
from storage import inbox, issues, runs
from storage.tables import Heard, Resident, Room

ANSWER_WITHIN = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Where:
    """The estate of a message; text and meaning where an earlier message is what counts."""

    community_id: str
    estate: str
    text: str | None = None
    meaning: Understanding | None = None


async def estate_of_speaker(
    work: Work, heard: Heard, speaker: Resident, room: Room | None, meaning: Understanding
) -> Where | None:
    """Where a message belongs; None where the bot has asked, or the message needs no place."""
    if room is not None:
        elsewhere = _named_elsewhere(work, heard.text or "", room, meaning)
        return Where(room.community_id, elsewhere or room.estate)
    roster = work.roster
    named = meaning.place.estate
    if named and (community := roster.community_of_estate(named)):
        return Where(community, named)
    known = [work.room_of(i) for i in await inbox.rooms_of(work.session, speaker.id or 0)]
    estates = {(r.community_id, r.estate) for r in known if r is not None and r.estate}
    if len(estates) == 1:
        return Where(*estates.pop())
    latest = await issues.reported_by(work.session, speaker.id or 0)
    if meaning.kind is not Kind.ISSUE and latest:
        return Where(latest[0].community_id, latest[0].estate)
    if meaning.kind is Kind.ISSUE:
        await _ask(work, heard, speaker, [estate for _, estate in sorted(estates)])
    return None


def _named_elsewhere(work: Work, text: str, room: Room, meaning: Understanding) -> str | None:
    """Another estate of the room's community that a matter names as its place.

    Right before a building any estate counts (金桂园3栋); without one, only a 专属网格 does.
    """
    named = meaning.place.estate
    if meaning.kind is not Kind.ISSUE or meaning.intent is Intent.CONSULT:
        return None
    if meaning.category in (Category.GOV_SERVICE, Category.WELFARE):
        return None  # 去人民医院看病: named, but not where the matter is
    if not named or work.roster.community_of_estate(named) != room.community_id:
        return None
    if meaning.place.building is None:
        whole = all(not grid.buildings for grid in work.roster.grids_of(named))
        return named if whole else None
    before = rf"{re.escape(named)}(?:小区|的|\s)*[0-9０-９A-Za-z一二三四五六七八九十]"
    return named if re.search(before, text) else None


async def _ask(work: Work, heard: Heard, speaker: Resident, estates: list[str]) -> None:
    """One question: which estate. What was said is kept until the answer, at most a day."""
    text = work.say("resident.which_estate", estates=estates[:6])
    await runs.ask(
        work.session, contact=speaker.contact, kind="estate", at=work.now,
        until=work.now + ANSWER_WITHIN, data={"heard": heard.id, "text": heard.text or ""},
    )  # fmt: skip
    community = work.house.settings.communities
    await work.post(
        "ask", text, key=f"estate:{heard.id}", contact=speaker.contact,
        community_id=community[0].id if community else None,
    )  # fmt: skip


async def answered_estate(work: Work, speaker: Resident, text: str) -> tuple[str, str, str] | None:
    """Community, estate and the earlier words, where this message says which estate was meant."""
    for question in await runs.questions(
        work.session, work.now, contact=speaker.contact, kind="estate"
    ):
        for estate in work.house.settings.estates:
            if estate in text or (len(text) >= 2 and text.strip("。 ，,") in estate):
                community = work.roster.community_of_estate(estate)
                if community:
                    await runs.settle(work.session, contact=speaker.contact, kind="estate")
                    return community, estate, str(question.data.get("text", ""))
    return None

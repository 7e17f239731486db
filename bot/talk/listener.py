"""What residents say: pieces become statements, statements become issues or join them."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

from bot.casework import desk, dispatching, handling, likeness, opening
from bot.casework.desk import REPORTER
from bot.casework.opening import Statement
from bot.casework.transitions import Act, Status
from bot.casework.work import Work
from bot.talk import followups, joining, matching
from classifiers.matters import matter_of
from classifiers.places import Place, is_correction, only_place
from classifiers.taxonomy import Kind, Urgency
from classifiers.understanding import Understanding
from storage import inbox, issues, outgoing, runs
from storage.tables import Heard, Issue

Understand = Callable[[str], Understanding]
MOST_PIECES = 6


@dataclass(slots=True)
class Episode:
    """The same speaker's messages just before: what they opened, and what hangs loose."""

    issue: Issue | None = None
    loose: list[Heard] = field(default_factory=list)


async def episode_before(work: Work, heard: Heard) -> Episode:
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


class Listener:
    """Takes a resident's message to where it belongs."""

    def __init__(self, understand: Understand, threshold: float) -> None:
        self._understand = understand
        self._threshold = threshold

    async def hear(self, work: Work, said: Statement) -> Issue | None:
        """Take one message. Says which issue it has come to; None for chat."""
        heard = said.heard
        episode = await episode_before(work, heard)
        if heard.photo is not None and not said.text.strip():
            return await self._photo(work, said, episode)
        if heard.quote and (issue := await quoted_issue(work, heard)):
            if said.meaning.kind is not Kind.ISSUE or said.meaning.category == issue.category:
                if await self._about(work, said, issue):
                    return issue
        if issue := await self._answer(work, said):
            return issue
        alone = only_place(said.text)
        if alone is not None:
            return await self._place(work, said, alone, episode)
        if said.meaning.kind is not Kind.ISSUE:
            said = self._with_loose(said, episode)
        if said.meaning.kind is Kind.ISSUE:
            return await self._statement(work, said, episode)
        return await self._followup(work, said, episode)

    async def _about(self, work: Work, said: Statement, issue: Issue) -> bool:
        """A quote names the issue: what is said beside it is about that one."""
        if said.meaning.kind is Kind.CHAT and not followups.sort_of(said.text):
            return False
        return await followups.take(work, said, target=issue)

    async def _photo(self, work: Work, said: Statement, episode: Episode) -> Issue | None:
        if episode.issue is None:
            return None
        await joining.add(work, episode.issue, said.heard, role="photo")
        return episode.issue

    async def _place(
        self, work: Work, said: Statement, place: Place, episode: Episode
    ) -> Issue | None:
        """Nothing but a place: it completes or corrects what was just said, or waits for it."""
        issue = episode.issue
        if issue is None:
            return None
        correct = is_correction(said.text)
        differs = bool(place.building and issue.building and place.building != issue.building)
        if differs and not correct:
            return None
        await opening.join_message(work, issue, said.heard, "piece")
        await joining.complete(work, issue, place, correct=correct)
        return issue

    def _with_loose(self, said: Statement, episode: Episode) -> Statement:
        """Scraps that mean nothing alone may be an issue together: 3栋2单元 … 又停了."""
        texts = [row.text for row in episode.loose if row.text]
        if not texts or episode.issue is not None:
            return said
        together = "，".join([*texts, said.text])
        meaning = self._understand(together)
        if meaning.kind is not Kind.ISSUE:
            return said
        return replace(said, text=together, meaning=meaning, pieces=list(episode.loose))

    async def _statement(self, work: Work, said: Statement, episode: Episode) -> Issue:
        if said.meaning.safety is None and episode.issue is not None:
            if self._same_matter(said, episode.issue):
                await self._piece(work, said, episode.issue)
                return episode.issue
        self._take_loose(said, episode)
        return await self.state(work, said)

    async def state(self, work: Work, said: Statement) -> Issue:
        """A statement joins the open issue that it speaks of, or opens one."""
        match = await matching.find(work, said)
        if match is not None and match.sure:
            await joining.second(work, match.issue, said)
            return match.issue
        unsure = said.meaning.confidence < self._threshold and said.meaning.safety is None
        issue = await opening.open_issue(work, said)
        for piece in said.pieces:
            if piece.photo is not None:
                await desk.apply(work, issue, Act.EVIDENCE, REPORTER, data={"role": "photo"})
        await opening.proceed(work, issue, unsure=unsure)
        if match is not None:
            await likeness.ask_same(work, match.issue, issue)
        return issue

    def _same_matter(self, said: Statement, issue: Issue) -> bool:
        place = said.meaning.place
        if place.building and issue.building and place.building != issue.building:
            return False
        own = matter_of(said.text, str(said.meaning.category))
        if own and issue.matter:
            return own == issue.matter
        return said.meaning.category == issue.category

    async def _piece(self, work: Work, said: Statement, issue: Issue) -> None:
        await opening.join_message(work, issue, said.heard, "piece")
        changed = await joining.complete(
            work, issue, said.meaning.place, correct=is_correction(said.text)
        )
        urgency = said.meaning.urgency
        if urgency and urgency.rank > Urgency(issue.urgency).rank:
            await joining.become(work, issue, urgency)
        elif not changed:
            await joining.tell_added(work, issue, said.text)

    def _take_loose(self, said: Statement, episode: Episode) -> None:
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

    async def _followup(self, work: Work, said: Statement, episode: Episode) -> Issue | None:
        before = said.heard.issue
        if is_correction(said.text) and episode.issue and said.meaning.place.building:
            await opening.join_message(work, episode.issue, said.heard, "piece")
            await joining.complete(work, episode.issue, said.meaning.place, correct=True)
            return episode.issue
        certain = said.meaning.kind is Kind.FOLLOWUP
        if not certain and not _sounds_like_second(said):
            return None
        if await followups.take(work, said) and said.heard.issue != before:
            return await issues.get(work.session, said.heard.issue or 0)
        return None

    async def _answer(self, work: Work, said: Statement) -> Issue | None:
        """The answer to a question of ours: 几栋, or what a worker wanted to know (补充)."""
        for question in await runs.questions(
            work.session, work.now, contact=said.speaker.contact, kind="wait"
        ):
            issue = await issues.get(work.session, question.issue or 0)
            if issue is None or issue.status != Status.WAITING:
                continue
            here = said.heard.directed or question.room_id == said.heard.room_id
            fresh = work.now - question.at <= timedelta(minutes=30)
            if here and (fresh or said.heard.directed or said.meaning.kind is not Kind.CHAT):
                await self._resume(work, said, issue)
                return issue
        place = only_place(said.text, asked=True)
        if place is None or not place.building:
            place = said.meaning.place if said.meaning.kind is Kind.FOLLOWUP else None
        if place is None or not place.building:
            return None
        issue = await self._asked_issue(work, said)
        if issue is None:
            return None
        await opening.join_message(work, issue, said.heard, "answer")
        await joining.complete(work, issue, place)
        return issue

    async def _asked_issue(self, work: Work, said: Statement) -> Issue | None:
        """The speaker's own issue whose building was asked for within the last day."""
        for issue in await issues.reported_by(work.session, said.speaker.id or 0):
            if issue.status not in issues.UNHANDLED or issue.building:
                continue
            if work.now - issue.created_at > dispatching.ANSWER_WITHIN:
                continue
            if said.heard.room_id is not None and issue.source_room_id != said.heard.room_id:
                continue
            if await outgoing.exists(work.session, f"ask:{issue.number}"):
                return issue
        return None

    async def _resume(self, work: Work, said: Statement, issue: Issue) -> None:
        await opening.join_message(work, issue, said.heard, "answer")
        await desk.apply(work, issue, Act.ANSWER, REPORTER, data={"role": "answer"})
        await handling.answered(work, issue)
        place = said.meaning.place
        moved = await joining.complete(work, issue, place) if place.named else False
        if not moved:
            await joining.tell_added(work, issue, said.text)


def _sounds_like_second(said: Statement) -> bool:
    """黑黢黢的, 我们8栋也看到了: too short for the model to be sure, yet plainly a second voice."""
    sort = followups.sort_of(said.text)
    if sort not in (followups.Sort.SECOND, followups.Sort.SOLVED, followups.Sort.UNSOLVED):
        return False
    return bool(said.meaning.place.building or followups.spoken_of(said.text))


async def quoted_issue(work: Work, heard: Heard) -> Issue | None:
    """The issue that a quoted message is about: one of ours, or somebody's statement."""
    quote = (heard.quote or "").strip()
    if not quote:
        return None
    sent = await outgoing.quoted(work.session, quote)
    if sent is not None and sent.issue is not None:
        return await issues.get(work.session, sent.issue)
    if heard.room_id is None:
        return None
    window = work.house.settings.talk.placeless_window.wall
    for issue in await issues.raised_in_room(work.session, heard.room_id, work.now - window):
        for report in await issues.reports_of(work.session, issue.number):
            if report.text and (quote in report.text or report.text in quote):
                return issue
    return None


"""What residents say: pieces become statements, statements become issues or join them."""

from datetime import timedelta

from bot.casework import desk, likeness, opening, rating
from bot.casework.desk import REPORTER
from bot.casework.opening import Statement
from bot.casework.transitions import Act
from bot.casework.work import Work
from bot.talk import answers, episodes, finding, followups, joining, matching, reading
from bot.talk.episodes import Episode
from bot.talk.reading import Understand
from classifiers.followups import Sort, plainly, says, sort_of
from classifiers.matters import is_supply
from classifiers.places import Place, is_correction, only_place
from classifiers.taxonomy import Kind
from storage import issues, outgoing, talk
from storage.tables import Heard, Issue

CORRECTED_WITHIN = timedelta(minutes=30)
# A piece of talk that only helps to place what was just said is no longer than this.
ASIDE = 24


class Listener:
    """Takes a resident's message to where it belongs."""

    def __init__(self, understand: Understand, threshold: float) -> None:
        self._understand = understand
        self._threshold = threshold

    async def hear(self, work: Work, said: Statement) -> Issue | None:
        """Take one message. Says which issue it has come to; None for chat."""
        heard = said.heard
        episode = await episodes.before(work, heard)
        if heard.photo is not None and not said.text.strip():
            return await self._photo(work, said, episode)
        quoted = await quoted_issue(work, heard) if heard.quote else None
        if quoted is not None and await self._about(work, said, quoted):
            return quoted
        if issue := await answers.take(work, said):
            return issue
        alone = only_place(said.text)
        if alone is not None:
            return await self._place(work, said, alone, episode)
        said = reading.read(said, episode, self._understand, self._threshold)
        if said.meaning.kind is not Kind.ISSUE:
            return await self._followup(work, said, episode)
        if reading.only_follows(said):
            if issue := await self._followup(work, said, episode):
                return issue
            if plainly(said.text) is Sort.SOLVED:
                return None
        return await self._statement(work, said, episode)

    async def _about(self, work: Work, said: Statement, issue: Issue) -> bool:
        """A quote names the issue: what is said beside it is about that one."""
        place = said.meaning.place
        alone = only_place(said.text)
        if not finding.place_fits(said, issue) and not is_supply(issue.matter):
            return False
        if alone is not None and place.named and issue.status in issues.UNHANDLED:
            await opening.join_message(work, issue, said.heard, "piece")
            await joining.complete(work, issue, alone, correct=is_correction(said.text))
            return True
        kind = said.meaning.kind
        if kind is Kind.CHAT and not sort_of(said.text):
            return False
        other_matter = kind is Kind.ISSUE and said.meaning.category != issue.category
        if other_matter and not plainly(said.text):
            return False
        return await followups.take(work, said, target=issue) is not None

    async def _photo(self, work: Work, said: Statement, episode: Episode) -> Issue | None:
        if episode.issue is None:
            return None
        await joining.add(work, episode.issue, said.heard, role="photo")
        return episode.issue

    async def _place(
        self, work: Work, said: Statement, place: Place, episode: Episode
    ) -> Issue | None:
        """Nothing but a place: it completes or corrects what was just said, or waits for it."""
        correct = is_correction(said.text)
        issue = episode.issue
        if issue is None and correct and place.building:
            issue = await self._corrected(work, said)
        if issue is None:
            return await self._place_behind(work, said, episode)
        differs = bool(place.building and issue.building and place.building != issue.building)
        if differs and not correct:
            return None
        await opening.join_message(work, issue, said.heard, "piece")
        await joining.complete(work, issue, place, correct=correct)
        return issue

    async def _corrected(self, work: Work, said: Statement) -> Issue | None:
        """打错了, some minutes later: the speaker's last statement in this room."""
        since = work.now - CORRECTED_WITHIN
        for issue in await talk.own_recent(work.session, said.speaker.id or 0, since):
            here = issue.source_room_id == said.heard.room_id
            if here and issue.reporter_id == said.speaker.id:
                return issue if issue.status in issues.UNHANDLED else None
        return None

    async def _place_behind(self, work: Work, said: Statement, episode: Episode) -> Issue | None:
        """A place behind words that meant nothing without it: 又停水了 … 3栋2单元."""
        together = reading.together(said, episode, self._understand, self._threshold)
        if together is not None:
            return await self._statement(work, together, episode)
        if sort_of(said.text) is Sort.ADDITION:
            return await followups.take(work, said)
        return None

    async def _statement(self, work: Work, said: Statement, episode: Episode) -> Issue:
        if episode.issue is not None and self._continues(said, episode.issue):
            await self._piece(work, said, episode.issue)
            return episode.issue
        episodes.take_loose(said, episode)
        return await self.state(work, said)

    def _continues(self, said: Statement, issue: Issue) -> bool:
        """The same matter goes on; what is unsure by itself and names no place does, too."""
        meaning = said.meaning
        unsure = meaning.confidence < self._threshold and meaning.safety is None
        return episodes.continues(said, issue) or (unsure and not meaning.place.named)

    async def state(self, work: Work, said: Statement) -> Issue:
        """A statement joins the open issue that it speaks of, or opens one."""
        if issue := await self._still(work, said) or await self._urging_own(work, said):
            return issue
        match = await matching.find(work, said)
        if match is not None and match.sure:
            await self._join(work, match.issue, said)
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

    async def _still(self, work: Work, said: Statement) -> Issue | None:
        """3栋还是没水, by a reporter after 办结: 不满意, not a new issue."""
        if not says("still", said.text) or said.meaning.safety is not None:
            return None
        issue = await finding.own(work, said, handled=True)
        if issue is None or not rating.may_be_rated(work, issue):
            return None
        if not finding.speaks_of(said, issue) or said.meaning.category != issue.category:
            return None
        return await followups.unsolved(work, said, issue)

    async def _urging_own(self, work: Work, said: Statement) -> Issue | None:
        """路灯怎么还没修, by who reported a lamp: that one, though another was told of later."""
        if sort_of(said.text) not in (Sort.URGE, Sort.UNSOLVED) or said.meaning.place.named:
            return None
        if said.room is None or said.meaning.safety is not None:
            return None
        own = await finding.own(work, said, handled=False)
        if own is None or own.source_room_id != said.room.id or not finding.speaks_of(said, own):
            return None
        await followups.urge(work, said, own)
        await joining.perhaps_graver(work, own, said)
        return own

    async def _join(self, work: Work, issue: Issue, said: Statement) -> None:
        """A second report; from somebody who has reported it, an answer, a piece or an urging."""
        sort = sort_of(said.text)
        urging = sort in (Sort.URGE, Sort.UNSOLVED)
        asked = await answers.asked_issue(work, said) if said.meaning.place.building else None
        if asked is not None and asked.number == issue.number:
            await opening.join_message(work, issue, said.heard, "answer")
            await joining.complete(work, issue, said.meaning.place)
        elif urging and await rating.is_reporter(work, issue, said.speaker.id or 0):
            await followups.urge(work, said, issue)
            await joining.complete(work, issue, said.meaning.place)
            await joining.perhaps_graver(work, issue, said)
        else:
            await joining.second(work, issue, said)
            if urging:
                await followups.pass_urging(work, issue, said)

    async def _piece(self, work: Work, said: Statement, issue: Issue) -> None:
        await opening.join_message(work, issue, said.heard, "piece")
        changed = await joining.complete(
            work, issue, said.meaning.place, correct=is_correction(said.text)
        )
        graver = await joining.perhaps_graver(work, issue, said)
        if not changed and not graver:
            await joining.tell_added(work, issue, said.text)

    async def _followup(self, work: Work, said: Statement, episode: Episode) -> Issue | None:
        place = said.meaning.place
        if is_correction(said.text) and place.building:
            issue = episode.issue or await self._corrected(work, said)
            if issue is not None:
                await opening.join_message(work, issue, said.heard, "piece")
                await joining.complete(work, issue, place, correct=True)
                return issue
        if said.meaning.kind is Kind.CHAT and not reading.sounds_like_followup(said):
            return await self._aside(work, said, episode)
        return await followups.take(work, said)

    async def _aside(self, work: Work, said: Statement, episode: Episode) -> Issue | None:
        """我住9栋的，天天摸黑: talk by itself, yet it says where the thing just told is."""
        place, issue = said.meaning.place, episode.issue
        if issue is None or issue.building or not place.building or len(said.text) > ASIDE:
            return None
        await opening.join_message(work, issue, said.heard, "piece")
        await joining.complete(work, issue, place)
        return issue


async def quoted_issue(work: Work, heard: Heard) -> Issue | None:
    """The issue that a quoted message is about: one of ours, or somebody's statement."""
    quote = (heard.quote or "").strip()
    if not quote:
        return None
    sent = await outgoing.quoted(work.session, quote)
    if sent is not None and sent.issue is not None:
        return await issues.get(work.session, sent.issue)
    piece = quote.rstrip("…").strip()
    if heard.room_id is None or len(piece) < 2:
        return None
    since = work.now - work.house.settings.talk.placeless_window.wall
    for number, text in await talk.texts_in_room(work.session, heard.room_id, since):
        if piece in text or (len(text) > 3 and text in piece):
            return await issues.get(work.session, number)
    return None

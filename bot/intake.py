"""One message in: written down once, then decided by where it was said and who said it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from bot.board.links import link_for
from bot.casework import desk
from bot.casework.desk import Refused
from bot.casework.opening import Statement
from bot.casework.transitions import Act
from bot.casework.work import House, Work
from bot.channels.base import Inbound
from bot.commands import quoting, residents, selection, taking
from bot.commands.actions import ACTIONS
from bot.commands.grammar import Verb
from bot.commands.parser import (
    Command,
    mentions,
    parse_resident,
    parse_staff,
    tidy,
)
from bot.commands.typed import Typed
from bot.hearing import Hearing
from bot.settings import WorkerEntry
from bot.talk.direct import Where, answered_estate, estate_of_speaker
from bot.talk.listener import Listener, quoted_issue
from classifiers.taxonomy import Category, Intent, Kind, Urgency
from classifiers.understanding import Understanding
from storage import inbox, issues
from storage.database import Database
from storage.tables import Heard, Issue, Resident, Room

EVIDENCE_KEPT = timedelta(minutes=11)
LEFT_BEHIND = timedelta(seconds=45)


class Understands(Protocol):
    """What intake needs of the classifiers."""

    def understand(self, texts: Sequence[str]) -> list[Understanding]: ...


class Intake:
    """Takes messages from a channel to a committed decision."""

    def __init__(
        self, database: Database, house: House, mind: Understands, *, threshold: float
    ) -> None:
        self.database, self.house, self.mind = database, house, mind
        self.listener = Listener(lambda text: mind.understand([text])[0], threshold)
        self.hearing = Hearing(database, house)

    async def take(self, message: Inbound) -> None:
        """Write one message down and decide about it."""
        heard_id = await self.write(message)
        if heard_id is not None:
            await self.decide(heard_id)

    async def write(self, message: Inbound) -> int | None:
        """Write a message down; None for what is not to be read or decided here."""
        return await self.hearing.write(message)

    @property
    def _name(self) -> str:
        return self.house.settings.bot.name

    async def catch_up(self, *, left_behind: bool = False) -> int:
        """Decide about what was written down and not decided by a process that has died.

        With `left_behind` only what no living process can still have in its hands.
        """
        before = self.house.clock.now() - LEFT_BEHIND if left_behind else None
        async with self.database.reading() as session:
            rows = [row.id or 0 for row in await inbox.undecided(session, before=before)]
        for row_id in rows:
            await self.decide(row_id)
        return len(rows)

    async def give_up(self, heard_id: int) -> None:
        """Pass over a message that cannot be decided, so that it is not tried for ever."""
        async with self.database.transaction() as session:
            heard = await session.get(Heard, heard_id)
            if heard is not None:
                self._finish(heard)
                session.add(heard)

    async def decide(self, heard_id: int) -> None:
        """Decide about one written message, in one transaction."""
        async with self.database.reading() as session:
            seen = await session.get(Heard, heard_id)
        if seen is None or seen.state != "new":
            return
        meaning = self._meaning(seen)
        async with self.database.transaction() as session:
            heard = await session.get(Heard, heard_id, with_for_update=True)
            if heard is None or heard.state != "new":
                return
            work = Work(session, self.house, self._moment(heard))
            await self._decide(work, heard, meaning)
            await desk.settle(work)
            self._finish(heard)
            session.add(heard)

    def _moment(self, heard: Heard) -> datetime:
        return max(self.house.clock.now(), heard.at)

    def _finish(self, heard: Heard) -> None:
        window = self.house.settings.talk.episode.wall
        if heard.photo is not None:
            window = max(window, EVIDENCE_KEPT)
        heard.state, heard.forget_at = "done", heard.at + window

    def _meaning(self, heard: Heard) -> Understanding | None:
        """What the words mean; not asked for where only commands are read."""
        if not (heard.text or "").strip():
            return None
        room = self.house.rooms_by_id.get(heard.room_id or 0)
        if room is not None and room.kind == "work":
            return None
        return self.mind.understand([tidy_for_meaning(heard.text or "", self._name)])[0]

    async def _decide(self, work: Work, heard: Heard, meaning: Understanding | None) -> None:
        speaker = await work.session.get(Resident, heard.resident_id)
        if speaker is None:
            return
        room = work.room_of(heard.room_id)
        work.typed_by = speaker.contact
        worker = self.house.roster.by_contact.get(speaker.contact)
        if room is not None:
            await issues.lock_community(work.session, room.community_id)
        if room is not None and room.kind == "work":
            if worker is not None:
                await self._work_room(work, heard, room, worker)
        elif room is None and worker is not None:
            await self._staff_direct(work, heard, worker)
        else:
            work.names = (speaker.name,)
            await self._resident(work, heard, speaker, room, meaning)

    async def _work_room(self, work: Work, heard: Heard, room: Room, worker: WorkerEntry) -> None:
        """A command needs its number, @小格 or a quote, but for the bare 接单 and 办结."""
        if heard.photo is not None and not (heard.text or "").strip():
            await taking.take_evidence(work, worker, heard)
            return
        command = parse_staff(heard.text or "", self._name)
        if command is None:
            if heard.directed:
                await self._answer(work, heard, room, work.say("reply.unknown"))
            return
        quoted = await quoting.number_of(work, worker, heard.quote)
        command = _with_quote(command, quoted)
        typed = Typed(worker, command, heard, room)
        if command.verb is Verb.RECEIVED:
            if quoted is not None:
                await self._command(work, typed)
            return
        if command.verb in (Verb.ACCEPT, Verb.HANDLE) and command.bare and not heard.directed:
            act = Act.ACCEPT if command.verb is Verb.ACCEPT else Act.HANDLE
            if not await taking.can_be_bare(work, typed, act):
                return
        elif not heard.directed and quoted is None and command.number is None:
            return
        await self._command(work, typed)

    async def _staff_direct(self, work: Work, heard: Heard, worker: WorkerEntry) -> None:
        """Every direct message of a worker or secretary is answered once."""
        if heard.photo is not None and not (heard.text or "").strip():
            await self._answer(work, heard, None, await taking.evidence(work, worker, heard))
            return
        command = parse_staff(heard.text or "", self._name)
        if command is None:
            if await self._own_words(work, heard):
                return
            hand = await selection.listed(work, worker)
            await self._answer(work, heard, None, work.say("reply.not_understood", hand=hand))
            return
        quoted = await quoting.number_of(work, worker, heard.quote)
        await self._command(work, Typed(worker, _with_quote(command, quoted), heard, None))

    async def _own_words(self, work: Work, heard: Heard) -> bool:
        """What a worker types as the person they are: 满意 for what they reported, 我的诉求."""
        command = parse_resident(heard.text or "", self._name)
        speaker = await work.session.get(Resident, heard.resident_id)
        if command is None or speaker is None or command.verb is Verb.HELP:
            return False
        await self._residents_act(work, residents.Asked(speaker, command, heard, None))
        return True

    async def _command(self, work: Work, typed: Typed) -> None:
        heard, command = typed.heard, typed.command
        try:
            if command.verb is Verb.FILE:
                answer = await self._file(work, heard, typed.worker, command)
            elif command.verb in ACTIONS:
                async with work.session.begin_nested():
                    answer = await ACTIONS[command.verb](work, typed)
            else:
                answer = await self._way_to_board(work, typed)
        except Refused as refused:
            answer, typed.issue = str(refused), None
        await self._answer(work, heard, typed.room, answer, issue=typed.issue)

    async def _way_to_board(self, work: Work, typed: Typed) -> str:
        """看板: a link for whoever asks, and for nobody else in the room."""
        if not work.house.has_board:
            return work.say("reply.no_board")
        if typed.room is not None:
            return work.say("reply.board_directly")
        url = await link_for(work.session, work.house.settings, typed.worker, work.now)
        return work.say("reply.board_link", url=url)

    async def _file(self, work: Work, heard: Heard, worker: WorkerEntry, command: Command) -> str:
        """上报: what a worker found on their round runs like any other issue."""
        if not command.rest:
            raise Refused(work.say("reply.file_what"))
        meaning = self.mind.understand([command.rest])[0]
        estate, community = self._rounds_of(worker, meaning)
        speaker = await work.session.get(Resident, heard.resident_id)
        if speaker is None:
            raise Refused(work.say("reply.file_what"))
        await issues.lock_community(work.session, community)
        said = Statement(
            heard=heard, speaker=speaker, community_id=community, estate=estate, room=None,
            text=command.rest, meaning=_surely_issue(meaning),
        )  # fmt: skip
        issue = await self.listener.state(work, said)
        return work.say(
            "reply.filed", number=issue.number,
            now_with=self.house.roster.worker_name(issue.worker_id),
        )  # fmt: skip

    def _rounds_of(self, worker: WorkerEntry, meaning: Understanding) -> tuple[str, str]:
        """The estate that a worker reports from: named, else their own grid's."""
        roster = self.house.roster
        named = meaning.place.estate
        if named and (community := roster.community_of_estate(named)):
            return named, community
        settings = self.house.settings
        own = [g for g in settings.grids if worker.id in (g.a_post, *g.b_posts, g.lead)]
        building = meaning.place.building
        for grid in [g for g in own if building in g.building_names] + own:
            return grid.estate, grid.community
        community = roster.communities_of(worker.id)[0].id
        estates = [g.estate for g in settings.grids if g.community == community]
        return (estates[0] if estates else ""), community

    async def _resident(
        self,
        work: Work,
        heard: Heard,
        speaker: Resident,
        room: Room | None,
        meaning: Understanding | None,
    ) -> None:
        quoted = await quoted_issue(work, heard)
        if await self._resident_command(work, heard, speaker, room, quoted, meaning):
            return
        text = tidy_for_meaning(heard.text or "", self._name)
        if not text.strip() and heard.photo is None:
            return
        if meaning is None:
            meaning = self.mind.understand([""])[0]
        where = await self._where(work, heard, speaker, room, meaning)
        if where is None:
            return
        said = Statement(
            heard=heard, speaker=speaker, community_id=where.community_id, estate=where.estate,
            room=room, text=where.text or text, meaning=where.meaning or meaning,
        )  # fmt: skip
        if room is None:
            await issues.lock_community(work.session, where.community_id)
        issue = await self.listener.hear(work, said)
        heard.kind = str(said.meaning.kind)
        if issue is None and heard.directed and heard.photo is None:
            await self._unknown_resident(work, heard, room, meaning)

    async def _where(
        self,
        work: Work,
        heard: Heard,
        speaker: Resident,
        room: Room | None,
        meaning: Understanding,
    ) -> Where | None:
        if room is None:
            told = await answered_estate(work, speaker, heard.text or "")
            if told is not None:
                community, estate, words = told
                return Where(community, estate, words, self.mind.understand([words])[0])
        return await estate_of_speaker(work, heard, speaker, room, meaning)

    async def _unknown_resident(
        self, work: Work, heard: Heard, room: Room | None, meaning: Understanding
    ) -> None:
        """Spoken to and not understood: one helpful line; thanks and greetings need none."""
        command = parse_staff(heard.text or "", self._name)
        if command is not None and command.verb not in (Verb.YES, Verb.NO, Verb.RECEIVED):
            await self._answer(work, heard, room, work.say("reply.not_staff"))
        elif room is not None or meaning.kind is Kind.FOLLOWUP:
            await self._answer(work, heard, room, work.say("reply.resident_help"))

    async def _resident_command(
        self,
        work: Work,
        heard: Heard,
        speaker: Resident,
        room: Room | None,
        quoted: Issue | None,
        meaning: Understanding | None,
    ) -> bool:
        """A command of a resident: by @小格, directly, by a quote, or bare after a follow-up."""
        command = parse_resident(heard.text or "", self._name)
        if command is None:
            return False
        rates = command.verb in residents.RATINGS
        # 满意 with a whole complaint behind it is a statement, not a rating.
        states = meaning is not None and meaning.kind is Kind.ISSUE and len(command.rest) > 12
        if states and command.verb is not Verb.DISSATISFIED:
            return False
        if rates and quoted is None:
            quoted = await residents.quoted_rating(work, speaker, heard.quote)
        allowed = heard.directed or (rates and quoted is not None)
        if not allowed and rates and room is not None:
            issue = await residents.bare_rating_in_room(work, speaker, room)
            allowed, quoted = issue is not None, issue
        if not allowed:
            return False
        await self._residents_act(work, residents.Asked(speaker, command, heard, room, quoted))
        return True

    async def _residents_act(self, work: Work, asked: residents.Asked) -> None:
        try:
            async with work.session.begin_nested():
                answer = await residents.act(work, asked)
        except Refused as refused:
            answer = str(refused)
        if answer:
            await self._answer(work, asked.heard, asked.room, answer)

    async def _answer(
        self,
        work: Work,
        heard: Heard,
        room: Room | None,
        text: str,
        *,
        issue: Issue | None = None,
    ) -> None:
        """答复, where it was typed."""
        if issue is None and heard.issue:
            issue = await issues.get(work.session, heard.issue)
        await work.post(
            "reply", text, key=f"reply:{heard.id}", room=room, contact=work.typed_by, issue=issue
        )


def tidy_for_meaning(text: str, bot_name: str) -> str:
    """The words without the mention of the bot."""
    return tidy(text, bot_name) if mentions(text, bot_name) else text


def _with_quote(command: Command, quoted: int | None) -> Command:
    if quoted is None or command.number is not None:
        return command
    return replace(command, number=quoted, bare=False)


def _surely_issue(meaning: Understanding) -> Understanding:
    return replace(
        meaning,
        kind=Kind.ISSUE,
        category=meaning.category or Category.OTHER,
        intent=meaning.intent or Intent.HELP,
        urgency=meaning.urgency or Urgency.NORMAL,
        confidence=1.0,
    )

"""A command as it was typed, and how an issue may be named where it was typed."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.casework import wording
from bot.casework.work import Work
from bot.commands.parser import Command
from bot.settings import WorkerEntry
from storage.tables import Heard, Issue, Room


@dataclass(slots=True)
class Typed:
    """A command with who typed it and where."""

    worker: WorkerEntry
    command: Command
    heard: Heard
    room: Room | None
    issue: Issue | None = None
    """What it turned out to be about."""

    @property
    def number(self) -> int | None:
        return self.command.number

    @property
    def in_passing(self) -> bool:
        """A bare word in a work room: only what is plainly the worker's own can be meant."""
        return self.room is not None and not self.heard.directed


Action = Callable[[Work, Typed], Awaitable[str]]


def named(typed: Typed, issue: Issue) -> dict[str, str]:
    """Place and matter of an issue, as the place where it was typed may hear them.

    Of what is sensitive a work room gets number, category and state, the building only where it
    is critical.
    """
    if typed.room is None or not wording.is_sensitive(issue):
        return {"place": wording.place(issue), "matter": wording.matter(issue)}
    place = wording.place_to_building(issue) if issue.urgency == "critical" else ""
    return {"place": place, "matter": wording.category_name(issue)}

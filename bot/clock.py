"""The time, handed to whoever needs it: a replay has its own."""

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time; nothing else in the project may."""

    def now(self) -> datetime:
        """This moment, aware."""
        ...


class SystemClock:
    """The clock of this machine."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class VirtualClock:
    """A clock that is moved by hand and never runs backwards."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def move_to(self, moment: datetime) -> None:
        """Go to a moment; an earlier one is ignored."""
        self._now = max(self._now, moment)

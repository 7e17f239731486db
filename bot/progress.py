"""A progress bar for long work."""

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from bot.channels.base import Inbound
from storage.tables import Outgoing, Room


class RichProgress:
    """Called with what is being done and how much of it is (0 to 1); a bar for each thing."""

    def __init__(self, console: Console) -> None:
        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> "RichProgress":
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def __call__(self, what: str, share: float) -> None:
        if what not in self._tasks:
            self._tasks[what] = self._bars.add_task(what, total=1.0)
        self._bars.update(self._tasks[what], completed=share)


class LinesPlayed:
    """Looks on while a log is played and moves the bar."""

    def __init__(self, bar: RichProgress, lines: int) -> None:
        self._bar, self._lines, self._heard = bar, max(lines, 1), 0

    async def heard(self, message: Inbound) -> None:
        self._heard += 1
        self._bar("replay", self._heard / self._lines)

    async def said(self, row: Outgoing, room: Room | None) -> None:
        """What is said moves no bar."""

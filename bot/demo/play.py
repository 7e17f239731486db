"""`geying demo`: a bundled day, played through the real system, shown as it goes by."""

import asyncio
import io
import tempfile
from collections import deque
from contextlib import nullcontext
from datetime import datetime, timedelta
from pathlib import Path

from rich.cells import cell_len
from rich.console import Console, Group
from rich.layout import Layout
from rich.live import Live
from rich.panel import Panel
from rich.rule import Rule
from rich.text import Text

from bot.app import replay, understander_of
from bot.channels.base import Inbound
from bot.channels.replay import read_log
from bot.reports import ledger
from bot.settings import Settings, load
from storage.database import Database
from storage.issues import snapshot_rows
from storage.tables import Outgoing, Room

HERE = Path(__file__).parent
UNTIL_CLOCK = "20:30"
SHOWN = 40
LONGEST_PAUSE = 2.0
_STYLES = {
    "ack": "green", "ask": "green", "result": "bold green", "followup": "green",
    "bulletin": "bold green", "dispatch": "cyan", "remind": "yellow", "escalate": "bold red",
    "alert": "red", "confirm": "yellow", "reply": "dim cyan", "digest": "bold magenta",
}  # fmt: skip


class Stage:
    """Shows the groups, the workers' messages and the digest as the day goes by.

    In a terminal three panes side by side; elsewhere one transcript, line by line.
    """

    def __init__(self, console: Console, settings: Settings, speed: float) -> None:
        self.console, self.settings, self.speed = console, settings, speed
        self.names = {w.contact: w.name for w in settings.workers}
        self.groups: deque[Text] = deque(maxlen=SHOWN)
        self.hands: deque[Text] = deque(maxlen=SHOWN)
        self.digests: deque[Text] = deque(maxlen=SHOWN)
        self.live: Live | None = None
        self._last: datetime | None = None
        self.heard_lines = self.said_lines = 0

    async def heard(self, message: Inbound) -> None:
        """A line of the day, from a group or straight to the bot."""
        await self._pass_time(message.at)
        self.heard_lines += 1
        words = message.text or "［照片］"
        line = self._stamp(message.at)
        if message.room_topic:
            line.append(f"{message.room_topic} ", "dim")
            line.append(f"{message.sender_name}：{words}")
            self._show(self.groups, line)
        else:
            self.names.setdefault(message.sender_id, message.sender_name)
            line.append(f"{message.sender_name} → {self.settings.bot.name}：{words}")
            self._show(self.hands, line)

    async def said(self, row: Outgoing, room: Room | None) -> None:
        """Something that the bot said."""
        at = row.sent_at or row.created_at
        await self._pass_time(at)
        self.said_lines += 1
        style = _STYLES.get(row.kind, "")
        line = self._stamp(at)
        if room is not None:
            line.append(f"{room.topic} ", "dim")
            line.append(f"{self.settings.bot.name}：{row.text}", style)
            self._show(self.digests if row.kind in ("digest", "bulletin") else self.groups, line)
        elif row.kind == "digest":
            return
        else:
            name = self.names.get(row.contact or "", "居民")
            line.append(f"{self.settings.bot.name} → {name}：{row.text}", style)
            self._show(self.hands, line)

    def _stamp(self, at: datetime) -> Text:
        return Text(f"{at.astimezone(self.settings.zone):%H:%M} ", "dim")

    def _show(self, pane: deque[Text], line: Text) -> None:
        pane.append(line)
        if self.live is None:
            self.console.print(line)
        else:
            self.live.update(self.layout(), refresh=True)

    async def _pass_time(self, at: datetime) -> None:
        if self._last is not None and self.speed and at > self._last:
            pause = (at - self._last).total_seconds() / self.speed
            await asyncio.sleep(min(pause, LONGEST_PAUSE))
        self._last = max(at, self._last) if self._last else at

    def layout(self) -> Layout:
        """Groups on the left, hands in the middle, digest on the right."""
        height = max(self.console.height - 2, 10)
        panes = (
            ("小区群和工作群", self.groups, 5),
            ("网格员的手机", self.hands, 4),
            ("日报和公示", self.digests, 3),
        )
        layout = Layout()
        layout.split_row(
            *(
                Layout(
                    Panel(Group(*_last_fitting(lines, height, self.console.width * ratio // 12)),
                          title=title),
                    ratio=ratio,
                )
                for title, lines, ratio in panes
            )
        )  # fmt: skip
        return layout


def _last_fitting(lines: deque[Text], height: int, width: int) -> list[Text]:
    """The latest lines that fit into a pane."""
    fitting: list[Text] = []
    left = height - 2
    for line in reversed(lines):
        rows = sum(max(1, -(-_cells(part) // max(width - 4, 10))) for part in str(line).split("\n"))
        if rows > left:
            break
        fitting.insert(0, line)
        left -= rows
    return fitting


def _cells(text: str) -> int:
    return cell_len(text)


async def play_demo(console: Console, *, speed: float, folder: Path | None) -> None:
    """Play the bundled day on SQLite in a folder of its own, and tell where everything lies."""
    home = folder or Path(tempfile.mkdtemp(prefix="geying-demo-"))
    await asyncio.to_thread(home.mkdir, parents=True, exist_ok=True)
    settings = _settings(home)
    stage = Stage(console, settings, speed)
    database = Database(settings.bot.database)
    said = io.StringIO()
    try:
        mind, threshold = understander_of(settings)
        until = _end(settings)
        panes = bool(speed) and console.is_terminal
        # A console of its own: the one of the commands does not fold long lines.
        wrapping = Console(file=console.file, highlight=False, markup=False)
        screen = Live(stage.layout(), console=wrapping, auto_refresh=False, screen=True)
        with screen if panes else nullcontext():
            stage.live = screen if panes else None
            await replay(
                settings, database, HERE / "day.jsonl", said, until=until,
                mind=mind, threshold=threshold, watcher=stage,
            )  # fmt: skip
        async with database.reading() as session:
            rows = await snapshot_rows(session, None)
    finally:
        await database.close()
    await asyncio.to_thread((home / "outgoing.jsonl").write_text, said.getvalue(), "utf-8")
    _tell(console, stage, settings, home, rows)


def _settings(home: Path) -> Settings:
    """The demo's configuration, with its database and files in the demo's folder."""
    settings = load(HERE / "config.toml")
    bot = settings.bot.model_copy(
        update={"database": f"sqlite:///{home / 'geying.db'}", "files": str(home / "files")}
    )
    return settings.model_copy(update={"bot": bot})


def _end(settings: Settings) -> datetime:
    last = max(message.at for message in read_log(HERE / "day.jsonl"))
    hour, minute = (int(part) for part in UNTIL_CLOCK.split(":"))
    end = last.astimezone(settings.zone).replace(hour=hour, minute=minute, second=0)
    return max(end, last + timedelta(minutes=1))


def _tell(
    console: Console, stage: Stage, settings: Settings, home: Path, rows: list[dict[str, object]]
) -> None:
    console.print(Rule("台账"))
    console.print(ledger.as_table(rows, settings), markup=False, highlight=False)
    console.print(Rule())
    console.print(
        f"{stage.heard_lines} lines were said in a day; {len(rows)} issues came of them, "
        f"and {settings.bot.name} said {stage.said_lines} things.",
        markup=False,
    )
    lies = [
        f"database   {home / 'geying.db'}",
        f"said       {home / 'outgoing.jsonl'}",
        f"files      {home / 'files'}",
        f"the day    {HERE / 'day.jsonl'}",
        f"configured {HERE / 'config.toml'}",
    ]
    console.print("\n".join(lies), markup=False)

"""The configuration file: what may stand in it. What must hold between its parts is in `rules`."""

import os
import re
import tomllib
from datetime import time
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, ValidationError

from bot.durations import Span
from classifiers.taxonomy import Category


class SettingsProblem(Exception):
    """The configuration cannot be used. Each line is `key.path: what is wrong, what would do`."""


def _clock_time(value: Any) -> Any:
    if isinstance(value, str):
        if not re.fullmatch(r"([01]?\d|2[0-3]):[0-5]\d", value):
            raise ValueError(f"“{value}” is not a time of day; write it as 18:00")
        hour, minute = value.split(":")
        return time(int(hour), int(minute))
    return value


def _span(value: Any) -> Any:
    return Span.parse(value) if isinstance(value, str) else value


ClockTime = Annotated[time, BeforeValidator(_clock_time)]
Length = Annotated[Span, BeforeValidator(_span), PlainSerializer(str)]
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class BotSection(_Section):
    name: str = "小格"
    timezone: str = "Asia/Shanghai"
    database: str = "sqlite:///geying.db"
    files: str = "files"
    """Folder of photos and pictures, relative to the configuration file."""
    model: str = ""
    """Folder of another model than the bundled one."""
    prompts: str = ""
    """Folder whose templates stand over the bundled ones of the same name."""
    services: str = ""
    """TOML file of the services that consultations are answered from."""


class ChannelSection(_Section):
    kind: Literal["wechaty"] = "wechaty"
    endpoint: str = "127.0.0.1:9009"
    token: str = "env:WECHATY_TOKEN"
    ca_file: str = ""
    """The gateway's CA certificate, relative to the configuration file; empty for a plain line."""
    tls_name: str = ""
    """The name in the gateway's certificate, where it is not the host of the endpoint."""
    allow_plaintext: bool = False
    """Allows a connection without TLS to another machine."""


def _weekly(value: Any) -> Any:
    if not isinstance(value, str) or value == "":
        return value
    parts = value.lower().split()
    if len(parts) != 2 or parts[0] not in WEEKDAYS:
        raise ValueError(f"“{value}” is not a weekday and a time; write it as mon 09:00")
    _clock_time(parts[1])
    return value.lower()


class ScheduleSection(_Section):
    daily_digest: ClockTime = time(18, 0)
    bulletin: ClockTime | Literal[""] = time(20, 0)
    weekly_digest: Annotated[str, BeforeValidator(_weekly)] = "mon 09:00"
    monthly_digest: ClockTime | Literal[""] = time(9, 30)
    """On the first day of each month, for the month before."""
    quiet_hours: tuple[ClockTime, ClockTime] = (time(22, 0), time(7, 0))
    working_hours: tuple[ClockTime, ClockTime] = (time(9, 0), time(18, 0))


class DeadlineSection(_Section):
    accept: Length
    resolve: Length
    calendar: Literal["always", "working"]


class DeadlinesSection(_Section):
    close_after: Length = Span(7, "d")
    reopen_within: Length = Span(7, "d")
    followup_after: Length = Span(30, "m")
    wait_at_most: Length = Span(3, "d")
    """How long an answer to 补充 is waited for."""
    suspend_for: Length = Span(30, "d")
    critical: DeadlineSection = DeadlineSection(
        accept=Span(10, "m"), resolve=Span(2, "h"), calendar="always"
    )
    urgent: DeadlineSection = DeadlineSection(
        accept=Span(1, "h"), resolve=Span(24, "h"), calendar="always"
    )
    normal: DeadlineSection = DeadlineSection(
        accept=Span(4, "h"), resolve=Span(3, "d"), calendar="working"
    )

    def of(self, urgency: str) -> DeadlineSection:
        """The clocks of one urgency."""
        return {"critical": self.critical, "urgent": self.urgent}.get(urgency, self.normal)


class TalkSection(_Section):
    episode: Length = Span(120, "s")
    """How long further pieces of a statement may come."""
    answer: Length = Span(10, "m")
    """How long the answer to 几栋 is waited for."""
    urging: Length = Span(1, "h")
    """Least time between two 催办 of residents that reach the worker."""
    outage_window: Length = Span(3, "h")
    placeless_window: Length = Span(48, "h")
    supply_urgent_at: Annotated[int, Field(ge=2)] = 3
    """So many reporters of one supply make it urgent."""
    threshold: Annotated[float, Field(ge=0, le=1)] | None = None
    """Confidence below which a person is asked; none: the model's own."""
    hot_at: Annotated[int, Field(ge=2)] = 3


class PrivacySection(_Section):
    retention_days: Annotated[int, Field(ge=1, le=3650)]
    operator: str = ""
    """Who runs the bot, as the notice names them; the community's name where empty."""
    contact: str = ""
    """How to reach them, as the notice says it."""


class SendingSection(_Section):
    per_minute: Annotated[int, Field(ge=1)] = 20
    per_hour: Annotated[int, Field(ge=1)] = 300
    per_day: Annotated[int, Field(ge=1)] = 2000
    room_per_minute: Annotated[int, Field(ge=1)] = 6
    room_per_hour: Annotated[int, Field(ge=1)] = 40
    room_per_day: Annotated[int, Field(ge=1)] = 200
    pause: Annotated[float, Field(ge=0)] = 1.5
    """Seconds between two messages, on average."""
    coalesce: Length = Span(60, "s")
    """Receipts of one room within this time are said as one."""


class BoardSection(_Section):
    enabled: bool = True
    """Whether `geying run` serves the pages."""
    listen: str = "127.0.0.1:8090"
    public_url: str = ""
    """The address that people open, as https://board.example.cn; http://LISTEN where empty."""
    metrics_token: str = ""
    """env:NAME of the bearer token for /metrics; without one only this machine may ask."""

    @property
    def host(self) -> str:
        return self.listen.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        return int(self.listen.rpartition(":")[2])

    @property
    def url(self) -> str:
        return (self.public_url or f"http://{self.listen}").rstrip("/")


class Street(_Section):
    name: str
    contact: str = ""


class CommunityEntry(_Section):
    id: str
    name: str
    street: str = ""
    secretary: str
    work_room: str


class GridEntry(_Section):
    id: str
    community: str
    estate: str
    buildings: str = ""
    a_post: str
    b_post: str | list[str] = ""
    lead: str = ""

    @property
    def b_posts(self) -> list[str]:
        posts = [self.b_post] if isinstance(self.b_post, str) else self.b_post
        return [post for post in posts if post]

    @property
    def building_names(self) -> list[str]:
        return expand_buildings(self.buildings)


Role = Literal["grid_worker", "secretary", "property", "department", "street"]


class WorkerEntry(_Section):
    id: str
    name: str
    contact: str
    role: Role


class HandlerEntry(_Section):
    category: Category
    estate: str = ""
    community: str = ""
    worker: str


class CareEntry(_Section):
    estate: str
    building: str
    unit: str = ""
    room: str = ""
    helper: str


class RoomEntry(_Section):
    topic: str = ""
    id: str = ""
    kind: Literal["residents", "work"]
    community: str
    estate: str = ""


class ElsewhereEntry(_Section):
    """三张清单: a matter that is not the community's, and who is responsible."""

    words: list[str]
    category: Category | None = None
    responsible: str
    reach: str


class Settings(_Section):
    """The whole file. `source` is where it was read from."""

    bot: BotSection = BotSection()
    channel: ChannelSection = ChannelSection()
    schedule: ScheduleSection = ScheduleSection()
    deadlines: DeadlinesSection = DeadlinesSection()
    talk: TalkSection = TalkSection()
    privacy: PrivacySection
    sending: SendingSection = SendingSection()
    board: BoardSection = BoardSection()
    streets: list[Street] = []
    communities: list[CommunityEntry] = []
    grids: list[GridEntry] = []
    workers: list[WorkerEntry] = []
    handlers: list[HandlerEntry] = []
    care: list[CareEntry] = []
    rooms: list[RoomEntry] = []
    elsewhere: list[ElsewhereEntry] = []
    source: Path = Path("config.toml")

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.bot.timezone)

    @property
    def files(self) -> Path:
        return self.source.parent / self.bot.files

    @property
    def estates(self) -> list[str]:
        """Every estate named anywhere, longest first."""
        named = {g.estate for g in self.grids} | {r.estate for r in self.rooms if r.estate}
        return sorted(named, key=lambda name: (-len(name), name))

    def channel_token(self) -> str:
        """The gateway's token.

        Raises:
            SettingsProblem: when the environment variable is not set.
        """
        name = self.channel.token.removeprefix("env:")
        value = os.environ.get(name, "")
        if not value:
            raise SettingsProblem(
                f"channel.token: the environment variable {name} is not set; "
                "put the gateway's token there"
            )
        return value


def expand_buildings(written: str) -> list[str]:
    """`"1-3,8,10A"` as `["1", "2", "3", "8", "10A"]`; empty for the whole estate.

    Raises:
        ValueError: for a piece that is neither a building nor a range of numbers.
    """
    names: list[str] = []
    for piece in re.split(r"[,，、\s]+", written.strip()):
        if not piece:
            continue
        if found := re.fullmatch(r"(\d{1,3})\s*[-–~]\s*(\d{1,3})", piece):
            first, last = int(found[1]), int(found[2])
            if first > last:
                raise ValueError(f"“{piece}” runs backwards; write the smaller number first")
            names += [str(number) for number in range(first, last + 1)]
        elif re.fullmatch(r"[0-9A-Za-z\u4e00-\u9fff]{1,8}", piece):
            names.append(piece.upper())
        else:
            raise ValueError(f"“{piece}” is not a building; write 1-6,8,10A")
    return names


def _path(location: tuple[int | str, ...]) -> str:
    path = ""
    for step in location:
        path += f"[{step}]" if isinstance(step, int) else f".{step}" if path else str(step)
    return path


_PLAIN = {
    "extra_forbidden": "this key is not known; see config.example.toml",
    "missing": "this key is missing",
}


def _explain(error: ValidationError) -> list[str]:
    lines = []
    for problem in error.errors():
        message = _PLAIN.get(problem["type"]) or problem["msg"].removeprefix("Value error, ")
        location = tuple(
            step
            for step in problem["loc"]
            if not (isinstance(step, str) and ("[" in step or step in ("time", "str")))
        )
        lines.append(f"{_path(location)}: {message}")
    return lines


def load(path: Path) -> Settings:
    """Read and check a configuration file.

    Raises:
        SettingsProblem: with a line for each thing that is wrong.
    """
    from bot.rules import broken_rules  # the rules need the classes above

    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SettingsProblem(
            f"{path}: there is no such file; copy config.example.toml and edit it"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsProblem(f"{path}: cannot be read ({error})") from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsProblem(f"{path}: is not valid TOML ({error})") from error
    if "source" in content:
        raise SettingsProblem("source: this key is not known; see config.example.toml")
    try:
        settings = Settings(**content, source=path)
    except ValidationError as error:
        raise SettingsProblem("\n".join(_explain(error))) from error
    except TypeError as error:
        raise SettingsProblem(f"{path}: {error}") from error
    if broken := broken_rules(settings):
        raise SettingsProblem("\n".join(broken))
    return settings


def zone_exists(name: str) -> bool:
    """Whether the time zone is known to this machine."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True

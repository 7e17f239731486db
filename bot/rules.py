"""What must hold between the parts of a configuration, with the path of each key that breaks it."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from bot.channels.connection import check_endpoint
from bot.settings import Settings, expand_buildings, zone_exists
from storage.database import DatabaseProblem, parse_url

_SECRET = r"env:[A-Za-z_][A-Za-z0-9_]*"
PLACEHOLDERS = ("changeme", "change-me", "your-token", "your_token", "xxxx", "示例", "请修改")


def broken_rules(settings: Settings) -> list[str]:
    """A line for each broken rule, in the order of the file; empty when all hold."""
    return [
        *_bot(settings),
        *_channel(settings),
        *_board(settings),
        *_deadlines(settings),
        *_unique(settings),
        *_references(settings),
        *_grids(settings),
        *_rooms(settings),
    ]


def _bot(settings: Settings) -> Iterator[str]:
    if not settings.bot.name.strip() or len(settings.bot.name) > 16:
        yield "bot.name: give the bot a name of 1 to 16 characters"
    if not zone_exists(settings.bot.timezone):
        yield f"bot.timezone: “{settings.bot.timezone}” is not a time zone; write Asia/Shanghai"
    try:
        parse_url(settings.bot.database)
    except DatabaseProblem as problem:
        yield f"bot.database: {problem}"
    opens, closes = settings.schedule.working_hours
    if opens >= closes:
        yield "schedule.working_hours: the opening must come before the closing"


def _channel(settings: Settings) -> Iterator[str]:
    channel = settings.channel
    try:
        ca_file = settings.source.parent / channel.ca_file if channel.ca_file else None
        check_endpoint(channel.endpoint, ca_file, allow_plaintext=channel.allow_plaintext)
    except ValueError as error:
        yield f"channel.endpoint: {error}"
    if not re.fullmatch(_SECRET, channel.token):
        yield (
            "channel.token: secrets do not belong in this file; "
            "write env:WECHATY_TOKEN and set that variable"
        )
    elif any(word in channel.token.lower() for word in PLACEHOLDERS):
        yield "channel.token: this is a placeholder; name a real environment variable"


LOOPBACK = ("127.0.0.1", "::1", "localhost")


def _board(settings: Settings) -> Iterator[str]:
    board = settings.board
    if not re.fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z.-]+):\d{1,5}", board.listen):
        yield f"board.listen: “{board.listen}” is not an address; write 127.0.0.1:8090"
    elif not 0 <= board.port <= 65535:
        yield f"board.listen: {board.port} is not a port; write 127.0.0.1:8090"
    elif board.host not in LOOPBACK and not board.public_url.startswith("https://"):
        yield (
            "board.listen: other machines could read the pages without TLS; keep 127.0.0.1 behind "
            "a proxy, or set board.public_url to its https:// address"
        )
    if board.public_url and not re.fullmatch(
        r"https://[^\s/]+(/[^\s]*)?|http://(127\.0\.0\.1|localhost|\[::1\])(:\d+)?/?",
        board.public_url,
    ):
        yield "board.public_url: write an https:// address; http:// only for this machine itself"
    if board.metrics_token and not re.fullmatch(_SECRET, board.metrics_token):
        yield "board.metrics_token: secrets stay in the environment; write env:GEYING_METRICS_TOKEN"


def _deadlines(settings: Settings) -> Iterator[str]:
    for name in ("critical", "urgent", "normal"):
        clocks = settings.deadlines.of(name)
        if clocks.accept.wall >= clocks.resolve.wall:
            yield f"deadlines.{name}.accept: must be shorter than resolve"


def _unique(settings: Settings) -> Iterator[str]:
    keyed: list[tuple[str, str, Sequence[str]]] = [
        ("streets", "name", [s.name for s in settings.streets]),
        ("communities", "id", [c.id for c in settings.communities]),
        ("grids", "id", [g.id for g in settings.grids]),
        ("workers", "id", [w.id for w in settings.workers]),
        ("workers", "contact", [w.contact for w in settings.workers]),
        ("rooms", "id", [r.id for r in settings.rooms if r.id]),
        ("rooms", "topic", [r.topic for r in settings.rooms if r.topic]),
    ]
    for table, key, values in keyed:
        for value, count in Counter(values).items():
            if count > 1:
                yield f"{table}.{key}: “{value}” stands there {count} times"
            elif not value.strip():
                yield f"{table}.{key}: must not be empty"


def _references(settings: Settings) -> Iterator[str]:
    workers = {w.id: w for w in settings.workers}
    communities = {c.id for c in settings.communities}
    estates = {g.estate for g in settings.grids}

    def worker(path: str, value: str) -> Iterator[str]:
        if value not in workers:
            yield f"{path}: there is no worker “{value}”"

    def community(path: str, value: str) -> Iterator[str]:
        if value not in communities:
            yield f"{path}: there is no community “{value}”"

    topics = {r.topic for r in settings.rooms if r.kind == "work"}
    for i, c in enumerate(settings.communities):
        yield from worker(f"communities[{i}].secretary", c.secretary)
        if c.secretary in workers and workers[c.secretary].role != "secretary":
            yield f"communities[{i}].secretary: “{c.secretary}” is not a secretary by role"
        if c.work_room not in topics and c.work_room not in {r.id for r in settings.rooms}:
            yield f"communities[{i}].work_room: there is no work room “{c.work_room}” in [[rooms]]"
        if settings.streets and c.street and c.street not in {s.name for s in settings.streets}:
            yield f"communities[{i}].street: there is no street “{c.street}” in [[streets]]"
    for i, g in enumerate(settings.grids):
        yield from community(f"grids[{i}].community", g.community)
        yield from worker(f"grids[{i}].a_post", g.a_post)
        for post in g.b_posts:
            yield from worker(f"grids[{i}].b_post", post)
        if g.lead:
            yield from worker(f"grids[{i}].lead", g.lead)
    for i, h in enumerate(settings.handlers):
        yield from worker(f"handlers[{i}].worker", h.worker)
        if h.estate and h.estate not in estates:
            yield f"handlers[{i}].estate: no grid has the estate “{h.estate}”"
        if h.community:
            yield from community(f"handlers[{i}].community", h.community)
    for i, care in enumerate(settings.care):
        yield from worker(f"care[{i}].helper", care.helper)
        if care.estate not in estates:
            yield f"care[{i}].estate: no grid has the estate “{care.estate}”"
    for i, r in enumerate(settings.rooms):
        yield from community(f"rooms[{i}].community", r.community)


def _grids(settings: Settings) -> Iterator[str]:
    taken: dict[tuple[str, str], str] = {}
    whole: dict[str, str] = {}
    for i, grid in enumerate(settings.grids):
        path = f"grids[{i}].buildings"
        if not grid.estate.strip():
            yield f"grids[{i}].estate: must not be empty"
        try:
            buildings = expand_buildings(grid.buildings)
        except ValueError as error:
            yield f"{path}: {error}"
            continue
        others = {other for (estate, _), other in taken.items() if estate == grid.estate}
        if not buildings:
            if others or grid.estate in whole:
                clash = whole.get(grid.estate) or sorted(others)[0]
                yield f"{path}: “{grid.id}” takes all of {grid.estate}, which overlaps “{clash}”"
            whole[grid.estate] = grid.id
        elif grid.estate in whole:
            yield f"{path}: overlaps “{whole[grid.estate]}”, which takes all of {grid.estate}"
        for building in buildings:
            if (grid.estate, building) in taken:
                yield (
                    f"{path}: building {building} of {grid.estate} is in "
                    f"“{taken[grid.estate, building]}” already"
                )
                break
            taken[grid.estate, building] = grid.id


def _rooms(settings: Settings) -> Iterator[str]:
    estates = {g.estate for g in settings.grids}
    for i, room in enumerate(settings.rooms):
        if not room.topic and not room.id:
            yield f"rooms[{i}]: give its topic or its id"
        if room.kind == "residents" and not room.estate:
            yield f"rooms[{i}].estate: a residents' room belongs to an estate"
        elif room.estate and room.estate not in estates:
            yield f"rooms[{i}].estate: no grid has the estate “{room.estate}”"

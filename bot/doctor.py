"""`geying doctor`: what would keep the bot from working, a line each, with the mend."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from bot.app import speech_of, understander_of
from bot.casework.deadlines import last_known_year
from bot.settings import Settings, SettingsProblem, load
from bot.speech import SpeechProblem
from classifiers.model import ModelMissingError
from storage.database import Database, DatabaseProblem, describe_failure
from storage.issues import ping


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was looked at, whether it is well, and else what mends it."""

    what: str
    well: bool
    says: str


async def examine(config: Path, database: str = "") -> list[Finding]:
    """Look at everything; goes on as far as the configuration can be read."""
    try:
        settings = load(config)
    except SettingsProblem as problem:
        return [Finding("configuration", False, line) for line in str(problem).splitlines()]
    if database:
        bot = settings.bot.model_copy(update={"database": database})
        settings = settings.model_copy(update={"bot": bot})
    return [
        Finding("configuration", True, f"{config}: {_counts(settings)}"),
        await _database(settings),
        _model(settings),
        _sentences(settings),
        _fonts(),
        _calendar(),
        _files(settings),
        _token(settings),
        await _gateway(settings),
    ]


def _counts(settings: Settings) -> str:
    return (
        f"{len(settings.communities)} communities, {len(settings.grids)} grids, "
        f"{len(settings.workers)} workers, {len(settings.rooms)} rooms"
    )


async def _database(settings: Settings) -> Finding:
    try:
        store = Database(settings.bot.database)
    except DatabaseProblem as problem:
        return Finding("database", False, str(problem))
    try:
        version = await store.version()
        if version is None:
            return Finding(
                "database", True, "empty; `geying run` or `geying database upgrade` makes it"
            )
        async with store.reading() as session:
            await ping(session)
        return Finding("database", True, f"answers, version {version}")
    except SQLAlchemyError as error:
        mend = "check bot.database, and that the server runs and knows the user"
        return Finding("database", False, f"{describe_failure(error)}; {mend}")
    finally:
        await store.close()


def _model(settings: Settings) -> Finding:
    try:
        mind, threshold = understander_of(settings)
        meaning = mind.understand(["3栋2单元电梯坏了，麻烦来修"])[0]
    except (ModelMissingError, OSError, ValueError) as error:
        return Finding("model", False, f"{error}; `geying train` makes one, or set bot.model")
    if str(meaning.kind) != "issue":
        return Finding("model", False, "does not know a broken lift; unset bot.model")
    return Finding("model", True, f"understands; asks a person below {threshold:.2f}")


def _sentences(settings: Settings) -> Finding:
    try:
        speech = speech_of(settings)
    except SpeechProblem as problem:
        return Finding("sentences", False, f"{problem}; mend the file or unset bot.prompts")
    return Finding("sentences", True, f"{len(speech.keys)} templates")


def _fonts() -> Finding:
    from bot.reports.picture import find_fonts

    found = find_fonts()
    if found is None:
        mend = "install one, as Debian's fonts-noto-cjk; digests go as text alone until then"
        return Finding("fonts", False, f"no Chinese font was found; {mend}")
    return Finding("fonts", True, f"{found.family} ({found.source})")


def _calendar() -> Finding:
    year = datetime.now(UTC).year
    known = last_known_year()
    if known < year:
        mend = "upgrade the package chinesecalendar; Monday to Friday count until then"
        return Finding("calendar", False, f"holidays are known up to {known} only; {mend}")
    return Finding("calendar", True, f"holidays are known up to {known}")


def _files(settings: Settings) -> Finding:
    folder = settings.files
    existing = next(p for p in [folder, *folder.absolute().parents] if p.exists())
    if not os.access(existing, os.W_OK):
        return Finding("files", False, f"{folder} cannot be written; change bot.files")
    return Finding("files", True, f"{folder} can be written")


def _token(settings: Settings) -> Finding:
    try:
        settings.channel_token()
    except SettingsProblem as problem:
        return Finding("token", False, str(problem))
    return Finding("token", True, f"{settings.channel.token} is set")


async def _gateway(settings: Settings) -> Finding:
    from bot.channels.base import ChannelError
    from bot.live import connection_of

    endpoint = settings.channel.endpoint
    try:
        connection = connection_of(settings)
    except SettingsProblem as problem:
        return Finding("gateway", False, f"not asked: {problem}")
    from bot.channels.wechaty import probe

    try:
        version = await probe(connection)
    except ChannelError as error:
        return Finding("gateway", False, f"{endpoint}: {error}; start it, or mend channel.endpoint")
    return Finding("gateway", True, f"{endpoint} answers, version {version}")

"""What people type in a shell. Bad input is answered in one sentence, with exit status 2."""

import asyncio
import json
import os
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from rich.console import Console
from sqlalchemy.exc import SQLAlchemyError

from bot.settings import Settings, SettingsProblem, load
from storage.database import Database, DatabaseProblem, describe_failure

if TYPE_CHECKING:
    from bot.reports.workbook import Extras

T = TypeVar("T")

app = typer.Typer(
    name="geying",
    help="格应: finds residents' issues in WeChat groups, follows each to its end.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
board_app = typer.Typer(help="The pages alone, and ways into them.")
database_app = typer.Typer(help="Create or migrate the database.", no_args_is_help=True)
app.add_typer(database_app, name="database")
app.add_typer(board_app, name="board")

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

ConfigOption = Annotated[Path, typer.Option("--config", help="The configuration file.")]
DatabaseOption = Annotated[
    str, typer.Option("--database", help="Stands over the configuration's database.")
]
DEFAULT_CONFIG = Path("config.toml")


class Problem(Exception):
    """Bad input; the text is the one sentence."""


@contextmanager
def one_sentence() -> Iterator[None]:
    """Turn everything that a user can mend into one sentence and exit status 2."""
    from bot.channels.replay import LogProblem
    from bot.roster_sheet import RosterProblem
    from bot.speech import SpeechProblem
    from classifiers.model import ModelMissingError

    known = (
        Problem, SettingsProblem, DatabaseProblem, LogProblem, SpeechProblem, ModelMissingError,
        RosterProblem,
    )  # fmt: skip
    try:
        yield
    except known as problem:
        _stop(str(problem))
    except SQLAlchemyError as error:
        _stop(describe_failure(error))
    except BrokenPipeError:
        sys.stderr.close()
        raise typer.Exit(0) from None
    except OSError as error:
        _stop(f"{error.filename or 'file'}: {error.strerror or error}")


def _stop(sentence: str) -> None:
    err.print(sentence, markup=False)
    raise typer.Exit(2)


def run(do: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run an asynchronous command."""
    return asyncio.run(do())


def settings_of(config: Path, database: str) -> Settings:
    """The configuration, with the database of the command line standing over it."""
    settings = load(config)
    if database:
        bot = settings.bot.model_copy(update={"database": database})
        settings = settings.model_copy(update={"bot": bot})
    return settings


def parse_time(text: str, settings: Settings, option: str) -> datetime:
    """ISO 8601; without an offset it is of the bot's time zone."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Problem(f"{option}: “{text}” is not a time; write 2026-03-02T18:00") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=settings.zone)


@app.command()
def replay(
    log: Annotated[Path, typer.Argument(help="The recorded log, a JSON object a line.")],
    outgoing: Annotated[Path, typer.Option("--outgoing", help="Where to write what was said.")],
    until: Annotated[str, typer.Option("--until", help="Where the clock stops.")] = "",
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = "",
) -> None:
    """Play a recorded log through the whole system in virtual time."""
    with one_sentence():
        settings = settings_of(config, database)
        end = parse_time(until, settings, "--until") if until else None
        from bot.channels.replay import read_log

        lines = sum(1 for _ in read_log(log))
        played = run(lambda: _replay(settings, log, outgoing, end, lines))
        err.print(f"{played} of {lines} lines played; said: {outgoing}", markup=False)


async def _replay(
    settings: Settings, log: Path, outgoing: Path, until: datetime | None, lines: int
) -> int:
    from bot.app import replay as play
    from bot.app import understander_of
    from bot.progress import LinesPlayed, RichProgress

    mind, threshold = understander_of(settings)
    store = Database(settings.bot.database)
    try:
        with outgoing.open("w", encoding="utf-8") as file, RichProgress(err) as bar:
            return await play(
                settings, store, log, file, until=until, mind=mind, threshold=threshold,
                watcher=LinesPlayed(bar, lines),
            )  # fmt: skip
    finally:
        await store.close()


@app.command()
def issues(
    format: Annotated[str, typer.Option("--format", help="table, json or xlsx.")] = "table",
    out_file: Annotated[Path | None, typer.Option("--out", help="File to write.")] = None,
    since: Annotated[str, typer.Option(help="Only issues raised from then on.")] = "",
    until: Annotated[str, typer.Option(help="Only issues raised before then.")] = "",
    community: Annotated[str, typer.Option(help="Only issues of this community.")] = "",
    at: Annotated[str, typer.Option("--at", help="The ledger as it was at that time.")] = "",
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = "",
) -> None:
    """Print the ledger (台账)."""
    with one_sentence():
        if format not in ("table", "json", "xlsx"):
            raise Problem(f"--format: “{format}” is not known; choose table, json or xlsx")
        if format == "xlsx" and out_file is None:
            raise Problem("--out: name the Excel file, as --out ledger.xlsx")
        settings = settings_of(config, database)
        if community and community not in {c.id for c in settings.communities}:
            raise Problem(f"--community: there is no community “{community}”")
        moments = {
            name: parse_time(text, settings, f"--{name}") if text else None
            for name, text in (("since", since), ("until", until), ("at", at))
        }
        from bot.reports import ledger

        rows, extras = run(
            lambda: _ledger(settings, community or None, moments, book=format == "xlsx")
        )

        if format == "json":
            _write(json.dumps(ledger.contract_rows(rows), ensure_ascii=False, indent=1), out_file)
        elif format == "xlsx" and out_file is not None:
            ledger.write_xlsx(rows, settings, out_file, extras)
            out.print(f"{out_file}: {len(rows)} issues", markup=False)
        else:
            _write(ledger.as_table(rows, settings), out_file)


async def _ledger(
    settings: Settings,
    community: str | None,
    moments: dict[str, datetime | None],
    *,
    book: bool = False,
) -> tuple[list[dict[str, Any]], "Extras | None"]:
    """The rows, and for a workbook what it shows besides."""
    from bot.app import clock_reached
    from bot.reports.workbook import extras_for
    from storage.issues import snapshot_rows

    store = await _existing(settings)
    try:
        async with store.reading() as session:
            rows = await snapshot_rows(
                session, moments["at"], since=moments["since"], until=moments["until"],
                community_id=community,
            )  # fmt: skip
            if not book:
                return rows, None
            reached = await clock_reached(store) or datetime.now(settings.zone)
            end = moments["at"] or moments["until"] or reached + timedelta(seconds=1)
            return rows, await extras_for(
                session, settings, rows, start=moments["since"], end=end,
                communities=[community] if community else None,
            )  # fmt: skip
    finally:
        await store.close()


async def _existing(settings: Settings) -> Database:
    """The database, which has to be there and of this version."""
    store = Database(settings.bot.database)
    if await store.version() is None:
        await store.close()
        raise Problem(
            "the database is empty; run `geying database upgrade`, or `geying run`, or a replay"
        )
    await store.upgrade()
    return store


def _write(text: str, file: Path | None) -> None:
    if file is None:
        sys.stdout.write(text + "\n")
    else:
        file.write_text(text + "\n", encoding="utf-8")


@app.command()
def classify(
    file: Annotated[
        Path | None, typer.Argument(help="Lines to read; standard input if absent.")
    ] = None,
    model: Annotated[Path | None, typer.Option(help="Folder of another model.")] = None,
    config: Annotated[
        Path | None, typer.Option("--config", help="For the names of estates.")
    ] = None,
) -> None:
    """Say what each message means: plain lines or JSON objects with `text` in, JSON lines out."""
    with one_sentence():
        from classifiers.model import Classifier
        from classifiers.understanding import Understander, as_json

        estates = load(config).estates if config else []
        mind = Understander(Classifier.load(model), estates=estates)
        source = file.open(encoding="utf-8") if file else sys.stdin
        with source:
            for batch in _batches(source):
                for meaning in mind.understand(batch):
                    sys.stdout.write(json.dumps(as_json(meaning), ensure_ascii=False) + "\n")


def _batches(lines: Any, size: int = 64) -> Iterator[list[str]]:
    batch: list[str] = []
    for number, line in enumerate(lines, 1):
        batch.append(_message(line.rstrip("\r\n"), number))
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def _message(line: str, number: int) -> str:
    if not line.lstrip().startswith("{"):
        return line
    try:
        row = json.loads(line)
    except ValueError:
        return line
    if not isinstance(row, dict) or "text" not in row:
        return line
    if not isinstance(row["text"], str):
        raise Problem(f"line {number}: text must be a string")
    return row["text"]


@app.command()
def digest(
    community: Annotated[str, typer.Option("--community", help="Id of the community.")],
    date_: Annotated[str, typer.Option("--date", help="The day, as 2026-03-02.")],
    out_folder: Annotated[
        Path | None, typer.Option("--out", help="Folder for text and picture.")
    ] = None,
    span: Annotated[
        str,
        typer.Option(help="day, week (that ends then), month, street, suspended, chaos, bulletin."),
    ] = "day",
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = "",
) -> None:
    """Show what the digest of a day says: its text, and its picture."""
    with one_sentence():
        from bot.reports.preview import SPANS

        if span not in SPANS:
            raise Problem(f"--span: “{span}” is not known; choose one of {', '.join(SPANS)}")
        settings = settings_of(config, database)
        if community not in {c.id for c in settings.communities}:
            raise Problem(f"--community: there is no community “{community}”")
        try:
            day = date.fromisoformat(date_)
        except ValueError:
            raise Problem(f"--date: “{date_}” is not a day; write 2026-03-02") from None
        text = run(lambda: _digest(settings, community, day, out_folder, span))
        out.print(text, markup=False)


async def _digest(
    settings: Settings, community: str, day: date, folder: Path | None, span: str
) -> str:
    from bot.reports.preview import preview

    store = await _existing(settings)
    try:
        return await preview(settings, store, community, day, folder, span)
    finally:
        await store.close()


@app.command("run")
def run_bot(
    dry: Annotated[bool, typer.Option("--dry", help="Read and decide, but send nothing.")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = "",
) -> None:
    """Run the bot: the configured channel, the scheduler, the outbox."""
    with one_sentence():
        settings = settings_of(config, database)
        from bot.live import serve

        run(lambda: serve(settings, dry=dry))


@app.command()
def demo(
    speed: Annotated[
        float, typer.Option("--speed", help="Virtual seconds a second; 0 plays at once.")
    ] = -1.0,
    out_folder: Annotated[
        Path | None, typer.Option("--out", help="Where database and outputs lie afterwards.")
    ] = None,
) -> None:
    """Play a bundled day of group chat through the whole system, and show what happens."""
    with one_sentence():
        from bot.demo.play import play_demo

        chosen = speed if speed >= 0 else (1200.0 if out.is_terminal else 0.0)
        run(lambda: play_demo(out, speed=chosen, folder=out_folder))


@app.command()
def train(
    data: Annotated[
        Path | None, typer.Option("--data", help="Labelled CSV or JSONL; the corpus if absent.")
    ] = None,
    text: Annotated[str, typer.Option("--text", help="Text column, or two with a comma.")] = "text",
    label: Annotated[str, typer.Option("--label", help="Label column.")] = "label",
    out_folder: Annotated[
        Path | None, typer.Option("--out", help="Folder of the model; the bundled one if absent.")
    ] = None,
    base: Annotated[
        str, typer.Option("--base", help="Another encoder: any name or path of AutoModel.")
    ] = "",
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same model.")] = 20,
    corrections: Annotated[
        bool, typer.Option("--with-corrections", help="Also learn what people have put right.")
    ] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = "",
) -> None:
    """Fine-tune a classifier on labelled texts, or the bundled one on the project's corpus."""
    with one_sentence(), _training() as (recipe, bar):
        if data is not None:
            if out_folder is None:
                raise Problem("--out: name the folder for the model")
            columns = text.split(",")
            recipe.train_single(data, columns, label, out_folder, base or None, seed, bar)
            out.print(f"the model lies in {out_folder}", markup=False)
            return
        rows = None
        if corrections:
            rows = run(lambda: _export_corrections(settings_of(config, database)))
        folder = recipe.train_bundled(out_folder, base or None, seed, rows, bar)
        out.print(f"the model and its card lie in {folder}", markup=False)


@app.command()
def evaluate(
    model: Annotated[Path, typer.Option("--model", help="Folder of a trained model.")],
    data: Annotated[Path, typer.Option("--data", help="Labelled CSV or JSONL.")],
    text: Annotated[str, typer.Option("--text", help="Text column, or two with a comma.")] = "text",
    label: Annotated[str, typer.Option("--label", help="Label column.")] = "label",
) -> None:
    """Measure a classifier on labelled texts: one JSON object."""
    with one_sentence(), _training() as (recipe, _):
        found = recipe.evaluate_single(model, data, text.split(","), label)
        sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")


@contextmanager
def _training() -> Iterator[tuple[Any, Any]]:
    """The recipes with a progress bar; what is wrong with the data becomes one sentence."""
    from bot.progress import RichProgress

    recipe = _recipe()
    try:
        with RichProgress(err) as bar:
            yield recipe, bar
    except recipe.TrainingDataError as error:
        raise Problem(str(error)) from error


def _recipe() -> Any:
    try:
        from classifiers.training import recipe
    except ImportError as error:
        raise Problem(
            f"training needs more packages ({error.name}); install them with "
            "pip install 'geying[train]'"
        ) from None
    return recipe


async def _export_corrections(settings: Settings) -> Path:
    from bot.upkeep import export_corrections

    store = await _existing(settings)
    try:
        return await export_corrections(settings, store)
    finally:
        await store.close()


@app.command()
def purge(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = "",
) -> None:
    """Delete what the retention rules no longer allow to keep."""
    with one_sentence():
        settings = settings_of(config, database)
        gone = run(lambda: _purge(settings, dry_run))
        verb = "would go" if dry_run else "gone"
        out.print(
            f"{verb}: the words and people of {gone.issues} issues, {gone.messages} messages, "
            f"{gone.outgoing} outgoing, {gone.residents} residents, "
            f"{gone.corrections} training rows, {len(gone.photos)} photos",
            markup=False,
        )


async def _purge(settings: Settings, dry_run: bool) -> Any:
    from bot.clock import SystemClock
    from bot.upkeep import purge_now

    store = await _existing(settings)
    try:
        return await purge_now(settings, store, SystemClock().now(), dry_run=dry_run)
    finally:
        await store.close()


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="The archive to write.")],
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = "",
) -> None:
    """Write the whole state, database and photos, into one file."""
    with one_sentence():
        settings = settings_of(config, database)
        rows = run(lambda: _archive(settings, file, back=False))
        out.print(f"{rows} rows and the photos lie in {file}", markup=False)


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="The archive to read.")],
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = "",
) -> None:
    """Bring an empty database and the photos to what an archive holds."""
    with one_sentence():
        settings = settings_of(config, database)
        rows = run(lambda: _archive(settings, file, back=True))
        out.print(f"{rows} rows and the photos are back", markup=False)


async def _archive(settings: Settings, file: Path, *, back: bool) -> int:
    from bot.backup import BackupProblem, backup, restore

    store = Database(settings.bot.database) if back else await _existing(settings)
    try:
        return await (restore if back else backup)(settings, store, file)
    except BackupProblem as problem:
        raise Problem(str(problem)) from problem
    finally:
        await store.close()


@app.command()
def doctor(config: ConfigOption = DEFAULT_CONFIG, database: DatabaseOption = "") -> None:
    """Check configuration, database, model, fonts and gateway, and say the mend."""
    with one_sentence():
        from bot.doctor import examine

        found = run(lambda: examine(config, database))
        for finding in found:
            mark = "ok  " if finding.well else "MEND"
            out.print(f"{mark} {finding.what}: {finding.says}", markup=False)
        if not all(finding.well for finding in found):
            raise typer.Exit(1)


@app.command("import")
def import_(
    roster: Annotated[Path, typer.Argument(help="Excel: 街道 社区 网格 小区 楼栋 A岗 B岗 微信号.")],
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Take the roster from Excel into the configuration file: all or nothing."""
    with one_sentence():
        from bot.roster_import import import_roster

        found = import_roster(roster, config)
        out.print(
            f"{config}: {found.grids} grids, {found.workers} workers"
            + (f"; new: {'、'.join(found.new_workers)}" if found.new_workers else "")
            + (f"; grids gone: {'、'.join(found.gone_grids)}" if found.gone_grids else "")
            + (f"; workers gone: {'、'.join(found.gone_workers)}" if found.gone_workers else ""),
            markup=False,
        )


@board_app.callback(invoke_without_command=True)
def board(
    context: typer.Context,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = "",
) -> None:
    """Serve the pages alone, over the same database."""
    if context.invoked_subcommand is not None:
        return
    with one_sentence():
        settings = settings_of(config, database)
        from bot.board.serving import serve_alone

        err.print(f"the pages: {settings.board.url}", markup=False)
        run(lambda: serve_alone(settings))


@board_app.command("link")
def board_link(
    worker: Annotated[str, typer.Argument(help="Id or name of the worker.")],
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = "",
) -> None:
    """Print a way in for one person: works once, for ten minutes."""
    with one_sentence():
        settings = settings_of(config, database)
        out.print(run(lambda: _board_link(settings, worker)), markup=False)


async def _board_link(settings: Settings, worker: str) -> str:
    from bot.board.links import link_for
    from bot.clock import SystemClock
    from bot.roster import Roster

    found = Roster(settings).named(worker)
    if found is None:
        names = "、".join(w.id for w in settings.workers)
        raise Problem(f"there is no worker “{worker}”; there are {names}")
    store = await _existing(settings)
    try:
        async with store.transaction() as session:
            return await link_for(session, settings, found, SystemClock().now())
    finally:
        await store.close()


@database_app.command("upgrade")
def upgrade(config: ConfigOption = DEFAULT_CONFIG, database: DatabaseOption = "") -> None:
    """Create the database, or bring it to this version."""
    with one_sentence():
        settings = settings_of(config, database)

        async def do() -> str | None:
            store = Database(settings.bot.database)
            try:
                await store.upgrade()
                return await store.version()
            finally:
                await store.close()

        out.print(f"the database is of version {run(do)}", markup=False)


def main() -> None:
    """The installed command."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    from bot.logs import configure

    configure()
    app()


if __name__ == "__main__":
    main()

"""The command line: `peerled run|demo|check|migrate|invite`, the same as `python -m bot`.

Each command reads the settings, hands over to the floor below and says how it went. What a command needs is imported
when it runs, so that `--help` is quick and nothing fails for a package that is not used. No error reaches the operator
as a traceback: what can be mended is said in lines on stderr (exit 2), anything else by a reference into the log (1).
"""

import asyncio
import enum
import functools
import importlib.util
import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ParamSpec

import typer

from bot import logs
from bot.errors import OperatorError

if TYPE_CHECKING:
    from bot.settings import Settings

BAD_SETTINGS = 2
UNEXPECTED = 1

log = logging.getLogger(__name__)

P = ParamSpec("P")


def _answering(command: Callable[P, None]) -> Callable[P, None]:
    """Wrap a command so that whatever it raises becomes lines on stderr and an exit code."""

    @functools.wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
        logs.setup("WARNING")
        try:
            command(*args, **kwargs)
        except OperatorError as error:
            for line in error.findings:
                _complain(line)
            raise typer.Exit(BAD_SETTINGS) from None
        except (typer.Exit, typer.Abort, BrokenPipeError):
            raise
        except Exception as error:
            # The last place before the operator would see a traceback.
            reference = logs.reference()
            log.critical("unexpected error, reference %s", reference, exc_info=error)
            _complain(f"unexpected error, reference {reference}; see the log")
            raise typer.Exit(UNEXPECTED) from None

    return wrapped


app = typer.Typer(
    name="peerled",
    help="A Discord bot for communities that people with a shared experience run for each other.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


class Role(enum.StrEnum):
    """Which part of the work this process does."""

    all = "all"
    gateway = "gateway"
    worker = "worker"
    web = "web"


ConfigFile = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="The settings file; config.toml in this folder if left out."),
]


def main() -> None:
    """Run the command line of this process and exit."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a character shows its number instead of failing.
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="backslashreplace")
    logs.catch_strays()
    app(prog_name="peerled")


@app.command()
@_answering
def run(
    config: ConfigFile = None,
    role: Annotated[Role, typer.Option(help="Which part of the work this process does.")] = Role.all,
) -> None:
    """Run the bot until it is stopped."""
    from bot.settings import token_of

    settings = _settings(config)
    token_of(settings)
    if role is not Role.all:
        raise OperatorError(f"--role {role}: this version does all work in one process; leave --role out")
    logs.setup(settings.logging.level, settings.logging.format)
    from bot import checkup, runner

    for line in checkup.without_effect(settings):
        log.warning(line)

    with asyncio.Runner(loop_factory=_fast_loop()) as loop:
        code = loop.run(runner.run(settings, _say))
    raise typer.Exit(code)


@app.command()
@_answering
def demo(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Where the page is served; a free one if taken.")] = 8765,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page.")] = True,
) -> None:
    """Show the real bot in a simulated Discord in the browser: no token, no network."""
    _need("simcord", extra="demo", what="the demo")
    from bot import demo as town

    asyncio.run(town.serve(port, open_browser=browser))


@app.command()
@_answering
def check(
    config: ConfigFile = None,
    words_kept: Annotated[
        bool, typer.Option("--words-kept", help="The recovery words are on paper: remove the sheet that holds them.")
    ] = False,
) -> None:
    """Look at settings, key, database and content: one line per finding, exit 2 on errors."""
    from bot import checkup, keys

    settings = _settings(config)
    if words_kept:
        removed = keys.confirm_sheet(settings)
        _say(f"ok: {removed} is removed" if removed else "ok: there is no recovery sheet to remove")

    async def look() -> int:
        errors = 0
        async for finding in checkup.look(settings):
            _say(f"{finding.level}: {finding.text}")
            errors += finding.level == "error"
        return errors

    if asyncio.run(look()):
        raise typer.Exit(BAD_SETTINGS)


@app.command()
@_answering
def migrate(config: ConfigFile = None) -> None:
    """Bring the database to the schema of this version."""
    settings = _settings(config)

    applied = asyncio.run(_upgrade(settings))
    for revision in applied:
        _say(f"migrated to {revision}")
    _say("the database is up to date" if applied else "nothing to do: the database was up to date")


async def _upgrade(settings: "Settings") -> list[str]:
    from bot import keys
    from data import migrate as migrations
    from data.db import Database

    db = await Database.open(settings.storage.url)
    try:
        if db.dialect == "sqlite" and await migrations.current(db) is None:
            # From here on the database is not new any more, and nothing makes a key for one that is not.
            keys.load_or_create(settings, database_is_new=True)
        return await migrations.upgrade(db)
    finally:
        await db.close()


@app.command()
@_answering
def invite(config: ConfigFile = None) -> None:
    """Print the addresses with which the bot is added to a server."""
    from bot.domain import rights

    application_id = _application_id(_settings(config))
    _say("Add peerled to a server:")
    _say(f"  {rights.invite_url(application_id, rights.everyday())}")
    _say(f"With {' and '.join(rights.FOR_SET_UP)}, for /setup only (take them away afterwards):")
    _say(f"  {rights.invite_url(application_id, rights.with_set_up())}")


def _application_id(settings: "Settings") -> int:
    """Return the id with which every bot token begins."""
    import base64

    from bot.settings import token_of

    first = token_of(settings).split(".")[0]
    try:
        number = base64.urlsafe_b64decode(first + "=" * (-len(first) % 4)).decode("ascii")
    except ValueError:
        number = ""
    if not (number.isdecimal() and 15 <= len(number) <= 20):
        raise OperatorError(
            "[discord] token: does not look like a bot's token, whose first part holds the bot's id; "
            "copy it anew from the Developer Portal, page Bot"
        )
    return int(number)


def _settings(config: Path | None) -> "Settings":
    from bot.settings import load

    return load(config, os.environ)


def _need(package: str, *, extra: str, what: str) -> None:
    if importlib.util.find_spec(package) is None:
        raise OperatorError(
            f'{what} needs the extra `{extra}`, which is not installed; run: pip install -e ".[{extra}]"'
        )


def _fast_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Return the event loop of the extra `speed` where it is installed, else None for Python's own."""
    if importlib.util.find_spec("uvloop") is None:
        return None
    import uvloop

    return uvloop.new_event_loop


def _say(line: str) -> None:
    typer.echo(_plain(line))
    sys.stdout.flush()


def _complain(line: str) -> None:
    typer.echo(_plain(line), err=True)


def _plain(line: str) -> str:
    """Return a line that stays one line and cannot act on the terminal, whatever a file name in it holds."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in line)

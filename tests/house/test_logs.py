"""Logs: whatever is logged, at whatever level, nobody's words, ids and tokens reach the bytes that are written."""

import asyncio
import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot import logs
from bot.errors import OperatorError, PeerError
from tests.house.broken_configs import TOKEN_LIKE

WORDS = "I told nobody about the 12 of May"
USER = "1098765432109876543"
INTERACTION_TOKEN = "aW50ZXJhY3Rpb246MTIzNDU2Nzg5MDEyMzQ1Njc4OmFiYw"

log = logging.getLogger("bot.test")


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in logs.QUIET_BELOW}
    yield
    logging.captureWarnings(False)
    root.handlers[:] = before
    root.setLevel(level)
    for name, was in levels.items():
        logging.getLogger(name).setLevel(was)


@pytest.fixture
def written(capsys: pytest.CaptureFixture[str]) -> Callable[[], str]:
    logs.setup("DEBUG")
    return lambda: capsys.readouterr().err


def fail(error: BaseException) -> None:
    secret_of_the_frame = WORDS
    assert secret_of_the_frame
    raise error


def log_failure(error: BaseException) -> None:
    try:
        fail(error)
    except BaseException:
        log.exception("it failed")


@pytest.mark.parametrize(
    "text",
    [
        USER,
        f"<@{USER}>",
        f"user_{USER}_x",
        f"POST https://discord.com/api/v10/interactions/{USER}/{INTERACTION_TOKEN}/callback",
        f"PATCH https://discord.com/api/v10/webhooks/{USER}/{INTERACTION_TOKEN}/messages/@original?wait=true",
        f"token {TOKEN_LIKE} refused",
        f"{{'Authorization': 'Bot {TOKEN_LIKE}'}}",
        "authorization: Bearer abcdefghijklmnop",
        f"Bot {TOKEN_LIKE}",
        f"an interaction's token alone: {INTERACTION_TOKEN}",
        "GET /cal/5fd924625f6ab16a19cc9807c7c506ae.ics HTTP/1.1",
        "postgresql+asyncpg://me:hush-hush@host:5432/db",
    ],
)
@pytest.mark.parametrize("level", [logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR])
def test_ids_tokens_and_logins_are_masked_at_every_level(text: str, level: int, written: Callable[[], str]) -> None:
    log.log(level, "as an argument: %s", text)
    log.log(level, f"in the text: {text}")
    out = written()
    assert out.count("\n") == 2
    for secret in (USER, INTERACTION_TOKEN, TOKEN_LIKE[-20:], "hush-hush", "abcdefghijklmnop", "5fd924625f6ab16a"):
        assert secret not in out


def test_ordinary_words_and_numbers_stay(written: Callable[[], str]) -> None:
    log.info("Bot started: 3 guilds, 12 commands, 1700000000 s, 20 of 99999999999999, /meetings at 08:00, v0.1.0")
    assert (
        "Bot started: 3 guilds, 12 commands, 1700000000 s, 20 of 99999999999999, /meetings at 08:00, v0.1.0"
        in written()
    )


@pytest.mark.parametrize("name", ["discord", "discord.http", "discord.gateway", "aiosqlite"])
def test_chatty_libraries_are_silent_below_info_even_when_told_to_speak(name: str, written: Callable[[], str]) -> None:
    chatty = logging.getLogger(name)
    before = chatty.level
    chatty.setLevel(logging.DEBUG)
    try:
        chatty.debug(WORDS)
        assert written() == ""
        chatty.info("connected")
        assert "connected" in written()
    finally:
        chatty.setLevel(before)


def test_statements_and_their_parameters_are_not_logged_even_when_told_to(written: Callable[[], str]) -> None:
    engine = sa.create_engine("sqlite://", echo="debug")
    try:
        with engine.connect() as tx:
            tx.execute(sa.text("SELECT :note"), {"note": WORDS}).all()
    finally:
        engine.dispose()
    assert written() == ""


@pytest.mark.parametrize("breaker", ["\n", "\r", "\r\n", "\x0b", "\x1b[2J", "\u2028", "\u0085", "\u202e", "\x00"])
def test_nobody_can_write_a_log_line_of_their_own(breaker: str, written: Callable[[], str]) -> None:
    log.warning("name: %s", f"a{breaker}2026-01-01 CRITICAL bot: hacked")
    out = written()
    assert out.count("\n") == 1
    assert out.removesuffix("\n").isprintable()


@pytest.mark.parametrize(
    "error",
    [
        ValueError(WORDS),
        KeyError(WORDS),
        RuntimeError(f"{WORDS} {USER}"),
        ExceptionGroup(WORDS, [ValueError(WORDS), ExceptionGroup(WORDS, [KeyError(WORDS)])]),
        OSError(28, "No space left on device", f"/home/{WORDS}"),
    ],
)
@pytest.mark.parametrize("form", ["text", "json"])
def test_a_traceback_names_places_and_types_but_no_values(
    error: Exception, form: logs.Format, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.setup("DEBUG", form)
    error.add_note(WORDS)
    log_failure(error)
    out = capsys.readouterr().err
    assert "nobody" not in out
    assert USER not in out
    assert type(error).__name__ in out
    assert "house/test_logs.py:" in out
    assert "in fail" in out


def test_what_led_to_an_exception_is_named_too(written: Callable[[], str]) -> None:
    try:
        try:
            fail(ValueError(WORDS))
        except ValueError as cause:
            raise RuntimeError(WORDS) from cause
    except RuntimeError:
        log.exception("it failed")
    out = written()
    assert "nobody" not in out
    assert out.index("ValueError") < out.index("which led to") < out.index("RuntimeError")


def test_exceptions_that_refer_to_each_other_end(written: Callable[[], str]) -> None:
    first, second = ValueError("a"), KeyError("b")
    first.__cause__, second.__cause__ = second, first
    log_failure(first)
    assert written().count("which led to") == 1


def test_errors_of_our_own_keep_their_text_redacted(written: Callable[[], str]) -> None:
    log_failure(PeerError("checkin.not_here", name=WORDS))
    log_failure(OperatorError(f"postgresql://me:hush@h/db: guild {USER} refused\nsecond"))
    out = written()
    assert "checkin.not_here" in out
    assert "guild [id] refused\\nsecond" in out
    assert "nobody" not in out
    assert "hush" not in out


def test_a_failed_statement_shows_no_parameters_and_no_statement(written: Callable[[], str]) -> None:
    engine = sa.create_engine("sqlite://")
    try:
        with engine.connect() as tx:
            tx.execute(sa.text("SELECT * FROM nowhere WHERE note = :note"), {"note": WORDS})
    except sa.exc.SQLAlchemyError as error:
        log.exception("it failed: %s", error)
        log.error(error)
        log.error("among others %r", error)
    finally:
        engine.dispose()
    out = written()
    assert "OperationalError" in out
    assert "nobody" not in out
    assert "SELECT" not in out


def test_what_libraries_say_about_objects_is_their_type(written: Callable[[], str]) -> None:
    class Interaction:
        def __repr__(self) -> str:
            return WORDS

    logging.getLogger("discord.client").error("Ignoring exception in %r for %s", Interaction(), {"note": WORDS})
    logging.getLogger("discord.client").error("Ignoring %(what)s", {"what": Interaction()})
    out = written()
    assert "nobody" not in out
    assert "Ignoring exception in '<Interaction>' for <dict>" in out


async def test_an_exception_nobody_waited_for_is_told_without_its_text(written: Callable[[], str]) -> None:
    async def lost() -> None:
        raise ValueError(WORDS)

    task = asyncio.ensure_future(lost())
    await asyncio.wait([task])
    asyncio.get_running_loop().call_exception_handler(
        {"message": "Task exception was never retrieved", "exception": task.exception(), "future": task}
    )
    out = written()
    assert "Task exception was never retrieved" in out
    assert "ValueError" in out
    assert "nobody" not in out


def test_a_record_that_cannot_be_formatted_is_reported_without_its_values(written: Callable[[], str]) -> None:
    logs.setup("DEBUG")  # once more, for the test runner's own handler raises here
    log.info("two %s %s", WORDS)
    out = written()
    assert "could not be written" in out
    assert "test_logs.py" in out
    assert "nobody" not in out


def test_json_lines_can_be_read_back(capsys: pytest.CaptureFixture[str]) -> None:
    logs.setup("INFO", "json")
    log.info('with "quotes", ü and\na break')
    log.debug("not this")
    log_failure(ValueError(WORDS))
    first, second = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert first["message"] == 'with "quotes", ü and\\na break'
    assert (first["level"], first["logger"]) == ("INFO", "bot.test")
    assert first["at"].endswith("+00:00")
    assert second["error"][-1] == "ValueError"


def test_handlers_that_others_put_at_the_root_are_taken_away(capsys: pytest.CaptureFixture[str]) -> None:
    logging.getLogger().addHandler(logging.StreamHandler(sys.stdout))
    logs.setup("INFO")
    logs.setup("INFO")
    log.info("user %s", USER)
    out = capsys.readouterr()
    assert out.out == ""
    assert out.err.count("user [id]") == 1


def test_what_escapes_from_threads_and_finalisers_prints_no_traceback(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        "import threading\n"
        "from bot import logs\n"
        "logs.setup('INFO'); logs.catch_strays()\n"
        "class Last:\n"
        "    def __del__(self): raise ValueError('told nobody')\n"
        "def work(): raise KeyError('told nobody')\n"
        "thread = threading.Thread(target=work); thread.start(); thread.join()\n"
        "last = Last(); del last\n"
        "raise RuntimeError('told nobody')\n"
    )
    done = subprocess.run(
        [sys.executable, str(program)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": "."},
    )
    assert done.returncode == 1
    assert "nobody" not in done.stderr
    assert "Traceback" not in done.stderr
    for kind in ("ValueError", "KeyError", "RuntimeError"):
        assert kind in done.stderr


def test_references_are_short_and_differ() -> None:
    made = {logs.reference() for _ in range(50)}
    assert len(made) > 40
    assert all(len(reference) == 4 for reference in made)

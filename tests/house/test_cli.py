"""The command line: every command ends, says plainly how it went, and never shows a traceback."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import discord
import pytest
from typer.testing import CliRunner, Result

from bot import checkup, cli, keys, logs
from bot.domain import rights
from bot.domain.contacts import Contacts
from bot.errors import OperatorError
from bot.settings import load
from tests.house.broken_configs import TOKEN_LIKE

PEERLED = str(Path(sys.executable).with_name("peerled"))
APPLICATION_ID = "1098765432109876543"

Run = Callable[..., "subprocess.CompletedProcess[str]"]
Call = Callable[..., Result]


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    import logging

    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    yield
    logging.captureWarnings(False)
    root.handlers[:] = before
    root.setLevel(level)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run `peerled` as a process of its own in an empty folder; a command that does not end fails the test."""

    def run(*args: str, program: tuple[str, ...] = (PEERLED,), **env: str) -> "subprocess.CompletedProcess[str]":
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("PEERLED_", "DISCORD_"))}
        done = subprocess.run(
            [*program, *args],
            cwd=tmp_path,
            env={**clean, **env},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert "Traceback" not in done.stdout + done.stderr
        return done

    return run


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    """Call a command in this process, in an empty folder: for what ends before anything is opened."""
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith(("PEERLED_", "DISCORD_")):
            monkeypatch.delenv(name)

    def call(*args: str, **env: str) -> Result:
        result = CliRunner().invoke(cli.app, args, env=env)
        assert "Traceback" not in result.output
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return result

    return call


# Every command ends


@pytest.mark.parametrize("program", [(PEERLED,), (sys.executable, "-m", "bot")], ids=["peerled", "python -m bot"])
def test_help_names_the_commands(program: tuple[str, ...], run: Run) -> None:
    done = run("--help", program=program)
    assert done.returncode == 0
    assert "Usage: peerled" in done.stdout
    for command in ("run", "demo", "check", "migrate", "invite"):
        assert re.search(rf"^  {command} ", done.stdout, re.MULTILINE)


def test_help_does_not_load_what_only_commands_need(run: Run) -> None:
    code = (
        "import sys, bot.cli\n"
        "heavy = {'discord', 'sqlalchemy', 'pydantic', 'simcord', 'matplotlib', 'alembic', 'uvloop'}\n"
        "print(*heavy & {name.split('.')[0] for name in sys.modules})"
    )
    assert run(program=(sys.executable, "-c", code)).stdout == "\n"


@pytest.mark.parametrize("command", ["run", "invite"])
def test_without_a_token_a_command_that_needs_one_says_where_to_get_it(command: str, run: Run, tmp_path: Path) -> None:
    done = run(command)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("config.toml: [discord] token: expected the bot's token, found none; copy it from")
    assert list(tmp_path.iterdir()) == []


def test_migrate_makes_a_new_sqlite_and_its_key_and_then_has_nothing_to_do(run: Run, tmp_path: Path) -> None:
    first, second = run("migrate"), run("migrate")
    assert (first.returncode, second.returncode) == (0, 0), first.stderr
    assert first.stdout.startswith("migrated to ")
    assert first.stdout.endswith("the database is up to date\n")
    assert second.stdout == "nothing to do: the database was up to date\n"
    assert (tmp_path / "var" / "peerled.db").exists()
    assert (tmp_path / "keys" / "master.key").exists()


def test_check_of_a_sound_installation_ends_well_and_warns_of_the_sheet(run: Run, tmp_path: Path) -> None:
    run("migrate")
    done = run("check", DISCORD_TOKEN=TOKEN_LIKE)
    assert done.returncode == 0, done.stdout + done.stderr
    levels = [line.split(": ")[0] for line in done.stdout.splitlines()]
    assert set(levels) == {"ok", "warning"}
    assert levels.count("warning") == 2
    assert "numbers were compared with stored copies only" in done.stdout
    assert "recovery-sheet.txt: copy these words to paper" in done.stdout
    kept = run("check", "--words-kept", DISCORD_TOKEN=TOKEN_LIKE)
    assert kept.returncode == 0
    assert "copy these words" not in kept.stdout
    assert not (tmp_path / "keys" / "recovery-sheet.txt").exists()


def test_check_in_an_empty_folder_changes_nothing(run: Run, tmp_path: Path) -> None:
    done = run("check", DISCORD_TOKEN=TOKEN_LIKE)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"ok: database: the first start makes {tmp_path}/var/peerled.db" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_check_says_every_error_and_ends_with_2(run: Run, tmp_path: Path) -> None:
    run("migrate")
    (tmp_path / "keys" / "master.key").unlink()
    (tmp_path / "var" / "peerled.db").write_bytes(b"no database at all" * 100)
    done = run("check")
    assert done.returncode == 2
    errors = [line for line in done.stdout.splitlines() if line.startswith("error: ")]
    assert len(errors) == 3
    for fragment, line in zip(("[discord] token", "peerled.db", "master.key"), errors, strict=True):
        assert fragment in line


@pytest.mark.skipif(os.name != "posix", reason="only POSIX systems have these rights")
def test_check_warns_of_a_token_that_other_accounts_can_read(call: Call, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f'[discord]\ntoken = "{TOKEN_LIKE}"\n')
    config.chmod(0o644)
    assert f"warning: {config}: other accounts of this machine can read it" in call("check").stdout
    config.chmod(0o600)
    assert "other accounts" not in call("check").stdout


def test_check_warns_of_a_token_that_looks_like_none(call: Call) -> None:
    done = call("check", DISCORD_TOKEN="0123456789abcdef0123456789abcdef")
    assert "warning: [discord] token: does not look like a bot's token" in done.stdout
    assert "0123456789abcdef" not in done.stdout


def test_check_warns_of_each_setting_that_does_nothing_yet(call: Call, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[web]\nenabled = true\nport = 8080\n[backup]\nkeep = 7\nfolder = "kept"\n')
    done = call("check", DISCORD_TOKEN=TOKEN_LIKE, PEERLED_STORAGE__EPOCH_URL="sqlite:///epochs.db")
    assert done.exit_code == 0
    warned = re.findall(r"^warning: (\[\w+\] \w+): not in this version yet", done.stdout, re.MULTILINE)
    assert warned == ["[storage] epoch_url", "[backup] folder", "[backup] keep"]


def test_the_example_as_it_stands_sets_nothing_without_effect(call: Call, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_bytes((Path(__file__).parents[2] / "config.example.toml").read_bytes())
    assert "not in this version yet" not in call("check", DISCORD_TOKEN=TOKEN_LIKE).stdout


def test_run_warns_of_settings_that_do_nothing_yet_before_it_starts(run: Run, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(
        '[delivery]\nbatch_times = ["09:00"]\n[storage]\nurl = "sqlite:///var/a.db"\n'
    )
    (tmp_path / "var").write_text("a file where the folder should be, so that the start ends here")
    done = run("run", DISCORD_TOKEN=TOKEN_LIKE)
    assert done.returncode == 2
    first, *_ = done.stderr.splitlines()
    assert "WARNING" in first
    assert "[delivery] batch_times: not in this version yet" in first
    assert done.stdout == ""


async def test_check_says_old_help_numbers_in_a_sentence_that_can_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = "Samaritans (GB): last checked on 2026-01-01, 300 days ago; compare it with the source and set checked_on"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Contacts, "too_old", lambda _self, _today: (line,))
    found = [finding async for finding in checkup.look(load(None, {"DISCORD_TOKEN": TOKEN_LIKE}))]
    assert checkup.Finding("warning", f"contacts.toml: {line}") in found


def test_check_notices_that_the_key_is_not_the_one_the_database_was_begun_with(run: Run, tmp_path: Path) -> None:
    run("migrate")
    begun_with = keys.MasterKey(bytes(range(32)))
    program = (
        "import asyncio, os\n"
        "from bot.services import guilds\n"
        "from data.db import Database\n"
        "async def main():\n"
        "    db = await Database.open('sqlite:///var/peerled.db')\n"
        "    await guilds.remember_fact(db, 'key_check', os.environ['CHECK'])\n"
        "    await db.close()\n"
        "asyncio.run(main())\n"
    )
    assert run(program=(sys.executable, "-c", program), CHECK=begun_with.check_value()).returncode == 0
    done = run("check", DISCORD_TOKEN=TOKEN_LIKE)
    assert done.returncode == 2
    assert "error: " + str(tmp_path / "keys" / "master.key") + ": expected the master key with which" in done.stdout
    right = run("check", DISCORD_TOKEN=TOKEN_LIKE, PEERLED_SECURITY__MASTER_KEY=begun_with.raw.hex())
    assert right.returncode == 0, right.stdout


def test_a_database_that_cannot_be_made_is_said_in_a_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file where the folder should be")
    done = run("migrate")
    assert done.returncode == 2
    assert "var" in done.stderr
    assert done.stdout == ""


def test_a_postgresql_that_does_not_answer_is_said_in_a_line(run: Run) -> None:
    url = "postgresql://me:hush-hush@127.0.0.1:1/peerled"
    for command in ("migrate", "check"):
        done = run(command, PEERLED_STORAGE__URL=url, DISCORD_TOKEN=TOKEN_LIKE)
        assert done.returncode == 2
        assert "127.0.0.1" in done.stdout + done.stderr
        assert "hush" not in done.stdout + done.stderr


def test_a_role_of_its_own_is_refused_for_now(call: Call) -> None:
    done = call("run", "--role", "worker", DISCORD_TOKEN=TOKEN_LIKE)
    assert done.exit_code == 2
    assert "leave --role out" in done.stderr


def test_a_missing_file_given_by_name_is_an_error_of_every_command(call: Call) -> None:
    for command in ("run", "check", "migrate", "invite"):
        done = call(command, "--config", "nowhere.toml")
        assert done.exit_code == 2
        assert done.stderr.startswith("nowhere.toml: there is no such file; ")


@pytest.mark.parametrize(
    "args", [("frob",), ("demo", "--port", "99999"), ("run", "--role", "king"), ("check", "--wat")]
)
def test_a_mistyped_call_shows_the_usage(args: tuple[str, ...], call: Call) -> None:
    done = call(*args)
    assert done.exit_code == 2
    assert "Usage: peerled" in done.stderr


def test_the_demo_without_its_extra_names_the_command_that_installs_it(run: Run) -> None:
    code = "import sys; sys.modules['simcord'] = None; sys.argv[0] = 'peerled'; from bot.cli import main; main()"
    done = run("demo", program=(sys.executable, "-c", code))
    assert done.returncode == 2
    assert done.stderr == 'the demo needs the extra `demo`, which is not installed; run: pip install -e ".[demo]"\n'


def test_a_terminal_that_knows_few_characters_gets_its_lines_all_the_same(run: Run, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(f'[discord]\ntoken = "{TOKEN_LIKE}"\n[backup]\nkeep = "a…"\n')
    done = run("check", PYTHONIOENCODING="latin-1")
    assert done.returncode == 2
    assert 'found "a\\u2026"' in done.stderr


# Errors nobody foresaw


def test_an_unforeseen_error_is_one_line_and_a_reference_into_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(_settings: object) -> None:
        raise RuntimeError("what somebody wrote")

    monkeypatch.setattr(cli, "_upgrade", broken)
    result = CliRunner().invoke(cli.app, ["migrate"])
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit)
    assert result.stdout == ""
    last = result.stderr.splitlines()[-1]
    reference = re.fullmatch(r"unexpected error, reference ([0-9A-F]{4}); see the log", last)
    assert reference
    assert f"CRITICAL bot.cli: unexpected error, reference {reference[1]}" in result.stderr
    assert "RuntimeError" in result.stderr
    assert "somebody" not in result.stderr
    assert "Traceback" not in result.stderr


def test_a_finding_cannot_act_on_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(_settings: object) -> None:
        raise OperatorError("a\x1b[2J\nb", "second")

    monkeypatch.setattr(cli, "_upgrade", broken)
    result = CliRunner().invoke(cli.app, ["migrate"])
    assert result.exit_code == 2
    assert result.stderr == "a\\x1b[2J\\nb\nsecond\n"


@pytest.mark.skipif(os.name != "posix", reason="Ctrl-C is a signal there")
def test_ctrl_c_ends_with_130_and_no_traceback(tmp_path: Path) -> None:
    program = (
        # Whoever starts the tests in the background has them ignore the signal.
        "import asyncio, signal, sys\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from bot import cli\n"
        "async def wait(settings):\n"
        "    print('waiting', flush=True)\n"
        "    await asyncio.sleep(60)\n"
        "cli._upgrade = wait\n"
        "sys.argv = ['peerled', 'migrate']\n"
        "cli.main()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "waiting\n"
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in err


async def test_content_that_cannot_be_read_is_an_error_of_the_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from data import content

    def broken() -> None:
        raise OperatorError("contacts.toml: expected a country")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(content, "load_contacts", broken)
    found = [finding async for finding in checkup.look(load(None, {"DISCORD_TOKEN": TOKEN_LIKE}))]
    assert checkup.Finding("error", "contacts.toml: expected a country") in found
    assert checkup.Finding("ok", "content: the crisis words can be read") in found


# Invites


def test_invite_prints_an_address_for_every_day_and_one_for_set_up(run: Run) -> None:
    done = run("invite", DISCORD_TOKEN=TOKEN_LIKE)
    assert done.returncode == 0, done.stderr
    addresses = re.findall(
        r"https://discord\.com/oauth2/authorize\?client_id=(\d+)&scope=(\S+)&permissions=(\d+)", done.stdout
    )
    assert [(app, scope) for app, scope, _ in addresses] == [(APPLICATION_ID, "bot+applications.commands")] * 2
    everyday, set_up = (discord.Permissions(int(bits)) for _, _, bits in addresses)
    assert set_up.is_strict_superset(everyday)
    assert {name for name, given in set_up if given} - {name for name, given in everyday if given} == {
        "manage_channels",
        "manage_roles",
    }
    for permissions in (everyday, set_up):
        assert not permissions.administrator
        assert not permissions.mention_everyone


@pytest.mark.parametrize("token", ["abc", "0123456789abcdef0123456789abcdef", "ü", "a.b.c", "////.x.y", "."])
def test_invite_from_what_is_no_token_says_so(token: str, call: Call) -> None:
    done = call("invite", DISCORD_TOKEN=token)
    assert done.exit_code == 2
    assert "[discord] token" in done.stderr or "DISCORD_TOKEN" in done.stderr


def test_the_permission_bits_are_discords() -> None:
    names = {name for name, bit in vars(rights).items() if name.isupper() and isinstance(bit, int)}
    assert len(names) == len(rights.EVERYDAY) + len(rights.FOR_SET_UP)
    for name in names:
        assert getattr(rights, name) == getattr(discord.Permissions, name.lower()).flag


def test_missing_permissions_are_named_as_discord_shows_them() -> None:
    granted = rights.everyday() & ~rights.PIN_MESSAGES
    assert rights.missing(granted) == ("Pin Messages",)
    assert rights.missing(rights.everyday()) == ()
    assert rights.missing(rights.everyday(), rights.FOR_SET_UP) == ("Manage Channels", "Manage Roles")


def test_the_log_of_a_command_is_redacted_from_its_first_moment() -> None:
    CliRunner().invoke(cli.app, ["check", "--config", "nowhere.toml"])
    import logging

    assert [type(handler.formatter) for handler in logging.getLogger().handlers] == [logs.Redacting]

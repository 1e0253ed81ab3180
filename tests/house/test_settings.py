"""Settings: what an operator writes either holds, or is explained in a line that says where, what and the remedy."""

import datetime as dt
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pydantic import ValidationError
from typer.testing import CliRunner

from bot.cli import app
from bot.errors import OperatorError
from bot.settings import PLACEHOLDER_TOKEN, Settings, load, readable_by_others, token_of
from bot.settings.models import SECTIONS
from tests.house import broken_configs
from tests.house.broken_configs import TOKEN_LIKE, Broken

EXAMPLE = Path(__file__).parents[2] / "config.example.toml"


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith("PEERLED_") or name == "DISCORD_TOKEN":
            monkeypatch.delenv(name)


def write(content: str | bytes, name: str = "config.toml") -> Path:
    file = Path(name)
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return file


def findings(content: str | bytes, **env: str) -> tuple[str, ...]:
    with pytest.raises(OperatorError) as refused:
        load(write(content), env)
    return refused.value.findings


def anything_said(content: str | bytes) -> tuple[str, ...]:
    try:
        load(write(content), {})
    except OperatorError as error:
        return error.findings
    return ()


def assert_clear(lines: list[str], case: Broken) -> None:
    text = "\n".join(lines)
    for fragment in case.says:
        assert fragment in text
    for line in lines:
        assert "Traceback" not in line
        assert "pydantic" not in line.lower()
        assert line.isprintable()
        assert len(line) < 400


# Broken files


@pytest.mark.parametrize("case", broken_configs.ALL, ids=lambda case: case.name.replace(" ", "-"))
def test_a_broken_file_ends_in_clear_lines_and_exit_2(case: Broken) -> None:
    write(case.content)
    result = CliRunner().invoke(app, ["run"], env=dict(case.env))
    assert result.exit_code == 2
    assert result.stdout == ""
    assert_clear(result.stderr.splitlines(), case)


@pytest.mark.parametrize("case", [broken_configs.SYNTAX[0], broken_configs.BYTES[2], broken_configs.VALUES[1]])
def test_a_broken_file_ends_in_clear_lines_in_a_real_process(case: Broken) -> None:
    write(case.content)
    done = subprocess.run(
        [sys.executable, "-m", "bot", "check"],
        capture_output=True,
        env={**os.environ, **case.env},
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert_clear(done.stderr.splitlines(), case)


def test_every_problem_is_said_at_once() -> None:
    content = (
        '[web]\nport = 0\nhots = "x"\n[storge]\nurl = "a"\n[logging]\nlevel = "LOUD"\n[discord]\nshard_ids = [3]\n'
    )
    said = findings(content, PEERLED_BACKUP__KEEP="many")
    for fragment in (
        "[web] port",
        "[web] hots",
        "[storge]",
        "[logging] level",
        "[discord] shard_ids",
        "PEERLED_BACKUP__KEEP",
    ):
        assert sum(fragment in line for line in said) == 1
    assert len(said) == 6


def test_a_mistake_in_the_environment_is_said_beside_one_in_the_syntax() -> None:
    said = findings("[web\n", PEERLED_WEB__PORT="eighty")
    assert [line.split(":")[0] for line in said] == ["config.toml", "PEERLED_WEB__PORT"]


@pytest.mark.parametrize("key", ["token", "level", "tokne", "host"])
def test_a_token_in_any_place_is_not_repeated(key: str) -> None:
    sections = {"token": "discord", "level": "logging", "tokne": "discord", "host": "web"}
    said = findings(f'[{sections[key]}]\n{key} = "Bot {TOKEN_LIKE}"\n')
    assert TOKEN_LIKE[:12] not in "".join(said)


def test_passwords_in_addresses_are_not_repeated() -> None:
    said = findings('[storage]\nurl = "mysql://me:hush-hush@h/db"\nepoch_url = "postgresql://me:hush-hush@h:x/db"\n')
    assert len(said) == 2
    assert "hush" not in "".join(said)


@given(content=st.binary(max_size=400))
@hypothesis_settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_bytes_whatever_lead_to_anything_but_settings_or_findings(content: bytes) -> None:
    said = anything_said(content)
    assert all(line and line.isprintable() for line in said)


# Anything TOML can hold, at every key.
_TOML = st.sampled_from(
    [
        "-1",
        "0",
        "1.5",
        "inf",
        "nan",
        "true",
        '""',
        '"\\u0000"',
        '"\\ud7ff"',
        '"%s"',
        "[]",
        "[[]]",
        "{}",
        "{a=1}",
        '["a"]',
        "1979-05-27",
        "07:32:00",
        "1979-05-27T07:32:00Z",
        "9223372036854775808",
        "0xffffffffffffffffff",
    ]
)


@given(data=st.data())
@hypothesis_settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_value_at_any_key_is_either_taken_or_explained(data: st.DataObject) -> None:
    section = data.draw(st.sampled_from([name for name in SECTIONS if SECTIONS[name].model_fields]))
    key = data.draw(st.sampled_from(list(SECTIONS[section].model_fields)))
    said = anything_said(f"[{section}]\n{key} = {data.draw(_TOML)}\n")
    assert all(f"[{section}] {key}" in line and "expected" in line and ";" in line for line in said)


# Files that cannot be read


def test_a_named_file_that_is_missing_is_an_error() -> None:
    with pytest.raises(OperatorError, match=r"nowhere\.toml: there is no such file"):
        load(Path("nowhere.toml"), {})


def test_without_a_file_defaults_and_environment_hold() -> None:
    settings = load(None, {"DISCORD_TOKEN": "x", "PEERLED_WEB__PORT": "9000"})
    assert settings.file is None
    assert settings.web.port == 9000
    assert token_of(settings) == "x"


def test_a_folder_in_place_of_the_file_is_named() -> None:
    Path("config.toml").mkdir()
    with pytest.raises(OperatorError, match="found a folder"):
        load(None, {})


def test_a_file_that_cannot_be_opened_is_named_with_the_reason() -> None:
    # A loop of links cannot be opened by anybody, root included.
    Path("config.toml").symlink_to("config.toml")
    with pytest.raises(OperatorError, match=r"config\.toml: cannot be read \("):
        load(None, {})


def test_a_name_that_no_file_can_have_is_refused() -> None:
    with pytest.raises(OperatorError, match="cannot be read"):
        load(Path("a\0b"), {})


# What holds


def test_the_example_says_what_holds_when_it_is_left_out() -> None:
    example = tomllib.loads(EXAMPLE.read_text())
    assert example["discord"].pop("token") == PLACEHOLDER_TOKEN
    settings = Settings()
    for section, keys in example.items():
        written = SECTIONS[section].model_validate(keys)
        assert written == getattr(settings, section)


def test_the_example_names_every_key() -> None:
    text = EXAMPLE.read_text()
    named = {line.lstrip("# ").split(" =")[0] for line in text.splitlines() if " = " in line}
    known = {key for name, model in SECTIONS.items() if name != "clock" for key in model.model_fields}
    assert known <= named


def test_a_byte_order_mark_crlf_and_tabs_are_taken() -> None:
    settings = load(write(b"\xef\xbb\xbf[web]\r\n\tport\t=\t9000\t# here\r\n"), {})
    assert settings.web.port == 9000


def test_relative_paths_start_at_the_settings_file(tmp_path: Path) -> None:
    folder = tmp_path / "etc"
    folder.mkdir()
    file = write(
        '[storage]\nurl = "sqlite:///db/peers.db"\n[security]\nmaster_key_file = "k/master.key"\n[backup]\nfolder = "b"\n',
        "etc/peers.toml",
    )
    settings = load(file, {"PEERLED_STORAGE__EPOCH_URL": "sqlite:///epochs.db"})
    assert settings.storage.file == folder / "db" / "peers.db"
    assert settings.storage.url == f"sqlite:///{folder}/db/peers.db"
    assert settings.storage.epochs == f"sqlite:///{folder}/epochs.db"
    assert settings.key_file == folder / "k" / "master.key"
    assert settings.backup.folder == folder / "b"
    assert settings.folder == folder


def test_absolute_paths_stay(tmp_path: Path) -> None:
    settings = load(write(f'[storage]\nurl = "sqlite:///{tmp_path}/data/p.db"\n'), {})
    assert settings.storage.file == tmp_path / "data" / "p.db"


def test_the_short_lived_keys_stand_in_a_second_file_by_default(tmp_path: Path) -> None:
    settings = load(None, {})
    assert settings.storage.epochs == f"sqlite:///{tmp_path}/var/peerled-epochs.db"
    assert load(None, {"PEERLED_STORAGE__URL": "postgresql://h/db"}).storage.epochs is None


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg"])
def test_every_usual_spelling_of_postgresql_is_taken(scheme: str) -> None:
    settings = load(None, {"PEERLED_STORAGE__URL": f"{scheme}://me:pa%40ss@h:5432/db?sslmode=require"})
    assert settings.storage.url == "postgresql://me:pa%40ss@h:5432/db?sslmode=require"
    assert settings.storage.file is None


def test_the_environment_wins_and_every_kind_of_value_can_come_from_it() -> None:
    env = {
        "PEERLED_WEB__ENABLED": "true",
        "PEERLED_WEB__PORT": " 81 ",
        "PEERLED_DISCORD__SHARD_IDS": "0, 2",
        "PEERLED_DISCORD__SHARD_COUNT": "3",
        "PEERLED_DELIVERY__LEASE_SECONDS": "30.5",
        "PEERLED_DELIVERY__BATCH_TIMES": '["08:00", "20:30"]',
        "PEERLED_BACKUP__DAILY_AT": "05:15",
        "PEERLED_LOGGING__LEVEL": "debug",
    }
    settings = load(write("[web]\nport = 80\nenabled = false\n[backup]\nkeep = 3\n"), env)
    assert (settings.web.enabled, settings.web.port, settings.backup.keep) == (True, 81, 3)
    assert (settings.discord.shard_ids, settings.discord.shard_count) == ((0, 2), 3)
    assert settings.delivery.lease_seconds == 30.5
    assert settings.delivery.batch_times == (dt.time(8), dt.time(20, 30))
    assert settings.backup.daily_at == dt.time(5, 15)
    assert settings.logging.level == "DEBUG"


def test_an_empty_variable_counts_as_unset() -> None:
    settings = load(write('[discord]\ntoken = "from-the-file"\n'), {"DISCORD_TOKEN": "", "PEERLED_WEB__PORT": " "})
    assert token_of(settings) == "from-the-file"
    assert settings.web.port == 8080


def test_variables_of_others_are_left_alone() -> None:
    load(None, {"PEERLED_HOME": "/srv", "PATH": "/bin", "DISCORD_COLOUR": "red"})


def test_every_key_can_come_from_the_environment() -> None:
    for section, model in SECTIONS.items():
        for key in model.model_fields:
            with pytest.raises(
                OperatorError, match=f"PEERLED_{section}__{key}: expected".upper().replace("EXPECTED", "expected")
            ):
                load(None, {f"PEERLED_{section}__{key}".upper(): "\x00"})


def test_a_shard_count_alone_is_fine() -> None:
    assert load(write("[discord]\nshard_count = 4\n"), {}).discord.shard_count == 4


def test_a_local_time_of_toml_is_taken() -> None:
    assert load(write("[backup]\ndaily_at = 05:15:00\n"), {}).backup.daily_at == dt.time(5, 15)


def test_the_clock_of_tests_needs_its_variable(tmp_path: Path) -> None:
    settings = load(write('[clock]\noffset_file = "offset"\n'), {"PEERLED_ALLOW_TEST_CLOCK": "1"})
    assert settings.clock.offset_file == tmp_path / "offset"
    with pytest.raises(OperatorError, match="PEERLED_CLOCK__OFFSET_FILE: expected nothing"):
        load(write(""), {"PEERLED_CLOCK__OFFSET_FILE": "offset", "PEERLED_ALLOW_TEST_CLOCK": "yes"})


def test_a_key_reached_through_a_link_still_counts_as_beside_the_database(tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    (tmp_path / "elsewhere").symlink_to(tmp_path / "var")
    assert "outside the database's folder" in findings('[security]\nmaster_key_file = "elsewhere/k"\n')[0]


def test_a_given_key_needs_no_file_anywhere() -> None:
    env = {"PEERLED_SECURITY__MASTER_KEY": bytes(range(32)).hex(), "PEERLED_STORAGE__URL": "sqlite:///peerled.db"}
    assert load(None, env).key_file is None


def test_secrets_do_not_show_when_settings_are_printed() -> None:
    env = {
        "DISCORD_TOKEN": TOKEN_LIKE,
        "PEERLED_SECURITY__MASTER_KEY": bytes(range(32)).hex(),
        "PEERLED_STORAGE__URL": "postgresql://me:hush-hush@h/db",
    }
    settings = load(None, env)
    printed = f"{settings} {settings!r} {settings.discord!r} {settings.storage!r} {settings.security!r}"
    for secret in (TOKEN_LIKE[-20:], bytes(range(32)).hex()[-20:], "hush"):
        assert secret not in printed


def test_settings_are_frozen() -> None:
    settings = load(None, {})
    with pytest.raises(ValidationError):
        settings.web.port = 1  # type: ignore[misc] # that is what must not work
    with pytest.raises(ValidationError):
        settings.web = settings.web


def test_the_environment_of_the_process_counts_only_when_handed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("WEB__PORT", "PEERLED_WEB__PORT", "WEB"):
        monkeypatch.setenv(name, '{"port": 81}' if name == "WEB" else "81")
    assert load(None, {}).web.port == 8080
    assert Settings().web.port == 8080


@pytest.mark.skipif(os.name != "posix", reason="only POSIX systems have these rights")
def test_a_file_that_others_may_read_is_noticed() -> None:
    file = write("")
    file.chmod(0o600)
    assert not readable_by_others(file)
    file.chmod(0o640)
    assert readable_by_others(file)


def test_settings_are_read_without_loading_discord() -> None:
    code = "import sys, bot.settings; sys.exit(any(name.split('.')[0] == 'discord' for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=EXAMPLE.parent).returncode == 0

"""What the operator decides: `config.toml` and the environment, checked as a whole before anything starts.

`load` is a function of its arguments: no globals, nothing read at import, no process environment behind the caller's
back. It reports every problem at once as an `OperatorError`. It opens no database, makes no key and knows no Discord.
"""

import os
import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bot.errors import OperatorError
from bot.settings.models import (
    SECTIONS,
    Backup,
    ClockSettings,
    Delivery,
    Discord,
    Limits,
    Logging,
    Security,
    Settings,
    Storage,
    Web,
)
from bot.settings.reading import ALLOW_TEST_CLOCK, Tree, read_environment, read_file, section_of
from bot.settings.values import key_bytes, sqlite_file

__all__ = [
    "DEFAULT_FILE",
    "PLACEHOLDER_TOKEN",
    "Backup",
    "ClockSettings",
    "Delivery",
    "Discord",
    "Limits",
    "Logging",
    "Security",
    "Settings",
    "Storage",
    "Web",
    "key_bytes",
    "load",
    "readable_by_others",
    "sqlite_file",
    "token_of",
]

DEFAULT_FILE = Path("config.toml")
PLACEHOLDER_TOKEN = "paste-your-bot-token-here"  # noqa: S105 - the example's stand-in, refused as a token


def load(path: Path | None, env: Mapping[str, str]) -> Settings:
    """Read and check all settings.

    `path` is a file that must exist; None means `config.toml` in the working folder, or only defaults and environment
    when there is none. Raises OperatorError with one line per problem.
    """
    file = DEFAULT_FILE if path is None else path
    tree = Tree(str(file))
    given = path is not None or os.path.lexists(file)
    if given:
        read_file(file, tree)
    read_environment(env, tree)
    folder = _absolute(file).parent
    sections: dict[str, Any] = {name: section_of(name, tree, folder) for name in SECTIONS}
    settings = Settings(**sections, file=_absolute(file) if given else None, folder=folder)
    for concerned, rule in _RULES:
        if not tree.suspect.intersection(concerned):
            rule(settings, tree, env)
    if tree.findings:
        raise OperatorError(*tree.findings)
    return settings


def _absolute(file: Path) -> Path:
    return Path.cwd() / file


def token_of(settings: Settings) -> str:
    """Return the bot's token for a command that needs it; OperatorError when it is missing or the example's."""
    given = settings.discord.token
    where = settings.file or DEFAULT_FILE
    if given is None:
        remedy = "copy it from the Developer Portal, page Bot, or set DISCORD_TOKEN"
        raise OperatorError(f"{where}: [discord] token: expected the bot's token, found none; {remedy}")
    if given.get_secret_value() == PLACEHOLDER_TOKEN:
        remedy = "replace it by the one from the Developer Portal, page Bot"
        raise OperatorError(f"{where}: [discord] token: expected the bot's token, found the example's text; {remedy}")
    return given.get_secret_value()


def readable_by_others(file: Path) -> bool:
    """Tell whether other accounts of this machine may read the file; always False where there are no such rights."""
    if os.name != "posix":
        return False
    try:
        mode = file.stat().st_mode
    except OSError:
        return False
    return bool(mode & (stat.S_IRGRP | stat.S_IROTH))


def _shards_fit(settings: Settings, tree: Tree, _env: Mapping[str, str]) -> None:
    ids, count = settings.discord.shard_ids, settings.discord.shard_count
    if ids is None:
        return
    if count is None:
        tree.say(
            "discord", "shard_ids", "expected shard_count beside it, found none; write for example shard_count = 2"
        )
        return
    outside = [str(shard) for shard in ids if not 0 <= shard < count]
    if outside:
        tree.say(
            "discord",
            "shard_ids",
            f"expected numbers from 0 to {count - 1} (shard_count is {count}), found {', '.join(outside[:5])}; "
            "leave it out or raise shard_count",
        )
    if len(set(ids)) != len(ids):
        tree.say("discord", "shard_ids", "expected different numbers, found one twice; name each shard once")


def _one_master_key(settings: Settings, tree: Tree, _env: Mapping[str, str]) -> None:
    if settings.security.master_key is not None and settings.security.master_key_file is not None:
        other = tree.place("security", "master_key")
        tree.say(
            "security",
            "master_key_file",
            f"expected either the key or its file, found both ({other}); remove the one that is not in use",
        )


def _key_apart_from_database(settings: Settings, tree: Tree, _env: Mapping[str, str]) -> None:
    key_file, database = settings.key_file, settings.storage.file
    if key_file is None or database is None:
        return
    folder = database.parent.resolve()
    if key_file.resolve().is_relative_to(folder):
        chosen = settings.security.master_key_file is not None
        found = "a file inside it" if chosen else f"the default {key_file.parent.name}/{key_file.name} inside it"
        tree.say(
            "security",
            "master_key_file",
            f"expected a file outside the database's folder, found {found}; a copy of that folder would hold the key: "
            "choose another folder, or give the database one of its own such as var/",
        )


def _epochs_apart(settings: Settings, tree: Tree, _env: Mapping[str, str]) -> None:
    if settings.storage.epoch_url == settings.storage.url:
        tree.say("storage", "epoch_url", "expected another database than url, found the same; name a second one")


def _lease_outlasts_call(settings: Settings, tree: Tree, _env: Mapping[str, str]) -> None:
    lease, timeout = settings.delivery.lease_seconds, settings.delivery.timeout_seconds
    if lease <= timeout:
        tree.say(
            "delivery",
            "lease_seconds",
            f"expected more than timeout_seconds ({timeout:g}), found {lease:g}; raise it, or lower timeout_seconds",
        )


def _clock_only_in_tests(settings: Settings, tree: Tree, env: Mapping[str, str]) -> None:
    if settings.clock.offset_file is not None and env.get(ALLOW_TEST_CLOCK) != "1":
        tree.say(
            "clock",
            "offset_file",
            f"expected nothing, found a path; remove it: it is for tests only, which set {ALLOW_TEST_CLOCK}=1",
        )


_Rule = Callable[[Settings, Tree, Mapping[str, str]], None]

# Rules over several keys, each with the keys it looks at: where one of those is wrong already, the rule stays silent.
_RULES: tuple[tuple[set[tuple[str, str]], _Rule], ...] = (
    ({("discord", "shard_ids"), ("discord", "shard_count")}, _shards_fit),
    ({("security", "master_key"), ("security", "master_key_file")}, _one_master_key),
    ({("security", "master_key"), ("security", "master_key_file"), ("storage", "url")}, _key_apart_from_database),
    ({("storage", "url"), ("storage", "epoch_url")}, _epochs_apart),
    ({("delivery", "lease_seconds"), ("delivery", "timeout_seconds")}, _lease_outlasts_call),
    ({("clock", "offset_file")}, _clock_only_in_tests),
)

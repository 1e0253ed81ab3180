"""What `peerled check` looks at, one finding after another, without changing anything.

It reads the settings, the key, the database and the content that ships with the bot. It starts nothing, talks to nobody
and creates no file: a database that does not exist yet is left to the first start.
"""

import re
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Literal, NamedTuple

from bot import keys
from bot.clock import SystemClock
from bot.errors import OperatorError
from bot.settings import Settings, readable_by_others, token_of
from bot.settings.models import SECTIONS

NOT_YET: dict[str, tuple[str, ...]] = {
    "storage": ("epoch_url",),
    "delivery": ("batch_times", "story_batch_min"),
    "backup": tuple(SECTIONS["backup"].model_fields),
}
"""The keys that are read and checked, and that nothing in this version uses."""

_TOKEN_SHAPE = re.compile(r"[\w-]{18,}\.[\w-]{5,}\.[\w-]{25,}")


class Finding(NamedTuple):
    """One line of the check."""

    level: Literal["ok", "warning", "error"]
    text: str


class _Seen(NamedTuple):
    """What a look at the database tells: its line, whether it is new, and the check value of its key."""

    finding: Finding
    is_new: bool = False
    key_check: str | None = None


async def look(settings: Settings) -> AsyncIterator[Finding]:
    """Yield what is found, in the order in which an operator would mend it."""
    seen = await _database(settings)
    parts = (
        _settings(settings),
        (Finding("warning", line) for line in without_effect(settings)),
        _token(settings),
        iter((seen.finding,)),
        _key(settings, seen),
        _content(),
        _help_lines(),
    )
    for part in parts:
        try:
            for finding in part:
                yield finding
        except OperatorError as error:
            for line in error.findings:
                yield Finding("error", line)


def without_effect(settings: Settings) -> list[str]:
    """Say which keys are set that nothing in this version uses, so that nobody relies on them."""
    return [
        f"[{section}] {key}: not in this version yet, so it has no effect; leave it out until the change log names it"
        for section, keys_of_section in NOT_YET.items()
        for key in keys_of_section
        if key in getattr(settings, section).model_fields_set
    ]


def _settings(settings: Settings) -> Iterator[Finding]:
    if settings.file is None:
        yield Finding("ok", "settings: no config.toml here, so defaults and environment hold")
        return
    yield Finding("ok", f"settings: {settings.file}")
    secret = settings.discord.token is not None or settings.security.master_key is not None
    if secret and readable_by_others(settings.file):
        yield Finding(
            "warning",
            f"{settings.file}: other accounts of this machine can read it and the secrets in it; "
            f"run: chmod 600 {settings.file}",
        )


def _token(settings: Settings) -> Iterator[Finding]:
    if _TOKEN_SHAPE.fullmatch(token_of(settings)):
        yield Finding("ok", "token: there is one, and it looks like a bot's")
    else:
        yield Finding(
            "warning",
            "[discord] token: does not look like a bot's token (three parts with dots between them); "
            "compare it with the Developer Portal, page Bot",
        )


def _key(settings: Settings, seen: _Seen) -> Iterator[Finding]:
    file = settings.key_file
    if file is not None and not file.exists() and seen.is_new and settings.storage.file is not None:
        yield Finding("ok", f"master key: the first start makes {file}")
        return
    key = keys.load(settings)
    if seen.key_check is not None and not key.fits(seen.key_check):
        raise keys.wrong_key(settings)
    yield Finding("ok", f"master key: {file or 'given in the settings'}")
    if unconfirmed := keys.unconfirmed_sheet(settings):
        yield Finding("warning", unconfirmed)


def _content() -> Iterator[Finding]:
    from data import content, programmes

    readers: dict[str, Callable[[], object]] = {
        "contacts": content.load_contacts,
        "crisis words": content.load_lexicons,
        "programmes": programmes.presets,
    }
    for name, read in readers.items():
        try:
            read()
            yield Finding("ok", f"content: the {name} can be read")
        except OperatorError as error:
            for line in error.findings:
                yield Finding("error", line)


def _help_lines() -> Iterator[Finding]:
    """Say how far the help numbers can be trusted: how old, and whether compared with the source itself."""
    from data import content

    try:
        contacts = content.load_contacts()
    except OperatorError:
        return  # said above, among the content
    today = SystemClock().now().date()
    for line in contacts.too_old(today):
        yield Finding("warning", f"contacts.toml: {line}")
    if unseen := len(contacts.not_seen_live()):
        yield Finding(
            "warning",
            f"contacts.toml: {unseen} numbers were compared with stored copies only; "
            "call or look up those of your countries before people rely on them",
        )


async def _database(settings: Settings) -> _Seen:
    file = settings.storage.file
    if file is not None and not file.exists():
        return _Seen(Finding("ok", f"database: the first start makes {file}"), is_new=True)
    try:
        return await _look_inside(settings.storage.url)
    except OperatorError as error:
        return _Seen(Finding("error", str(error)))


async def _look_inside(url: str) -> _Seen:
    from bot.services import guilds
    from data import migrate
    from data.db import Database

    db = await Database.open(url)
    try:
        revision = await migrate.current(db)
        if revision is None:
            return _Seen(Finding("ok", f"database: {db.url} is reachable and empty"), is_new=True)
        if db.dialect == "postgresql":
            await migrate.ensure_current(db)
        key_check = await guilds.fact(db, keys.CHECK_NAME)
        return _Seen(Finding("ok", f"database: {db.url} is reachable, schema {revision}"), key_check=key_check)
    finally:
        await db.close()

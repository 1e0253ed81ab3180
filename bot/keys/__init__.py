"""The master key: made once for a new database, kept in a file of its own, written out as words for paper.

Everything sealed in the database hangs on these 32 bytes, so they are never made anew where something may already be
sealed with others. Nothing here seals or derives: that is the vault's. Nothing here prints or logs a key, and no key
appears in a repr or an error.
"""

import contextlib
import hashlib
import hmac
import os
import secrets
import stat
from dataclasses import dataclass, field
from pathlib import Path

from bot.errors import OperatorError
from bot.keys import words
from bot.settings import Settings, key_bytes

# Under this name the database remembers `MasterKey.check_value`.
CHECK_NAME = "key_check"

SHEET_NAME = "recovery-sheet.txt"
MAX_FILE = 4_096
MAKE_ONE = "openssl rand -hex 32"

_SHEET = """\
peerled: recovery sheet
=======================

These words are the master key of this bot. Without the key nobody, not even you, can read what people have written.
Copy the words to paper, keep the paper where nobody else finds it, then run:

    peerled check --words-kept

which removes this file. To bring the key back, put the words, in order, into the key file in place of what was there.
The first four letters of each word are enough.

{rows}
"""


@dataclass(frozen=True)
class MasterKey:
    """The 32 bytes from which all other keys are derived."""

    raw: bytes = field(repr=False)

    def check_value(self) -> str:
        """Return 32 hex digits that tell this key from another and from which it cannot be computed."""
        return hmac.new(self.raw, b"peerled master key check 1", hashlib.sha256).hexdigest()[:32]

    def fits(self, check_value: str) -> bool:
        """Tell whether `check_value` was made from this key."""
        return hmac.compare_digest(self.check_value().encode(), check_value.encode())


def load_or_create(settings: Settings, database_is_new: bool) -> MasterKey:
    """Return the master key; make it, with its sheet of words, only for a SQLite database that is new and empty.

    Raises OperatorError when it is missing otherwise, malformed, or readable by other accounts of the machine.
    """
    file = settings.key_file
    if file is None or not database_is_new or settings.storage.file is None or os.path.lexists(file):
        return load(settings)
    return _create(file, settings)


def load(settings: Settings) -> MasterKey:
    """Return the master key that exists; OperatorError when it is missing, malformed or readable by other accounts."""
    if settings.security.master_key is not None:
        return MasterKey(key_bytes(settings.security.master_key.get_secret_value()))
    file = settings.key_file
    assert file is not None
    return MasterKey(_parsed(_read(file, settings), file))


def wrong_key(settings: Settings) -> OperatorError:
    """Return the error for a key that is sound but not the one this database was begun with."""
    where = settings.key_file or "[security] master_key"
    return OperatorError(
        f"{where}: expected the master key with which this database was begun, found another; "
        "bring back the right one, from its recovery sheet if need be"
    )


def sheet_file(settings: Settings) -> Path | None:
    """Return where the recovery sheet lies until its words are confirmed; None when the key is not kept in a file."""
    file = settings.key_file
    return None if file is None else file.with_name(SHEET_NAME)


def unconfirmed_sheet(settings: Settings) -> str | None:
    """Return what is to be said while the sheet still lies beside the key; None when it is gone.

    Raises OperatorError when the sheet does not spell the key beside it.
    """
    sheet = sheet_file(settings)
    if sheet is None or not sheet.exists():
        return None
    _compare_with_key(sheet, settings)
    return f"{sheet}: copy these words to paper, then run `peerled check --words-kept`, which removes the sheet"


def confirm_sheet(settings: Settings) -> Path | None:
    """Remove the recovery sheet, its words being on paper; return which file that was, None when there was none.

    Raises OperatorError, and removes nothing, when the sheet does not spell the key beside it.
    """
    sheet = sheet_file(settings)
    if sheet is None or not sheet.exists():
        return None
    _compare_with_key(sheet, settings)
    try:
        sheet.unlink()
    except OSError as error:
        raise OperatorError(f"{sheet}: cannot be removed ({error.strerror}); remove it by hand") from error
    return sheet


def _compare_with_key(sheet: Path, settings: Settings) -> None:
    try:
        spelled = words.from_words(sheet.read_text(encoding="utf-8"))
    except OSError as error:
        raise OperatorError(f"{sheet}: cannot be read ({error.strerror}); let this account read it") from error
    except ValueError as error:
        raise OperatorError(f"{sheet}: not the sheet that peerled wrote ({error}); remove it by hand") from error
    if not hmac.compare_digest(spelled, load(settings).raw):
        raise OperatorError(f"{sheet}: these words belong to another key than {settings.key_file}; remove it by hand")


def _read(file: Path, settings: Settings) -> str:
    try:
        with file.open("rb") as opened:
            mode = os.fstat(opened.fileno()).st_mode
            data = opened.read(MAX_FILE + 1)
    except FileNotFoundError as error:
        raise OperatorError(_missing(file, settings)) from error
    except OSError as error:
        raise OperatorError(
            f"{file}: cannot be read ({error.strerror}); let the bot's account alone read it"
        ) from error
    if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise OperatorError(
            f"{file}: expected a key file for the bot's account alone (600), found rights {stat.S_IMODE(mode):o}; "
            f"run: chmod 600 {file}"
        )
    try:
        return data.decode("utf-8-sig") if len(data) <= MAX_FILE else ""
    except UnicodeDecodeError:
        return ""


def _missing(file: Path, settings: Settings) -> str:
    if settings.storage.file is None:
        remedy = f"with PostgreSQL you make it: (umask 077; mkdir -p {file.parent}; {MAKE_ONE} > {file})"
    else:
        remedy = "bring it back from a copy, or put the words of its recovery sheet into that file"
    return f"{file}: expected the master key (`[security] master_key_file`), found no file; {remedy}"


def _parsed(content: str, file: Path) -> bytes:
    try:
        return key_bytes(content)
    except ValueError:
        reason = "32 bytes as 64 hex digits or base64"
    if len(content.split()) > 4:
        try:
            return words.from_words(content)
        except ValueError as error:
            reason = f"the words of a recovery sheet ({error})"
    raise OperatorError(f"{file}: expected {reason}; bring it back from a copy or from its recovery sheet")


def _create(file: Path, settings: Settings) -> MasterKey:
    key = secrets.token_bytes(words.KEY_BYTES)
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # The sheet first: a key without a sheet would look as if its words had been kept.
        _write_whole(file.with_name(SHEET_NAME), _sheet(key), replace=True)
        try:
            _write_whole(file, f"{key.hex()}\n", replace=False)
        except FileExistsError:
            # Another start was quicker: its key holds, and the sheet must spell that one.
            made = load(settings)
            _write_whole(file.with_name(SHEET_NAME), _sheet(made.raw), replace=True)
            return made
    except OSError as error:
        raise OperatorError(
            f"{file}: the master key cannot be written ({error.strerror}); let the bot's account write to "
            f"{file.parent}, or set [security] master_key_file to another place"
        ) from error
    return MasterKey(key)


def _sheet(key: bytes) -> str:
    spelled = words.to_words(key)
    half = len(spelled) // 2
    rows = (f"  {left + 1:>2}  {spelled[left]:<12}{left + half + 1:>4}  {spelled[left + half]}" for left in range(half))
    return _SHEET.format(rows="\n".join(rows))


def _write_whole(file: Path, content: str, *, replace: bool) -> None:
    """Write a file of mode 600 that is there whole or not at all, even after a crash; FileExistsError unless `replace`."""
    draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as opened:
            opened.write(content)
            opened.flush()
            os.fsync(opened.fileno())
        if replace:
            os.replace(draft, file)
        else:
            os.link(draft, file)
    finally:
        with contextlib.suppress(FileNotFoundError):
            draft.unlink()
    _sync_folder(file.parent)


def _sync_folder(folder: Path) -> None:
    """Make a new name in a folder last through a power cut, where the system offers that."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

"""The master key: made once, for a new database only, kept to the bot's account, and brought back from paper."""

import hashlib
import os
import random
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import keys
from bot.errors import OperatorError
from bot.keys import words
from bot.settings import Settings, load

KEY = bytes(range(100, 132))
posix = pytest.mark.skipif(os.name != "posix", reason="only POSIX systems have these rights")


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.chdir(tmp_path)
    return load(None, {})


@pytest.fixture
def key_file(settings: Settings) -> Path:
    assert settings.key_file is not None
    settings.key_file.parent.mkdir()
    return settings.key_file


def put(file: Path, content: str | bytes, mode: int = 0o600) -> None:
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    file.chmod(mode)


# Words


def test_every_word_is_plain_and_known_by_its_first_four_letters() -> None:
    assert len(words.WORDS) == 256
    assert len({word[:4] for word in words.WORDS}) == 256
    assert all(word.isascii() and word.islower() and word.isalpha() and 4 <= len(word) <= 9 for word in words.WORDS)


def test_the_list_never_changes_because_sheets_lie_in_drawers() -> None:
    spelled = words.to_words(bytes(range(224, 256)))
    assert spelled[:3] == ["sweater", "table", "teacher"]
    assert spelled[31] == "zebra"
    assert hashlib.sha256(" ".join(words.WORDS).encode()).hexdigest().startswith("b25e7fb41cf8dc42")


@given(st.binary(min_size=32, max_size=32))
def test_words_give_the_key_back(key: bytes) -> None:
    spelled = words.to_words(key)
    assert len(spelled) == words.COUNT
    assert words.from_words(" ".join(spelled)) == key
    assert words.from_words("\n".join(f"{n:>2}. {word[:4].upper()}," for n, word in enumerate(spelled, 1))) == key


def test_slips_of_the_pen_are_noticed() -> None:
    chance = random.Random(5)
    spelled = words.to_words(KEY)
    for _ in range(300):
        wrong = list(spelled)
        place = chance.randrange(words.COUNT)
        wrong[place] = chance.choice([word for word in words.WORDS if word != spelled[place]])
        with pytest.raises(ValueError, match="one of them is wrong"):
            words.from_words(" ".join(wrong))


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda spelled: spelled[:-1], "expected 34 words, found 33"),
        (lambda spelled: [*spelled, "apple"], "expected 34 words, found 35"),
        (lambda spelled: [*spelled[:4], "xylophone", *spelled[5:]], "word 5 is not on the list"),
        (lambda spelled: [spelled[1], spelled[0], *spelled[2:]], "changed places"),
    ],
)
def test_what_is_wrong_with_words_is_said_without_repeating_them(spoil: object, said: str) -> None:
    spelled = words.to_words(KEY)
    assert callable(spoil)
    with pytest.raises(ValueError, match=said) as refused:
        words.from_words(" ".join(spoil(spelled)))
    assert not any(word in str(refused.value).split() for word in [*spelled, "xylophone"])


# The first start


def test_the_first_start_makes_a_key_and_a_sheet_for_a_new_sqlite(settings: Settings) -> None:
    made = keys.load_or_create(settings, database_is_new=True)
    assert settings.key_file is not None
    assert len(made.raw) == 32
    assert keys.load(settings) == made
    sheet = settings.key_file.with_name("recovery-sheet.txt")
    assert words.from_words(sheet.read_text()) == made.raw
    assert sorted(settings.key_file.parent.iterdir()) == [settings.key_file, sheet]


@posix
def test_key_and_sheet_are_for_the_bots_account_alone(settings: Settings) -> None:
    before = os.umask(0)
    try:
        keys.load_or_create(settings, database_is_new=True)
    finally:
        os.umask(before)
    assert settings.key_file is not None
    folder = settings.key_file.parent
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in folder.iterdir()} == {0o600}


def test_a_second_start_takes_the_same_key(settings: Settings) -> None:
    made = keys.load_or_create(settings, database_is_new=True)
    assert keys.load_or_create(settings, database_is_new=True) == made
    assert keys.load_or_create(settings, database_is_new=False) == made


def test_starts_at_the_same_moment_agree_on_one_key_and_its_sheet(settings: Settings) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(lambda _: keys.load_or_create(settings, database_is_new=True).raw, range(8)))
    assert len(made) == 1
    assert keys.unconfirmed_sheet(settings) is not None


def test_a_key_is_never_made_for_a_database_that_holds_something(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match=r"master\.key: expected the master key .* bring it back"):
        keys.load_or_create(settings, database_is_new=False)
    assert list(tmp_path.iterdir()) == []


def test_a_key_is_never_made_for_postgresql(settings: Settings, tmp_path: Path) -> None:
    elsewhere = load(None, {"PEERLED_STORAGE__URL": "postgresql://h/db"})
    with pytest.raises(OperatorError, match=r"with PostgreSQL you make it: .*openssl rand -hex 32"):
        keys.load_or_create(elsewhere, database_is_new=True)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_named(settings: Settings) -> None:
    assert settings.key_file is not None
    settings.key_file.parent.write_text("a file where the folder should be")
    with pytest.raises(OperatorError, match="the master key cannot be written"):
        keys.load_or_create(settings, database_is_new=True)


def test_killed_at_any_moment_a_first_start_leaves_no_half_key(settings: Settings, tmp_path: Path) -> None:
    program = textwrap.dedent("""
        import os, sys
        from bot import keys
        from bot.settings import load
        calls = 0
        def count(event, args):
            global calls
            if event in ("open", "os.rename", "os.link", "os.remove", "os.mkdir"):
                if "keys" in str(args[0]) or "keys" in str(args[-1]):
                    calls += 1
                    if calls == int(sys.argv[1]):
                        os._exit(9)
        settings = load(None, {})
        sys.addaudithook(count)
        keys.load_or_create(settings, database_is_new=True)
    """)
    for step in range(1, 40):
        folder = tmp_path / f"try{step}"
        folder.mkdir()
        done = subprocess.run([sys.executable, "-c", program, str(step)], cwd=folder, check=False)
        after = load(None, {"PEERLED_SECURITY__MASTER_KEY_FILE": f"{folder}/keys/master.key"})
        made = keys.load_or_create(after, database_is_new=True)
        sheet = keys.sheet_file(after)
        assert sheet is not None
        assert words.from_words(sheet.read_text()) == made.raw
        if done.returncode == 0:
            break
    assert step > 5
    assert done.returncode == 0


# Files as they are found


@pytest.mark.parametrize(
    "content",
    [KEY.hex(), KEY.hex().upper() + "\r\n", "ZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXp7fH1+f4CBgoM=", "\ufeff" + KEY.hex()],
)
def test_hex_and_base64_are_read(content: str, settings: Settings, key_file: Path) -> None:
    put(key_file, content)
    assert keys.load(settings).raw == KEY


def test_the_words_of_the_sheet_or_the_sheet_itself_work_as_key_file(settings: Settings, key_file: Path) -> None:
    made = keys.load_or_create(settings, database_is_new=True)
    sheet = key_file.with_name("recovery-sheet.txt").read_text()
    for content in (sheet, "\n".join(words.to_words(made.raw))):
        put(key_file, content)
        assert keys.load(settings) == made


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "32 bytes"),
        ("abcd", "32 bytes"),
        (KEY.hex()[:-2], "32 bytes"),
        (KEY.hex() + "00", "32 bytes"),
        ("0" * 64, "32 bytes"),
        (b"\xff\xfe\x00", "32 bytes"),
        (b"\x00" * 32, "32 bytes"),
        ("a" * 100_000, "32 bytes"),
        (" ".join(words.to_words(KEY)[:-1]), "found 33"),
        (" ".join([*words.to_words(KEY)[1:], "apple"]), "one of them is wrong"),
    ],
)
def test_a_file_that_holds_no_key_is_refused(
    content: str | bytes, said: str, settings: Settings, key_file: Path
) -> None:
    put(key_file, content)
    with pytest.raises(OperatorError, match=rf"master\.key: expected .*{said}.*recovery sheet") as refused:
        keys.load_or_create(settings, database_is_new=True)
    assert KEY.hex()[:10] not in str(refused.value)


@posix
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_key_that_other_accounts_may_read_is_refused_with_the_remedy(
    mode: int, settings: Settings, key_file: Path
) -> None:
    put(key_file, KEY.hex(), mode)
    with pytest.raises(OperatorError, match=f"found rights {mode:o}; run: chmod 600 {key_file}"):
        keys.load(settings)


def test_a_folder_in_place_of_the_key_is_named(settings: Settings, key_file: Path) -> None:
    key_file.mkdir()
    with pytest.raises(OperatorError, match=r"master\.key: cannot be read"):
        keys.load_or_create(settings, database_is_new=True)


def test_a_key_in_the_settings_needs_no_file_and_makes_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load(None, {"PEERLED_SECURITY__MASTER_KEY": KEY.hex()})
    assert keys.load_or_create(settings, database_is_new=True).raw == KEY
    assert keys.sheet_file(settings) is None
    assert keys.unconfirmed_sheet(settings) is None
    assert keys.confirm_sheet(settings) is None
    assert list(tmp_path.iterdir()) == []


# The sheet


def test_the_sheet_is_asked_about_until_its_words_are_kept(settings: Settings) -> None:
    keys.load_or_create(settings, database_is_new=True)
    assert "copy these words to paper" in str(keys.unconfirmed_sheet(settings))
    removed = keys.confirm_sheet(settings)
    assert removed is not None
    assert not removed.exists()
    assert keys.unconfirmed_sheet(settings) is None
    assert keys.confirm_sheet(settings) is None


def test_a_sheet_that_spells_another_key_is_not_taken_for_ours(settings: Settings) -> None:
    keys.load_or_create(settings, database_is_new=True)
    assert settings.key_file is not None
    put(settings.key_file, KEY.hex())
    for look in (keys.unconfirmed_sheet, keys.confirm_sheet):
        with pytest.raises(OperatorError, match="belong to another key"):
            look(settings)
    sheet = keys.sheet_file(settings)
    assert sheet is not None
    sheet.write_text("apple banana")
    with pytest.raises(OperatorError, match="not the sheet that peerled wrote"):
        keys.confirm_sheet(settings)
    assert sheet.exists()


# The check value


def test_the_check_value_tells_keys_apart_and_gives_none_away() -> None:
    one, other = keys.MasterKey(KEY), keys.MasterKey(bytes(32))
    assert one.fits(one.check_value())
    assert not one.fits(other.check_value())
    assert not one.fits("")
    assert not one.fits("ünicode")
    assert len(one.check_value()) == 32
    assert KEY.hex()[:8] not in one.check_value()


def test_a_key_does_not_show_when_it_is_printed() -> None:
    printed = f"{keys.MasterKey(KEY)!r} {keys.MasterKey(KEY)}"
    assert KEY.hex() not in printed
    assert repr(KEY)[2:20] not in printed

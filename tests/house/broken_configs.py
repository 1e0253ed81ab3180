"""Settings files as operators really break them: each with what the line about it must say."""

from typing import NamedTuple


class Broken(NamedTuple):
    """One broken file (`content`) or environment, and fragments that must stand in what is said."""

    name: str
    content: bytes
    says: tuple[str, ...]
    env: dict[str, str] = {}  # noqa: RUF012 - never changed


def _b(name: str, content: str | bytes, *says: str, **env: str) -> Broken:
    return Broken(name, content.encode() if isinstance(content, str) else content, says, env)


TOKEN_LIKE = "MTA5ODc2NTQzMjEwOTg3NjU0Mw.GabcDE.abcdefghijklmnopqrstuvwxyz0123456789AB"

# Syntax: the file and the line.
SYNTAX = (
    _b("a heading without its bracket", '[discord\ntoken = "x"\n', "config.toml:1:", "]"),
    _b("a value without quotes", "[logging]\nlevel = INFO\n", "config.toml:2:", '"quotes"'),
    _b("a text that is not closed", '[storage]\n\nurl = "sqlite:///a.db\n', "config.toml:3:", "closing"),
    _b("typographic quotes", "[discord]\ntoken = “abc”\n", "config.toml:2:", '"quotes"'),
    _b("a line without =", "[web]\nenabled true\n", "config.toml:2:", "add the ="),
    _b("an ini comment", "; peerled\n[web]\n", "config.toml:1:", "key = value"),
    _b("yaml", "discord:\n  token: abc\n", "config.toml:1:", "key = value"),
    _b("json", '{"discord": {"token": "abc"}}\n', "config.toml:1:", "key = value"),
    _b("a key twice", "[web]\nport = 1\nport = 2\n", "config.toml:3:", "twice"),
    _b("a section twice", "[web]\nport = 1\n\n[web]\nenabled = true\n", "config.toml:4:", "twice"),
    _b("a list that is not closed", "[discord]\nshard_ids = [0, 1\n", "config.toml:2:", "add ]"),
    _b("a missing value", "[web]\nport =\n", "config.toml:2:", "quotes"),
    _b("True as in Python", "[web]\nenabled = True\n", "config.toml:2:", "true, false"),
    _b("a Windows path in double quotes", '[backup]\nfolder = "C:\\peerled\\backup"\n', "config.toml:2:", "doubled"),
    _b("a BOM and CRLF before a mistake", b"\xef\xbb\xbf[web]\r\nport = \r\n", "config.toml:2:"),
    _b("line ends of an old Mac", b"[web]\rport = 1\r", "config.toml:1:"),
)

# Bytes that are no settings at all.
BYTES = (
    _b("UTF-16", '[discord]\ntoken = "x"\n'.encode("utf-16"), "config.toml:1:", "UTF-8"),
    _b("Latin-1", "[web]\n# f\xfcr uns\n".encode("latin-1"), "config.toml:2:", "UTF-8"),
    _b("a NUL byte", b"[web]\nport = 80\x0080\n", "config.toml:2:", "NUL"),
    _b("a megabyte", "# x\n" * 262_144, "config.toml: larger than 64 KiB"),
    _b("one endless line", "a" * 5_000, "config.toml:1:", "characters"),
    _b("nested brackets", "x = " + "[" * 1_990 + "\n", "config.toml", "nested"),
    _b("a number without end", "[web]\nport = 1" + "_" + "\n", "config.toml:2:"),
    _b("hex without end", "[web]\nport = 0x" + "f" * 1_900 + "\n", "[web] port", "far too many digits"),
    _b("a picture", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "config.toml:1:", "UTF-8"),
)

# Keys that do not exist, or not there.
UNKNOWN = (
    _b("a misspelt section", '[dicsord]\ntoken = "x"\n', "config.toml: [dicsord]", "did you mean discord?"),
    _b("a section of another program", "[postgres]\nhost = 1\n", "config.toml: [postgres]", "[storage]"),
    _b("a misspelt key", '[discord]\ntokne = "x"\n', "config.toml: [discord] tokne", "did you mean token?"),
    _b("a key in the wrong section", "[discord]\nport = 80\n", "[discord] port", "belongs under [web]"),
    _b("a key before any section", 'token = "x"\n', "token", "belongs under [discord]"),
    _b("a section that is a text", 'storage = "sqlite:///a.db"\n', "storage: expected a section", "[storage]"),
    _b("a section as a list", "[[web]]\nport = 80\n", "web: expected a section"),
    _b("a limit nobody knows", "[limits]\nstories = 3\n", "[limits] stories", "no such key"),
    _b("a misspelt variable", "", "PEERLED_STORAGE_URL", "PEERLED_STORAGE__URL", PEERLED_STORAGE_URL="sqlite:///a.db"),
    _b("a variable nobody knows", "", "PEERLED_WEB__COLOUR: there is no such setting", PEERLED_WEB__COLOUR="red"),
    _b("a name with a line break", '[web]\n"a\\nb\\u001b[31m" = 1\n', "[web] a\\nb\\x1b[31m", "no such key"),
)

# Values that cannot be.
VALUES = (
    _b(
        "a number as text",
        '[web]\nport = "8080"\n',
        "[web] port: expected a whole number",
        'found "8080"',
        "port = 8080",
    ),
    _b("a port too high", "[web]\nport = 70000\n", "1 to 65535", "found 70000"),
    _b("a port of words, by variable", "", "PEERLED_WEB__PORT: expected", 'found "eighty"', PEERLED_WEB__PORT="eighty"),
    _b("yes for true", '[web]\nenabled = "yes"\n', "[web] enabled: expected true or false"),
    _b("1 for true", "[web]\nenabled = 1\n", "[web] enabled: expected true or false, found 1"),
    _b("true for a number", "[backup]\nkeep = true\n", "[backup] keep", "found true"),
    _b("backups for a year", "[backup]\nkeep = 365\n", "[backup] keep: expected a whole number of days from 1 to 14"),
    _b("an hour that is none", '[backup]\ndaily_at = "25:00"\n', "[backup] daily_at", "04:00", 'found "25:00"'),
    _b("a time with a zone", '[backup]\ndaily_at = "04:00 Mars/Base"\n', "[backup] daily_at", "(UTC)"),
    _b("the same time twice", '[delivery]\nbatch_times = ["09:00", "09:00"]\n', "[delivery] batch_times", "twice"),
    _b("one time that is no list", '[delivery]\nbatch_times = "09:00"\n', "[delivery] batch_times", "in a list"),
    _b("no waiting stories", "[delivery]\nstory_batch_min = 1\n", "[delivery] story_batch_min", "2 to 50"),
    _b("not a number", "[delivery]\nlease_seconds = nan\n", "[delivery] lease_seconds", "above 0"),
    _b("a short lease", "[delivery]\nlease_seconds = 10\n", "[delivery] lease_seconds", "timeout_seconds (15)"),
    _b(
        "another database",
        '[storage]\nurl = "mysql://me:hush@host/db"\n',
        "[storage] url",
        "sqlite:///FILE",
        "mysql://…",
    ),
    _b("a bare file name", '[storage]\nurl = "peerled.db"\n', "[storage] url", "sqlite:///"),
    _b("two slashes", '[storage]\nurl = "sqlite://peerled.db"\n', "[storage] url", "three slashes"),
    _b("memory", '[storage]\nurl = "sqlite:///:memory:"\n', "[storage] url", "forget everything"),
    _b("a folder as database", '[storage]\nurl = "sqlite:///var/"\n', "[storage] url", "add the name of a file"),
    _b("a database without a name", '[storage]\nurl = "postgresql://host"\n', "[storage] url", "name the database"),
    _b("a port in words", '[storage]\nurl = "postgresql://h:port/db"\n', "[storage] url", "port is a whole number"),
    _b(
        "one database for both",
        '[storage]\nurl="sqlite:///v/a.db"\nepoch_url="sqlite:///v/a.db"\n',
        "epoch_url",
        "the same",
    ),
    _b("a NUL in a path", '[backup]\nfolder = "a\\u0000b"\n', "[backup] folder", "invisible"),
    _b("a tilde", '[backup]\nfolder = "~/backup"\n', "[backup] folder", "in full"),
    _b("an address without https", '[web]\npublic_url = "peerled.example.org"\n', "[web] public_url", "https://"),
    _b("a host with a port", '[web]\nhost = "http://0.0.0.0:80"\n', "[web] host", "port"),
    _b("a level of its own", '[logging]\nlevel = "LOUD"\n', "[logging] level: expected DEBUG, INFO", 'found "LOUD"'),
    _b("a format of its own", '[logging]\nformat = "xml"\n', "[logging] format: expected text or json"),
    _b(
        "a shard outside",
        "[discord]\nshard_count = 2\nshard_ids = [1, 2]\n",
        "[discord] shard_ids",
        "0 to 1",
        "found 2",
    ),
    _b("shards without a count", "[discord]\nshard_ids = [0]\n", "[discord] shard_ids", "shard_count"),
    _b("a shard twice", "[discord]\nshard_count = 2\nshard_ids = [1, 1]\n", "[discord] shard_ids", "twice"),
    _b("shards in words", '[discord]\nshard_count = 2\nshard_ids = ["a"]\n', "[discord] shard_ids", "a list of"),
    _b("the word Bot in the token", f'[discord]\ntoken = "Bot {TOKEN_LIKE}"\n', "[discord] token", 'the word "Bot"'),
    _b("a token in two lines", '[discord]\ntoken = "abc\\ndef"\n', "[discord] token", "invisible"),
    _b("a token of numbers", "[discord]\ntoken = 123\n", "[discord] token", "found 123"),
    _b(
        "a short key", '[security]\nmaster_key = "abcd"\n', "[security] master_key: expected 32 random bytes", "openssl"
    ),
    _b("a key of zeros", f'[security]\nmaster_key = "{"0" * 64}"\n', "[security] master_key", "openssl rand -hex 32"),
    _b(
        "a key and a key file",
        f'[security]\nmaster_key = "{bytes(range(32)).hex()}"\nmaster_key_file = "keys/k"\n',
        "[security] master_key_file",
        "found both",
    ),
    _b(
        "the key beside the database",
        '[security]\nmaster_key_file = "var/master.key"\n',
        "outside the database's folder",
    ),
    _b(
        "the default key beside the database",
        '[storage]\nurl = "sqlite:///peerled.db"\n',
        "outside the database's folder",
    ),
    _b("a clock of tests", '[clock]\noffset_file = "offset"\n', "[clock] offset_file", "PEERLED_ALLOW_TEST_CLOCK=1"),
)

# Files that are fine as such, but hold no token to run with.
WITHOUT_TOKEN = (
    _b("an empty file", "", "config.toml: [discord] token", "found none", "DISCORD_TOKEN"),
    _b("only blanks and tabs", "\t \n\r\n\t# nothing\n", "config.toml: [discord] token", "found none"),
    _b("an empty token", '[discord]\ntoken = ""\n', "config.toml: [discord] token", "an empty text"),
    _b(
        "the example's token",
        '[discord]\ntoken = "paste-your-bot-token-here"\n',
        "config.toml: [discord] token",
        "example",
    ),
)

ALL = SYNTAX + BYTES + UNKNOWN + VALUES + WITHOUT_TOKEN

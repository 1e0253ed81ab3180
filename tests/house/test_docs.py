"""What the pages and messages for operators say is true: commands, options and settings that they name exist."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import typer.main

from bot import checkup, cli
from bot.settings.models import SECTIONS

ROOT = Path(__file__).parents[2]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md")), ROOT / "config.example.toml"]
SOURCES = [p for top in ("bot", "cogs", "data") for p in sorted((ROOT / top).rglob("*.py"))]


def commands() -> dict[str, click.Command]:
    group = typer.main.get_command(cli.app)
    assert isinstance(group, click.Group | typer.core.TyperGroup)
    return dict(group.commands)


def options(command: click.Command) -> set[str]:
    return {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}


def calls(text: str) -> Iterator[tuple[str, list[str]]]:
    """Yield each command line of peerled in a text, as its command and the options named with it."""
    for line in re.findall(r"(?:`|run: |/|-c ')peerled ([a-z][^`\n]*)", text):
        for command in line.split(" ")[0].split("|"):
            yield command, re.findall(r"--[a-z-]+", line)


@pytest.mark.parametrize("path", [*PAGES, *SOURCES], ids=lambda path: str(path.relative_to(ROOT)))
def test_every_command_that_is_named_exists_with_its_options(path: Path) -> None:
    known = commands()
    for command, named in calls(path.read_text(encoding="utf-8")):
        assert command in known, f"peerled {command}"
        assert set(named) <= options(known[command]), f"peerled {command} {named}"


def test_the_table_in_the_readme_names_every_command() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `peerled (\w+)", text, re.MULTILINE) == list(commands())


def test_the_check_sees_a_command_that_does_not_exist() -> None:
    assert list(calls("restore it with `peerled restore FILE --now`")) == [("restore", ["--now"])]


def test_every_test_that_the_page_on_delivery_names_stands_in_the_file_beside_it() -> None:
    text = (ROOT / "docs" / "delivery.md").read_text(encoding="utf-8")
    rows = re.findall(r"`((?:tests/\S+/)?test_\w+\.py)`: ((?:`test_\w+`(?:, )?)+)", text)
    assert sum(len(tests.split(", ")) for _, tests in rows) == len(re.findall(r"`test_\w+`", text)) > 20
    for name, tests in rows:
        source = (ROOT / (name if "/" in name else f"tests/process/{name}")).read_text(encoding="utf-8")
        for one in re.findall(r"\w+", tests):
            assert f"def {one}(" in source, one


def used(section: str, key: str) -> bool:
    """Tell whether anything beyond reading and checking the settings looks at a key."""
    beyond = [p for p in SOURCES if p.relative_to(ROOT).parts[:2] != ("bot", "settings")]
    beyond.append(ROOT / "bot" / "settings" / "models.py")
    return any(re.search(rf"\b{section}_?\.{key}\b", p.read_text(encoding="utf-8")) for p in beyond)


def test_every_setting_is_used_or_said_to_do_nothing_yet() -> None:
    for section, model in SECTIONS.items():
        for key in model.model_fields:
            idle = key in checkup.NOT_YET.get(section, ())
            assert used(section, key) is not idle, f"[{section}] {key}"


def test_the_example_sets_nothing_that_has_no_effect_and_marks_it() -> None:
    text = (ROOT / "config.example.toml").read_text(encoding="utf-8")
    written = tomllib.loads(text)
    mark = text.index("---- Not in this version yet")
    for section, keys in checkup.NOT_YET.items():
        for key in keys:
            assert key not in written.get(section, {}), f"[{section}] {key}"
        if set(keys) == set(SECTIONS[section].model_fields):
            assert text.index(f"\n[{section}]") > mark, section
        else:
            for key in keys:
                assert "Not in this version yet" in text[: text.index(f"# {key} =")].rpartition("\n[")[2], key

"""What holds for the house itself: who imports whom, how large a file may grow, what a command is called."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
CEILING = 420
SOURCES = [p for top in ("bot", "cogs", "data") for p in sorted((ROOT / top).rglob("*.py"))]


def test_nobody_imports_upward() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import sys; from importlinter.cli import lint_imports_command as go; sys.exit(go())"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


def test_no_file_has_outgrown_its_room() -> None:
    long = {
        str(p.relative_to(ROOT)): n for p in SOURCES if (n := len(p.read_text(encoding="utf-8").splitlines())) > CEILING
    }
    assert long == {}


def test_every_module_says_what_it_is_for() -> None:
    silent = [str(p.relative_to(ROOT)) for p in SOURCES if not p.read_text(encoding="utf-8").startswith('"""')]
    assert silent == []


def test_cogs_make_no_sql_and_services_know_no_discord() -> None:
    for path in SOURCES:
        top = path.relative_to(ROOT).parts
        text = path.read_text(encoding="utf-8")
        if top[0] == "cogs":
            assert "sqlalchemy" not in text, path
        if top[:2] == ("bot", "services"):
            assert not re.search(r"^(import|from) discord", text, re.MULTILINE), path


def test_the_clock_is_read_in_one_place() -> None:
    readers = [
        str(p.relative_to(ROOT))
        for p in SOURCES
        if re.search(
            r"datetime\.now\(|dt\.datetime\.now|utcnow|time\.time\(|date\.today\(", p.read_text(encoding="utf-8")
        )
    ]
    assert readers == ["bot/clock.py"]


def test_the_docs_name_only_files_that_exist() -> None:
    for doc in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]:
        text = doc.read_text(encoding="utf-8")
        for link in re.findall(r"\]\(([^)#:]+)\)", text):
            assert (doc.parent / link).exists(), f"{doc.name}: {link}"
        for named in re.findall(r"`((?:bot|cogs|data|tests)/[\w/.]+\.(?:py|toml|po))`", text):
            assert (ROOT / named).exists() or "x.py" in named or "NNNN" in named, f"{doc.name}: {named}"


def tree_of_the_architecture() -> dict[str, dict[str, str]]:
    """Return, by the top folder, what the tree in the architecture page names and the folder whose line names it."""
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    tree: dict[str, dict[str, str]] = {}
    top = ""
    for line in page.split("```")[1].splitlines():
        names = re.findall(r"[\w/]+(?:/|\.(?:py|toml|po))(?=[\s,:;)]|$)", line)
        if line and not line.startswith(" "):
            top, *names = names
            tree[top] = {}
        first = names[0] if names and names[0].endswith("/") else ""
        tree.get(top, {}).update(dict.fromkeys(names, first))
    return tree


def test_the_tree_in_the_architecture_names_only_what_is_there() -> None:
    tree = tree_of_the_architecture()
    assert list(tree) == ["bot/", "cogs/", "data/", "tests/"]
    for top, names in tree.items():
        assert (ROOT / top).is_dir(), top
        places = {name: (ROOT / top / name, ROOT / top / first / name, ROOT / name) for name, first in names.items()}
        assert [name for name, here in places.items() if not any(place.exists() for place in here)] == [], top


def test_the_tree_in_the_architecture_leaves_nothing_out() -> None:
    tree = tree_of_the_architecture()
    for top in ("bot/", "data/"):
        there = {
            f"{p.name}/" if p.is_dir() else p.name
            for p in (ROOT / top).iterdir()
            if p.suffix == ".py" or (p.is_dir() and any(p.iterdir()))
        }
        assert sorted(there - set(tree[top]) - {"__init__.py", "__main__.py", "__pycache__/"}) == [], top

"""The docs name what exists: every room, every command, every noun."""

import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import pytest

import doorstep
from doorstep import domain
from doorstep.server.cli import COMMANDS

ROOT = Path(__file__).resolve().parents[1]


def rooms() -> list[str]:
    return [m.name for m in pkgutil.iter_modules(doorstep.__path__) if m.ispkg]


def nouns() -> list[str]:
    found = []
    for module in pkgutil.iter_modules(domain.__path__):
        loaded = importlib.import_module(f"doorstep.domain.{module.name}")
        found += [
            name
            for name, thing in inspect.getmembers(loaded, inspect.isclass)
            if thing.__module__ == loaded.__name__ and not issubclass(thing, Exception)
        ]
    return found


@pytest.mark.parametrize("room", rooms())
def test_every_room_is_drawn_in_the_architecture(room):
    assert f" {room} " in (ROOT / "ARCHITECTURE.md").read_text()


@pytest.mark.parametrize("noun", nouns())
def test_every_noun_stands_in_the_glossary(noun):
    assert noun in (ROOT / "docs/glossary.md").read_text()


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_in_the_readme(command):
    assert f"doorstep {command.rstrip('_')}" in (ROOT / "README.md").read_text()


def settings() -> list[str]:
    sources = [ROOT / "run", *(ROOT / "src").rglob("*.py")]
    return sorted({name for path in sources for name in re.findall(r"DOORSTEP_[A-Z]+", path.read_text())})


@pytest.mark.parametrize("setting", settings())
def test_every_setting_is_in_the_readme(setting):
    assert setting in (ROOT / "README.md").read_text()


DECISIONS = sorted(path for path in (ROOT / "docs/decisions").glob("*.md") if path.name != "README.md")


def test_decisions_are_numbered_without_a_gap():
    assert [path.name[:5] for path in DECISIONS] == [f"{number:04d}-" for number in range(1, len(DECISIONS) + 1)]


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.name)
def test_a_decision_says_what_was_given_up_and_when_to_look_again(path):
    text = path.read_text()

    assert text.startswith(f"# {path.name[:4]}: ")
    for part in ("**We decided**", "**Because**", "**We gave up**", "**We looked at**", "**Look again when**"):
        assert part in text
    assert len(text) < 3_000, "half a page"


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.name)
def test_every_decision_stands_in_their_index(path):
    title = path.read_text().splitlines()[0].removeprefix("# ").partition(": ")[2]

    assert f"- [{path.name[:4]}]({path.name}): {title}" in (path.parent / "README.md").read_text()


@pytest.mark.parametrize("path", sorted((ROOT / "docs").glob("*.md")), ids=lambda path: path.name)
def test_every_page_is_named_in_the_readme(path):
    assert f"docs/{path.name}" in (ROOT / "README.md").read_text()


def test_no_room_is_empty():
    for room in rooms():
        files = [p for p in (ROOT / "src/doorstep" / room).rglob("*.py") if p.name != "__init__.py"]

        assert files, f"room {room} has nothing in it; a room appears when its first feature does"

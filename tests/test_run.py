"""The script that a clone is run by: it finds itself and a Python, and says in a sentence what it misses."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

RUN = Path(__file__).resolve().parents[1] / "run"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone of nothing but the script, with a uv beside it that tells how it was called."""
    place = tmp_path / "a clone"
    (place / "tools").mkdir(parents=True)
    shutil.copy(RUN, place / "run")
    for tool in ("sh", "dirname", "readlink", "rm"):
        (place / "tools" / tool).symlink_to(str(shutil.which(tool)))
    uv = place / "tools" / "uv"
    uv.write_text('#!/bin/sh\nprintf "%s\\n" "in $PWD" "python ${UV_PYTHON:-}" "$@"\n', encoding="utf-8")
    uv.chmod(0o755)
    return place


def called(script: Path, *told: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([script, *told], cwd=cwd, env=env, capture_output=True, text=True, timeout=20, check=False)


def test_it_finds_its_clone_through_links_and_runs_where_it_was_called(clone: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "one").symlink_to("../a clone/run")
    (elsewhere / "two").symlink_to(elsewhere / "one")
    env = {"PATH": str(clone / "tools"), "DOORSTEP_PYTHON": sys.executable, "CDPATH": str(tmp_path)}
    done = called(elsewhere / "two", "plan", "--day", "2026-11-20", cwd=elsewhere, **env)
    said = done.stdout.splitlines()
    assert done.returncode == 0, done.stderr
    assert f"in {elsewhere}" in said
    assert str(clone) in said
    assert said[-3:] == ["plan", "--day", "2026-11-20"]


@pytest.mark.parametrize("named", ["/bin/true", "/nowhere/python", os.devnull])
def test_a_named_python_that_is_none_is_refused_in_a_sentence(clone: Path, named: str) -> None:
    done = called(clone / "run", "help", cwd=clone, PATH=str(clone / "tools"), DOORSTEP_PYTHON=named)
    assert done.returncode == 2
    assert named in done.stderr
    assert "unset it" in done.stderr


def test_without_a_home_and_a_python_it_leaves_the_search_to_uv(clone: Path) -> None:
    done = called(clone / "run", "help", cwd=clone, PATH=str(clone / "tools"))
    assert done.returncode == 0, done.stderr
    assert "asking uv to fetch one" in done.stderr


def test_without_uv_and_python_it_says_what_to_install(clone: Path) -> None:
    (clone / "tools" / "uv").unlink()
    done = called(clone / "run", "help", cwd=clone, PATH=str(clone / "tools"))
    assert done.returncode == 3
    assert "apt install python3.12" in done.stderr


def test_an_environment_that_cannot_be_fetched_is_the_outsides_fault(clone: Path) -> None:
    (clone / "tools" / "uv").write_text('#!/bin/sh\n[ "$1" != sync ]\n', encoding="utf-8")
    env = {"PATH": str(clone / "tools"), "DOORSTEP_PYTHON": sys.executable}
    done = called(clone / "run", "help", cwd=clone, **env)
    assert done.returncode == 3
    assert "check the network" in done.stderr


def test_an_environment_that_stands_is_not_fetched_again(clone: Path) -> None:
    (clone / ".venv" / "bin").mkdir(parents=True)
    (clone / ".venv" / "bin" / "doorstep").symlink_to("/bin/sh")
    env = {"PATH": str(clone / "tools"), "DOORSTEP_PYTHON": sys.executable}
    done = called(clone / "run", "help", cwd=clone, **env)
    assert "sync" not in done.stderr.splitlines()
    assert done.stdout.splitlines()[-1] == "help"

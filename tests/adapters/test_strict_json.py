"""A file is read as it stands or refused, and written whole or not at all; nothing half-written stays beside it."""

import gc
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from doorstep.adapters.strict_json import ABANDONED, keep, parsed
from doorstep.domain.errors import Outside, YourInput

DIES = """
import os, signal, sys
from pathlib import Path
from doorstep.adapters.strict_json import keep
Path.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
keep(Path(sys.argv[1]), b"new")
"""


def aged(path: Path, seconds: int) -> Path:
    """Have a file look so much older."""
    at = path.stat().st_mtime - seconds
    os.utime(path, (at, at))
    return path


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_what_a_killed_writer_left_goes_with_the_next_write_after_an_hour(tmp_path):
    path = tmp_path / "plan.json"
    path.write_bytes(b"old")
    subprocess.run([sys.executable, "-c", DIES, str(path)], check=False)
    (left,) = set(tmp_path.iterdir()) - {path}
    keep(tmp_path / "other.json", b"young enough to be written still")
    young = left.exists()
    aged(left, ABANDONED + 1)
    keep(tmp_path / "other.json", b"again")

    assert path.read_bytes() == b"old"
    assert young
    assert names(tmp_path) == {"plan.json", "other.json"}


def test_nothing_of_anybody_else_is_removed(tmp_path):
    mine = {".plan.json.original", ".plan.json.abcdefgh", "plan.json.abcdefgh.doorstep-part", ".x.short.doorstep-part"}
    for name in mine:
        (tmp_path / name).write_text("mine")
        aged(tmp_path / name, 10 * ABANDONED)
    (tmp_path / ".f.abcdefgh.doorstep-part").mkdir()
    (tmp_path / ".l.abcdefgh.doorstep-part").symlink_to(tmp_path / "nowhere")
    keep(tmp_path / "plan.json", b"new")

    assert names(tmp_path) == {*mine, "plan.json", ".f.abcdefgh.doorstep-part", ".l.abcdefgh.doorstep-part"}


@pytest.mark.parametrize("trouble", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_who_fails_cleans_up(tmp_path, monkeypatch, trouble):
    def fails(*_: object) -> None:
        raise trouble

    (tmp_path / "plan.json").write_text("old")
    monkeypatch.setattr(Path, "replace", fails)
    with pytest.raises(Outside if isinstance(trouble, OSError) else KeyboardInterrupt):
        keep(tmp_path / "plan.json", b"new")

    assert names(tmp_path) == {"plan.json"}
    assert (tmp_path / "plan.json").read_text() == "old"


def test_a_long_name_can_be_written(tmp_path):
    keep(tmp_path / ("ü" * 120), b"new")

    assert len(names(tmp_path)) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"stops": [{}], "stops": []}', "p.json: expected every key once, got 'stops' again; leave one of them out."),
        ('{"a": null, "b": [1, [{"c": 1, "d": {}, "c": 1}]]}', "p.json: b[1][0]: expected every key once, got 'c'"),
        ('{"a": {"b": 1, "b": 2}, "a": {"x": {"b": 0}}}', "p.json: expected every key once, got 'a' again"),
        ('[{"a": 0}, {"a": 1, "\\u0061": 2}]', "p.json:[1]: expected every key once, got 'a' again"),
    ],
)
def test_a_key_that_stands_twice_is_refused_and_named(text, said):
    with pytest.raises(YourInput) as refused:
        parsed(text, "p.json")

    assert str(refused.value).startswith(said)


def test_garbage_is_collected_again_after_a_file_was_read_or_refused():
    for text in ("{}", "{", '{"a": 1, "a": 2}'):
        with suppress(YourInput):
            parsed(text, "p.json")

        assert gc.isenabled()

"""The command line's promises: what was wrong in a sentence, and an exit code that says whose turn it is."""

import io

import pytest
from rich.console import Console

from doorstep.domain.errors import Outside, YourInput
from doorstep.server import cli
from doorstep.server.commands.answers import keep_text


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (YourInput("Expected a day."), 2, "Expected a day."),
        (Outside("Expected a disk."), 3, "Expected a disk."),
        (OSError(28, "No space left on device"), 3, "The machine refused: [Errno 28] No space left"),
        (KeyError("k"), 1, "This is a bug of ours: KeyError"),
        (KeyboardInterrupt(), 130, "everything acknowledged before is kept"),
    ],
)
def test_every_end_is_a_sentence_and_a_code(monkeypatch, capsys, error, code, says):
    def told(_):
        raise error

    monkeypatch.setattr(cli, "parser", told)

    assert cli.main(["learn"]) == code
    assert says in capsys.readouterr().err


def test_a_level_that_is_none_is_your_input(monkeypatch, capsys):
    monkeypatch.setenv("DOORSTEP_LOG", "chatty")

    assert cli.main(["help"]) == 2
    assert "DOORSTEP_LOG to be one of" in capsys.readouterr().err


def test_an_unknown_command_is_refused_with_the_way_to_help(capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(["dance"])

    assert ended.value.code == 2
    assert "--help` shows what is expected" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("told", "says"),
    [
        (["learn", "--as-of", "banana"], "a time with its offset from UTC"),
        (["learn", "--as-of", "2026-01-01"], "a time with its offset from UTC"),
        (["learn", "--as-of", "2026-01-01T09:00:00"], "a time with its offset from UTC"),
        (["learn", "--seed", "-1"], "a whole number from 0"),
        (["town", "somewhere", "--seed", "-1"], "a whole number from 0"),
        (["plan", "--day", "20260603"], "a day as YYYY-MM-DD"),
        (["plan", "--day", "2026-W23-3"], "a day as YYYY-MM-DD"),
        (["plan", "--day", "2026-02-30"], "a day as YYYY-MM-DD"),
    ],
)
def test_days_times_and_seeds_are_taken_in_one_form_only(capsys, told, says):
    with pytest.raises(SystemExit) as ended:
        cli.main(told)

    assert ended.value.code == 2
    assert says in capsys.readouterr().err


def test_a_reader_that_has_seen_enough_is_no_bug(monkeypatch):
    class Closed(io.StringIO):
        def fileno(self):
            return 2

        def write(self, _):
            raise BrokenPipeError

    def told(_):
        Console(file=Closed()).print("a plan")

    monkeypatch.setattr(cli, "parser", told)
    monkeypatch.setattr("os.dup2", lambda *_: 0)

    assert cli.main(["plan"]) == 0


def test_a_document_that_does_not_fit_leaves_the_old_one_whole(tmp_path, monkeypatch):
    target = tmp_path / "plan.json"
    target.write_text("the old plan", encoding="utf-8")

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", full)

    with pytest.raises(Outside, match="No space left"):
        keep_text(str(target), "the new plan")
    assert [path.name for path in tmp_path.iterdir()] == ["plan.json"]
    assert target.read_text(encoding="utf-8") == "the old plan"


def test_a_document_goes_through_links_and_into_devices_without_replacing_them(tmp_path):
    real, link, sink = tmp_path / "real.json", tmp_path / "link.json", tmp_path / "sink"
    link.symlink_to(real)
    sink.symlink_to("/dev/null")

    keep_text(str(link), "a plan")
    keep_text(str(sink), "a plan")

    assert real.read_text(encoding="utf-8") == "a plan"
    assert link.is_symlink()
    assert sink.is_symlink()
    assert not sink.is_file()

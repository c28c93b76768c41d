"""The command line's promises: what was wrong in a sentence, and an exit code that says whose turn it is."""

import pytest

from doorstep.domain.errors import Outside, YourInput
from doorstep.server import cli


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

"""What somebody types, and what comes of it."""

from typing import Any

from doorstep.server import cli


def typed(capsys: Any, *words: object) -> tuple[int, str, str]:
    """Run the command line and return its exit code, what it said and what it complained about."""
    capsys.readouterr()
    try:
        code = cli.main([str(word) for word in words])
    except SystemExit as left:  # argparse leaves by itself
        code = int(left.code or 0)
    said = capsys.readouterr()
    return code, said.out, said.err

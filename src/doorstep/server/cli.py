"""The command line: parse, call a flow, answer. Exit codes: 0 done, 2 your input, 3 the outside, 1 our bug."""

import argparse
import importlib
import logging
import os
import sys
import traceback
from collections.abc import Sequence

import doorstep
from doorstep.domain.errors import DoorstepError, YourInput
from doorstep.server.harmless import harmless

COMMANDS = (
    "demo", "town", "import_", "learn", "plan", "night", "solve", "check", "dispatch", "quote", "explain", "veto",
    "forget",
)  # fmt: skip
"""Modules of `server.commands`, in the order the help shows them."""


class Parser(argparse.ArgumentParser):
    """An argument parser whose refusals are sentences on standard error, exit code 2."""

    def error(self, message: str) -> None:  # type: ignore[override]  # argparse types it NoReturn; exit() raises
        """Say what was wrong with the arguments and how to see what is right."""
        self.exit(2, f"{self.prog}: {harmless(message)}; `{self.prog} --help` shows what is expected.\n")


def parser(argv: Sequence[str]) -> argparse.ArgumentParser:
    """Return the parser of the command that `argv` begins with, or of all; loading all takes seconds."""
    top = Parser(prog="doorstep", description=doorstep.__doc__)
    top.add_argument("--version", action="version", version=f"doorstep {doorstep.__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    asked = [name for name in COMMANDS if argv and name.rstrip("_") == argv[0]]
    for name in asked or COMMANDS:
        importlib.import_module(f"doorstep.server.commands.{name}").add(commands)
    commands.add_parser("help", help="show this help").set_defaults(run=lambda _: _help(top))
    return top


def _help(top: argparse.ArgumentParser) -> int:
    top.print_help()
    return 0


def log_level() -> int:
    """Return the level that DOORSTEP_LOG names, WARNING without it; raises YourInput for another word."""
    word = os.environ.get("DOORSTEP_LOG") or "WARNING"
    levels = logging.getLevelNamesMapping()
    if word.upper() not in levels:
        raise YourInput(f"Expected DOORSTEP_LOG to be one of {', '.join(levels)}, got {word!r}; change or unset it.")
    return levels[word.upper()]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    try:
        logging.basicConfig(level=log_level(), format="%(name)s %(message)s")
        return _done(sys.argv[1:] if argv is None else argv)
    except DoorstepError as error:
        return _say(error, error.exit_code)
    except KeyboardInterrupt:
        return _say("Interrupted; everything acknowledged before is kept.", 130)
    except BrokenPipeError:
        # Whoever read our output has seen enough; a second error at interpreter exit would only confuse.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        return _say(f"The machine refused: {error}. Check the path, its rights and the space on the disk.", 3)
    except Exception as error:
        if os.environ.get("DOORSTEP_DEBUG"):
            traceback.print_exc()
        return _say(
            f"This is a bug of ours: {type(error).__name__}: {error}. "
            "Nothing acknowledged is lost; DOORSTEP_DEBUG=1 shows where it happened.",
            1,
        )


def _done(told: Sequence[str]) -> int:
    """Run the command that was asked for; raises BrokenPipeError when nobody reads its answer any more."""
    try:
        given = parser(told).parse_args(told)
        code = int(given.run(given))
        sys.stdout.flush()
    except SystemExit as ending:
        if isinstance(ending.__context__, BrokenPipeError):
            raise BrokenPipeError from ending  # rich would end with 1, as if that were our bug
        raise
    return code


def _say(what: object, code: int) -> int:
    print(f"doorstep: {harmless(what)}", file=sys.stderr)
    return code

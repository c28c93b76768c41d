"""How commands hand a document to a file or to standard output."""

import sys
from pathlib import Path

from doorstep.domain.errors import Outside


def keep_text(target: str, text: str) -> None:
    """Write a text to a file, or to standard output for "-"."""
    if target == "-":
        sys.stdout.write(text)
        return
    try:
        Path(target).write_text(text, encoding="utf-8")
    except OSError as error:
        raise Outside(
            f"Expected to write {target}, the disk says: {error.strerror}; check path, rights and space."
        ) from error

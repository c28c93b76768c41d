"""How commands hand a document to a file or to standard output."""

import sys
from pathlib import Path

from doorstep.adapters.strict_json import keep


def keep_text(target: str, text: str) -> None:
    """Write a text to a file, whole or not at all, or to standard output for "-"."""
    if target == "-":
        sys.stdout.write(text)
        return
    keep(Path(target), text.encode())

"""How commands hand a document to a file or to standard output."""

import sys
from pathlib import Path

from doorstep.adapters.strict_json import keep
from doorstep.domain.errors import YourInput


def refuse_unwritable(*targets: Path | str | None) -> None:
    """Raise where a file can't be written, before anything long begins; "-" and None are no files."""
    for path in (Path(target) for target in targets if target not in (None, "-")):
        if path.is_dir() or not path.absolute().parent.is_dir():
            raise YourInput(
                f"Expected to write a file at {path}, but its folder is missing or it is a folder itself; name another "
                "or make the folder."
            )


def keep_text(target: str, text: str) -> None:
    """Write a text to a file, whole or not at all, or to standard output for "-"."""
    if target == "-":
        sys.stdout.write(text)
        return
    keep(Path(target), text.encode())

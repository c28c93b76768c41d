"""Where compiled kernels are kept, and how they are compiled ahead, in a second process.

numba looks only at the file of the function it caches: edit a function that this one calls, in another file, and the
old machine code runs on. So each kernel has a folder, named by a hash of its source and of all sources it builds on.
"""

import hashlib
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from importlib.metadata import version
from pathlib import Path
from types import FunctionType


@cache
def kernel_cache(kernel: str | None = None) -> Path:
    """Return the folder for a compiled kernel of exactly these sources; it exists and can be written.

    `kernel` is a module's name, such as kernel_static; without it, all kernels' sources together name the folder.

    Below DOORSTEP_CACHE, else XDG_CACHE_HOME/doorstep, else ~/.cache/doorstep; where none can be written, a
    temporary folder that belongs to us alone.
    """
    name = f"{kernel or 'kernels'}-{sources_hash(kernel)}"
    for folder in _candidates():
        if _usable(folder / name):
            return folder / name
    return Path(tempfile.mkdtemp(prefix="doorstep-"))


def sources_hash(kernel: str | None = None) -> str:
    """Return a hash of a kernel's source and of those it builds on (None: of all), of numba and of Python."""
    here = Path(__file__).parent
    digest = hashlib.sha256(f"{version('numba')} {sys.version}".encode())
    names = {source.stem for source in here.glob("kernel_*.py")} if kernel is None else _built_on(kernel)
    for name in sorted({*names, "compiled"}):
        digest.update(name.encode() + b"\0" + (here / f"{name}.py").read_bytes())
    return digest.hexdigest()[:16]


def _built_on(kernel: str) -> set[str]:
    """Return the kernel and every kernel module that it imports, directly or not."""
    found, todo = set[str](), [kernel]
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo += re.findall(r"(kernel_\w+) import", (Path(__file__).parent / f"{name}.py").read_text())
    return found


def _candidates() -> list[Path]:
    """Return folders to try, best first."""
    own, xdg = os.environ.get("DOORSTEP_CACHE"), os.environ.get("XDG_CACHE_HOME")
    home = Path(xdg) if xdg else Path("~/.cache").expanduser()
    shared = Path(tempfile.gettempdir()) / f"doorstep-{os.getuid()}"
    return [*([Path(own)] if own else []), home / "doorstep", shared]


def _usable(folder: Path) -> bool:
    """Make a folder; return whether it is ours, closed to others, and can be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryFile(dir=folder):
            pass
        about = folder.stat()
    except OSError:
        return False
    return about.st_uid == os.getuid() and not about.st_mode & 0o022


def roomy[**P, R](function: Callable[P, R]) -> Callable[P, R]:
    """Return a function that leaves room for the frames of all that it calls.

    CPython keeps frames in chunks of 16 kB and gives a chunk back when its last frame ends. A compiler recurses over
    a chunk's edge a quarter of a million times: that took a third of a compilation, in mmap. This function's own frame
    asks for more than half of 1 MB, so that its chunk has 460 kB left.
    """
    made = FunctionType(
        function.__code__.replace(co_stacksize=70_000), function.__globals__, function.__name__,
        function.__defaults__, function.__closure__,
    )  # fmt: skip
    made.__kwdefaults__, made.__doc__ = function.__kwdefaults__, function.__doc__
    return made


USUAL = ("static", "priced")
"""Families of kernels that most problems are searched with."""


class _Ahead:
    """The one process that compiles ahead, if any."""

    process: subprocess.Popen[bytes] | None = None


def compile_ahead(*families: str, wait: bool = False) -> None:
    """Compile families of kernels in a second process, so that data can load meanwhile; a search waits for it to end.

    Without families, the usual ones (`warm.py` names them all): 17 s of processor time once, then half a second. Its
    failure is not ours: the search then compiles itself, as it does a family that nobody compiled ahead.
    """
    if _Ahead.process is None:
        command = [sys.executable, "-m", "doorstep.operations.search.warm", *(families or USUAL)]
        _Ahead.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603 - our own module by our own Python
    if wait:
        await_compiled()


def await_compiled() -> None:
    """Wait until the process that compiles ahead has ended, if there is one."""
    process, _Ahead.process = _Ahead.process, None
    if process is not None:
        process.wait()

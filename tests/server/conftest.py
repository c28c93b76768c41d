"""The command line as somebody types it."""

from collections.abc import Callable

import pytest
from tests.server.typed import typed

Doorstep = Callable[..., tuple[int, str, str]]


@pytest.fixture
def doorstep(capsys: pytest.CaptureFixture[str]) -> Doorstep:
    """Return a function that runs the command line and gives exit code, standard output and standard error."""
    return lambda *words: typed(capsys, *words)

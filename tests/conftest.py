"""What every test may use: hypothesis profiles, and real data where it is present."""

import fcntl
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from benchmarks.data import DATA
from hypothesis import HealthCheck, settings

from doorstep.operations.search import compile_ahead
from doorstep.operations.search.cache import kernel_cache

settings.register_profile("dev", max_examples=50, deadline=None)
settings.register_profile("ci", max_examples=300, deadline=None, derandomize=True, print_blob=True)
settings.register_profile(
    "night", max_examples=5000, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "dev"))


@pytest.fixture(scope="session")
def kernels() -> None:
    """Have the search compiled: with a cold cache one process of the tests does it, and the others wait."""
    done = kernel_cache() / "compiled-for-tests"
    with done.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            compile_ahead("static", "priced", "fleet", "quote", wait=True)
            done.touch()


@pytest.fixture
def shared_data() -> Callable[[str], Path]:
    """Return a function from the name of a real data set to its folder; skips the test where it is absent."""

    def folder(name: str) -> Path:
        found = DATA / name
        if not found.exists():
            pytest.skip(f"needs {name} in {DATA} (set DOORSTEP_DATA to point elsewhere)")
        return found

    return folder

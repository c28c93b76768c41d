"""Compiled kernels are kept, and never outlive their sources."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numba.core.caching import IndexDataCacheFile

from doorstep.operations.search import cache, compile_ahead
from doorstep.operations.search.cache import roomy
from doorstep.operations.search.compiled import ENTRY, compiled

PACKAGE = Path(cache.__file__).parents[2]
PRICE_ALONE = """
import numpy as np
from doorstep.operations.search.priced import PricedRun
from doorstep.operations.search.warm import tiny
from doorstep.domain.valuation import Rates
print(round(PricedRun(tiny(Rates(cents_per_hour=3600)), 1, None).doors.alone[0, 0]))
"""


def _price(tree: Path, kept: Path) -> str:
    """Run the copied package in a process of its own and return what serving one stop alone costs."""
    environment = {**os.environ, "PYTHONPATH": str(tree), "DOORSTEP_CACHE": str(kept)}
    done = subprocess.run([sys.executable, "-c", PRICE_ALONE], env=environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode().strip()


@pytest.mark.slow
def test_an_edited_callee_in_another_file_gives_the_new_price(tmp_path):
    shutil.copytree(PACKAGE, tmp_path / "tree" / "doorstep", ignore=shutil.ignore_patterns("__pycache__"))
    callee = tmp_path / "tree/doorstep/operations/search/kernel_roads.py"
    before = _price(tmp_path / "tree", tmp_path / "kept")
    old = callee.read_text()
    edited = old.replace("paid = np.float64(t - kint[g * 8 + K_STARTS])", "paid = 7.0 + (t - kint[g * 8 + K_STARTS])")
    callee.write_text(edited)
    after = _price(tmp_path / "tree", tmp_path / "kept")

    assert edited != old
    assert (before, after) == ("180", "187")
    assert len(list((tmp_path / "kept").glob("kernel_priced-*"))) == 2
    assert len(list((tmp_path / "kept").glob("kernel_common-*"))) == 1


def test_a_folder_that_cannot_be_written_is_passed_over(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("DOORSTEP_CACHE", str(tmp_path / "file"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    cache.kernel_cache.cache_clear()
    try:
        assert cache.kernel_cache().parent == tmp_path / "xdg" / "doorstep"
    finally:
        cache.kernel_cache.cache_clear()


@pytest.mark.slow
def test_compiling_ahead_fills_the_cache():
    compile_ahead(wait=True)

    assert all(list(cache.kernel_cache(kernel).rglob("*.nbi")) for kernel in ("kernel_static", "kernel_priced"))


def test_a_roomy_function_is_called_like_the_one_it_was():
    def told(one: int, *rest: int, last: int = 3) -> tuple[int, tuple[int, ...], int]:
        """Say what was told."""
        return one, rest, last

    made = roomy(told)

    assert made(1, 2, last=4) == told(1, 2, last=4) == (1, (2,), 4)
    assert made(1) == (1, (), 3)
    assert (made.__name__, made.__doc__) == ("told", "Say what was told.")


SAVE_SLOWLY = """
import sys, time
import numpy as np
from numba.core.caching import IndexDataCacheFile
from doorstep.operations.search.compiled import ENTRY, compiled
read = IndexDataCacheFile._load_index
def read_slowly(self):
    found = read(self)
    time.sleep(float(sys.argv[2]))
    return found
IndexDataCacheFile._load_index = read_slowly
def first(a):
    return a[0]
first.__module__ = "doorstep.operations.search.kernel_common"
kept = compiled(**ENTRY)(first)
print(*(kept(np.array([1.5, 2.5] if kind == "real" else [3, 4])) for kind in sys.argv[1].split()))
print(sum(kept.stats.cache_hits.values()))
"""


def test_two_processes_that_save_at_once_leave_the_machine_code_of_both(tmp_path):
    script, environment = tmp_path / "save.py", {**os.environ, "DOORSTEP_CACHE": str(tmp_path)}
    script.write_text(SAVE_SLOWLY)
    both = [subprocess.Popen([sys.executable, script, kind, "1"], env=environment) for kind in ("real", "whole")]
    assert [one.wait(60) for one in both] == [0, 0]
    again = subprocess.run(
        [sys.executable, script, "real whole", "0"], env=environment, capture_output=True, check=True
    )

    assert again.stdout.decode().split() == ["1.5", "3", "2"]


def test_where_machine_code_cannot_be_kept_it_runs_all_the_same(monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    def first(a):
        return a[0]

    first.__module__ = "doorstep.operations.search.kernel_common"
    monkeypatch.setattr(IndexDataCacheFile, "save", full)

    assert compiled(**ENTRY)(first)(np.array([5])) == 5

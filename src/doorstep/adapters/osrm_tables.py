"""Matrices by OSRM, on two processes when they are large: the engine holds Python's lock while it works.

Run as a program (`python -m doorstep.adapters.osrm_tables ORDER`) this is the second process.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import osrm
from numpy.typing import NDArray

from doorstep.domain.errors import Outside

Point = tuple[float, float]
"""Longitude and latitude in degrees."""

Part = tuple[int, int, int]
"""Rows of one dataset's matrix: the dataset's position, the first row and the one after the last."""

_ROWS_AT_ONCE = 500  # the engine answers in Python lists; a slice at a time keeps them small
_WORTH_A_PROCESS = 400_000  # entries; about 2 s of work against half a second to start


def load(dataset: Path) -> Any:
    """Open a dataset; its pages are shared with whoever else maps it."""
    try:
        return osrm.OSRM(
            algorithm="MLD",
            storage_config=str(dataset),
            use_shared_memory=False,
            use_mmap=True,
            max_locations_distance_table=-1,
        )
    except RuntimeError as error:
        raise Outside(
            f"Expected a road graph in {dataset.parent}, but the engine can't load it ({error}); "
            "delete that folder and it will be built again."
        ) from error


def table(engine: Any, points: Sequence[Point], starts: Sequence[int], ends: Sequence[int]) -> Any:
    """Return the engine's answer for the ways from some of the points to some of them."""
    request = osrm.TableParameters(
        coordinates=list(points),
        sources=list(starts),
        destinations=list(ends),
        annotations=["duration", "distance"],
        generate_hints=False,
    )
    try:
        return engine.Table(request)
    except RuntimeError as error:
        raise Outside(f"Expected travel times from the road engine, got: {error}.") from error


def numbers(answer: Any, what: str) -> NDArray[np.float64]:
    """Return a table of the answer as floats, NaN where there is no way."""
    return np.array([list(row) for row in answer[what]], dtype=np.float64)


def matrices(datasets: Sequence[Path], points: Sequence[Point], engine_of: Callable[[Path], Any]) -> NDArray[np.int32]:
    """Return seconds and metres between all points in each dataset, shape (datasets, 2, n, n), -1 where no way is.

    Rounded to the nearest whole number, halves up; diagonal zero.
    """
    n = len(points)
    found = np.zeros((len(datasets), 2, n, n), dtype=np.int32)
    if n < 2:
        return found  # the engine refuses tables of one
    parts = list(_parts(0, len(datasets) * n, n))
    if found.size // 2 > _WORTH_A_PROCESS and (os.cpu_count() or 1) > 1:
        half = len(datasets) * n // 2
        parts, theirs = list(_parts(0, half, n)), list(_parts(half, len(datasets) * n, n))
        _fill_with_help(found, datasets, points, parts, theirs, engine_of)
    else:
        _fill(found, datasets, points, parts, engine_of)
    everyone = np.arange(n)
    found[:, :, everyone, everyone] = 0
    return found


def _parts(begin: int, end: int, n: int) -> Iterator[Part]:
    """Cut the rows `begin` to `end`, counted through all datasets, where a dataset ends and at every few hundred."""
    cuts = {begin, end, *(cut for k in range(end // n + 1) for cut in range(k * n, k * n + n, _ROWS_AT_ONCE))}
    for first, stop in pairwise(sorted(cut for cut in cuts if begin <= cut <= end)):
        yield first // n, first % n, first % n + stop - first


def _fill(
    found: NDArray[np.int32],
    datasets: Sequence[Path],
    points: Sequence[Point],
    parts: Sequence[Part],
    engine_of: Callable[[Path], Any],
) -> None:
    everyone = range(len(points))
    for dataset, begin, end in parts:
        answer = table(engine_of(datasets[dataset]), points, range(begin, end), everyone)
        seconds = numbers(answer, "durations")
        found[dataset, 0, begin:end] = whole(seconds)
        found[dataset, 1, begin:end] = np.where(np.isnan(seconds), -1, whole(numbers(answer, "distances")))


def whole(values: NDArray[np.float64]) -> NDArray[np.int32]:
    """Round; no way is -1, and what the engine calls -0.9 m (points a step apart) is 0."""
    return np.where(np.isnan(values), -1, np.floor(np.maximum(values, 0) + 0.5)).astype(np.int32)


def _fill_with_help(
    found: NDArray[np.int32],
    datasets: Sequence[Path],
    points: Sequence[Point],
    ours: Sequence[Part],
    theirs: Sequence[Part],
    engine_of: Callable[[Path], Any],
) -> None:
    with tempfile.TemporaryDirectory(prefix="doorstep-tables-") as folder:
        order, answer = Path(folder) / "order.json", Path(folder) / "answer.npy"
        order.write_text(json.dumps([[str(at) for at in datasets], points, theirs, str(answer)]))
        command, log = [sys.executable, "-m", __name__, str(order)], Path(folder) / "said.log"
        with log.open("wb") as said, subprocess.Popen(command, stdout=said, stderr=said) as helper:  # noqa: S603 - this very module
            try:
                _fill(found, datasets, points, ours, engine_of)
            except BaseException:
                helper.kill()
                raise
        if helper.returncode:
            last = " ".join(log.read_text(errors="replace").splitlines()[-1:])
            raise Outside(
                f"Expected a second process to share the matrices, but it ended with {helper.returncode} ({last}); "
                "check memory."
            )
        rows = np.load(answer)
    for (dataset, begin, end), stop in zip(theirs, np.cumsum([end - begin for _, begin, end in theirs]), strict=True):
        found[dataset, :, begin:end] = rows[:, stop - (end - begin) : stop]


def help_out(order: Path) -> None:
    """Do what an order says, and leave the rows of all its parts one after another, shape (2, rows, n)."""
    names, points, parts, answer = json.loads(order.read_text())
    datasets = [Path(name) for name in names]
    engines = {dataset: load(datasets[dataset]) for dataset in {part[0] for part in parts}}
    found = np.zeros((len(datasets), 2, len(points), len(points)), dtype=np.int32)
    corners = [(lon, lat) for lon, lat in points]
    _fill(found, datasets, corners, [tuple(part) for part in parts], lambda at: engines[datasets.index(at)])
    np.save(answer, np.concatenate([found[dataset, :, begin:end] for dataset, begin, end in parts], axis=1))


if __name__ == "__main__":
    help_out(Path(sys.argv[1]))

"""Run one benchmark by name: `python -m benchmarks NAME [--quick] [--worlds FILE.py]`.

A benchmark is a module `benchmarks/bench_NAME.py` with `run(quick: bool, worlds: Path | None) -> Sequence[Row]`.
`plots` runs nothing and draws what is kept; it is also drawn anew after every benchmark.
"""

import argparse
import importlib
import sys
from pathlib import Path

from benchmarks import plots
from benchmarks.harness import finish

NAMES = sorted(p.stem.removeprefix("bench_").replace("_", "-") for p in Path(__file__).parent.glob("bench_*.py"))


def main() -> int:
    """Parse, run, print, keep."""
    parser = argparse.ArgumentParser(prog="./run bench", description="Measure one thing against its bars.")
    parser.add_argument("name", choices=[*NAMES, "plots"])
    parser.add_argument("--quick", action="store_true", help="a named subset with bars of its own, at most 50 s")
    parser.add_argument("--worlds", type=Path, help="a module with worlds(n, seed), instead of the built-in ones")
    given = parser.parse_args()
    if given.name == "plots":
        return plots.main()
    module = importlib.import_module(f"benchmarks.bench_{given.name.replace('-', '_')}")
    code = finish(given.name, module.run(given.quick, given.worlds), quick=given.quick)
    return plots.main() or code


if __name__ == "__main__":
    sys.exit(main())

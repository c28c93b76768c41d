"""Benchmarks: `./run bench NAME [--quick] [--worlds FILE.py]`; results are kept in benchmarks/results."""

# `just` alone lists; `just check` is exactly what CI runs.
default:
    @just --list

# install everything a developer needs
setup:
    uv sync --frozen --group dev --group bench

# the whole gate: style, types, picture, tests
check: style types picture test

style:
    ruff check .
    ruff format --check .

types:
    mypy

picture:
    lint-imports

# every test; two processes
test *ARGS:
    pytest -n 2 --dist loadfile -q {{ARGS}}

# tests that take under a minute together
unit *ARGS:
    pytest -n 2 --dist loadfile -q -m "not slow and not postgres and not story and not browser" {{ARGS}}

# a day, end to end
story:
    pytest -q -m story

# mend what a tool can mend
fix:
    ruff check --fix .
    ruff format .

demo *ARGS:
    doorstep demo {{ARGS}}

bench *ARGS:
    python -m benchmarks {{ARGS}}

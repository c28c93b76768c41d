"""How commands say things: money, amounts, lines that fit."""

import io
from dataclasses import replace

import pytest
from rich.console import Console
from tests.operations.explain.street import planned, stop, street, van

from doorstep.domain.plan import Relaxation, Unserved
from doorstep.domain.problem import Pair
from doorstep.domain.units import Cents
from doorstep.server.commands.sentences import (
    Amounts,
    change_in_words,
    orders_unserved,
    plan_in_words,
    price_in_words,
    say,
    say_unserved,
    what_helps,
)

EURO = Amounts("EUR")


def change(kind: str, of: str, amount: int, unit: str = "units", cents: int = 0) -> Relaxation:
    return Relaxation(kind, of, amount, unit, Cents(cents), True)


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (change("more_room", "h1:weight_g", 12_301), "the vehicle of shift h1 had room for 12.4 kg of weight more"),
        (change("more_room", "h1:volume_ml", 900), "the vehicle of shift h1 had room for 0.9 litres of volume more"),
        (change("more_room", "h1:pallets", 2), "the vehicle of shift h1 had room for 2 pallets more"),
        (change("shift_ends_later", "h1", 61, "s"), "shift h1 ended 2 min later"),
        (change("shift_ends_later", "h1", 7_201, "s"), "shift h1 ended 2 h 01 min later"),
        (change("worth_more", "s1", 1_234, "cents"), "leaving it out cost €12.34 more"),
    ],
)
def test_amounts_are_said_as_people_say_them_and_suffice(told, words):
    assert change_in_words(told, EURO) == words


def test_an_order_that_is_fetched_at_a_door_and_brought_to_another_is_counted_and_named_once():
    problem = street([stop(k) for k in (1, 2, 3)], [van(0)], pairs=(Pair("s1", "s2"),))
    rows = tuple(Unserved(f"o{k}", f"s{k}", "Too far.", Cents(0)) for k in (1, 2, 3))
    plan = replace(planned(problem, {"h0": ["s3"]}), unserved=rows[:2])
    said = io.StringIO()
    say_unserved(Console(file=said, width=200), rows, EURO, looked=False, pairs=problem.pairs)

    assert plan_in_words(problem, plan, {"time": 5}, EURO) == "1 route, 1 visit, 1 order unserved, €0.05 (time €0.05)"
    assert orders_unserved(problem, replace(plan, unserved=rows)) == 2
    assert orders_unserved(problem, replace(plan, unserved=rows[:1])) == 1, "where the delivery is served"
    assert said.getvalue() == "unserved: order o1 to o2: Too far.\nunserved: order o3: Too far.\n"


def test_prices_say_more_or_less_and_never_a_bare_nothing():
    said = [price_in_words(change("skill", "h1:x", 1, cents=c), EURO) for c in (5, -5, 0)]

    assert [words.removeprefix("serving it then costs ").split(" than")[0] for words in said] == [
        "€0.05 more", "€0.05 less", "no more",
    ]  # fmt: skip


def test_currencies_have_their_own_digits_and_benchmarks_none():
    texts = [Amounts(code).text(12_345).replace("\u00a0", " ") for code in ("JPY", "KWD", "CHF", "XXX")]

    assert texts == ["¥12,345", "KWD 12.345", "CHF 123.45", "12,345 cents"]


def test_what_helps_most_comes_first():
    rows = [
        Unserved("a", "a", "", Cents(0), (change("another_shift", "h1", 1), change("more_room", "h1:weight_g", 5))),
        Unserved("b", "b", "", Cents(0), (change("another_shift", "h1", 1),)),
    ]

    assert what_helps(rows) == ["one more shift like h1 (2)"]


@pytest.mark.parametrize("width", [80, 120])
def test_on_a_terminal_lines_fit_and_in_a_pipe_a_sentence_is_one_line(width):
    text = " ".join(["doorstep"] * 40)
    for terminal in (True, False):
        file = io.StringIO()
        say(Console(file=file, width=width, force_terminal=terminal, color_system=None), text)
        lines = file.getvalue().splitlines()

        assert " ".join(line.strip() for line in lines) == text
        assert (max(map(len, lines)) <= width) == terminal
        assert (len(lines) == 1) != terminal

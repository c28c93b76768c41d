"""`doorstep explain` as somebody types it, and `solve --explain`: sentences, documents, refusals."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from tests.operations.explain.street import at, stop, street, van
from tests.server.running_day import RunningDay, minute

from doorstep.domain.problem import Veto

pytestmark = pytest.mark.usefixtures("kernels")

BRIEFLY = ("--seconds", 0.02)


@pytest.fixture
def day(tmp_path, monkeypatch, capsys) -> RunningDay:
    return RunningDay(tmp_path, monkeypatch, capsys)


@pytest.fixture
def full(day: RunningDay) -> Path:
    """A day on which s6 finds no room: its van is full, and the other has a veto."""
    problem = street(
        [stop(5), stop(6)], [van(0, max_stops=1), van(1)], vetoes=(Veto("d1", "s5", "a dog"), Veto("d1", "s6", "a dog"))
    )
    return day.written(problem, {"h0": ["s5"]}, "full.json")


def test_an_order_left_out_is_told_with_its_reason_and_what_would_serve_it(day, full):
    code, out, told = day.run("explain", full, "o6", *BRIEFLY)

    assert (code, told) == (0, "")
    assert out.startswith("Left out. ")
    assert "It would be served if shift h0 could take one stop more; serving it then costs €" in out
    assert "It would be served if the veto against shift h1 were lifted; " in out


def test_the_same_for_machines(day, full):
    code, out, _ = day.run("explain", full, "o6", *BRIEFLY, "--json")
    document = json.loads(out)

    assert code == 0
    assert document["reason"]
    assert {"more_stops", "veto_lifted"} <= {change["change"] for change in document["would_be_served_if"]}
    assert all(change["confirmed"] for change in document["would_be_served_if"])


def test_a_visit_is_told_with_its_driver_time_and_price_and_the_next_best_shift(day):
    code, out, _ = day.run("explain", day.plan, "o2", *BRIEFLY)

    assert code == 0
    assert "Shift h0 (d0) knocks at 00:03, and could until 09:" in out
    assert "It adds €" in out
    assert "With shift h1 (d1) instead, the best plan found costs €" in out
    assert "stops change hands." in out or "one stop changes hands." in out or "no stop changes hands." in out


def test_who_cannot_come_is_told_why(day):
    problem = street([stop(2), stop(4)], [van(0), van(1, ends=at(6)), *(van(k, capacities=(0,)) for k in range(2, 9))])
    plan = day.written(problem, {"h0": ["s2", "s4"]}, "narrow.json")
    _, out, _ = day.run("explain", plan, "o4", *BRIEFLY)

    assert "Shift h1 has no place for it as the plan stands: at best it would be back after its end by 3 min." in out
    assert "Shift h2 has no place for it as the plan stands: at best it would be too full by 1 load." in out
    assert "So it is with 3 more shifts." in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--shift", "h1"), "Then the best plan found would cost €"),
        (("--time", "01:00"), "Then the best plan found would cost €"),
        (("--leave-out",), "unserved +€1,000.00"),
    ],
)
def test_what_if_says_what_it_would_cost(day, words, said):
    code, out, _ = day.run("explain", day.plan, "o2", *words, *BRIEFLY)

    assert code == 0
    assert said in out


def test_where_a_decision_by_hand_is_cheaper_the_plan_is_said_to_be_no_good(day):
    poor = day.written(day.problem(), {"h0": ["s3", "s1", "s2"], "h1": ["s6", "s4", "s5"]}, "poor.json")

    for words in ((), ("--shift", "h1")):
        assert "So the plan itself could be better: plan again" in day.run("explain", poor, "o2", *words, *BRIEFLY)[1]


def test_what_cannot_be_is_said_to_hold_in_no_plan(day, full):
    code, out, _ = day.run("explain", full, "o6", "--shift", "h1", *BRIEFLY)

    assert (code, out) == (0, "No plan was found in which that holds, and all is served that must be.\n")


@pytest.mark.parametrize(
    ("of_stop", "words", "said"),
    [
        ({"windows": [(60, 90)]}, ("--time", "00:05"), "somebody would knock 5"),
        ({"windows": [(60, 90)]}, ("--time", "01:50"), "somebody would knock "),
        ({}, ("--leave-out",), "it must be served"),
        ({"only": frozenset({"d0"})}, ("--shift", "h1"), "only others may come there"),
    ],
)
def test_a_decision_that_breaks_the_problem_says_so_and_praises_no_plan(day, of_stop, words, said):
    """Whatever it saves: the van is paid for waiting for s2, which nobody may leave out."""
    problem = street([stop(2, **of_stop), stop(4), stop(6)], [van(0), van(1)], unserved={"s4": 100, "s6": 100})
    plan = day.written(problem, {"h0": ["s4", "s2", "s6"]}, "ruled.json")
    _, out, _ = day.run("explain", plan, "o2", *words, *BRIEFLY)

    assert f"But the problem does not allow it: {said}" in out
    assert "plan again" not in out


def test_too_much_weight_is_told_in_kilograms_as_everywhere(day):
    stops = [stop(2, amounts=(1_850,)), stop(4, amounts=(100,))]
    problem = replace(
        street(stops, [van(k, capacities=(c,)) for k, c in enumerate((2_000, 900))]), dimensions=("weight_g",)
    )
    plan = day.written(problem, {"h0": ["s2", "s4"]}, "heavy.json")

    assert "at best it would be too full by 1.0 kg of weight." in day.run("explain", plan, "o2", *BRIEFLY)[1]


REFUSED = [
    (("o77",), "Expected an order of the plan, got 'o77'; its problem has o1, o2, o3 and 3 more."),
    (("o2", "--shift", "h77"), "h77"),
    (("o2", "--shift", ""), "Expected a stop and a shift of the problem"),
    (("o2", "--leave-out", "--shift", "h1"), "Expected --leave-out alone, or --shift and --time, got both"),
    (("o2", "--leave-out", "--time", "00:00"), "nobody comes to an order that is left out"),
    (("o2", "--time", "25h"), "expected a time of day as HH:MM"),
    (("o2", "--time", "-1:00"), "doorstep explain --help"),
    (("o2", "--seconds", "nan"), "expected seconds above 0"),
    (("o2", "--json", "/no/such/folder/x.json"), "its folder is missing"),
]


@pytest.mark.parametrize(("words", "said"), REFUSED, ids=[row[1][:24] for row in REFUSED])
def test_what_cannot_be_asked_is_refused_in_a_sentence(day, words, said):
    code, out, told = day.run("explain", day.plan, *words)

    assert (code, out) == (2, "")
    assert said in told
    assert "Traceback" not in told


def test_a_plan_of_another_problem_is_refused(day, full):
    code, _, told = day.run("explain", full, "o5", "--problem", f"{day.plan}.problem.json")

    assert code == 2
    assert "Expected a plan that holds for its problem" in told


def test_a_full_disk_is_the_outside(day):
    code, _, told = day.run("explain", day.plan, "o2", *BRIEFLY, "--json", "/dev/full")

    assert code == 3
    assert "check rights and space" in told


def test_a_running_day_is_explained_as_it_stands(day):
    day.told({"kind": "time", "at": minute(4)})
    driven = day.run("explain", day.folder / "next.json", "o1", *BRIEFLY)
    coming = day.run("explain", day.folder / "next.json", "o3", *BRIEFLY)

    assert driven[0] == coming[0] == 0
    assert driven[1] == (
        "Shift h0 (d0) knocks at 00:01: the visit is driven, under way or frozen, and nobody's to choose any more.\n"
    )


def test_goods_on_board_are_refused_to_every_other_shift(day):
    day.told({"kind": "time", "at": minute(2)})
    code, out, _ = day.run("explain", day.folder / "next.json", "o3", "--shift", "h1", *BRIEFLY)
    told = day.run("explain", day.folder / "next.json", "o3", *BRIEFLY)[1]
    document = json.loads(day.run("explain", day.folder / "next.json", "o3", "--shift", "h1", *BRIEFLY, "--json")[1])

    assert (code, out) == (0, "No: it is on board of shift h0, and nobody else can bring it.\n")
    assert "\nIt is on board of shift h0, and nobody else can bring it.\n" in told
    assert "h1" not in told
    assert (document["holds"], document["on_board_of"]) == (False, "h0")


def test_an_order_left_out_on_board_is_offered_to_nobody_else(day):
    problem = street([stop(1), stop(2), stop(3)], [van(0, ends=at(60)), van(1, starts=at(30))])
    plan = day.written(problem, {"h0": ["s1", "s2", "s3"]}, "loaded.json")
    day.told({"kind": "windows", "at": minute(1), "order_id": "o3", "windows": [[minute(90), minute(99)]]}, plan=plan)
    _, out, _ = day.run("explain", day.folder / "next.json", "o3", *BRIEFLY)

    assert "It is on board of shift h0, and nobody else can bring it.\n" in out
    assert "It would be served if shift h0 ended " in out
    assert "h1" not in out


# solve --explain


def test_solve_explains_every_order_that_it_leaves_out(day, full):
    target = day.folder / "solved.json"
    words = ("--seconds", 0.05, "--explain", 0.02, "--out", target)
    code, _, told = day.run("solve", f"{full}.problem.json", *words)
    (row,) = json.loads(target.read_text())["unserved"]

    assert code == 0
    assert row["would_be_served_if"]
    assert f"unserved: order {row['order_id']}: " in told
    assert "  It would be served if " in told
    assert day.run("check", f"{full}.problem.json", target)[0] == 0


def test_solve_without_explain_looks_for_nothing(day, full):
    code, out, told = day.run("solve", f"{full}.problem.json", "--seconds", 0.05)

    assert code == 0
    assert [row["would_be_served_if"] for row in json.loads(out)["unserved"]] == [[]]
    assert "It would be served" not in told
    assert "No single change" not in told

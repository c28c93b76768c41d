"""Route Optimization requests: what they say is what the problem says, costs are theirs, the rest is refused."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstep.adapters.instances import route_optimization_prices, rows
from doorstep.adapters.instances.any_format import read_any, read_asked
from doorstep.adapters.instances.asked import Asked
from doorstep.adapters.instances.rows import as_first
from doorstep.domain.errors import YourInput
from doorstep.domain.places import Place, crow_metres
from doorstep.domain.plan import Plan
from doorstep.domain.problem import Break, Halt, Pair
from doorstep.domain.travel import by_slot
from doorstep.domain.units import Cents, Seconds
from doorstep.domain.windows import TimeWindow
from doorstep.operations.check import check, impossible_stops
from doorstep.operations.schedule import schedule
from doorstep.operations.search import search

EXAMPLES = Path(__file__).parents[2] / "examples"


def _at(lat: float, lon: float) -> dict[str, float]:
    return {"latitude": lat, "longitude": lon}


def _clock(text: str) -> str:
    return f"2026-03-02T{text}Z"


TOWN: dict[str, Any] = {
    "label": "monday",
    "model": {
        "globalStartTime": _clock("07:00:00"),
        "globalEndTime": _clock("19:00:00"),
        "shipments": [
            {
                "label": "sofa",
                "pickups": [{"arrivalLocation": _at(59.33, 18.05), "duration": "300s"}],
                "deliveries": [
                    {
                        "arrivalWaypoint": {"location": {"latLng": _at(59.34, 18.08)}},
                        "duration": "599.5s",
                        "timeWindows": [
                            {
                                "startTime": _clock("09:00:00"), "softEndTime": _clock("10:00:00"),
                                "endTime": _clock("12:00:00"), "costPerHourAfterSoftEndTime": 20,
                            }
                        ],
                    }
                ],
                "loadDemands": {"weight_kg": {"amount": "40"}},
                "penaltyCost": 150,
            },
            {
                "deliveries": [{"arrivalLocation": _at(59.31, 18.06), "duration": "120s", "cost": 1.5}],
                "loadDemands": {"weight_kg": {"amount": 3}, "boxes": {"amount": "1"}},
                "penaltyCost": 60.25,
                "allowedVehicleIndices": [1],
            },
            {"ignore": True, "deliveries": [{}]},
            {
                "pickups": [{"arrivalLocation": _at(59.32, 18.04), "visitTypes": ["stairs"]}],
                "loadDemands": {"weight_kg": {"amount": "5"}},
                "costsPerVehicle": [0.5, 2],
                "costsPerVehicleIndices": [0, 1],
                "penaltyCost": 80,
            },
        ],
        "vehicles": [
            {
                "label": "van", "startLocation": _at(59.30, 18.0), "endLocation": _at(59.30, 18.0),
                "loadLimits": {"weight_kg": {"maxLoad": "50"}, "boxes": {}},
                "costPerHour": 30, "costPerKilometer": 0.455, "fixedCost": 12,
                "routeDurationLimit": {
                    "maxDuration": "28800s", "softMaxDuration": "14400s", "costPerHourAfterSoftMax": 9,
                },
            },
            {
                "startLocation": _at(59.30, 18.0), "costPerTraveledHour": 18, "travelDurationMultiple": 1.5,
                "startTimeWindows": [{"startTime": _clock("08:00:00"), "endTime": _clock("08:00:00")}],
                "endTimeWindows": [{"endTime": _clock("16:00:00")}],
                "travelMode": "WALKING",
            },
        ],
    },
}  # fmt: skip
REST = {
    "breakRequests": [
        {"earliestStartTime": _clock("10:00:00"), "latestStartTime": _clock("13:00:00"), "minDuration": "1800s"}
    ]
}


def _asked(folder: Path, content: object) -> Asked:
    path = folder / "unnamed"
    path.write_text(json.dumps(content))
    return read_asked(path)


def _refusal(folder: Path, content: object) -> str:
    with pytest.raises(YourInput) as refused:
        _asked(folder, content)
    return str(refused.value)


def _answer(asked: Asked, sequences: dict[str, list[Halt]]) -> tuple[Plan, dict[str, Any]]:
    plan = schedule(asked.problem, sequences, seed=1, problem_sha256="")
    assert asked.answer is not None
    return plan, asked.answer(plan)


def _changed(path: list[Any], value: object, source: object = TOWN) -> Any:
    document: Any = json.loads(json.dumps(source))
    spot = document["model"] if path[0] in ("shipments", "vehicles") or str(path[0]).startswith("global") else document
    for step in path[:-1]:
        spot = spot[step]
    spot[path[-1]] = value
    return document


# What a problem says


def test_a_shipment_of_two_calls_is_a_pair_and_of_one_a_stop(tmp_path):
    problem = _asked(tmp_path, TOWN).problem

    assert [stop.stop_id for stop in problem.stops] == [
        "shipment-0-pickup", "shipment-0-delivery", "shipment-1", "shipment-3",
    ]  # fmt: skip
    assert problem.pairs == (Pair("shipment-0-pickup", "shipment-0-delivery"),)
    assert problem.dimensions == ("boxes", "weight_kg")
    assert [stop.amounts for stop in problem.stops] == [(0, 0), (0, 40), (1, 3), (0, 0)]
    assert [stop.picks for stop in problem.stops] == [(), (), (), (0, 5)]
    assert [stop.only for stop in problem.stops] == [frozenset()] * 2 + [frozenset({"vehicle-1"}), frozenset()]


def test_times_are_seconds_of_the_first_day(tmp_path):
    problem = _asked(tmp_path, TOWN).problem
    van, walker = problem.shifts

    assert problem.day == "2026-03-02"
    assert problem.stops[1].windows == (TimeWindow(Seconds(9 * 3600), Seconds(12 * 3600)),)
    assert (van.starts, van.ends, van.free_departure) == (7 * 3600, 19 * 3600, True)
    assert (walker.starts, walker.ends, walker.free_departure) == (8 * 3600, 16 * 3600, False)
    assert problem.stops[1].service == 600
    assert van.max_seconds == 28_800


def test_times_of_another_zone_are_the_same_instant(tmp_path):
    window = [{"startTime": "2026-03-02T10:00:00.5+01:00", "endTime": "2026-03-02T11:00:00.999999999+01:00"}]
    problem = _asked(tmp_path, _changed(["shipments", 0, "deliveries", 0, "timeWindows"], window)).problem

    assert problem.stops[1].windows == (TimeWindow(Seconds(9 * 3600 + 1), Seconds(10 * 3600)),)


def test_money_is_counted_in_units_fine_enough_for_every_cost(tmp_path):
    valuation = _asked(tmp_path, TOWN).problem.valuation

    assert valuation.rates["vehicle-0"].cents_per_km == 455
    assert valuation.rates["vehicle-0"].fixed_cents == 12_000
    assert valuation.unserved == {
        "shipment-0-pickup": 0, "shipment-0-delivery": 150_000, "shipment-1": 60_250, "shipment-3": 80_000,
    }  # fmt: skip


def test_a_soft_bound_is_a_price_of_lateness(tmp_path):
    curve = _asked(tmp_path, TOWN).problem.valuation.curves["shipment-0-delivery"]

    assert [curve.total(hour * 3600) for hour in (9, 10, 11, 12)] == [0, 0, 20_000, 40_000]


def test_pairings_say_what_depends_on_the_vehicle(tmp_path):
    tariff = _asked(tmp_path, TOWN).problem.valuation.pairings["tariff"]

    assert tariff["vehicle-0"]["shipment-1"] == 1500
    assert tariff["vehicle-1"]["shipment-1"] == 1500 - 18_000 * 120 // 3600
    assert tariff["vehicle-0"]["shipment-3"] == 500
    assert tariff["vehicle-1"]["shipment-3"] == 2000


def test_a_cost_that_every_vehicle_has_is_saved_by_leaving_out(tmp_path):
    shipments = [{"deliveries": [{"arrivalLocation": _at(1, 1), "duration": "60s"}], "penaltyCost": 5}]
    vehicles = [{"costPerTraveledHour": 60}, {"costPerTraveledHour": 60, "fixedCost": 1}]
    asked = _asked(tmp_path, {"model": {"shipments": shipments, "vehicles": vehicles}})
    valuation = asked.problem.valuation

    assert (valuation.pairings, valuation.unserved) == ({}, {"shipment-0": 600})
    assert _answer(asked, {})[1]["metrics"]["totalCost"] == 5


def test_what_is_mandatory_has_no_price_of_leaving_out(tmp_path):
    document = _changed(["shipments", 1, "penaltyCost"], None)

    assert "shipment-1" not in _asked(tmp_path, document).problem.valuation.unserved


def test_breaks_are_rules_and_paid_by_the_hour(tmp_path):
    rule = {**REST, "frequencyConstraints": [{"minBreakDuration": "900s", "maxInterBreakDuration": "7200s"}]}
    asked = _asked(tmp_path, _changed(["vehicles", 0, "breakRule"], {"breakRequests": rule["breakRequests"]}))
    shift = asked.problem.shifts[0]
    document = _changed(["vehicles", 0, "breakRule"], rule)
    del document["model"]["vehicles"][0]["routeDurationLimit"]
    (_, rhythm) = _asked(tmp_path, document).problem.shifts[0].breaks

    assert [(r.length, r.windows) for r in shift.breaks] == [(1800, (TimeWindow(Seconds(36_000), Seconds(46_800)),))]
    assert asked.problem.valuation.rates["vehicle-0"].fixed_cents == 12_000 + 15_000
    assert (rhythm.counted, rhythm.after, rhythm.length) == ("elapsed", 7200, 900)


def test_seconds_that_depend_on_the_vehicle_are_driven(tmp_path):
    document = _changed(["vehicles", 1, "extraVisitDurationForVisitType"], {"stairs": "60s", "lift": "5s"})
    document["model"]["shipments"][3]["pickups"][0]["duration"] = "100s"
    asked = _asked(tmp_path, document)
    plan, answer = _answer(asked, {"vehicle-1": ["shipment-3", "shipment-1"]})

    assert check(asked.problem, plan).holds
    assert answer["routes"][1]["metrics"]["visitDuration"] == "280s"
    assert int(answer["routes"][1]["transitions"][1]["waitDuration"][:-1]) == 0


def test_geodesic_distances_are_straight_lines_at_the_speed_asked_for(tmp_path):
    asked = _asked(tmp_path, {**TOWN, "useGeodesicDistances": True, "geodesicMetersPerSecond": 10})
    legs = by_slot(asked.problem.times["car"])
    metres = crow_metres(Place(18.05, 59.33), Place(18.08, 59.34))

    assert legs.metres[0, 0, 1] == round(metres)
    assert legs.seconds[0, 0, 1] == -(-metres // 10)
    assert asked.travel == "geodesic lines at 10 m/s"


MATRICES: dict[str, Any] = {
    "globalStartTime": _clock("08:00:00"),
    "globalEndTime": _clock("12:00:00"),
    "durationDistanceMatrixSrcTags": ["depot", "a", "b"],
    "durationDistanceMatrixDstTags": ["a", "b", "depot"],
    "durationDistanceMatrices": [
        {
            "rows": [
                {"durations": ["60s", "70s", "0s"], "meters": [600, 700, 0]},
                {"durations": ["0s", "10s", "61s"], "meters": [0, 100, 610]},
                {"durations": ["11s", "0s", "71.4s"], "meters": [110, 0, 710]},
            ]
        }
    ],
    "shipments": [
        {"deliveries": [{"tags": ["a", "street"], "duration": "5s"}]},
        {"deliveries": [{"tags": ["b"], "duration": "5s"}], "penaltyCost": 1},
    ],
    "vehicles": [{"startTags": ["depot"], "endTags": ["depot"], "costPerHour": 36, "travelDurationMultiple": 2}],
}


def test_matrices_are_read_by_tags(tmp_path):
    asked = _asked(tmp_path, {"model": MATRICES})
    plan, answer = _answer(asked, {"vehicle-0": ["shipment-0", "shipment-1"]})
    (route,) = answer["routes"]

    assert check(asked.problem, plan).holds
    assert [t["travelDuration"] for t in route["transitions"]] == ["120s", "20s", "142s"]
    assert route["metrics"]["travelDistanceMeters"] == 600 + 100 + 710
    assert answer["metrics"]["totalCost"] == pytest.approx((120 + 20 + 142 + 10) / 100)


def test_a_model_alone_is_read_and_keys_may_be_snake_case(tmp_path):
    def snake(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                "".join(f"_{c.lower()}" if c.isupper() else c for c in k): snake(v) if k != "loadDemands" else v
                for k, v in value.items()
            }
        return [snake(item) for item in value] if isinstance(value, list) else value

    whole, alone = _asked(tmp_path, TOWN).problem, _asked(tmp_path, snake(TOWN["model"])).problem

    assert alone.stops == whole.stops
    assert alone.shifts == whole.shifts
    assert alone.valuation == whole.valuation


def test_a_departure_elsewhere_is_where_the_next_leg_begins(tmp_path):
    shipments = [
        {"deliveries": [{"arrivalLocation": _at(0, 0.01), "departureLocation": _at(0, 0.5)}]},
        {"deliveries": [{"arrivalLocation": _at(0, 0.51)}]},
    ]
    asked = _asked(tmp_path, {"model": {"shipments": shipments, "vehicles": [{"startLocation": _at(0, 0)}]}})
    plan, _ = _answer(asked, {"vehicle-0": ["shipment-0", "shipment-1"]})

    assert plan.routes[0].metres == pytest.approx(2 * 1.4 * 1112, abs=5)


def test_injected_routes_are_where_a_search_begins(tmp_path):
    visits = [{"shipmentIndex": 3, "isPickup": True}, {"isPickup": True, "startTime": _clock("09:00:00")}, {}]
    asked = _asked(tmp_path, {**TOWN, "injectedFirstSolutionRoutes": [{"visits": visits}, {"vehicleIndex": 1}]})

    assert asked.start["vehicle-0"] == ("shipment-3", "shipment-0-pickup", "shipment-0-delivery")


# The answer


def test_an_answer_has_visits_transitions_and_metrics_that_add_up(tmp_path):
    asked = _asked(tmp_path, _changed(["vehicles", 0, "breakRule"], REST))
    halts: list[Halt] = ["shipment-0-pickup", "shipment-0-delivery", Break(Seconds(1800)), "shipment-3"]
    plan, answer = _answer(asked, {"vehicle-0": halts})
    route, idle = answer["routes"]
    metrics = route["metrics"]

    assert check(asked.problem, plan).holds
    assert idle == {"vehicleIndex": 1}
    assert route["vehicleLabel"] == "van"
    assert [(v["shipmentIndex"], v["isPickup"]) for v in route["visits"]] == [(0, True), (0, False), (3, True)]
    assert [v["loadDemands"] for v in route["visits"]] == [
        {"weight_kg": {"amount": "40"}}, {"weight_kg": {"amount": "-40"}}, {"weight_kg": {"amount": "5"}},
    ]  # fmt: skip
    assert len(route["transitions"]) == 4
    assert route["breaks"][0]["duration"] == route["transitions"][2]["breakDuration"] == "1800s"
    assert metrics["maxLoads"] == {"boxes": {"amount": "0"}, "weight_kg": {"amount": "40"}}
    parts = [int(metrics[f"{key}Duration"][:-1]) for key in ("travel", "wait", "delay", "break", "visit")]
    assert sum(parts) == int(metrics["totalDuration"][:-1])
    assert sum(int(t["totalDuration"][:-1]) for t in route["transitions"]) + 900 == int(metrics["totalDuration"][:-1])
    assert answer["metrics"]["totalCost"] == pytest.approx(plan.cents["total"] / 1000, abs=0.005)
    assert set(route["routeCosts"]) >= {"model.vehicles.fixed_cost", "model.vehicles.cost_per_hour"}
    assert answer["requestLabel"] == "monday"
    assert "straight lines" in answer["travel"]


def test_an_answer_is_taken_back_as_the_routes_to_begin_from(tmp_path):
    halts: list[Halt] = ["shipment-0-pickup", "shipment-3", "shipment-0-delivery"]
    _, answer = _answer(_asked(tmp_path, TOWN), {"vehicle-0": halts, "vehicle-1": ["shipment-1"]})
    again = _asked(tmp_path, {**TOWN, "injectedFirstSolutionRoutes": answer["routes"]})

    assert again.start == {"vehicle-0": tuple(halts), "vehicle-1": ("shipment-1",)}
    assert _answer(again, {shift: list(row) for shift, row in again.start.items()})[1] == answer


def test_skipped_shipments_say_why(tmp_path):
    document = _changed(["shipments", 0, "loadDemands", "weight_kg", "amount"], "60")
    document["model"]["vehicles"][1]["loadLimits"] = {"weight_kg": {"maxLoad": "7"}}
    document["model"]["shipments"][1]["deliveries"][0]["timeWindows"] = [{"endTime": _clock("07:00:01")}]
    _, answer = _answer(_asked(tmp_path, document), {})
    heavy, late, fine, ignored = answer["skippedShipments"]

    assert heavy["reasons"] == [{"code": "DEMAND_EXCEEDS_VEHICLE_CAPACITY", "exampleVehicleIndex": 0}]
    assert heavy["label"] == "sofa"
    assert heavy["estimatedIncompatibleVehicleRatio"] == 1.0
    assert [reason["code"] for reason in late["reasons"]] == [
        "CANNOT_BE_PERFORMED_WITHIN_VEHICLE_TIME_WINDOWS", "VEHICLE_NOT_ALLOWED",
    ]  # fmt: skip
    assert fine["reasons"] == []
    assert ignored == {"index": 2, "reasons": [{"code": "SHIPMENT_IGNORED"}]}
    assert all(row["description"] for row in (heavy, late, fine))
    assert answer["metrics"]["totalCost"] == 150 + 60.25 + 80


def test_an_answer_is_the_same_bytes_every_time(tmp_path):
    asked = _asked(tmp_path, TOWN)
    texts = {json.dumps(_answer(asked, {"vehicle-1": ["shipment-1", "shipment-3"]})[1]) for _ in range(3)}

    assert len(texts) == 1


def test_a_plan_of_another_problem_has_no_answer_here(tmp_path):
    plan, _ = _answer(_asked(tmp_path, TOWN), {"vehicle-0": ["shipment-0-pickup"]})
    other = _asked(tmp_path, {"model": MATRICES})

    assert other.answer is not None
    with pytest.raises(YourInput, match="Expected a plan of this request"):
        other.answer(plan)


@st.composite
def models(draw: st.DrawFn) -> dict[str, Any]:
    """Small models whose seconds cost whole cents: two vehicles that differ, windows and visits that cost."""
    tags = ["a", "b", "c"]
    rates = st.sampled_from([0, 36, 72])
    matrix = [
        {
            "durations": [f"{draw(st.integers(0, 900))}s" if i != j else "0s" for j in range(3)],
            "meters": [1000 * abs(i - j) for j in range(3)],
        }
        for i in range(3)
    ]
    window = {
        "softStartTime": _clock("08:10:00"), "softEndTime": _clock("08:20:00"),
        "costPerHourBeforeSoftStartTime": draw(rates), "costPerHourAfterSoftEndTime": draw(rates),
    }  # fmt: skip
    shipments = [
        {
            "deliveries": [
                {
                    "tags": [tags[k % 3]], "duration": f"{draw(st.integers(0, 300))}s", "cost": k,
                    "visitTypes": ["x"] * (k % 2),
                    **({"timeWindows": [window]} if draw(st.booleans()) else {}),
                }
            ],
            "penaltyCost": 40 + k,
            **({"costsPerVehicle": [1, 2]} if draw(st.booleans()) else {}),
        }
        for k in range(4)
    ]  # fmt: skip
    vehicles = [
        {
            "startTags": ["a"], "endTags": [tags[k]], "costPerHour": draw(rates), "costPerTraveledHour": draw(rates),
            "fixedCost": k, "costPerKilometer": 1,
            "extraVisitDurationForVisitType": {"x": f"{draw(st.integers(0, 90))}s"},
            "routeDurationLimit": {"softMaxDuration": "1000s", "costPerHourAfterSoftMax": draw(rates)},
        }
        for k in range(2)
    ]  # fmt: skip
    return {
        "globalStartTime": _clock("08:00:00"),
        "globalEndTime": _clock("20:00:00"),
        "durationDistanceMatrixSrcTags": tags,
        "durationDistanceMatrices": [{"rows": matrix}],
        "shipments": shipments,
        "vehicles": vehicles,
    }


@given(models(), st.permutations(range(4)), st.permutations(range(4)), st.tuples(*[st.integers(0, 4)] * 4))
def test_plans_differ_in_cents_as_they_do_in_the_requests_costs(tmp_path_factory, model, one, other, cuts):
    asked = _asked(tmp_path_factory.mktemp("model"), {"model": model})
    names = [[f"shipment-{k}" for k in order] for order in (one, other)]
    beyond = []
    for order, a, b in ((names[0], *cuts[:2]), (names[1], *cuts[2:])):
        sequences: dict[str, list[Halt]] = {"vehicle-0": [*order[: min(a, b)]], "vehicle-1": [*order[max(a, b) :]]}
        plan, answer = _answer(asked, sequences)
        assert check(asked.problem, plan).holds
        beyond.append(plan.cents["total"] - 100 * answer["metrics"]["totalCost"])

    assert beyond[0] == pytest.approx(beyond[1], abs=5)


@pytest.mark.usefixtures("kernels")
def test_a_shipment_that_must_be_served_outweighs_any_penalty(tmp_path):
    call, load = {"arrivalLocation": _at(59.35, 18.06)}, {"weight_kg": {"amount": 3}}
    dear = [{"pickups": [call], "loadDemands": load, "penaltyCost": 20_000_000}] * 9
    van = {"startLocation": _at(59.33, 18.05), "costPerKilometer": 1, "loadLimits": {"weight_kg": {"maxLoad": 5}}}
    shipments = [*dear, {"pickups": [call], "loadDemands": load}]
    (tmp_path / "request.json").write_text(json.dumps({"model": {"shipments": shipments, "vehicles": [van]}}))

    found = search(read_any(tmp_path / "request.json"), seconds=60, seed=1, iterations=50)

    assert found.sequences == {"vehicle-0": ("shipment-9",)}


# What is refused


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        (["shipments", 0, "pickups"], [{}, {}], "pickups: expected one of pickups, got 2 to choose from"),
        (["shipments", 0, "pickups", 0, "arrivalLocation"], None, "expected an arrivalLocation, because there are no"),
        (["shipments", 0, "pickups", 0, "arrivalLocation"], _at(91, 0), "latitude: expected a number from -90 to 90"),
        (["shipments", 0, "pickups", 0, "arrivalLocation"], {"latitude": float("nan")}, "expected a number from -90"),
        (["shipments", 0, "pickups", 0, "duration"], "5 min", "duration: expected a duration of up to 1,000,000,000 s"),
        (["shipments", 0, "pickups", 0, "duration"], "-5s", "duration: expected a duration"),
        (["shipments", 0, "pickups", 0, "duration"], 5, "duration: expected a duration"),
        (["shipments", 0, "pickups", 0, "duration"], "9999999999s", "duration: expected a duration"),
        (
            ["shipments", 0, "pickups", 0, "loadDemands"],
            {"x": {"amount": 1}},
            "loadDemands at the shipment of a pickup",
        ),
        (["shipments", 0, "deliveries", 0, "timeWindows"], [{"startTime": "noon"}], "startTime: expected a timestamp"),
        (
            ["shipments", 0, "deliveries", 0, "timeWindows"],
            [{"startTime": "2026-03-02T09:00:00"}],
            "expected a timestamp",
        ),
        (
            ["shipments", 0, "deliveries", 0, "timeWindows"],
            [{"startTime": _clock("10:00:00"), "endTime": _clock("09:00:00")}],
            "timeWindows[0]: expected startTime, softStartTime, softEndTime and endTime in this order",
        ),
        (
            ["shipments", 0, "deliveries", 0, "timeWindows"],
            [{}, {}],
            "timeWindows: expected windows in order and apart",
        ),
        (["shipments", 0, "penaltyCost"], -1, "penaltyCost: expected a number from 0"),
        (["shipments", 0, "penaltyCost"], float("inf"), "penaltyCost: expected a number from 0"),
        (["shipments", 0, "penaltyCost"], 5e9, "Expected costs below 400,000,000, got 5,000,000,000"),
        (["shipments", 0, "pickupToDeliveryTimeLimit"], "9s", "shipments[0]: expected only pickups, deliveries"),
        (["shipments", 0, "loadDemands", "weight_kg"], {"amount": "lots"}, "amount: expected a whole number"),
        (["shipments", 0, "loadDemands", "weight_kg"], {"amount": "99999999999"}, "amount: expected a whole number"),
        (
            ["shipments", 1, "allowedVehicleIndices"],
            [2],
            "allowedVehicleIndices[0]: expected a whole number from 0 to 1",
        ),
        (
            ["shipments", 3, "costsPerVehicle"],
            [1],
            "costsPerVehicle: expected 2 costs, one for each vehicle named, got 1",
        ),
        (["shipments"], [{}], "shipments[0]: expected a pickup or a delivery"),
        (["shipments"], [{"pickups": []}] * 100_001, "shipments: expected at most 100,000 items"),
        (["shipments"], 7, "shipments: expected a list"),
        (["vehicles"], [], "expected at least one vehicle that is not ignored"),
        (["vehicles", 0, "unloadingPolicy"], "FIRST_IN_FIRST_OUT", "expected LAST_IN_FIRST_OUT or none"),
        (["vehicles", 0, "unloadingPolicy"], 1, None),
        (["vehicles", 0, "travelMode"], "FLYING", "travelMode: expected one of TRAVEL_MODE_UNSPECIFIED, DRIVING"),
        (["vehicles", 0, "travelDurationMultiple"], 0, "travelDurationMultiple: expected a number from 0.001"),
        (["vehicles", 0, "loadLimits", "weight_kg"], {"softMaxLoad": "3"}, "expected only maxLoad, got 'softMaxLoad'"),
        (["vehicles", 0, "usedIfRouteIsEmpty"], True, "usedIfRouteIsEmpty: expected none, got true"),
        (["vehicles", 0, "usedIfRouteIsEmpty"], False, None),
        (["vehicles", 0, "costPerHour"], "thirty", "costPerHour: expected a number"),
        (["vehicles", 0, "fixedCost"], 1e10, "expected costs of at most 1,000,000, got 1e+10"),
        (["vehicles", 0, "endWaypoint"], {"placeId": "x"}, None),
        (["vehicles", 1, "endWaypoint"], {"placeId": "x"}, "a placeId can't be looked up here"),
        (
            ["vehicles", 0, "startTimeWindows"],
            [{"startTime": _clock("08:00:00"), "endTime": _clock("09:00:00")}],
            "startTimeWindows: expected a start window of one instant, or one that ends with the vehicle's hours",
        ),
        (["vehicles", 0, "endTimeWindows"], [{"startTime": _clock("15:00:00")}], "expected no earliest end after the"),
        (
            ["vehicles", 0, "endTimeWindows"],
            [{"endTime": _clock("06:00:00")}],
            "expected hours that end after they begin",
        ),
        (
            ["vehicles", 0, "endTimeWindows"],
            [{"softEndTime": _clock("15:00:00"), "costPerHourAfterSoftEndTime": 3}],
            "a price for ending late only where the vehicle starts at one instant",
        ),
        (
            ["vehicles", 1, "endTimeWindows"],
            [{"softEndTime": _clock("15:00:00"), "costPerHourAfterSoftEndTime": 3}],
            None,
        ),
        (["vehicles", 0, "routeDurationLimit"], {"quadraticSoftMaxDuration": "9s"}, "expected only maxDuration"),
        (["globalEndTime"], _clock("06:00:00"), "globalEndTime: expected an end after globalStartTime"),
        (["globalStartTime"], "1971-01-01T00:00:00Z", "expected a model that ends within thirty years"),
        (["globalDurationCostPerHour"], 3, "globalDurationCostPerHour: expected none, got 3"),
        (["label"], "other", None),
        (["solvingMode"], "VALIDATE_ONLY", "solvingMode: expected DEFAULT_SOLVE"),
        (["considerRoadTraffic"], True, None),
        (["useGeodesicDistances"], True, "expected 'geodesicMetersPerSecond', found none"),
        (["refreshDetailsRoutes"], [{}], "refreshDetailsRoutes: expected none"),
        (["injectedFirstSolutionRoutes"], [{"vehicleIndex": 5}], "vehicleIndex: expected the index of a vehicle"),
        (
            ["injectedFirstSolutionRoutes"],
            [{"visits": [{"shipmentIndex": 2}]}],
            "visits[0]: expected a pickup or delivery",
        ),
        (["injectedFirstSolutionRoutes"], [{"visits": [{}, {}]}], "expected every call in one visit"),
        (["colour"], "red", "expected only model, label"),
    ],
)
def test_what_cannot_be_right_or_planned_is_refused(tmp_path, path, value, says):
    document = _changed(path, value)

    if says is None:
        assert len(_asked(tmp_path, document).problem.stops) == 4
    else:
        assert says in _refusal(tmp_path, document)


@pytest.mark.parametrize("key", ["shipmentTypeRequirements", "shipmentTypeIncompatibilities", "precedenceRules"])
def test_what_binds_shipments_to_each_other_is_refused_by_name(tmp_path, key):
    document = json.loads(json.dumps(TOWN))
    document["model"][key] = [{"requiredShipmentTypeAlternatives": ["x"]}]

    assert f"model.{key}: expected none" in _refusal(tmp_path, document)


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        (["shipments", 0, "deliveries", 0, "tags"], ["nowhere"], "tags: expected one tag that is a row and a column"),
        (["shipments", 0, "deliveries", 0, "tags"], None, "expected 'tags', found none"),
        (["durationDistanceMatrices", 0, "rows"], [], "rows: expected 3 rows, one for each source tag, got 0"),
        (["durationDistanceMatrices", 0, "rows", 1, "durations"], ["1s"], "expected 3 durations and meters"),
        (["durationDistanceMatrices", 0, "rows", 1, "durations", 0], "-1s", "durations[0]: expected a duration"),
        (["durationDistanceMatrices", 0, "rows", 1, "meters", 1], float("nan"), "meters[1]: expected a number from 0"),
        (["durationDistanceMatrices", 0, "rows", 1, "durations", 0], "9s", "expected 0 s and 0 m from a tag to itself"),
        (["durationDistanceMatrices", 0, "vehicleStartTag"], "truck", "expected one matrix for its startTags"),
        (["durationDistanceMatrixSrcTags"], ["a", "a", "b"], "expected each tag once"),
    ],
)
def test_matrices_that_cannot_be_right_are_refused(tmp_path, path, value, says):
    document: Any = json.loads(json.dumps(MATRICES))
    spot = document
    for step in path[:-1]:
        spot = spot[step]
    spot[path[-1]] = value

    assert says in _refusal(tmp_path, {"model": document})


def test_prices_with_too_many_vehicles_are_refused_before_they_are_laid_out(tmp_path, monkeypatch):
    laid: list[dict[str, Cents]] = []

    def noted(row: dict[str, Cents], *others: Any) -> dict[str, Cents]:
        laid.append(row)
        return as_first(row, *others)

    monkeypatch.setattr(rows, "MOST_PAIRINGS", 50)
    monkeypatch.setattr(route_optimization_prices, "as_first", noted)
    here, vehicles = _at(41.1, -8.6), range(20)
    shipments = [
        {"deliveries": [{"arrivalLocation": here}], "costsPerVehicle": [1], "costsPerVehicleIndices": [k]}
        for k in vehicles
    ]
    ends = {"startLocation": here, "endLocation": here}
    day = {"globalStartTime": _clock("07:00:00"), "globalEndTime": _clock("19:00:00")}
    said = _refusal(tmp_path, {"model": {**day, "shipments": shipments, "vehicles": [ends for _ in vehicles]}})

    assert "got 20 vehicles that cost differently at 20 tasks; let them cost the same at doors" in said
    assert len(laid) == 2


@pytest.mark.parametrize("depth", [100, 960, 990, 1100, 1200, 5000])
def test_lists_in_lists_are_a_sentence(tmp_path, depth):
    path = tmp_path / "deep"
    deep = "[" * depth + "]" * depth
    path.write_text(f'{{"model": {{"shipments": [{{"deliveries": [{{"duration": {deep}}}]}}], "vehicles": [{{}}]}}}}')

    with pytest.raises(YourInput, match="expected"):
        read_any(path)


@given(st.data())
def test_a_request_with_one_thing_changed_is_a_sentence_or_a_problem(tmp_path_factory, data):
    document: Any = json.loads(json.dumps(data.draw(st.sampled_from([TOWN, {"model": MATRICES}]))))
    spots: list[tuple[Any, Any]] = []
    todo: list[Any] = [document]
    while todo:
        at = todo.pop()
        for key in list(at) if isinstance(at, dict) else range(len(at)):
            spots.append((at, key))
            if isinstance(at[key], dict | list):
                todo.append(at[key])
    spot, key = data.draw(st.sampled_from(spots))
    odd: st.SearchStrategy[Any] = st.sampled_from(
        [None, "", "x", "5s", -1, 0, 1.5, 10**30, float("nan"), [], {}, [[]], True, [None], {"latitude": 1}]
    )
    spot[key] = data.draw(odd)
    path = tmp_path_factory.mktemp("odd") / "file"
    path.write_text(json.dumps(document))

    said = _said(path)

    assert said is None or "xpected" in said


def _said(path: Path) -> str | None:
    try:
        impossible_stops(read_any(path))
    except YourInput as refused:
        return str(refused)
    return None

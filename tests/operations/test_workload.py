import numpy as np

from doorstep.operations.workload import strain_by_shift, strain_units


def test_stairs_wear_out_and_lifts_spare():
    assert strain_units("flat", 5, lift=False) > strain_units("flat", 5, lift=True)
    assert strain_units("flat", 3, lift=False, weight_g=20_000) > strain_units("flat", 3, lift=False)
    assert strain_units("house", -1, lift=False) == 1


def test_a_shift_bears_the_sum_of_its_doors():
    visits = {
        "shift_id": np.array(["s1", "s1", "s2", ""], dtype=object),
        "kind": np.array(["house", "flat", "business", "flat"], dtype=object),
        "floor": np.array([np.nan, 4.0, 2.0, 9.0]),
        "lift": np.array([np.nan, 0.0, 1.0, 0.0]),
        "weight_g": np.array([100.0, 100.0, np.nan, 100.0]),
    }

    assert strain_by_shift(visits) == {"s1": 1 + 6, "s2": 1}

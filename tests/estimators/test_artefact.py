import json

import numpy as np

from doorstep.estimators.artefact import model_id, packed, unpacked


def test_arrays_come_back_with_shape_and_missing_values():
    values = np.array([[1.5, np.nan], [-2.0, 0.25]])
    back = unpacked(json.loads(json.dumps(packed(values))))

    assert back.shape == (2, 2)
    assert np.array_equal(back, values, equal_nan=True)


def test_another_content_gets_another_id():
    assert model_id("m", {"a": 1.0}) != model_id("m", {"a": 1.5})

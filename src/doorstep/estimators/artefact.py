"""Models as text: arrays and tables in JSON that come back to the bit, with an id that their content gives."""

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from doorstep.estimators.columns import Floats


def packed(values: Floats) -> dict[str, Any]:
    """Return an array as JSON can hold it: its shape and its float32 values in base64, little-endian."""
    raw = np.ascontiguousarray(values, dtype="<f4").tobytes()
    return {"shape": list(values.shape), "f4": base64.b64encode(raw).decode("ascii")}


def unpacked(kept: Mapping[str, Any]) -> Floats:
    """Return the array that `packed` kept, as float64."""
    flat = np.frombuffer(base64.b64decode(kept["f4"]), dtype="<f4")
    return flat.reshape(kept["shape"]).astype(np.float64)


def model_id(name: str, content: Mapping[str, Any]) -> str:
    """Return `name` and twelve hexadecimal digits that only this content gives.

    >>> model_id("presence", {"a": 1}) == model_id("presence", {"a": 1})
    True
    """
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return f"{name}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"

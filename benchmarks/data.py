"""Where published instances and maps lie: in the folder that DOORSTEP_DATA names, else in one beside the clone."""

import os
from pathlib import Path

DATA = Path(os.environ.get("DOORSTEP_DATA") or Path(__file__).resolve().parents[2] / "shared/data")

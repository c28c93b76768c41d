"""Why a plan is as it is, and what would change it: what is said to be possible was planned again and checked."""

from doorstep.operations.explain.left_out import would_be_served_if
from doorstep.operations.explain.on_board import carrier_of
from doorstep.operations.explain.visit import Instead, WhyHere, why_here
from doorstep.operations.explain.what_if import WhatIf, what_if

__all__ = ["Instead", "WhatIf", "WhyHere", "carrier_of", "what_if", "why_here", "would_be_served_if"]

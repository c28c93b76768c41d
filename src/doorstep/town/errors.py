"""What can be wrong with what a town is asked.

YourInput
  BadTown        a setting from which no town can be made
  UnknownInPlan  a plan that names an order, a shift or a day this town does not have
"""

from doorstep.domain.errors import YourInput


class BadTown(YourInput):
    """A setting from which no town can be made; the text says which and what would do."""


class UnknownInPlan(YourInput):
    """A plan that names something this town does not have; the text names it."""

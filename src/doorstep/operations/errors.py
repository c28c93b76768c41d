"""What can go wrong when a plan is made.

YourInput
  UnknownStop       a sequence names a stop or a shift that the problem does not have
  StopTwice         a sequence visits a stop more than once
  UnplannableInput  the problem holds figures that no search can work with
OurBug
  KernelDisagrees   the compiled search and the plain schedule price the same plan differently
"""

from doorstep.domain.errors import OurBug, YourInput


class UnknownStop(YourInput):
    """A sequence names a stop or a shift that the problem does not have."""


class StopTwice(YourInput):
    """A sequence visits a stop more than once."""


class UnplannableInput(YourInput):
    """The problem holds figures that no search can work with."""


class KernelDisagrees(OurBug):
    """The compiled search and the plain schedule price the same plan differently."""

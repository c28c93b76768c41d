"""The three kinds of error somebody can act on; each room hangs its own tree below them.

DoorstepError
  YourInput   what was given can't be right: exit code 2
  Outside     a disk, a socket or a vendor let us down: exit code 3
  OurBug      an invariant of ours broke: exit code 1

A text says what was expected, what came, and what to do.
"""


class DoorstepError(Exception):
    """Anything doorstep raises on purpose."""

    exit_code = 1


class YourInput(DoorstepError):
    """Something given to us can't be right; the text says what to change."""

    exit_code = 2


class Outside(DoorstepError):
    """A disk, a socket or a vendor failed; the text says what to check."""

    exit_code = 3


class OurBug(DoorstepError):
    """A promise of our own was broken; the text says which."""

    exit_code = 1

"""What can be wrong with roads.

YourInput
  UnreachablePlace   a place has no road near, or lies in a piece of the network that the rest can't reach

It is defined in the domain because the engine's adapter raises it and rooms never import rooms.
"""

from doorstep.domain.streets import UnreachablePlace

__all__ = ["UnreachablePlace"]

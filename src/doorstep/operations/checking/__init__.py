"""The topics of `operations.check`: figures, halts, driving, loads, duty, energy, money, permission.

Nothing here is shared with the search or the scheduler, on purpose: what a plan means is written a second time, so that
a slip on one side shows as a difference.
"""

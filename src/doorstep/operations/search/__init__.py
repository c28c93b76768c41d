"""Ruin-and-recreate on the true price, compiled."""

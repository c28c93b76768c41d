"""Readers of other people's problem formats; which one a file is in is told from its content, never its name."""

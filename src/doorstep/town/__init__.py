"""A town that never was: streets, people and their hidden behaviour."""

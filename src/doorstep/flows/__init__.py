"""The verbs, one per file; each reads as its own checklist."""

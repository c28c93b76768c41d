"""Features as of an instant, held-out scores, gates. Knows no model by name."""

"""What may be learned from, as of an instant: datasets declared as SQL. Knows no model by name."""

"""Statistics that know nothing of delivery: arrays in, distributions out."""

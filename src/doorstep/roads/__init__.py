"""The road network: places, slots, speeds, addresses."""

"""While the day runs: what happened, what is driven and told, and ways to go on."""

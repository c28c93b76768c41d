"""Who goes where when: search, pricing, checking."""

"""What each arrival is worth, in cents."""

"""What the law leaves a driver, whether a roster kept it, and how work is spread fairly."""

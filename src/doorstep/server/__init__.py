"""The doors: command line, settings, wiring."""

"""Last-mile delivery intelligence in three layers: operations, customers, economics."""

__version__ = "0.1.0"

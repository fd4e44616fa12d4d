"""Meguri (巡り): the circular economy of EV batteries, in one open system."""

__version__ = "0.1.0"

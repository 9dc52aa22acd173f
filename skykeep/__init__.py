"""Skykeep keeps the sky over a place: facts in, verdicts out, proof kept."""

__version__ = "0.1.0"

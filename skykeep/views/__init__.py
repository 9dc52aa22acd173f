"""Folds over facts that people look at."""

"""Proofs over bytes; knows nothing of airspace."""

"""The law: zones, permits, and which words rule a flight."""

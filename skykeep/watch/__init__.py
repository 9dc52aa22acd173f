"""The pure step from facts to conclusions."""

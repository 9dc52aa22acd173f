"""One file a standard, between bytes and facts."""

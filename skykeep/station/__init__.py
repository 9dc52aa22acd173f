"""One running Skykeep: feeds, store, keys, clock and loop."""

"""How a running station's record is kept: backup and restore, retention, erasure, rebuilding what is made of it."""

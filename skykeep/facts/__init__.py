"""Everything that may stand in the record."""

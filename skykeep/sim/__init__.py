"""An invented city, true by construction, from one seed."""

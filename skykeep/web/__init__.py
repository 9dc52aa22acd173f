"""The web process: reads the record and the live stream, sends commands to the station; holds no key of the record."""

"""The four families of failure, each addressed to the one who can act on it."""


class SkykeepError(Exception):
    """Base of the four families; never raised itself."""


class Malformed(SkykeepError):
    """Bytes from outside break their standard: the feed records it, counts it and goes on."""


class Refused(SkykeepError):
    """Somebody asked for what the rules forbid; the message names rule, place and remedy."""


class Unavailable(SkykeepError):
    """Disk, network, key or clock is not there; the station says so and degrades."""


class Corrupt(SkykeepError):
    """Our own record does not verify: seal it, begin a new one, tell the officer; never repair."""

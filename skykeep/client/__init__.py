"""A thin typed client of a station's API, for scripts and other programs."""

from skykeep.client.problem import Problem
from skykeep.client.station import Station

__all__ = ["Problem", "Station"]

"""`[public]` of a station's configuration: what everybody may see, and whether everybody may report a drone."""

from __future__ import annotations

import msgspec


class PlaceConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[[public.place]]`: a place that people can name when they ask whether they may fly."""

    name: str  # as people call it
    lat_deg: float  # WGS 84
    lon_deg: float  # WGS 84


class PublicConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[public]`: the page that everybody sees."""

    lat_deg: float | None = None  # the middle of the place that is kept
    lon_deg: float | None = None  # the same
    radius_km: float = 10.0  # how far it reaches; a zone that holds all of it is told before everything else
    height_m: int = 120  # up to which height above the ground is answered unless somebody names another
    permit_link: str = ""  # where people apply for a permit; "": at this station, where it takes applications
    emergency_phone: str = ""  # whom to call where somebody is in danger; "": the page names no number
    duty_phone: str = ""  # of the duty room; stands beside the form for reports where it is given
    sightings: bool = True  # whether everybody may report a drone
    sightings_per_hour: int = 6  # of one address
    incident_counts: bool = False  # publish how many incidents there were in each month; ask whether the law lets you
    place: list[PlaceConfig] = []

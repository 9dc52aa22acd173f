"""What was found out about a track besides its verdicts: how surely it is there, what it is, what it nears."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec

from skykeep.facts.alarms import HEALTH, reason_of
from skykeep.facts.concluded import ApproachSeen, ExistenceMoved
from skykeep.views import words
from skykeep.views.picture import Picture
from skykeep.views.track import Track

KIND_PPM = 500_000  # below this probability, no kind is named
_GRAVITY = ("approach", "within", "hover")
IDS_NAMED = 6
ONCE_MAX = 20  # tracks that spoke for themselves and were never established, told one by one


class SiteAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """How near a track came to a protected site, at the gravest moment."""

    site_id: str
    site_name: str
    kind: str  # "approach", "within" or "hover"
    distance_m: float
    t_ns: int
    utc: str
    closest_m: float | None  # if it had gone on as it did then
    closest_utc: str | None
    sentence: str


class Findings(msgspec.Struct, frozen=True, kw_only=True):
    """What was found out about a track, as it stood at the end."""

    existence: float | None  # probability that there is a body; None: the record does not say
    rung: str | None  # how far anyone can say that something flies there
    rung_words: str
    kind: str | None  # what it likely is
    kind_words: str
    kind_probability: float | None
    sensors: tuple[str, ...]  # whose reports made it, those that gave most first
    modalities: tuple[str, ...]  # kinds of sensor that saw it, physically independent of each other
    absent: tuple[str, ...]  # sensors that cover the place and did not see it
    explained: tuple[str, ...]  # harmless things that it may be, in words
    sites: tuple[SiteAnswer, ...]
    foreseen: tuple[str, ...]  # zones that it would enter if it went on, in words
    together_with: tuple[int, ...]  # tracks that moved with it


def findings(picture: Picture, track: Track) -> Findings:
    """Return what was found out about one track."""
    rung = track.rungs[-1] if track.rungs else None
    kind, ppm = track.likeliest or (None, 0)
    known = [point.existence_ppm for point in track.points[-1:] if point.existence_ppm is not None]
    fed = sorted(track.fed, key=lambda sensor_id: (-track.fed[sensor_id], sensor_id))
    return Findings(
        existence=known[0] / 1e6 if known else None,
        rung=None if rung is None else rung.rung.value,
        rung_words="" if rung is None else rung_words(rung),
        kind=kind,
        kind_words="" if kind is None else kind_words(kind, ppm),
        kind_probability=None if kind is None else ppm / 1e6,
        sensors=tuple(words.shown(sensor_id, 60) for sensor_id in fed),
        modalities=() if rung is None else rung.modalities,
        absent=() if rung is None else tuple(words.shown(each, 60) for each in rung.absent),
        explained=() if rung is None else tuple(explained_words(rung, own=_own(track))),
        sites=tuple(_sites(picture, track)),
        foreseen=tuple(_foreseen(picture, track)),
        together_with=picture.company(track.track_id),
    )


def rung_words(told: ExistenceMoved) -> str:
    """Return the rung with what it rests on: "confirmed by radar and Remote ID"."""
    by = _joined([words.MODALITY.get(each, words.shown(each, 40)) for each in told.modalities])
    return f"{words.RUNG[told.rung]}{f' by {by}' if by else ''}"


def kind_words(kind: str, ppm: int) -> str:
    """Return what it likely is: "multirotor (93 %)"; where nothing is likely, that."""
    if ppm < KIND_PPM or kind == "unknown":
        return words.CLASS["unknown"]
    return f"{words.CLASS.get(kind, words.shown(kind, 40))} ({_percent(ppm)})"


def _own(track: Track) -> frozenset[str]:
    """Return what explains a track by itself: its answer says already that it is manned, exempt or permitted."""
    permits = (told.permit_id for told in track.verdicts if told.permit_id is not None)
    return frozenset((f"track {track.track_id}", "exempt", *permits))


def explained_words(told: ExistenceMoved, *, own: frozenset[str] = frozenset()) -> Iterator[str]:
    """Yield the harmless things that it may be, the likeliest first, but for what it is by its `own` words."""
    for kind, which, ppm in sorted(told.explained, key=lambda each: -each[2]):
        if which in own:
            continue
        name = f" {words.shown(which, 60)}" if which else ""
        yield f"{words.EXPLAINED.get(kind, words.shown(kind, 40))}{name} ({_percent(ppm)})"


def _percent(ppm: int) -> str:
    return f"{min(max(round(ppm / 1e4), 1), 99)}\N{NO-BREAK SPACE}%"


def _joined(parts: Sequence[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else "".join(parts)


def _sites(picture: Picture, track: Track) -> Iterator[SiteAnswer]:
    gravest: dict[str, ApproachSeen] = {}
    for told in track.approaches:
        before = gravest.get(told.site_id)
        if told.kind in _GRAVITY and (before is None or _grave(told) > _grave(before)):
            gravest[told.site_id] = told
    for site_id, told in sorted(gravest.items()):
        site = picture.sites.get(site_id)
        name = words.shown(site_id if site is None else site.name or site_id, 80)
        yield SiteAnswer(
            site_id=site_id,
            site_name=name,
            kind=told.kind,
            distance_m=told.distance_mm / 1e3,
            t_ns=told.t_ns,
            utc=words.utc(told.t_ns),
            closest_m=None if told.closest_mm is None else told.closest_mm / 1e3,
            closest_utc=None if told.closest_ns is None else words.utc(told.closest_ns),
            sentence=approach_words(told, name),
        )


def _grave(told: ApproachSeen) -> tuple[int, int]:
    return _GRAVITY.index(told.kind), -told.distance_mm


def approach_words(told: ApproachSeen, name: str) -> str:
    """Return one approach in words."""
    far = f"{words.metres(told.distance_mm / 1e3)} away at {words.clock(told.t_ns)}"
    if told.kind not in _GRAVITY:
        return f"no longer near {name}, {far}"
    said = f"{words.APPROACH[told.kind]} {name}, {far}"
    if told.kind == "approach" and told.closest_mm is not None and told.closest_ns is not None:
        said += f"; if it goes on, {words.metres(told.closest_mm / 1e3)} away at {words.clock(told.closest_ns)}"
    return said


def _foreseen(picture: Picture, track: Track) -> Iterator[str]:
    last = {told.zone_id: told for told in track.entries}
    for zone_id, told in sorted(last.items()):
        if told.entry_ns is not None:
            name = words.shown(picture.zone_name(zone_id, told.zone_version) or zone_id, 80)
            sigma = "" if told.entry_sigma_ns is None else f" ± {words.duration(2 * told.entry_sigma_ns)}"
            yield f"entry into {name} foreseen at {words.clock(told.t_ns)} for {words.clock(told.entry_ns)}{sigma}"


class Sorted(NamedTuple):
    """The tracks of a picture, by how they are told."""

    told: list[Track]  # one by one
    faint: list[Track]
    birds: list[Track]
    refuted: list[Track]


def listed(picture: Picture) -> Sorted:
    """Return the tracks that are told one by one, and those that are counted.

    Of the faint, the first few that spoke for themselves are told: a flight may be heard once. A flood of them is not,
    and neither are echoes: a sensor that scans sees things that are not there.
    """
    found = Sorted([], [], [], [])
    heard_once = 0
    for track in picture.lives():
        once = track.faint and heard_once < ONCE_MAX and not track.refuted and _spoke(picture, track)
        heard_once += once
        group = found.told
        if track.refuted:
            group = found.refuted
        elif track.faint and not once:
            group = found.faint
        elif track.bird and not once:
            group = found.birds
        group.append(track)
    return found


def _spoke(picture: Picture, track: Track) -> bool:
    """Whether somebody gave its place, or it gave an identity; an echo of a scan does neither."""
    said = [
        sensor_id for sensor_id in track.fed if sensor_id in picture.sensors and not picture.sensors[sensor_id].plots
    ]
    return track.named or bool(said) or any(point.existence_ppm is None for point in track.points)


def set_aside(picture: Picture) -> list[str]:
    """Return in a line each the alarms of no one track, and what is counted and not told one by one."""
    found = listed(picture)
    faint, birds = found.faint, found.birds
    last = {_once(told.reason): told for told in picture.alarms if told.state == "unacknowledged"}
    said = [f"Alarm at {words.clock(told.t_ns)}: {words.alarm(told.reason)}." for _, told in sorted(last.items())]
    if faint:
        count = words.number(len(faint), "track was never established", "tracks were never established")
        said.append(f"{count}: too little was heard to say that something flew ({_ids(faint)}).")
    if birds:
        said.append(f"{words.number(len(birds), 'track is likely a bird', 'tracks are likely birds')} ({_ids(birds)}).")
    if found.refuted:
        count = words.number(len(found.refuted), "track was refuted", "tracks were refuted")
        said.append(f"{count}: nothing there, though sensors looked ({_ids(found.refuted)}).")
    return said


def _once(reason: str) -> str:
    """Return under what an alarm is told once: all groups together, each subject of the station's health apart."""
    name, detail = reason_of(reason)
    return reason if name.startswith(HEALTH) and detail else name


def _ids(tracks: Sequence[Track]) -> str:
    named = ", ".join(str(track.track_id) for track in tracks[:IDS_NAMED])
    return f"{'track' if len(tracks) == 1 else 'tracks'} {named}{'' if len(tracks) <= IDS_NAMED else ' …'}"

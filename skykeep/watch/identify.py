"""Fourth stage: who each track says it is, what speaks against it, and which tracks are one aircraft.

An identity is heard from a transmitter and binds to the tracks of that transmitter for a while. One serial heard
from two places that no aircraft could both be in makes both contradicted: one of them lies, nobody can tell which.
One serial from two addresses in one place is one aircraft with a new radio address, or with two radios.
"""

from __future__ import annotations

import numpy as np

from skykeep.facts.concluded import Concluded, FactRef, TrackIdentified, TrackMerged, Trust
from skykeep.facts.observed import (
    AircraftHeard,
    BasicIdHeard,
    IdKind,
    OperatorIdHeard,
    PositionReported,
    PresenceReported,
)
from skykeep.watch.align import Aligned, Naming
from skykeep.watch.associate import TWO_PLACES, reach
from skykeep.watch.estimate import run_again
from skykeep.watch.state import Identity, State, Transmitter, keep_rows

SERIAL_IN_TWO_PLACES = "serial_in_two_places"
REKEYED = "rekeyed"
ID_CHANGED = "id_changed"
CALLSIGN = "callsign"
_LIES = frozenset({SERIAL_IN_TWO_PLACES, TWO_PLACES, ID_CHANGED})


def identify(state: State, aligned: Aligned, born: list[int], now_ns: int) -> tuple[list[int], list[Concluded]]:
    """Bind names to tracks; return the tracks whose identity changed, and what is to be told."""
    for fact, ref in aligned.named:
        _hear(state, fact, ref, now_ns)
    asked = dict.fromkeys(born)
    for fact, _ in aligned.named:
        asked |= dict.fromkeys(state.transmitters[fact.transmitter].tracks)
    told: list[Concluded] = []
    changed = dict.fromkeys(born)
    for track_id in sorted(asked):
        if track_id in state.identities:
            changed |= dict.fromkeys(_bind(state, track_id, now_ns))
            changed |= dict.fromkeys(_reconcile_all(state, track_id, now_ns, told))
    live = [track_id for track_id in sorted(changed) if track_id in state.identities]
    told += [_identified(state, track_id, now_ns) for track_id in live]
    return live, told


def _reconcile_all(state: State, track_id: int, now_ns: int, told: list[Concluded]) -> list[int]:
    """Compare a track with the others that give the same UAS id; return the tracks that changed."""
    changed: list[int] = []
    uas_id = state.identities[track_id].uas_id
    for other in list(state.by_uas_id.get(uas_id or "", ())):
        if other != track_id and track_id in state.identities and other in state.identities:
            changed += _reconcile(state, track_id, other, now_ns, told)
    return changed


def _hear(state: State, fact: Naming, ref: FactRef, now_ns: int) -> None:
    known = state.transmitters.setdefault(fact.transmitter, Transmitter([]))
    known.heard_ns = known.named_ns = now_ns
    before = (known.uas_id, known.session_id, known.operator_id)
    if isinstance(fact, (BasicIdHeard, PositionReported, PresenceReported)) and fact.uas_id is not None:
        if fact.id_kind is IdKind.SESSION:
            known.session_id = fact.uas_id
        else:
            known.uas_id, known.id_kind = fact.uas_id, fact.id_kind.value
    if isinstance(fact, (OperatorIdHeard, PositionReported, PresenceReported)) and fact.operator_id is not None:
        known.operator_id = fact.operator_id
    if isinstance(fact, AircraftHeard) and fact.callsign is not None:
        known.uas_id, known.id_kind = fact.callsign, CALLSIGN
    if before != (known.uas_id, known.session_id, known.operator_id):
        known.evidence = (*known.evidence[-3:], ref)


def _bind(state: State, track_id: int, now_ns: int) -> list[int]:
    """Give a track the names of the transmitter that it was heard from last; return the tracks that changed."""
    identity = state.identities[track_id]
    known = state.transmitters[_heard_from(state, identity)]
    changed = []
    if now_ns - known.named_ns <= int(state.settings.identity_memory_s * 1e9):
        changed += [track_id] if _name(state, track_id, identity, known) else []
    if len(known.tracks) > 1:
        changed += [other for other in known.tracks if _flag(state.identities[other], TWO_PLACES)]
    return changed


def _name(state: State, track_id: int, identity: Identity, known: Transmitter) -> bool:
    before = (identity.uas_id, identity.session_id, identity.operator_id)
    if identity.uas_id is not None and known.uas_id is not None and known.uas_id != identity.uas_id:
        _flag(identity, ID_CHANGED)
    if known.uas_id is not None and known.uas_id != identity.uas_id:
        _unindex(state, track_id, identity)
        identity.uas_id, identity.id_kind = known.uas_id, known.id_kind
        if known.id_kind != CALLSIGN:  # two flights may share a callsign
            state.by_uas_id[known.uas_id] = sorted([*state.by_uas_id.get(known.uas_id, ()), track_id])
    identity.session_id = known.session_id or identity.session_id
    identity.operator_id = known.operator_id or identity.operator_id
    identity.evidence = known.evidence
    _trust(identity)
    return before != (identity.uas_id, identity.session_id, identity.operator_id)


def _unindex(state: State, track_id: int, identity: Identity) -> None:
    if identity.uas_id is not None and identity.id_kind != CALLSIGN:
        state.by_uas_id[identity.uas_id].remove(track_id)
        if not state.by_uas_id[identity.uas_id]:
            del state.by_uas_id[identity.uas_id]


def _heard_from(state: State, identity: Identity) -> str:
    """Return the transmitter that a track was heard from last; of equals the one met first."""
    best = identity.transmitters[0]
    for name in identity.transmitters[1:]:
        if state.transmitters[name].heard_ns > state.transmitters[best].heard_ns:
            best = name
    return best


def _trust(identity: Identity) -> None:
    if any(flag in _LIES for flag in identity.flags):
        identity.trust = Trust.CONTRADICTED
    elif identity.uas_id or identity.session_id or identity.operator_id:
        identity.trust = Trust.SELF_DECLARED


def _flag(identity: Identity, flag: str) -> bool:
    """Raise a flag; True when it was not up already."""
    if flag in identity.flags:
        return False
    identity.flags = tuple(sorted((*identity.flags, flag)))
    _trust(identity)
    return True


def _reconcile(state: State, one: int, other: int, now_ns: int, told: list[Concluded]) -> list[int]:
    """Decide whether two tracks with one serial are one aircraft or a lie; return the tracks that changed."""
    older, newer = min(one, other), max(one, other)
    tracks = state.tracks
    row = tracks.row(newer)
    x = tracks.x[row]
    distance_m, gate_m = reach(
        state, older, float(x[0]), float(x[1]), int(tracks.t_ns[row]), float(tracks.sigma_m[row])
    )
    if distance_m <= gate_m:
        told.append(_merge(state, older, newer, now_ns))
        return [older]
    return [track_id for track_id in (older, newer) if _flag(state.identities[track_id], SERIAL_IN_TWO_PLACES)]


def _merge(state: State, older: int, newer: int, now_ns: int) -> TrackMerged:
    """Let the older track go on with what the newer one knows."""
    tracks = state.tracks
    evidence = state.heights[newer].evidence
    identity = state.identities[older]
    for name in state.identities[newer].transmitters:
        transmitter = state.transmitters[name]
        transmitter.tracks = sorted(
            dict.fromkeys(older if track_id == newer else track_id for track_id in transmitter.tracks)
        )
        if name not in identity.transmitters:
            identity.transmitters.append(name)
    recent = state.recent
    recent["track"][recent["track"] == newer] = older
    state.recent = recent[
        np.lexsort((recent["claim"], recent["lon_e7"], recent["lat_e7"], recent["t_ns"], recent["track"]))
    ]
    new_row, row = tracks.row(newer), tracks.row(older)
    tracks.heard_ns[row] = max(int(tracks.heard_ns[row]), int(tracks.heard_ns[new_row]))
    tracks.sigma_m[row], tracks.assumed[row] = tracks.sigma_m[new_row], tracks.assumed[new_row]
    state.heights[older] = state.heights[newer]
    _flag(identity, REKEYED)
    forget(state, [newer])
    run_again(state, [older])
    return TrackMerged(track_id=newer, into_track_id=older, t_ns=now_ns, evidence=evidence)


def forget(state: State, track_ids: list[int]) -> None:
    """Drop tracks with all that is remembered of them."""
    if not track_ids:
        return
    gone = np.array(sorted(track_ids), dtype=np.int64)
    keep_rows(state.tracks, ~np.isin(state.tracks.id, gone))
    state.recent = state.recent[~np.isin(state.recent["track"], gone)]
    for track_id in track_ids:
        identity = state.identities.pop(track_id)
        _unindex(state, track_id, identity)
        for name in identity.transmitters:
            state.transmitters[name].tracks = [other for other in state.transmitters[name].tracks if other != track_id]
        for table in (state.heights, state.verdicts):
            table.pop(track_id, None)
        for key in [key for key in state.alarms if key[0] == track_id]:
            del state.alarms[key]


def forget_transmitters(state: State, now_ns: int) -> None:
    """Drop radios that move no track and were silent for as long as an identity is remembered."""
    limit_ns = now_ns - int(state.settings.identity_memory_s * 1e9)
    for name in [name for name, radio in state.transmitters.items() if not radio.tracks and radio.heard_ns < limit_ns]:
        del state.transmitters[name]


def _identified(state: State, track_id: int, now_ns: int) -> TrackIdentified:
    identity = state.identities[track_id]
    return TrackIdentified(
        track_id=track_id,
        t_ns=now_ns,
        transmitter=_heard_from(state, identity),
        uas_id=identity.uas_id,
        id_kind=identity.id_kind,
        operator_id=identity.operator_id,
        session_id=identity.session_id,
        trust=identity.trust,
        manned=bool(state.tracks.manned[state.tracks.row(track_id)]),
        flags=identity.flags,
        evidence=identity.evidence,
    )

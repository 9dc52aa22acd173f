"""Fourth stage: who each track says it is, what speaks against it, and which tracks are one aircraft.

A name is heard from a transmitter and binds to the tracks of that transmitter for a while. An aircraft may have
several names, one of each kind. One serial heard from two places that no aircraft could both be in makes both
contradicted: one of them lies, nobody can tell which. One serial from two addresses in one place is one aircraft with
a new radio address, or with two radios.

    heard                                        becomes
    another kind of name                         one name more
    another serial or registration               the new name, flag "id_changed": contradicted
    another session, UTM id, operator, callsign  the new name: they change from flight to flight
    a name said before the one known             nothing: it only came later
    a serial that another track gives, in reach  one track, flag "rekeyed": the older id goes on
    ... out of reach                             two tracks, flag "serial_in_two_places": both contradicted
    one address, out of reach of its track       two tracks, flag "transmitter_in_two_places": both contradicted
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np

from skykeep.facts.concluded import Concluded, FactRef, TrackIdentified, TrackMerged, Trust
from skykeep.facts.observed import (
    AircraftHeard,
    BasicIdHeard,
    IdKind,
    OperatorIdHeard,
)
from skykeep.rules.flight import Stood
from skykeep.watch import alarmmemory, foresee, group, guard
from skykeep.watch.alarmmemory import end
from skykeep.watch.follow import Followed
from skykeep.watch.heard import Aligned, Naming
from skykeep.watch.reach import in_reach
from skykeep.watch.reports import Ints, Pairs, Reports
from skykeep.watch.state import CALLSIGN, OPERATOR, SESSION, Identity, State, Transmitter
from skykeep.watch.table import ESTABLISHED, RADIOS, keep_rows
from skykeep.watch.trust import contradicted, corroborated, grade
from skykeep.watch.window import merge

TWO_PLACES = "transmitter_in_two_places"
SERIAL_IN_TWO_PLACES = "serial_in_two_places"
REKEYED = "rekeyed"
ID_CHANGED = "id_changed"
_LIES = frozenset({SERIAL_IN_TWO_PLACES, TWO_PLACES, ID_CHANGED})
_LASTING = frozenset({IdKind.SERIAL.value, IdKind.REGISTRATION.value})  # an aircraft does not change these in flight
_NAMED = {kind: SESSION if kind is IdKind.SESSION else kind.value for kind in IdKind}
_PLACES_MAX = 8  # one name or address in more places than this is a flood: all contradicted, none compared any more
_EVIDENCE_MAX = 4
_BINDS = 0.5  # a report binds its radio to the track that it is of with more than this probability
_LATEST = ("t_ns", "x", "p", "mode", "sigma_m", "assumed", "said_mm", "said_datum", "said_sigma_mm", "std_mm",
           "std_sigma_mm", "above_mm", "above_datum", "above_sigma_mm", "height_ns", "evidence")  # fmt: skip


def identify(state: State, aligned: Aligned, followed: Followed, now_ns: int) -> tuple[list[int], list[Concluded]]:
    """Bind radios and names to tracks; return the tracks whose identity changed, and what is to be told."""
    memory_ns, radios = _memory_ns(state), state.transmitters
    for fact, ref in aligned.named:
        _hear(radios, fact, ref, now_ns, memory_ns)
    for name in aligned.alive:
        if name in radios:
            radios[name].heard_ns = now_ns
    for track_id in followed.born:
        state.identities[track_id] = Identity([])
    bound, bereft = _bind_radios(state, aligned.reports, followed, now_ns)
    asked = dict.fromkeys(bound)
    for name in dict.fromkeys([fact.transmitter for fact, _ in aligned.named]):
        asked |= dict.fromkeys(radios[name].tracks[-_PLACES_MAX:])
    told: list[Concluded] = []
    changed = dict.fromkeys(bound + bereft + _remanned(state, followed))
    for track_id in sorted(asked):
        if track_id in state.identities:
            changed |= dict.fromkeys(_bind(state, track_id, now_ns))
            changed |= dict.fromkeys(_reconcile_all(state, track_id, now_ns, told))
    _rename(followed.pairs, told)
    live = [track_id for track_id in sorted(changed) if track_id in state.identities]
    told += [identified(state, track_id, now_ns) for track_id in live]
    return live, told


def _rename(pairs: Pairs, told: list[Concluded]) -> None:
    """Let the reports of a track that was merged in this tick count for the track that goes on."""
    for fact in told:
        if isinstance(fact, TrackMerged):
            pairs.track_id[pairs.track_id == fact.track_id] = fact.into_track_id


def _bind_radios(state: State, reports: Reports, followed: Followed, now_ns: int) -> tuple[list[int], list[int]]:
    """Note which radios moved which tracks; return the tracks that a radio moved first, and those that lost names."""
    pairs = followed.pairs
    number = reports.tx[pairs.report]
    keyed = (number >= 0) & (pairs.probability > _BINDS)
    changed: dict[int, None] = {}
    bereft: list[int] = []
    names = state.radios.names
    latest: dict[int, int] = {}
    for track_id, tx in zip(pairs.track_id[keyed].tolist(), number[keyed].tolist(), strict=True):
        if latest.get(tx) == track_id:
            continue  # several receivers hear one broadcast
        latest[tx] = track_id
        name = names[tx]
        radio = state.transmitters.get(name)
        if radio is None:
            radio = state.transmitters[name] = Transmitter([])
        radio.heard_ns = now_ns
        identity = state.identities[track_id]
        if name not in identity.transmitters:
            heard_too = pairs.track_id[keyed & (number == tx)].tolist()
            if any(other in radio.tracks and in_reach(state, other, track_id) for other in heard_too):
                continue  # what its own track heard in this very tick: the same broadcast by another receiver
            bereft += hand_over(state, name, radio, track_id)
            identity.transmitters.append(name)
            radio.tracks = sorted([*radio.tracks, track_id])
            changed[track_id] = None
    return list(changed), bereft


def hand_over(state: State, name: str, radio: Transmitter, track_id: int) -> list[int]:
    """Take a radio from the tracks beside this one that it was thought to be of; farther ones keep it: it lies.

    Returns the tracks that have no radio any more, and so no name: what was judged of them by one must be judged anew.
    """
    bereft = []
    for other in radio.tracks[-_PLACES_MAX:]:
        if in_reach(state, other, track_id) and len(state.identities[other].transmitters) > 0:
            identity = state.identities[other]
            identity.transmitters.remove(name)
            radio.tracks = [each for each in radio.tracks if each != other]
            if not identity.transmitters:
                _unindex(state, other, identity)
                identity.ids, identity.evidence, identity.trust = {}, (), Trust.NONE
                _trust(identity)
                bereft.append(other)
    return bereft


def _remanned(state: State, followed: Followed) -> list[int]:
    """Return the tracks that moved and are manned, or no longer, since that was last told."""
    tracks, identities = state.tracks, state.identities
    told = tracks.manned_told[followed.moved] != tracks.manned[followed.moved]
    rows = followed.moved[told]
    return [each for each in tracks.id[rows].tolist() if each in identities]


def _reconcile_all(state: State, track_id: int, now_ns: int, told: list[Concluded]) -> list[int]:
    """Compare a track with the others that give one of its names; return the tracks that changed."""
    changed: list[int] = []
    for name in state.identities[track_id].of_aircraft():
        others = list(state.by_uas_id.get(name, ()))
        if len(others) > _PLACES_MAX:
            changed += [track_id] if _flag(state.identities[track_id], SERIAL_IN_TWO_PLACES) else []
            continue
        for other in others:
            if other != track_id and track_id in state.identities and other in state.identities:
                changed += _reconcile(state, track_id, other, now_ns, told)
        if track_id not in state.identities:
            break
    return changed


def _hear(radios: dict[str, Transmitter], fact: Naming, ref: FactRef, now_ns: int, memory_ns: int) -> None:
    """Note the names that a transmitter gives; names older than the memory are forgotten first."""
    known = radios.get(fact.transmitter)
    if known is None:
        known = radios[fact.transmitter] = Transmitter([])
    if now_ns - known.named_ns > memory_ns:
        known.ids, known.said_ns, known.evidence = {}, {}, ()
    known.heard_ns = known.named_ns = now_ns
    ids, said_ns, t_ns = known.ids, known.said_ns, fact.t_event_ns
    for kind, name in _said(fact):
        if name is not None and t_ns >= said_ns.get(kind, 0):
            if ids.get(kind) != name:
                known.evidence = (*known.evidence[1 - _EVIDENCE_MAX :], ref)
                ids[kind] = name
            said_ns[kind] = t_ns


def _said(fact: Naming) -> tuple[tuple[str, str | None], ...]:
    """Return the names in a report, each with its kind; most are of the first two sorts, and heard again and again."""
    if isinstance(fact, BasicIdHeard):
        return ((_NAMED[fact.id_kind], fact.uas_id),)
    if isinstance(fact, OperatorIdHeard):
        return ((OPERATOR, fact.operator_id),)
    if isinstance(fact, AircraftHeard):
        return ((CALLSIGN, fact.callsign),)
    return ((_NAMED[fact.id_kind], fact.uas_id), (OPERATOR, fact.operator_id))


def _memory_ns(state: State) -> int:
    return int(state.settings.identity_memory_s * 1e9)


def _bind(state: State, track_id: int, now_ns: int) -> list[int]:
    """Give a track the names of the transmitter that it was heard from last; return the tracks that changed."""
    identity = state.identities[track_id]
    if not identity.transmitters:
        return []
    known = state.transmitters[_heard_from(state, identity)]
    changed = []
    if now_ns - known.named_ns <= _memory_ns(state):
        changed += [track_id] if _name(state, track_id, identity, known) else []
    if len(known.tracks) > 1:
        among = [track_id, *known.tracks[-_PLACES_MAX:], known.tracks[0]]
        changed += [other for other in among if _flag(state.identities[other], TWO_PLACES)]
    return changed


def _name(state: State, track_id: int, identity: Identity, known: Transmitter) -> bool:
    """Take over the names of a transmitter; True when anything changed."""
    ids, changed = identity.ids, False
    for kind, name in known.ids.items():
        before = ids.get(kind)
        if name == before:
            continue
        changed = True
        if before is not None and kind in _LASTING:
            _flag(identity, ID_CHANGED)
        _unindex(state, track_id, identity)
        ids[kind] = name
        _index(state, track_id, identity)
    if changed:
        identity.evidence = known.evidence
        _trust(identity)
    return changed


def _index(state: State, track_id: int, identity: Identity) -> None:
    for name in dict.fromkeys(identity.of_aircraft()):
        state.by_uas_id[name] = sorted([*state.by_uas_id.get(name, ()), track_id])


def _unindex(state: State, track_id: int, identity: Identity) -> None:
    for name in dict.fromkeys(identity.of_aircraft()):
        state.by_uas_id[name].remove(track_id)
        if not state.by_uas_id[name]:
            del state.by_uas_id[name]


def _heard_from(state: State, identity: Identity) -> str:
    """Return the transmitter that a track was heard from last; of equals the one met first."""
    best = identity.transmitters[0]
    for name in identity.transmitters[1:]:
        if state.transmitters[name].heard_ns > state.transmitters[best].heard_ns:
            best = name
    return best


def lies(identity: Identity) -> bool:
    """Whether the binding of names itself contradicts an identity."""
    return any(flag in _LIES for flag in identity.flags)


def _trust(identity: Identity) -> None:
    if lies(identity):
        identity.trust = Trust.CONTRADICTED
    elif identity.ids and identity.trust is Trust.NONE:
        identity.trust = Trust.SELF_DECLARED


def regrade(state: State, rows: Ints, now_ns: int) -> list[TrackIdentified]:
    """Grade the identities of these rows by what is seen of them; tell of those whose trust changed."""
    tracks = state.tracks
    best = np.where(corroborated(tracks, rows), 1, 0)
    graded = np.where(contradicted(tracks, rows), 2, best)
    changed: list[int] = []
    for row in rows[graded != tracks.graded[rows]].tolist():
        track_id = int(tracks.id[row])
        identity = state.identities[track_id]
        if identity.ids and _regrade(state, row, identity):
            changed.append(track_id)
    tracks.graded[rows] = graded
    return [identified(state, track_id, now_ns) for track_id in changed]


def _regrade(state: State, row: int, identity: Identity) -> bool:
    before = identity.trust
    identity.trust = grade(state.tracks, row, signed=False, lies=lies(identity))
    return identity.trust is not before


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
    if in_reach(state, older, newer):
        told += _merge(state, older, newer, now_ns)
        return [older]
    return [track_id for track_id in (older, newer) if _flag(state.identities[track_id], SERIAL_IN_TWO_PLACES)]


def _merge(state: State, older: int, newer: int, now_ns: int) -> list[Concluded]:
    """Let the older track go on with what the newer one knows; tell of it, and of the alarms that end with it."""
    tracks = state.tracks
    a, b = tracks.row(older), tracks.row(newer)
    merged = TrackMerged(track_id=newer, into_track_id=older, t_ns=now_ns, evidence=evidence(state, b))
    ended = end(state.memories.alarms, newer, now_ns)
    _merge_identities(state, older, newer)
    merge(state.window, int(tracks.uid[b]), int(tracks.uid[a]))
    _merge_columns(state, a, b)
    _merge_stood(state, older, newer)
    forget(state, [newer])
    return [merged, *ended]


def _merge_columns(state: State, a: int, b: int) -> None:
    """Go on at row a with what the later of the two tracks knows, until its row is published again."""
    tracks = state.tracks
    if tracks.t_ns[b] >= tracks.t_ns[a]:
        for name in _LATEST:
            column = getattr(tracks, name)
            column[a] = column[b]
    tracks.reports[a] += tracks.reports[b]
    tracks.last_ns[a] = max(int(tracks.last_ns[a]), int(tracks.last_ns[b]))
    radios = [number for number in (*tracks.tx[a].tolist(), *tracks.tx[b].tolist()) if number >= 0]
    tracks.tx[a] = (list(dict.fromkeys(radios)) + [-1] * RADIOS)[:RADIOS]
    tracks.r[a] = max(tracks.r[a], tracks.r[b])
    tracks.heard_ns[a] = max(int(tracks.heard_ns[a]), int(tracks.heard_ns[b]))
    tracks.judged_ns[a] = max(int(tracks.judged_ns[a]), int(tracks.judged_ns[b]))
    tracks.unmanned[a] |= tracks.unmanned[b]
    tracks.manned[a] = bool(tracks.manned[a] or tracks.manned[b]) and not tracks.unmanned[a]
    tracks.simulated[a] |= tracks.simulated[b]
    tracks.phase[a] = ESTABLISHED if ESTABLISHED in {int(tracks.phase[a]), int(tracks.phase[b])} else tracks.phase[a]


def _merge_stood(state: State, older: int, newer: int) -> None:
    stood = later_stood(state.stood.get(older), state.stood.pop(newer, None))
    if stood is not None:
        state.stood[older] = stood


def later_stood(one: Stood | None, other: Stood | None) -> Stood | None:
    """Return the later of two places on the ground; of simultaneous ones delivery decides nothing."""
    if one is None or other is None:
        return one or other
    return max(one, other, key=msgspec.structs.astuple)


def evidence(state: State, row: int) -> FactRef:
    """Return the fact that moved the track in this row last."""
    tick, index, _ = state.tracks.evidence[row].tolist()
    return FactRef(tick, index)


def _merge_identities(state: State, older: int, newer: int) -> None:
    """Join names, flags and radios; the older track's own names stand where both have one of a kind."""
    kept, gone = state.identities[older], state.identities[newer]
    for name in gone.transmitters:
        transmitter = state.transmitters[name]
        moved = [older if track_id == newer else track_id for track_id in transmitter.tracks]
        transmitter.tracks = sorted(dict.fromkeys(moved))
        if name not in kept.transmitters:
            kept.transmitters.append(name)
    for kind in kept.ids:
        if kind in _LASTING and gone.ids.get(kind, kept.ids[kind]) != kept.ids[kind]:
            _flag(kept, ID_CHANGED)
    _unindex(state, older, kept)
    kept.ids = gone.ids | kept.ids
    _index(state, older, kept)
    kept.evidence = tuple(dict.fromkeys((*kept.evidence, *gone.evidence)))[-_EVIDENCE_MAX:]
    for flag in (*gone.flags, REKEYED):
        _flag(kept, flag)
    _trust(kept)


def forget(state: State, track_ids: list[int]) -> None:
    """Drop tracks with all that is remembered of them."""
    if not track_ids:
        return
    gone = np.array(sorted(track_ids), dtype=np.int64)
    dropped = np.isin(state.tracks.id, gone)
    keep_rows(state.tracks, ~dropped)
    for track_id in track_ids:
        identity = state.identities.pop(track_id)
        _unindex(state, track_id, identity)
        for name in identity.transmitters:
            state.transmitters[name].tracks = [other for other in state.transmitters[name].tracks if other != track_id]
        state.stood.pop(track_id, None)
        state.verdicts.pop(track_id, None)
        state.permitted.pop(track_id, None)
    for drop_memory, memory in _memories(state):
        drop_memory(memory, track_ids)


def _memories(state: State) -> list[tuple[Callable[[Any, list[int]], None], object]]:
    """Return how later stages forget tracks, and what they remember; those with a row a track do so by themselves."""
    held = state.memories
    return [
        (foresee.forget, held.foresight),
        (guard.forget, held.guard),
        (group.forget, held.groups),
        (alarmmemory.forget, held.alarms),
    ]


def forget_transmitters(state: State, now_ns: int) -> None:
    """Drop radios that move no track and were silent for as long as an identity is remembered."""
    limit_ns = now_ns - _memory_ns(state)
    for name in [name for name, radio in state.transmitters.items() if not radio.tracks and radio.heard_ns < limit_ns]:
        del state.transmitters[name]
        state.radios.forget([state.radios.numbers[name]] if name in state.radios.numbers else [])


def identified(state: State, track_id: int, now_ns: int) -> TrackIdentified:
    """Return what is told of who a track is; it is judged anew at its next report, wherever it is."""
    identity, tracks = state.identities[track_id], state.tracks
    row = tracks.row(track_id)
    tracks.manned_told[row] = tracks.manned[row]
    tracks.free[row] = 0  # the trust stands in a verdict, also where no zone is
    tracks.steady_m[row] = 0.0
    return TrackIdentified(
        track_id=track_id,
        t_ns=now_ns,
        transmitter=_heard_from(state, identity) if identity.transmitters else "",
        uas_id=identity.uas_id,
        id_kind=identity.id_kind,
        operator_id=identity.operator_id,
        session_id=identity.session_id,
        trust=identity.trust,
        manned=bool(tracks.manned[row]),
        flags=identity.flags,
        evidence=identity.evidence,
    )

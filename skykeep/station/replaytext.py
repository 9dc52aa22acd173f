"""What a replay found, in words for a terminal and as JSON."""

from __future__ import annotations

import msgspec

import skykeep
from skykeep.facts.codec import Fact, Unknown, to_plain
from skykeep.station.replay import Replayed, other_program


def as_lines(found: Replayed) -> list[str]:
    """Return the answer first, then what it rests on."""
    lines = [_answer(found)]
    if found.other_version is not None and not found.identical:
        lines.append(f"the program that reproduces it: {other_program(found)}")
    if found.skipped_ticks:
        lines.append(f"{found.skipped_ticks} ticks hold erased facts and were passed over up to the next kept state")
    if found.first is not None:
        first = found.first
        lines.append(f"first difference: tick {first.tick}, conclusion {first.index}")
        lines.append(f"  recorded:   {_told(first.recorded)}")
        lines.append(f"  recomputed: {_told(first.recomputed)}")
    span_s = (found.to_ns - found.from_ns) / 1e9
    lines.append(
        f"{found.ticks} ticks, {found.facts} facts, {found.conclusions} conclusions over {span_s:.1f} s of recording"
    )
    return lines


def _answer(found: Replayed) -> str:
    if found.identical and not found.holds:
        return "cannot tell: every tick holds erased facts, and no state is kept from which a replay could go on"
    if found.identical and found.other_version is None:
        return f"identical sha256:{found.sha256}"
    if found.identical:
        return f"identical sha256:{found.sha256} (recorded by another {_other(found)}: {found.other_version})"
    if found.other_version is not None:
        return f"other {_other(found)}: {found.differing} conclusions differ (recorded by {found.other_version})"
    return f"NOT identical: {found.differing} conclusions differ"


def _other(found: Replayed) -> str:
    return "program of the same version" if found.other_version == skykeep.__version__ else "version"


def _told(fact: Fact | Unknown | None) -> str:
    return "nothing" if fact is None else msgspec.json.encode(to_plain(fact)).decode()


def as_object(found: Replayed) -> str:
    """Return the same as one JSON object."""
    plain = {
        name: getattr(found, name) for name in ("identical", "sha256", "ticks", "facts", "conclusions", "differing")
    }
    plain |= {"other_version": found.other_version, "other_program": found.other_program}
    plain["skipped_ticks"] = found.skipped_ticks
    if found.first is not None:
        plain["first_difference"] = {
            "tick": found.first.tick,
            "index": found.first.index,
            "recorded": to_plain(found.first.recorded),
            "recomputed": to_plain(found.first.recomputed),
        }
    return msgspec.json.encode(plain).decode()

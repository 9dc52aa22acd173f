"""What reading a zone file found, for people and for programs: zones, repairs, doubts, and what was left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import msgspec

from skykeep.facts import codec
from skykeep.facts.enacted import Rule
from skykeep.station.zonefiles import ZoneFile
from skykeep.views import words
from skykeep.wire.zonefile import ZoneReport

DOUBTS_SHOWN = 12
"""Of one kind; the rest is counted. `--json` tells them all."""


def as_lines(file: ZoneFile) -> Iterator[str]:
    """Yield the report for people: the count, what was left out, then doubts, the commonest kinds first."""
    found = file.found
    rules = Counter(zone.rule for zone in file.zones)
    counted = ", ".join(f"{count} {words.RULE[rule].lower()}" for rule in Rule if (count := rules[rule]))
    yield f"{file.told}: {words.number(len(file.zones), 'zone')}{f' ({counted})' if counted else ''}"
    for text in found.doubts:
        yield f"  the file: {words.shown(text)}"
    for report in found.refused:
        yield f"  LEFT OUT {_where(report)}: {words.shown('; '.join(report.what), 400)}"
    yield from _grouped(found.doubted)


def _where(report: ZoneReport) -> str:
    return f"feature {report.index}" + (f" ({words.shown(report.zone_id)})" if report.zone_id else "")


def _grouped(reports: list[ZoneReport]) -> Iterator[str]:
    """Yield each kind of doubt once with the zones that share it: the same words with other numbers are one kind."""
    kinds: dict[str, list[tuple[str, str]]] = {}
    for report in reports:
        for text in report.what:
            kinds.setdefault(_kind(text), []).append((report.zone_id or f"feature {report.index}", text))
    for met in sorted(kinds.values(), key=lambda one: -len(one)):
        zone_ids = list(dict.fromkeys(zone_id for zone_id, _ in met))
        shown = ", ".join(words.shown(zone_id, 40) for zone_id in zone_ids[:DOUBTS_SHOWN])
        more = f" and {len(zone_ids) - DOUBTS_SHOWN} more" if len(zone_ids) > DOUBTS_SHOWN else ""
        alike = ", and alike" if any(text != met[0][1] for _, text in met) else ""
        yield f"  {words.number(len(zone_ids), 'zone')}: {words.shown(met[0][1])}{alike}"
        yield f"      {shown}{more}"


def _kind(text: str) -> str:
    """Return the words of a doubt without what is particular to one zone: its numbers and what it quotes."""
    quoted = text.split('"')
    plain = " ".join(quoted[::2])
    return " ".join(word for word in plain.split() if word.strip(",.:;").isalpha() and word.islower())


def as_json(file: ZoneFile) -> Iterator[str]:
    """Yield one JSON object a zone, with its report; then one for each feature that was left out."""
    head = {"file": str(file.path), "format": file.found.source_format, "sha256": file.sha256}
    for zone in file.zones:
        yield _line({**head, "zone": codec.to_plain(zone), "doubts": list(zone.doubts)})
    for report in file.found.refused:
        yield _line(
            {**head, "left_out": {"feature": report.index, "zone_id": report.zone_id, "why": list(report.what)}}
        )
    for text in file.found.doubts:
        yield _line({**head, "about_the_file": text})


def _line(said: dict[str, object]) -> str:
    return msgspec.json.encode(said).decode()

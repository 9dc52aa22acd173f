"""What ED-269 and ED-318 say alike about a zone, in ED-318's names, read into a draft.

identifier country name type variant restrictionConditions region reason otherReasonInfo regulationExemption message
zoneAuthority limitedApplicability dataSource extendedProperties, and in dialects uSpaceClass, legalBasis
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from skykeep.errors import Malformed
from skykeep.facts.enacted import Volume
from skykeep.wire import ed_kept, ed_periods, ed_words, quantity, zonefile
from skykeep.wire.jsontext import Json, kind
from skykeep.wire.zonefile import Draft

IDENTIFIER_MAX = 7
NO_COUNTRY = "XXX"  # written where a zone names no country: the standards demand three letters
CONTEXT = ("issued", "provider", "otherGeoid")
WORDS = (
    ("name", "name"),
    ("restrictionConditions", "conditions"),
    ("message", "message"),
    ("otherReasonInfo", "reason"),
    ("legalBasis", "legal_basis"),
)  # (ED-318 name, Text.about)


@dataclasses.dataclass(frozen=True, slots=True)
class About:
    """What the metadata of a file says of every zone in it."""

    effective_from_ns: int | None = None
    end_ns: int | None = None
    carried: Mapping[str, Json] | None = None


NOTHING = About()


def about(metadata: Json, doubts: list[str]) -> About:
    """Return what ED-318 collection metadata says; its dates bound every zone of the file."""
    if not isinstance(metadata, dict):
        if metadata is not None:
            doubts.append(f"metadata: {kind(metadata)} where an object belongs; it was left aside")
        return NOTHING
    try:
        from_ns, end_ns = ed_periods.dates(metadata, "validFrom", "validTo", doubts)
    except Malformed as error:
        doubts.append(f"metadata: {error}; the zones are read as if it gave no dates")
        from_ns, end_ns = None, None
    if metadata.get("otherGeoid"):
        doubts.append("metadata otherGeoid: its heights above sea level are read by our own geoid")
    return About(from_ns, end_ns, {key: metadata[key] for key in CONTEXT if metadata.get(key)} or None)


def draft(
    said: Mapping[str, Json],
    volumes: list[Volume],
    lost: list[str],
    doubts: list[str],
    *,
    schedule_keys: tuple[str, ...] = ("schedule",),
    of: About = NOTHING,
) -> Draft:
    """Return a zone from its properties in ED-318's names and the volumes that its dialect's geometry gave."""
    _note_unjudged(said, doubts)
    hours = ed_periods.read(said.get("limitedApplicability"), schedule_keys, doubts)
    authorities = ed_words.authorities(said.get("zoneAuthority"))
    texts = tuple(text for key, topic in WORDS for text in ed_words.texts(said.get(key), topic))
    body, contact = ed_words.contact(authorities)
    extended = said.get("extendedProperties")
    kept = extended.get(ed_kept.KEY) if isinstance(extended, dict) else None
    read = Draft(
        identifier=quantity.take_text(said, "identifier"),
        name=ed_words.best(texts, "name"),
        rule=zonefile.rule(said.get("type"), doubts),
        volumes=volumes,
        lost=lost,
        applicability=list(hours.applicability or ()),
        hours_unread=hours.hours_unread,
        periods=hours.periods,
        effective_from_ns=of.effective_from_ns,
        end_ns=of.end_ns,
        issuing_body=body,
        legal_basis=ed_words.best(texts, "legal_basis"),
        reason=ed_words.best(texts, "reason") or ", ".join(_reasons(said)) or None,
        conditions=ed_words.best(texts, "conditions") or ed_words.best(texts, "message"),
        contact=contact,
        country=_country(said),
        authorities=authorities,
        texts=texts,
        carried=_carried(said, of),
    )
    ed_kept.restore(read, kept, doubts)
    _note_identifier(read.identifier, doubts)
    return read


def _note_unjudged(said: Mapping[str, Json], doubts: list[str]) -> None:
    """Append what the zone says and no verdict considers."""
    if said.get("variant") == "CUSTOMIZED":
        doubts.append("CUSTOMIZED: made for one user of the data, and judged as if made for everyone")
    if str(said.get("regulationExemption")).upper() == "YES":
        doubts.append("regulationExemption YES: lifts other regulations, which are not modelled")


def _note_identifier(identifier: str | None, doubts: list[str]) -> None:
    if identifier is not None and len(identifier) > IDENTIFIER_MAX:
        doubts.append(
            f"identifier {identifier} is longer than the {IDENTIFIER_MAX} characters of the standard; kept whole"
        )


def _country(said: Mapping[str, Json]) -> str | None:
    country = zonefile.words(said.get("country"))
    return None if country == NO_COUNTRY else country


def _reasons(said: Mapping[str, Json]) -> list[str]:
    """Return the reasons, each as ED-318 writes it where it knows it."""
    given = said.get("reason")
    listed = [given] if isinstance(given, str) else given if isinstance(given, list) else []
    return [_code(one.strip()) for one in listed if isinstance(one, str) and one.strip()]


def _carried(said: Mapping[str, Json], of: About) -> dict[str, Json]:
    """Return what else the zone says, by ED-318 name, in the form that ED-318 wants where that is plain."""
    extended = said.get("extendedProperties")
    if isinstance(extended, dict):
        extended = {key: value for key, value in extended.items() if key != ed_kept.KEY}
    found: dict[str, Json] = {
        "variant": _upper(said.get("variant")),
        "type": None if zonefile.knows_rule(said.get("type")) else _upper(said.get("type")),
        "region": _whole(said.get("region")),
        "reason": _reasons(said),
        "regulationExemption": _upper(said.get("regulationExemption")),
        "uSpaceClass": said.get("uSpaceClass"),
        "dataSource": _data_source(said.get("dataSource")),
        "extendedProperties": extended,
        "metadata": None if of.carried is None else dict(of.carried),
    }
    return {name: value for name, value in found.items() if value not in (None, "", [], {})}


def _upper(value: Json) -> Json:
    return value.strip().upper() if isinstance(value, str) else value


def _code(reason: str) -> str:
    """Return a reason as ED-318 writes it: "Air traffic" is AIR_TRAFFIC; any other stays as it is."""
    code = reason.upper().replace(" ", "_")
    return code if code in REASONS else reason


REASONS = frozenset(
    ("AIR_TRAFFIC", "SENSITIVE", "PRIVACY", "POPULATION", "NATURE", "NOISE", "EMERGENCY", "DAR", "OTHER")
)


def _whole(value: Json) -> Json:
    return int(value) if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit() else value


def _data_source(said: Json) -> Json:
    if not isinstance(said, dict):
        return None
    originator = ed_words.texts(said.get("originator") or said.get("author"), "originator")
    found: dict[str, Json] = {
        "creationDate": said.get("creationDate") or said.get("creationDateTime"),
        "updateDateTime": said.get("updateDateTime"),
        "originator": {"text": originator[0].text, "lang": originator[0].lang} if originator else None,
    }
    return {name: value for name, value in found.items() if isinstance(value, str | dict) and value}

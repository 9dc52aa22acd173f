"""Applications and permits as their page shows them: rows, terms, advice and history in words."""

from __future__ import annotations

import msgspec

from skykeep.facts.enacted import Rule
from skykeep.views import ground, words
from skykeep.views.livemodels import PermitNow, PermitVolumeNow
from skykeep.web.cases import Advice, ApplicationNow, ConflictMet, FreeInstead, StepNow, ZoneMet
from skykeep.web.permit_map import volume_of
from skykeep.web.sensor_rows import Stand

WELL, ILL, DOUBT, OFF = "well", "ill", "doubt", "off"
MINUTE_NS, HOUR_NS, DAY_NS = 60 * 10**9, 3_600 * 10**9, 86_400 * 10**9
SOON_NS = 7 * DAY_NS
STATE = {
    "submitted": "waits for a first officer",
    "needs_info": "waits for the applicant",
    "offered_alternative": "something else was offered",
    "recommended": "waits for a second officer",
    "granted": "granted",
    "activated": "flies now",
    "suspended": "suspended",
    "refused": "refused",
    "ended": "given back",
    "revoked": "revoked",
    "expired": "its times are over",
    "announced": "granted, begins later",
    "in_force": "in force",
    "superseded": "a newer version holds",
}
WAITING = frozenset({"submitted", "needs_info", "offered_alternative", "recommended"})
HOLDS = frozenset({"granted", "activated", "suspended", "announced", "in_force"})
GROUPS = {"": "all", "waiting": "waiting", "granted": "granted", "over": "over"}
_STANDS = {
    **dict.fromkeys(("granted", "activated", "in_force", "announced"), WELL),
    **dict.fromkeys(("submitted", "recommended", "needs_info", "offered_alternative", "suspended"), DOUBT),
    **dict.fromkeys(("refused", "revoked"), ILL),
}
DEEDS = {
    "submit": "handed it in", "withdraw": "withdrew it", "ask": "asked for more", "offer": "offered something else",
    "consent": "consented", "recommend": "recommended it", "grant": "granted it", "refuse": "refused it",
    "activate": "said that a flight begins", "land": "said that it ended", "end": "gave it back",
    "suspend": "suspended it", "resume": "resumed it", "revoke": "revoked it", "expire": "let it expire",
}  # fmt: skip


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the list."""

    permit_id: str
    holder: str
    purpose: str
    where: str
    when: str
    ceiling: str
    state: str
    stand: Stand
    check: Stand | None
    group: str
    start_ns: int
    own: bool  # the station's office has it; else it is of a file, or of an office beside the station
    older: int = 0  # its version, where a newer one was handed in


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One step of the history."""

    utc: str
    who: str
    what: str
    how: str
    said: str


class Term(msgspec.Struct, frozen=True):
    """A name and what is told of it."""

    name: str
    words: str


def row(case: ApplicationNow, *, older: bool = False) -> Row:
    """Return the line of an application; `older`: a newer version of it was handed in."""
    start_ns = min((each.start_ns for each in case.volumes), default=0)
    return Row(
        permit_id=case.permit_id, holder=words.shown(case.holder or "nobody named", 60),
        purpose=words.shown(case.purpose or "not stated", 60), where=_where(case), when=when(case.volumes),
        ceiling=_ceiling(case.volumes), state=STATE[case.state], stand=stand(case.state),
        check=None if case.advice is None else check(case.advice), group=group(case.state), start_ns=start_ns, own=True,
        older=case.version if older else 0,
    )  # fmt: skip


def row_of_permit(permit: PermitNow) -> Row:
    """Return the line of a permit that the station's office does not have."""
    start_ns = min((each.start_ns for each in permit.volumes), default=0)
    zones = ", ".join(pin.zone_id for pin in permit.zones)
    return Row(
        permit_id=permit.permit_id, holder=words.shown(permit.holder or "nobody named", 60),
        purpose=words.shown(permit.purpose or "not stated", 60), where=zones or _centre(permit.volumes),
        when=when(permit.volumes), ceiling=_ceiling(permit.volumes), state=STATE[permit.state],
        stand=stand(permit.state), check=None, group=group(permit.state), start_ns=start_ns, own=False,
    )  # fmt: skip


def stand(state: str) -> Stand:
    """Return the shape and words of a state."""
    return Stand(_STANDS.get(state, OFF), STATE[state])


def group(state: str) -> str:
    """Return under which filter a state falls."""
    return "waiting" if state in WAITING else "granted" if state in HOLDS else "over"


def check(advice: Advice) -> Stand:
    """Return what the rules advise, in a few words. A person decides."""
    stands = [met for met in advice.conflicts if met.stands]
    if stands:
        other = stands[0].permit_id or "a granted permit"
        return Stand(ILL, f"Conflicts with {other}" + (" and others" if len(stands) > 1 else ""))
    consents = [zone for zone in advice.zones if zone.consent_of]
    if consents:
        return Stand(DOUBT, f"Needs consent: {consents[0].zone_id}" + (" and others" if len(consents) > 1 else ""))
    if advice.missing or not advice.law_complete:
        return Stand(DOUBT, "No conflict, not all is known")
    return Stand(WELL, "No conflict")


def _where(case: ApplicationNow) -> str:
    met = [zone.name or zone.zone_id for zone in case.advice.zones] if case.advice else []
    named = met or [pin.zone_id for pin in case.zones]
    return words.shown(", ".join(named), 80) if named else _centre(case.volumes)


def _centre(volumes: list[PermitVolumeNow] | tuple[PermitVolumeNow, ...]) -> str:
    if not volumes:
        return "nowhere"
    extent = ground.extent_of_volume(volume_of(volumes[0].volume))
    return f"{(extent.south + extent.north) / 2:.4f}, {(extent.west + extent.east) / 2:.4f}"


def when(volumes: list[PermitVolumeNow] | tuple[PermitVolumeNow, ...]) -> str:
    """Return when a permit begins and ends, to the minute."""
    if not volumes:
        return "never"
    first, last = min(each.start_ns for each in volumes), max(each.end_ns for each in volumes)
    begins, ends = words.utc(first)[:16], words.utc(last)[:16]
    return f"{begins}–{ends[11:]}" if begins[:10] == ends[:10] else f"{begins} – {ends}"


def _ceiling(volumes: list[PermitVolumeNow] | tuple[PermitVolumeNow, ...]) -> str:
    found = dict.fromkeys(words.heights(volume_of(each.volume)) for each in volumes)
    return next(iter(found), "not stated") + (" and others" if len(found) > 1 else "")


# ---- one ------------------------------------------------------------------------------------------------------


def terms(case: ApplicationNow) -> list[Term]:
    """Return what is asked for."""
    told = [
        ("Holder", case.holder), ("Pilots", ", ".join(case.pilots)), ("Drones", ", ".join(case.aircraft)),
        ("Operators", ", ".join(case.operators)), ("Sessions", ", ".join(case.sessions)), ("Contact", case.contact),
        ("Purpose", case.purpose), ("When", f"{when(case.volumes)} UTC"), ("Heights", _ceiling(case.volumes)),
        ("Area", _centre(case.volumes)), ("Lifts", ", ".join(pin.zone_id for pin in case.zones)),
        ("Operation", ", ".join(each for each in (case.category, case.operation) if each)),
        ("Conditions", "; ".join([*case.conditions, *(code.replace("_", " ") for code in case.condition_codes)])),
        ("Claims", _claims(case)), ("Consents", "; ".join(case.consents)),
    ]  # fmt: skip
    return [Term(name, words.shown(said, 400)) for name, said in told if said]


def _claims(case: ApplicationNow) -> str:
    told = ["a state flight"] if case.state_flight else []
    told += ["standing: it holds again and again"] if case.standing else []
    return "; ".join([*told, *([f"priority {case.priority}"] if case.priority else [])])


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that whoever decides must see."""

    kind: str
    head: str
    words: str


def said(advice: Advice) -> list[Said]:
    """Return what the law says of an application, the gravest first."""
    told = [_conflict(met) for met in sorted(advice.conflicts, key=lambda met: not met.stands)]
    told += [_zone(zone) for zone in advice.zones]
    if advice.missing:
        told.append(Said(kind=DOUBT, head="Cannot be told.", words=f"Missing: {', '.join(advice.missing)}."))
    if not advice.law_complete:
        words_ = "This station does not claim to know every zone there is; others may apply."
        told.append(Said(kind=DOUBT, head="Not all law is known here.", words=words_))
    if not advice.zones:
        told.append(Said(kind=OFF, head="No zone in force is met then.", words="A permit may not be needed."))
    if advice.free:
        told.append(Said(kind=WELL, head="No granted permit stands against it.", words="A person still decides."))
    return told


def _conflict(met: ConflictMet) -> Said:
    if not met.permit_id:
        kind, words_ = (ILL, "It stands against this one.") if met.stands else (DOUBT, "It gives way.")
        return Said(kind=kind, head="A granted permit is too near.", words=words_)
    near = "Overlaps" if met.gap_mm == 0 else f"Comes within {met.gap_mm / 1000:.0f} m of"
    span = f"{words.utc(met.start_ns)[:16]} to {words.utc(met.end_ns)[:16]} UTC"
    because = {"granted_first": "it was granted first", "goes_first": "it goes first", "gives_way": "it gives way"}
    heights = " Their heights cannot be compared." if met.heights == "not_comparable" else ""
    kind = ILL if met.stands else DOUBT
    return Said(kind=kind, head=f"{near} permit {met.permit_id}.", words=f"{span}; {because[met.because]}.{heights}")


def _zone(zone: ZoneMet) -> Said:
    rule = words.RULE[Rule(zone.rule)].lower()
    head = f"Meets {words.shown(zone.name or zone.zone_id, 80)} ({rule})."
    if zone.consent_of:
        return Said(
            kind=DOUBT, head=head, words=f"Needs the consent of {words.shown(' and '.join(zone.consent_of), 160)}."
        )
    return Said(kind=OFF, head=head, words=f"Zone {zone.zone_id} version {zone.version}; nobody else must consent.")


def instead(advice: Advice) -> list[str]:
    """Return what would be free, in words."""
    return [_free(each) for each in advice.instead]


def _free(each: FreeInstead) -> str:
    if each.kind == "time":
        minutes = each.shift_ns // MINUTE_NS
        told = f"{abs(minutes)} minutes {'later' if minutes > 0 else 'earlier'}"
        return f"The same {told}: {words.utc(each.start_ns)[:16]} to {words.utc(each.end_ns)[11:16]} UTC."
    return f"The same {abs(each.shift_mm) / 1000:g} m {'higher' if each.shift_mm > 0 else 'lower'}."


def history(case: ApplicationNow) -> list[Line]:
    """Return who did what, the last first."""
    return [
        Line(
            utc=words.utc(step.t_ns), who=words.shown(step.person or step.role.replace("_", " "), 60),
            what=DEEDS[step.step], how=_how(step), said=words.shown(step.reason, 400),
        )
        for step in reversed(case.steps)
    ]  # fmt: skip


def _how(step: StepNow) -> str:
    """Return who signed: it tells an officer's own signature from what the station attests."""
    if step.attested:
        return f"was signed in; the station signed, key {step.key}"
    return f"the office signed, key {step.key}" if step.by_office else f"signed with their own key {step.key}"

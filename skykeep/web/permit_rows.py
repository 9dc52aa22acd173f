"""Applications and permits as their page shows them: rows, terms, advice and history in words."""

from __future__ import annotations

import math
from collections.abc import Collection

import msgspec

from skykeep.facts.enacted import Rule
from skykeep.views import ground, sentences, words
from skykeep.views.livemodels import PermitNow, PermitVolumeNow
from skykeep.web import spoken
from skykeep.web.cases import Advice, ApplicationNow, ConflictMet, FreeInstead, StepNow, ZoneMet
from skykeep.web.sensor_rows import Stand
from skykeep.web.volumes import volume_of
from skykeep.web.wishes import FEET, wishes
from skykeep.web.words import count, marked, say
from skykeep.web.words import spoken as speaking

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
GROUPS = {"": marked("all"), "waiting": marked("waiting"), "granted": marked("granted"), "over": marked("done with")}
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
        permit_id=case.permit_id, holder=words.shown(case.holder or say("nobody named"), 60),
        purpose=words.shown(case.purpose or say("not stated"), 60), where=_where(case), when=when(case.volumes),
        ceiling=_ceiling(case.volumes), state=say(STATE[case.state]), stand=stand(case.state),
        check=None if case.advice is None else check(case.advice), group=group(case.state), start_ns=start_ns, own=True,
        older=case.version if older else 0,
    )  # fmt: skip


def row_of_permit(permit: PermitNow) -> Row:
    """Return the line of a permit that the station's office does not have."""
    start_ns = min((each.start_ns for each in permit.volumes), default=0)
    zones = ", ".join(pin.zone_id for pin in permit.zones)
    return Row(
        permit_id=permit.permit_id, holder=words.shown(permit.holder or say("nobody named"), 60),
        purpose=words.shown(permit.purpose or say("not stated"), 60), where=zones or _centre(permit.volumes),
        when=when(permit.volumes), ceiling=_ceiling(permit.volumes), state=say(STATE[permit.state]),
        stand=stand(permit.state), check=None, group=group(permit.state), start_ns=start_ns, own=False,
    )  # fmt: skip


def stand(state: str) -> Stand:
    """Return the shape and words of a state."""
    return Stand(_STANDS.get(state, OFF), say(STATE[state]))


def group(state: str) -> str:
    """Return under which filter a state falls."""
    return "waiting" if state in WAITING else "granted" if state in HOLDS else "over"


def check(advice: Advice) -> Stand:
    """Return what the rules advise, in a few words. A person decides."""
    stands = [met for met in advice.conflicts if met.stands]
    if stands:
        other = stands[0].permit_id or say("a granted permit")
        return Stand(ILL, say("Conflicts with {permit}", permit=_others(other, stands)))
    consents = [zone for zone in advice.zones if zone.consent_of]
    if consents:
        return Stand(DOUBT, say("Needs consent: {zone}", zone=_others(consents[0].zone_id, consents)))
    if advice.missing or not advice.law_complete:
        return Stand(DOUBT, say("No conflict, not all is known"))
    return Stand(WELL, say("No conflict"))


def _others(first: str, of: Collection[object]) -> str:
    return say("{one} and others", one=first) if len(of) > 1 else first


def _where(case: ApplicationNow) -> str:
    met = [zone.name or zone.zone_id for zone in case.advice.zones] if case.advice else []
    named = met or [pin.zone_id for pin in case.zones]
    return words.shown(", ".join(named), 80) if named else _centre(case.volumes)


def _centre(volumes: list[PermitVolumeNow] | tuple[PermitVolumeNow, ...]) -> str:
    if not volumes:
        return say("nowhere")
    extent = ground.extent_of_volume(volume_of(volumes[0].volume))
    return f"{(extent.south + extent.north) / 2:.4f}, {(extent.west + extent.east) / 2:.4f}"


def when(volumes: list[PermitVolumeNow] | tuple[PermitVolumeNow, ...]) -> str:
    """Return when a permit begins and ends, to the minute."""
    if not volumes:
        return say("never")
    first, last = min(each.start_ns for each in volumes), max(each.end_ns for each in volumes)
    begins, ends = words.utc(first)[:16], words.utc(last)[:16]
    return f"{begins}–{ends[11:]}" if begins[:10] == ends[:10] else f"{begins} – {ends}"


def _ceiling(volumes: list[PermitVolumeNow] | tuple[PermitVolumeNow, ...]) -> str:
    found = dict.fromkeys(spoken.heights(volume_of(each.volume)) for each in volumes)
    return _others(next(iter(found), say("not stated")), found)


# ---- one ------------------------------------------------------------------------------------------------------


def terms(case: ApplicationNow) -> list[Term]:
    """Return what is asked for."""
    told = {
        say("Holder"): case.holder,
        say("Pilots"): ", ".join(case.pilots),
        say("Drones"): ", ".join(case.aircraft),
        say("Operators"): ", ".join(case.operators),
        say("Sessions"): ", ".join(case.sessions),
        say("Contact"): case.contact,
        say("Purpose"): case.purpose,
        say("When"): f"{when(case.volumes)} UTC",
        say("Heights"): _ceiling(case.volumes),
        say("Area"): _centre(case.volumes),
        say("Lifts"): ", ".join(pin.zone_id for pin in case.zones),
        say("Operation"): ", ".join(each for each in (case.category, case.operation) if each),
        say("Conditions"): "; ".join([*case.conditions, *(code.replace("_", " ") for code in case.condition_codes)]),
        say("Claims"): _claims(case),
        say("Consents"): "; ".join(case.consents),
    }
    return [Term(name, words.shown(said, 400)) for name, said in told.items() if said]


def _claims(case: ApplicationNow) -> str:
    told = [say("a state flight")] if case.state_flight else []
    told += [say("standing: it holds again and again")] if case.standing else []
    return "; ".join([*told, *([say("priority {n}", n=case.priority)] if case.priority else [])])


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
        missing = ", ".join(sentences.needed(each, speaking().law) for each in advice.missing)
        told.append(Said(kind=DOUBT, head=say("Cannot be told."), words=say("Missing: {what}.", what=missing)))
    if not advice.law_complete:
        words_ = say("This station does not claim to know every zone there is; others may apply.")
        told.append(Said(kind=DOUBT, head=say("Not all law is known here."), words=words_))
    if not advice.zones:
        told.append(Said(kind=OFF, head=say("No zone in force is met then."), words=say("A permit may not be needed.")))
    if advice.free:
        words_ = say("A person still decides.")
        told.append(Said(kind=WELL, head=say("No granted permit stands against it."), words=words_))
    return told


BECAUSE = {"granted_first": "it was granted first", "goes_first": "it goes first", "gives_way": "it gives way"}


def _conflict(met: ConflictMet) -> Said:
    kind = ILL if met.stands else DOUBT
    if not met.permit_id:
        words_ = say("It stands against this one.") if met.stands else say("It gives way.")
        return Said(kind=kind, head=say("A granted permit is too near."), words=words_)
    far = spoken.metres(round(met.gap_mm / 1000))
    head = (
        say("Overlaps permit {permit}.", permit=met.permit_id)
        if met.gap_mm == 0
        else say("Comes within {far} of permit {permit}.", far=far, permit=met.permit_id)
    )
    span = say("{start} to {end} UTC", start=words.utc(met.start_ns)[:16], end=words.utc(met.end_ns)[:16])
    heights = f" {say('Their heights cannot be compared.')}" if met.heights == "not_comparable" else ""
    return Said(kind=kind, head=head, words=f"{span}; {say(BECAUSE[met.because])}.{heights}")


def _zone(zone: ZoneMet) -> Said:
    rule, name = say(words.RULE[Rule(zone.rule)]).lower(), words.shown(zone.name or zone.zone_id, 80)
    head = say("Meets {zone} ({rule}).", zone=name, rule=rule)
    if zone.consent_of:
        who = words.shown(f" {say('and')} ".join(zone.consent_of), 160)
        return Said(kind=DOUBT, head=head, words=say("Needs the consent of {who}.", who=who))
    told = say("Zone {zone} version {n}; nobody else must consent.", zone=zone.zone_id, n=zone.version)
    return Said(kind=OFF, head=head, words=told)


def instead(advice: Advice) -> list[str]:
    """Return what would be free, in words."""
    return [_free(each) for each in advice.instead]


def _free(each: FreeInstead) -> str:
    if each.kind == "time":
        minutes = each.shift_ns // MINUTE_NS
        span = say("{start} to {end} UTC", start=words.utc(each.start_ns)[:16], end=words.utc(each.end_ns)[11:16])
        if minutes > 0:
            return count(
                minutes, "The same {n} minute later: {span}.", "The same {n} minutes later: {span}.", span=span
            )
        return count(
            -minutes, "The same {n} minute earlier: {span}.", "The same {n} minutes earlier: {span}.", span=span
        )
    far = _shift(abs(each.shift_mm))
    return say("The same {far} higher.", far=far) if each.shift_mm > 0 else say("The same {far} lower.", far=far)


def _shift(shift_mm: int) -> str:
    """Return how much higher or lower, never less than it is: in metres as reckoned, in feet the next whole one."""
    if wishes().units == FEET:
        return f"{math.ceil(shift_mm / 1e3 / spoken.FOOT_M)} ft"
    return f"{shift_mm / 1000:g} m"


def history(case: ApplicationNow) -> list[Line]:
    """Return who did what, the last first."""
    return [
        Line(
            utc=words.utc(step.t_ns), who=words.shown(step.person or step.role.replace("_", " "), 60),
            what=say(DEEDS[step.step]), how=_how(step), said=words.shown(step.reason, 400),
        )
        for step in reversed(case.steps)
    ]  # fmt: skip


def _how(step: StepNow) -> str:
    """Return who signed: it tells an officer's own signature from what the station attests."""
    if step.attested:
        return say("was signed in; the station signed, key {key}", key=step.key)
    if step.by_office:
        return say("the office signed, key {key}", key=step.key)
    return say("signed with their own key {key}", key=step.key)

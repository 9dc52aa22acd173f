"""What a permit office says to people and to other programs: sentences and plain objects."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any

from skykeep.facts import codec
from skykeep.facts.concluded import Verdict
from skykeep.facts.enacted import PermitEnacted
from skykeep.facts.explained import Alternative, Conflict, Explanation, ZoneExplained
from skykeep.facts.granting import PermitStepped, Role, State
from skykeep.facts.personal import masked
from skykeep.rules.lifecycle import FINAL, TABLE, article
from skykeep.station.credential import moment, when, where
from skykeep.station.office import HOLDS, Case, Office
from skykeep.station.officecredential import list_name
from skykeep.wire.credential import S

ERASED = "(erased)"
_MINUTE_NS = 60 * S


def headline(case: Case) -> str:
    """Return where an application or a permit stands, in a line."""
    handed_in = "" if case.shown_version == case.version else f" (handed in as version {case.version})"
    return f"{case.permit_id} version {case.shown_version}{handed_in}: {article(case.state)}"


def beside(office: Office, case: Case) -> str:
    """Return which other version somebody who looks at this one must know of, in a line; "" where there is none."""
    now, last = office.permits_now(case.permit_id), office.case(case.permit_id)
    if now is not None and now is not case:
        return f"version {now.shown_version} of it permits meanwhile: --version {now.shown_version}"
    if last is not case:
        return f"a newer version {last.shown_version} is {article(last.state)}: --version {last.shown_version}"
    return ""


def next_steps(case: Case) -> str:
    """Return what may be done now and by whom, in a line; "" where nothing may."""
    found: dict[Role, list[str]] = {}
    for (before, step), row in TABLE.items():
        if before is case.state and row.role is not Role.OFFICE:
            found.setdefault(row.role, []).append(step.value)
    return "; ".join(f"{role.value.replace('_', ' ')} may {', '.join(steps)}" for role, steps in found.items())


# ---- what the law says ---------------------------------------------------------------------------------------


def weighed_lines(weighed: Explanation) -> list[str]:
    """Return what the law says of an application: zones, consents, conflicts, alternatives."""
    told = [_zone_line(zone) for zone in weighed.zones]
    if not weighed.zones:
        known = "this office knows all zones there are" if weighed.law_complete else "among the zones that it knows"
        told.append(f"zones: it reaches none in force then ({known})")
    if weighed.coming_zone_id is not None:
        coming = moment((weighed.coming_from_ns or 0) // S)
        told.append(f"coming: {weighed.coming_zone_name or weighed.coming_zone_id} is in force from {coming}")
    told += [_conflict_line(conflict) for conflict in weighed.conflicts]
    if not weighed.conflicts:
        told.append("conflicts: none with a granted permit")
    told += [f"offered: {_alternative(each)}" for each in weighed.alternatives]
    if weighed.missing:
        told.append(f"cannot tell without: {', '.join(weighed.missing)}")
    return told


def _zone_line(zone: ZoneExplained) -> str:
    rule = zone.rule.value.replace("_", " ")
    line = f"zone: {zone.zone_id} version {zone.zone_version}, {zone.name} ({rule})"
    if zone.consent_of:
        line += f"; needs the consent of {' and '.join(zone.consent_of)}"
    elif zone.verdict in {Verdict.NO_RULE, Verdict.EXEMPT}:
        line += "; needs nobody's consent"
    return line


def _conflict_line(conflict: Conflict) -> str:
    times = f"{moment(conflict.start_ns // S)} to {moment(conflict.end_ns // S)}"
    near = "overlaps it" if conflict.gap_mm == 0 else f"comes within {conflict.gap_mm / 1000:.0f} m of it"
    because = {"granted_first": "that one was granted first", "goes_first": "that one goes first",
               "gives_way": "that one gives way"}[conflict.because]  # fmt: skip
    heights = "; their heights cannot be compared" if conflict.heights == "not_comparable" else ""
    return f"conflict: permit {conflict.permit_id} {near} from {times}{heights}; {because}"


def _alternative(each: Alternative) -> str:
    if each.kind == "time":
        minutes = each.shift_ns // _MINUTE_NS
        start_ns = min(part.start_ns for part in each.volumes)
        said = f"{abs(minutes)} minutes {'later' if minutes > 0 else 'earlier'}, from {moment(start_ns // S)}"
        return f"the same {said}, conflicts with nothing"
    return (
        f"the same {abs(each.shift_mm) / 1000:g} m {'higher' if each.shift_mm > 0 else 'lower'} conflicts with nothing"
    )


# ---- a case --------------------------------------------------------------------------------------------------


def case_lines(office: Office, case: Case, *, reveal: bool) -> list[str]:
    """Return an application or a permit with its whole life, persons masked unless `reveal`."""
    spoken = speaker(office, reveal=reveal)
    permit = case.granted or case.asked
    replaced = case.state in HOLDS and office.replaced(case)
    told = [headline(case) + (", replaced by a newer version" if replaced else "")]
    if case.state is State.GRANTED and case.end_ns <= office.now_ns:
        told.append("its times are over; the office's next act records that")
    told += [f"  {line}" for line in _permit_lines(permit, spoken)]
    told += [f"  doubt: {doubt}" for doubt in case.applications[-1].doubts]
    if case.granted is None and case.state not in FINAL:
        told += [f"  {line}" for line in weighed_lines(office.weigh(case.asked, office.now_ns))]
    told.append(f"  document: sha256 {case.applications[-1].document_sha256}")
    told += [f"  {_step_line(step, spoken)}" for step in case.steps]
    if case.granted is not None:
        told.append(f"  credential: number {case.status_index} in {list_name(office)}, entry {case.granted_entry}")
    told.append(f"  {len(case.steps)} steps, every signature holds")
    if other := beside(office, case):
        told.append(f"  {other}")
    following = "" if office.replaced(case) else next_steps(case)
    return [*told, f"  next: {following}"] if following else told


def _permit_lines(permit: PermitEnacted, spoken: Callable[[str], str]) -> list[str]:
    people = [("aircraft", permit.aircraft), ("operator", permit.operators), ("session", permit.sessions),
              ("pilot", permit.pilots), ("holder", (permit.holder,) if permit.holder else ())]  # fmt: skip
    told = ["who: " + "; ".join(f"{word} {', '.join(map(spoken, names))}" for word, names in people if names)]
    told += [f"where: {where(part)}, {when(part)}" for part in permit.volumes]
    if permit.zones:
        pins = (f"{pin.zone_id}{'' if pin.version is None else f' version {pin.version}'}" for pin in permit.zones)
        told.append(f"lifts: {', '.join(pins)}")
    what = [permit.purpose or "no purpose stated", *(word for word in (permit.category, permit.operation) if word)]
    what += [*permit.conditions, *(code.replace("_", " ") for code in permit.condition_codes)]
    told.append(f"what: {'; '.join(what)}")
    if claimed := _claimed(permit):
        told.append(f"claims: {'; '.join(claimed)}")
    told += [
        f"consent: {one.authority or 'the authority'} for {one.zone_id} version {one.zone_version}, at "
        f"{moment(one.t_ns // S)}"
        for one in permit.consents
    ]
    return told


def _claimed(permit: PermitEnacted) -> list[str]:
    """Return what widens a permit or puts it before others: whoever decides must see it."""
    told = ["a state flight"] if permit.state_flight else []
    told += ["standing: it holds again and again"] if permit.standing else []
    told += [f"priority {permit.priority}"] if permit.priority else []
    if (slack := permit.thresholds) is not None:
        across, up, early = slack.horizontal_mm / 1000, slack.vertical_mm / 1000, slack.time_ns / S
        told.append(f"deviation allowed: {across:g} m across, {up:g} m in height, {early:g} s")
    return told


def _step_line(step: PermitStepped, spoken: Callable[[str], str]) -> str:
    by = spoken(step.officer) if step.officer else step.role.value.replace("_", " ")
    moved = f"{moment(step.t_ns // S)}  {step.before.value} -> {step.after.value}"
    reason = f": {step.reason}" if step.reason else ""
    return f"{moved}  {step.step.value} by {by}, key {key_name(step.public_key)}{reason}"


def key_name(public_key: bytes) -> str:
    """Return a short name of a key, which finds it and proves nothing."""
    return hashlib.sha256(public_key).hexdigest()[:8]


def speaker(office: Office, *, reveal: bool) -> Callable[[str], str]:
    """Return how pseudonyms are said: masked, whole, or erased."""

    def spoken(pseudonym: str) -> str:
        value = office.value(pseudonym)
        if value is None:
            return ERASED
        return value if reveal else masked(value)

    return spoken


def case_plain(office: Office, case: Case, *, reveal: bool) -> dict[str, Any]:
    """Return the same as a plain object."""
    spoken = speaker(office, reveal=reveal)
    permit = case.granted or case.asked
    people = {
        key: [spoken(one) for one in getattr(permit, key)] for key in ("aircraft", "operators", "sessions", "pilots")
    }
    return {
        "permit_id": case.permit_id,
        "version": case.shown_version,
        "handed_in_version": case.version,
        "state": case.state.value,
        "replaced": case.state in HOLDS and office.replaced(case),
        "holder": None if permit.holder is None else spoken(permit.holder),
        **people,
        "volumes": [codec.to_plain(part) for part in permit.volumes],
        "zones": [codec.to_plain(pin) for pin in permit.zones],
        "purpose": permit.purpose,
        "document_sha256": case.applications[-1].document_sha256,
        "steps": [_step_plain(step, spoken) for step in case.steps],
        "granted_at_ns": None if case.granted is None else case.granted.granted_at_ns,
    }


def _step_plain(step: PermitStepped, spoken: Callable[[str], str]) -> dict[str, Any]:
    plain: dict[str, Any] = codec.to_plain(step)
    return {**plain, "officer": None if step.officer is None else spoken(step.officer)}


def listed(office: Office) -> Sequence[str]:
    """Return a line for each application, in the order in which they came."""
    return [f"{headline(case)}, until {moment(case.end_ns // S)}" for case in office.cases.values()]

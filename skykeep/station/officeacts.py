"""What people and the clock do in a permit office: each act one tick, durable and sealed before it is told.

Time never runs backwards in an office. An act is folded into the office by the same code as any reader of the record
uses, which checks it again.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from skykeep.errors import Malformed, Refused
from skykeep.facts.codec import Fact
from skykeep.facts.enacted import (
    Consent,
    LawDeclared,
    PermitEnacted,
    PermitRevoked,
    ZoneEnacted,
    ZonePin,
    ZoneWithdrawn,
)
from skykeep.facts.explained import Explanation, ZoneExplained
from skykeep.facts.frame import Frame
from skykeep.facts.granting import (
    ApplicationReceived,
    DoneOnce,
    OfficeOpened,
    OfficerAttested,
    OfficerDismissed,
    OfficerEnrolled,
    PermitStepped,
    Role,
    Step,
    once_sha256,
    signed_text,
    text_sha256,
)
from skykeep.facts.observed import LinkTrust
from skykeep.facts.personal import KeyedNames, NameKind
from skykeep.ledger.note import Signer, Verifier
from skykeep.rules.decide import consent_authorities
from skykeep.rules.lifecycle import ENACTS, FINAL, TABLE, TAKES_BACK, Act, admit, article, row_of
from skykeep.station import acting, credential, hours, officekeys, zonefiles
from skykeep.station.keys import Keys
from skykeep.station.office import HOLDS, Case, Office, Received, require_not_named, require_there
from skykeep.station.officepapers import without_secrets, words
from skykeep.station.store import Store
from skykeep.wire import application
from skykeep.wire.credential import S

FORMAT = "permit-application"
ID_MAX = 100


class WritingOffice(Office):
    """An office that acts at one moment, `at_ns`; every act is durable and sealed when its method returns."""

    def __init__(self, store: Store, keys: Keys, at_ns: int) -> None:
        """Open for acts at a moment; raises Refused where the office acted later already, or has other keys."""
        self._acting = acting.Acting(store, keys)
        self._signer = self._acting.signer
        super().__init__(store)
        if self.public_key != self._signer.verifier.public_key:
            raise Refused(f"{store.path} is the office {self.name}; these keys are not its own: name its --keys")
        if at_ns < self.now_ns:
            was = credential.moment(self.now_ns // S)
            raise Refused(
                f"{store.path}: this office acted at {was} already, and its time never runs backwards; "
                "set the clock right"
            )
        self.at_ns = at_ns
        self.left_out: list[str] = []  # of the zone files that it was given, in words
        self._let_expire()

    # ---- acts ---------------------------------------------------------------------------------------------

    def enrol(self, vkey: str, authority: str | None) -> OfficerEnrolled:
        """Let a person sign as an officer; raises Refused where the name has another key, or the key another name."""
        authority = None if authority is None else words(authority, "the authority")
        names = self._fresh_names()
        fact = self._enrolment(officekeys.verifier(vkey), authority, names)
        self._append([fact], names=names)
        return fact

    def attest(self, person: Verifier, station: str) -> str:
        """Let a station sign for a person by a key that it holds, unless it does; returns the officer's pseudonym.

        Raises Refused like `enrol`: who has a key of their own under the same name signs with that.
        """
        known = self.enrolled.get(person.public_key)
        if known is not None and person.public_key not in self.dismissed:
            return known.officer
        names = self._fresh_names()
        enrolled = self._enrolment(person, None, names)
        attested = OfficerAttested(
            officer=enrolled.officer, public_key=person.public_key, station=station, t_ns=self.at_ns
        )
        self._append([enrolled, attested], names=names)
        return enrolled.officer

    def learn(self, facts: Iterable[object]) -> None:
        """Take what a station knows of the law into this record: zones, their withdrawals, whether they are all.

        Raises Refused where a version of a zone says something else there: a version never changes.
        """
        new: list[Fact] = []
        complete = self.law_complete
        for fact in facts:
            if isinstance(fact, ZoneEnacted):
                known = self.zones.get((fact.zone_id, fact.version))
                if known is None:
                    new.append(fact)
                elif known.native != fact.native and not _same_law(known, fact, self.at_ns):
                    raise Refused(
                        f"zone {fact.zone_id} version {fact.version} says something else in the office's record than "
                        "in the station's; give the changed zone a new version"
                    )
            elif isinstance(fact, ZoneWithdrawn) and (fact.zone_id, fact.version) not in self.withdrawn:
                new.append(fact)
            elif isinstance(fact, LawDeclared) and fact.complete is not complete:
                complete = fact.complete
                new.append(fact)
        if new:
            self._append(new)

    def _enrolment(self, person: Verifier, authority: str | None, names: KeyedNames) -> OfficerEnrolled:
        """Return the fact by which a key signs for a person; raises Refused where the person has another one."""
        pseudonym = names.pseudonym(NameKind.PERSON, person.name)
        if person.public_key in self.dismissed:
            raise Refused(f"{person.name}: this key was dismissed and signs no more; enrol a new one")
        for known in self.enrolled.values():
            if known.public_key in self.dismissed:
                continue
            if (known.officer == pseudonym) != (known.public_key == person.public_key):
                raise Refused(f"{person.name}: one person, one key; dismiss the other one first")
        return OfficerEnrolled(
            officer=pseudonym, public_key=person.public_key, authority=authority or self.authority, t_ns=self.at_ns
        )

    def dismiss(self, vkey: str, reason: str) -> None:
        """Let a key sign no further step."""
        person = officekeys.verifier(vkey)
        if person.public_key not in self.enrolled or person.public_key in self.dismissed:
            raise Refused(f"{person.name} with this key is no officer of this office")
        why = words(reason, "the reason")
        self._append([OfficerDismissed(public_key=person.public_key, reason=why, t_ns=self.at_ns)])

    def publish(self, paths: Iterable[Path]) -> list[ZoneEnacted]:
        """Take zones into what this office knows of the law; returns those that are new.

        What cannot be used is told in `left_out`: the office weighs without it. Raises Refused where a version that it
        knows says something else now: a version never changes.
        """
        new: dict[tuple[str, int], ZoneEnacted] = {}
        for path in paths:
            file = zonefiles.read_file(path)
            self.left_out += file.left_out
            for zone in file.zones:
                key = zone.zone_id, zone.version
                known = self.zones.get(key) or new.get(key)
                if known is None:
                    new[key] = hours.publish(zone, from_ns=self.at_ns)
                elif not _same_law(known, zone, self.at_ns):
                    raise Refused(
                        f"{path}: zone {zone.zone_id} version {zone.version} says something else than the one that "
                        "this office knows; give the changed zone a new version"
                    )
        if new:
            self._append(list(new.values()))
        return list(new.values())

    def apply(
        self, data: bytes, *, permit_id: str | None = None, signer: Signer | None = None,
        brought_by: str | None = None, key: str = "",
    ) -> Received:  # fmt: skip
        """Take an application in, or the answer to one that waits for its applicant; says at once what the law says.

        `brought_by`: the name of whoever handed it in where the office signs for them; they do not decide on it. `key`:
        the idempotency key with which they did.
        """
        permit_id = None if permit_id is None else words(permit_id, "the number of the permit", ID_MAX)
        case = self._case_to_answer(permit_id)
        permit_id = permit_id or self._next_id()
        version = self._next_version(permit_id) if case is None else case.version
        names = self._fresh_names()
        try:
            data = without_secrets(data)
            read = application.read(data, names, permit_id=permit_id, version=version, received_ns=self.at_ns)
        except Malformed as error:
            raise Refused(str(error)) from error
        fault = zonefiles.outline_fault(part.volume for part in read.asked.volumes)
        if fault:
            raise Refused(f"application: {fault}")
        asked = msgspec.structs.replace(read.asked, issuer=self.authority)
        if max(part.end_ns for part in asked.volumes) <= self.at_ns:
            raise Refused(f"all of its times are over at {credential.moment(self.at_ns // S)}; apply for coming ones")
        weighed = self.weigh(asked, self.at_ns)
        doubts = tuple(f"{doubt.where}: {doubt.what}" for doubt in read.doubts)
        received = ApplicationReceived(
            asked=asked, persons=_persons(asked), doubts=doubts,
            document_sha256=hashlib.sha256(data).hexdigest(), frame=0, t_ns=self.at_ns,
        )  # fmt: skip
        case = case or Case(permit_id, version)
        person = None if brought_by is None or signer is not None else names.pseudonym(NameKind.PERSON, brought_by)
        step = self._signed(
            case, Step.SUBMIT, Role.APPLICANT, signer or self._signer, "", (), received.document_sha256, person=person
        )
        frame = Frame(FORMAT, None, "office", self.at_ns, self.at_ns, LinkTrust.OPEN, data)
        facts = [received, step, *_once(step, key, received.document_sha256)]
        self._append(facts, frames=[frame], names=names)
        return Received(self.case(permit_id, version), weighed, read.lacking, doubts)

    def step(
        self, permit_id: str, step: Step, *, signer: Signer | None, reason: str, version: int | None = None,
        key: str = "", asked_sha256: str = "",
    ) -> Case:  # fmt: skip
        """Take a step with an application or a permit; raises Refused with the rule where it may not be taken.

        Without `signer` the office signs, for an applicant who has no key. Without `version` it is of what permits now
        where the step is one of a permit, else of what was handed in last. `key`: the idempotency key with which an
        officer asked for it; `asked_sha256`: of what they asked.
        """
        case = self.case(permit_id, version) if version is not None else self.meant(permit_id, step)
        self._require_not_replaced(case)
        role = row_of(case.state, step).role
        if role is Role.OFFICE:
            raise Refused(f"{step.value} is for the office's clock alone")
        reason = words(reason, "the reason")
        if role is Role.PERMIT_OFFICER:
            self._require_officer(step, signer, case)
        weighed = self.weigh(case.asked, self.at_ns) if step in WEIGHED else None
        pins = self._consented(weighed, signer) if weighed is not None and step is not Step.RESUME else ()
        if step is Step.CONSENT and not pins:
            raise Refused(f"{permit_id} needs no consent of this officer's authority: it crosses none of its zones")
        made = self._signed(
            case, step, role, signer or self._signer, reason, pins, case.applications[-1].document_sha256
        )
        facts: list[Fact] = [made, *_once(made, key, asked_sha256)]
        if step in ENACTS and weighed is not None:
            facts.append(self._granted(case, made, weighed))
        elif step in TAKES_BACK:
            facts.append(PermitRevoked(permit_id=permit_id, t_ns=self.at_ns, reason=reason, officer=made.officer))
        self._append(facts)
        return self.case(permit_id, case.version)

    # ---- how ----------------------------------------------------------------------------------------------

    def _require_not_replaced(self, case: Case) -> None:
        """Raise Refused for a version that a newer one took the place of: what ends or resumes a permit ends all."""
        newer = self.granted_last(case.permit_id)
        if newer is not None and case.state in HOLDS and self.replaced(case):
            raise Refused(
                f"version {case.shown_version} of {case.permit_id} permits nothing any more: version "
                f"{newer.shown_version} was granted since and took its place; act on that one"
            )

    def _case_to_answer(self, permit_id: str | None) -> Case | None:
        """Return the case that a new document answers, None where it begins one."""
        if permit_id is None or not any(case.permit_id == permit_id for case in self.cases.values()):
            return None
        case = self.case(permit_id)
        if case.state in FINAL or case.granted is not None:
            return None
        if (case.state, Step.SUBMIT) not in TABLE:
            raise Refused(f"{permit_id} is {article(case.state)} and waits for the office; withdraw it to apply anew")
        return case

    def _version_to_grant(self, case: Case) -> int:
        """Return the number of a permit, above all that were granted: by it the law knows which took whose place.

        It is that of the application, unless a version before was resumed meanwhile, or this one is.
        """
        granted = [each.granted.version for each in self.versions(case.permit_id) if each.granted is not None]
        return case.version if case.version > max(granted, default=0) else self._next_version(case.permit_id)

    def _next_version(self, permit_id: str) -> int:
        return max((case.last_version for case in self.versions(permit_id)), default=0) + 1

    def _next_id(self) -> str:
        """Return the next free number of the year, such as P-2026-001."""
        year = credential.moment(self.at_ns // S)[:4]
        taken = {case.permit_id for case in self.cases.values()}
        return next(number for n in range(1, 1_000_000) if (number := f"P-{year}-{n:03}") not in taken)

    def _require_officer(self, step: Step, signer: Signer | None, case: Case) -> None:
        if signer is None:
            raise Refused(f"{step.value} is for permit officers: sign with the key of one (--key)")
        key = signer.verifier.public_key
        if key in self.dismissed:
            raise Refused(f"{signer.name}: this key was dismissed: {self.dismissed[key].reason}")
        if key not in self.enrolled:
            raise Refused(f"{signer.name} is no officer of this office; enrol {signer.verifier.vkey}")
        require_not_named(case, step, self.enrolled[key].officer)

    def _consented(self, weighed: Explanation, signer: Signer | None) -> tuple[ZonePin, ...]:
        """Return the zones for whose authority this officer speaks."""
        officer = None if signer is None else self.enrolled.get(signer.verifier.public_key)
        if officer is None or officer.authority is None:
            return ()
        return tuple(
            ZonePin(zone_id=zone.zone_id, version=zone.zone_version)
            for zone in weighed.zones
            if officer.authority in {zone.issuing_body, *self._authorities(zone)}
        )

    def _authorities(self, zone: ZoneExplained) -> tuple[str, ...]:
        return consent_authorities(self.zones[zone.zone_id, zone.zone_version])

    def _granted(self, case: Case, step: PermitStepped, weighed: Explanation) -> PermitEnacted:
        """Return the permit that a step enacts; raises Refused where the law stands against it."""
        case = dataclasses.replace(case, steps=[*case.steps, step])
        consents = self.consents(case)
        require_grantable(case.permit_id, weighed, consents)
        pins = tuple(
            ZonePin(zone_id=zone.zone_id, version=zone.zone_version)
            for zone in weighed.zones
            if not case.asked.zones or any(pin.zone_id == zone.zone_id for pin in case.asked.zones)
        )
        return msgspec.structs.replace(
            case.asked,
            version=self._version_to_grant(case),
            granted_at_ns=self.at_ns, zones=pins or case.asked.zones, consents=consents,
            issuer=self.authority or self.name,
        )  # fmt: skip

    def _signed(
        self,
        case: Case,
        step: Step,
        role: Role,
        signer: Signer,
        reason: str,
        pins: tuple[ZonePin, ...],
        document: str,
        *,
        person: str | None = None,
    ) -> PermitStepped:
        public_key = signer.verifier.public_key
        person = self.enrolled[public_key].officer if public_key in self.enrolled else person
        after = admit(case.state, case.history(), Act(step, role, public_key, person))
        unsigned = PermitStepped(
            permit_id=case.permit_id, version=case.version, number=len(case.steps) + 1, step=step, before=case.state,
            after=after, t_ns=self.at_ns, role=role, officer=person, public_key=public_key, reason=reason,
            consents=pins, document_sha256=document,
            previous_sha256=text_sha256(case.steps[-1], self.name) if case.steps else "",
            signature=b"",
        )  # fmt: skip
        return msgspec.structs.replace(unsigned, signature=signer.key.sign(signed_text(unsigned, self.name)))

    def _let_expire(self) -> None:
        for case in list(self.cases.values()):
            if case.state not in FINAL and case.end_ns <= self.at_ns:
                document = case.applications[-1].document_sha256
                self._append(
                    [self._signed(case, Step.EXPIRE, Role.OFFICE, self._signer, "its times are over", (), document)]
                )

    def _fresh_names(self) -> KeyedNames:
        """Return pseudonyms for one act: what is refused after all leaves no name behind."""
        return self._acting.fresh_names(self.names)

    def _append(self, facts: Sequence[Fact], *, frames: Sequence[Frame] = (), names: KeyedNames | None = None) -> None:
        """Add one tick, wait until it is durable, seal it, and fold it as any reader would."""
        new = [] if names is None else names.take_new()
        self._tick += 1
        index = self._acting.append(self._tick, self.at_ns, facts, frames=frames, names=new)
        self.names.update((name.pseudonym, name) for name in new)
        self.now_ns = self.at_ns
        self._take(facts, index)


WEIGHED = (Step.CONSENT, Step.RECOMMEND, Step.GRANT, Step.RESUME)


def _once(step: PermitStepped, key: str, asked_sha256: str) -> list[Fact]:
    """Return what stands beside a step of somebody who gave an idempotency key."""
    if not key or step.officer is None:
        return []
    return [
        DoneOnce(
            permit_id=step.permit_id, version=step.version, key_sha256=once_sha256(step.officer, key),
            document_sha256=asked_sha256, t_ns=step.t_ns,
        )
    ]  # fmt: skip


def _same_law(known: ZoneEnacted, read: ZoneEnacted, at_ns: int) -> bool:
    """Whether a zone that was read is the published one: wherever it was read from, its hours worked out alike."""
    span = known.applicability_span
    from_ns = at_ns if span is None or span.start_ns is None else span.start_ns
    again = hours.publish(read, from_ns=from_ns, until_ns=None if span is None else span.end_ns)
    return _law_of(again) == _law_of(known)


def _law_of(zone: ZoneEnacted) -> ZoneEnacted:
    return msgspec.structs.replace(zone, source_sha256="", source_format="", native="", doubts=())


def _persons(asked: PermitEnacted) -> tuple[str, ...]:
    several = (*asked.pilots, *asked.aircraft, *asked.operators, *asked.sessions)
    return (*(one for one in (asked.holder, asked.contact) if one is not None), *several)


def require_grantable(permit_id: str, weighed: Explanation, consents: Sequence[Consent]) -> None:
    """Raise Refused where a granted permit stands against an application, or an authority has not consented."""
    if not weighed.free_of_conflict:
        others = ", ".join(dict.fromkeys(each.permit_id for each in weighed.conflicts if each.stands))
        raise Refused(f"{permit_id} conflicts with {others}; offer another time or height, or revoke the other one")
    given = {(consent.zone_id, consent.authority) for consent in consents}
    lacking = [
        f"{authority} for {zone.zone_id}"
        for zone in weighed.zones
        for authority in zone.consent_of
        if (zone.zone_id, authority) not in given
    ]
    if lacking:
        raise Refused(f"{permit_id} lacks the consent of {'; '.join(lacking)}: `skykeep permit consent {permit_id}`, "
                      "signed by an officer who is enrolled for that authority")  # fmt: skip


@contextlib.contextmanager
def writing(path: Path, keys: Keys, at_ns: int) -> Iterator[WritingOffice]:
    """Open an office to act in it at a moment."""
    require_there(path)
    with Store.open(path) as store:
        yield WritingOffice(store, keys, at_ns)


def found(path: Path, keys: Keys, at_ns: int, *, name: str, authority: str | None) -> str:
    """Make a new office and return the key that proves its record and its credentials."""
    name = words(name, "the name of the office", ID_MAX)
    authority = None if authority is None else words(authority, "the authority")
    return acting.found(
        path, keys, at_ns, record_id=name,
        opened=lambda signer: OfficeOpened(
            office=signer.name, public_key=signer.verifier.public_key, authority=authority, t_ns=at_ns
        ),
    )  # fmt: skip

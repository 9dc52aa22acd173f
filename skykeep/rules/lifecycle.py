"""The life of an application and of the permit it may become, as one table.

`TABLE` says what may be done in which state, by whom, and what it leads to; docs/explanation/permits.md shows the same
table. Beside the table stand three rules about persons:

    author is not approver    who handed an application in neither recommends, consents to, nor grants it
    two keys                  who grants is another person, with another key, than who recommended
    the holder's own          what an applicant may do is done with the key that handed the application in

Persons are compared by key and by pseudonym, so a second key of one officer does not count as a second officer. After
every new hand-in the recommendation must be given anew: what was recommended is the document as it was then.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from skykeep.errors import Refused
from skykeep.facts.granting import Role, State, Step


class Row(NamedTuple):
    """What a step leads to, and who may take it."""

    after: State
    role: Role


class Act(NamedTuple):
    """A step that was taken, as far as the rules about persons ask."""

    step: Step
    role: Role
    key: bytes  # public key that signed it
    person: str | None  # pseudonym of the officer


_IN_HAND = (State.SUBMITTED, State.NEEDS_INFO, State.OFFERED_ALTERNATIVE, State.RECOMMENDED)
_HOLDS = (State.GRANTED, State.ACTIVATED)

TABLE: dict[tuple[State, Step], Row] = {
    (State.DRAFT, Step.SUBMIT): Row(State.SUBMITTED, Role.APPLICANT),
    (State.NEEDS_INFO, Step.SUBMIT): Row(State.SUBMITTED, Role.APPLICANT),
    (State.OFFERED_ALTERNATIVE, Step.SUBMIT): Row(State.SUBMITTED, Role.APPLICANT),
    **{(state, Step.WITHDRAW): Row(State.ENDED, Role.APPLICANT) for state in _IN_HAND},
    (State.SUBMITTED, Step.ASK): Row(State.NEEDS_INFO, Role.PERMIT_OFFICER),
    (State.RECOMMENDED, Step.ASK): Row(State.NEEDS_INFO, Role.PERMIT_OFFICER),
    (State.SUBMITTED, Step.OFFER): Row(State.OFFERED_ALTERNATIVE, Role.PERMIT_OFFICER),
    (State.RECOMMENDED, Step.OFFER): Row(State.OFFERED_ALTERNATIVE, Role.PERMIT_OFFICER),
    (State.SUBMITTED, Step.CONSENT): Row(State.SUBMITTED, Role.PERMIT_OFFICER),
    (State.RECOMMENDED, Step.CONSENT): Row(State.RECOMMENDED, Role.PERMIT_OFFICER),
    (State.SUBMITTED, Step.RECOMMEND): Row(State.RECOMMENDED, Role.PERMIT_OFFICER),
    (State.RECOMMENDED, Step.GRANT): Row(State.GRANTED, Role.PERMIT_OFFICER),
    **{(state, Step.REFUSE): Row(State.REFUSED, Role.PERMIT_OFFICER) for state in _IN_HAND},
    (State.GRANTED, Step.ACTIVATE): Row(State.ACTIVATED, Role.APPLICANT),
    (State.ACTIVATED, Step.LAND): Row(State.GRANTED, Role.APPLICANT),
    **{(state, Step.END): Row(State.ENDED, Role.APPLICANT) for state in (*_HOLDS, State.SUSPENDED)},
    **{(state, Step.SUSPEND): Row(State.SUSPENDED, Role.PERMIT_OFFICER) for state in _HOLDS},
    (State.SUSPENDED, Step.RESUME): Row(State.GRANTED, Role.PERMIT_OFFICER),
    **{(state, Step.REVOKE): Row(State.REVOKED, Role.PERMIT_OFFICER) for state in (*_HOLDS, State.SUSPENDED)},
    **{(state, Step.EXPIRE): Row(State.EXPIRED, Role.OFFICE) for state in (*_IN_HAND, *_HOLDS, State.SUSPENDED)},
}

FINAL = (State.REFUSED, State.ENDED, State.REVOKED, State.EXPIRED)
"""States that nothing leads out of."""

ENACTS = (Step.GRANT, Step.RESUME)
"""Steps from which the permit permits: a PermitEnacted stands beside them."""

TAKES_BACK = (Step.END, Step.SUSPEND, Step.REVOKE)
"""Steps from which it permits no longer: a PermitRevoked stands beside them."""

APPROVES = (Step.CONSENT, Step.RECOMMEND, Step.GRANT)
"""Steps by which an officer is for it."""


def admit(state: State, history: Sequence[Act], act: Act) -> State:
    """Return the state that `act` leads to; raises Refused with the rule and the remedy where it may not be taken."""
    row = row_of(state, act.step)
    if act.role is not row.role:
        raise Refused(f"{act.step.value} is for {_WHO[row.role]}, and this key is for {_WHO[act.role]}")
    _require_persons(history, act)
    return row.after


def row_of(state: State, step: Step) -> Row:
    """Return the row of the table for a step; raises Refused with what is possible where there is none."""
    row = TABLE.get((state, step))
    if row is None:
        raise Refused(f"{article(state)} cannot be {_DONE[step]}; {_possible(state)}")
    return row


def _require_persons(history: Sequence[Act], act: Act) -> None:
    handed_in = [each for each in history if each.step is Step.SUBMIT]
    if act.role is Role.APPLICANT and handed_in and act.key != handed_in[0].key:
        raise Refused(f"{act.step.value} is for whoever handed the application in: sign with that key")
    if act.step in APPROVES and any(_same(each, act) for each in handed_in):
        raise Refused("author is not approver: this officer handed the application in; another one must decide")
    if act.step is Step.GRANT and (recommended := _recommended(history)) is not None and _same(recommended, act):
        raise Refused("two persons grant a permit: this officer has recommended it; a second one must grant it")


def _recommended(history: Sequence[Act]) -> Act | None:
    return next((each for each in reversed(history) if each.step is Step.RECOMMEND), None)


def _same(one: Act, other: Act) -> bool:
    return one.key == other.key or (one.person is not None and one.person == other.person)


def _possible(state: State) -> str:
    steps = [step.value for (before, step), row in TABLE.items() if before is state and row.role is not Role.OFFICE]
    return f"possible are {', '.join(steps)}" if steps else "nothing leads out of this; apply anew"


def article(state: State) -> str:
    """Return "an application that needs info", for a sentence."""
    return _NAMES[state]


_NAMES = {
    State.DRAFT: "a draft",
    State.SUBMITTED: "a submitted application",
    State.NEEDS_INFO: "an application that waits for information",
    State.OFFERED_ALTERNATIVE: "an application to which an alternative was offered",
    State.RECOMMENDED: "a recommended application",
    State.GRANTED: "a granted permit",
    State.REFUSED: "a refused application",
    State.ACTIVATED: "an activated permit",
    State.ENDED: "an ended permit",
    State.SUSPENDED: "a suspended permit",
    State.REVOKED: "a revoked permit",
    State.EXPIRED: "an expired application or permit",
}
_DONE = {
    Step.SUBMIT: "submitted", Step.WITHDRAW: "withdrawn", Step.ASK: "asked about", Step.OFFER: "given an alternative",
    Step.CONSENT: "consented to", Step.RECOMMEND: "recommended", Step.GRANT: "granted", Step.REFUSE: "refused",
    Step.ACTIVATE: "activated", Step.LAND: "landed", Step.END: "ended", Step.SUSPEND: "suspended",
    Step.RESUME: "resumed", Step.REVOKE: "revoked", Step.EXPIRE: "let expire",
}  # fmt: skip
_WHO = {
    Role.APPLICANT: "the applicant",
    Role.PERMIT_OFFICER: "permit officers",
    Role.OFFICE: "the office's clock",
}

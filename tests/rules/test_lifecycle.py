"""The life of a permit: one table, two persons, and no way around either."""

import itertools
import pathlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skykeep.errors import Refused
from skykeep.facts.granting import Role, State, Step
from skykeep.rules.lifecycle import ENACTS, FINAL, TABLE, TAKES_BACK, Act, admit

DOC = pathlib.Path(__file__).parents[2] / "docs/explanation/permits.md"
HOLDS = {State.GRANTED, State.ACTIVATED}
ALICE, ANNA, BORIS, OFFICE = b"alice", b"anna", b"boris", b"office"


def applicant(step, key=ALICE):
    return Act(step, Role.APPLICANT, key, None)


def officer(step, key=ANNA, person=None):
    return Act(step, Role.PERMIT_OFFICER, key, person or f"person:{key.decode()}")


def walk(*acts, state=State.DRAFT):
    history = []
    for act in acts:
        state = admit(state, history, act)
        history.append(act)
    return state


def test_an_application_becomes_a_permit_by_two_officers():
    assert walk(applicant(Step.SUBMIT), officer(Step.RECOMMEND), officer(Step.GRANT, BORIS)) is State.GRANTED


def test_one_officer_does_not_grant_alone():
    with pytest.raises(Refused, match="a second one must grant"):
        walk(applicant(Step.SUBMIT), officer(Step.RECOMMEND), officer(Step.GRANT))
    with pytest.raises(Refused, match=r"a submitted application cannot be granted; possible are .*recommend"):
        walk(applicant(Step.SUBMIT), officer(Step.GRANT))


def test_a_second_key_of_the_same_person_is_no_second_person():
    with pytest.raises(Refused, match="two persons"):
        walk(applicant(Step.SUBMIT), officer(Step.RECOMMEND), officer(Step.GRANT, b"anna's other key", "person:anna"))


@pytest.mark.parametrize("step", [Step.RECOMMEND, Step.CONSENT])
def test_an_author_is_no_approver(step):
    with pytest.raises(Refused, match="author is not approver"):
        walk(applicant(Step.SUBMIT, ANNA), officer(step))
    with pytest.raises(Refused, match="author is not approver"):
        walk(applicant(Step.SUBMIT, BORIS), officer(Step.RECOMMEND), officer(Step.GRANT, BORIS))


def test_a_new_hand_in_wants_a_new_recommendation():
    asked = (applicant(Step.SUBMIT), officer(Step.RECOMMEND), officer(Step.ASK, BORIS), applicant(Step.SUBMIT))
    assert walk(*asked) is State.SUBMITTED
    with pytest.raises(Refused, match="cannot be granted"):
        walk(*asked, officer(Step.GRANT, BORIS))


def test_who_recommended_before_a_new_hand_in_may_grant_after_it():
    begun = (applicant(Step.SUBMIT), officer(Step.RECOMMEND), officer(Step.ASK), applicant(Step.SUBMIT))
    assert walk(*begun, officer(Step.RECOMMEND, BORIS), officer(Step.GRANT)) is State.GRANTED


def test_only_its_applicant_withdraws_an_application():
    with pytest.raises(Refused, match="whoever handed the application in"):
        walk(applicant(Step.SUBMIT), applicant(Step.WITHDRAW, b"somebody"))
    assert walk(applicant(Step.SUBMIT), applicant(Step.WITHDRAW)) is State.ENDED


@pytest.mark.parametrize(("state", "step"), list(itertools.product(State, Step)))
def test_a_step_is_in_the_table_or_refused_with_words(state, step):
    row = TABLE.get((state, step))
    roles = {role: Act(step, role, b"key", "person:x") for role in Role}
    for role, act in roles.items():
        if row is not None and role is row.role:
            assert admit(state, [], act) is row.after
        else:
            with pytest.raises(Refused) as refused:
                admit(state, [], act)
            assert len(str(refused.value).split()) > 5


def test_final_states_have_no_way_out_and_all_others_have():
    assert {state for state, _ in TABLE}.isdisjoint(FINAL)
    assert {state for state, _ in TABLE} | set(FINAL) == set(State)
    assert {row.after for row in TABLE.values()} | {State.DRAFT} == set(State)


def test_what_enacts_leads_to_a_permit_that_holds_and_what_takes_back_out_of_it():
    for (before, step), row in TABLE.items():
        if step in ENACTS:
            assert before not in HOLDS
            assert row.after in HOLDS
        elif step in TAKES_BACK:
            assert row.after not in HOLDS
        elif before in HOLDS:  # a step of its holder, or its time is over, which its volumes say themselves
            assert row.after in HOLDS or step is Step.EXPIRE
        else:
            assert row.after not in HOLDS


ACTS = st.builds(
    Act,
    st.sampled_from(Step),
    st.sampled_from(Role),
    st.sampled_from([ALICE, ANNA, BORIS]),
    st.sampled_from([None, "person:anna", "person:boris"]),
)


@pytest.mark.requirement("GRANT-1")
@given(st.lists(ACTS, max_size=40))
def test_no_path_grants_with_one_key_or_one_person(acts):
    state, history = State.DRAFT, []
    for act in acts:
        try:
            after = admit(state, history, act)
        except Refused:
            continue
        history.append(act)
        state = after
        if act.step is Step.GRANT:
            last_hand_in = max(at for at, each in enumerate(history) if each.step is Step.SUBMIT)
            recommended = [each for each in history[last_hand_in:] if each.step is Step.RECOMMEND]
            assert recommended
            assert recommended[-1].key != act.key
            assert act.person is None or recommended[-1].person != act.person
            assert all(each.key != act.key for each in history if each.step is Step.SUBMIT)
            assert {each.role for each in (recommended[-1], act)} == {Role.PERMIT_OFFICER}
    if state in HOLDS:
        assert any(each.step is Step.GRANT for each in history)


def table_in_words():
    """The table as the page shows it: a row for each step, then what it leads from and to."""
    rows = ["| Step | By | From | To |", "| --- | --- | --- | --- |"]
    for step in Step:
        found = [(before, row) for (before, each), row in TABLE.items() if each is step]
        for role, after in dict.fromkeys((row.role, row.after) for _, row in found):
            befores = [before.value for before, row in found if (row.role, row.after) == (role, after)]
            rows.append(f"| `{step.value}` | {role.value.replace('_', ' ')} | {', '.join(befores)} | {after.value} |")
    return rows


def test_the_page_shows_the_table():
    shown = re.findall(r"^\|.*\|$", DOC.read_text(encoding="utf-8"), re.MULTILINE)
    assert shown[: len(table_in_words())] == table_in_words()


if __name__ == "__main__":
    print("\n".join(table_in_words()))

"""Pseudonyms: the same person, the same name; without the key, nothing."""

import base64
import hashlib
import hmac
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skykeep.facts.personal import KeyedNames, Name, NameKind, PlainNames, masked, normal

KEY, OTHER_KEY = bytes(range(32)), bytes(32)
IDS = (NameKind.UAS_ID, NameKind.OPERATOR_ID, NameKind.CALLSIGN, NameKind.TRANSMITTER)


@pytest.mark.requirement("FACT-4")
@given(st.sampled_from(NameKind), st.text(max_size=30))
def test_the_same_value_has_the_same_pseudonym_and_another_key_another(kind, value):
    names, again = KeyedNames(KEY), KeyedNames(KEY)
    pseudonym = names.pseudonym(kind, value)
    assert pseudonym == names.pseudonym(kind, value) == again.pseudonym(kind, value)
    assert pseudonym != KeyedNames(OTHER_KEY).pseudonym(kind, value)
    assert re.fullmatch(kind.value + ":[a-z2-7]{16}", pseudonym)


@given(st.sampled_from(NameKind), st.text(max_size=20), st.text(max_size=20))
def test_two_values_share_a_pseudonym_only_if_their_normal_forms_are_one(kind, one, other):
    names = KeyedNames(KEY)
    same = names.pseudonym(kind, one) == names.pseudonym(kind, other)
    assert same == (normal(kind, one) == normal(kind, other))


def test_a_kind_is_part_of_the_pseudonym():
    names = KeyedNames(KEY)
    told = [names.pseudonym(kind, "A1").partition(":")[2] for kind in NameKind]
    assert len(set(told)) == len(told)


@pytest.mark.parametrize("kind", IDS)
@pytest.mark.parametrize("written", ["1581F45T", "1581f45t", " 1581F45T ", "1581F45T\0\0\0", "\0 1581f45T \0"])
def test_normal_forms_of_ids(kind, written):
    assert normal(kind, written) == "1581F45T"


@pytest.mark.parametrize("kind", [NameKind.TEXT, NameKind.PERSON, NameKind.PLACE])
def test_words_keep_their_case(kind):
    assert normal(kind, " Anna \0") == "Anna"


def test_the_secret_part_of_an_operator_id_is_cut():
    assert normal(NameKind.OPERATOR_ID, "FIN87astrdge12k8-xyz") == "FIN87ASTRDGE12K8"
    assert normal(NameKind.OPERATOR_ID, "fin87astrdge12k8") == "FIN87ASTRDGE12K8"
    assert normal(NameKind.OPERATOR_ID, "USA-123") == "USA-123"
    assert normal(NameKind.UAS_ID, "FIN87ASTRDGE12K8-XYZ") == "FIN87ASTRDGE12K8-XYZ"


@given(st.sampled_from(NameKind), st.text(max_size=30))
def test_a_normal_form_is_its_own(kind, value):
    once = normal(kind, value)
    assert normal(kind, once) == once


@pytest.mark.requirement("FACT-4")
def test_each_new_value_is_taken_once():
    names = KeyedNames(KEY)
    a, b = names.pseudonym(NameKind.UAS_ID, "a"), names.pseudonym(NameKind.UAS_ID, "b")
    names.pseudonym(NameKind.UAS_ID, "A ")  # another way to write the first
    assert names.take_new() == [Name(a, NameKind.UAS_ID, "a"), Name(b, NameKind.UAS_ID, "b")]
    names.pseudonym(NameKind.UAS_ID, "a")
    assert names.take_new() == []


def test_what_stands_in_the_record_already_is_not_new():
    known = KeyedNames(KEY).pseudonym(NameKind.UAS_ID, "a")
    names = KeyedNames(KEY)
    names.mark_recorded(known)
    assert names.pseudonym(NameKind.UAS_ID, "a") == known
    assert names.take_new() == []


def test_plain_names_are_the_values():
    assert PlainNames().pseudonym(NameKind.UAS_ID, " a") == " a"


@given(st.text(alphabet=st.characters(exclude_characters="…"), max_size=40).filter(lambda text: len(text.split()) < 2))
def test_masked_never_shows_the_middle(value):
    shown = masked(value)
    head, _, tail = shown.partition("…")
    assert "…" in shown
    assert value.startswith(head)
    assert value.endswith(tail)
    assert len(head) + len(tail) <= max(1, 0.6 * len(value))


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Meadow Farms (SIMULATED)", "M… F… (S…)"), ("Ana Silva", "A… S…"), ("Li Wei", "… W…"),
        ("1 5 9 6 F", "… … … … …"), ("+598 99 123 456", "+… … 1… 4…"), ("(a) b", "(…) …"),
        ("one two three four five six seven", "o… t… t… f… f… s… …"),
    ],
)  # fmt: skip
def test_a_name_in_several_words_is_masked_word_by_word(name, shown):
    assert masked(name) == shown


@given(
    st.lists(
        st.text(alphabet=st.characters(exclude_characters="…", exclude_categories=["Z", "C"]), min_size=1), min_size=2
    )
)
def test_no_word_shows_more_than_a_third_of_itself(words):
    for word, shown in zip(words[:6], masked(" ".join(words)).split(" "), strict=False):
        letters = word.removeprefix("(").removesuffix(")")
        assert shown.strip("()") in {"…", f"{letters[:1]}…"}
        assert len(letters) > 2 or shown.strip("()") == "…"


@given(st.binary(min_size=1, max_size=40))
def test_a_pseudonym_is_the_base_32_of_its_hmac(key):
    digest = hmac.digest(key, b"tx\0AA:BB", hashlib.sha256)[:10]
    assert KeyedNames(key).pseudonym(NameKind.TRANSMITTER, "aa:bb") == f"tx:{base64.b32encode(digest).decode().lower()}"


def test_what_is_kept_at_hand_is_bounded_and_forgotten_without_a_trace(monkeypatch):
    monkeypatch.setattr("skykeep.facts.personal.KNOWN_MAX", 10)
    names = KeyedNames(KEY)
    first = [names.pseudonym(NameKind.PLACE, str(number)) for number in range(35)]
    assert [names.pseudonym(NameKind.PLACE, str(number)) for number in range(35)] == first
    assert len(names._known) <= 10
    assert [name.value for name in names.take_new()] == [str(number) for number in range(35)]

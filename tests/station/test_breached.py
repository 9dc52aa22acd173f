"""A list of breached passwords on disk: what stands on it is found, what does not is not, whatever the lines look like."""

import contextlib
import hashlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skykeep.errors import Refused, Unavailable
from skykeep.station.breached import Breached

FORMS = {
    "counts": ("{}:{}", "\r\n"),
    "bare": ("{}", "\n"),
    "small letters": ("{}:{}", "\n"),
}


def sha1(password):
    return hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()


def written(path, passwords, form="counts", *, last=True):
    line, end = FORMS[form]
    lines = [line.format(digest, 7 ** (at % 9)) for at, digest in enumerate(sorted(map(sha1, passwords)))]
    text = end.join(lines) + (end if last else "")
    path.write_bytes((text.lower() if form == "small letters" else text).encode())
    return path


@pytest.mark.requirement("STATION-PEOPLE-13", "ASVS-6")
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("last", [True, False])
@pytest.mark.parametrize("count", [1, 2, 3, 64, 1_000])
def test_each_that_stands_there_is_found_and_no_other(tmp_path, form, last, count):
    there = [f"stolen {number}" for number in range(count)]
    breached = Breached(written(tmp_path / "list", there, form, last=last))
    assert all(breached.holds(password) for password in there)
    assert not any(breached.holds(f"mine {number}") for number in range(200))
    with pytest.raises(Refused, match="stolen elsewhere"):
        breached.require_absent("stolen 0")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(there=st.sets(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=40), asked=st.text())
def test_it_says_what_a_set_says(tmp_path, there, asked):
    breached = Breached(written(tmp_path / "list", there))
    for password in [*there, *([] if any("\ud800" <= sign <= "\udfff" for sign in asked) else [asked])]:
        assert breached.holds(password) == (password in there)


@pytest.mark.parametrize("text", ["", "password\n", "\n\n\n", f"{sha1('x')}:\n", f" {sha1('x')}\n", "x" * 5_000])
def test_what_is_no_list_is_refused_at_once(tmp_path, text):
    path = tmp_path / "list"
    path.write_text(text)
    with pytest.raises(Refused, match="breached_passwords"):
        Breached(path)


def test_what_is_not_in_order_or_not_there_is_refused(tmp_path):
    path = tmp_path / "list"
    path.write_text("\n".join(sorted(map(sha1, "abcdefgh"), reverse=True)))
    with pytest.raises(Refused, match="sorted"):
        Breached(path)
    with pytest.raises(Refused, match="No such file"):
        Breached(tmp_path / "none")


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.one_of(st.binary(max_size=400), st.text("0123456789ABCDEFabcdef:\r\n", max_size=400).map(str.encode)))
def test_any_bytes_are_a_list_or_refused(tmp_path, data):
    path, answers = tmp_path / "list", []
    path.write_bytes(data)
    with contextlib.suppress(Refused, Unavailable):
        answers.append(Breached(path).holds("x"))
    assert answers in ([], [False], [True])
    assert answers != [True] or sha1("x").encode() in data.upper()


def test_a_list_that_broke_meanwhile_takes_no_password(tmp_path):
    breached = Breached(written(tmp_path / "list", "abc"))
    (tmp_path / "list").write_text("gone\n")
    with pytest.raises(Unavailable, match="none is taken"):
        breached.require_absent("mine")

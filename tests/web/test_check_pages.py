"""The check of a permit as a page: what it says in big letters, of whom it says how much, and that it never says yes by mistake."""

import html
import re

import msgspec
import pytest

from skykeep.station import credential
from skykeep.station.config import Config
from skykeep.station.webconfig import WebConfig
from skykeep.web import check_pages
from tests.station import test_credential as codes
from tests.web import doubles
from tests.web.doubles import T_NS
from tests.web.english import left

AT_S = T_NS // 10**9
PERSONAL = ("Pilot Example", "Bridge inspection office", "+358 40 0000000", "1581F45TB21A4C00BXYZ", "FIN87astrdge12k8")
OFFICER = {"X-As": "anna permit_officer"}


def claims(begins_s=AT_S - 3_600, ends_s=AT_S + 3_600, **changed):
    part = msgspec.structs.replace(codes.volume(), start_ns=begins_s * 10**9, end_ns=ends_s * 10**9)
    terms = {"not_before_s": begins_s, "expires_s": ends_s, "issued_s": AT_S - 86_400, "volumes": (part,)}
    return msgspec.structs.replace(codes.CLAIMS, **terms | changed)


def code(**terms):
    return credential.issue(claims(**terms), codes.SIGNER)


@pytest.fixture
def served(tmp_path):
    def make(listed=None, keys=(codes.VKEY,)):
        (tmp_path / "status").write_bytes(codes.status(3, issued_s=AT_S - 1_320) if listed is None else listed)
        return doubles.serving(tmp_path, Config(name="Test", web=WebConfig(office_keys=list(keys), status_lists=["status"])))

    return make


def asked(served, text, *, headers=None, **terms):
    with served(**terms) as (client, _, _):
        answer = client.post("/check", data={"code": text}, headers=headers or {})
    assert answer.status_code == 200, answer.text
    return html.unescape(answer.text)


def answer_of(text):
    return re.search(r'class="answer checkedcode (\w+)"', text)[1], re.search(r"</svg>\s*<h2>(.*?)</h2>", text, re.DOTALL)[1]


@pytest.mark.capability("A permit's code checked on a phone: signed and not withdrawn as of when, not valid, or cannot tell")
@pytest.mark.requirement("PERMITS-7")
def test_a_good_code_is_signed_and_not_withdrawn_as_of_the_list_never_valid_now(served):
    text = asked(served, code())
    assert answer_of(text) == ("free", "SIGNED · not withdrawn as of 2025-12-31 23:38 UTC")  # of another day: with its date
    assert "22 min ago" in text
    assert "400 m around 60.17000° N, 24.95000° E" in text
    assert "copied code verifies too" in text
    assert "VALID" not in text.upper()


@pytest.mark.requirement("PERMITS-7")
@pytest.mark.parametrize(
    ("text", "terms", "kind", "words"),
    [
        (code(), {"listed": codes.status(11, issued_s=AT_S - 60)}, "no", "It was withdrawn."),
        (code(ends_s=AT_S - 1), {}, "no", "It is over."),
        (code(begins_s=AT_S + 60), {}, "no", "It does not hold yet."),
        (credential.issue(claims(), codes.OTHER), {}, "no", "Nothing in it can be believed."),
        ("SKP1:HELLO", {}, "no", "Nothing in it can be believed."),
        ("hello <b>", {}, "no", "Nothing in it can be believed."),
        (code(), {"listed": codes.status(3, issued_s=AT_S - 90_000)}, "unsure", "made before this permit was granted"),
        (code(issued_s=AT_S - 200_000), {"listed": codes.status(3, issued_s=AT_S - 90_000)}, "unsure", "too old"),
        (code(), {"listed": codes.status(3, issued_s=AT_S + 900)}, "unsure", "cannot be believed"),
        (code(), {"listed": codes.status(3, issued_s=AT_S - 60, signer=codes.OTHER)}, "unsure", "cannot be believed"),
        (code(), {"listed": codes.status(3, name="urn:another")}, "unsure", "There is no list of withdrawn permits here"),
        (code(), {"keys": ()}, "unsure", "This station cannot check permits now."),
    ],
    ids=range(12),
)  # fmt: skip
def test_what_is_not_known_is_not_told_as_valid_and_what_the_station_lacks_not_as_not_valid(served, text, terms, kind, words):
    page = asked(served, text, **terms)
    assert answer_of(page) == (kind, {"no": "NOT VALID", "unsure": "CAN'T TELL"}[kind])
    assert words in page
    assert "SIGNED" not in page


@pytest.mark.requirement("PERMITS-7")
def test_whose_it_is_is_for_whom_may_read_permits(served):
    public, officer = asked(served, code()), asked(served, code(), headers=OFFICER)
    assert [each for each in PERSONAL if each in public] == []
    assert "ends in BXYZ" in public
    assert [each for each in PERSONAL if each not in officer] == []


@pytest.mark.requirement("PERMITS-7")
def test_a_code_is_read_as_it_is_copied():
    text = code()
    for copied in (text, f"\n {text}\r\n", f"{text[:80]}\n{text[80:]}  "):
        assert check_pages.as_copied(copied) == text


@pytest.mark.requirement("PERMITS-7")
def test_it_needs_no_script_allows_the_camera_to_itself_alone_and_is_linked_where_it_can_answer(served, tmp_path):
    with served() as (client, _, _):
        page = client.get("/check")
        assert 'method="post" action="/check"' in page.text
        assert "camera=(self)" in page.headers["permissions-policy"]
        assert 'id="scan" hidden' in page.text
        assert client.post("/check", data={"code": " "}).text.count("checkedcode") == 0
        assert 'href="/check"' in client.get("/").text
    with served(keys=()) as (client, _, _):
        assert 'href="/check"' not in client.get("/").text


@pytest.mark.requirement("PUBLIC-7")
@pytest.mark.parametrize("terms", [{}, {"listed": codes.status(11, issued_s=AT_S - 60)}, {"keys": ()}], ids=["signed", "withdrawn", "none"])
def test_it_is_all_in_spanish(served, terms):
    page = asked(served, code(), headers={"Accept-Language": "es"}, **terms)
    assert '<html lang="es">' in page
    assert left(page.replace("CAN'T", ""), ("Test", "remote id on", "daylight only", "inspection")) == []

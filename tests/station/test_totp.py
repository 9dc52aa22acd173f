"""Codes of an authenticator app, by the tables of the two RFCs; and the address that an app scans."""

import base64
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from skykeep.station import totp

NS = 1_000_000_000
SECRET = b"12345678901234567890"  # of both RFCs


@pytest.mark.requirement("STATION-PEOPLE-12")
@pytest.mark.parametrize(
    ("time_s", "code"),
    [(59, "94287082"), (1111111109, "07081804"), (1111111111, "14050471"), (1234567890, "89005924"),
     (2000000000, "69279037"), (20000000000, "65353130")],
)  # fmt: skip
def test_codes_are_those_of_rfc_6238(time_s, code):
    counter = totp.step(time_s * NS)
    assert totp.code(SECRET, counter, 8) == code
    assert totp.code(SECRET, counter) == code[2:]


@pytest.mark.parametrize(
    ("counter", "code"),
    [(0, "755224"), (1, "287082"), (2, "359152"), (3, "969429"), (4, "338314"), (5, "254676"), (6, "287922"),
     (7, "162583"), (8, "399871"), (9, "520489")],
)  # fmt: skip
def test_codes_are_those_of_rfc_4226(counter, code):
    assert totp.code(SECRET, counter) == code


def test_a_code_holds_in_its_half_minute_and_those_beside_it():
    now_ns = 1_790_000_010 * NS
    mid = totp.step(now_ns)
    found = [totp.matching(SECRET, totp.code(SECRET, mid + by), now_ns) for by in range(-3, 4)]
    assert found == [None, None, mid - 1, mid, mid + 1, None, None]


@pytest.mark.parametrize("said", ["", "287082 ", "٢٨٧٠٨٢", "28708", "2870822", "\ud800", "x" * 600, "-87082", "0x4614"])
def test_what_is_no_code_is_none(said):
    assert totp.matching(SECRET, said, 59 * NS) is None


def test_before_1970_there_is_nothing_before_the_first_step():
    assert totp.matching(SECRET, totp.code(SECRET, 0), 0) == 0


def test_an_app_scans_what_it_needs():
    secret = totp.new_secret()
    found = urlsplit(totp.address(secret, station="Port: Nord & Süd", person="anna"))
    assert (found.scheme, found.netloc, unquote(found.path)) == ("otpauth", "totp", "/Port  Nord & Süd:anna")
    said = {key: value for key, (value,) in parse_qs(found.query).items()}
    assert said == {
        "secret": totp.written(secret), "issuer": "Port  Nord & Süd", "algorithm": "SHA1", "digits": "6", "period": "30",
    }  # fmt: skip
    assert base64.b32decode(said["secret"]) == secret
    assert len(secret) == 20

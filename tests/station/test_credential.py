"""A credential is believed exactly as it was signed: no bit, no letter otherwise; another library agrees."""

import base64
import io
import json
import random

import base45
import msgspec
import numpy as np
import pytest
import zxingcpp
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from PIL import Image, ImageFilter
from pycose.algorithms import EdDSA
from pycose.headers import KID, Algorithm
from pycose.keys import OKPKey
from pycose.keys.curves import Ed25519
from pycose.messages import CoseMessage, Sign1Message

from skykeep.errors import Malformed, Refused
from skykeep.facts.enacted import Circle, PermitVolume, Polygon, Volume
from skykeep.geo.altitude import Altitude, Datum
from skykeep.ledger.note import COSIGNATURE_V1, Signer
from skykeep.station import credential, qr
from skykeep.station.credential import Answer
from skykeep.wire import credential as wire
from skykeep.wire import statuslist
from skykeep.wire.credential import Claims, S

NBF_S = 1_780_000_000
AT_S = NBF_S + 3_600
SIGNER = Signer.from_seed("skykeep.local/city", bytes(range(32)))
OTHER = Signer.from_seed("skykeep.local/city", bytes(32))
VKEY = SIGNER.verifier.vkey
LIST = "urn:skykeep:status:city"
LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"


def volume(outline=None, start_s=0, end_s=7_200):
    ceiling = Altitude(120_000, Datum.AGL)
    return PermitVolume(
        volume=Volume(
            outline=outline or Circle(lat_e7=601_700_000, lon_e7=249_500_000, radius_mm=400_000),
            floor=None, ceiling=ceiling,
        ),
        start_ns=(NBF_S + start_s) * S, end_ns=(NBF_S + end_s) * S,
    )  # fmt: skip


def ring(corners, at=0):
    return tuple(
        (601_000_000 + 100 * (at + 37 * number % 11_000), 249_000_000 + 100 * (number * number % 13_000 + at))
        for number in range(corners)
    )


CLAIMS = Claims(
    issuer=SIGNER.name, permit_id="P-2026-017", version=1, expires_s=NBF_S + 7_200, not_before_s=NBF_S,
    issued_s=NBF_S - 86_400, holder_key=bytes(range(100, 132)), status_index=11, status_list=LIST,
    operators=("FIN87astrdge12k8",), pilots=("Pilot Example",), aircraft=("1581F45TB21A4C00BXYZ",), sessions=(),
    holder="Bridge inspection office", volumes=(volume(),), volumes_left_out=0, volumes_sha256=None,
    zones=(("CITY1", 3),), purpose="inspection", condition_codes=("remote_id_on", "daylight_only"),
    conditions_in_words=1, state_flight=False, contact="+358 40 0000000", log_index=4_711,
)  # fmt: skip
TEXT = credential.issue(CLAIMS, SIGNER)
DATA = credential.to_bytes(TEXT)


def status(*withdrawn, issued_s=AT_S - 60, name=LIST, signer=SIGNER, size=64):
    bits = statuslist.packed([index in withdrawn for index in range(size)])
    return credential.issue_status(statuslist.StatusList(name=name, issued_s=issued_s, bits=bits), signer)


GOOD = status(3)


def check(text, at_s=AT_S, listed=GOOD, vkey=VKEY, **rest):
    return credential.verify(text, vkey, at_s, status=listed, **rest)


# ---- the three answers ---------------------------------------------------------------------------------------


@pytest.mark.requirement("GRANT-2")
def test_a_good_credential_is_signed_and_not_withdrawn_as_of_the_list():
    found = check(TEXT)
    assert found.sentence == "signed · not withdrawn as of 21:25:40 UTC"
    assert found.holds
    assert found.claims == CLAIMS
    words = "\n".join(credential.in_words(CLAIMS))
    for said in ("P-2026-017", "1581F45TB21A4C00BXYZ", "FIN87astrdge12k8", "400 m around 60.17000 N 24.95000 E",
                 "floor not stated to 120 m above ground", "2026-05-28 20:26:40 UTC to 22:26:40 UTC", "CITY1 version 3",
                 "inspection; remote id on; daylight only; 1 more conditions in words", "+358 40 0000000"):  # fmt: skip
        assert said in words


@pytest.mark.parametrize(
    ("at_s", "listed", "rest", "answer", "words"),
    [
        (AT_S, status(11), {}, Answer.NOT_VALID, "withdrawn as of"),
        (AT_S, None, {}, Answer.TOO_OLD, "no status list was given"),
        (AT_S, status(issued_s=AT_S - 86_401), {}, Answer.TOO_OLD, "longer ago than 86400 s"),
        (AT_S, status(issued_s=AT_S - 86_400), {}, Answer.SIGNED, "2026-05-27"),
        (AT_S, status(issued_s=AT_S - 61), {"status_age_max_s": 60}, Answer.TOO_OLD, "get a newer list"),
        (AT_S, status(11, issued_s=AT_S - 90_000), {}, Answer.NOT_VALID, "withdrawn as of 2026-05-27"),
        (AT_S, status(issued_s=CLAIMS.issued_s - 1), {}, Answer.TOO_OLD, "before this permit was granted"),
        (AT_S, status(size=8), {}, Answer.TOO_OLD, "before this permit was granted"),
        (AT_S, status(issued_s=AT_S + 301), {}, Answer.NOT_VALID, "is the clock right"),
        (AT_S, status(issued_s=AT_S + 299), {}, Answer.SIGNED, ""),
        (AT_S, status(name="urn:another"), {}, Answer.NOT_VALID, "urn:another"),
        (AT_S, status(signer=OTHER), {}, Answer.NOT_VALID, "is it this office's"),
        (AT_S, b"", {}, Answer.NOT_VALID, "the status list: COSE"),
        (AT_S, DATA, {}, Answer.NOT_VALID, "it is no status list"),
        (NBF_S - 1, GOOD, {}, Answer.NOT_VALID, "does not hold yet; it begins at 2026-05-28 20:26:40 UTC"),
        (NBF_S, status(issued_s=NBF_S), {}, Answer.SIGNED, ""),
        (NBF_S + 7_199, GOOD, {}, Answer.SIGNED, ""),
        (NBF_S + 7_200, GOOD, {}, Answer.NOT_VALID, "it is over"),
        (NBF_S - 90_000, GOOD, {}, Answer.NOT_VALID, "after the moment asked about"),
    ],
)  # fmt: skip
def test_the_answer_says_which_of_three_and_why(at_s, listed, rest, answer, words):
    found = check(TEXT, at_s, listed, **rest)
    assert found.answer is answer
    assert words in found.sentence
    assert found.holds == (answer is Answer.SIGNED)


def test_between_two_windows_it_does_not_hold():
    claims = msgspec.structs.replace(CLAIMS, volumes=(volume(end_s=60), volume(start_s=7_000)))
    text = credential.issue(claims, SIGNER)
    assert check(text, NBF_S + 59, status(issued_s=NBF_S)).holds
    assert "the next begins at 2026-05-28 22:23:20 UTC" in check(text, NBF_S + 60, status(issued_s=NBF_S)).sentence
    assert check(text, NBF_S + 7_000).holds


def test_another_key_another_issuer_and_a_list_in_place_of_a_credential_are_not_believed():
    assert "is it this office's" in check(TEXT, vkey=OTHER.verifier.vkey).why
    foreign = credential.issue(msgspec.structs.replace(CLAIMS, issuer="skykeep.local/else"), SIGNER)
    assert "skykeep.local/else issued it" in check(foreign).why
    assert "no credential but application/statuslist+cwt" in check(credential.to_text(GOOD)).why


def test_a_key_that_is_none_is_refused():
    with pytest.raises(Refused, match="not a verification key"):
        check(TEXT, vkey="no key")
    with pytest.raises(Refused, match="witness"):
        check(TEXT, vkey=Signer.from_seed("w", bytes(32), COSIGNATURE_V1).verifier.vkey)


# ---- nothing is believed that was not signed -----------------------------------------------------------------


@pytest.mark.requirement("GRANT-2")
@pytest.mark.capability("Check a permit's QR code without a network: signed, not withdrawn as of a moment, or neither")
def test_every_single_bit_change_is_refused():
    for bit in range(8 * len(DATA)):
        changed = bytearray(DATA)
        changed[bit // 8] ^= 1 << bit % 8
        found = check(credential.to_text(bytes(changed)))
        assert found.answer is Answer.NOT_VALID, f"bit {bit}"
        assert found.claims is None, f"bit {bit}"


def test_every_change_of_a_letter_is_refused():
    for at in range(len(TEXT)):
        for letter in LETTERS + "a\n§":
            if letter != TEXT[at]:
                found = check(TEXT[:at] + letter + TEXT[at + 1 :])
                assert found.answer is Answer.NOT_VALID, f"{letter!r} at {at}"
                assert found.claims is None


def test_every_cut_and_every_addition_is_refused():
    for size in range(len(TEXT)):
        assert not check(TEXT[:size]).holds, size
    for letter in LETTERS:
        assert not check(TEXT + letter).holds
        assert not check(letter + TEXT).holds
    for added in (b"\0", b"\xf6"):
        assert not check(credential.to_text(DATA + added)).holds


def test_every_single_bit_change_of_a_status_list_is_refused():
    for bit in range(8 * len(GOOD)):
        changed = bytearray(GOOD)
        changed[bit // 8] ^= 1 << bit % 8
        assert check(TEXT, listed=bytes(changed)).answer is Answer.NOT_VALID, f"bit {bit}"


def test_chance_never_makes_a_credential_and_never_a_crash():
    seed = 7
    chance = random.Random(seed)
    for _ in range(5_000):
        kind = chance.randrange(3)
        if kind == 0:
            text = "SKP1:" + "".join(chance.choice(LETTERS) for _ in range(chance.randrange(200)))
        elif kind == 1:
            text = credential.to_text(chance.randbytes(chance.randrange(120)))
        else:
            data = bytearray(DATA)
            for _ in range(chance.randint(2, 9)):
                data[chance.randrange(len(data))] = chance.randrange(256)
            text = credential.to_text(bytes(data))
        assert text == TEXT or not check(text).holds, f"seed {seed}: {text!r}"


@pytest.mark.parametrize("text", ["", "HC1:ABC", "skp1:" + TEXT[5:], " " + TEXT, "SKP1:", "SKP1:A", "SKP1:::"])
def test_what_is_no_code_of_ours_says_so(text):
    found = check(text)
    assert found.answer is Answer.NOT_VALID
    assert found.why


# ---- another library agrees ----------------------------------------------------------------------------------


def okp(signer, *, secret):
    public = signer.verifier.public_key
    return OKPKey(crv=Ed25519, x=public, d=signer.key.private_bytes_raw() if secret else b"")


def test_pycose_verifies_ours():
    message = CoseMessage.decode(DATA)
    assert isinstance(message, Sign1Message)
    assert message.phdr[Algorithm] is EdDSA
    assert message.phdr[KID] == SIGNER.verifier.key_id
    message.key = okp(SIGNER, secret=False)
    assert message.verify_signature()
    message.key = okp(OTHER, secret=False)
    assert not message.verify_signature()
    assert wire.decode(message.payload) == CLAIMS


def test_ours_verifies_one_that_pycose_made():
    message = Sign1Message(phdr={Algorithm: EdDSA, KID: SIGNER.verifier.key_id}, payload=wire.encode(CLAIMS))
    message.key = okp(SIGNER, secret=True)
    data = message.encode()
    assert data == DATA
    assert check("SKP1:" + base45.b45encode(data).decode()).holds
    unprotected = Sign1Message(phdr={Algorithm: EdDSA}, uhdr={KID: SIGNER.verifier.key_id}, payload=message.payload)
    unprotected.key = okp(SIGNER, secret=True)
    assert "unprotected headers" in check(credential.to_text(unprotected.encode())).why


def test_the_same_claims_as_a_jws_verify_with_ed25519_alone():
    head, body, signature = credential.as_jws(CLAIMS, SIGNER).split(".")
    decoded = [base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in (head, body, signature)]
    Ed25519PublicKey.from_public_bytes(SIGNER.verifier.public_key).verify(decoded[2], f"{head}.{body}".encode())
    assert json.loads(decoded[0]) == {"alg": "EdDSA", "kid": SIGNER.verifier.key_id.hex(), "typ": "JWT"}
    said = json.loads(decoded[1])
    assert (said["iss"], said["sub"], said["exp"]) == (CLAIMS.issuer, CLAIMS.permit_id, CLAIMS.expires_s)
    assert said["status"] == {"status_list": {"idx": 11, "uri": LIST}}
    assert said["permit"]["aircraft"] == list(CLAIMS.aircraft)


# ---- size ----------------------------------------------------------------------------------------------------


def test_volumes_that_do_not_fit_are_left_out_and_said_to_be():
    parts = tuple(volume(Polygon(rings=(ring(40, at),)), end_s=7_200 - at) for at in range(12))
    claims = msgspec.structs.replace(CLAIMS, volumes=parts)
    text = credential.issue(claims, SIGNER)
    assert len(credential.to_bytes(text)) <= credential.BYTES_MAX
    found = check(text)
    assert found.holds
    assert found.claims.volumes == ()
    assert found.claims.volumes_left_out == 12
    assert found.claims.volumes_sha256 == wire.volumes_sha256(parts)
    assert "; whether one of its 12 volumes holds now is not in the code" in found.sentence
    assert "12 volumes, too many for a code" in "\n".join(credential.in_words(found.claims))


def test_what_does_not_fit_even_so_is_refused_with_the_remedy():
    many = tuple(f"1581F45TB21A4C00B{number:03}" for number in range(40))
    with pytest.raises(Refused, match="grant fewer aircraft"):
        credential.issue(msgspec.structs.replace(CLAIMS, aircraft=many), SIGNER)


def test_the_largest_credential_fits_a_code_whose_modules_can_be_printed():
    text = credential.to_text(bytes(range(256)) * 2 + bytes(credential.BYTES_MAX - 512))
    code = qr.make(text)
    assert qr.SIDE_MM / len(code.matrix) >= 0.36
    with pytest.raises(Refused, match="one QR code"):
        qr.make("A" * 5_000)


# ---- the picture ---------------------------------------------------------------------------------------------


def picture(text):
    return Image.open(io.BytesIO(qr.png(qr.make(text)))).convert("L")


def read(image):
    return [found.text for found in zxingcpp.read_barcodes(image)]


def test_another_program_reads_the_code_at_34_mm_and_300_dots_an_inch():
    image = picture(TEXT)
    assert read(image) == [TEXT]
    border = 2 * qr.QUIET * image.width // (len(qr.make(TEXT).matrix) + 2 * qr.QUIET)
    assert abs((image.width - border) / 300 * 25.4 - 34.0) < 3.0


@pytest.mark.parametrize("scale", [0.75, 0.9, 1.13, 1.7])
def test_it_reads_the_code_scaled(scale):
    image = picture(TEXT)
    side = round(image.width * scale)
    assert read(image.resize((side, side), Image.Resampling.BILINEAR)) == [TEXT]


def test_it_reads_the_code_turned_blurred_and_noisy():
    seed = 20_261_122
    chance = np.random.default_rng(seed)
    turned = picture(TEXT).rotate(7, expand=True, fillcolor=255, resample=Image.Resampling.BICUBIC)
    grey = np.asarray(turned.filter(ImageFilter.GaussianBlur(1.0)), dtype=np.float64)
    noisy = np.clip(grey * 0.8 + 20 + chance.normal(0, 18, grey.shape), 0, 255).astype(np.uint8)
    assert read(Image.fromarray(noisy)) == [TEXT], f"seed {seed}"


def test_another_program_reads_the_code_off_the_terminal():
    halves = {" ": (0, 0), "▀": (1, 0), "▄": (0, 1), "█": (1, 1)}
    rows = [[halves[letter][half] for letter in line] for line in qr.terminal(TEXT) for half in (0, 1)]
    dots = np.kron(1 - np.array(rows, dtype=np.uint8), np.ones((4, 4), dtype=np.uint8)) * 255
    assert read(Image.fromarray(dots)) == [TEXT]
    assert len(rows[0]) <= 80


def test_the_drawing_is_34_mm_wide_without_its_quiet_zone():
    code = qr.make(TEXT)
    whole = qr.SIDE_MM * (len(code.matrix) + 2 * qr.QUIET) / len(code.matrix)
    head = qr.svg(code).decode().partition(">")[2][:200]
    width = float(head.partition('width="')[2].partition("mm")[0])
    assert abs(width - whole) < 0.01


@pytest.mark.parametrize("text", [TEXT + "\n", TEXT.lower(), TEXT.replace("SKP1:", "SKP1: ")])
def test_a_text_that_is_not_in_its_one_form_is_refused(text):
    with pytest.raises(Malformed):
        credential.to_bytes(text)

"""`skykeep permit` as people call it: an office, two officers, an applicant, somebody in the field."""

import json
import subprocess
import sys

import jsonschema
import pytest
import zxingcpp
from PIL import Image

from skykeep.facts import codec
from skykeep.facts.concluded import Verdict, VerdictReached
from skykeep.ledger.tick import LeafKind
from skykeep.sim import town
from skykeep.station import qr
from skykeep.station.simulated import lay_out, story
from tests.cli.calling import call, process, rows, ticks
from tests.station.offices import AUTHORITY, SERIAL, T0, application, volume, zones

BEFORE, LATER, FLIGHT = "2026-05-01T08:00:00Z", "2026-05-02T08:00:00Z", "2026-05-28T22:00:00Z"


class Street:
    """A directory with an office, keys and an application, and the commands that people type."""

    def __init__(self, place):
        self.place, self.office = place, place / "office"
        zones(place / "zones.json")
        (place / "application.json").write_bytes(application())
        made = call("permit", "office", self.office, "--name", "town", "--authority", AUTHORITY, "--at", BEFORE)
        self.vkey = made.stdout.strip()
        for name in ("anna", "boris", "alice"):
            vkey = call("permit", "key", self.key(name), "--name", f"{name}.example").stdout.strip()
            if name != "alice":
                assert self.permit("enrol", vkey, at=BEFORE).exit_code == 0

    def key(self, name):
        return self.place / f"{name}.key"

    def permit(self, *args, at=LATER, by=None, reason=None):
        more = ["--key", self.key(by)] if by else []
        more += ["--reason", reason] if reason else []
        return call("permit", *args, "--office", self.office, "--at", at, *more)

    def apply(self, *args, by=None):
        return self.permit("apply", self.place / "application.json", "--zones", self.place / "zones.json", *args, by=by)

    def show(self, *args):
        return call("permit", "show", *args, "--office", self.office)

    def granted(self, by=None):
        for done in (
            self.apply(by=by),
            *(self.permit("grant", "P-2026-001", by=who, reason="fine") for who in ("anna", "boris")),
        ):
            assert done.exit_code == 0, done.stderr
        return self

    def code(self):
        return self.show("P-2026-001", "--qr").stdout.splitlines()[-1]

    def status(self, at=FLIGHT):
        path = self.place / "list"
        assert self.permit("status", "-o", path, at=at).exit_code == 0
        return path

    def verify(self, credential, *args, at=FLIGHT, **rest):
        return call("permit", "verify", credential, "--key", self.vkey, "--at", at, *args, **rest)


@pytest.fixture
def street(tmp_path):
    return Street(tmp_path)


def test_two_officers_grant_and_the_first_hears_that_it_is_not_enough(street):
    applied = street.apply()
    assert applied.exit_code == 0
    assert "P-2026-001 version 1: a submitted application" in applied.stdout
    assert "zone: SIMPZ02 version 1" in applied.stdout
    assert "next: applicant may withdraw; permit officer may" in applied.stdout
    first = street.permit("grant", "P-2026-001", by="anna", reason="fine")
    assert first.exit_code == 0
    assert "a recommended application" in first.stdout
    assert "it permits nothing yet: a second officer must grant it" in first.stdout
    again = street.permit("grant", "P-2026-001", by="anna", reason="fine")
    assert again.exit_code == 2
    assert "two persons grant a permit" in again.stderr
    second = street.permit("grant", "P-2026-001", by="boris", reason="fine")
    assert second.exit_code == 0
    assert "P-2026-001 version 1: a granted permit" in second.stdout
    assert call("verify", street.office, "--key", street.vkey).exit_code == 0
    assert call("replay", street.office).exit_code == 0


def test_an_office_says_which_zone_of_a_file_it_decides_without(street):
    def spoilt(features):
        features[0]["geometry"][0]["uomDimensions"] = "YARDS"
        features[0]["identifier"] = "SPOILT"

    told = street.apply("--zones", zones(street.place / "spoilt.json", spoilt))
    assert told.exit_code == 0, told.output
    assert "left out, the office decides without it" in told.stderr
    assert "SPOILT" in told.stderr


def test_persons_are_masked_until_they_are_revealed(street):
    street.granted()
    masked, whole = street.show("P-2026-001").stdout, street.show("P-2026-001", "--reveal").stdout
    assert SERIAL not in masked
    assert "Pia Pilot" not in masked
    assert SERIAL in whole
    assert "Pia Pilot" in whole
    assert "anna.example" in whole
    assert "3 steps, every signature holds" in masked


def validated(result):
    """The lines of --json, held against the schema that is published."""
    schema = jsonschema.Draft202012Validator(json.loads(call("schema", "permit-output").stdout))
    found = rows(result)
    for row in found:
        schema.validate(row)
        assert not schema.is_valid(row | {"more": 1})
    return found


def test_json_says_the_same_for_programs(street):
    (applied,) = validated(street.apply("--json"))
    assert (applied["permit_id"], applied["state"]) == ("P-2026-001", "submitted")
    assert [zone["zone_id"] for zone in applied["explanation"]["zones"]] == [town.MEADOWS]
    (granted,) = validated(street.permit("grant", "P-2026-001", "--json", by="anna", reason="fine"))
    assert granted["state"] == "recommended"
    assert [step["step"] for step in granted["steps"]] == ["submit", "recommend"]
    assert len(bytes.fromhex(granted["steps"][1]["signature"])) == 64
    (shown,) = validated(street.show("P-2026-001", "--json", "--reveal"))
    assert shown["aircraft"] == [SERIAL]
    (listed,) = validated(street.show("--json"))
    assert (listed["permit_id"], listed["aircraft"]) == ("P-2026-001", ["S1M0…03"])


def test_the_code_is_drawn_and_another_program_reads_it(street, tmp_path):
    street.granted()
    png, svg = tmp_path / "p.png", tmp_path / "p.svg"
    drawn = street.show("P-2026-001", "--qr", "--png", png, "--svg", svg)
    lines = drawn.stdout.splitlines()
    text = lines[-1]
    assert text.startswith("SKP1:")
    assert lines[:-1] == qr.terminal(text)
    assert [found.text for found in zxingcpp.read_barcodes(Image.open(png))] == [text]
    assert b"<svg" in svg.read_bytes()
    assert "modules of 0.4" in drawn.stderr
    assert validated(street.show("P-2026-001", "--qr", "--json")) == [{"credential": text}]
    assert len(street.show("P-2026-001", "--jws").stdout.split(".")) == 3


def test_in_the_field_it_is_signed_withdrawn_or_the_list_is_too_old(street, tmp_path):
    street.granted(by="alice")
    text, listed = street.code(), street.status()
    (tmp_path / "code.txt").write_text(text + "\n")
    for given, stdin in ((text, None), (tmp_path / "code.txt", None), ("-", text + "\r\n")):
        found = street.verify(given, "--status", listed, stdin=stdin)
        assert found.exit_code == 0
        assert found.stdout.splitlines()[0] == "signed · not withdrawn as of 22:00 UTC"
        assert SERIAL in found.stdout
        assert "match aircraft, place and time" in found.stdout
    (plain,) = validated(street.verify(text, "--status", listed, "--json"))
    assert (plain["answer"], plain["claims"]["sub"]) == ("signed", "P-2026-001")
    assert plain["claims"]["cnf"]["jwk"]["crv"] == "Ed25519"
    assert validated(street.verify("SKP1:", "--json"))[0]["claims"] is None
    bare = street.verify(text)
    assert bare.exit_code == 1
    assert bare.stdout.startswith("status too old: no status list was given")
    old = street.verify(text, "--status", listed, "--max-status-age", "5m", at="2026-05-28T22:06:00Z")
    assert (old.exit_code, old.stdout[:14]) == (1, "status too old")
    revoked = street.permit("revoke", "P-2026-001", by="boris", reason="storm", at="2026-05-28T22:01:00Z")
    assert "granted -> revoked" in revoked.stdout
    after = street.verify(text, "--status", street.status("2026-05-28T22:02:00Z"), at="2026-05-28T22:03:00Z")
    assert after.exit_code == 1
    assert after.stdout.splitlines()[0] == "not valid: withdrawn as of 22:02 UTC"
    forged = street.verify(text[:-1] + ("A" if text[-1] != "A" else "B"), "--status", listed)
    assert forged.exit_code == 1
    assert forged.stdout.startswith("not valid: ")
    assert SERIAL not in forged.stdout


@pytest.mark.parametrize(
    ("args", "words", "code"),
    [
        (("show", "P-1999-001"), "has no application 'P-1999-001'; it has P-2026-001", 2),
        (("show", "P-2026-001", "--qr"), "a credential is made when it is granted", 2),
        (("step", "activate", "P-2026-001", "--reason", "x", "--at", LATER), "cannot be activated; possible are", 2),
        (("refuse", "P-2026-001", "--reason", "x", "--at", LATER), "sign with the key of one (--key)", 2),
        (("apply", "nowhere.json"), "nowhere.json: there is no such file", 2),
        (("grant", "P-2026-001", "--reason", "x", "--at", "noon"), "Invalid value for --at", 2),
        (("enrol", "no key"), "not a verification key", 2),
    ],
)
def test_what_cannot_be_says_why(street, args, words, code):
    street.apply()
    found = call("permit", *args, "--office", street.office)
    assert found.exit_code == code
    assert words in found.stderr


def test_a_place_without_an_office_says_how_to_make_one(tmp_path):
    found = call("permit", "show", "--office", tmp_path / "none")
    assert found.exit_code == 2
    assert f"make one: `skykeep permit office {tmp_path / 'none'}`" in found.stderr


def test_a_picture_is_not_read_and_the_remedy_is_said(street, tmp_path):
    street.granted()
    png = tmp_path / "p.png"
    street.show("P-2026-001", "--png", png)
    found = street.verify(png)
    assert found.exit_code == 2
    assert "read the QR code with a phone or a scanner" in found.stderr
    assert street.verify("x", "--max-status-age", "soon").exit_code == 2


def test_a_refusal_is_read_by_its_applicant_and_a_dismissed_key_signs_no_more(street):
    street.apply()
    refused = street.permit("refuse", "P-2026-001", by="anna", reason="too close to the helipad")
    assert "submitted -> refused  refuse by" in refused.stdout
    assert "too close to the helipad" in refused.stdout
    assert street.show().stdout == "P-2026-001 version 1: a refused application, until 2026-05-28 23:26:40 UTC\n"
    vkey = call("permit", "key", street.key("clara"), "--name", "clara.example").stdout.strip()
    assert "clara.example signs as a permit officer" in street.permit("enrol", vkey).stdout
    assert "clara.example signs no more" in street.permit("dismiss", vkey, reason="left").stdout
    street.apply()
    found = street.permit("grant", "P-2026-002", by="clara", reason="x")
    assert (found.exit_code, "this key was dismissed: left" in found.stderr) == (2, True)


@pytest.mark.slow
@pytest.mark.requirement("GRANT-3")
@pytest.mark.capability("Run a watch with the permits of a permit office, revocations included")
def test_a_run_takes_the_offices_permits(street, tmp_path):
    told = story(1, T0)
    (tmp_path / "town").mkdir()
    laid_out = lay_out(told, tmp_path / "town")
    part = volume(start_h=-1, end_h=1) | {"ceiling": {"value_m": 140, "datum": "hae"}}
    (tmp_path / "application.json").write_bytes(application(part))
    street.granted()
    revoked = town.iso(T0 + 60 * 1_000_000_000)
    assert street.permit("revoke", "P-2026-001", by="anna", reason="storm", at=revoked).exit_code == 0
    simulated = [word for sensor in sorted(laid_out.simulated) for word in ("--simulated", sensor)]
    record = ("--record", tmp_path / "record", "--zones", laid_out.zones, "--office", street.office)
    found = call("run", *record, *simulated, "--json", *laid_out.inputs)
    assert found.exit_code == 0, found.stderr
    clauses = [zone["clause"] for row in rows(found) for zone in row["zones"] if zone["zone_id"] == town.MEADOWS]
    assert "permit_revoked" in clauses
    reached = [fact for _, _, leaves, _ in ticks(tmp_path / "record") for fact in concluded(leaves)]
    own = [(fact.verdict, fact.clause) for fact in reached if fact.permit_id == "P-2026-001"]
    assert (Verdict.PERMITTED, "permitted") in own
    assert own.index((Verdict.PERMITTED, "permitted")) < own.index((Verdict.NOT_PERMITTED, "permit_revoked"))
    assert "complete already" in call("run", *record, *simulated, *laid_out.inputs).stderr
    street.permit("apply", tmp_path / "application.json", at=revoked)
    assert "complete already" in call("run", *record, *simulated, *laid_out.inputs).stderr
    without = call("run", *record[:-2], *simulated, *laid_out.inputs)
    assert without.exit_code == 2
    assert "other permits of an office" in without.stderr


def concluded(leaves):
    read = [codec.decode(leaf.body) for leaf in leaves if leaf.kind == LeafKind.CONCLUSION]
    return [fact for fact in read if isinstance(fact, VerdictReached)]


def test_checking_in_the_field_loads_no_numba_and_no_record():
    program = (
        "import sys\nfrom skykeep.cli import main\n"
        "try:\n    main(['permit', 'verify', 'SKP1:X', '--key', 'x'], standalone_mode=False)\n"
        "except SystemExit:\n    pass\n"
        "print(*sorted(sys.modules), file=sys.stderr)"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    loaded = set(ended.stderr.split())
    assert "skykeep.station.credential" in loaded
    assert loaded.isdisjoint({"numba", "llvmlite", "skykeep.rules.law", "skykeep.station.store"})


def test_as_a_process_of_its_own_it_ends_with_1(street):
    street.granted()
    done = process("permit", "verify", street.code(), "--key", street.vkey, "--at", FLIGHT, check=1)
    assert done.stdout.decode().startswith("status too old")

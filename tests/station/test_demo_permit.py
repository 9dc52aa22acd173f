"""The demo of a permit's life: its verdicts, the clause and the tick of the change, and that it fails loudly."""

import io
import pathlib

import pytest
import zxingcpp
from PIL import Image
from rich.console import Console

from skykeep.errors import Corrupt, Refused
from skykeep.facts.concluded import Verdict
from skykeep.station import demo_permit
from skykeep.station.demo_permit import REVOKED_NS, STORY_START_NS, TICK_NS, Flown


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    output, said = tmp_path_factory.mktemp("demo") / "out", io.StringIO()
    flights = demo_permit.play(output, Console(file=said, width=100, highlight=False))
    return output, said.getvalue(), flights


def told(flown):
    return [(one.verdict, one.clause) for _, one in flown.verdicts]


@pytest.mark.slow
@pytest.mark.requirement("GRANT-3")
@pytest.mark.capability("Play a permit's life: ban, application, two officers, QR code, flight, revocation, proof")
def test_without_a_permit_the_flight_is_not_permitted_with_one_it_is_and_revoked_it_is_not_from_the_next_tick(played):
    banned, permitted, revoked = played[2]
    absent = (Verdict.CANNOT_TELL, "identity_absent")
    assert told(banned) == [(Verdict.NOT_PERMITTED, "no_permit")]
    assert told(permitted) == [absent, (Verdict.PERMITTED, "permitted")]
    assert told(revoked) == [absent, (Verdict.PERMITTED, "permitted"), (Verdict.NOT_PERMITTED, "permit_revoked")]
    assert revoked.verdicts[-1][0] == revoked.revoked_tick_ns == STORY_START_NS + REVOKED_NS + TICK_NS
    assert revoked.verdicts[:2] == permitted.verdicts


@pytest.mark.slow
def test_it_tells_what_it_shows(played):
    _, text, _ = played
    for words in (
        "Everything here is SIMULATED", "a second one must grant it", "signed · not withdrawn as of",
        "One bit of it changed: not valid", "the tick that ends at 90.1 s says NOT PERMITTED",
        "not valid: withdrawn as of", "A copied QR code verifies too", "Not certified; a person decides",
    ):  # fmt: skip
        assert words in " ".join(text.split()), words
    assert text.count("and signed by this key") == 2


@pytest.mark.slow
def test_its_picture_is_its_code(played):
    output, _, _ = played
    text = (output / "credential.txt").read_text().strip()
    assert [found.text for found in zxingcpp.read_barcodes(Image.open(output / "credential.png"))] == [text]


@pytest.mark.parametrize(
    "changed",
    [
        {"revoked_tick_ns": None},
        {"verdicts": []},
        {"shift_ns": 10 * TICK_NS},
    ],
)
@pytest.mark.slow
def test_it_fails_loudly_when_the_revocation_does_not_rule(played, changed):
    flown = played[2][2]
    shift_ns = changed.pop("shift_ns", 0)
    late = [(tick_ns + (shift_ns if number == 2 else 0), one) for number, (tick_ns, one) in enumerate(flown.verdicts)]
    with pytest.raises(Corrupt, match="the demo of permits"):
        demo_permit._Stage._must_follow_the_revocation(
            None, Flown(**{"record": flown.record, "done": flown.done, "verdicts": late,
                           "revoked_tick_ns": late[-1][0], **changed})
        )  # fmt: skip


def test_it_empties_no_directory_of_others(tmp_path):
    (tmp_path / "mine").write_text("x")
    with pytest.raises(Refused, match="name another place"):
        demo_permit.play(pathlib.Path(tmp_path), Console(file=io.StringIO()))
    assert (tmp_path / "mine").read_text() == "x"

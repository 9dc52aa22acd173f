"""The key of a permit office and of a case is rotated: steps, credentials, reports and account go on, old and new."""

import hashlib

import msgspec
import pytest

from skykeep.errors import Corrupt, Refused
from skykeep.facts import codec
from skykeep.facts.acted import KeyRotated
from skykeep.facts.personal import KeyedNames
from skykeep.ledger.entry import EntryKind
from skykeep.ledger.note import Signer
from skykeep.ledger.tick import Leaf, LeafKind
from skykeep.rules.lifecycle import Step
from skykeep.station import caseacts, casefile, credential, office, officecredential, officelaw, rotating
from skykeep.station.keys import Keys
from skykeep.station.officeacts import writing
from skykeep.station.store import Store
from skykeep.station.verify import check
from tests.cli.calling import call
from tests.station.offices import ALICE, ANNA, HOUR, T0, Desk
from tests.station.rotated import another
from tests.station.test_case import DATA, SAID, SOURCE, TEXT, Document

S = 10**9


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


def rotate(desk, hour=0):
    return rotating.rotate(desk.path, desk.keys, T0 + hour * HOUR).new_vkey


def shown(desk, case, hour):
    """The credential of a permit and the status list of that hour, as a pilot and an officer hold them."""
    with office.reading(desk.path) as seen:
        return (
            officecredential.text(seen, seen.case(case.permit_id), desk.keys),
            officecredential.status(seen, T0 + hour * HOUR, desk.keys),
        )


@pytest.mark.requirement("RECORD-9")
def test_an_office_goes_on_and_its_permits_from_before_hold(desk):
    case = desk.granted()
    before, _ = shown(desk, case, -1)
    new = rotate(desk)
    after, listed = shown(desk, case, 1)
    assert desk.step(Step.REVOKE, ANNA, case.permit_id, hour=2, reason="storm")
    at_s = (T0 + HOUR + HOUR // 2) // S
    both = (new, desk.vkey)
    assert credential.verify(before, both, at_s, status=listed).holds
    assert credential.verify(after, both, at_s, status=listed).holds
    assert credential.verify(after, new, at_s, status=listed).holds
    assert not credential.verify(before, new, at_s, status=listed).holds
    assert not credential.verify(after, desk.vkey, at_s, status=listed).holds
    _, withdrawn = shown(desk, case, 2)
    assert not credential.verify(before, both, at_s, status=withdrawn).holds
    for vkey in both:
        assert check(desk.path, vkey).signer_proved


def test_a_status_list_of_another_office_does_not_count_for_this_one(desk):
    text, _ = shown(desk, desk.granted(), 1)
    other = Signer.from_seed("skykeep.local/harbour", bytes(32))
    with office.reading(desk.path) as seen:
        listed = officecredential.status_list(seen, T0 + HOUR)
    at_s, vkeys = (T0 + HOUR) // S, (desk.vkey, other.verifier.vkey)
    assert credential.verify(text, vkeys, at_s, status=credential.issue_status(listed, desk.keys.signer("town"))).holds
    assert not credential.verify(text, vkeys, at_s, status=credential.issue_status(listed, other)).holds


def test_an_applicants_key_stays_theirs_and_the_offices_stays_none(desk):
    mine = desk.granted()
    with office.reading(desk.path) as seen:
        assert officecredential.claims(seen, seen.case(mine.permit_id)).holder_key is None
    rotate(desk)
    theirs = desk.apply(hour=1, signer=ALICE).case
    with office.reading(desk.path) as seen:
        assert officecredential.claims(seen, seen.case(mine.permit_id)).holder_key is None
        assert seen.case(theirs.permit_id).steps[0].public_key == ALICE.verifier.public_key
        assert len(seen.public_keys) == 2


def test_the_watch_takes_in_the_permits_of_an_office_that_was_rotated(desk):
    case = desk.granted()
    rotate(desk)
    (permit,) = officelaw.load(desk.path, KeyedNames(bytes(32))).permits
    assert permit.permit_id == case.permit_id


@pytest.mark.requirement("RECORD-10")
def test_the_offices_old_key_signs_no_step_any_more(desk):
    desk.granted()
    thief = Keys(desk.path.parent / "stolen")
    thief.directory.mkdir()
    for file in desk.keys.directory.iterdir():
        (thief.directory / file.name).write_bytes(file.read_bytes())
    rotate(desk)
    with pytest.raises(Refused, match="was sealed with another key"), writing(desk.path, thief, T0 + 2 * HOUR):
        pass


@pytest.mark.requirement("RECORD-10")
def test_an_office_does_not_believe_a_rotation_of_another_key(desk):
    desk.granted()
    with Store.open(desk.path) as store:
        last = store.row(store.entries_count - 1)
        fact = KeyRotated(old_vkey=another(1).verifier.vkey, new_vkey=another(2).verifier.vkey, t_ns=T0)
        store.append(
            EntryKind.ROTATED, last.tick, last.now_ns, [Leaf(LeafKind.FACT, codec.encode(fact))],
            last.entry.settings_sha256, last.entry.program_sha256,
        )  # fmt: skip
        store.wait_durable(store.entries_count)
    with pytest.raises(Corrupt, match="rotates a key that is not this office's"), office.reading(desk.path):
        pass


@pytest.mark.requirement("RECORD-9")
def test_a_case_goes_on_and_its_account_is_the_same(tmp_path):
    path, keys = tmp_path / "case", Keys(tmp_path / "keys")
    with caseacts.opening(path, keys, T0) as acting:
        assert acting.take_in(Document(source=SOURCE, text=TEXT), DATA, [SAID])
        old = acting.vkey
    new = rotating.rotate(path, keys, T0 + S).new_vkey
    with caseacts.opening(path, keys, T0 + 2 * S) as acting:
        assert acting.vkey == new
        assert not acting.take_in(Document(source=SOURCE, text=TEXT), DATA, [SAID]), "it is in it already"
        other = "Nobody was hurt."
        source = Document(source=_source(other), text=other)
        assert acting.take_in(source, other.encode(), [])
    with casefile.reading(path) as read:
        assert [each.text for each in read.documents.values()] == [TEXT, other]
    for vkey in (old, new):
        assert check(path, vkey).n_unsealed == 0
    told = call("account", path, "-o", tmp_path / "account.html")
    assert told.exit_code == 0, told.stderr


def _source(text):
    sha = hashlib.sha256(text.encode()).hexdigest()
    return msgspec.structs.replace(SOURCE, source_sha256=sha, text_sha256=sha, label="other.txt")

"""Records of earlier versions: opened, verified, replayed and gone on with by the program as it is now."""

import pathlib
import tarfile

import pytest

import skykeep
from skykeep.facts import codec
from skykeep.facts.codec import Unknown
from skykeep.facts.enacted import Began
from skykeep.ledger.entry import EntryKind
from skykeep.station import program
from skykeep.station.keys import Keys
from skykeep.station.replay import replay
from skykeep.station.replaytext import as_lines
from skykeep.station.running import Running, opened
from skykeep.station.seen import seen
from skykeep.station.settings import Settings
from skykeep.station.store import Store
from skykeep.station.verify import check
from skykeep.views import picture, summary

RECORDS = pathlib.Path(__file__).parents[2] / "golden" / "records"
VKEYS = {"0.1.0": "skykeep.local/golden+7197437f+AcPdyF5LrZyB6sY0hChne2xP2QW/4MeOag6ilmKpRhir"}
SEEN = {"0.1.0": (300, 10)}  # entries, tracks


@pytest.fixture(params=sorted(path.name for path in RECORDS.iterdir() if path.is_dir()))
def earlier(request, tmp_path):
    with tarfile.open(RECORDS / request.param / "record.tar.xz") as packed:
        packed.extractall(tmp_path, filter="data")
    return request.param, tmp_path / "record", Keys(tmp_path / "keys")


@pytest.mark.requirement("STATION-UPGRADE-1")
def test_it_verifies_and_every_fact_is_read(earlier):
    version, record, _ = earlier
    held = check(record, VKEYS[version])
    assert held.signer_proved
    assert held.n_entries == SEEN[version][0]
    with Store.open(record, read_only=True) as store:
        bodies = [leaf.body for row in store.rows() for leaf in row.leaves if leaf.body is not None]
    assert [fact.tag for fact in map(codec.decode, bodies) if isinstance(fact, Unknown)] == []


def test_what_it_shows_is_shown(earlier):
    version, record, _ = earlier
    with Store.open(record, read_only=True) as store:
        rows = summary.rows(picture.fold(seen(store)), reveal=False)
    assert len(rows) == SEEN[version][1]


@pytest.mark.requirement("STATION-UPGRADE-2")
def test_a_replay_says_that_another_version_wrote_it_and_does_not_call_it_corrupt(earlier):
    version, record, _ = earlier
    found = replay(record)
    assert found.ticks > 200
    if program.sha256().hex() in began_by(record):
        assert found.identical
        return
    assert found.other_version == version
    answer = as_lines(found)[0]
    other = "program of the same version" if version == skykeep.__version__ else "version"
    assert f"other {other}" in answer or f"another {other}" in answer
    assert "NOT identical" not in answer


def began_by(record):
    with Store.open(record, read_only=True) as store:
        facts = [codec.decode(row.leaves[0].body) for row in store.rows() if row.kind == EntryKind.BEGAN]
    return [fact.program_sha256 for fact in facts if isinstance(fact, Began)]


@pytest.mark.requirement("STATION-UPGRADE-3")
def test_this_version_goes_on_with_it(earlier):
    version, record, keys = earlier
    before = (record / "checkpoint").read_bytes()
    with opened(record, keys, lambda _n: None, lambda _text: None) as store:
        running = Running(store, keys, Settings(law_complete=True), lambda _text: None, simulated=frozenset())
        entry = running.began(())
        assert running.resumed_after_tick is not None
        store.append(
            entry.kind, entry.tick, entry.now_ns, entry.leaves, entry.settings_sha256, entry.program_sha256, None
        )
        stepped = running.step(running.gather(running.state.now_ns + 3_600 * 10**9, (), ()))
        assert stepped is not None  # silence ends what was flying
        going = running.entry(stepped)
        store.append(
            going.kind, going.tick, going.now_ns, going.leaves, going.settings_sha256, going.program_sha256, None
        )
        store.wait_durable(store.entries_count)
        running.pen.seal()
    held = check(record, VKEYS[version], before)
    assert held.n_entries == SEEN[version][0] + 2
    assert began_by(record)[-1] == program.sha256().hex()
    assert skykeep.__version__

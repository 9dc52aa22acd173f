"""The record by HTTP: checkpoint and tiles as C2SP has them, proofs that hold by the key alone."""

import pytest

from skykeep.facts import codec
from skykeep.ledger import factproof
from skykeep.ledger.note import Signer
from skykeep.ledger.tick import Leaf, LeafKind
from skykeep.ledger.tiles import split_bundle
from skykeep.station.store import Store
from tests.views.livefacts import T0_NS, zone
from tests.web.doubles import AUDITOR, DUTY, serving

V1 = "/api/v1/record"
SIGNER = Signer.from_seed("record.test", bytes(32))


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    path = tmp_path_factory.mktemp("station")
    with Store.create(path / "record", meta={"record_id": "r"}) as store:
        for tick in range(3):
            leaf = Leaf(LeafKind.FACT, codec.encode(zone(f"Z{tick}")))
            store.append(1, tick, T0_NS + tick, [leaf], bytes(32), bytes(32))
        store.wait_durable(3, 30)
        store.seal(SIGNER)
    with serving(path) as (client, _, _):
        yield client


@pytest.mark.requirement("API-11")
def test_anyone_follows_the_log(served):
    checkpoint = served.get(f"{V1}/checkpoint")
    assert checkpoint.text.splitlines()[:2] == ["record.test", "3"]
    tile = served.get(f"{V1}/tile/0/000.p/3")
    assert len(tile.content) == 96
    assert "immutable" in tile.headers["cache-control"]
    entries = served.get(f"{V1}/tile/entries/000.p/3").content
    assert len(split_bundle(entries, "entries")) == 3
    assert served.get(f"{V1}/consistency?since=1").text.endswith(checkpoint.text)
    for wrong in ("0/999", "0/000", "x", "0/0", "../secret", "0/000.p/0"):
        assert served.get(f"{V1}/tile/{wrong}").status_code == 404
    assert served.get(f"{V1}/consistency?since=4").status_code == 409


@pytest.mark.requirement("API-11")
def test_an_auditor_gets_a_proof_of_one_fact(served):
    told = served.get(f"{V1}/entries/1", headers=AUDITOR).json()
    assert (told["tick"], told["facts"], told["erased"]) == (1, 1, 0)
    made = served.get(f"{V1}/entries/1/facts/0/proof", headers=AUDITOR)
    proved = factproof.parse(made.content).verify(SIGNER.verifier.vkey)
    assert codec.decode(proved.body).zone_id == "Z1"
    assert served.get(f"{V1}/entries/1/facts/1/proof", headers=AUDITOR).status_code == 404
    assert served.get(f"{V1}/entries/9", headers=AUDITOR).status_code == 404
    assert served.get(f"{V1}/entries/1", headers=DUTY).status_code == 403

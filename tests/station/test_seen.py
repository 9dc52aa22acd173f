from skykeep.facts import codec
from skykeep.facts.enacted import Finished
from skykeep.facts.personal import Name, NameKind
from skykeep.ledger.entry import EntryKind
from skykeep.ledger.tick import Leaf, LeafKind
from skykeep.station.seen import seen
from skykeep.station.store import Store
from tests.views import scenes


def test_rows_become_ticks_and_what_was_erased_leaves_a_hole(tmp_path):
    name = Name("uas:1", NameKind.UAS_ID, "1581F")
    facts = [Finished(t_ns=1, frames=1, frames_not_ours=0), scenes.unreadable(0)]
    told = scenes.estimated(1, 0, 0, 0)
    leaves = [
        Leaf(LeafKind.NAME, codec.encode(name)),
        *(Leaf(LeafKind.FACT, codec.encode(fact)) for fact in facts),
        Leaf(LeafKind.CONCLUSION, codec.encode(told)),
    ]
    with Store.create(tmp_path / "record", meta={"record_id": "ab"}) as store:
        for tick in (1, 2):
            store.append(EntryKind.TICK, tick, scenes.T0 + tick, leaves, bytes(32), bytes(32), None)
        store.wait_durable(2)
        store.erase([(0, 0), (0, 1)])
        first, second = seen(store)
        assert list(seen(store, 1)) == [second]
    assert (second.tick, second.now_ns, second.names) == (2, scenes.T0 + 2, (name,))
    assert second.facts == tuple(facts)
    assert second.concluded == (told,)
    assert first.names == ()
    assert first.facts == (None, facts[1])

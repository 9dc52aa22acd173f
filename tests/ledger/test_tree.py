"""Trees against the RFC's definitions and against transparency-dev's vectors."""

import base64
import json
import pathlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skykeep.ledger import tree
from skykeep.ledger.errors import BadProof
from tests.ledger import logs

VECTORS = pathlib.Path(__file__).parents[1] / "vectors" / "ledger"
LEAVES = [tree.leaf_hash(b"entry %d" % i) for i in range(70)]

# The inputs and roots of the reference tests of certificate-transparency (Apache-2.0).
RFC_INPUTS = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
RFC_ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def cases(group):
    return [pytest.param(case, id=case["file"]) for case in json.loads((VECTORS / f"{group}.json").read_text())]


def hashes(case, *names):
    return [base64.b64decode(case[name]) for name in names], [base64.b64decode(h) for h in case["proof"] or []]


def hash_at(level, index):
    return logs.naive_root(LEAVES[index << level : (index + 1) << level])


def holds(verifier, **arguments):
    try:
        verifier(**arguments)
    except BadProof:
        return False
    return True


@pytest.mark.parametrize("size", range(len(RFC_ROOTS)))
@pytest.mark.requirement("RFC6962-1")
def test_known_roots(size):
    leaves = [tree.leaf_hash(bytes.fromhex(text)) for text in RFC_INPUTS[:size]]
    assert tree.root_of(leaves).hex() == RFC_ROOTS[size]


@pytest.mark.parametrize("case", cases("inclusion"))
@pytest.mark.requirement("RFC6962-1")
def test_inclusion_vectors(case):
    (root, leaf), path = hashes(case, "root", "leafHash")
    held = holds(tree.verify_inclusion, leaf=leaf, index=case["leafIdx"], size=case["treeSize"], path=path, root=root)
    assert held is not case["wantErr"]


@pytest.mark.parametrize("case", cases("consistency"))
@pytest.mark.requirement("RFC6962-1")
def test_consistency_vectors(case):
    (old_root, root), path = hashes(case, "root1", "root2")
    held = holds(
        tree.verify_consistency,
        old_size=case["size1"], size=case["size2"], path=path, old_root=old_root, root=root,
    )  # fmt: skip
    assert held is not case["wantErr"]


def test_the_frontier_is_the_tree():
    frontier = tree.Frontier()
    for size, leaf in enumerate(LEAVES):
        assert frontier.root() == tree.root_of(LEAVES[:size]) == logs.naive_root(LEAVES[:size])
        again = tree.frontier_at(size, hash_at)
        assert (again.size, again.nodes) == (frontier.size, frontier.nodes)
        frontier.append(leaf)
    assert len(frontier.nodes) == frontier.size.bit_count()


def test_a_frontier_with_the_wrong_number_of_nodes_is_refused():
    with pytest.raises(ValueError, match="has 2 nodes"):
        tree.Frontier(5, [LEAVES[0]])


@pytest.mark.parametrize("size", range(1, 71))
def test_inclusion_proofs_of_every_leaf(size):
    leaves = LEAVES[:size]
    root = logs.naive_root(leaves)
    for index in range(size):
        path = tree.prove_inclusion(index, size, hash_at)
        assert path == logs.naive_path(index, leaves)
        tree.verify_inclusion(leaf=leaves[index], index=index, size=size, path=path, root=root)


@pytest.mark.parametrize("size", range(1, 71))
def test_consistency_proofs_from_every_size(size):
    root = logs.naive_root(LEAVES[:size])
    for old_size in range(1, size + 1):
        path = tree.prove_consistency(old_size, size, hash_at)
        assert path == logs.naive_proof(old_size, LEAVES[:size])
        old_root = logs.naive_root(LEAVES[:old_size])
        tree.verify_consistency(old_size=old_size, size=size, path=path, old_root=old_root, root=root)


@given(st.data())
def test_a_changed_inclusion_proof_is_refused(data):
    size = data.draw(st.integers(1, 70))
    index = data.draw(st.integers(0, size - 1))
    good = {
        "leaf": LEAVES[index], "index": index, "size": size,
        "path": tree.prove_inclusion(index, size, hash_at), "root": tree.root_of(LEAVES[:size]),
    }  # fmt: skip
    other = data.draw(st.integers(0, size + 2))
    changes = [
        {"leaf": LEAVES[(index + 1) % 70]},
        {"path": [*good["path"], LEAVES[0]]},
        {"root": LEAVES[69] if size > 1 else LEAVES[1]},
        {"leaf": good["leaf"][:31]},
        {"root": good["root"] + b"\0"},
        {"path": [*good["path"][:-1], b"short"]},
        *([{"path": good["path"][:-1]}] if good["path"] else []),
        *([{"index": other}] if other != index else []),
    ]
    assert holds(tree.verify_inclusion, **good)
    assert not holds(tree.verify_inclusion, **{**good, **data.draw(st.sampled_from(changes))})


@given(st.data())
def test_a_changed_consistency_proof_is_refused(data):
    size = data.draw(st.integers(2, 70))
    old_size = data.draw(st.integers(1, size - 1))
    good = {
        "old_size": old_size, "size": size, "path": tree.prove_consistency(old_size, size, hash_at),
        "old_root": tree.root_of(LEAVES[:old_size]), "root": tree.root_of(LEAVES[:size]),
    }  # fmt: skip
    at = data.draw(st.integers(0, len(good["path"]) - 1))
    bit = data.draw(st.integers(0, 255))
    changed = (int.from_bytes(good["path"][at], "big") ^ (1 << bit)).to_bytes(32, "big")
    changes = [
        {"path": [*good["path"][:at], changed, *good["path"][at + 1 :]]},
        {"path": [*good["path"], LEAVES[0]]},
        {"path": good["path"][:-1]},
        {"old_root": good["root"]},
        {"root": good["old_root"]},
        {"old_size": 0},
        {"old_size": size + 1},
        {"old_root": b""},
    ]
    assert holds(tree.verify_consistency, **good)
    assert not holds(tree.verify_consistency, **{**good, **data.draw(st.sampled_from(changes))})


@pytest.mark.parametrize(("index", "size"), [(0, 0), (1, 1), (-1, 4)])
def test_no_proof_of_a_leaf_that_is_not_there(index, size):
    with pytest.raises(BadProof, match="no leaf"):
        tree.prove_inclusion(index, size, hash_at)


@pytest.mark.parametrize(("old_size", "size"), [(0, 4), (5, 4), (-1, 4)])
def test_no_consistency_proof_between_impossible_sizes(old_size, size):
    with pytest.raises(BadProof, match="no consistency proof"):
        tree.prove_consistency(old_size, size, hash_at)

"""RFC 6962 hashing against published vectors, and every proof of small trees."""

from __future__ import annotations

from hashlib import sha256

import pytest

from audit import merkle
from audit.merkle import Frontier

# The test inputs and roots of certificate-transparency's own reference tests.
INPUTS = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def leaves(count: int) -> list[bytes]:
    return [merkle.hash_leaf(str(number).encode()) for number in range(count)]


@pytest.mark.parametrize("size", range(1, 9))
def test_root_is_that_of_the_published_vectors(size: int) -> None:
    hashed = [merkle.hash_leaf(content) for content in INPUTS[:size]]
    assert merkle.root(hashed).hex() == ROOTS[size - 1]


def test_root_of_the_empty_tree_is_the_hash_of_nothing() -> None:
    assert merkle.root([]) == sha256(b"").digest()


def test_frontier_stored_and_read_appends_alike() -> None:
    frontier = Frontier()
    for size, leaf in enumerate(leaves(40), start=1):
        frontier = Frontier.from_bytes(frontier.size, frontier.to_bytes()).append(leaf)
        assert (frontier.size, frontier.root()) == (size, merkle.root(leaves(size)))


def test_frontier_of_the_wrong_size_is_refused() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        Frontier.from_bytes(3, Frontier().extend(leaves(2)).to_bytes())


def test_inclusion_is_proved_for_every_leaf_and_no_other() -> None:
    for size in range(1, 18):
        tree = leaves(size)
        root = merkle.root(tree)
        for index in range(size):
            proof = merkle.inclusion_proof(tree, index)
            proved = {
                place
                for place in range(size)
                if merkle.verify_inclusion(
                    leaf=tree[place], index=index, size=size, proof=proof, root_hash=root
                )
            }
            assert proved == {index}


def test_inclusion_proof_of_the_wrong_length_fails() -> None:
    tree = leaves(5)
    proof = merkle.inclusion_proof(tree, 2)
    for wrong in (proof[:-1], [*proof, proof[0]], []):
        assert not merkle.verify_inclusion(
            leaf=tree[2], index=2, size=5, proof=wrong, root_hash=merkle.root(tree)
        )


def test_consistency_is_proved_for_every_pair_of_sizes() -> None:
    for new in range(1, 18):
        tree = leaves(new)
        for old in range(1, new + 1):
            proof = merkle.consistency_proof(tree, old)
            roots = {"old_root": merkle.root(tree[:old]), "new_root": merkle.root(tree)}
            assert merkle.verify_consistency(old_size=old, new_size=new, proof=proof, **roots)
            forged = [merkle.hash_leaf(b"forged"), *tree[1:old]]
            roots["old_root"] = merkle.root(forged)
            assert not merkle.verify_consistency(old_size=old, new_size=new, proof=proof, **roots)


@pytest.mark.parametrize("old", [0, 4])
def test_consistency_with_no_such_tree_is_refused(old: int) -> None:
    with pytest.raises(IndexError):
        merkle.consistency_proof(leaves(3), old)

"""The tree against other people's vectors and against the definition itself."""

import base64
import json
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glassledger.audit.tree import (
    EMPTY_ROOT,
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    perfect_subtrees,
    root_at,
    verify_consistency,
    verify_inclusion,
)
from glassledger.errors import AuditError

Vectors = Callable[[str], Path]


def by_definition(leaves: Sequence[bytes]) -> bytes:
    """RFC 6962 section 2.1, word for word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    return node_hash(by_definition(leaves[:k]), by_definition(leaves[k:]))


def reader(leaves: Sequence[bytes], *, offset: int = 0) -> Callable[[int, int], bytes]:
    def read(height: int, position: int) -> bytes:
        start = position << height
        return by_definition(leaves[offset + start : offset + start + (1 << height)])

    return read


def singles(count: int) -> list[bytes]:
    return [leaf_hash(bytes([i])) for i in range(count)]


@pytest.fixture(scope="module")
def merkle_cases(shared_vectors: Vectors) -> dict[str, Any]:
    return json.loads(shared_vectors("transparency_dev_merkle_proofs.json").read_text())


def _hash(text: str | None) -> bytes:
    return base64.b64decode(text or "")


def test_all_196_foreign_proof_cases(merkle_cases: dict[str, Any]) -> None:
    wrong, counted = [], 0
    for case in merkle_cases["inclusion"]:
        counted += 1
        accepted = _accepts(
            lambda case=case: verify_inclusion(
                leaf=_hash(case["leafHash"]),
                index=case["leafIdx"],
                size=case["treeSize"],
                proof=[_hash(value) for value in case["proof"] or []],
                root=_hash(case["root"]),
            )
        )
        if accepted == case["wantErr"]:
            wrong.append(case["_file"])
    for case in merkle_cases["consistency"]:
        counted += 1
        accepted = _accepts(
            lambda case=case: verify_consistency(
                old=case["size1"],
                new=case["size2"],
                proof=[_hash(value) for value in case["proof"] or []],
                old_root=_hash(case["root1"]),
                new_root=_hash(case["root2"]),
            )
        )
        if accepted == case["wantErr"]:
            wrong.append(case["_file"])

    assert wrong == []
    assert counted == 196


def _accepts(check: Callable[[], None]) -> bool:
    try:
        check()
    except AuditError as error:
        return error.code != "proof-invalid"
    return True


def test_the_two_traps_of_the_bare_algorithms() -> None:
    with pytest.raises(AuditError, match="inclusion"):
        verify_inclusion(leaf=b"", index=0, size=1, proof=[], root=b"")
    with pytest.raises(AuditError, match="consistency"):
        verify_consistency(old=0, new=0, proof=[], old_root=EMPTY_ROOT, new_root=EMPTY_ROOT)


def test_classic_certificate_transparency_vectors(shared_vectors: Vectors) -> None:
    vectors = json.loads(shared_vectors("rfc6962_tree.json").read_text())
    leaves = [leaf_hash(bytes.fromhex(value)) for value in vectors["leaf_inputs_hex"]]

    assert [leaf.hex() for leaf in leaves] == vectors["leaf_hashes"]
    for size, root in enumerate(vectors["root_hashes_by_size"]):
        assert root_at(size, reader(leaves)).hex() == root
    for case in vectors["inclusion"]:
        proof = inclusion_proof(case["index"], case["size"], reader(leaves))
        assert [value.hex() for value in proof] == case["proof"]
    for case in vectors["consistency"]:
        proof = consistency_proof(case["size1"], case["size2"], reader(leaves))
        assert [value.hex() for value in proof] == case["proof"]


def test_every_proof_up_to_130_leaves_equals_gos(shared_vectors: Vectors) -> None:
    plain = json.loads(shared_vectors("accumulated.json").read_text())["plain_rfc6962_computed_here"]
    leaves = singles(130)
    subtrees: dict[tuple[int, int], bytes] = {}

    def read(height: int, position: int) -> bytes:
        if (height, position) not in subtrees:
            subtrees[height, position] = reader(leaves)(height, position)
        return subtrees[height, position]

    roots, inclusion, consistency = sha256(), sha256(), sha256()
    for n in range(131):
        roots.update(f"{n} {root_at(n, read).hex()}\n".encode())
        for i in range(n):
            path = "".join(" " + value.hex() for value in inclusion_proof(i, n, read))
            inclusion.update(f"{i} {n}{path}\n".encode())
        for m in range(1, n + 1):
            path = "".join(" " + value.hex() for value in consistency_proof(m, n, read))
            consistency.update(f"{m} {n}{path}\n".encode())

    assert roots.hexdigest() == plain["roots"]["sha256"]
    assert inclusion.hexdigest() == plain["inclusion"]["sha256"]
    assert consistency.hexdigest() == plain["consistency"]["sha256"]


def test_subtree_hashes_and_paths_of_the_plants_draft(shared_vectors: Vectors) -> None:
    vectors = json.loads(shared_vectors("accumulated.json").read_text())
    leaves = singles(130)
    hashes, inclusion = sha256(), sha256()
    for end in range(131):
        for start in range(end + 1):
            if start < end and start % (1 << (end - start - 1).bit_length()):
                continue
            part = reader(leaves, offset=start)
            hashes.update(f"[{start}, {end}) {root_at(end - start, part).hex()}\n".encode())
            for index in range(start, end):
                path = "".join(" " + value.hex() for value in inclusion_proof(index - start, end - start, part))
                inclusion.update(f"{index} [{start}, {end}){path}\n".encode())

    assert hashes.hexdigest() == vectors["subtree_hash_sha256"]
    assert inclusion.hexdigest() == vectors["subtree_inclusion_sha256"]


@given(st.lists(st.binary(max_size=8), max_size=70))
def test_the_frontier_gives_the_defined_root(entries: list[bytes]) -> None:
    edge, leaves = Frontier(), [leaf_hash(entry) for entry in entries]
    for leaf in leaves:
        edge.append(leaf)

    assert edge.root() == by_definition(leaves)
    assert Frontier(edge.size, edge.hashes).root() == edge.root()


@given(st.integers(0, 600), st.integers(0, 600))
def test_a_frontier_grows_by_subtrees_as_by_leaves(first: int, more: int) -> None:
    leaf = leaf_hash(b"same")
    slow, fast = Frontier(), Frontier()
    completed, skipped = [], []
    for _ in range(first + more):
        completed += slow.append(leaf)
    for start, end in ((0, first), (first, first + more)):
        for height, position in perfect_subtrees(start, end):
            part = Frontier()
            for _ in range(1 << height):
                skipped += [
                    node._replace(position=node.position + (position << height >> node.height))
                    for node in part.append(leaf)
                ]
            skipped += fast.append(part.root(), height=height)

    assert fast.hashes == slow.hashes
    assert sorted(skipped) == sorted(completed)


def test_a_subtree_is_refused_where_it_does_not_fit() -> None:
    edge = Frontier()
    edge.append(leaf_hash(b"a"))

    with pytest.raises(ValueError, match="multiple"):
        edge.append(leaf_hash(b"b"), height=1)


@given(st.integers(1, 90), st.data())
def test_true_proofs_hold_and_damaged_ones_do_not(size: int, data: st.DataObject) -> None:
    leaves = [leaf_hash(b"%d" % i) for i in range(size)]
    read, root = reader(leaves), by_definition(leaves)
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(index, size, read)
    verify_inclusion(leaf=leaves[index], index=index, size=size, proof=proof, root=root)
    old = data.draw(st.integers(1, size))
    steps = consistency_proof(old, size, read)
    old_root = by_definition(leaves[:old])
    verify_consistency(old=old, new=size, proof=steps, old_root=old_root, new_root=root)

    flipped = bytes([root[0] ^ 1]) + root[1:]
    with pytest.raises(AuditError):
        verify_inclusion(leaf=leaves[index], index=index, size=size, proof=proof, root=flipped)
    with pytest.raises(AuditError):
        verify_inclusion(leaf=leaves[index], index=index, size=size, proof=[*proof, root], root=root)
    with pytest.raises(AuditError):
        verify_consistency(old=old, new=size, proof=[*steps, root], old_root=old_root, new_root=root)
    with pytest.raises(AuditError):
        verify_consistency(old=old, new=size, proof=steps, old_root=flipped, new_root=root)
    for at in range(len(proof)):
        bad = [*proof[:at], bytes([proof[at][0] ^ 128]) + proof[at][1:], *proof[at + 1 :]]
        with pytest.raises(AuditError):
            verify_inclusion(leaf=leaves[index], index=index, size=size, proof=bad, root=root)


@pytest.mark.parametrize(("size", "hashes"), [(1, []), (0, [b"x" * 32]), (2, [b"x" * 31]), (-1, [])])
def test_an_edge_that_does_not_fit_its_size_is_refused(size: int, hashes: list[bytes]) -> None:
    with pytest.raises(AuditError) as caught:
        Frontier(size, hashes)
    assert caught.value.code == "frontier-malformed"


@pytest.mark.parametrize(("index", "size"), [(0, 0), (5, 5), (-1, 3)])
def test_no_proof_for_what_is_not_there(index: int, size: int) -> None:
    with pytest.raises(AuditError) as caught:
        inclusion_proof(index, size, reader(singles(8)))
    assert caught.value.code == "proof-range"


@pytest.mark.parametrize(("old", "new"), [(0, 0), (0, 5), (6, 5)])
def test_no_consistency_with_nothing_or_with_the_future(old: int, new: int) -> None:
    with pytest.raises(AuditError) as caught:
        consistency_proof(old, new, reader(singles(8)))
    assert caught.value.code == "proof-range"

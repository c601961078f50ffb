"""Tiles: names and bytes as Tessera and Go have them."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glassledger.audit.tiles import Tile, bundle, content, tiles_of, unbundle, unpack, write_tiles
from glassledger.audit.tree import Frontier, leaf_hash
from glassledger.errors import AuditError


class Plain:
    """A log in memory."""

    def __init__(self, entries: Sequence[bytes]) -> None:
        self._entries = entries
        self._levels: dict[int, list[bytes]] = {0: [leaf_hash(entry) for entry in entries]}
        edge = Frontier()
        for leaf in self._levels[0]:
            for node in edge.append(leaf):
                self._levels.setdefault(node.height // 8, []).append(node.hash)

    def entries(self, start: int, end: int) -> Sequence[bytes]:
        return self._entries[start:end]

    def hashes(self, level: int, start: int, end: int) -> Sequence[bytes]:
        return self._levels.get(level, [])[start:end]


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0), "tile/0/000"),
        (Tile(0, 1234067), "tile/0/x001/x234/067"),
        (Tile(2, 1000, 3), "tile/2/x001/000.p/3"),
        (Tile(None, 273, 112), "tile/entries/273.p/112"),
    ],
)
def test_paths_are_the_specifications(tile: Tile, path: str) -> None:
    assert tile.path == path


def test_all_published_tile_files_are_made_again_byte_for_byte(shared_vectors: Callable[[str], Path]) -> None:
    vectors = json.loads(shared_vectors("tessera_testlog.json").read_text())
    entries = [text.encode() for text in vectors["entries_utf8"]]
    made = {}
    for size in range(len(entries) + 1):
        made |= {tile.path: content(tile, Plain(entries[:size])).hex() for tile in tiles_of(size)}

    assert made == vectors["tile_files_hex"]
    assert len(made) == 30


def test_the_shape_of_seventy_thousand_entries() -> None:
    tiles = list(tiles_of(70_000))
    assert sum(tile.level == 0 for tile in tiles) == 274
    assert sum(tile.level is None for tile in tiles) == 274
    assert [tile for tile in tiles if tile.level == 0 and tile.width < 256] == [Tile(0, 273, 112)]
    assert [tile for tile in tiles if tile.level == 1] == [Tile(1, 0), Tile(1, 1, 17)]
    assert [tile for tile in tiles if tile.level == 2] == [Tile(2, 0, 1)]
    assert not [tile for tile in tiles if (tile.level or 0) > 2]


@pytest.mark.parametrize(
    ("size", "above"), [(0, []), (1, []), (255, []), (256, [Tile(1, 0, 1)]), (65_535, [Tile(1, 0, 255)])]
)
def test_a_level_holds_roots_of_full_tiles_only(size: int, above: list[Tile]) -> None:
    assert [tile for tile in tiles_of(size) if (tile.level or 0) > 0] == above


@given(st.lists(st.binary(max_size=70), max_size=30))
def test_bundles_are_one_to_one(entries: list[bytes]) -> None:
    assert unbundle(bundle(entries), len(entries)) == entries
    for width in {len(entries) + 1, max(len(entries) - 1, 0)} - {len(entries)}:
        with pytest.raises(AuditError):
            unbundle(bundle(entries), width)


@pytest.mark.parametrize("data", [b"\x00", b"\x00\x05abc", b"\xff\xff", b"\x00\x00\x00"])
def test_cut_bundles_are_refused(data: bytes) -> None:
    with pytest.raises(AuditError):
        unbundle(data, 1)


def test_cut_hash_tiles_are_refused() -> None:
    assert unpack(bytes(64), 2) == [bytes(32), bytes(32)]
    with pytest.raises(AuditError):
        unpack(bytes(63), 2)


def test_a_tree_grows_in_place_and_never_changes(tmp_path: Path) -> None:
    entries = [b"%d" % i for i in range(600)]
    write_tiles(tmp_path, 300, Plain(entries[:300]))
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    write_tiles(tmp_path, 600, Plain(entries))

    assert all(path.read_bytes() == data for path, data in before.items())
    forged = [b"forged", *entries[1:]]
    with pytest.raises(AuditError) as caught:
        write_tiles(tmp_path, 600, Plain(forged))
    assert caught.value.code == "tile-differs"

"""What a crash left in SQLite's write-ahead log, read frame by frame.

SQLite drops everything from the first frame whose checksum fails, and says nothing. After a crash that is right for
one transaction, the one that was being written. Each commit is synced before the next begins, so two commits behind a
bad frame mean that durable bytes were damaged later.
"""

import struct
from typing import NamedTuple

_HEADER = struct.Struct(">8I")
_FRAME = struct.Struct(">6I")
_MAGIC = 0x377F0682  # the lowest bit tells the byte order of the checksums


class Leftover(NamedTuple):
    """Commits that SQLite will take, and commits behind the first bad frame."""

    taken: int
    dropped: int
    bad_bytes: int


def inspect(data: bytes) -> Leftover:
    """Walk a write-ahead log."""
    if len(data) < _HEADER.size:
        return Leftover(0, 0, len(data))
    magic, _, page, _, salt1, salt2, sum1, sum2 = _HEADER.unpack_from(data)
    order = ">" if magic & 1 else "<"
    state = _checksum(data[:24], (0, 0), order)
    sound = magic & ~1 == _MAGIC and state == (sum1, sum2) and 512 <= page <= 65536
    if not sound:
        page, (salt1, salt2) = _guess(data)
    taken = dropped = 0
    good_end = _HEADER.size if sound else 0
    for at in range(_HEADER.size, len(data) - _FRAME.size - page + 1, _FRAME.size + page):
        _, commit, frame_salt1, frame_salt2, sum1, sum2 = _FRAME.unpack_from(data, at)
        if (frame_salt1, frame_salt2) != (salt1, salt2):
            sound = False
            continue
        if sound:
            state = _checksum(data[at : at + 8] + data[at + _FRAME.size : at + _FRAME.size + page], state, order)
            sound = state == (sum1, sum2)
        if sound and commit:
            taken, good_end = taken + 1, at + _FRAME.size + page
        elif commit:
            dropped += 1
    return Leftover(taken, dropped, len(data) - good_end)


def _guess(data: bytes) -> tuple[int, tuple[int, int]]:
    """Page size and salts when the header is damaged: the first frame's salts, SQLite's default page."""
    if len(data) < _HEADER.size + _FRAME.size:
        return 4096, (0, 0)
    _, _, salt1, salt2, _, _ = _FRAME.unpack_from(data, _HEADER.size)
    return 4096, (salt1, salt2)


def _checksum(data: bytes, state: tuple[int, int], order: str) -> tuple[int, int]:
    one, two = state
    words = struct.unpack(f"{order}{len(data) // 4}I", data)
    for at in range(0, len(words), 2):
        one = (one + words[at] + two) & 0xFFFFFFFF
        two = (two + words[at + 1] + one) & 0xFFFFFFFF
    return one, two

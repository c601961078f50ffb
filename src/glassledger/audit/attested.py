"""What others said about a log's checkpoints: cosigned notes and time stamps, in ``attested/`` beside the log.

::

    attested/0000000000000041.cosigned    a checkpoint with its cosignatures
    attested/0000000000000041.stamped     the exact bytes that a time-stamping authority has stamped
    attested/0000000000000041.tsr         its answer (RFC 3161)
"""

import re
from collections.abc import Mapping
from typing import Final

FOLDER: Final = "attested"
COSIGNED: Final = "cosigned"
STAMPED: Final = "stamped"
STAMP: Final = "tsr"
_NAME: Final = re.compile(FOLDER + r"/(\d{16,19})\.(cosigned|stamped|tsr)")


def name(size: int, kind: str) -> str:
    """Name of one of the files."""
    return f"{FOLDER}/{size:016d}.{kind}"


def parse_name(path: str) -> tuple[int, str] | None:
    """Size and kind; None for a name that is not one of these."""
    found = _NAME.fullmatch(path)
    return (int(found[1]), found[2]) if found and path == name(int(found[1]), found[2]) else None


def of_kind(attested: Mapping[str, bytes], kind: str) -> dict[int, bytes]:
    """Files of one kind by size, the smallest first."""
    parsed = ((parse_name(path), data) for path, data in attested.items())
    return dict(sorted((found[0], data) for found, data in parsed if found and found[1] == kind))

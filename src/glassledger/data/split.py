"""The holdout: by keyed hash of the privacy unit, so that a unit is always on one side, whatever the row order."""

import numpy as np
import pandas as pd

from glassledger.data.screened import ScreenedFrame
from glassledger.errors import InputError
from glassledger.redaction.distinct import Distinct
from glassledger.redaction.mac import Mac

_LABEL = b"glassledger/split/v1"
_RANGE = 2**64


def split(screened: ScreenedFrame, *, share: float, key: bytes) -> tuple[ScreenedFrame, ScreenedFrame]:
    """Cut a screened table into training rows and holdout rows.

    A unit is held out when the first 64 bits of HMAC-SHA256(key, label ‖ unit), read as a big-endian number, lie
    below ``share`` · 2**64. Each unit is held out with probability ``share``; the realised share varies around it.

    Parameters
    ----------
    screened : ScreenedFrame
    share : float, in (0, 1)
    key : bytes
        At least 32. Secret, so that nobody can choose a unit's side.

    Returns
    -------
    train, holdout : ScreenedFrame
        Rows keep their order.

    Raises
    ------
    ValueError
        When ``share`` or ``key`` is out of range.
    InputError
        ``split-empty`` when one side would have no row.
    """
    if not 0 < share < 1:
        raise ValueError("share must lie between 0 and 1")
    if len(key) < 32:
        raise ValueError("key must have at least 32 bytes")
    distinct = Distinct.of(pd.Series(screened.units, dtype=object))
    mac, limit = Mac(key, _LABEL), int(share * _RANGE)
    below = np.asarray([_number(mac.digest(unit.encode())) < limit for unit in distinct.values], dtype=bool)
    held_out = below[distinct.codes]
    count = int(held_out.sum())
    if count in (0, len(held_out)):
        raise InputError(
            "The split into training and holdout rows leaves one side empty.",
            code="split-empty",
            hint="The table has too few privacy units; give more rows or another holdout share.",
            facts={"rows": len(held_out), "units": len(distinct.values), "holdout": count},
        )
    return screened.take(~held_out), screened.take(held_out)


def _number(digest: bytes) -> int:
    return int.from_bytes(digest[:8], "big")

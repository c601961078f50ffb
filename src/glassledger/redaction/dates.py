"""Dates moved by a keyed number of days per person: spans of time stay, calendar days do not.

The number of days is 1 to ``max_days`` to either side, read off HMAC-SHA256(key, label ‖ person). Seasons and week
days are blurred only: whoever knows one true date of a person knows them all (HIPAA expert guidance names this limit).
"""

from typing import Any

import numpy as np
import pandas as pd

from glassledger.errors import PolicyError
from glassledger.policy.faults import short
from glassledger.policy.operators import ShiftDate
from glassledger.records.screening import RedactionReceipt
from glassledger.redaction.distinct import Distinct, as_text
from glassledger.redaction.keys import KeyRing
from glassledger.redaction.mac import Mac

_LABEL = b"glassledger/date-shift/v1"


def shift_dates(
    column: "pd.Series[Any]", name: str, operator: ShiftDate, *, beside: pd.DataFrame, keys: KeyRing
) -> "tuple[pd.Series[Any], RedactionReceipt]":
    """Dates as ISO text, each moved by its person's days; missing where the date or the person is.

    Raises
    ------
    PolicyError
        ``companion-missing`` when the column that tells people apart is not in the table.
    """
    if operator.person not in beside.columns:
        raise companion_missing(name, operator.person)
    key = keys.key(operator.key)
    mac = Mac(key.secret, _LABEL)
    people = Distinct.of(beside[operator.person])
    days = [_days(mac.digest((as_text(value) or "").encode()), operator.max_days) for value in people.values]
    moved = np.append(np.asarray(days, dtype="timedelta64[D]"), np.timedelta64("NaT"))[people.codes]
    dates = pd.to_datetime(column).to_numpy().astype("datetime64[D]") + moved
    texts = Distinct.of(pd.Series(dates))
    out = texts.expand([pd.Timestamp(value).date().isoformat() for value in texts.values])
    receipt = RedactionReceipt(
        column=name,
        operator=operator.operator,
        cells=len(column),
        changed=int(column.notna().sum()),
        detail=f"by up to {operator.max_days} days, alike for one {short(operator.person)}",
        key_id=key.id,
    )
    return out, receipt


def companion_missing(column: str, companion: str) -> PolicyError:
    """A column that an operator needs beside its own is not in the table."""
    return PolicyError(
        f"Redacting {short(column)} needs the column {short(companion)}, which the table does not have.",
        code="companion-missing",
        hint="Name a column of the same table, or use another operator.",
        facts={"column": column, "needs": companion},
    )


def _days(digest: bytes, most: int) -> int:
    """1 … most or −most … −1, uniform but for a bias below 1e-15."""
    place = int.from_bytes(digest[:8], "big") % (2 * most)
    return place - most if place < most else place - most + 1

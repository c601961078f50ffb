"""Values that must be unique over a table that is read batch by batch."""

import secrets
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from glassledger.data.coerce import coerce
from glassledger.data.contract import failure
from glassledger.policy import Policy
from glassledger.records.screening import RuleFailure

Hashes = NDArray[np.uint64]


class Repeats:
    """Finds values that an earlier batch held, by a keyed 64-bit hash of each: 8 bytes a row and unique column.

    Two values share a hash with probability below 3e-4 among 100 million; the later one is then taken for a repeat.
    """

    def __init__(self, policy: Policy) -> None:
        columns = policy.document.data.columns
        self._columns = {name: column for name, column in columns.items() if column.unique}
        self._runs: dict[str, list[Hashes]] = {name: [] for name in self._columns}
        self._key = secrets.token_hex(8)

    def __bool__(self) -> bool:
        return bool(self._columns)

    def found(self, frame: pd.DataFrame) -> list[RuleFailure]:
        """Repeats of earlier batches among these rows, which are then remembered."""
        out = []
        for name, column in self._columns.items():
            if name not in frame:
                continue
            typed = coerce(frame[name], column).column
            present = np.flatnonzero(typed.notna().to_numpy())
            hashes = self._hashed(typed.iloc[present])
            seen = np.zeros(len(present), dtype=bool)
            for run in self._runs[name]:
                places = np.searchsorted(run, hashes)
                seen |= run[np.minimum(places, len(run) - 1)] == hashes
            if seen.any():
                out.append(failure(name, "unique", present[seen]))
            _remember(self._runs[name], np.unique(hashes))
        return out

    def _hashed(self, column: "pd.Series[Any]") -> Hashes:
        return np.asarray(pd.util.hash_pandas_object(column, index=False, hash_key=self._key), dtype=np.uint64)


def _remember(runs: list[Hashes], hashes: Hashes) -> None:
    """Sorted runs, each at least twice as long as the next, so that a value is merged only a few times."""
    if len(hashes):
        runs.append(hashes)
    while len(runs) > 1 and len(runs[-2]) < 2 * len(runs[-1]):
        last = runs.pop()
        runs[-1] = np.sort(np.concatenate([runs[-1], last]), kind="stable")

"""One batch of a larger table: screened as the whole table would be, rows that break a rule set aside."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from glassledger.data.arrival import arrive
from glassledger.data.coerce import Rows
from glassledger.data.contract import BrokenContract, broken
from glassledger.data.digest import input_digest
from glassledger.data.repeats import Repeats
from glassledger.data.screen import screen
from glassledger.data.screened import ScreenedFrame
from glassledger.data.sealed import sealed
from glassledger.errors import InputError
from glassledger.policy import Policy
from glassledger.records.screening import RuleFailure
from glassledger.redaction.keys import KeyRing

_PASSES = 3  # the contract, and the domains after redaction; a third finds nothing


@dataclass(frozen=True, eq=False, repr=False)
class ScreenedBatch:
    """What became of a batch.

    Attributes
    ----------
    rows : int
    screened : ScreenedFrame or None
        The rows that may be scored; None when there is none.
    positions : ndarray of int
        Their positions in the batch.
    rejected : tuple of RuleFailure
        Broken rules with the positions, in the batch, of all their rows; every such row was set aside.
    input_digest : str
        Keyed fingerprint of the whole batch.
    """

    rows: int
    screened: ScreenedFrame | None
    positions: Rows
    rejected: tuple[RuleFailure, ...]
    input_digest: str

    @property
    def rejected_rows(self) -> int:
        """Rows that were set aside."""
        return len({row for item in self.rejected for row in item.rows})


@sealed
def screen_batch(
    frame: pd.DataFrame,
    policy: Policy,
    *,
    keys: KeyRing,
    start: int,
    repeats: Repeats,
    levels_kept: Mapping[str, tuple[str, ...]] | None = None,
) -> ScreenedBatch:
    """Check and redact one batch for scoring.

    The rules are those of :func:`glassledger.data.screen`, which does the work. Rows that break one are set aside or
    stop the run, as the policy says (``data.rejects``). A fault of the table, such as an absent column, always does.

    Parameters
    ----------
    start : int
        Position of the batch's first row in the table, for the error's row numbers.
    repeats : Repeats
        What earlier batches held in columns that must be unique; learns what this one holds.

    Raises
    ------
    InputError, PolicyError
        As :func:`glassledger.data.screen`, but for a batch without consent, which is merely not scored.
    """
    kept = np.arange(len(frame), dtype=np.intp)
    rejected: list[RuleFailure] = []
    screened = None
    repeated = repeats.found(frame)
    for _ in range(_PASSES):
        failures: list[RuleFailure] = []
        try:
            screened = screen(
                frame.iloc[kept] if rejected else frame, policy, keys=keys, purpose="score", levels_kept=levels_kept
            )
        except BrokenContract as error:
            failures = [_placed(item, kept) for item in error.failures]
        except InputError as error:
            if error.code != "consent-none":
                raise
        failures += repeated
        if not failures:
            break
        if policy.document.data.rejects == "stop" or not all(item.rows for item in failures):
            raise broken([_placed(item, np.arange(start, start + len(frame))) for item in failures], policy=policy)
        repeated, screened = [], None
        rejected += failures
        kept = np.setdiff1d(kept, np.concatenate([np.asarray(item.rows, dtype=np.intp) for item in failures]))
        if not len(kept):
            break
    whole = screened is not None and not rejected
    digest = screened.record.input_digest if screened is not None and whole else _digest(frame, policy, keys)
    positions = kept[screened.rows] if screened is not None else kept[:0]
    return ScreenedBatch(len(frame), screened, positions, tuple(rejected), digest)


def _placed(item: RuleFailure, positions: Rows) -> RuleFailure:
    return item.model_copy(update={"rows": tuple(positions[list(item.rows)].tolist())})


def _digest(frame: pd.DataFrame, policy: Policy, keys: KeyRing) -> str:
    return input_digest(arrive(frame, policy).typed, key=keys.key("default"))

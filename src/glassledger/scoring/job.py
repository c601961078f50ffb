"""Screen and score one batch of a table, in whichever process an engine runs it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from glassledger.data import ScreenedFrame, screen
from glassledger.errors import Error
from glassledger.policy import Policy
from glassledger.policy.domains import redaction_of
from glassledger.policy.operators import Pseudonymise, ShiftDate, Tokenise
from glassledger.records.batch import BatchRecord, Refusal
from glassledger.records.screening import RuleFailure
from glassledger.redaction.keys import KeyRing
from glassledger.scoring.kernel import Scorer
from glassledger.scoring.tally import tallied

_TRAVELLING = ("InputError", "ModelError", "PolicyError", "UsageError")
_KEY = "default"  # of units and input digests


@dataclass(frozen=True, eq=False)
class Job:
    """What scoring a batch takes: plain values, which another process can be sent.

    Attributes
    ----------
    policy_source : bytes
        The policy as it was written.
    scorer : Scorer
    keys : KeyRing
        Holds the keys that the policy names, see :func:`key_references`.
    language : str, optional
        Language of the reason texts.
    levels_kept : mapping
        Levels that the fit kept, by column.
    """

    policy_source: bytes
    scorer: Scorer
    keys: KeyRing
    language: str | None = None
    levels_kept: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def without_keys(self) -> "Job":
        """The same job for channels that may end on a disk."""
        return replace(self, keys=KeyRing(self.keys.folder))

    @cached_property
    def policy(self) -> Policy:
        """Parsed where it is needed."""
        return Policy.parse(self.policy_source)

    @cached_property
    def schema(self) -> Any:
        """Columns of the answer: ``row``, ``unit`` (when the policy declares one), then the scorer's own."""
        head = [("row", pa.int64())] + ([("unit", pa.string())] if self.policy.unit is not None else [])
        told = [(name, pa.string()) for name in (["decision"] if self.scorer.decisions else [])]
        ranks = range(1, self.scorer.card["reasons"]["count"] + 1)
        told += [(f"{word}_{rank}", pa.string()) for word in ("reason", "reason_code") for rank in ranks]
        return pa.schema([*head, ("score", pa.float64()), *told])

    def run(self, batch: Any, positions: NDArray[np.int64]) -> tuple[Any, BatchRecord]:
        """The scores of a batch and what happened to it.

        Parameters
        ----------
        batch : Arrow table
            Raw rows, at least one.
        positions : ndarray, shape (n,)
            Position of each row in the whole table.

        Returns
        -------
        Arrow table
            Empty when the batch was refused or nobody in it gave consent.
        BatchRecord
        """
        try:
            frame = screen(batch, self.policy, keys=self.keys, purpose="score", levels_kept=self.levels_kept)
            found = self._scored(frame, positions)
        except Error as error:
            return self.schema.empty_table(), BatchRecord(refusal=_refusal(error, positions))
        tally = tallied(frame.features, self.scorer.card["features"], found, self.scorer.card["link"])
        return found, BatchRecord(screening=frame.record, tally=tally)

    def _scored(self, frame: ScreenedFrame, positions: NDArray[np.int64]) -> Any:
        found = self.scorer(
            pa.Table.from_pandas(frame.features[list(self.scorer.features)], preserve_index=False),
            language=self.language,
            checked=False,  # the screening has checked
        )
        columns = {name: found[name] for name in found.column_names} | {"row": pa.array(positions[frame.rows])}
        if self.policy.unit is not None:
            columns["unit"] = pa.array(frame.units, pa.string())
        return pa.table([columns[name].cast(kind) for name, kind in self._kinds], schema=self.schema)

    @property
    def _kinds(self) -> list[tuple[str, Any]]:
        return [(field.name, field.type) for field in self.schema]


def key_references(policy: Policy) -> frozenset[str]:
    """References of all keys that screening under a policy uses."""
    operators = [redaction_of(column) for column in policy.document.data.columns.values()]
    return frozenset({_KEY, *(one.key for one in operators if isinstance(one, Pseudonymise | Tokenise | ShiftDate))})


def _refusal(error: Error, positions: NDArray[np.int64]) -> Refusal:
    """The error in a form that travels; rows of rules become positions in the whole table."""
    failures = [RuleFailure.from_dict(item) for item in error.facts.get("failures", ())]
    placed = tuple(one.model_copy(update={"rows": tuple(int(positions[row]) for row in one.rows)}) for one in failures)
    name = type(error).__name__
    kind: Any = name if name in _TRAVELLING else "InputError"
    return Refusal(code=error.code, kind=kind, message=error.message, hint=error.hint, failures=placed)

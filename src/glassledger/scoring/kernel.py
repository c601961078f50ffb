"""The compiled scorer: scores, decisions, reasons and contributions of many rows in one pass.

One :class:`Scorer` serves every batch path (files, frames, DuckDB, Spark): it reads a scoring card, takes Arrow
batches and gives Arrow batches. ``docs/adr/0008-the-batch-kernel.md`` says how its two kernels were chosen.
"""

from collections.abc import Mapping
from typing import Any, Literal, Protocol

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from glassledger.errors import MissingExtraError, ModelError, UsageError
from glassledger.models.additive import AdditiveModel
from glassledger.models.links import inverse
from glassledger.models.rules import RuleModel
from glassledger.policy import Policy
from glassledger.scoring.answers import Answer, Scored, answer, arrow_batch, joined, pandas_frame
from glassledger.scoring.card import Card, scoring_card
from glassledger.scoring.checks import check_domains
from glassledger.scoring.columns import level_texts, numbers
from glassledger.scoring.frames import check_names, like, to_arrow
from glassledger.scoring.kernel_numpy import Column, Found, NumpyKernel
from glassledger.scoring.kernel_trees import TreeKernel
from glassledger.scoring.plan import Coding, Floats, Plan, compile_plan

Engine = Literal["auto", "fast", "numpy"]

_SLICE = 262_144  # rows at a time, so that what is in between stays in the cache
_WORTH_COMPILING = 20_000  # rows; below, loading the compiled kernel costs more than it saves


class Scorer:
    """A model and its policy compiled for many rows; safe to share between threads and to pickle.

    Parameters
    ----------
    card : mapping
        A scoring card (:func:`glassledger.scoring.card.scoring_card`).
    engine : {"auto", "fast", "numpy"}
        ``fast`` is the compiled kernel of ``pip install "glassledger[fast]"``; ``auto`` takes it where it is installed
        and the table is large enough. Both give the same rows.

    Examples
    --------
    >>> scorer = Scorer.of(model, policy=policy)                          # doctest: +SKIP
    >>> scorer(prospects)                                                 # doctest: +SKIP
          score decision            reason_1  ...
    """

    def __init__(self, card: Mapping[str, Any], *, engine: Engine = "auto") -> None:
        if card.get("format") != "glassledger/scoring-card/v1":
            raise UsageError(
                "This is not a scoring card of a known format.",
                code="card-unknown",
                hint="Make it with scoring_card().",
            )
        if engine not in ("auto", "fast", "numpy"):
            raise UsageError("There is no such scoring engine.", code="engine-unknown", hint="Use auto, fast or numpy.")
        self.card: Card = dict(card)
        self.engine: Engine = engine
        self._plan = compile_plan(self.card)
        self._numpy: Kernel = NumpyKernel(self._plan) if self._plan.trees is None else TreeKernel(self._plan)
        self._fast = _fast_kernel(self._plan, required=engine == "fast") if engine != "numpy" else None

    @classmethod
    def of(
        cls,
        model: AdditiveModel | RuleModel,
        *,
        policy: Policy,
        reasons: int | None = None,
        engine: Engine = "auto",
    ) -> "Scorer":
        """Compile a model under its policy; ``reasons`` a row, the policy's count by default."""
        return cls(scoring_card(model, policy=policy, reasons=reasons), engine=engine)

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (self.card, self.engine)

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the columns that the model reads, in its order."""
        return self._plan.names

    @property
    def decisions(self) -> tuple[str, ...]:
        """What may be decided: below and at or above the threshold, or the classes; empty without a rule."""
        if self.card["task"] == "multiclass":
            return tuple(self.card["classes"])
        rule = self.card["decision"]
        return () if rule is None else (rule["below"], rule["at_or_above"])

    def __call__(
        self,
        table: Any,
        *,
        reasons: int | None = None,
        language: str | None = None,
        contributions: bool = False,
        checked: bool = True,
    ) -> Any:
        """Score a table of any kind; the same kind comes back, one row for each row, in the same order.

        Parameters
        ----------
        table : pandas or Polars frame, Arrow table or batch, structured NumPy array, mapping of NumPy arrays
            Feature values as they are after redaction. Features are found by name and must stand in the model's order;
            other columns are not looked at. Nulls and NaN are missing.
        reasons : int, optional
            Reasons per row; the card's count by default.
        language : str, optional
            Language of the reason texts; the policy's own by default.
        contributions : bool
            Whether to add one column ``contribution: TERM`` for every term (and class).
        checked : bool
            Whether values outside the declared domain are refused, as the screening of a table refuses them.

        Returns
        -------
        table of the same kind
            ``score``, ``decision`` (where there is a rule), ``reason_1`` …, ``reason_code_1`` ….

        Raises
        ------
        InputError
            When features are absent, reordered, or outside their declared domain: by name and rule, no value.
        ModelError
            When a column is not of its kind, or a score is not a finite number.
        """
        options: dict[str, Any] = {"reasons": reasons, "contributions": contributions, "checked": checked}
        found = self._whole(table, language, options)
        return pandas_frame(found, table.index) if isinstance(table, pd.DataFrame) else like(arrow_batch(found), table)

    def _whole(self, table: Any, language: str | None, options: Mapping[str, Any]) -> Answer:
        batches = to_arrow(table, self._plan.codings).to_batches(max_chunksize=_SLICE) or [self._nothing]
        return joined([self._answer(self.run(batch, **options), language) for batch in batches])

    def batch(
        self,
        batch: Any,
        *,
        reasons: int | None = None,
        language: str | None = None,
        contributions: bool = False,
        checked: bool = True,
    ) -> Any:
        """Score a table of any kind, such as an Arrow batch, into an Arrow record batch; see :meth:`__call__`."""
        options: dict[str, Any] = {"reasons": reasons, "contributions": contributions, "checked": checked}
        return arrow_batch(self._whole(batch, language, options))

    def run(
        self,
        batch: Any,
        *,
        reasons: int | None = None,
        amounts: bool = False,
        contributions: bool = False,
        checked: bool = True,
    ) -> Scored:
        """Score one Arrow record batch into arrays; ``amounts`` asks for how far each reason moved the score."""
        count = self.card["reasons"]["count"] if reasons is None else reasons
        if count < 0:
            raise UsageError(
                "The number of reasons cannot be negative.", code="reasons-negative", hint="Ask for 0 or more."
            )
        check_names(batch.schema.names, self._plan.codings)
        kernel: Kernel = self._numpy
        if self._fast is not None and (self.engine == "fast" or batch.num_rows >= _WORTH_COMPILING):
            kernel = self._fast
        columns = [self._column(batch.column(coding.name), coding, kernel) for coding in self._plan.codings]
        if checked:
            check_domains(columns, self._plan.codings)
        with np.errstate(over="ignore", invalid="ignore"):  # what is not finite is refused at the end
            return self._finished(kernel.run(columns, count=count, amounts=amounts, contributions=contributions))

    @property
    def _nothing(self) -> Any:
        kinds = [pa.string() if coding.nominal else pa.float64() for coding in self._plan.codings]
        return pa.RecordBatch.from_arrays([pa.array([], kind) for kind in kinds], names=list(self.features))

    @staticmethod
    def _column(column: Any, coding: Coding, kernel: "Kernel") -> Column:
        if not coding.nominal:
            return numbers(column, coding)
        return kernel.codes(level_texts(column, coding), coding)

    def _finished(self, found: Found) -> Scored:
        """Through the link, and to a decision: a comparison on the link scale, as every engine makes it."""
        links = found.links.T
        responses = inverse(self.card["link"], links)
        finite = np.isfinite(responses)
        if not finite.all():
            bad = int((~finite).any(axis=1).sum())
            raise ModelError(
                f"{bad} scores are not finite numbers.",
                code="score-not-finite",
                hint="Declare bounds for the numeric columns, so that values beyond them are refused.",
                facts={"rows": bad},
            )
        rule = self.card["decision"]
        decided: NDArray[Any] | None = None
        scores = responses[:, 0]
        if self.card["task"] == "multiclass":
            decided = responses.argmax(axis=1)
            scores = responses[np.arange(len(decided)), decided]
        elif rule is not None:
            decided = (found.links[0] >= rule["cut"]).view(np.int8)
        return Scored(
            links=links,
            scores=scores,
            decided=decided,
            picked=found.picked.T,
            amounts=None if found.pushes is None else self._amounts(found.picked, found.pushes),
            contributions=None if found.contributions is None else found.contributions.transpose(2, 0, 1),
        )

    def _amounts(self, picked: NDArray[np.int16], pushes: Floats) -> Floats:
        return np.asarray((np.where(picked & 1, pushes, -pushes) * self._plan.grain).T)

    def _answer(self, found: Scored, language: str | None) -> Answer:
        return answer(found, self.card, self.decisions, language)


class Kernel(Protocol):
    """What runs a plan."""

    name: str

    def codes(self, texts: Any, coding: Coding) -> NDArray[Any]:
        """Codes of a nominal feature from Arrow text or a dictionary of texts."""

    def run(self, columns: list[Column], *, count: int, amounts: bool, contributions: bool) -> Found:
        """Scores and reasons of a block of rows."""


def _again(card: Card, engine: Engine) -> Scorer:
    """A pickled scorer: where it arrives, the compiled kernel may not be installed."""
    return Scorer(card, engine="auto" if engine == "fast" else engine)


def _fast_kernel(plan: Plan, *, required: bool) -> Kernel | None:
    """The compiled kernel, or None where it is not installed or cannot run this plan (several classes, trees)."""
    try:
        from glassledger.scoring import fast
    except ImportError:
        if required:
            raise MissingExtraError(
                "The fast scoring kernel is not installed.",
                code="extra-missing",
                hint='pip install "glassledger[fast]", or score with engine="numpy": slower, the same rows.',
            ) from None
        return None
    return fast.FastKernel(plan) if fast.supported(plan) else None

"""The fewest changes that would have decided otherwise, searched exactly over the additive form.

A change is suggested only for a feature that the policy declares ``actionable``, in its declared direction, to a
declared level or to a number on a grid within the declared bounds. Fewest changes come first, then the smallest ones
(Wachter, Mittelstadt and Russell 2018; Ustun, Spangher and Liu 2019, *Actionable recourse in linear classification*).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Literal, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from glassledger.errors import InputError, ModelError, PolicyError
from glassledger.explain.actions import Options, options_of
from glassledger.explain.bins import number_text
from glassledger.explain.decision import decisions, link_threshold
from glassledger.models.additive import AdditiveModel, TableTerm
from glassledger.models.rules import RuleModel
from glassledger.policy import Policy
from glassledger.policy.document import DecisionRule
from glassledger.records.explanation import Change, Counterfactual

Floats = NDArray[np.float64]
#: Partial choices that are looked at before the search gives up being exact.
MOST_NODES = 200_000
#: Rounding of sums in another order than the model's; the model itself has the last word.
_SLACKS = (0.0, 1e-9)


@dataclass(frozen=True, eq=False)
class _Choice:
    size: float
    rows: tuple[int, ...]
    features: tuple[str, ...]


def counterfactual(
    model: AdditiveModel | RuleModel,
    frame_row: pd.DataFrame,
    *,
    policy: Policy,
    levels_kept: Mapping[str, tuple[str, ...]] | None = None,
    most_nodes: int = MOST_NODES,
) -> Counterfactual:
    """The fewest, then smallest, actionable changes of one row that reach the favourable decision.

    Parameters
    ----------
    frame_row : DataFrame with one screened row and the model's features.
    levels_kept : mapping, optional
        Levels that ``suppress_rare`` kept when fitting; others are never suggested.
    most_nodes : int
        Partial choices to look at; beyond that the best one found is returned with ``exact`` false.

    Returns
    -------
    Counterfactual
        ``status`` is ``found``, ``none`` (no reachable change), ``not_needed``, or ``not_found`` when the search was
        cut short. The size of a change is a share of the declared range, of the ordered levels, or 1; sizes add up.

    Raises
    ------
    PolicyError
        When the policy has no decision rule, or a threshold that no score can cross.
    ModelError
        When the model is not additive or has several classes.
    InputError
        When there is not exactly one row.

    Notes
    -----
    Privacy: spends nothing; it is post-processing of the model and the row's own values.
    """
    rule = _checked(model, frame_row, policy)
    additive = cast(AdditiveModel, model)
    before = float(additive.predict(frame_row)[0])
    if _favourable(rule, before):
        return _result(rule, before, status="not_needed", exact=True)
    found = {spec.name: options_of(additive, spec, frame_row, policy, levels_kept or {}) for spec in additive.features}
    usable = {name: options for name, options in found.items() if options is not None and len(options)}
    for slack in _SLACKS:
        search = _Search(additive, frame_row, usable, rule, slack, most_nodes)
        choice = search.best()
        if choice is None:
            return _result(rule, before, status="none" if search.exact else "not_found", exact=search.exact)
        changed = frame_row.copy()
        for name, row in zip(choice.features, choice.rows, strict=True):
            changed[name] = usable[name].values.iloc[[row]].to_numpy()
        after = float(additive.predict(changed)[0])
        if _favourable(rule, after):
            changes = tuple(_change(usable[n], r, policy) for n, r in zip(choice.features, choice.rows, strict=True))
            return _result(rule, before, status="found", exact=search.exact, after=after, changes=changes)
    return _result(rule, before, status="not_found", exact=False)


def _checked(model: AdditiveModel | RuleModel, row: pd.DataFrame, policy: Policy) -> DecisionRule:
    if len(row) != 1:
        raise InputError("One row is explained at a time.", code="not-one-row", hint="Select a single row.")
    if not isinstance(model, AdditiveModel) or model.task == "multiclass":
        raise ModelError(
            "Counterfactuals are searched for additive models with one score.",
            code="counterfactual-unfit",
            hint="Use a binary or regression model of an additive family.",
        )
    rule = policy.document.decision
    if rule is None:
        raise PolicyError(
            "Without a decision there is nothing to reach.",
            code="counterfactual-without-decision",
            hint="Declare decision.threshold in the policy.",
        )
    link_threshold(rule, model.link)
    return rule


def _favourable(rule: DecisionRule, score: float) -> bool:
    return (score >= rule.threshold) == (rule.adverse == "below")


class _Search:
    """Depth first over the features of a subset, fewest features first, cut by bounds on gain and size."""

    def __init__(
        self,
        model: AdditiveModel,
        row: pd.DataFrame,
        options: Mapping[str, Options],
        rule: DecisionRule,
        slack: float,
        most_nodes: int,
    ) -> None:
        self._options = options
        self._sign = 1.0 if rule.adverse == "below" else -1.0
        missing = self._sign * (link_threshold(rule, model.link) - float(model.decision_values(row)[0, 0]))
        strict = 1e-12 if rule.adverse == "at_or_above" else -1e-12
        self._need = missing + (slack or strict)
        self._gain = {name: self._sign * item.gains for name, item in options.items()}
        self._joint = {pair: self._sign * extra for pair, extra in _joint(model, row, options)}
        self._left = most_nodes
        self._best: _Choice | None = None

    @property
    def exact(self) -> bool:
        return self._left > 0

    def best(self) -> _Choice | None:
        for count in range(1, len(self._options) + 1):
            for features in combinations(self._options, count):
                ordered = tuple(sorted(features, key=lambda name: len(self._options[name])))
                self._descend(ordered, (), 0.0, 0.0)
                if not self.exact:
                    return self._best
            if self._best is not None:
                return self._best
        return None

    def _descend(self, features: tuple[str, ...], rows: tuple[int, ...], gain: float, size: float) -> None:
        self._left -= 1
        if self._left <= 0 or gain + self._most(features, rows) < self._need:
            return
        name, options = features[len(rows)], self._options[features[len(rows)]]
        gains = gain + self._gain[name]
        for other, row in zip(features, rows, strict=False):
            extra = self._joint.get((other, name))
            gains = gains if extra is None else gains + extra[row]
        sizes = size + options.sizes
        if len(rows) + 1 == len(features):
            reached = np.flatnonzero(gains >= self._need)
            if len(reached):
                at = int(reached[sizes[reached].argmin()])
                if self._best is None or sizes[at] < self._best.size:
                    self._best = _Choice(float(sizes[at]), (*rows, at), features)
            return
        rest = sum(float(self._options[other].sizes.min()) for other in features[len(rows) + 1 :])
        for at in np.argsort(sizes, kind="stable"):
            if self._best is not None and sizes[at] + rest >= self._best.size:
                return
            self._descend(features, (*rows, int(at)), float(gains[at]), float(sizes[at]))

    def _most(self, features: tuple[str, ...], rows: tuple[int, ...]) -> float:
        """An upper bound on what the features still to be chosen can add."""
        todo = features[len(rows) :]
        most = sum(float(self._gain[name].max()) for name in todo)
        for place, name in enumerate(todo, len(rows)):
            for index, other in enumerate(features[:place]):
                extra = self._joint.get((other, name))
                if extra is not None:
                    most += float(extra[rows[index]].max() if index < len(rows) else extra.max())
        return most


def _joint(
    model: AdditiveModel, row: pd.DataFrame, options: Mapping[str, Options]
) -> Iterator[tuple[tuple[str, str], Floats]]:
    """What changing both features of a pair adds beyond the sum of changing each, in both orders of the pair."""
    for index, term in enumerate(model.terms):
        if not isinstance(term, TableTerm) or len(term.axes) != 2 or not set(term.features) <= set(options):
            continue
        first, second = (options[name] for name in term.features)
        table = np.asarray(term.values).reshape(term.axes[0].size, term.axes[1].size)
        here, there = divmod(int(model.cells(index, row)[0]), term.axes[1].size)
        one, two = first.bins[term.name], second.bins[term.name]
        extra = table[np.ix_(one, two)] - table[one, there][:, None] - table[here, two] + table[here, there]
        yield (first.name, second.name), extra
        yield (second.name, first.name), extra.T


def _change(options: Options, row: int, policy: Policy) -> Change:
    value = options.values.iloc[row]
    return Change(
        feature=options.name,
        direction=options.directions[row],
        to=number_text(float(value), digits=12) if options.step is not None else str(value),
        step=options.step,
        size=float(options.sizes[row]),
    )


def _result(
    rule: DecisionRule,
    before: float,
    *,
    status: Literal["found", "none", "not_needed", "not_found"],
    exact: bool,
    after: float | None = None,
    changes: tuple[Change, ...] = (),
) -> Counterfactual:
    name = str(decisions(rule, np.array([before if after is None else after]))[0])
    return Counterfactual(
        status=status,
        exact=exact,
        threshold=rule.threshold,
        score=before,
        decision=str(decisions(rule, np.array([before]))[0]),
        changes=changes,
        score_after=after,
        decision_after=None if after is None else name,
    )

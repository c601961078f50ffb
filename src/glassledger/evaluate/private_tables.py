"""The noisy tables of a private model's holdout: the only thing that its people are asked.

What is returned here is stored with the evaluation: whoever doubts a figure can compute it again, and nobody needs to
ask the people of the holdout twice.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from glassledger.data.screened import ScreenedFrame
from glassledger.evaluate import questions as ask
from glassledger.evaluate.denoise import possible
from glassledger.evaluate.score_bins import Grid, Spread, balanced_edges, bins_for, with_edge
from glassledger.models.additive import AdditiveModel
from glassledger.models.rules import RuleModel
from glassledger.policy import Policy
from glassledger.privacy.budget import Reservation
from glassledger.privacy.release import NOISE, TableRelease
from glassledger.records.budget import PrivacyFacts
from glassledger.records.release import EvidenceTables, NoisyTable

Floats = NDArray[np.float64]

#: What the claim about the tables does not cover.
UNPROTECTED = ("which declared groups and score bins were counted: they follow from the policy and from noisy counts",)


def release_tables(
    model: AdditiveModel | RuleModel,
    holdout: ScreenedFrame,
    target: NDArray[Any],
    predicted: Floats,
    policy: Policy,
    reservation: Reservation,
) -> EvidenceTables:
    """Ask every question that the task has.

    Raises
    ------
    PrivacyError
        When a unit has several rows, or the reservation was used.

    Notes
    -----
    Privacy spent: the whole reservation, by the people of the holdout. The people that the model was fitted on are
    not asked.
    """
    release = TableRelease(reservation, holdout.units)
    if model.task == "binary":
        asked = _ask_binary(np.asarray(target == model.classes[1]), holdout, predicted, policy, release)
    elif model.task == "multiclass":
        codes = pd.Index(model.classes).get_indexer(pd.Index(target)).astype(np.intp)
        asked = _ask_classes(model.classes, codes, holdout, predicted, policy, release)
    else:
        asked = _ask_numbers(np.asarray(target, dtype=np.float64), holdout, predicted, policy, release)
    return _record(asked, policy, release, model.digest)


_Asked = tuple[tuple[NoisyTable, ...], Floats]


def _ask_binary(
    positive: NDArray[np.bool_],
    holdout: ScreenedFrame,
    scores: Floats,
    policy: Policy,
    release: TableRelease,
) -> _Asked:
    shares, grid, rule = _shares(policy, look=True), Grid("probability"), policy.document.decision
    (look,) = release.ask([ask.look(grid, scores)])
    mass = mass_of(look)
    rarer = min(float(mass @ grid.middles), float(mass @ (1 - grid.middles)))
    edges = balanced_edges(grid, mass, bins_for(rarer, float(release.epsilon * shares.main)))
    if rule is not None:
        edges = with_edge(grid, edges, rule.threshold)
    wanted = [ask.by_outcome(ask.SCORES, edges, scores, positive, shares.main)]
    cuts = np.array([rule.threshold]) if rule is not None else ask.coarse(edges)
    parts = ((ask.OUTCOME, positive.astype(np.intp)), ask.by_cut(cuts, scores))
    wanted += ask.by_group(policy, holdout, parts, shares.group)
    return (look, *release.ask(wanted)), edges


def _ask_classes(
    classes: tuple[str, ...],
    codes: NDArray[np.intp],
    holdout: ScreenedFrame,
    scores: Floats,
    policy: Policy,
    release: TableRelease,
) -> _Asked:
    shares, grid = _shares(policy, look=False), Grid("probability")
    predicted = scores.argmax(axis=1).astype(np.intp)
    edges = grid.score(np.linspace(-5.0, 5.0, 13))
    half = shares.main / 2
    wanted = [ask.by_class(classes, codes, predicted, half)]
    wanted += [
        ask.by_outcome(f"{ask.SCORES}: {name}", edges, scores[:, index], codes == index, half / len(classes))
        for index, name in enumerate(classes)
    ]
    wanted += ask.by_group(policy, holdout, ((ask.RIGHT, (codes == predicted).astype(np.intp)),), shares.group)
    return release.ask(wanted), edges


def _ask_numbers(
    observed: Floats, holdout: ScreenedFrame, predicted: Floats, policy: Policy, release: TableRelease
) -> _Asked:
    shares, (lower, upper) = _shares(policy, look=True), target_bounds(policy)
    grid = Grid("number", lower, upper)
    (look,) = release.ask([ask.look(grid, predicted)])
    mass = mass_of(look)
    bins = bins_for(float(mass.sum()) / 4, float(release.epsilon * shares.main))
    edges = balanced_edges(grid, mass, min(bins, 12))
    errors, reach = predicted - observed, upper - lower
    cells = ask.error_codes(errors, reach)
    wanted = [ask.by_error(edges, predicted, errors, reach, shares.main)]
    wanted += ask.by_group(policy, holdout, ((ask.error_axis(reach), cells),), shares.group)
    return (look, *release.ask(wanted)), edges


def _shares(policy: Policy, *, look: bool) -> ask.Shares:
    return ask.Shares.of(len(ask.grouped(policy)), look=look)


def target_bounds(policy: Policy) -> tuple[float, float]:
    """Declared bounds of a number to predict; a private policy has them."""
    lower, upper = policy.target.min, policy.target.max
    assert isinstance(lower, float), "the policy's checks ask for bounds"
    assert isinstance(upper, float)
    return lower, upper


def grid_for(policy: Policy) -> Grid:
    """The cells of the first look."""
    return Grid("number", *target_bounds(policy)) if policy.document.model.task == "regression" else Grid("probability")


def spread_of(tables: Sequence[NoisyTable], grid: Grid, edges: Floats) -> Spread:
    """How rows lie within the score bins: as the look says, or evenly where there was none."""
    look = next((table for table in tables if table.name == ask.LOOK), None)
    mass = np.ones(len(grid.middles)) if look is None else mass_of(look)
    return Spread.of(grid, mass, edges)


def mass_of(look: NoisyTable) -> Floats:
    """Where the scores lie, in rows per cell."""
    counts = np.asarray(look.counts, dtype=np.float64)
    return np.asarray(possible(counts[None, :], counts.shape, None)[0])


def _record(asked: _Asked, policy: Policy, release: TableRelease, model_digest: str) -> EvidenceTables:
    """The record of everything that was released."""
    declared = policy.document.privacy
    assert declared is not None
    (tables, edges), spent = asked, float(release.epsilon)
    return EvidenceTables(
        model_digest=model_digest,
        epsilon=spent,
        edges=tuple(float(edge) for edge in edges),
        tables=tables,
        privacy=PrivacyFacts(
            unit=declared.unit,
            adjacency=declared.adjacency,
            epsilon=spent,
            delta=0.0,
            variant="pure",
            native=f"epsilon = {spent:g}, delta = 0",
            accountant="basic composition of pure releases, in exact fractions",
            mechanisms=tuple(release.events),
            unprotected=UNPROTECTED,
            library="glassledger.privacy.release",
            noise_source=NOISE,
        ),
    )

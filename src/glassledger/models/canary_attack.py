"""Attack a policy's family with canaries, on invented people only.

Nothing here reads a table, a ledger or a log: rows are made up from the declared domain, and the family's own training
code runs on them with the policy's settings and epsilon. So an attack spends nothing of a real dataset's budget, and
what it finds is about the mechanism, not about anybody's data.
"""

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from glassledger.errors import ModelError
from glassledger.models.additive import AdditiveModel
from glassledger.models.registry import learner
from glassledger.models.training import Learner, TrainingTask
from glassledger.policy import Policy
from glassledger.privacy.attack import Found, one_run_epsilon, two_sample_epsilon
from glassledger.privacy.budget import PrivacyBudget
from glassledger.records.attack import AttackRecord, AttackResult
from glassledger.records.features import FeatureSpec

Floats = NDArray[np.float64]
OnRun = Callable[[int, int], None]

#: Lowest epsilon bound: the confidence of each.
CONFIDENCE = 0.95
_PEOPLE = 300
_NOTE = "Canaries and all other rows are invented from the declared domain; no budget of a dataset was spent."


def attack(
    policy: Policy,
    *,
    runs: int = 200,
    canaries: int = 400,
    train: Learner | None = None,
    on_run: OnRun = lambda _done, _total: None,
) -> AttackRecord:
    """Bound epsilon from below in two ways.

    *neighbours*: ``runs`` fits without and ``runs`` with one canary whose values nobody else has. *one-run*: one fit on
    ``canaries`` random rows with random targets, each in by a coin.

    Parameters
    ----------
    policy : Policy
        Of any family; a family without a claim gets a bound too.
    runs : int, at least 20
    canaries : int, at least 20
    train : private seam for tests
        Stands for the family's training function.
    on_run : callable (done, total)

    Returns
    -------
    AttackRecord

    Notes
    -----
    Privacy spent: none; no real row is touched. The coins come from numpy's generator, seeded by the operating system.
    """
    fit = train or learner(policy.family.name)
    random = np.random.default_rng()
    privacy, total = policy.document.privacy if policy.family.private else None, 2 * runs + 1
    delta = float(privacy.delta) if privacy is not None and not policy.family.pure else 0.0
    adjacency = privacy.adjacency if privacy is not None else "add_or_remove_one"
    sides = [np.fromiter(_neighbours(policy, fit, side, runs, on_run, total), np.float64) for side in (False, True)]
    several = two_sample_epsilon(sides[0], sides[1], delta=delta, confidence=CONFIDENCE)
    included, statistic = _coins(policy, fit, canaries, random)
    single = one_run_epsilon(included, statistic, guesses=canaries // 2, delta=delta, confidence=CONFIDENCE)
    on_run(total, total)
    return AttackRecord(
        policy_digest=policy.digest,
        family=policy.family.name,
        epsilon=None if privacy is None else float(privacy.epsilon),
        delta=delta,
        adjacency=adjacency,
        confidence=CONFIDENCE,
        results=(_result("neighbours", runs, several), _result("one-run", canaries, single)),
        notes=(_NOTE,),
    )


def _result(method: str, trials: int, found: Found) -> AttackResult:
    return AttackResult.model_validate(
        {
            "method": method,
            "trials": trials,
            "guesses": found.guesses,
            "correct": found.correct,
            "epsilon_lower": found.epsilon,
            "ceiling": found.ceiling,
        }
    )


def _neighbours(policy: Policy, fit: Learner, within: bool, runs: int, on_run: OnRun, total: int) -> Iterator[float]:
    """The canary's own score in each run; the other rows are the same in all of them."""
    specs, random = policy.features(), np.random.default_rng(0)
    people = _rows(specs, random, _PEOPLE, keep_away=True)
    canary = pd.DataFrame({spec.name: [_extreme(spec)] for spec in specs})
    target, mark = _targets(policy, random, _PEOPLE), _mark(policy)
    if within:
        people = pd.concat([people, canary], ignore_index=True)
        target = np.append(target, np.array([mark], dtype=target.dtype))
    for run in range(runs):
        on_run(run + (0 if not within else runs), total)
        yield float(_speaks_for(policy, fit(_task(policy, people, target)).model, canary, np.array([mark]))[0])


def _coins(
    policy: Policy, fit: Learner, canaries: int, random: np.random.Generator
) -> tuple[NDArray[np.bool_], Floats]:
    """One fit on the canaries whose coin came up, and how much its scores speak for each canary's target."""
    rows = _rows(policy.features(), random, canaries, keep_away=False)
    target = _targets(policy, random, canaries)
    included = random.random(canaries) < 0.5
    model = fit(_task(policy, rows.loc[included].reset_index(drop=True), target[included])).model
    return included, _speaks_for(policy, model, rows, target)


def _task(policy: Policy, rows: pd.DataFrame, target: NDArray[np.object_] | Floats) -> TrainingTask:
    choice, privacy = policy.document.model, policy.document.privacy
    budget = PrivacyBudget(privacy.epsilon, privacy.delta) if privacy is not None and policy.family.private else None
    lower, upper = policy.target.min, policy.target.max
    bounded = choice.task == "regression" and isinstance(lower, float) and isinstance(upper, float)
    return TrainingTask(
        features=rows,
        specs=policy.features(),
        target=target,
        kind=choice.task,
        classes=policy.classes,
        settings=policy.settings,
        monotone=dict(choice.monotone),
        interactions=choice.interactions,
        excluded_pairs=choice.excluded_pairs,
        seed=choice.seed,
        budget=budget,
        adjacency=privacy.adjacency if privacy is not None else "add_or_remove_one",
        target_bounds=(float(str(lower)), float(str(upper))) if bounded else None,
    )


def _rows(specs: tuple[FeatureSpec, ...], random: np.random.Generator, count: int, *, keep_away: bool) -> pd.DataFrame:
    """Random rows of the declared domain; ``keep_away`` leaves the upper half and the last level to the canary."""
    columns: dict[str, object] = {}
    for spec in specs:
        if spec.kind == "nominal":
            levels = np.array(spec.levels, dtype=object)
            columns[spec.name] = random.choice(levels[: max(1, len(levels) - 1)] if keep_away else levels, count)
        else:
            lower, upper = _bounds(spec)
            values = random.uniform(lower, (lower + upper) / 2 if keep_away else upper, count)
            columns[spec.name] = np.floor(values) if spec.integer else values
    return pd.DataFrame(columns)


def _extreme(spec: FeatureSpec) -> object:
    return spec.levels[-1] if spec.kind == "nominal" else _bounds(spec)[1]


def _bounds(spec: FeatureSpec) -> tuple[float, float]:
    return (spec.lower, spec.upper) if spec.lower is not None and spec.upper is not None else (0.0, 1.0)


def _targets(policy: Policy, random: np.random.Generator, count: int) -> NDArray[np.object_] | Floats:
    """Random targets; every class occurs."""
    if policy.document.model.task == "regression":
        lower, upper = (float(str(bound or side)) for bound, side in ((policy.target.min, 0), (policy.target.max, 1)))
        return np.asarray(random.choice([lower, upper], count), dtype=np.float64)
    drawn = random.choice(np.array(policy.classes, dtype=object), count)
    drawn[: len(policy.classes)] = policy.classes
    return drawn


def _mark(policy: Policy) -> object:
    """The canary's target: the last class, or the upper bound."""
    return policy.classes[-1] if policy.classes else float(str(policy.target.max if policy.target.max else 1.0))


def _speaks_for(policy: Policy, model: object, rows: pd.DataFrame, target: NDArray[np.object_] | Floats) -> Floats:
    """How well the model's score fits each row's target; larger for rows that were learned from."""
    if not hasattr(model, "predict"):
        raise ModelError("The family's model gives no scores.", code="model-opaque", hint="Attack a glass-box family.")
    task = policy.document.model.task
    if task == "binary" and isinstance(model, AdditiveModel):
        values = model.decision_values(rows)[:, 0]  # not the probability, which rounds to 0 or 1
        return np.asarray(np.where(target == policy.classes[1], values, -values), dtype=np.float64)
    scores = np.asarray(model.predict(rows), dtype=np.float64)
    if task == "regression":
        return -np.abs(scores - np.asarray(target, dtype=np.float64))
    if task == "binary":
        return np.asarray(np.where(target == policy.classes[1], scores, 1.0 - scores), dtype=np.float64)
    return np.asarray(scores[np.arange(len(rows)), pd.Index(policy.classes).get_indexer(pd.Index(target))])

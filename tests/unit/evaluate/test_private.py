"""Private evaluation: the same figures as the exact one up to noise, and nothing that is exact."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from scipy.special import expit

from glassledger.errors import PrivacyError
from glassledger.evaluate.denoise import possible
from glassledger.evaluate.evaluation import evaluate
from glassledger.evaluate.private_evaluation import private_evaluation
from glassledger.models.additive import AdditiveModel
from glassledger.policy import Policy
from glassledger.privacy.budget import PrivacyBudget, Reservation
from glassledger.records.evaluation import Evaluation
from glassledger.records.release import EvidenceTables

DIGEST = "sha256:" + "7" * 64
RNG = np.random.default_rng(8)


@pytest.fixture
def private(make_policy: Callable[..., Policy]) -> Callable[..., Policy]:
    """The hand-made policy with a private family; ``evidence`` is the rule for the figures."""

    def build(
        task: str = "binary", *, evidence: dict[str, Any] | None = None, groups: bool = False, **more: Any
    ) -> Policy:
        document = yaml.safe_load(make_policy(task=task, **more).source)
        document["model"] = {"family": "dp-additive", "task": task}
        document["privacy"] = {
            "unit": "row", "epsilon": 1, "delta": 1e-6, "dataset_budget": {"epsilon": 40, "delta": 1e-4},
        }  # fmt: skip
        if evidence:
            document["privacy"]["evidence"] = evidence
        if task == "regression":
            document["data"]["columns"]["outcome"] |= {"min": -10.0, "max": 10.0}
        if groups:
            document["data"]["columns"]["sex"] = {
                "role": "protected", "type": "category", "levels": ["f", "m", "x"], "missing": True,
            }  # fmt: skip
        return Policy.parse(yaml.safe_dump(document).encode())

    return build


def _ticket(epsilon: str) -> Reservation:
    return Reservation(PrivacyBudget(epsilon), "add_or_remove_one", "row", "3")


def _binary(rows: int) -> tuple[np.ndarray, np.ndarray]:
    z = RNG.normal(-1.5, 1.4, rows)
    return z, np.where(RNG.random(rows) < expit(z), "yes", "no").astype(object)


def _values(found: Evaluation) -> dict[str, float | None]:
    return {figure.name: figure.value for figure in found.figures}


def _both(
    policy: Policy, exact: Policy, model: AdditiveModel, holdout: Callable[..., Any], *data: Any, **more: Any
) -> tuple[Evaluation, Evaluation]:
    ticket = _ticket("20")
    return (
        evaluate(model, holdout(policy, *data, **more), policy=policy, model_digest=DIGEST, reservation=ticket),
        evaluate(model, holdout(exact, *data, **more), policy=exact, model_digest=DIGEST),
    )  # fmt: skip


def test_with_little_noise_the_figures_are_the_exact_ones(
    private: Callable[..., Policy], make_model: Callable[..., AdditiveModel], make_holdout: Callable[..., Any]
) -> None:
    decision = {"threshold": 0.4}
    policy = private(evidence={"epsilon": 20}, decision=decision, groups=True)
    exact = private(evidence={"protection": "exact"}, decision=decision, groups=True)
    z, target = _binary(20_000)
    sex = RNG.choice(["f", "m", None], 20_000, p=[0.5, 0.4, 0.1])
    found, truth = _both(policy, exact, make_model(), make_holdout, z, target, protected={"sex": sex})

    assert (found.protection, truth.protection) == ("private", "exact")
    assert found.rows == pytest.approx(truth.rows, abs=30)
    assert found.base_rate == pytest.approx(truth.base_rate, abs=0.002)
    for name, value in _values(truth).items():
        assert _values(found)[name] == pytest.approx(value, abs=0.02 if "slope" in name else 0.004), name
    for mine, theirs in zip(found.gains, truth.gains, strict=True):
        assert mine.y == pytest.approx(theirs.y, abs=0.01)
    assert found.confusion is not None
    assert truth.confusion is not None
    for cell in ("true_positive", "false_positive", "true_negative", "false_negative"):
        assert getattr(found.confusion, cell) == pytest.approx(
            getattr(truth.confusion, cell), abs=found.confusion.margin or 0
        )
    mine = {(g.group, f.name): f.value for g in found.groups for f in g.figures}
    theirs = {(g.group, f.name): f.value for g in truth.groups for f in g.figures}
    shared = [key for key in theirs if key in mine and mine[key] is not None and theirs[key] is not None]
    assert len(shared) >= 6
    for key in shared:
        assert mine[key] == pytest.approx(theirs[key], abs=0.01), key


def test_both_uncertainties_are_shown_apart_and_together(
    private: Callable[..., Policy], make_model: Callable[..., AdditiveModel], make_holdout: Callable[..., Any]
) -> None:
    widths = {}
    z, target = _binary(2_000)
    for epsilon in ("0.5", "5"):
        policy = private(evidence={"epsilon": float(epsilon)}, decision={"threshold": 0.4})
        found = evaluate(
            make_model(),
            make_holdout(policy, z, target),
            policy=policy,
            model_digest=DIGEST,
            reservation=_ticket(epsilon),
        )
        for figure in found.figures:
            if figure.lower is not None and figure.sampling and figure.noise and figure.upper is not None:
                assert figure.lower <= min(figure.sampling.lower, figure.noise.lower)
                assert figure.upper >= max(figure.sampling.upper, figure.noise.upper)
        auroc = next(figure for figure in found.figures if figure.name == "auroc")
        assert auroc.noise is not None
        assert auroc.sampling is not None
        widths[epsilon] = (auroc.noise.upper - auroc.noise.lower, auroc.sampling.upper - auroc.sampling.lower)
    assert widths["5"][0] < widths["0.5"][0] / 3
    assert widths["5"][1] == pytest.approx(widths["0.5"][1], rel=0.5)


def test_every_figure_can_be_computed_again_from_the_stored_tables(
    private: Callable[..., Policy], make_model: Callable[..., AdditiveModel], make_holdout: Callable[..., Any]
) -> None:
    policy = private(decision={"threshold": 0.4}, groups=True)
    z, target = _binary(1_000)
    sex = RNG.choice(["f", "m"], 1_000)
    holdout = make_holdout(policy, z, target, protected={"sex": sex})
    found = evaluate(make_model(), holdout, policy=policy, model_digest=DIGEST, reservation=_ticket("1"))

    assert found.tables is not None
    again = private_evaluation(EvidenceTables.from_json(found.tables.to_json()), policy, DIGEST)
    assert again.to_json() == found.to_json()
    groups = [group.group for group in found.groups]
    assert groups == ["f", "m", "x", "missing"], "declared groups, whether they occur or not"
    assert found.tables.privacy.epsilon == 1.0
    assert sum(event.sensitivity / event.noise_scale for event in found.tables.privacy.mechanisms) <= 1.0


def test_several_classes_and_numbers(
    private: Callable[..., Policy], make_model: Callable[..., AdditiveModel], make_holdout: Callable[..., Any]
) -> None:
    z = RNG.normal(0, 1.5, 20_000)
    odds = np.exp(np.stack([z, np.zeros_like(z), -z], axis=1))
    drawn = (odds / odds.sum(axis=1, keepdims=True)).cumsum(axis=1)
    target = np.array(["u", "v", "w"], dtype=object)[(RNG.random((len(z), 1)) > drawn).sum(axis=1).clip(0, 2)]
    settings = {"evidence": {"epsilon": 20}}, {"evidence": {"protection": "exact"}}
    policies = [private("multiclass", **one) for one in settings]
    found, truth = _both(*policies, make_model("multiclass"), make_holdout, z, target)
    for name, value in _values(truth).items():
        assert _values(found)[name] == pytest.approx(value, abs=0.03 if name == "log_loss" else 0.01), name
    assert np.abs(np.array(found.class_confusion) - np.array(truth.class_confusion)).max() < 10

    policies = [private("regression", **one) for one in settings]
    observed = np.clip(z + RNG.normal(0, 1.0, len(z)), -10, 10)
    found, truth = _both(*policies, make_model("regression"), make_holdout, z, observed)
    for name, value in _values(truth).items():
        assert _values(found)[name] == pytest.approx(value, rel=0.05), name


def test_a_private_model_is_not_evaluated_exactly_by_accident(
    private: Callable[..., Policy], make_policy: Callable[..., Policy], make_model: Callable[..., AdditiveModel],
    make_holdout: Callable[..., Any],
) -> None:  # fmt: skip
    z, target = _binary(200)

    def code(policy: Policy, reservation: Reservation | None) -> str:
        with pytest.raises(PrivacyError) as refused:
            evaluate(
                make_model(),
                make_holdout(policy, z, target),
                policy=policy,
                model_digest=DIGEST,
                reservation=reservation,
            )
        return refused.value.code

    assert code(private(), None) == "reservation-missing"
    assert code(private(), _ticket("2")) == "reservation-mismatch"
    assert code(private(evidence={"protection": "exact"}), _ticket("1")) == "reservation-unneeded"
    assert code(make_policy(), _ticket("1")) == "reservation-unneeded"


@pytest.mark.parametrize("keep", [None, 0, 1])
def test_possible_tables_keep_their_totals_and_have_no_negative_count(keep: int | None) -> None:
    counts = RNG.normal(3, 6, size=(50, 12)).round()
    found = possible(counts, (3, 4), keep)
    assert (found >= 0).all()
    cube, raw = found.reshape(50, 3, 4), counts.reshape(50, 3, 4)
    axes = (1, 2) if keep is None else (2 if keep == 0 else 1,)
    assert cube.sum(axis=axes) == pytest.approx(np.maximum(raw.sum(axis=axes), 0))
    assert pd.Series(possible(found, (3, 4), keep)[0]).round(9).equals(pd.Series(found[0]).round(9))

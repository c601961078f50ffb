"""Policy → screen → split → fit → explain → evaluate → score on a real table."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy.special import logit
from sklearn.metrics import roc_auc_score

from glassledger.data import screen, split
from glassledger.evaluate.evaluation import evaluate
from glassledger.explain import explain_global, explain_local
from glassledger.explain.personas import personas
from glassledger.explain.reasons import reasoner
from glassledger.models import fit
from glassledger.policy import Policy
from glassledger.redaction.keys import KeyRing
from glassledger.scoring import score


@pytest.mark.slow
@pytest.mark.realdata
def test_telco_churn(shared_data: Callable[[str], Path], repository: Path, tmp_path: Path):
    table = shared_data("telco_churn.csv.gz")
    policy = Policy.load(repository / "policies/scoring/telco_churn.yaml")
    keys = KeyRing(tmp_path)
    screened = screen(table, policy, keys=keys, purpose="fit")
    train, holdout = split(screened, share=policy.document.split.holdout, key=keys.key("split").secret)
    model = fit(policy, train).model

    # the compiled reasons sum to the score minus the baseline on every row
    compiled = reasoner(model, policy)
    values = model.decision_values(screened.features)[:, 0]
    assert compiled.of(screened.features).sum(axis=0) == pytest.approx(
        values - compiled.deviations.expected[0], abs=1e-8
    )

    # the weighted mean of the shapes is the mean score of the training rows, up to correlation within the pairs
    assert compiled.deviations.expected[0] == pytest.approx(model.decision_values(train.features).mean(), abs=0.02)

    shown = explain_global(model)
    assert next(iter(shown.importances)) in {"Contract", "tenure"}
    assert set(shown.importances) == set(model.term_names)

    found = evaluate(model, holdout, policy=policy, model_digest="sha256:0")
    auroc = next(figure for figure in found.figures if figure.name == "auroc")
    assert auroc.value == pytest.approx(
        roc_auc_score(holdout.target == model.classes[1], model.predict(holdout.features))
    )
    assert 0.79 < auroc.lower < auroc.value < auroc.upper < 0.89
    assert {one.attribute for one in found.groups} == {"gender", "SeniorCitizen"}

    scored = score(model, screened, policy=policy)
    assert np.array_equal(scored["score"], model.predict(screened.features))
    assert np.array_equal(scored["decision"] == "offer", scored["score"] >= policy.document.decision.threshold)
    for row in (0, 17, 4242):
        local = explain_local(model, screened.features.iloc[[row]], policy=policy)
        total = local.intercept
        for contribution in local.contributions.values():
            total += contribution
        assert total == pytest.approx(logit(local.score), abs=1e-9)
        assert [reason.text for reason in local.reasons] == [
            scored.loc[row, f"reason_{k + 1}"] for k in range(len(local.reasons))
        ]
    people = {persona.name: persona.explanation.score for persona in personas(model, policy)}
    assert people["just below"] < policy.document.decision.threshold <= people["just above"]

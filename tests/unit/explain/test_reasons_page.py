"""The numbers in ``docs/explanation/reasons.md`` are what the program says."""

import re
from pathlib import Path

import numpy as np
import pytest

from glassledger.explain.reasons import reasoner, top_reasons


@pytest.fixture(scope="module")
def page(repository: Path) -> str:
    return (repository / "docs/explanation/reasons.md").read_text().replace("−", "-")


@pytest.mark.parametrize("baseline", ["mean", "best", "cutoff"])
def test_the_worked_person(baseline, page, bank_model, bank_rows, make_policy):
    policy = make_policy(bank_model.features, reasons={"baseline": baseline}, decision={"threshold": 0.3})
    row = bank_rows.iloc[[0]]
    deviations = dict(zip(("age", "balance", "job"), reasoner(bank_model, policy).of(row)[:, 0], strict=True))
    (line,) = re.findall(rf"^\| {baseline} \| (-.*)\|$", page, re.MULTILINE)
    written = [float(cell) for cell in line.split("|")[:4]]
    assert written == pytest.approx(
        [*(deviations[n] for n in ("age", "job", "balance")), sum(deviations.values())], abs=5e-5
    )
    order = {"best": ["age", "balance", "job"]}.get(baseline, ["age", "job", "balance"])
    assert top_reasons(bank_model, row, policy=policy, count=3).features[0].tolist() == order


def test_the_other_figures(page, bank_model, bank_rows, make_policy):
    policy = make_policy(bank_model.features, decision={"threshold": 0.3})
    row = bank_rows.iloc[[0]]
    assert bank_model.decision_values(row)[0, 0] == pytest.approx(-2.3)
    assert "a probability of 0.091" in page
    assert bank_model.predict(row)[0] == pytest.approx(0.091, abs=5e-4)
    assert "log-odds -0.8473" in page
    assert np.log(0.3 / 0.7) == pytest.approx(-0.8473, abs=5e-5)
    spread = reasoner(bank_model, policy).deviations.spread
    assert "0.598 for age, 0.411 for job and 0.285 for balance" in page
    assert spread == pytest.approx([0.598, 0.285, 0.411], abs=5e-4)
    assert "gap of 0.1027" in page
    assert np.log(0.3 / 0.7) + 0.95 == pytest.approx(0.1027, abs=5e-5)

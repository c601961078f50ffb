"""The rating table, read by a spreadsheet's rules alone, adds up to the model's own link values and points."""

import csv
import io
import math

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.unit.scoring.strategies import models, policy_of, rows, rule_models

from glassledger.errors import UsageError
from glassledger.models.additive import PointsScale
from glassledger.scoring.card import scoring_card
from glassledger.scoring.rating import COLUMNS, rating_table

QUIET = settings(
    max_examples=60,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def fits(line, row, place, declared):
    """Whether a row falls into the bin that a line names."""
    name = line[f"feature_{place}"]
    if not name:
        return True
    value = row[name]
    missing = value is None or value != value
    if line[f"special_{place}"]:
        return missing if line[f"special_{place}"] == "missing" else not missing and value not in declared
    if missing:
        return False
    if line[f"level_{place}"]:
        return value == line[f"level_{place}"]
    if isinstance(value, str):
        return False
    low, high = line[f"at_least_{place}"], line[f"below_{place}"]
    return (not low or float(low) <= value) and (not high or value < float(high))


def met(line, row, declared):
    """What a line adds for a row, or None."""
    if line["kind"] in ("intercept", "cell"):
        return float(line["value"]) if fits(line, row, 1, declared) and fits(line, row, 2, declared) else None
    value = row[line["feature_1"]]
    if value != value:
        return None
    if line["lower"]:
        value = min(max(value, float(line["lower"])), float(line["upper"]))
    return float(line["value"]) * (value - float(line["center"])) ** {"slope": 1, "square": 2}[line["kind"]]


@given(data=st.data())
@QUIET
def test_the_lines_that_a_row_meets_sum_to_its_score(data):
    model = data.draw(models())
    frame = data.draw(rows(infinite=False))
    frame = frame.assign(**{"n um": frame["n um"].clip(-1e6, 1e6), "x": frame["x"].clip(-1e6, 1e6)})
    lines = list(
        csv.DictReader(
            io.StringIO(rating_table(scoring_card(model, policy=policy_of(model, decision=None, reasons={}))))
        )
    )
    assert tuple(lines[0]) == COLUMNS
    declared = next(spec.levels for spec in model.features if spec.levels)
    values = model.decision_values(frame)
    for place, row in enumerate(frame.to_dict("records")):
        for output in range(model.outputs):
            label = model.classes[output] if model.task == "multiclass" else ""
            found = [met(line, row, declared) for line in lines if line["output"] == label]
            total = math.fsum(one for one in found if one is not None)
            assert total == pytest.approx(values[place, output], rel=1e-9, abs=1e-9)


def test_points_sum_to_the_scales_points(make_model, make_policy):
    model = make_model()
    scale = PointsScale(base_score=600, base_odds=50, pdo=20)
    model = type(model)(**{**dict(model), "points": scale})
    lines = list(csv.DictReader(io.StringIO(rating_table(scoring_card(model, policy=make_policy())))))
    small = [line for line in lines if line["kind"] == "intercept" or line["level_1"] == "small"]
    points = sum(float(line["points"]) for line in small)
    assert len(small) == 2
    assert points == pytest.approx(scale.offset + scale.factor * (0.1 - 0.2))
    assert np.isclose(scale.offset + scale.factor * np.log(50), 600)


@given(data=st.data())
@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_tree_has_no_rating_table(data):
    model = data.draw(rule_models())
    with pytest.raises(UsageError) as caught:
        rating_table(scoring_card(model, policy=policy_of(model, decision=None, reasons={})))
    assert caught.value.code == "rating-table-of-trees"

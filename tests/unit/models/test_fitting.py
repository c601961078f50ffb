"""The one door: what it lets through, and everything it refuses."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from glassledger.data import ScreenedFrame, screen
from glassledger.errors import Error, InputError, ModelError, PrivacyError
from glassledger.models import AdditiveModel, RuleModel, fit, load_model
from glassledger.models.training import Trained, TrainingTask
from glassledger.policy import Policy
from glassledger.privacy.budget import PrivacyBudget, Reservation
from glassledger.redaction.keys import KeyRing

POLICY = """
glassledger: 1
name: renewal
version: "3"
owner: {{name: Retention, contact: retention@example.org}}
purpose: {{use: Order service calls.}}
lawful_basis: {{basis: legitimate_interests}}
data:
  dataset: contracts
  columns:
    id: {{role: identifier, type: text, unique: true, redaction: {{operator: pseudonymise}}}}
    age: {{role: feature, type: integer, min: 18, max: 100, missing: true}}
    plan: {{role: feature, type: category, levels: [small, large, other], other: other}}
    renewed: {{role: target, {target}}}
{privacy}
model: {model}
"""
BINARY = "type: category, levels: ['no', 'yes'], positive: 'yes'"
SEVERAL = "type: category, levels: [a, b, c]"
NUMBER = "type: number, min: 0, max: 10"
PRIVACY = """privacy: {unit: id, epsilon: "1.5", delta: "1e-6", dataset_budget: {epsilon: 4, delta: "1e-5"}}"""


def policy(model: str, *, target: str = BINARY, private: bool = False) -> Policy:
    text = POLICY.format(target=target, model=model, privacy=PRIVACY if private else "")
    return Policy.parse(text.encode())


def rows(count: int = 200, target: str = BINARY) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    age = rng.integers(18, 90, count)
    frame = pd.DataFrame(
        {
            "id": [f"c{i}" for i in range(count)],
            "age": pd.array(np.where(rng.random(count) < 0.1, np.nan, age)),
            "plan": rng.choice(["small", "large", "legacy"], count),
        }
    )
    kinds = {
        BINARY: np.where(age + rng.normal(0, 15, count) > 50, "yes", "no"),
        SEVERAL: rng.choice(["a", "b", "c"], count),
        NUMBER: np.clip(age / 10 + rng.normal(size=count), 0, 10),
    }
    return frame.assign(renewed=kinds[target])


Screen = Callable[[Policy, pd.DataFrame], ScreenedFrame]


@pytest.fixture
def screened(tmp_path: Path) -> Screen:
    return lambda policy, frame: screen(frame, policy, keys=KeyRing(tmp_path), purpose="fit")


def refused(kind: type[Error], code: str, act: Callable[[], Any]) -> Error:
    with pytest.raises(kind) as caught:
        act()
    assert caught.value.code == code
    return caught.value


FAMILIES = [
    ("{family: ebm, task: binary, settings: {outer_bags: 1, max_rounds: 20}, seed: 3}", BINARY, AdditiveModel),
    ("{family: logistic, task: multiclass}", SEVERAL, AdditiveModel),
    ("{family: linear, task: regression}", NUMBER, AdditiveModel),
    ("{family: tree, task: regression, settings: {min_samples_leaf: 5}}", NUMBER, RuleModel),
    ("{family: scorecard, task: binary, monotone: {age: increasing}}", BINARY, AdditiveModel),
]


@pytest.mark.parametrize(("model", "target", "form"), FAMILIES)
def test_every_family_goes_through(model: str, target: str, form: type, screened: Screen) -> None:
    chosen = policy(model, target=target)
    table = screened(chosen, rows(target=target))
    fitted = fit(chosen, table, developer="alice", fitted_at="2026-01-02T03:04:05Z")
    assert isinstance(fitted.model, form)
    assert load_model(fitted.model.to_json()) == fitted.model
    facts = fitted.facts
    assert facts.model_digest == fitted.model.digest
    assert facts.policy_digest == chosen.digest
    assert (facts.policy_name, facts.policy_version) == ("renewal", "3")
    assert (facts.family, facts.task) == (chosen.family.name, chosen.document.model.task)
    assert facts.form == {AdditiveModel: "additive", RuleModel: "rules"}[form]
    assert facts.features == chosen.features() == fitted.model.features
    assert facts.positive == ("yes" if target is BINARY else None)
    assert facts.rows_trained == 200
    assert (facts.private, facts.privacy) == (False, None)
    assert (facts.developer, facts.fitted_at) == ("alice", "2026-01-02T03:04:05Z")
    assert facts.library.split()[0] in ("interpret-core", "scikit-learn")
    assert type(facts).from_json(facts.to_json()) == facts


def test_settings_and_constraints_are_recorded_as_text(screened: Screen) -> None:
    chosen = policy(
        "{family: ebm, task: binary, settings: {outer_bags: 1, max_rounds: 5}, seed: 3, monotone: {age: increasing},"
        " excluded_pairs: [[age, plan]]}"
    )
    facts = fit(chosen, screened(chosen, rows())).facts
    assert facts.settings["outer_bags"] == "1"
    assert facts.settings["learning_rate"] == "0.015"
    assert facts.settings["seed"] == "3"
    assert facts.settings["monotone"] == "age: increasing"
    assert facts.settings["excluded_pairs"] == "age × plan"
    assert "interactions" not in facts.settings
    card = policy("{family: scorecard, task: binary}")
    assert fit(card, screened(card, rows())).facts.settings["round_points"] == "false"


LOGISTIC = "{family: logistic, task: binary}"


def test_only_a_table_screened_under_this_policy_for_fitting(screened: Screen, tmp_path: Path) -> None:
    chosen = policy(LOGISTIC)
    table = screened(chosen, rows())
    refused(ModelError, "not-screened", lambda: fit(chosen, rows()))
    refused(ModelError, "not-screened", lambda: fit(chosen, {"features": table.features}))
    refused(ModelError, "policy-mismatch", lambda: fit(policy("{family: tree, task: binary}"), table))
    scored = screen(rows().drop(columns="renewed"), chosen, keys=KeyRing(tmp_path), purpose="score")
    refused(InputError, "target-missing", lambda: fit(chosen, scored))
    with_target = screen(rows(), chosen, keys=KeyRing(tmp_path), purpose="score")
    refused(InputError, "target-missing", lambda: fit(chosen, with_target))


def test_too_few_rows(screened: Screen) -> None:
    chosen = policy(LOGISTIC)
    error = refused(InputError, "rows-too-few", lambda: fit(chosen, screened(chosen, rows(29))))
    assert error.facts == {"rows": 29}
    assert fit(chosen, screened(chosen, rows(30))).facts.rows_trained == 30


def test_every_declared_class_must_occur(screened: Screen) -> None:
    chosen = policy(LOGISTIC)
    one = screened(chosen, rows().assign(renewed="no"))
    assert refused(InputError, "class-absent", lambda: fit(chosen, one)).facts == {"classes": 2, "absent": 1}
    several = policy("{family: logistic, task: multiclass}", target=SEVERAL)
    two = screened(several, rows(target=SEVERAL).replace({"renewed": {"c": "a"}}))
    assert refused(InputError, "class-absent", lambda: fit(several, two)).facts == {"classes": 3, "absent": 1}


def replaced(table: ScreenedFrame, **changes: Any) -> ScreenedFrame:
    """A screened table that was tampered with afterwards, past every constructor."""
    twin = object.__new__(ScreenedFrame)
    twin.__dict__.update({**vars(table), **changes})
    return twin


def test_a_table_that_was_changed_after_screening_is_refused(screened: Screen) -> None:
    chosen = policy(LOGISTIC)
    table = screened(chosen, rows())
    spoiled = table.features.copy()
    spoiled["plan"] = spoiled["plan"].astype(object)
    spoiled.loc[3, "plan"] = None
    error = refused(InputError, "domain-broken", lambda: fit(chosen, replaced(table, features=spoiled)))
    assert error.facts == {"column": "plan", "undeclared": 0, "missing": 1}
    wrong = np.where(np.arange(200) == 5, "canary-7351", table.target).astype(object)
    error = refused(ModelError, "class-undeclared", lambda: fit(chosen, replaced(table, target=wrong)))
    assert "canary" not in f"{error!r}{error.as_dict()}"
    number = policy("{family: linear, task: regression}", target=NUMBER)
    base = screened(number, rows(target=NUMBER))
    infinite = np.where(np.arange(200) == 5, np.inf, base.target)
    refused(InputError, "target-not-finite", lambda: fit(number, replaced(base, target=infinite)))


PRIVATE = "{family: dp-logistic, task: binary}"
BUDGET = PrivacyBudget(Decimal("1.5"), Decimal("1e-6"))


def reservation(**changes: Any) -> Reservation:
    parts = {"budget": BUDGET, "adjacency": "add_or_remove_one", "unit": "id", "entry": "7"}
    return Reservation(**{**parts, **changes})


@pytest.fixture
def learned(monkeypatch: pytest.MonkeyPatch) -> list[TrainingTask]:
    """Replace every learner by one that notes its task and returns a model of the right family."""
    seen: list[TrainingTask] = []

    def choose(name: str) -> Callable[[TrainingTask], Trained]:
        def train(task: TrainingTask) -> Trained:
            seen.append(task)
            model = AdditiveModel(
                family=name, task="binary", link="logit", classes=task.classes, features=task.specs,
                intercept=(0.0,), terms=(),
            )  # fmt: skip
            return Trained(model, "fake 1", native="epsilon", accountant="sum", unprotected=("time",))

        return train

    monkeypatch.setattr("glassledger.models.fitting.learner", choose)
    return seen


def test_a_private_fit_takes_the_reservation_once(screened: Screen, learned: list[TrainingTask]) -> None:
    chosen = policy(PRIVATE, private=True)
    table = screened(chosen, rows())
    ticket = reservation()
    facts = fit(chosen, table, reservation=ticket).facts
    assert ticket.taken
    assert learned[0].budget == BUDGET
    assert facts.rows_trained is None
    assert facts.private
    privacy = facts.privacy
    assert privacy is not None
    assert (privacy.unit, privacy.epsilon, privacy.delta, privacy.variant) == ("id", 1.5, 0.0, "pure")
    assert (privacy.native, privacy.accountant, privacy.unprotected) == ("epsilon", "sum", ("time",))
    refused(PrivacyError, "reservation-used", lambda: fit(chosen, table, reservation=ticket))
    assert len(learned) == 1


def test_a_pure_family_may_reserve_no_delta_and_another_states_its_delta(
    screened: Screen, learned: list[TrainingTask]
) -> None:
    chosen = policy(PRIVATE, private=True)
    free = reservation(budget=PrivacyBudget(Decimal("1.5"), Decimal(0)))
    privacy = fit(chosen, screened(chosen, rows()), reservation=free).facts.privacy
    assert privacy is not None
    assert privacy.delta == 0.0
    paid = policy("{family: dp-ebm, task: binary}", private=True)
    privacy = fit(paid, screened(paid, rows()), reservation=reservation()).facts.privacy
    assert privacy is not None
    assert (privacy.delta, privacy.variant) == (1e-6, "approximate")
    same = reservation(budget=PrivacyBudget(Decimal("1.5"), Decimal(0)))
    table = screened(paid, rows())
    refused(PrivacyError, "reservation-mismatch", lambda: fit(paid, table, reservation=same))


def test_no_private_fit_without_its_own_reservation(screened: Screen, learned: list[TrainingTask]) -> None:
    chosen = policy(PRIVATE, private=True)
    table = screened(chosen, rows())
    refused(PrivacyError, "reservation-missing", lambda: fit(chosen, table))
    for changes in (
        {"budget": PrivacyBudget(Decimal("1.4"), Decimal("1e-6"))},
        {"budget": PrivacyBudget(Decimal("1.6"), Decimal("1e-6"))},
        {"budget": PrivacyBudget(Decimal("1.5"), Decimal("2e-6"))},
        {"adjacency": "replace_one"},
        {"unit": "row"},
    ):
        ticket = reservation(**changes)
        refused(PrivacyError, "reservation-mismatch", lambda ticket=ticket: fit(chosen, table, reservation=ticket))
        assert not ticket.taken
    plain = policy(LOGISTIC)
    ticket = reservation()
    plain_table = screened(plain, rows())
    refused(PrivacyError, "reservation-unneeded", lambda: fit(plain, plain_table, reservation=ticket))
    assert not ticket.taken
    assert learned == []


def test_a_unit_with_two_rows_is_refused(screened: Screen, learned: list[TrainingTask]) -> None:
    chosen = policy(PRIVATE, private=True)
    table = screened(chosen, rows())
    units = table.units.copy()
    units[1] = units[0]
    ticket = reservation()
    refused(PrivacyError, "unit-repeats", lambda: fit(chosen, replaced(table, units=units), reservation=ticket))
    assert not ticket.taken


def test_a_private_family_is_not_told_how_many_rows_or_classes_there_are(
    screened: Screen, learned: list[TrainingTask]
) -> None:
    """A refusal would be a release: whether the 30th row is there must not show."""
    chosen = policy(PRIVATE, private=True)
    for frame in (rows(5), rows().assign(renewed="no")):
        fit(chosen, screened(chosen, frame), reservation=reservation())
    assert len(learned) == 2


def test_a_learner_that_answers_another_question_is_caught(screened: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = policy(LOGISTIC)
    table = screened(chosen, rows())
    good = fit(chosen, table).model
    for changes in ({"family": "linear"}, {"classes": ("yes", "no")}, {"features": good.features[::-1]}):
        bad = good.model_copy(update=changes)
        monkeypatch.setattr("glassledger.models.fitting.learner", lambda name, bad=bad: lambda task: Trained(bad, "x"))
        refused(ModelError, "learner-broke-contract", lambda: fit(chosen, table))


def test_nothing_of_a_task_shows_rows() -> None:
    task = TrainingTask(
        features=pd.DataFrame({"x": ["canary-7351"]}),
        specs=(),
        target=np.array(["canary-7351"], dtype=object),
        kind="binary",
        settings=policy(LOGISTIC).settings,
    )
    assert "canary" not in repr(task)

"""Rich, realistic evidence made by hand: sixteen features, a pair, groups; open, private, scorecard, tree, several classes.

Nothing here runs the library's learners or reads a table: the report is tested on records alone.
"""

# ruff: noqa: E501  (data and scripts read better on one line)

import math
import random
from itertools import pairwise
from typing import Any

from glassledger.policy.document import PolicyDocument
from glassledger.records.budget import NANO, BudgetEntry, BudgetStatement, PrivacyEvent, PrivacyFacts
from glassledger.records.decision import Decision
from glassledger.records.evaluation import Confusion, CurvePoint, Evaluation, Figure, GroupFigures, GroupSummary
from glassledger.records.explanation import AxisBins, GlobalExplanation, LocalExplanation, Persona, Reason, Shape
from glassledger.records.features import FeatureSpec
from glassledger.records.model_facts import ModelFacts
from glassledger.records.review_state import Requirement, ReviewState
from glassledger.records.screening import RedactionReceipt, ScreeningRecord
from glassledger.report import Evidence, LogEntry, LogExcerpt

MODEL, POLICY = "sha256:" + "3f9a" * 16, "sha256:" + "b71c" * 16
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
JOBS = (
    "admin.", "blue-collar", "entrepreneur", "housemaid", "management", "retired", "self-employed", "services",
    "student", "technician", "unemployed", "unknown",
)  # fmt: skip
NUMBERS = {
    "age": ("Age", "年龄", 18, 95, "年龄使评分降低"),
    "balance": ("Average yearly balance (€)", "年均余额（欧元）", -10000, 110000, ""),
    "day": ("Day of the month of the last contact", "上次联系的日期", 1, 31, ""),
    "campaign": ("Contacts during this campaign", "本次活动的联系次数", 1, 60, ""),
    "pdays": ("Days since the previous campaign", "距上次活动的天数", 0, 900, ""),
    "previous": ("Contacts before this campaign", "此前的联系次数", 0, 300, ""),
    "tenure": ("Years as a customer", "客户年限", 0, 60, ""),
    "products": ("Number of products held", "持有产品数", 0, 12, ""),
}
LEVELS = {
    "job": ("Occupation", "职业", JOBS),
    "marital": ("Marital status", "婚姻状况", ("divorced", "married", "single")),
    "education": ("Education", "教育程度", ("primary", "secondary", "tertiary", "unknown")),
    "default": ("Credit in default", "信贷违约", ("no", "yes")),
    "housing": ("Housing loan", "住房贷款", ("no", "yes")),
    "contact": ("Kind of contact", "联系方式", ("cellular", "telephone", "unknown")),
    "month": ("Month of the last contact", "上次联系的月份", MONTHS),
    "poutcome": ("Outcome of the previous campaign", "上次活动的结果", ("failure", "other", "success", "unknown")),
}


def policy_document(*, private: bool = False, **changes: Any) -> PolicyDocument:
    """A policy as a team would write it, in two languages."""
    columns: dict[str, Any] = {
        "customer_id": {
            "role": "identifier",
            "type": "text",
            "unique": True,
            "redaction": {"operator": "pseudonymise"},
        },
        "name": {"role": "identifier", "type": "text"},
        "e_mail": {"role": "identifier", "type": "text"},
        "remarks": {"role": "free_text", "type": "text", "redaction": {"operator": "redact_text"}},
        "may_contact": {"role": "consent", "type": "boolean", "granted": [True]},
    }
    for name, (english, chinese, low, high, _) in NUMBERS.items():
        columns[name] = {
            "role": "feature", "type": "number", "min": low, "max": high, "missing": name == "pdays",
            "label": {"en": english, "zh": chinese},
        }  # fmt: skip
    columns["age"]["reasons"] = {
        "code": "R01",
        "lowers": {"en": "At this age few people take the offer", "zh": "这个年龄的人很少接受该产品"},
        "raises": {"en": "At this age many people take the offer", "zh": "这个年龄的人较多接受该产品"},
    }
    for name, (english, chinese, levels) in LEVELS.items():
        columns[name] = {
            "role": "feature", "type": "category", "levels": list(levels), "label": {"en": english, "zh": chinese},
        }  # fmt: skip
    columns["sex"] = {
        "role": "protected",
        "type": "category",
        "levels": ["female", "male", "other"],
        "label": {"en": "Sex", "zh": "性别"},
    }
    columns["age_band"] = {
        "role": "protected", "type": "number", "min": 18, "max": 95, "label": {"en": "Age band", "zh": "年龄段"},
        "redaction": {"operator": "bands", "edges": [30, 45, 60, 75]},
    }  # fmt: skip
    columns["y"] = {"role": "target", "type": "category", "levels": ["no", "yes"], "positive": "yes"}
    base: dict[str, Any] = {
        "glassledger": 1,
        "name": "bank_marketing",
        "version": "3.1",
        "owner": {"name": "Retail marketing", "contact": "marketing-models@bank.example"},
        "purpose": {
            "use": {
                "en": "Order telephone calls about term deposits by the chance that a customer takes one.",
                "zh": "按客户办理定期存款的可能性排列电话联系的先后次序。",
            },
            "prohibited": [
                {"en": "Credit decisions, prices or limits", "zh": "信贷决定、定价或额度"},
                {"en": "Customers who object to marketing", "zh": "拒绝营销的客户"},
                {"en": "People under 18", "zh": "未满18岁的人"},
            ],
        },
        "lawful_basis": {
            "basis": "legitimate_interests",
            "note": "balancing test of 3 March 2026; objection honoured at once",
        },
        "data": {
            "dataset": "bank_calls_2026",
            "description": "Calls of the spring campaign, one row per customer.",
            "columns": columns,
        },
        "split": {"holdout": 0.2, "unit": "customer_id"},
        "model": {
            "family": "dp-ebm" if private else "ebm",
            "task": "binary",
            "monotone": {} if private else {"campaign": "decreasing"},
            "excluded_pairs": [] if private else [["age", "marital"]],
        },
        "decision": {"threshold": 0.3, "at_or_above": "call", "below": "do not call"},
        "evaluation": {"min_group": 10},
    }
    if private:
        base["privacy"] = {
            "unit": "customer_id", "epsilon": "1", "delta": "0.000001",
            "dataset_budget": {"epsilon": "3", "delta": "0.00001"},
        }  # fmt: skip
    return PolicyDocument.model_validate(base | changes)


def specs() -> tuple[FeatureSpec, ...]:
    numbers = [
        FeatureSpec(name=name, kind="continuous", lower=low, upper=high, missing=name == "pdays")
        for name, (_, _, low, high, _) in NUMBERS.items()
    ]
    levels = [FeatureSpec(name=name, kind="nominal", levels=levels) for name, (_, _, levels) in LEVELS.items()]
    return (*numbers, *levels)


def continuous_shape(name: str, *, bins: int = 40, size: float = 0.8, seed: int = 0, noise: float = 0.0) -> Shape:
    dice = random.Random(f"{name}{seed}")
    low, high = (float(bound) for bound in NUMBERS[name][2:4])
    edges = [low + (high - low) * (index / bins) ** 1.4 for index in range(bins + 1)]
    phase = dice.uniform(0, 3)
    values = [
        size * (math.sin(phase + 3.2 * index / bins) * 0.7 + dice.gauss(0, 0.03 + noise)) for index in range(bins)
    ]
    weights = [math.exp(-(((index - bins * 0.35) / (bins * 0.22)) ** 2)) + 0.01 for index in range(bins)]
    labels = [f"{a:.0f} – {b:.0f}" for a, b in pairwise(edges)]
    share = sum(weights)
    return Shape(
        term=name, features=(name,), axes=(AxisBins(feature=name, kind="continuous", edges=tuple(edges), labels=(*labels, "missing")),),
        values=(*values, 0.12 * size), density=(*(weight / share for weight in weights), 0.0),
        half_width=(*(0.08 + 0.3 * (1 - weight) ** 4 for weight in weights), 0.1) if noise else None,
        importance=abs(size) * 0.31,
    )  # fmt: skip


def nominal_shape(name: str, *, size: float = 0.6, noise: float = 0.0) -> Shape:
    dice = random.Random(name)
    levels = LEVELS[name][2]
    values = [size * dice.uniform(-1, 1) for _ in levels]
    weights = [dice.uniform(0.01, 1) for _ in levels]
    return Shape(
        term=name, features=(name,), axes=(AxisBins(feature=name, kind="nominal", labels=(*levels, "missing", "not declared")),),
        values=(*values, 0.0, 0.0), density=(*(weight / sum(weights) for weight in weights), 0.0, 0.0),
        half_width=(*(0.1 for _ in levels), 0.1, 0.1) if noise else None, importance=size * 0.28,
    )  # fmt: skip


def pair_shape(first: str, second: str) -> Shape:
    left, right = continuous_shape(first, bins=14).axes[0], nominal_shape(second).axes[0]
    rows, columns = len(left.labels), len(right.labels)
    values = tuple(
        0.22 * math.sin(0.5 * row) * math.cos(0.9 * column) for row in range(rows) for column in range(columns)
    )
    return Shape(
        term=f"{first} × {second}", features=(first, second), axes=(left, right), values=values, importance=0.05
    )


def explanation(*, private: bool = False) -> GlobalExplanation:
    sizes = dict(zip(NUMBERS, (0.9, 0.7, 0.25, 0.6, 1.1, 0.35, 0.2, 0.15), strict=True))
    noise = 0.05 if private else 0.0
    shapes = [
        continuous_shape(name, bins=24 if private else 60, size=size, noise=noise) for name, size in sizes.items()
    ]
    sizes = dict(zip(LEVELS, (0.4, 0.2, 0.3, 0.1, 0.5, 0.6, 0.9, 1.4), strict=True))
    shapes += [nominal_shape(name, size=size, noise=noise) for name, size in sizes.items()]
    shapes += [] if private else [pair_shape("age", "month"), pair_shape("balance", "contact")]
    shapes.sort(key=lambda shape: -shape.importance)
    return GlobalExplanation(
        exact=True, method="mean absolute distance of the contribution from its mean; people as in the training rows",
        link="logit", unit="log-odds", intercept=(-2.184,), shapes=tuple(shapes),
        importances={shape.term: shape.importance for shape in shapes},
    )  # fmt: skip


def personas(of: GlobalExplanation) -> tuple[Persona, ...]:
    people = []
    names = (("typical", 0.0), ("strong", 0.6), ("weak", -0.6), ("just above", 0.12), ("just below", 0.1))
    for index, (name, push) in enumerate(names):
        dice = random.Random(index)
        parts = {
            shape.term: shape.importance * dice.uniform(-1.2, 1.2) + push * shape.importance for shape in of.shapes
        }
        total = of.intercept[0] + sum(parts.values())
        ranked = sorted((term for term in parts if " × " not in term), key=lambda term: parts[term])[:3]
        people.append(
            Persona(
                name=name,
                explanation=LocalExplanation(
                    score=1 / (1 + math.exp(-total)), decision="call" if total > -0.85 else "do not call",
                    intercept=of.intercept[0], contributions=parts,
                    values={name: "45" for name in NUMBERS} | {name: levels[0] for name, (_, _, levels) in LEVELS.items()} | {"pdays": "missing"},
                    reasons=tuple(
                        Reason(code="R01" if term == "age" else term, feature=term, text=f"{term} lowered the score", contribution=parts[term])
                        for term in ranked
                    ),
                    baseline="mean",
                ),
            )
        )  # fmt: skip
    return tuple(people)


def evaluation() -> Evaluation:
    def figure(name: str, value: float, width: float) -> Figure:
        return Figure(name=name, value=value, lower=value - width, upper=value + width)

    def group(attribute: str, name: str, count: int, rate: float) -> GroupFigures:
        half = 1.96 * math.sqrt(rate * (1 - rate) / count)
        figures = (
            Figure(name="selection_rate", value=rate, lower=rate - half, upper=rate + half),
            Figure(name="true_positive_rate", value=rate + 0.4, lower=rate + 0.33, upper=rate + 0.47),
            Figure(name="false_positive_rate", value=rate / 3, lower=rate / 4, upper=rate / 2),
            Figure(name="auroc", value=0.78 + rate / 10),
        )
        return GroupFigures(attribute=attribute, group=name, count=count, figures=figures)

    why = Figure(
        name="count",
        value=None,
        note="not shown: it rests on fewer than 10 rows, or such a group could be worked out from it",
    )
    small = GroupFigures(attribute="sex", group="other", count=None, suppressed=True, figures=(why,))
    groups = (
        group("sex", "female", 4210, 0.12), group("sex", "male", 4832, 0.108), small,
        group("age_band", "[18, 30)", 1062, 0.17), group("age_band", "[30, 45)", 4120, 0.09),
        group("age_band", "[45, 60)", 3050, 0.08), group("age_band", "[60, 75)", 710, 0.31),
        group("age_band", "[75, 95]", 100, 0.36),
    )  # fmt: skip
    return Evaluation(
        model_digest=MODEL, task="binary", split="20% of the data, chosen by a keyed hash of customer_id", rows=9042,
        base_rate=0.117,
        figures=(
            figure("auroc", 0.7934, 0.0121), figure("ks", 0.448, 0.02), figure("log_loss", 0.2871, 0.008),
            figure("brier", 0.0821, 0.003), figure("calibration_slope", 1.021, 0.06),
            figure("calibration_intercept", -0.013, 0.05), figure("accuracy", 0.8934, 0.006),
            figure("precision", 0.561, 0.031), figure("recall", 0.392, 0.029), figure("f1", 0.4615, 0.027),
        ),
        calibration=tuple(CurvePoint(x=x, y=x * 1.03 + 0.004 * math.sin(40 * x), count=904) for x in (0.02, 0.03, 0.04, 0.05, 0.065, 0.085, 0.11, 0.16, 0.27, 0.52)),
        gains=tuple(CurvePoint(x=step / 10, y=1 - (1 - step / 10) ** 3.1, count=904 * step) for step in range(1, 11)),
        lift=tuple(CurvePoint(x=step / 10, y=(1 - (1 - step / 10) ** 3.1) * 10 / step, count=904 * step) for step in range(1, 11)),
        confusion=Confusion(threshold=0.3, true_positive=415, false_positive=325, true_negative=7658, false_negative=644),
        groups=groups,
        group_summaries=(
            GroupSummary(attribute="sex", metric="selection_rate", difference=0.012, ratio=0.9),
            GroupSummary(attribute="sex", metric="auroc", difference=0.001, ratio=0.99),
            GroupSummary(attribute="age_band", metric="selection_rate", difference=0.28, ratio=0.222),
            GroupSummary(attribute="age_band", metric="auroc", difference=0.03, ratio=None),
        ),
        interval_method="95 % percentile bootstrap over customer_id, 200 resamples; group rates: 95 % Wilson",
    )  # fmt: skip


def privacy_facts() -> PrivacyFacts:
    return PrivacyFacts(
        unit="customer_id", adjacency="add_or_remove_one", epsilon=1.0, delta=1e-6, native="mu = 0.2367 Gaussian DP",
        accountant="Gaussian DP composition (interpret)",
        mechanisms=(
            PrivacyEvent(mechanism="Gaussian", sensitivity=1.0, noise_scale=53.41, count=16, detail="histogram of one feature"),
            PrivacyEvent(mechanism="Gaussian", sensitivity=2.0, noise_scale=8.9134, count=4800, detail="sum of residuals in a leaf"),
        ),
        unprotected=("declared bounds and levels", "the number of boosting rounds", "the share kept for the holdout"),
        library="interpret-core 0.7.8", noise_source="operating system (secrets)",
    )  # fmt: skip


def budget() -> BudgetStatement:
    return BudgetStatement(
        scope="bank_calls_2026", cap_nano_epsilon=3 * NANO, cap_pico_delta=10_000_000, spent_nano_epsilon=1_500_000_000,
        spent_pico_delta=1_500_000,
        entries=(
            BudgetEntry(scope="bank_calls_2026", nano_epsilon=500_000_000, pico_delta=500_000, purpose="fit 12", key="a"),
            BudgetEntry(scope="bank_calls_2026", nano_epsilon=NANO, pico_delta=1_000_000, purpose="fit 17", key="b"),
        ),
    )  # fmt: skip


def screening() -> ScreeningRecord:
    return ScreeningRecord(
        policy_digest=POLICY, purpose="fit", rows=45_211, columns_read=24, columns_dropped=("name", "e_mail"),
        columns_undeclared=("duration",), checks=tuple(f"{name}: type" for name in (*NUMBERS, *LEVELS)),
        missing_cells={"pdays": 36_954, "age": 4}, other_cells={"job": 288},
        receipts=(
            RedactionReceipt(column="customer_id", operator="pseudonymise", cells=45_211, changed=45_211, detail="HMAC-SHA256, 128 bit", key_id="k-7f31"),
            RedactionReceipt(column="remarks", operator="redact_text", cells=45_211, changed=12_004),
            RedactionReceipt(column="age_band", operator="bands", cells=45_211, changed=45_211, detail="5 bands"),
        ),
        consent_excluded=1_204, input_digest="sha256:" + "0d" * 32,
    )  # fmt: skip


def facts(*, private: bool = False) -> ModelFacts:
    return ModelFacts(
        model_digest=MODEL, policy_digest=POLICY, policy_name="bank_marketing", policy_version="3.1",
        family="dp-ebm" if private else "ebm", form="additive", private=private, task="binary", classes=("no", "yes"),
        positive="yes", features=specs(),
        settings={"learning_rate": "0.015", "max_bins": "1024", "outer_bags": "14", "early_stopping_rounds": "100"},
        rows_trained=None if private else 36_169, privacy=privacy_facts() if private else None,
        library="interpret-core 0.7.8", developer="dana@bank.example", fitted_at="2026-11-22T09:58:03Z",
    )  # fmt: skip


def evidence(*, private: bool = False, **changes: Any) -> Evidence:
    """The whole document; ``changes`` replace fields."""
    shapes = explanation(private=private)
    checkpoint = "bank.example/audit/retail\n18\nq1w2e3r4t5y6u7i8o9p0q1w2e3r4t5y6u7i8o9p0q1w=\n\n— bank.example/audit/retail Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    values: dict[str, Any] = {
        "policy": policy_document(private=private),
        "policy_digest": POLICY,
        "facts": facts(private=private),
        "screening": screening(),
        "explanation": shapes,
        "personas": personas(shapes),
        "evaluation": evaluation(),
        "budget": budget() if private else None,
        "log": LogExcerpt(
            origin="bank.example/audit/retail",
            checkpoint=checkpoint,
            entries=tuple(
                LogEntry(index=index, type=kind, time=f"2026-11-22T09:5{index - 15}:00Z", leaf_hash=f"{index:02x}" * 32)
                for index, kind in ((15, "fit.intent"), (16, "budget.reserved"), (17, "fit.done"))
            ),
        ),
        "artifacts": {name: f"sha256:{index:064x}" for index, name in enumerate(("model", "policy", "facts", "screening", "explanation", "evaluation", "personas"))},
        "generated_at": "2026-11-22T10:00:00Z",
    }  # fmt: skip
    return Evidence.model_validate(values | changes)


def decision(verdict: str, identity: str, of: Evidence, **changes: Any) -> Decision:
    values = {
        "verdict": verdict, "role": "developer" if verdict == "submit" else "approver", "identity": identity,
        "comment": {"submit": "Ready for review.", "approve": "Checked the shapes and the groups.", "reject": "Calibration is off above 0.5."}[verdict],
        "model_digest": MODEL, "policy_digest": POLICY, "evidence_digest": of.digest, "checkpoint": of.log.checkpoint,
        "signed_at": "2026-11-23T08:12:00Z", "key": "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU",
        "expires_on": "2027-11-23" if verdict == "approve" else None,
    }  # fmt: skip
    return Decision.model_validate(values | changes)


def review(status: str, of: Evidence, **changes: Any) -> ReviewState:
    """A state as the review storey would describe it."""
    submit, approve = decision("submit", "dana@bank.example", of), decision("approve", "alex@bank.example", of)
    reject = decision("reject", "alex@bank.example", of)
    known: dict[str, dict[str, Any]] = {
        "draft": {"requirements": (Requirement(code="submission"), Requirement(code="approvals"))},
        "submitted": {"requirements": (Requirement(code="approvals"),), "decisions": (submit,)},
        "approved": {"approvers": ("alex@bank.example",), "expires_on": "2027-11-23", "decisions": (submit, approve)},
        "rejected": {"rejected_by": "alex@bank.example", "decisions": (submit, reject), "requirements": (Requirement(code="resubmission"),)},
        "expired": {"approvers": ("alex@bank.example",), "expires_on": "2027-11-23", "decisions": (submit, approve), "requirements": (Requirement(code="renewal"),)},
        "suspended": {"faults": ("signature-invalid",), "requirements": (Requirement(code="investigation"),), "decisions": (submit,)},
    }  # fmt: skip
    values = {"status": status, "as_of": "2026-11-23T09:00:00Z", "model_digest": MODEL, "policy_digest": POLICY}
    values |= {} if status == "draft" else {"evidence_digest": of.digest, "submitted_by": "dana@bank.example"}
    return ReviewState.model_validate(values | known[status] | changes)


def tree_evidence() -> Evidence:
    rules = tuple(
        f"if age > {age} and job in {{admin., retired}} then probability {age / 100:.3f} ({age / 300:.1%} of the training rows)"
        for age in range(18, 60)
    )
    shapes = GlobalExplanation(
        exact=True, method="mean absolute contribution along the paths of each tree; people as in the training rows",
        link="identity", unit="probability", intercept=(0.117,), rules=rules, importances={"age": 0.031, "job": 0.022, "month": 0.0},
    )  # fmt: skip
    return evidence(
        explanation=shapes, personas=(), facts=facts().model_copy(update={"family": "tree", "form": "rules"})
    )


def classes_evidence() -> Evidence:
    """Three classes: every shape has one value per class."""
    single = [continuous_shape("age", bins=20), nominal_shape("job")]
    shapes = []
    for shape in single:
        values = tuple(value * weight for value in shape.values for weight in (1.0, -0.4, 0.2))
        shapes.append(shape.model_copy(update={"values": values, "outputs": 3}))
    of = GlobalExplanation(
        exact=True, method="mean absolute distance", link="softmax", unit="log-odds against the average class",
        intercept=(0.1, 0.2, -0.3), shapes=tuple(shapes), importances={"age": 0.3, "job": 0.2},
    )  # fmt: skip
    measured = evaluation().model_copy(
        update={
            "task": "multiclass", "base_rate": None, "calibration": (), "gains": (), "lift": (), "confusion": None,
            "figures": (Figure(name="accuracy", value=0.7, lower=0.68, upper=0.72), Figure(name="log_loss", value=0.8, lower=0.78, upper=0.82), Figure(name="macro_auroc", value=0.81, lower=0.8, upper=0.82)),
            "class_confusion": ((700, 100, 12), (90, 600, 30), (5, 20, 400)),
        }
    )  # fmt: skip
    changed = facts().model_copy(update={"task": "multiclass", "classes": ("low", "middle", "high"), "positive": None})
    return evidence(explanation=of, personas=(), evaluation=measured, facts=changed)

"""Score and reasons of an explainable boosting machine: glassledger beside interpret, in one run.

Sixteen features (7 numbers, 9 strings) and ten pairs, on made-up rows; one thread; CPU time of this process; the best
of several runs. Ratios hold from machine to machine, nanoseconds do not. Prints a Markdown table and writes
``benchmarks/results/bench_scoring.json``.

    OMP_NUM_THREADS=1 python benchmarks/bench_scoring.py [--rows 100000]
"""

import argparse
import json
import platform
import time
import warnings
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml
from interpret.glassbox import ExplainableBoostingClassifier

from glassledger.explain.reasons import reasoner
from glassledger.models.ebm import as_interpret_reads, compile_ebm
from glassledger.models.training import TrainingTask
from glassledger.policy import Policy
from glassledger.policy.families import EbmSettings
from glassledger.records.features import FeatureSpec
from glassledger.scoring import row_scorer

RESULTS = Path(__file__).parent / "results" / "bench_scoring.json"
LEVELS = tuple(f"level {letter}" for letter in "abcdefgh")
NUMBERS = tuple(FeatureSpec(name=f"n{i}", kind="continuous", lower=0, upper=1) for i in range(7))
STRINGS = tuple(FeatureSpec(name=f"c{i}", kind="nominal", levels=LEVELS) for i in range(9))
SPECS = (*NUMBERS, *STRINGS)
PAIRS = [(i, i + 6) for i in range(10)]


def made_up(rows: int, seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Features that all matter a little, and a binary target."""
    random = np.random.default_rng(seed)
    frame = pd.DataFrame({spec.name: random.random(rows) for spec in NUMBERS})
    odds = sum((i - 3) * 0.3 * (frame[f"n{i}"] - 0.5) for i in range(7))
    for spec in STRINGS:
        codes = random.integers(0, 8, rows)
        frame[spec.name] = pd.Series(np.array(LEVELS, dtype=object)[codes], dtype="str")
        odds = odds + 0.05 * (codes - 3.5) * frame["n0"]
    return frame, (random.random(rows) < 1 / (1 + np.exp(-odds))).astype(int)


def fitted(rows: int) -> tuple[Any, Any]:
    """interpret's machine on the strings themselves, and ours compiled from the same fit on codes."""
    frame, target = made_up(rows, seed=1)
    settings: dict[str, Any] = {
        "interactions": PAIRS,
        "outer_bags": 1,
        "max_rounds": 200,
        "n_jobs": 1,
        "random_state": 1,
    }
    types = ["continuous"] * 7 + ["nominal"] * 9
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = ExplainableBoostingClassifier(feature_types=types, **settings).fit(frame, target)
        coded = ExplainableBoostingClassifier(feature_types=types, **settings)
        coded.fit(as_interpret_reads(frame, SPECS), target)
    task = TrainingTask(
        features=frame, specs=SPECS, target=target, kind="binary", classes=("0", "1"), settings=EbmSettings()
    )
    return theirs, compile_ebm(coded, task)


def policy() -> Policy:
    """The policy that such a model would have."""
    columns: dict[str, Any] = {s.name: {"role": "feature", "type": "number", "min": 0, "max": 1} for s in NUMBERS}
    columns |= {s.name: {"role": "feature", "type": "category", "levels": list(LEVELS)} for s in STRINGS}
    columns["y"] = {"role": "target", "type": "category", "levels": ["0", "1"], "positive": "1"}
    document = {
        "glassledger": 1,
        "name": "bench",
        "version": "1",
        "owner": {"name": "Bench", "contact": "bench@example.org"},
        "purpose": {"use": "Measure."},
        "lawful_basis": {"basis": "not_personal_data"},
        "data": {"dataset": "bench", "columns": columns},
        "model": {"family": "ebm", "task": "binary"},
        "decision": {"threshold": 0.5, "at_or_above": "yes", "below": "no"},
    }
    return Policy.parse(yaml.safe_dump(document).encode())


def nanoseconds(call: Callable[[], Any], rows: int, repeats: int) -> float:
    """CPU nanoseconds a row, best of ``repeats``."""
    times = []
    for _ in range(repeats):
        start = time.process_time()
        call()
        times.append(time.process_time() - start)
    return min(times) / rows * 1e9


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    rows: int = parser.parse_args().rows
    theirs, ours = fitted(20_000)
    frame, _ = made_up(rows, seed=2)
    few = frame.iloc[: rows // 10]
    compiled = reasoner(ours, policy())
    gap = float(np.abs(theirs.predict_proba(few)[:, 1] - ours.predict(few)).max())
    figures = {
        "interpret predict_proba": nanoseconds(lambda: theirs.predict_proba(frame), rows, 5),
        "interpret explain_local": nanoseconds(lambda: theirs.explain_local(few), len(few), 2),
        "glassledger score": nanoseconds(lambda: ours.predict(frame), rows, 5),
        "glassledger top-3 reasons": nanoseconds(lambda: compiled.top(frame, count=3), rows, 5),
        "glassledger score + top-3 reasons": nanoseconds(
            lambda: (ours.predict(frame), compiled.top(frame, count=3)), rows, 5
        ),
    }
    row, alone = frame.iloc[0].to_dict(), frame.iloc[:1]
    single = row_scorer(ours, policy=policy())
    figures |= {
        "interpret predict_proba, one row": nanoseconds(
            lambda: [theirs.predict_proba(alone) for _ in range(50)], 50, 5
        ),
        "interpret explain_local, one row": nanoseconds(
            lambda: [theirs.explain_local(alone) for _ in range(50)], 50, 3
        ),
        "glassledger one row + top-3 reasons": nanoseconds(
            lambda: [single(row, reasons=3) for _ in range(2000)], 2000, 5
        ),
    }
    base, local = figures["interpret predict_proba"], figures["interpret explain_local"]
    print("| what | ns a row | × predict_proba | explain_local is slower by |\n|---|---:|---:|---:|")
    for name, value in figures.items():
        print(f"| {name} | {value:,.0f} | {value / base:.2f} | {local / value:.1f} × |")
    print(f"\nLargest difference between the two scores: {gap:.1e}")
    RESULTS.parent.mkdir(exist_ok=True)
    facts = {"rows": rows, "python": platform.python_version(), "largest_difference": gap, "nanoseconds": figures}
    facts |= {name: version(name) for name in ("numpy", "pandas", "interpret-core")}
    RESULTS.write_text(json.dumps(facts, indent=2) + "\n")


if __name__ == "__main__":
    main()

"""Score and reasons of an explainable boosting machine: glassledger beside its peers, in one run.

Two made-up tables: 7 numbers and 9 strings (b16), 20 numbers and 20 strings (b40), each with ten pairs; one thread;
CPU time of this process; the best of several runs. Ratios hold from machine to machine, nanoseconds do not. Prints a
Markdown table and writes ``benchmarks/results/bench_scoring.json``.

    OMP_NUM_THREADS=1 python benchmarks/bench_scoring.py [--rows 1000000]

LightGBM is measured where it is installed.
"""

import argparse
import json
import platform
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import yaml
from interpret.glassbox import ExplainableBoostingClassifier

from glassledger.models.ebm import as_interpret_reads, compile_ebm
from glassledger.models.training import TrainingTask
from glassledger.policy import Policy
from glassledger.policy.families import EbmSettings
from glassledger.records.features import FeatureSpec
from glassledger.scoring import Scorer, row_scorer

RESULTS = Path(__file__).parent / "results" / "bench_scoring.json"
LEVELS = tuple(f"level {letter}" for letter in "abcdefgh")
TABLES = {"b16": (7, 9), "b40": (20, 20)}


@dataclass(frozen=True)
class Shape:
    """How many numbers and strings a made-up table has."""

    numbers: int
    strings: int

    @property
    def specs(self) -> tuple[FeatureSpec, ...]:
        numbers = [FeatureSpec(name=f"n{i}", kind="continuous", lower=0, upper=1) for i in range(self.numbers)]
        return (*numbers, *(FeatureSpec(name=f"c{i}", kind="nominal", levels=LEVELS) for i in range(self.strings)))

    @property
    def texts(self) -> list[str]:
        return [f"c{i}" for i in range(self.strings)]


def made_up(shape: Shape, rows: int, seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Features that all matter a little, and a binary target."""
    random = np.random.default_rng(seed)
    frame = pd.DataFrame({f"n{i}": random.random(rows) for i in range(shape.numbers)})
    odds = sum((i % 7 - 3) * 0.3 * (frame[f"n{i}"] - 0.5) for i in range(shape.numbers))
    for name in shape.texts:
        codes = random.integers(0, 8, rows)
        frame[name] = pd.Series(np.array(LEVELS, dtype=object)[codes], dtype="str")
        odds = odds + 0.05 * (codes - 3.5) * frame["n0"]
    return frame, (random.random(rows) < 1 / (1 + np.exp(-odds))).astype(int)


def fitted(shape: Shape, rows: int) -> tuple[Any, Any]:
    """interpret's machine on the strings themselves, and ours compiled from the same fit on codes."""
    frame, target = made_up(shape, rows, seed=1)
    settings: dict[str, Any] = {
        "interactions": [(i, i + 6) for i in range(10)],
        "outer_bags": 1,
        "max_rounds": 200,
        "n_jobs": 1,
        "random_state": 1,
    }
    types = ["continuous"] * shape.numbers + ["nominal"] * shape.strings
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = ExplainableBoostingClassifier(feature_types=types, **settings).fit(frame, target)
        coded = ExplainableBoostingClassifier(feature_types=types, **settings)
        coded.fit(as_interpret_reads(frame, shape.specs), target)
    task = TrainingTask(
        features=frame, specs=shape.specs, target=target, kind="binary", classes=("0", "1"), settings=EbmSettings()
    )
    return theirs, compile_ebm(coded, task)


def policy(shape: Shape) -> Policy:
    """The policy that such a model would have."""
    columns: dict[str, Any] = {
        spec.name: {"role": "feature", "type": "number", "min": 0, "max": 1}
        if spec.kind == "continuous"
        else {"role": "feature", "type": "category", "levels": list(LEVELS)}
        for spec in shape.specs
    }
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


def boosted(shape: Shape, frame: pd.DataFrame) -> Callable[[], Any] | None:
    """LightGBM's exact contributions of a model of the usual size; None where it is not installed."""
    try:
        import lightgbm
    except ImportError:
        return None
    train, target = made_up(shape, 20_000, seed=1)
    kinds = {name: "category" for name in shape.texts}
    booster = lightgbm.train(
        {"objective": "binary", "num_leaves": 31, "num_threads": 1, "verbose": -1},
        lightgbm.Dataset(train.astype(kinds), target),
        num_boost_round=100,
    )
    return lambda: booster.predict(frame.astype(kinds), pred_contrib=True, num_threads=1)


def measured(shape: Shape, rows: int) -> dict[str, float]:
    """CPU nanoseconds a row of everything."""
    theirs, ours = fitted(shape, 20_000)
    rules = policy(shape)
    frame, _ = made_up(shape, rows, seed=2)
    few, very_few = frame.iloc[: max(rows // 50, 100)], frame.iloc[:500]
    fast, plain = (Scorer.of(ours, policy=rules, engine=engine) for engine in ("fast", "numpy"))
    for scorer in (fast, plain):  # compiles, and shows that we measure the same thing
        gap = np.abs(theirs.predict_proba(few)[:, 1] - scorer(few)["score"]).max()
        assert gap < 1e-9, gap
    texts = [pa.array(frame[name]) for name in shape.texts]
    texts = [text.combine_chunks() if isinstance(text, pa.ChunkedArray) else text for text in texts]
    row, alone = frame.iloc[0].to_dict(), frame.iloc[:1]
    single = row_scorer(ours, policy=rules)
    contributions = boosted(shape, very_few)
    return {
        "interpret predict_proba": nanoseconds(lambda: theirs.predict_proba(frame), rows, 4),
        "interpret explain_local": nanoseconds(lambda: theirs.explain_local(few), len(few), 2),
        **({} if contributions is None else {"LightGBM pred_contrib": nanoseconds(contributions, len(very_few), 2)}),
        "pyarrow dictionary_encode of the strings": nanoseconds(
            lambda: [text.dictionary_encode() for text in texts], rows, 5
        ),
        "pandas strings to category": nanoseconds(
            lambda: [frame[name].astype("category") for name in shape.texts], rows, 3
        ),
        "glassledger fast, score": nanoseconds(lambda: fast(frame, reasons=0, checked=False), rows, 5),
        "glassledger fast, score + top-3 reasons": nanoseconds(lambda: fast(frame, reasons=3, checked=False), rows, 6),
        "glassledger fast, the same with domains checked": nanoseconds(lambda: fast(frame, reasons=3), rows, 4),
        "glassledger fast, contributions too": nanoseconds(
            lambda: fast(frame, reasons=3, contributions=True, checked=False), rows, 2
        ),
        "glassledger numpy, score + top-3 reasons": nanoseconds(
            lambda: plain(frame, reasons=3, checked=False), rows, 4
        ),
        "interpret predict_proba, one row": nanoseconds(
            lambda: [theirs.predict_proba(alone) for _ in range(50)], 50, 5
        ),
        "glassledger one row + top-3 reasons": nanoseconds(
            lambda: [single(row, reasons=3) for _ in range(2000)], 2000, 5
        ),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows: int = parser.parse_args().rows
    facts: dict[str, Any] = {"rows": rows, "python": platform.python_version(), "nanoseconds": {}}
    for name, (numbers, strings) in TABLES.items():
        figures = measured(Shape(numbers, strings), rows)
        facts["nanoseconds"][name] = figures
        base, floor = figures["interpret predict_proba"], figures["pyarrow dictionary_encode of the strings"]
        print(f"\n| {name} | ns a row | predict_proba takes | of the floor |\n|---|---:|---:|---:|")
        for what, value in figures.items():
            print(f"| {what} | {value:,.0f} | {base / value:.2f} × | {value / floor:.2f} |", flush=True)
    RESULTS.parent.mkdir(exist_ok=True)
    facts |= {name: version(name) for name in ("numpy", "pandas", "pyarrow", "numba", "interpret-core")}
    RESULTS.write_text(json.dumps(facts, indent=2) + "\n")


if __name__ == "__main__":
    main()

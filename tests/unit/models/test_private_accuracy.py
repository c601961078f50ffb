"""The private learner beside DP-EBM on real tables: the benchmark's own code on few splits.

The gains of 25 splits are in docs/explanation/private-accuracy.md; what is asked for here is under half of them.
"""

import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

pytestmark = [pytest.mark.realdata, pytest.mark.slow, pytest.mark.filterwarnings("ignore::UserWarning")]

MODULES = ("bench_private", "private_peers", "private_summary", "tables")


@pytest.fixture
def bench(repository: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(str(repository / "benchmarks"))
    yield import_module("bench_private")
    for name in MODULES:
        sys.modules.pop(name, None)


@pytest.mark.parametrize(
    ("name", "file", "epsilon", "gain"),
    [
        ("adult", "adult_train.csv.gz", 1.0, 0.012),
        ("bank", "uci_bank_full.csv.gz", 0.5, 0.012),
        ("taiwan", "taiwan_credit_default.csv.gz", 1.0, 0.010),
    ],
)
def test_it_is_ahead_of_dp_ebm(
    bench: ModuleType, shared_data: Callable[[str], Path], name: str, file: str, epsilon: float, gain: float
) -> None:
    shared_data(file)  # skips, with its reason, where there are no tables
    table = bench.BINARY[name]()
    lines = [bench.measure(table, split, epsilon, kind) for split in range(3) for kind in ("dp-additive", "dp-ebm")]
    (duel,) = import_module("private_summary").duels(import_module("private_summary").Lines(lines))
    assert duel["splits"] == 3
    assert duel["auroc_gained"] > gain
    assert duel["log_loss_saved"] > 0.01

"""The split: a unit on one side, whoever orders the rows."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glassledger.data import ScreenedFrame, split
from glassledger.errors import InputError
from glassledger.records.features import FeatureSpec
from glassledger.records.screening import ScreeningRecord

KEY = bytes(range(32))


def _screened(units: list[str]) -> ScreenedFrame:
    rows = len(units)
    return ScreenedFrame(
        features=pd.DataFrame({"x": np.arange(rows, dtype=np.float64)}),
        specs=(FeatureSpec(name="x", kind="continuous"),),
        target=np.arange(rows, dtype=np.float64),
        protected=pd.DataFrame(index=range(rows)),
        units=np.asarray(units, dtype=object),
        kept=pd.DataFrame(index=range(rows)),
        rows=np.arange(rows),
        record=ScreeningRecord(policy_digest="sha256:0", purpose="fit", rows=rows, columns_read=1, checks=()),
    )


def _sides(units: list[str], *, share: float = 0.3, key: bytes = KEY) -> dict[str, str]:
    train, holdout = split(_screened(units), share=share, key=key)
    assert len(train) + len(holdout) == len(units)
    sides = {unit: "train" for unit in train.units} | {unit: "holdout" for unit in holdout.units}
    assert not set(train.units) & set(holdout.units)
    return sides


UNITS = [f"u{number}" for number in range(400)]


@settings(max_examples=25, deadline=None)
@given(st.permutations(range(60)), st.integers(0, 400))
def test_the_side_of_a_unit_depends_on_nothing_but_the_unit(order: list[int], more: int) -> None:
    base = _sides(UNITS)
    shuffled = [UNITS[place] for place in order] * 2 + UNITS[60 : 60 + more]

    assert _sides(shuffled).items() <= base.items()


def test_rows_keep_their_order_and_belong_together() -> None:
    train, holdout = split(_screened(UNITS), share=0.3, key=KEY)

    for part in (train, holdout):
        assert (np.diff(part.rows) > 0).all()
        assert part.features["x"].tolist() == part.rows.tolist()
        assert part.target is not None
        assert part.target.tolist() == part.rows.tolist()
        assert part.units.tolist() == [UNITS[row] for row in part.rows]


def test_a_larger_share_only_adds_units() -> None:
    smaller, larger = (
        {unit for unit, side in _sides(UNITS, share=share).items() if side == "holdout"} for share in (0.2, 0.4)
    )

    assert smaller < larger


@pytest.mark.parametrize("share", [0.05, 0.2, 0.5])
def test_the_share_is_met(share: float) -> None:
    units = [f"u{number}" for number in range(20_000)]
    held = sum(side == "holdout" for side in _sides(units, share=share).values())

    assert abs(held - share * 20_000) < 5 * (share * (1 - share) * 20_000) ** 0.5


def test_another_key_gives_another_split() -> None:
    assert _sides(UNITS) != _sides(UNITS, key=bytes(range(1, 33)))


def _by_row(units: list[str]) -> dict[str, set[str]]:
    """The wrong twin: hashes the row and not the unit."""
    sides: dict[str, set[str]] = {}
    for row, unit in enumerate(units):
        sides.setdefault(unit, set()).add("holdout" if hash((row, 7)) % 10 < 3 else "train")
    return sides


def test_a_split_by_row_would_be_noticed() -> None:
    repeated = UNITS[:50] * 8

    assert any(len(side) == 2 for side in _by_row(repeated).values())
    assert len(_sides(repeated)) == 50


@pytest.mark.parametrize("units", [["one"], ["same"] * 100])
def test_an_empty_side_is_refused(units: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        split(_screened(units), share=0.3, key=KEY)

    assert caught.value.code == "split-empty"
    assert caught.value.facts["units"] == 1


WRONG: list[Callable[[ScreenedFrame], Any]] = [
    lambda frame: split(frame, share=0.0, key=KEY),
    lambda frame: split(frame, share=1.0, key=KEY),
    lambda frame: split(frame, share=float("nan"), key=KEY),
    lambda frame: split(frame, share=0.2, key=b"short"),
]


@pytest.mark.parametrize("act", WRONG)
def test_senseless_arguments_are_refused(act: Callable[[ScreenedFrame], Any]) -> None:
    with pytest.raises(ValueError):
        act(_screened(UNITS))

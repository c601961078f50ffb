"""The input digest: the same for the same table in any form, another for any change, and nothing without the key."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glassledger.data.digest import input_digest
from glassledger.redaction.keys import Key

KEY, OTHER = Key.from_secret(bytes(range(32))), Key.from_secret(bytes(range(1, 33)))


def _table() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "text": pd.Series(["ab", None, "c", ""], dtype=object),
            "number": [1.0, np.nan, 0.0, -0.0],
            "whole": pd.array([1, 2**62, None, 0], dtype="Int64"),
            "day": np.array(["2024-01-01", "NaT", "1970-01-01", "2024-01-02"], dtype="datetime64[s]"),
        }
    )


def _changed(column: str, row: int, value: Any) -> pd.DataFrame:
    table = _table()
    table.loc[row, column] = value
    return table


CHANGES: dict[str, pd.DataFrame] = {
    "a letter": _changed("text", 0, "ac"),
    "missing becomes empty": _changed("text", 1, ""),
    "empty becomes missing": _changed("text", 3, None),
    "letters move to the next cell": _changed("text", 0, "a").assign(
        text=pd.Series(["a", None, "bc", ""], dtype=object)
    ),
    "the last bit": _changed("number", 0, np.nextafter(1.0, 2.0)),
    "missing becomes zero": _changed("number", 1, 0.0),
    "zero becomes missing": _changed("number", 2, np.nan),
    "one more": _changed("whole", 1, 2**62 + 1),
    "missing whole becomes zero": _changed("whole", 2, 0),
    "another day": _changed("day", 3, np.datetime64("2024-01-03")),
    "missing day becomes the epoch": _changed("day", 1, np.datetime64("1970-01-01")),
    "another name": _table().rename(columns={"text": "texts"}),
    "another column order": _table()[["number", "text", "whole", "day"]],
    "another row order": _table().iloc[::-1].reset_index(drop=True),
    "a row less": _table().iloc[:3],
    "another type": _table().assign(number=_table()["number"].map(str).astype(object)),
}


@pytest.mark.parametrize("change", CHANGES)
def test_any_change_gives_another_digest(change: str) -> None:
    assert input_digest(CHANGES[change], key=KEY) != input_digest(_table(), key=KEY)


def test_the_same_table_gives_the_same_digest() -> None:
    base = input_digest(_table(), key=KEY)

    assert base.startswith("hmac-sha256:")
    assert input_digest(_table().copy(), key=KEY) == base
    assert input_digest(_table().set_axis([5, 6, 7, 8], axis=0), key=KEY) == base, "the index is no data"
    assert input_digest(pd.concat([_table(), _table()]).iloc[4:], key=KEY) == base, "a slice is read as itself"
    assert input_digest(_changed("number", 3, 0.0), key=KEY) == base, "-0.0 equals 0.0"


def test_without_the_key_nobody_can_try_values() -> None:
    assert input_digest(_table(), key=KEY) != input_digest(_table(), key=OTHER)


@given(
    st.lists(st.none() | st.text(max_size=4), min_size=1, max_size=6),
    st.lists(st.none() | st.text(max_size=4), min_size=1, max_size=6),
)
def test_two_text_columns_meet_only_when_equal(one: list[str | None], two: list[str | None]) -> None:
    digests = [input_digest(pd.DataFrame({"c": pd.Series(cells, dtype=object)}), key=KEY) for cells in (one, two)]

    assert (digests[0] == digests[1]) == (one == two)

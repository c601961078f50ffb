"""Poison every column, numbers included, and search everything that reading and screening say, warn, log or raise."""

import io
import json
import logging
import pickle
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from glassledger.data import screen, split
from glassledger.data.draft import draft_policy
from glassledger.errors import Error
from glassledger.policy import Policy
from glassledger.redaction.keys import KeyRing

POLICY = b"""\
glassledger: 1
name: poisoned
version: "1"
owner: {name: Test Team, contact: team@example.com}
purpose: {use: Looking for leaks}
lawful_basis: {basis: consent}
data:
  dataset: poisoned
  columns:
    id: {role: identifier, type: text, unique: true, redaction: {operator: pseudonymise}}
    email: {role: identifier, type: text}
    phone: {role: identifier, type: text, redaction: {operator: mask, keep_last: 2}}
    notes: {role: free_text, type: text, redaction: {operator: redact_text}}
    memo: {role: ignored, type: text}
    ok: {role: consent, type: category, levels: ["no", "yes"], granted: ["yes"]}
    income: {role: feature, type: number, min: 0, max: 1000}
    visits: {role: feature, type: integer, min: 0, max: 50}
    since: {role: feature, type: date, min: 2000-01-01, max: 2020-12-31, redaction: {operator: truncate_date, to: year}}
    town: {role: feature, type: category, levels: [north, south]}
    job: {role: feature, type: category, levels: [clerk, nurse], other: rest}
    zip: {role: feature, type: text, redaction: {operator: prefix, length: 2, levels: ["80", "81"]}}
    member: {role: feature, type: boolean}
    age: {role: protected, type: integer, min: 18, max: 95, redaction: {operator: bands, edges: [40]}}
    sex: {role: protected, type: category, levels: [f, m]}
    bought: {role: target, type: category, levels: ["no", "yes"], positive: "yes"}
  checks:
    - {name: income covers visits, rule: income >= visits}
split: {unit: id}
model: {family: logistic, task: binary}
"""
ROWS = 60
CLEAN: dict[str, str] = {
    "ok": "yes", "income": "500", "visits": "3", "since": "2010-05-05", "town": "north", "job": "nurse", "zip": "8001",
    "member": "yes", "age": "30", "sex": "f", "bought": "no",
}  # fmt: skip
ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")


def _canaries(column: str) -> list[str]:
    return [f"Zq{column}{row:03d}qZ" for row in range(ROWS)]


def _table() -> pd.DataFrame:
    """Personal columns poisoned, the rest clean."""
    personal = {name: _canaries(name) for name in ("id", "email", "phone", "notes", "memo")}
    return pd.DataFrame(personal | {name: [cell] * ROWS for name, cell in CLEAN.items()}, dtype=object)


def _numbers(column: str) -> list[float]:
    """Numeric canaries: digits that occur nowhere else."""
    return [float(f"7390{len(column):02d}{row:03d}.625") for row in range(ROWS)]


def _marks(column: str) -> set[str]:
    numbers = _numbers(column)
    return {"Zq", *(str(number) for number in numbers), *(str(int(number)) for number in numbers)}


def _found(data: bytes, column: str = "") -> list[str]:
    return [mark for mark in _marks(column) for encoding in ENCODINGS if mark.encode(encoding) in data]


class Heard:
    """Everything that was said while somebody listened."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        self.out = io.StringIO()
        self.caplog = caplog
        self.warned: list[warnings.WarningMessage] = []

    def everything(self, *more: object) -> bytes:
        words = [self.out.getvalue(), self.caplog.text, *(str(warning.message) for warning in self.warned)]
        return "".join([*words, *(str(item) + repr(item) for item in more)]).encode()


@contextmanager
def _listening(caplog: pytest.LogCaptureFixture) -> Iterator[Heard]:
    heard = Heard(caplog)
    with (
        redirect_stdout(heard.out),
        redirect_stderr(heard.out),
        warnings.catch_warnings(record=True) as warned,
        caplog.at_level(logging.DEBUG),
    ):
        warnings.simplefilter("always")
        heard.warned = warned
        yield heard


def _in_the_frames(error: BaseException) -> str:
    """Locals of every frame of ours; the test's own frame holds the table, and so would a caller's."""
    whole = traceback.TracebackException.from_exception(error, capture_locals=True)
    assert whole.stack[-1].name == "guarded", "no frame below the door is kept alive"
    ours = [frame for frame in whole.stack if "glassledger" in Path(frame.filename).parts]
    return "".join(str(frame.locals) for frame in ours)


def _clean(error: BaseException, heard: Heard, column: str = "") -> None:
    assert isinstance(error, Error)
    assert (error.__cause__, error.__context__) == (None, None)
    assert error.hint
    data = heard.everything(error, error.facts, error.args, vars(error), _in_the_frames(error))
    data += (
        pickle.dumps(error) + "".join(traceback.format_exception(error)).encode() + json.dumps(error.as_dict()).encode()
    )
    assert _found(data, column) == []


@pytest.fixture
def keys(tmp_path: Path) -> KeyRing:
    return KeyRing(tmp_path / "keys")


@pytest.fixture(scope="module")
def policy() -> Policy:
    return Policy.parse(POLICY)


def test_the_search_finds_what_is_there() -> None:
    assert all(_found(_canaries("email")[5].encode(encoding)) for encoding in ENCODINGS)
    assert _found(str(_numbers("income")[3]).encode(), "income")
    assert _found(pickle.dumps(np.asarray(_canaries("id"))))
    assert not _found(b"quite harmless", "income")


def _text(column: str, table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(**{column: _canaries(column)})


def _digits(column: str, table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(**{column: [str(number) for number in _numbers(column)]})


def _typed_digits(column: str, table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(**{column: _numbers(column)})


def _one_cell(column: str, table: pd.DataFrame) -> pd.DataFrame:
    table.loc[7, column] = _canaries(column)[7]
    return table


def _odd_objects(column: str, table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(**{column: [[canary] for canary in _canaries(column)]})


POISONS = (_text, _digits, _typed_digits, _one_cell, _odd_objects)
REFUSED = ("ok", "income", "visits", "since", "town", "zip", "member", "age", "sex", "bought")


@pytest.mark.parametrize("poison", POISONS)
@pytest.mark.parametrize("column", REFUSED)
def test_a_refused_table_says_nothing_of_its_cells(
    poison: Callable[[str, pd.DataFrame], pd.DataFrame],
    column: str,
    policy: Policy,
    keys: KeyRing,
    caplog: pytest.LogCaptureFixture,
) -> None:
    table = poison(column, _table())
    with _listening(caplog) as heard, pytest.raises(Error) as caught:
        screen(table, policy, keys=keys, purpose="fit")

    assert caught.value.code in ("contract-broken", "consent-none")
    _clean(caught.value, heard, column)


BROKEN: dict[str, Callable[[pd.DataFrame], object]] = {
    "unit twice": lambda t: t.assign(id=_canaries("id")[0]),
    "undeclared column": lambda t: t.assign(extra=_canaries("extra")),
    "columns missing": lambda t: t[["email", "notes"]],
    "other columns only": lambda t: t[["email"]].rename(columns={"email": "other"}),
    "rule over columns": lambda t: t.assign(visits=["50"] * ROWS, income=["1"] * ROWS),
    "twin columns": lambda t: pd.concat([t, t[["email"]]], axis=1),
    "Polars that fails late": lambda t: (
        pl.from_pandas(t[["email"]].astype(str)).lazy().select(pl.col("email").cast(pl.Int64))
    ),
    "Arrow lists": lambda t: pa.table({"id": [[cell] for cell in t["id"]]}),
    "bytes": lambda t: t.assign(id=[cell.encode() for cell in t["id"]]),
    "lone surrogates": lambda t: t.assign(id=pd.Series([cell + "\ud800" for cell in t["id"]], dtype=object)),
    "a value that will not be hashed": lambda t: t.assign(id=[{"x": cell} for cell in t["id"]]),
    "a mapping": lambda t: t.to_dict("list"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_table_says_nothing_of_its_cells(
    case: str, policy: Policy, keys: KeyRing, caplog: pytest.LogCaptureFixture
) -> None:
    source = BROKEN[case](_table())
    with _listening(caplog) as heard, pytest.raises(Error) as caught:
        screen(source, policy, keys=keys, purpose="fit")

    _clean(caught.value, heard)


def _csv(table: pd.DataFrame) -> bytes:
    return table.to_csv(index=False).encode()


FILES: dict[str, tuple[str, Callable[[pd.DataFrame], bytes]]] = {
    "ragged": ("t.csv", lambda t: _csv(t) + b"Zq1,Zq2\n"),
    "open quote": ("t.csv", lambda t: _csv(t) + b'"Zq'),
    "Latin-1": ("t.csv", lambda t: _csv(t) + "Zqé".encode("latin-1")),
    "UTF-16": ("t.csv", lambda t: t.to_csv(index=False).encode("utf-16")),
    "no header": ("t.csv", lambda t: t.to_csv(index=False, header=False).encode()),
    "twin header": ("t.csv", lambda t: b"Zq,Zq\n1,2\n"),
    "no gzip": ("t.csv.gz", _csv),
    "no Parquet": ("t.parquet", _csv),
}


@pytest.mark.parametrize("case", FILES)
def test_a_broken_file_says_nothing_of_its_cells(
    case: str, policy: Policy, keys: KeyRing, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    name, make = FILES[case]
    path = tmp_path / name
    path.write_bytes(make(_table()))
    with _listening(caplog) as heard, pytest.raises(Error) as caught:
        screen(path, policy, keys=keys, purpose="score")

    _clean(caught.value, heard)


def test_what_vendors_raise_inside_is_withheld(
    policy: Policy, keys: KeyRing, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(self: Any, *_: Any, **__: Any) -> None:
        raise KeyError(f"no such thing as {self.iloc[0]}")

    monkeypatch.setattr(pd.Series, "isin", fail)
    with _listening(caplog) as heard, pytest.raises(Error) as caught:
        screen(_text("job", _table()), policy, keys=keys, purpose="fit")

    assert caught.value.code == "internal-fault"
    _clean(caught.value, heard)


def test_a_screened_table_keeps_pseudonyms_only(
    policy: Policy, keys: KeyRing, caplog: pytest.LogCaptureFixture
) -> None:
    table = _text("job", _table())  # undeclared levels go to the declared other level
    with _listening(caplog) as heard:
        screened = screen(table, policy, keys=keys, purpose="fit")
        parts = split(screened, share=0.3, key=bytes(range(32)))

    for frame in (screened, *parts):
        whole = pickle.dumps((frame.features, frame.protected, frame.kept, frame.units, frame.target, frame.rows))
        assert _found(heard.everything(frame, frame.record) + whole + frame.record.to_json()) == []
    assert screened.kept["phone"].str.endswith("qZ").all(), "what a mask declares to keep, it keeps"
    assert screened.record.other_cells == {"job": ROWS}


def test_a_draft_repeats_no_canary(caplog: pytest.LogCaptureFixture) -> None:
    table = _text("job", _one_cell("town", _table()))
    with _listening(caplog) as heard:
        text = draft_policy(table, dataset="poisoned")

    assert _found(text.encode() + heard.everything()) == []
    assert "bought" in text

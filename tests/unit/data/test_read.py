"""Sources: the same table in six forms, and every way a file can be wrong."""

import gzip
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glassledger.data import read_table
from glassledger.errors import Error, InputError, UsageError

FRAME = pd.DataFrame(
    {"id": ["007", "NA", "nan"], "text": ["a,b", 'say "x"', "two\nlines"], "number": ["1.50", None, "1e3"]}
)


def _csv(frame: pd.DataFrame, separator: str = ",", **more: Any) -> bytes:
    return frame.to_csv(index=False, sep=separator, **more).encode()


def _as_lists(frame: pd.DataFrame) -> dict[str, list[Any]]:
    return {name: [None if pd.isna(cell) else cell for cell in frame[name]] for name in frame}


FILES: dict[str, tuple[str, bytes]] = {
    "comma": ("t.csv", _csv(FRAME)),
    "semicolon": ("t.csv", _csv(FRAME, ";")),
    "tab": ("t.tsv", _csv(FRAME, "\t")),
    "gzip": ("t.csv.gz", gzip.compress(_csv(FRAME))),
    "byte order mark": ("t.csv", b"\xef\xbb\xbf" + _csv(FRAME)),
    "Windows lines": ("t.CSV", _csv(FRAME, lineterminator="\r\n")),
    "all quoted": ("t.csv", _csv(FRAME, quoting=1)),
    "no last newline": ("t.csv", _csv(FRAME).rstrip(b"\n")),
}


@pytest.mark.parametrize("form", FILES)
def test_csv_cells_stay_text_and_only_empty_ones_are_missing(form: str, tmp_path: Path) -> None:
    name, data = FILES[form]
    (tmp_path / name).write_bytes(data)

    assert _as_lists(read_table(tmp_path / name)) == _as_lists(FRAME)
    assert _as_lists(read_table(str(tmp_path / name))) == _as_lists(FRAME)


def test_frames_and_parquet_come_in(tmp_path: Path) -> None:
    table = pa.table({"n": [1, None, 2**62 + 1], "s": ["x", None, "z"], "b": [True, None, False]})
    pq.write_table(table, tmp_path / "t.parquet")
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)
    sources = [tmp_path / "t.parquet", table, frame, frame.lazy(), frame.with_columns(pl.col("s").cast(pl.Categorical))]

    for source in sources:
        read = read_table(source)
        assert _as_lists(read) == table.to_pydict(), type(source)
        assert list(read.index) == [0, 1, 2]


def test_a_pandas_index_is_no_data_and_the_frame_is_left_alone() -> None:
    frame = pd.DataFrame({"a": [1, 2]}, index=["x", "x"])

    assert list(read_table(frame).index) == [0, 1]
    assert list(frame.index) == ["x", "x"]


def test_the_index_that_pandas_hides_in_parquet_is_no_column(tmp_path: Path) -> None:
    pd.DataFrame({"a": [1, 2]}, index=pd.Index(["s1", "s2"], name="secret")).to_parquet(tmp_path / "t.parquet")

    with_index = read_table(tmp_path / "t.parquet")

    assert set(with_index.columns) == {"a", "secret"}, "it is in the file, so the policy must answer for it"


def _parquet() -> bytes:
    stream = io.BytesIO()
    pq.write_table(pa.table({"secret": ["Zq-canary"] * 1000}), stream)
    return stream.getvalue()


WRONG: dict[str, tuple[str, bytes, str]] = {
    "empty": ("t.csv", b"", "table-empty"),
    "empty gzip": ("t.csv.gz", gzip.compress(b""), "table-empty"),
    "only blank lines": ("t.csv", b"\n\n", "table-empty"),
    "header only": ("t.csv", b"id,age\n", "table-empty"),
    "Latin-1": ("t.csv", "id,job\n1,caf\xe9 Zq\n".encode("latin-1"), "encoding-wrong"),
    "UTF-16": ("t.csv", "id,job\n1,Zq\n".encode("utf-16"), "encoding-wrong"),
    "NUL": ("t.csv", b"id,job\n1,Zq\0\n", "encoding-wrong"),
    "long row": ("t.csv", b"id,age\n1,2\nZq,2,3\n", "table-malformed"),
    "short row": ("t.csv", b"id,age\n1,2\nZq\n", "table-malformed"),
    "open quote": ("t.csv", b'id,age\n1,"Zq\n2,3\n', "table-malformed"),
    "twin names": ("t.csv", b"Zq,a,Zq\n1,2,3\n", "columns-duplicate"),
    "no name": ("t.csv", b"id,,b\n1,Zq,3\n", "columns-unnamed"),
    "blank name": ("t.csv", b"id,  ,b\n1,Zq,3\n", "columns-unnamed"),
    "cut gzip": ("t.csv.gz", gzip.compress(_csv(FRAME) * 99)[:60], "table-malformed"),
    "no gzip": ("t.csv.gz", b"id,age\n1,Zq\n", "table-malformed"),
    "garbled gzip": ("t.csv.gz", gzip.compress(b"id,age\n" + bytes(999))[:20] + b"Zq" * 20, "table-malformed"),
    "cut Parquet": ("t.parquet", _parquet()[:-9], "table-malformed"),
    "garbled Parquet": ("t.parquet", _parquet()[:200] + b"Zq" * 40 + _parquet()[280:], "table-malformed"),
    "no Parquet": ("t.parquet", b"PAR1 Zq", "table-malformed"),
    "empty Parquet": ("t.parquet", b"", "table-empty"),
    "unknown suffix": ("t.xlsx", b"Zq", "suffix-unknown"),
    "no suffix": ("table", b"id\nZq\n", "suffix-unknown"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_file_is_one_clear_error(case: str, tmp_path: Path) -> None:
    name, data, code = WRONG[case]
    (tmp_path / name).write_bytes(data)

    with pytest.raises(Error) as caught:
        read_table(tmp_path / name)

    error = caught.value
    assert error.code == code
    assert error.hint
    assert "Zq" not in str(error) + repr(error.facts)
    assert error.__cause__ is None
    assert error.__context__ is None


def test_ragged_lines_are_counted_and_placed(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(b"a,b\n1,2\n1\n1,2\n1,2,3\n")

    with pytest.raises(InputError) as caught:
        read_table(tmp_path / "t.csv")

    assert caught.value.facts == {"columns": 2, "lines": 2, "first": [3, 5]}
    assert "(2 of them, first at record 3, 5)" in caught.value.message


@pytest.mark.parametrize("name", ["nothing.csv", "folder.csv"])
def test_a_missing_file(name: str, tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()

    with pytest.raises(UsageError) as caught:
        read_table(tmp_path / name)

    assert caught.value.code == "file-missing"


def _broken_lazy() -> object:
    return pl.DataFrame({"a": ["Zq-canary"]}).lazy().with_columns(pl.col("a").cast(pl.Int64))


BAD_SOURCES: dict[str, tuple[Callable[[], object], str]] = {
    "a list": (lambda: [1, 2], "source-unknown"),
    "nothing": (lambda: None, "source-unknown"),
    "a failing query": (_broken_lazy, "table-malformed"),
    "no rows": (lambda: pd.DataFrame({"a": []}), "table-empty"),
    "no columns": (lambda: pd.DataFrame(index=[1, 2]), "table-empty"),
    "numbered columns": (lambda: pd.DataFrame([[1, 2]]), "columns-unnamed"),
    "twins in pandas": (lambda: pd.DataFrame([["Zq", 2]], columns=["a", "a"]), "columns-duplicate"),
    "twins in Arrow": (lambda: pa.table([pa.array(["Zq"]), pa.array([2])], names=["a", "a"]), "columns-duplicate"),
}


@pytest.mark.parametrize("case", BAD_SOURCES)
def test_a_bad_source(case: str) -> None:
    make, code = BAD_SOURCES[case]

    with pytest.raises((InputError, UsageError)) as caught:
        read_table(make())

    assert caught.value.code == code
    assert "Zq" not in str(caught.value)
    assert caught.value.__context__ is None


cells = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=6)


@given(st.lists(st.tuples(cells, cells), min_size=1, max_size=8), st.sampled_from(",;\t"))
def test_whatever_pandas_writes_is_read_back(
    tmp_path_factory: Any, rows: list[tuple[str, str]], separator: str
) -> None:
    path = tmp_path_factory.mktemp("csv") / "t.csv"
    frame = pd.DataFrame(rows, columns=["one", "two"])
    path.write_bytes(_csv(frame, separator, quoting=1))

    assert _as_lists(read_table(path)) == {name: [cell or None for cell in frame[name]] for name in frame}

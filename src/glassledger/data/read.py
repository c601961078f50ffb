"""The door through which tables come in: CSV and Parquet files, pandas, Polars and Arrow frames.

Nothing is guessed. CSV cells stay text until the policy says what they are; an empty cell is missing and nothing else
is. Vendors' errors quote cells, so each door answers ``None`` when the vendor failed and the error is raised outside
the ``except`` block: neither its cause nor its context then holds a row.
"""

import csv
import gzip
import io
import os
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from glassledger.data.sealed import sealed
from glassledger.errors import InputError, UsageError
from glassledger.files import read_bytes

_SEPARATORS = ",;\t"
_SHOWN_LINES = 5


@sealed
def read_table(source: object) -> pd.DataFrame:
    """Read a table as it is, with rows numbered from 0.

    Parameters
    ----------
    source : path, pandas DataFrame, Polars DataFrame or LazyFrame, Arrow table
        Files end in ``.csv``, ``.tsv`` (each also with ``.gz``) or ``.parquet``. CSV is UTF-8 with one header line;
        comma, semicolon or tab is told from that line. Anything that speaks the Arrow C stream interface is a frame.
        The index of a pandas frame is not data and is dropped.

    Returns
    -------
    DataFrame
        CSV columns as text, other columns in the type they came in. At least one row and one column, names distinct.

    Raises
    ------
    InputError
        ``table-empty``, ``table-malformed``, ``encoding-wrong``, ``columns-duplicate``, ``columns-unnamed``. No cell is
        shown.
    UsageError
        ``file-missing``; ``suffix-unknown``, ``source-unknown``: this kind of source cannot be read.
    StorageError
        When the file system refuses.
    """
    if isinstance(source, str | os.PathLike):
        frame = _read_file(Path(source))
    elif isinstance(source, pd.DataFrame):
        frame = source
    else:
        frame = _from_frame(source)
    check_names(list(frame.columns))
    if frame.empty:
        raise InputError("The table has no rows.", code="table-empty", hint="Check how it was exported.")
    return frame.reset_index(drop=True)


def _read_file(path: Path) -> pd.DataFrame:
    reader = _reader(path)
    if not path.is_file():
        raise UsageError(
            f"There is no file {path.name} to read.",
            code="file-missing",
            hint="Check the path; it is taken relative to the current folder.",
            facts={"path": str(path)},
        )
    data = read_bytes(path)
    if path.suffix.lower() == ".gz":
        data = _unzipped(data, path.name)
    if not data:
        raise InputError(f"{path.name} is empty.", code="table-empty", hint="Export it again.")
    return reader(data, path.name)


def _reader(path: Path) -> Callable[[bytes, str], pd.DataFrame]:
    name = path.name.lower()
    if name.removesuffix(".gz").endswith((".csv", ".tsv")):
        return _read_csv
    if name.endswith((".parquet", ".pq")):
        return _read_parquet
    raise UsageError(
        f"{path.name} is not a kind of file that can be read.",
        code="suffix-unknown",
        hint="Use .csv, .tsv, .csv.gz, .tsv.gz or .parquet (UTF-8 text for the former).",
        facts={"suffix": path.suffix},
    )


def _unzipped(data: bytes, name: str) -> bytes:
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error):  # of these, none quotes content
        raise InputError(
            f"{name} is not a whole gzip file.",
            code="table-malformed",
            hint="It was cut short or is not gzip; copy or export it again.",
        ) from None


def _read_parquet(data: bytes, name: str) -> pd.DataFrame:
    table = attempt(lambda: pa.parquet.ParquetFile(pa.BufferReader(data)).read())
    if table is None:
        raise InputError(
            f"{name} is not a readable Parquet file.",
            code="table-malformed",
            hint="It was cut short, is encrypted or has another format; export it again.",
        )
    return to_pandas(table)


def _from_frame(source: object) -> pd.DataFrame:
    """Polars, Arrow and everything else that speaks the Arrow C stream interface."""
    kind = type(source).__name__
    collect = getattr(source, "collect", None) if kind == "LazyFrame" else None
    if collect is None and not hasattr(source, "__arrow_c_stream__"):
        raise UsageError(
            f"A {kind} is not a table that can be read.",
            code="source-unknown",
            hint="Give a path, a pandas or Polars frame, or an Arrow table.",
        )
    table = attempt(lambda: pa.table(source if collect is None else collect()))
    if table is None:
        raise InputError(
            f"This {kind} cannot be read as a table.",
            code="table-malformed",
            hint="Collect it yourself and check that each column has one simple type.",
        )
    return to_pandas(table)


def to_pandas(table: Any) -> pd.DataFrame:
    """Whole numbers stay whole beside missing cells, so that identifiers keep every digit."""

    def exact(kind: Any) -> Any:
        if not pa.types.is_integer(kind):
            return None
        return pd.UInt64Dtype() if pa.types.is_uint64(kind) else pd.Int64Dtype()

    check_names(table.column_names)  # before pandas, whose handling of twins differs by version
    frame = attempt(lambda: _with_signed_codes(table).to_pandas(types_mapper=exact, ignore_metadata=True))
    if frame is None:
        raise InputError(
            "The table holds a column type that cannot be read.",
            code="table-malformed",
            hint="Use numbers, text, booleans and dates only.",
        )
    return pd.DataFrame(frame)


def _with_signed_codes(table: Any) -> Any:
    """Polars numbers its categories without a sign, which older pyarrow versions do not hand on to pandas."""
    for place, column in enumerate(table.columns):
        if pa.types.is_dictionary(column.type) and pa.types.is_unsigned_integer(column.type.index_type):
            chunks = [
                pa.DictionaryArray.from_arrays(chunk.indices.cast(pa.int64()), chunk.dictionary)
                for chunk in column.chunks
            ]
            table = table.set_column(place, table.column_names[place], pa.chunked_array(chunks))
    return table


def _read_csv(data: bytes, name: str) -> pd.DataFrame:
    data = data.removeprefix(b"\xef\xbb\xbf")
    _check_text(data, name)
    separator, names = csv_header(data)
    check_names(names)
    table = attempt(lambda: _parse_csv(data, separator, names, on_bad_line=None))
    if table is None:
        raise _malformed_csv(data, separator, names, name)
    if table.num_rows == 0:
        raise InputError(
            f"{name} has a header line and nothing below it.",
            code="table-empty",
            hint="Check how it was exported.",
        )
    return to_pandas(table)


def _check_text(data: bytes, name: str) -> None:
    if b"\0" in data or not _is_utf8(data):
        raise InputError(
            f"{name} is not UTF-8 text.",
            code="encoding-wrong",
            hint=f"Convert it first, for example: iconv -f WINDOWS-1252 -t UTF-8 {name} (Excel: CSV UTF-8).",
        )
    if data.count(b'"') % 2:
        raise InputError(
            f"{name} has a quotation mark that is never closed.",
            code="table-malformed",
            hint="Quote cells that hold a quotation mark and double the mark inside.",
        )


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def csv_header(data: bytes) -> tuple[str, list[str]]:
    """Separator and names: the candidate that cuts the first record into the most names; ties go to the comma."""
    head = data[: 1 << 20].decode("utf-8", "ignore").lstrip("\r\n")
    records = {mark: attempt(partial(_first_record, head, mark)) or [] for mark in _SEPARATORS}
    separator = max(_SEPARATORS, key=lambda mark: len(records[mark]))
    return separator, records[separator]


def _first_record(text: str, separator: str) -> list[str]:
    return next(csv.reader(io.StringIO(text, newline=""), delimiter=separator))


def _parse_csv(data: bytes, separator: str, names: list[str], *, on_bad_line: Callable[[Any], str] | None) -> Any:
    return pa.csv.read_csv(
        pa.BufferReader(data),
        read_options=pa.csv.ReadOptions(use_threads=on_bad_line is None),  # line numbers need one thread
        parse_options=pa.csv.ParseOptions(
            delimiter=separator, newlines_in_values=True, invalid_row_handler=on_bad_line
        ),
        convert_options=pa.csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=True,
        ),
    )


def _malformed_csv(data: bytes, separator: str, names: list[str], name: str) -> InputError:
    """Read once more, skipping and counting the lines that do not fit the header."""
    lines: list[int] = []

    def note(row: Any) -> str:
        lines.append(int(row.number or 0))
        return "skip"

    attempt(lambda: _parse_csv(data, separator, names, on_bad_line=note))
    where = f" ({len(lines)} of them, first at record {', '.join(map(str, lines[:_SHOWN_LINES]))})" if lines else ""
    return InputError(
        f"{name} has lines that do not have {len(names)} cells like the header{where}.",
        code="table-malformed",
        hint="Quote cells that hold the separator, and remove titles and totals around the table.",
        facts={"columns": len(names), "lines": len(lines), "first": lines[:_SHOWN_LINES]},
    )


def check_names(names: list[Any]) -> None:
    """Faults are told by position: without a header line, the names would be the first row's cells."""
    unnamed = [i for i, name in enumerate(names, 1) if not isinstance(name, str) or not name.strip()]
    seen: dict[Any, int] = {}
    twins = [(seen[name], i) for i, name in enumerate(names, 1) if seen.setdefault(name, i) != i]
    if not names:
        raise InputError("The table has no columns.", code="table-empty", hint="Check how it was exported.")
    if unnamed:
        raise InputError(
            f"Columns without a name, at position {', '.join(map(str, unnamed[:_SHOWN_LINES]))}.",
            code="columns-unnamed",
            hint="Give every column a name in the header (text, not a number).",
            facts={"positions": unnamed},
        )
    if twins:
        shown = ", ".join(f"{first} and {second}" for first, second in twins[:_SHOWN_LINES])
        raise InputError(
            f"Columns with the same name, at positions {shown}.",
            code="columns-duplicate",
            hint="Rename or remove one of each; if the file has no header line, add one.",
            facts={"positions": twins},
        )


def attempt(act: Callable[[], Any]) -> Any:
    """The result, or None when the vendor failed: its message may quote cells and must not live on as a context."""
    try:
        return act()
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - any vendor error means the same here: the caller says it without cells
        return None

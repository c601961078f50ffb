"""A table too large for memory, batch by batch: CSV, Parquet, or a folder of Parquet files."""

import gzip
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from glassledger.data.read import attempt, check_names, csv_header, to_pandas
from glassledger.errors import InputError, UsageError

_HEAD = 1 << 20
_BLOCK = 1 << 24


@dataclass(frozen=True, eq=False)
class Batches:
    """A source that is read again from its beginning on every call.

    Attributes
    ----------
    files : tuple of (name, bytes, modification time in ns)
        What tells the source from another one.
    rows : int or None
        Number of rows, where the files say so.
    """

    files: tuple[tuple[str, int, int], ...]
    rows: int | None
    read: Callable[[], Iterator[Any]]

    def frames(self, size: int, *, skip: int = 0) -> Iterator[pd.DataFrame]:
        """Frames of ``size`` rows each, the last one shorter; the first ``skip`` frames are passed over unread.

        Raises
        ------
        InputError
            ``table-malformed`` when a file turns out not to be readable, ``table-empty`` when there is no row.
        """
        number = -1
        for number, table in enumerate(_rechunked(self.read(), size)):
            if number >= skip:
                yield to_pandas(table)
        if number < 0:
            raise InputError("The table has no rows.", code="table-empty", hint="Check how it was exported.")


def open_batches(path: Path) -> Batches:
    """Open a source for reading in batches.

    Parameters
    ----------
    path : path of a ``.csv``, ``.tsv`` (each also ``.gz``) or ``.parquet`` file, or of a folder of Parquet files

    Raises
    ------
    UsageError
        ``file-missing``, ``suffix-unknown``.
    InputError
        ``table-malformed`` and the like; no cell is shown.
    """
    if path.is_dir():
        files = sorted(one for one in path.rglob("*.parquet") if one.is_file() and not one.name.startswith((".", "_")))
        if not files:
            raise UsageError(f"There is no Parquet file in {path.name}.", code="file-missing", hint="Check the folder.")
        return _parquet(files)
    if not path.is_file():
        raise UsageError(
            f"There is no file {path.name} to read.",
            code="file-missing",
            hint="Check the path; it is taken relative to the current folder.",
        )
    name = path.name.lower()
    if name.endswith((".parquet", ".pq")):
        return _parquet([path])
    if name.removesuffix(".gz").endswith((".csv", ".tsv")):
        return Batches(files=(_stamp(path),), rows=None, read=lambda: _csv(path))
    raise UsageError(
        f"{path.name} is not a kind of file that can be read in batches.",
        code="suffix-unknown",
        hint="Use .csv, .tsv, .csv.gz, .tsv.gz, .parquet, or a folder of .parquet files.",
    )


def _stamp(path: Path) -> tuple[str, int, int]:
    facts = path.stat()
    return path.name, facts.st_size, facts.st_mtime_ns


def _parquet(files: list[Path]) -> Batches:
    counts = [attempt(partial(_metadata, file)) for file in files]
    for file, facts in zip(files, counts, strict=True):
        if facts is None:
            raise _malformed(file)
        check_names(facts[1])
        if facts[1] != counts[0][1]:
            raise InputError(
                f"{file.name} has other columns than {files[0].name}.",
                code="table-malformed",
                hint="All files of a folder must have the same columns in the same order.",
            )
    return Batches(
        files=tuple(_stamp(file) for file in files),
        rows=sum(facts[0] for facts in counts),
        read=lambda: (batch for file in files for batch in _guarded(_row_groups(file), file)),
    )


def _metadata(file: Path) -> tuple[int, list[str]]:
    with pa.parquet.ParquetFile(file) as opened:
        return opened.metadata.num_rows, list(opened.schema_arrow.names)


def _row_groups(file: Path) -> Iterator[Any]:
    with pa.parquet.ParquetFile(file, pre_buffer=False, buffer_size=_BLOCK) as opened:
        yield from opened.iter_batches(batch_size=65_536, use_threads=False)


def _csv(path: Path) -> Iterator[Any]:
    zipped = path.name.lower().endswith(".gz")
    head = attempt(lambda: _head(path, zipped=zipped))
    if not head:
        raise _malformed(path)
    separator, names = csv_header(head.removeprefix(b"\xef\xbb\xbf"))
    check_names(names)
    yield from _guarded(_csv_blocks(path, separator, names, zipped=zipped), path)


def _head(path: Path, *, zipped: bool) -> bytes:
    with gzip.open(path, "rb") if zipped else path.open("rb") as stream:
        return stream.read(_HEAD)


def _csv_blocks(path: Path, separator: str, names: list[str], *, zipped: bool) -> Iterator[Any]:
    with pa.input_stream(str(path), compression="gzip" if zipped else None) as stream:
        yield from pa.csv.open_csv(
            stream,
            read_options=pa.csv.ReadOptions(use_threads=False, block_size=_BLOCK),
            parse_options=pa.csv.ParseOptions(delimiter=separator, newlines_in_values=True),
            convert_options=pa.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
            ),
        )


def _guarded(blocks: Iterator[Any], file: Path) -> Iterator[Any]:
    """The blocks, with our error in place of a vendor's, which may quote cells."""
    done = object()
    while True:
        block = attempt(lambda: next(blocks, done))
        if block is None:
            raise _malformed(file)
        if block is done:
            return
        yield block


def _malformed(file: Path) -> InputError:
    return InputError(
        f"{file.name} is not a readable table.",
        code="table-malformed",
        hint="It was cut short, is not UTF-8, has lines with other numbers of cells than its header, or is encrypted.",
    )


def _rechunked(batches: Iterator[Any], size: int) -> Iterator[Any]:
    """Tables of ``size`` rows each, the last one shorter; what is read ahead is one block."""
    waiting: list[Any] = []
    held = 0
    for batch in batches:
        waiting.append(batch)
        held += batch.num_rows
        while held >= size:
            table = pa.Table.from_batches(waiting)
            yield table.slice(0, size)
            held -= size
            waiting = table.slice(size).to_batches() if held else []
    if held:
        yield pa.Table.from_batches(waiting)

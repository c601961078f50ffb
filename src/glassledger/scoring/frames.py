"""Tables of every kind to Arrow and back: pandas, Polars, Arrow and NumPy, each with its own text types."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from glassledger.errors import InputError, MissingExtraError, ModelError, UsageError
from glassledger.models.features import continuous
from glassledger.scoring.columns import not_levels, not_numeric
from glassledger.scoring.plan import Coding

KINDS = "a pandas or Polars frame, an Arrow table or batch, a structured NumPy array or a mapping of NumPy arrays"


def to_arrow(table: Any, codings: Sequence[Coding]) -> Any:
    """The model's features as an Arrow table, in the model's order.

    Raises
    ------
    InputError
        ``features-reordered`` or ``columns-duplicate``: names and order are the model's.
    ModelError
        ``feature-missing``; when a column holds neither numbers nor levels, whichever it should.
    UsageError
        For another kind of table.
    """
    if isinstance(table, pd.DataFrame):
        check_names([str(name) for name in table.columns], codings)
        return _table([_from_pandas(table[coding.name], coding) for coding in codings], codings)
    if isinstance(table, np.ndarray) and table.dtype.names is not None:
        check_names(list(table.dtype.names), codings)
        return _table([_from_numpy(table[coding.name], coding) for coding in codings], codings)
    if isinstance(table, Mapping):
        check_names(list(table), codings)
        return _table([_from_numpy(np.asarray(table[coding.name]), coding) for coding in codings], codings)
    if isinstance(table, pa.RecordBatch):
        table = pa.Table.from_batches([table])
    elif not isinstance(table, pa.Table):
        if not hasattr(table, "__arrow_c_stream__"):
            raise unknown_kind(table)
        table = pa.table(table)
    check_names(table.column_names, codings)
    return table.select([coding.name for coding in codings])


def unknown_kind(table: object) -> UsageError:
    """The refusal of what is no table with names."""
    return UsageError(
        f"A {type(table).__name__} is not a table with named columns.",
        code="source-unknown",
        hint=f"Give {KINDS}; a bare matrix has no names to check.",
    )


def check_names(names: Sequence[str], codings: Sequence[Coding]) -> None:
    """Every feature is there once, and they stand in the model's order; other columns may stand between them."""
    wanted = [coding.name for coding in codings]
    absent = sorted(set(wanted) - set(names))
    if absent:
        raise ModelError(
            f"The table lacks {len(absent)} of the model's features: {', '.join(absent)}.",
            code="feature-missing",
            hint="Columns are matched by name; rename or add them.",
            facts={"columns": absent},
        )
    known = set(wanted)
    found = [name for name in names if name in known]
    if len(found) != len(wanted):
        raise InputError(
            "The table has several columns of the same name.",
            code="columns-duplicate",
            hint="Rename or remove one of each.",
            facts={"columns": sorted({name for name in found if found.count(name) > 1})},
        )
    if found != wanted:
        raise InputError(
            "The table's columns do not stand in the model's order.",
            code="features-reordered",
            hint="Select them: table[list(scorer.features)].",
            facts={"columns": wanted},
        )


def _table(columns: list[Any], codings: Sequence[Coding]) -> Any:
    return pa.table(columns, names=[coding.name for coding in codings])


def _from_pandas(column: "pd.Series[Any]", coding: Coding) -> Any:
    if not coding.nominal:
        if column.dtype == np.float64:
            return pa.array(column.to_numpy())
        return pa.array(continuous(column, coding.name))
    if isinstance(column.dtype, pd.CategoricalDtype):
        entries = _objects(np.asarray(column.cat.categories, dtype=object), coding)
        codes = column.cat.codes.to_numpy()
        return pa.DictionaryArray.from_arrays(pa.array(codes, mask=codes < 0), entries)
    if column.dtype == object:
        return _objects(column.to_numpy(), coding)
    return _attempt(column, coding, from_pandas=True)


def _from_numpy(values: Any, coding: Coding) -> Any:
    if values.ndim != 1:
        raise unknown_kind(values)
    if not coding.nominal:
        if values.dtype == object:
            return pa.array(continuous(pd.Series(values, dtype=object), coding.name))
        if values.dtype.kind not in "fiub":
            raise not_numeric(coding.name)
        return pa.array(values.astype(np.float64, copy=False))
    return _objects(values.astype(object), coding) if values.dtype.kind in "OU" else _attempt(values, coding)


def _objects(values: Any, coding: Coding) -> Any:
    """Text in Python objects; flags and whole numbers among them are read as the row scorer reads them."""
    try:
        return pa.array(values, type=pa.large_string(), from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError, UnicodeEncodeError):
        pass
    missing = pd.isna(values)
    texts = [None if gone else _text(value, coding) for value, gone in zip(values, missing, strict=True)]
    return pa.array(texts, type=pa.large_string())


def _text(value: object, coding: Coding) -> str:
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, int | np.integer):
        return str(int(value))
    if isinstance(value, str):
        return value if value == value.encode(errors="ignore").decode() else ""  # a lone surrogate is no level
    raise not_levels(coding.name)


def _attempt(column: Any, coding: Coding, *, from_pandas: bool = False) -> Any:
    try:
        return pa.array(column, from_pandas=from_pandas)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
        pass
    raise not_levels(coding.name)


def like(found: Any, table: Any) -> Any:
    """An Arrow batch as the kind of table that came in: Arrow, Polars or NumPy."""
    if isinstance(table, pa.RecordBatch):
        return found
    if isinstance(table, pa.Table):
        return pa.Table.from_batches([found])
    if isinstance(table, np.ndarray | Mapping):
        columns = {name: _plain(found.column(name)) for name in found.schema.names}
        if isinstance(table, Mapping):
            return columns
        out = np.empty(found.num_rows, dtype=[(name, column.dtype) for name, column in columns.items()])
        for name, column in columns.items():
            out[name] = column
        return out
    return _polars().from_arrow(found)


def _plain(column: Any) -> Any:
    if pa.types.is_dictionary(column.type):
        return np.asarray(column.to_pandas().astype(object).where(lambda cells: cells.notna(), None), dtype=object)
    return column.to_numpy()


def _polars() -> Any:
    try:
        import polars
    except ImportError:
        raise MissingExtraError(
            "Polars is not installed.", code="extra-missing", hint='pip install "glassledger[polars]"'
        ) from None
    return polars

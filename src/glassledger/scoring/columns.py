"""Columns of an Arrow batch as the kernels take them: float64 with NaN for missing, or text and its codes."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from glassledger.errors import ModelError
from glassledger.scoring.plan import Coding, Floats

Codes = NDArray[np.uint16] | NDArray[np.uint32]


def numbers(column: Any, coding: Coding) -> Floats:
    """A continuous feature as float64, NaN where it is missing; no copy where there is nothing to change.

    Raises
    ------
    ModelError
        When the column holds no numbers: text is refused, also where it looks like a number.
    """
    kind = column.type
    if pa.types.is_float64(kind) and column.null_count == 0:
        return np.asarray(column.to_numpy(zero_copy_only=True))
    if pa.types.is_null(kind):
        return np.full(len(column), np.nan)
    if pa.types.is_boolean(kind):
        column = column.cast(pa.uint8())
    elif not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)):
        raise not_numeric(coding.name)
    if pa.types.is_float16(kind):
        column = pa.array(column.to_numpy(zero_copy_only=False).astype(np.float64), from_pandas=True)
    values = column.cast(pa.float64(), safe=False)
    return np.asarray(values.to_numpy(zero_copy_only=False), dtype=np.float64)


def not_numeric(name: str) -> ModelError:
    """The refusal of a column that holds no numbers."""
    return ModelError(
        f"Column {name} holds values that are not numbers.",
        code="feature-not-numeric",
        hint="Screen the table under the model's policy first.",
        facts={"column": name},
    )


def level_texts(column: Any, coding: Coding) -> Any:
    """A nominal feature as Arrow text, or as a dictionary of texts.

    Raises
    ------
    ModelError
        When the column holds neither text, flags nor whole numbers.
    """
    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return column
    if pa.types.is_dictionary(kind):
        return pa.DictionaryArray.from_arrays(column.indices, level_texts(column.dictionary, coding))
    if pa.types.is_boolean(kind) or pa.types.is_integer(kind) or pa.types.is_null(kind) or _is_view(kind):
        return column.cast(pa.string())  # true, 3
    raise not_levels(coding.name)


def not_levels(name: str) -> ModelError:
    """The refusal of a column that holds no levels."""
    return ModelError(
        f"Column {name} holds values that are not levels.",
        code="feature-not-levels",
        hint="Send text (or flags, or whole numbers), as the policy declares the levels.",
        facts={"column": name},
    )


def _is_view(kind: Any) -> bool:
    return bool(pa.types.is_string_view(kind))


def level_codes(texts: Any, coding: Coding) -> NDArray[np.int32]:
    """Codes of a nominal feature, by Arrow's own lookup."""
    if pa.types.is_dictionary(texts.type):
        return dictionary_codes(texts, level_codes(texts.dictionary, coding), coding)
    known = pc.index_in(texts, value_set=pa.array(coding.levels, type=texts.type))
    codes = known.fill_null(coding.unseen).to_numpy(zero_copy_only=False)
    if texts.null_count:
        codes = np.where(texts.is_null().to_numpy(zero_copy_only=False), np.int32(coding.missing), codes)
    return np.asarray(codes, dtype=np.int32)


def dictionary_codes(texts: Any, by_entry: NDArray[np.int32], coding: Coding) -> NDArray[np.int32]:
    """Codes of a dictionary column from the codes of its entries."""
    table = np.append(by_entry, np.int32(coding.missing))
    indices = texts.indices
    if indices.null_count:
        indices = indices.cast(pa.int64()).fill_null(len(by_entry))
    return np.asarray(table[indices.to_numpy(zero_copy_only=False)], dtype=np.int32)

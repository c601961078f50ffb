"""A keyed fingerprint of a table: says later whether a table is the same one, tells nobody what is in it."""

import hashlib
import hmac
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from glassledger.redaction.keys import Key

_LABEL = b"glassledger/input-digest/v1"


def input_digest(typed: pd.DataFrame, *, key: Key) -> str:
    """``hmac-sha256:`` and 64 hexadecimal digits over the typed columns.

    Keyed, because a plain hash of a small or guessable table could be found by trying. The message is the label and
    the number of rows, then for each column in order: name, kind, a bit per row for missing, and the cells: numbers
    as little-endian 64-bit values (0 where missing), texts as the column's running UTF-8 lengths and then its bytes.
    Every variable part is preceded by its length in 8 bytes. So CSV and Parquet give the same digest, and another
    order of rows or columns gives another one.

    Parameters
    ----------
    typed : DataFrame
        Columns of float64, Int64, datetime64 or text.
    key : Key
    """
    mac = hmac.new(key.secret, _LABEL, hashlib.sha256)
    mac.update(len(typed).to_bytes(8, "big"))
    for name in typed.columns:
        for part in (name.encode(), *_parts(typed[name])):
            mac.update(part.nbytes.to_bytes(8, "big") if isinstance(part, np.ndarray) else len(part).to_bytes(8, "big"))
            mac.update(part)
    return f"hmac-sha256:{mac.hexdigest()}"


def _parts(column: "pd.Series[Any]") -> Iterator[Any]:
    missing = column.isna().to_numpy()
    yield b"text" if column.dtype == object else column.dtype.kind.encode()
    yield np.packbits(missing)
    if column.dtype == object:
        texts = pa.array(column.where(~missing, ""), type=pa.large_string())
        _, offsets, data = texts.buffers()
        ends = np.frombuffer(offsets, dtype="<i8", count=len(texts) + 1)
        yield ends
        yield np.frombuffer(data, dtype=np.uint8, count=int(ends[-1])) if data is not None else b""
    elif column.dtype.kind == "f":
        yield column.fillna(0.0).to_numpy(dtype="<f8") + 0.0  # −0.0 becomes 0.0
    elif column.dtype.kind == "M":
        yield column.fillna(pd.Timestamp(0)).to_numpy().astype("datetime64[s]").astype("<i8")
    else:
        yield column.to_numpy(dtype="<i8", na_value=0)

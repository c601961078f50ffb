"""Encoded columns against the declared domains of a card, with the rules of the row scorer."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassledger.errors import InputError
from glassledger.scoring.kernel_numpy import Column
from glassledger.scoring.plan import Coding


def check_domains(columns: Sequence[Column], codings: Sequence[Coding]) -> None:
    """Hold every column against its declared domain.

    Raises
    ------
    InputError
        ``rows-refused`` with ``facts["faults"]``: feature, rule, number of rows and the first of them; no value.
    """
    faults = [
        {"feature": coding.name, "rule": rule, "count": int(rows.sum()), "rows": np.flatnonzero(rows)[:5].tolist()}
        for column, coding in zip(columns, codings, strict=True)
        for rule, rows in (_levels(column, coding) if coding.nominal else _numbers(column, coding))
        if rows.any()
    ]
    if faults:
        told = "; ".join(f"{fault['feature']}: {fault['rule']} ({fault['count']} rows)" for fault in faults[:10])
        raise InputError(
            f"The table breaks the contract ({told}).",
            code="rows-refused",
            hint="Send every feature of the model within its declared domain, or score unchecked.",
            facts={"faults": faults},
        )


def _levels(codes: Column, coding: Coding) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    if not coding.facts["missing"]:
        yield "missing", codes == coding.missing
    if coding.facts["other"] is None:
        yield "not declared", codes == coding.unseen


def _numbers(values: Column, coding: Coding) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    facts: Any = coding.facts
    if not facts["missing"]:
        yield "missing", np.isnan(values)
    if facts["lower"] is not None:
        yield "below the minimum", values < facts["lower"]
    if facts["upper"] is not None:
        yield "above the maximum", values > facts["upper"]
    if facts["lower"] is None or facts["upper"] is None:
        yield "not finite", np.isinf(values)
    if facts["integer"]:
        yield "not a whole number", (values != np.floor(values)) & np.isfinite(values)

"""A model in the form that another place runs, written to a path."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from glassledger.files import write_durably
from glassledger.scoring.card import Card
from glassledger.scoring.mlflow_model import save_mlflow
from glassledger.scoring.onnx_model import onnx_model
from glassledger.scoring.rating import rating_table
from glassledger.scoring.sql import Dialect, contract_query, scoring_query
from glassledger.scoring.standalone import standalone

Kind = Literal["scorer", "sql", "contract", "csv", "onnx", "mlflow"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True)
class Export:
    """What to write.

    Attributes
    ----------
    kind : {"scorer", "sql", "contract", "csv", "onnx", "mlflow"}
    reasons : int, optional
        Reasons per row; the policy's count by default.
    language : str, optional
        Language of the reason texts (sql, onnx, mlflow); the policy's own by default.
    table, keep, dialect
        Table that a query reads, columns that it passes along, and its engine (sql, contract).
    """

    kind: Kind
    reasons: int | None = None
    language: str | None = None
    table: str = "people"
    keep: tuple[str, ...] = ()
    dialect: Dialect = "duckdb"


def write_export(card: Card, export: Export, out: Path) -> None:
    """Write a card as a file, or for MLflow as a folder.

    Raises
    ------
    UsageError, MissingExtraError, StorageError
    """
    if export.kind == "mlflow":
        save_mlflow(card, out, language=export.language)
        return
    makers: dict[str, Callable[[], str | bytes]] = {
        "scorer": lambda: standalone(card),
        "csv": lambda: rating_table(card),
        "contract": lambda: contract_query(card, table=export.table, dialect=export.dialect),
        "sql": lambda: scoring_query(
            card, table=export.table, keep=export.keep, language=export.language, dialect=export.dialect
        ),
        "onnx": lambda: onnx_model(card, language=export.language),
    }
    made = makers[export.kind]()
    write_durably(out, made.encode() if isinstance(made, str) else made)

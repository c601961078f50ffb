"""A scoring card as an MLflow pyfunc model: the door to MLflow.

Nothing is pickled: the model folder holds the card as JSON and the stand-alone scorer's source, and MLflow calls that
source's ``_load_pyfunc``. Serving needs pandas and MLflow; it needs no glassledger.
"""

import json
import os
import tempfile
import warnings
from pathlib import Path
from typing import Any

from glassledger.errors import MissingExtraError, UsageError
from glassledger.scoring.card import Card, notice
from glassledger.scoring.standalone import scorer_source

_MODULE = "glassledger_scorer"

_TAIL = '''

class PyFunc:
    """What MLflow calls: a data frame in, a data frame with one row for each row out."""

    def __init__(self, card, language):
        self._scorer = RowScorer(card)
        self._language = language
        self._ranks = range(1, card["reasons"]["count"] + 1)

    def predict(self, model_input, params=None):
        import pandas

        told = [self._told(row) for row in model_input.to_dict("records")]
        names = ["score", "decision"]
        names += [f"{word}_{rank}" for word in ("reason", "reason_code") for rank in self._ranks] + ["refused"]
        columns = zip(*told) if told else [()] * len(names)
        kinds = ["float64"] + ["object"] * (len(names) - 1)
        index = model_input.index
        return pandas.DataFrame(
            {n: pandas.Series(list(c), dtype=k, index=index) for n, c, k in zip(names, columns, kinds)}
        )

    def _told(self, row):
        blank = [None] * len(self._ranks)
        try:
            scored = self._scorer(row, language=self._language)
        except RowError as fault:
            return [math.nan, None, *blank, *blank, str(fault)]
        reasons = [*scored.reasons, *blank][: len(blank)]
        texts = [reason and reason.text for reason in reasons]
        return [scored.score, scored.decision, *texts, *(reason and reason.code for reason in reasons), None]


def _load_pyfunc(path):
    with open(path, encoding="utf-8") as file:
        saved = json.load(file)
    return PyFunc(saved["card"], saved["language"])
'''


def save_mlflow(card: Card, folder: Path, *, language: str | None = None) -> None:
    """Write an MLflow model folder with signature and an input example made from the declared domains.

    The model answers with ``score``, ``decision``, ``reason_1`` …, ``reason_code_1`` … and ``refused``: feature and
    rule where a row breaks the contract, which then has no score.

    Parameters
    ----------
    folder : Path
        Must not exist yet.

    Raises
    ------
    UsageError
        When the folder exists, or there are no texts in ``language``.
    MissingExtraError
        When MLflow is not installed.
    """
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")  # an export tells nobody that it was made
    try:
        from mlflow import pyfunc
    except ImportError:
        raise MissingExtraError(
            "An MLflow export needs MLflow.", code="extra-missing", hint='pip install "glassledger[mlflow]"'
        ) from None
    rules = card["reasons"]
    if language is not None and language not in rules["texts"]:
        raise UsageError(
            "The card has no texts in that language.",
            code="language-unknown",
            hint=f"It has: {', '.join(rules['texts'])}.",
        )
    if folder.exists():
        raise UsageError(
            "An MLflow model is a new folder, and this one exists.",
            code="folder-exists",
            hint="Name another one with --out.",
            facts={"path": str(folder)},
        )
    with tempfile.TemporaryDirectory() as held, warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # about integer columns, of which there are none
        data, code = Path(held, "card.json"), Path(held, f"{_MODULE}.py")
        data.write_text(json.dumps({"card": card, "language": language}, allow_nan=False, sort_keys=True))
        code.write_text(scorer_source() + _TAIL, encoding="utf-8")
        pyfunc.save_model(
            str(folder),
            loader_module=_MODULE,
            data_path=str(data),
            code_paths=[str(code)],
            signature=_signature(card),
            input_example=_example(card),
            pip_requirements=["mlflow-skinny>=3", "pandas>=2.2"],
            metadata={"model": card["model"], "policy": card["policy"], "review": notice(card)},
        )


def _signature(card: Card) -> Any:
    from mlflow.models.signature import ModelSignature
    from mlflow.types.schema import ColSpec, Schema

    ranks = range(1, card["reasons"]["count"] + 1)
    told = ["decision", *(f"{word}_{rank}" for word in ("reason", "reason_code") for rank in ranks), "refused"]
    kinds = {"nominal": "string"}
    return ModelSignature(
        inputs=Schema([ColSpec(kinds.get(one["kind"], "double"), one["name"]) for one in card["features"]]),
        outputs=Schema([ColSpec("double", "score"), *(ColSpec("string", name, required=False) for name in told)]),
    )


def _example(card: Card) -> Any:
    """Two invented rows: middles of the declared bounds with first levels, and upper bounds with last levels."""
    import pandas as pd

    rows: list[dict[str, Any]] = [{}, {}]
    for feature in card["features"]:
        if feature["kind"] == "nominal":
            ends: tuple[Any, Any] = (feature["levels"][0], feature["levels"][-1])
        else:
            low = 0.0 if feature["lower"] is None else float(feature["lower"])
            high = low if feature["upper"] is None else float(feature["upper"])
            ends = (float((low + high) // 2) if feature["integer"] else (low + high) / 2, high)
        rows[0][feature["name"]], rows[1][feature["name"]] = ends
    return pd.DataFrame(rows)

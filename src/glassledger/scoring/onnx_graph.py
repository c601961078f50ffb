"""A scoring card as an ONNX graph: the door to the onnx package.

Standard operators only, doubles throughout, strings in and out. Every feature is an input of shape (n,): a number,
where NaN is missing, or text, where the empty text is missing. Outputs: ``score`` (n,), ``decision`` (n,) when the
card has one, ``reason`` and ``reason_code`` (n, k), empty texts where fewer features pushed the row to the adverse
side.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassledger.errors import MissingExtraError, UsageError
from glassledger.scoring.card import Card, notice

_OPSET, _ML_OPSET, _IR = 18, 2, 9


class Graph:
    """A graph under construction: :meth:`op` adds a node and names its output, :meth:`const` a constant."""

    def __init__(self) -> None:
        try:
            import onnx
        except ImportError:
            raise MissingExtraError(
                "An ONNX export needs onnx.", code="extra-missing", hint='pip install "glassledger[onnx]"'
            ) from None
        self._onnx = onnx
        self._nodes: list[Any] = []
        self._constants: list[Any] = []
        self._seen: dict[bytes, str] = {}
        self._count = 0

    def const(self, values: Any) -> str:
        """A constant of doubles, int64, booleans or texts; equal ones are stored once."""
        array = np.asarray(values)
        if array.dtype.kind == "U":
            array = array.astype(object)
        key = repr((array.dtype.str, array.shape, array.tolist())).encode()
        if key not in self._seen:
            self._seen[key] = self._name()
            self._constants.append(self._onnx.numpy_helper.from_array(array, self._seen[key]))
        return self._seen[key]

    def op(self, kind: str, *inputs: str, axis: int | None = None, keepdims: int | None = None) -> str:
        """Add a node with one output and name it."""
        given = {"axis": axis, "keepdims": keepdims}
        return self._add(kind, inputs, {name: value for name, value in given.items() if value is not None})[0]

    def top(self, values: str, count: int) -> list[str]:
        """The ``count`` largest values of each row and their places, ties in the order of the columns."""
        attributes = {"axis": 1, "largest": 1, "sorted": 1}
        return self._add("TopK", (values, self.const(np.asarray([count]))), attributes, outputs=2)

    def encoded(self, source: str, keys: Sequence[str], values: Sequence[int], default: int) -> str:
        """Texts to whole numbers."""
        coding = {"keys_strings": list(keys), "values_int64s": list(values), "default_int64": default}
        return self._add("LabelEncoder", (source,), coding)[0]

    def whole(self, source: str) -> str:
        """Booleans as 0 and 1."""
        return self._add("Cast", (source,), {"to": int(self._onnx.TensorProto.INT64)})[0]

    def total(self, terms: Sequence[str]) -> str:
        """The sum in the given order, so that it rounds as the other engines do."""
        out = terms[0]
        for term in terms[1:]:
            out = self.op("Add", out, term)
        return out

    def model(self, card: Card, outputs: dict[str, tuple[str, int, bool]]) -> bytes:
        """The checked model's bytes. ``outputs`` maps a name to (value, columns or 0, whether it is text)."""
        helper, types = self._onnx.helper, self._onnx.TensorProto
        inputs = [
            helper.make_tensor_value_info(
                feature["name"], types.STRING if feature["kind"] == "nominal" else types.DOUBLE, ["n"]
            )
            for feature in card["features"]
        ]
        results = []
        for name, (value, columns, text) in outputs.items():
            self._nodes.append(helper.make_node("Identity", [value], [name]))
            shape = ["n", columns] if columns else ["n"]
            results.append(helper.make_tensor_value_info(name, types.STRING if text else types.DOUBLE, shape))
        graph = helper.make_graph(self._nodes, "glassledger", inputs, results, self._constants)
        built = helper.make_model(
            graph,
            producer_name="glassledger",
            doc_string=notice(card),
            opset_imports=[helper.make_opsetid("", _OPSET), helper.make_opsetid("ai.onnx.ml", _ML_OPSET)],
            ir_version=_IR,
        )
        helper.set_model_props(built, {"model": card["model"], "policy": card["policy"], "review": notice(card)})
        self._onnx.checker.check_model(built, full_check=True)
        return bytes(built.SerializeToString(deterministic=True))

    def _add(self, kind: str, inputs: Sequence[str], attributes: dict[str, Any], *, outputs: int = 1) -> list[str]:
        names = [self._name() for _ in range(outputs)]
        domain = "ai.onnx.ml" if kind == "LabelEncoder" else ""
        self._nodes.append(self._onnx.helper.make_node(kind, inputs, names, domain=domain, **attributes))
        return names

    def _name(self) -> str:
        self._count += 1
        return f"gl_{self._count}"


def refuse_ambiguous(card: Card) -> None:
    """Refuse a card whose texts ONNX cannot tell apart.

    Raises
    ------
    UsageError
        ONNX has no missing text: the empty text stands for it, so it cannot also be a level. Names that begin with
        ``gl_`` and those of the outputs are the graph's own.
    """
    levels = [feature["name"] for feature in card["features"] if "" in feature.get("levels", ())]
    if levels:
        raise UsageError(
            "The empty text is a declared level; in ONNX it stands for missing.",
            code="onnx-empty-level",
            hint="Rename the level, or export SQL or the stand-alone scorer.",
            facts={"columns": levels},
        )
    taken = {"score", "decision", "reason", "reason_code"}
    names = [feature["name"] for feature in card["features"]]
    clash = [name for name in names if name in taken or name.startswith("gl_")]
    if clash:
        raise UsageError(
            "A feature has the name of an output of the graph.",
            code="onnx-name-taken",
            hint="Export SQL or the stand-alone scorer instead.",
            facts={"columns": clash},
        )


def by_output(flat: Sequence[float], outputs: int) -> NDArray[np.float64]:
    """A flat table, one row a cell and one column an output."""
    return np.asarray(flat, dtype=np.float64).reshape(-1, outputs)

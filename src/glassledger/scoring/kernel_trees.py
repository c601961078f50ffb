"""The kernel of rule models: every row walks its trees, and each step pushes the feature that was asked."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassledger.scoring.columns import level_codes
from glassledger.scoring.kernel_numpy import TILE, Codes, Column, Found, Moved, rank
from glassledger.scoring.plan import Coding, Floats, Plan

Node = Mapping[str, Any]


class TreeKernel:
    """A rule model's plan made ready for NumPy."""

    name = "numpy"

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._base = np.asarray(plan.card["base"], dtype=np.float64)
        assert plan.trees is not None
        self._trees = plan.trees

    def codes(self, texts: Any, coding: Coding) -> NDArray[Any]:
        """Codes of a nominal feature from Arrow text or a dictionary of texts."""
        return level_codes(texts, coding)

    def run(self, columns: list[Column], *, count: int, amounts: bool, contributions: bool) -> Found:
        """As :meth:`NumpyKernel.run`; contributions are one a feature."""
        plan, rows = self._plan, len(columns[0])
        links = np.zeros((plan.outputs, rows))
        explained = np.zeros(rows, dtype=np.intp) if plan.outputs > 1 else None
        picked = np.full((count, rows), -1, dtype=np.int16)
        pushes = np.zeros((count, rows))
        shown = np.empty((len(plan.codings), plan.outputs, rows)) if contributions else None
        for start in range(0, rows, TILE):
            tile = slice(start, min(start + TILE, rows))
            moved = self._walked([column[tile] for column in columns], links[:, tile])
            if shown is not None:
                shown[:, :, tile] = moved
            if explained is not None:
                explained[tile] = links[:, tile].argmax(axis=0)
            if count:
                rank(
                    self._grains(moved, None if explained is None else explained[tile]),
                    plan,
                    picked[:, tile],
                    pushes[:, tile],
                )
        return Found(links, explained, picked, pushes if amounts else None, shown)

    def _walked(self, block: list[Column], links: Floats) -> Floats:
        """Fill ``links``; contributions, shape (features, outputs, rows)."""
        moved = np.zeros((len(block), *links.shape))
        for tree in self._trees:
            for parent, node, rows in self._steps(tree, block):
                value = np.asarray(node["value"], dtype=np.float64)[:, None]
                if parent is not None:
                    moved[parent["feature"]][:, rows] += value - np.asarray(parent["value"])[:, None]
                if node["kind"] == "leaf":
                    links[:, rows] += value
        links /= len(self._trees)
        moved /= len(self._trees)
        return moved

    def _steps(self, tree: list[dict[str, Any]], block: list[Column]) -> Iterator[tuple[Node | None, Node, Codes]]:
        """Every visited node with its parent and the rows that arrive; parents before their children."""
        waiting: list[tuple[Node | None, Node, Codes]] = [(None, tree[0], np.arange(len(block[0])))]
        while waiting:
            parent, node, rows = waiting.pop()
            yield parent, node, rows
            if node["kind"] != "leaf" and len(rows):
                place = node["feature"]
                left = _goes_left(node, self._plan.codings[place], block[place][rows])
                waiting.append((node, tree[node["right"]], rows[~left]))
                waiting.append((node, tree[node["left"]], rows[left]))

    def _grains(self, moved: Floats, best: Codes | None) -> Moved:
        plan = self._plan
        out: Moved = {}
        for place in plan.eligible:
            found = moved[place, 0] if best is None else moved[place, best, np.arange(moved.shape[2])]
            base = self._base[place, 0] if best is None else self._base[place, best]
            out[place] = np.rint((found - base) / plan.grain) - plan.shift[place]
        return out


def _goes_left(node: Node, coding: Coding, column: NDArray[Any]) -> NDArray[np.bool_]:
    missing = column == coding.missing if coding.nominal else np.isnan(column)
    side = node["missing"] == "left"
    if node["kind"] == "threshold":
        return np.asarray(np.where(missing, side, column <= node["threshold"]))
    if node["kind"] == "levels":
        lookup = np.zeros(coding.size, dtype=np.bool_)
        lookup[node["levels"]] = True
        lookup[coding.missing] = side
        return np.asarray(lookup[column])
    return np.asarray(missing)

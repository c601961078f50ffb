"""The nodes of a tree as frozen data."""

from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from glassledger.records.record import Record

Side = Literal["left", "right"]


class Leaf(Record):
    """An end of a tree. ``share`` is the share of training rows that arrive, None where it is not released."""

    model_config = ConfigDict(allow_inf_nan=False)

    kind: Literal["leaf"] = "leaf"
    value: tuple[float, ...]
    share: float | None = Field(None, ge=0, le=1)


class ThresholdSplit(Record):
    """A question to a continuous feature: values up to and including ``threshold`` go left."""

    model_config = ConfigDict(allow_inf_nan=False)

    kind: Literal["threshold"] = "threshold"
    feature: str
    threshold: float
    missing: Side
    left: int
    right: int
    value: tuple[float, ...]
    share: float | None = Field(None, ge=0, le=1)


class LevelSplit(Record):
    """A question to a nominal feature: the listed levels go left, other and undeclared ones right."""

    model_config = ConfigDict(allow_inf_nan=False)

    kind: Literal["levels"] = "levels"
    feature: str
    levels: tuple[str, ...] = Field(min_length=1)
    missing: Side
    left: int
    right: int
    value: tuple[float, ...]
    share: float | None = Field(None, ge=0, le=1)


class MissingSplit(Record):
    """A question whether a feature of any kind is missing: missing goes left, every value right."""

    model_config = ConfigDict(allow_inf_nan=False)

    kind: Literal["missing"] = "missing"
    feature: str
    left: int
    right: int
    value: tuple[float, ...]
    share: float | None = Field(None, ge=0, le=1)


Split = ThresholdSplit | LevelSplit | MissingSplit
Node = Annotated[Leaf | Split, Field(discriminator="kind")]


class Tree(Record):
    """Nodes of one tree, the root first; a child always stands after its parent, so a walk always ends."""

    nodes: tuple[Node, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _is_a_tree(self) -> Self:
        children: list[int] = []
        for index, node in enumerate(self.nodes):
            if isinstance(node, Leaf):
                continue
            if not index < node.left < len(self.nodes) or not index < node.right < len(self.nodes):
                raise ValueError("a child must stand after its parent")
            children += (node.left, node.right)
        if sorted(children) != list(range(1, len(self.nodes))):
            raise ValueError("every node but the root must be the child of exactly one node")
        return self

"""The small pieces of a scoring query: names, literals, one SELECT after the other."""

from dataclasses import dataclass

from glassledger.errors import UsageError
from glassledger.scoring.card import Card

_WHOLE = "2251799813685248e0"  # 2⁵¹: beyond it a double has no fraction worth rounding
_MAGIC = "6755399441055744e0"  # 1.5 · 2⁵²: adding it leaves no room for a fraction


@dataclass(frozen=True)
class Select:
    """One step of a query: what it selects, under a label, from an earlier step."""

    label: str
    columns: list[str]
    source: str

    def selected(self) -> str:
        """``SELECT … FROM …``, one column a line."""
        return "SELECT\n  " + ",\n  ".join(self.columns) + f"\nFROM {self.source}"

    def defined(self, *, fenced: bool = False) -> str:
        """``label AS (SELECT …)``; ``fenced`` keeps a planner from copying the step into the next one."""
        return (
            f"{self.label} AS {'MATERIALIZED ' if fenced else ''}(\n"
            + "\n".join("  " + line for line in self.selected().splitlines())
            + "\n)"
        )


def name(word: str) -> str:
    """A quoted identifier."""
    return '"' + word.replace('"', '""') + '"'


def column(*words: str) -> str:
    """A quoted identifier of several parts."""
    return ".".join(map(name, words))


def text(value: str) -> str:
    """A string literal."""
    return "'" + value.replace("'", "''") + "'"


def number(value: float) -> str:
    """A literal that is a double (not a decimal) and reads back as the same one."""
    written = repr(float(value))
    return written if "e" in written else written + "e0"


def cases(subject: str, values: list[float]) -> str:
    """``values[subject]`` as a double."""
    if len(set(values)) == 1:
        return f"CAST({number(values[0])} AS DOUBLE)"
    branches = " ".join(f"WHEN {place} THEN {number(value)}" for place, value in enumerate(values))
    return f"CAST(CASE {subject} {branches} END AS DOUBLE)"


def nearest(value: str) -> str:
    """The nearest whole number, halves to the even one. ``value`` is a column."""
    return f"CASE WHEN ABS({value}) < {_WHOLE} THEN ({value} + {_MAGIC}) - {_MAGIC} ELSE {value} END"


def of_best(by_output: list[str]) -> str:
    """The expression of the explained output."""
    if len(by_output) == 1:
        return by_output[0]
    return "CASE gl_best " + " ".join(f"WHEN {i} THEN {one}" for i, one in enumerate(by_output)) + " END"


def typed(card: Card, keep: tuple[str, ...]) -> list[str]:
    """Kept columns, and every feature as ``gl_x…``: doubles with NULL for NaN, or text."""
    found = [name(word) for word in keep]
    for index, feature in enumerate(card["features"]):
        value = name(feature["name"])
        if feature["kind"] == "nominal":
            found.append(f"CAST({value} AS VARCHAR) AS gl_x{index}")
            continue
        value = f"CAST({value} AS DOUBLE)"
        # NaN is above infinity in some engines and equal to nothing in others; neither is at or below it
        found.append(f"CASE WHEN {value} <= CAST('inf' AS DOUBLE) THEN {value} END AS gl_x{index}")
    return found


def level_codes(card: Card, index: int, codes: list[int]) -> str:
    """A code for a nominal feature: ``codes`` holds one a level, then the undeclared one, then the missing one."""
    feature = card["features"][index]
    *levels, undeclared, missing = codes
    if feature["other"] is not None:
        undeclared = levels[feature["levels"].index(feature["other"])]
    named = zip(feature["levels"], levels, strict=True)
    branches = " ".join(f"WHEN gl_x{index} = {text(level)} THEN {code}" for level, code in named)
    return f"CASE WHEN gl_x{index} IS NULL THEN {missing} {branches} ELSE {undeclared} END"


def keep_clear(keep: tuple[str, ...], card: Card) -> None:
    """Refuse kept columns whose names the query needs itself.

    Raises
    ------
    UsageError
    """
    ranks = range(1, card["reasons"]["count"] + 1)
    taken = {"score", "decision", *(f"{word}_{rank}" for word in ("reason", "reason_code") for rank in ranks)}
    clash = [word for word in keep if word.lower() in taken or word.lower().startswith("gl_")]
    if clash or len({word.lower() for word in keep}) < len(keep):
        raise UsageError(
            "A kept column has the name of a result, or is named twice.",
            code="column-name-taken",
            hint="Rename it in the table; names that begin with gl_ are the query's own.",
            facts={"columns": clash},
        )

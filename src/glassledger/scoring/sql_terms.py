"""The additive form in SQL: bins, tables and polynomials, summed in term order."""

from typing import Any

from glassledger.scoring.card import Card
from glassledger.scoring.sql_parts import Select, cases, level_codes, nearest, number, of_best


def additive_selects(card: Card) -> list[Select]:
    """From typed features to link values ``gl_link…``."""
    outputs = range(len(card["intercept"]))
    bins = [f"{_bin(card, axis)} AS gl_b{place}" for place, axis in enumerate(card["axes"])]
    centred = [
        f"{_centred(term)} AS gl_c{place}" for place, term in enumerate(card["terms"]) if term["kind"] == "polynomial"
    ]
    values = [
        f"{_value(card, place, output)} AS gl_v{place}_{output}"
        for place in range(len(card["terms"]))
        for output in outputs
    ]
    gaps = [
        f"({_gap(card, place, output)}) / {number(card['reasons']['grain'])} AS gl_q{place}_{output}"
        for place, term in enumerate(card["terms"])
        if term["kind"] == "polynomial"
        for output in outputs
    ]
    sums = [
        " + ".join(
            [number(card["intercept"][output]), *(f"gl_v{place}_{output}" for place in range(len(card["terms"])))]
        )
        + f" AS gl_link{output}"
        for output in outputs
    ]
    return [
        Select("binned", ["*", *bins, *centred], "typed"),
        Select("looked_up", ["*", *values], "binned"),
        Select("linked", ["*", *gaps, *sums], "looked_up"),
    ]


def grain_sums(card: Card) -> list[str]:
    """Deviation of every feature in grains, as an expression."""
    parts: list[list[str]] = [["0e0"] for _ in card["features"]]
    outputs = len(card["intercept"])
    for place, term in enumerate(card["terms"]):
        if term["kind"] == "polynomial":
            rounded = [nearest(f"gl_q{place}_{output}") for output in range(outputs)]
            parts[term["feature"]].append(of_best(rounded))
            continue
        for part in term["deviations"]:
            tables = [part["grains"][output::outputs] for output in range(outputs)]
            parts[part["feature"]].append(of_best([cases(_cell(card, term), table) for table in tables]))
    return ["(" + " + ".join(part) + ")" for part in parts]


def _bin(card: Card, axis: dict[str, Any]) -> str:
    feature = axis["feature"]
    if "bins" in axis:
        return level_codes(card, feature, [*axis["bins"], axis["size"] - 1, 0])
    value = f"gl_x{feature}"
    branches = " ".join(f"WHEN {value} < {number(cut)} THEN {place + 1}" for place, cut in enumerate(axis["cuts"]))
    return f"CASE WHEN {value} IS NULL THEN 0 {branches} ELSE {len(axis['cuts']) + 1} END"


def _centred(term: dict[str, Any]) -> str:
    value = f"gl_x{term['feature']}"
    if term["lower"] is not None:  # GREATEST would make a bound of a missing value
        low, high = number(term["lower"]), number(term["upper"])
        value = f"CASE WHEN {value} < {low} THEN {low} WHEN {value} > {high} THEN {high} ELSE {value} END"
    return f"CAST({value} AS DOUBLE) - {number(term['center'])}".replace("- -", "+ ")


def _value(card: Card, place: int, output: int) -> str:
    term, outputs = card["terms"][place], len(card["intercept"])
    if term["kind"] == "table":
        return cases(_cell(card, term), term["values"][output::outputs])
    centred = f"gl_c{place}"
    total = f"{centred} * {number(term['coefficients'][output])}"
    if term["degree"] == 2:
        total += f" + {centred} * {centred} * {number(term['coefficients'][outputs + output])}"
    return f"CASE WHEN {centred} IS NULL THEN {number(term['missing'][output])} ELSE {total} END"


def _gap(card: Card, place: int, output: int) -> str:
    """What a polynomial's value is above its baseline; softmax scores mean something only against each other."""
    gap = f"gl_v{place}_{output}"
    if card["link"] == "softmax":
        outputs = len(card["intercept"])
        gap += " - (" + " + ".join(f"gl_v{place}_{one}" for one in range(outputs)) + f") / {number(outputs)}"
    return f"{gap} - ({number(card['terms'][place]['base'][output])})"


def _cell(card: Card, term: dict[str, Any]) -> str:
    axes = term["axes"]
    if len(axes) == 1:
        return f"gl_b{axes[0]}"
    return f"gl_b{axes[0]} * {card['axes'][axes[1]]['size']} + gl_b{axes[1]}"

"""A scoring card as one SQL query: scores, decisions and reasons wherever the rows already are.

Written once, in expressions that five engines read alike: NULL is missing (NaN becomes NULL first), bins and cells are
CASE expressions, deviations are whole numbers in doubles and add exactly, and halves are rounded to the even one by
adding and taking off 1.5 · 2⁵². DuckDB runs the text as it is; sqlglot spells it for the other dialects.
"""

from collections.abc import Iterable
from typing import Literal

from glassledger.errors import MissingExtraError, UsageError
from glassledger.scoring.card import Card, notice
from glassledger.scoring.sql_parts import Select, column, keep_clear, name, number, text, typed
from glassledger.scoring.sql_terms import additive_selects, grain_sums
from glassledger.scoring.sql_trees import tree_grains, tree_selects

Dialect = Literal["duckdb", "postgres", "spark", "bigquery", "snowflake"]


def scoring_query(
    card: Card, *, table: str, keep: tuple[str, ...] = (), language: str | None = None, dialect: Dialect = "duckdb"
) -> str:
    """One query that scores every row of a table with the model's features as they are after redaction.

    Parameters
    ----------
    table : str
        Name of the table; quoted, dots separate schema and table.
    keep : tuple of str
        Columns to pass along, such as a key; a query's rows have no order.
    language : str, optional
        Language of the reason texts; the policy's own by default.

    Returns
    -------
    str
        Its columns: those kept, ``score``, ``decision`` (by rule or predicted class), ``reason_1`` … and
        ``reason_code_1`` …, NULL where fewer features pushed the row to the adverse side.

    Raises
    ------
    UsageError
        When a kept column has the name of a result, or there are no texts in ``language``.
    MissingExtraError
        When another dialect than DuckDB's is asked for and sqlglot is not installed.
    """
    keep_clear(keep, card)
    rules = card["reasons"]
    if (language or rules["language"]) not in rules["texts"]:
        raise UsageError(
            "The card has no texts in that language.",
            code="language-unknown",
            hint=f"It has: {', '.join(rules['texts'])}.",
        )
    steps = [Select("typed", typed(card, keep), column(*table.split(".")))]
    steps += tree_selects(card) if "trees" in card else additive_selects(card)
    steps += _linked(card)
    if rules["count"]:
        steps += _ranked(card)
    final = Select("", [*map(name, keep), *_results(card, language or rules["language"])], steps[-1].label)
    # PostgreSQL would write every step out into the next one, which doubles the expression at each rank
    return _head(card) + spelled(_with(steps, final, fenced=dialect == "postgres"), dialect)


def contract_query(card: Card, *, table: str, dialect: Dialect = "duckdb") -> str:
    """A query that counts the rows that break the model's declared domains, by ``feature`` and ``rule``.

    No row in the answer means that the table keeps the contract; run it before :func:`scoring_query`.
    """
    steps = [Select("typed", typed(card, ()), column(*table.split(".")))]
    faults = []
    for index, feature in enumerate(card["features"]):
        cases = " ".join(f"WHEN {test} THEN {text(rule)}" for test, rule in _rules(index, feature))
        if cases:
            told = [f"{text(feature['name'])} AS feature", f"CASE {cases} END AS rule"]
            faults.append(Select("", told, "typed").selected())
    if not faults:
        faults = ["SELECT '' AS feature, CASE WHEN TRUE THEN NULL ELSE '' END AS rule FROM typed"]
    with_ = f"WITH {steps[0].defined()},\nfaults AS (\n  " + "\n  UNION ALL ".join(faults) + "\n)\n"
    counted = "SELECT feature, rule, COUNT(*) AS faults FROM faults WHERE NOT rule IS NULL GROUP BY feature, rule"
    return _head(card) + spelled(with_ + counted + " ORDER BY feature, rule", dialect)


def spelled(query: str, dialect: Dialect) -> str:
    """The query in a dialect; DuckDB's own is what it was written in."""
    if dialect == "duckdb":
        return query + "\n"
    try:
        import sqlglot
    except ImportError:
        raise MissingExtraError(
            "SQL for other engines than DuckDB needs sqlglot.",
            code="extra-missing",
            hint='pip install "glassledger[sql]"',
        ) from None
    written: list[str] = sqlglot.transpile(query, read="duckdb", write=dialect, pretty=True, identify=True)
    return written[0] + "\n"


def _head(card: Card) -> str:
    return f"-- glassledger · model {card['model']} · policy {card['policy']} · {notice(card)}\n"


def _rules(index: int, feature: Card) -> Iterable[tuple[str, str]]:
    """Tests in the order in which a single row is refused."""
    value = f"gl_x{index}"
    if not feature["missing"]:
        yield f"{value} IS NULL", "missing"
    if feature["kind"] == "nominal":
        if feature["other"] is None:
            yield f"NOT {value} IN ({', '.join(map(text, feature['levels']))})", "not declared"
        return
    if feature["lower"] is not None:
        yield f"{value} < {number(feature['lower'])}", "below the minimum"
        yield f"{value} > {number(feature['upper'])}", "above the maximum"
    yield f"ABS({value}) = CAST('inf' AS DOUBLE)", "not finite"
    if feature["integer"]:
        yield f"{value} <> FLOOR({value})", "not a whole number"


def _linked(card: Card) -> list[Select]:
    """For several classes, the highest one: the explained output."""
    outputs = len(card["intercept"])
    if outputs == 1:
        return []
    links = [f"gl_link{output}" for output in range(outputs)]
    top = Select("topped", ["*", f"GREATEST({', '.join(links)}) AS gl_top"], "linked")
    cases = " ".join(f"WHEN {link} = gl_top THEN {output}" for output, link in enumerate(links))
    return [top, Select("chosen", ["*", f"CASE {cases} END AS gl_best"], "topped")]


def _ranked(card: Card) -> list[Select]:
    """Deviations, pushes to the adverse side, and the strongest of them one after the other."""
    rules = card["reasons"]
    eligible = [index for index, good in enumerate(rules["eligible"]) if good]
    sums = (tree_grains if "trees" in card else grain_sums)(card)
    source = "chosen" if len(card["intercept"]) > 1 else "linked"
    moved = [f"{sums[index]} - {number(rules['shift'][index])} AS gl_d{index}" for index in eligible]
    sign = {"lowers": "-gl_d{0}", "raises": "gl_d{0}", None: "ABS(gl_d{0})"}[rules["direction"]]
    steps = [Select("moved", ["*", *moved], source)]
    steps += [Select("pushed", ["*", *(f"{sign.format(i)} AS gl_p{i}" for i in eligible)], "moved")]
    for rank in range(1, min(rules["count"], len(eligible)) + 1):
        taken = ", ".join(f"gl_r{earlier}" for earlier in range(1, rank))
        left = [f"CASE WHEN {i} IN ({taken}) THEN 0e0 ELSE gl_p{i} END" if taken else f"gl_p{i}" for i in eligible]
        most = f"GREATEST({', '.join(['0e0', *left])}) AS gl_m{rank}"
        free = [f"NOT {i} IN ({taken}) AND " if taken else "" for i in eligible]
        cases = " ".join(f"WHEN {test}gl_p{i} = gl_m{rank} THEN {i}" for i, test in zip(eligible, free, strict=True))
        chosen = f"CASE WHEN gl_m{rank} = 0e0 THEN NULL {cases} END AS gl_r{rank}"
        steps += [Select(f"strongest_{rank}", ["*", most], steps[-1].label)]
        steps += [Select(f"reasoned_{rank}", ["*", chosen], steps[-1].label)]
    return steps


def _results(card: Card, language: str) -> list[str]:
    return [*_score(card), *_texts(card, language)]


def _score(card: Card) -> list[str]:
    outputs = len(card["intercept"])
    if outputs > 1:
        classes = " ".join(f"WHEN {output} THEN {text(label)}" for output, label in enumerate(card["classes"]))
        powers = " + ".join(_exp(f"gl_link{output} - gl_top") for output in range(outputs))
        score = f"1e0 / ({powers})" if card["link"] == "softmax" else "gl_top"
        return [f"{score} AS score", f"CASE gl_best {classes} END AS decision"]
    small = _exp("-ABS(gl_link0)")  # never overflows
    score = {
        "logit": f"CASE WHEN gl_link0 < 0e0 THEN {small} / (1e0 + {small}) ELSE 1e0 / (1e0 + {small}) END",
        "log": _exp("gl_link0"),
        "identity": "gl_link0",
    }[card["link"]]
    rule = card["decision"]
    if rule is None:
        return [f"{score} AS score"]
    sides = f"THEN {text(rule['at_or_above'])} ELSE {text(rule['below'])} END AS decision"
    return [f"{score} AS score", f"CASE WHEN gl_link0 >= {number(rule['cut'])} {sides}"]


def _exp(power: str) -> str:
    """``EXP`` where PostgreSQL's would stop at a result below the smallest double; e⁻⁷⁰⁰ stands for all of those."""
    return f"EXP(GREATEST({power}, -700e0))"


def _texts(card: Card, language: str) -> list[str]:
    rules = card["reasons"]
    eligible = [index for index, good in enumerate(rules["eligible"]) if good]
    told, codes = [], []
    for rank in range(1, rules["count"] + 1):
        if rank > len(eligible):
            told.append(f"CAST(NULL AS VARCHAR) AS reason_{rank}")
            codes.append(f"CAST(NULL AS VARCHAR) AS reason_code_{rank}")
            continue
        cases = " ".join(f"WHEN {i} THEN {_text_of(i, rules, language)}" for i in eligible)
        told.append(f"CASE gl_r{rank} {cases} END AS reason_{rank}")
        cases = " ".join(f"WHEN {i} THEN {text(rules['codes'][i])}" for i in eligible)
        codes.append(f"CASE gl_r{rank} {cases} END AS reason_code_{rank}")
    return [*told, *codes]


def _text_of(index: int, rules: Card, language: str) -> str:
    lowers, raises = (text(one) for one in rules["texts"][language][index])
    if rules["direction"] is not None:
        return raises if rules["direction"] == "raises" else lowers
    return f"CASE WHEN gl_d{index} > 0e0 THEN {raises} ELSE {lowers} END"


def _with(steps: list[Select], final: Select, *, fenced: bool) -> str:
    return "WITH " + ",\n".join(step.defined(fenced=fenced) for step in steps) + "\n" + final.selected()

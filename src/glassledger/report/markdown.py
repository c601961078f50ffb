"""The page as a Markdown model card with the metadata block that model hubs read."""

import re
from collections.abc import Callable, Iterable
from typing import Any

import yaml

from glassledger.report.evidence import Evidence
from glassledger.report.language import Language
from glassledger.report.tree import Node, parse

_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+\-!|~>$=]|(?<=www)\.|:(?=//)|@)")
_SIZES = {"h1": "#", "h2": "##", "h3": "###", "h4": "####"}
_INLINE = frozenset(("a", "b", "br", "code", "em", "span", "strong"))
_SKIPPED = frozenset(("nav", "summary", "style", "head", "footer", "svg", "i", "h1"))
_TASKS = {
    "binary": "tabular-classification",
    "multiclass": "tabular-classification",
    "regression": "tabular-regression",
}
#: Our figures under the names that hubs know.
_METRICS = {
    "accuracy": "accuracy",
    "auroc": "roc_auc",
    "brier": "brier_score",
    "f1": "f1",
    "mae": "mae",
    "macro_auroc": "roc_auc",
    "precision": "precision",
    "r2": "r_squared",
    "recall": "recall",
    "rmse": "rmse",
}


def render_card(html: str, evidence: Evidence, words: Language) -> str:
    """A model card: front matter, then everything that the page says in words and tables.

    Parameters
    ----------
    html : str
        As :func:`glassledger.report.html.render` made it.
    evidence : Evidence
    words : Language

    Returns
    -------
    str
        Markdown (GitHub's dialect). Names and texts of the policy are escaped: none can become a link or markup.
    """
    main = next(parse(html).find("main"))
    title = f"# {escaped(evidence.policy.name)} {escaped(evidence.policy.version)}"
    head = yaml.safe_dump(_metadata(evidence, words), allow_unicode=True, sort_keys=False)
    return f"---\n{head}---\n\n{title}\n\n" + "\n\n".join(_blocks(main)) + "\n"


def _metadata(evidence: Evidence, words: Language) -> dict[str, Any]:
    facts, policy = evidence.facts, evidence.policy
    measured = evidence.evaluation.figures if evidence.evaluation else ()
    task = _TASKS[facts.task]
    results = [
        {
            "type": _METRICS[figure.name],
            "value": figure.value,
            "name": words.known(f"figure.{figure.name}", figure.name),
        }
        for figure in measured
        if figure.value is not None and figure.name in _METRICS
    ]
    dataset = {"type": "private", "name": policy.data.dataset, "split": "holdout"}
    return {
        "language": words.code.partition("-")[0],
        "library_name": "glassledger",
        "pipeline_tag": task,
        "tags": ["glassledger", facts.family, "differentially-private" if facts.private else "not-private"],
        "model-index": [
            {
                "name": f"{policy.name} {facts.model_digest.removeprefix('sha256:')[:12]}",
                "results": [{"task": {"type": task}, "dataset": dataset, "metrics": results}] if results else [],
            }
        ],
        "evidence": evidence.digest,
    }


def escaped(text: str) -> str:
    """Plain text in which nothing is markup, HTML or a link."""
    folded = re.sub(r"\s+", " ", text).replace("&", "&amp;").replace("<", "&lt;")
    return re.sub(r"^(\s*\d+)\.", r"\1\\.", _SPECIAL.sub(r"\\\1", folded))


def _blocks(node: Node) -> list[str]:
    out: list[str] = []
    run: list[Node | str] = []
    for child in node.children:
        if isinstance(child, str) or child.tag in _INLINE:
            run.append(child)
            continue
        out += _paragraph(run)
        run = []
        out += _block(child)
    return out + _paragraph(run)


def _block(node: Node) -> list[str]:
    if node.tag in _SKIPPED or node.classes & {"unseen", "legend"}:
        return []
    handler = _HANDLERS.get(node.tag)
    return _blocks(node) if handler is None else handler(node)


def _paragraph(run: Iterable[Node | str]) -> list[str]:
    text = _inline(run).strip()
    return [text] if text else []


def _heading(node: Node) -> list[str]:
    kept = [child for child in node.children if isinstance(child, str) or "number" not in child.classes]
    return [f"{_SIZES[node.tag]} {_inline(kept).strip()}"]


def _items(node: Node) -> list[str]:
    marks = (f"{place}." if node.tag == "ol" else "-" for place, _ in enumerate(node.elements, 1))
    lines = [f"{mark} {' '.join(_blocks(item))}" for mark, item in zip(marks, node.elements, strict=True)]
    return ["\n".join(lines)] if lines else []


def _facts(node: Node) -> list[str]:
    lines = []
    for pair in node.elements:
        name, value = (_inline(next(pair.find(tag)).children).strip() for tag in ("dt", "dd"))
        lines.append(f"- **{name}**: {value}")
    return ["\n".join(lines)] if lines else []


def _table(node: Node) -> list[str]:
    rows = list(node.find("tr"))
    wide = max(len(row.elements) for row in rows)
    lines = [_row(row, wide) for row in rows]
    return ["\n".join([lines[0], f"|{'---|' * wide}", *lines[1:]])]


def _row(row: Node, wide: int) -> str:
    cells = [" ".join(_blocks(cell)).replace("\n", " ") for cell in row.elements]
    return f"| {' | '.join([*cells, *[''] * (wide - len(cells))])} |"


def _code(node: Node) -> list[str]:
    text = "".join(_raw(node)).strip("\n")
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", text)), default=0))
    return [f"{fence}\n{text}\n{fence}"]


def _quote(node: Node) -> list[str]:
    return [f"> {_inline(node.children).strip()}"]


_HANDLERS: dict[str, Callable[[Node], list[str]]] = {
    "h2": _heading,
    "h3": _heading,
    "h4": _heading,
    "ul": _items,
    "ol": _items,
    "dl": _facts,
    "table": _table,
    "pre": _code,
    "blockquote": _quote,
}


def _inline(children: Iterable[Node | str]) -> str:
    out = []
    for child in children:
        if isinstance(child, str):
            out.append(escaped(child))
        elif child.tag == "br":
            out.append("<br>")
        elif "unseen" not in child.classes and child.tag not in _SKIPPED:
            out.append(_run(child))
    return "".join(out)


def _run(node: Node) -> str:
    if node.tag == "code":
        text = "".join(_raw(node)).strip()
        ticks = "`" * (1 + max((len(run) for run in re.findall(r"`+", text)), default=0))
        pad = " " if "`" in text else ""
        return f"{ticks}{pad}{text}{pad}{ticks}".replace("|", "\\|")
    body = _inline(node.children)
    if (node.tag == "strong" or "status" in node.classes or "title" in node.classes) and body.strip():
        return f"**{body.strip()}**"
    return f" {body}" if node.classes & {"interval", "small", "note"} else body


def _raw(node: Node) -> Iterable[str]:
    for child in node.children:
        if isinstance(child, str):
            yield child
        else:
            yield from _raw(child)

"""The page as Typst markup. Every text is a string literal, so no name, level or note can become markup."""

import json
import re
from collections.abc import Callable, Iterable

from glassledger.report.charts.standalone import standalone
from glassledger.report.tree import Node

_SKIPPED = frozenset(("nav", "summary", "style", "head", "footer", "i"))
_INLINE = frozenset(("a", "b", "br", "code", "em", "span", "strong"))
_SIZES = {"h1": 1, "h2": 2, "h3": 3, "h4": 4}
_LONGEST, _SHORTEST = 60, 7


def markup(page: Node, *, font: str) -> str:
    """Typst markup of the page's body.

    Parameters
    ----------
    page : Node
        As :func:`glassledger.report.tree.parse` gives it.
    font : str
        Family for the texts in charts.
    """
    main = next(page.find("main"))
    return "\n".join(_Writer(main, font).blocks(main))


def literal(text: str) -> str:
    """A Typst string literal: JSON's, but for its spelling of code points."""
    escaped = json.dumps(text, ensure_ascii=False)
    return re.sub(
        r"\\u([0-9a-f]{4})", lambda match: f"\\u{{{match[1]}}}", escaped.replace("\\b", "").replace("\\f", "")
    )


class _Writer:
    """Blocks and runs of one page; links go to sections that are on it."""

    def __init__(self, main: Node, font: str) -> None:
        self._font = font
        self._anchors = {
            node.attributes["id"] for node in _all(main) if node.tag in ("section", "h3") and "id" in node.attributes
        }

    def blocks(self, node: Node) -> list[str]:
        """The children of a block element, runs of text gathered into paragraphs."""
        out: list[str] = []
        run: list[Node | str] = []
        for child in node.children:
            if isinstance(child, str) or child.tag in _INLINE:
                run.append(child)
                continue
            out += self._paragraph(run)
            run = []
            out += self._block(child)
        return out + self._paragraph(run)

    def _paragraph(self, run: Iterable[Node | str]) -> list[str]:
        body = self._inline(run)
        return [f"#par[{body}]"] if body.strip() else []

    def _block(self, node: Node) -> list[str]:
        if node.tag in _SKIPPED or "twin" in node.classes or "legend" in node.classes or "unseen" in node.classes:
            return []
        handler = _BLOCKS.get(node.tag)
        if handler is not None:
            return handler(self, node)
        if node.classes & {"verdict", "notice", "privacy-card"}:
            kind = next((item.partition("-")[2] for item in sorted(node.classes) if item.startswith("verdict-")), "")
            return [f"#panel({literal(kind)})[{self._join(self.blocks(node))}]"]
        if node.classes & {"pair", "cards", "points", "scope"}:
            return self._columns(node)
        return self.blocks(node)

    def _heading(self, node: Node) -> list[str]:
        body = self._inline(child for child in node.children if isinstance(child, str) or "number" not in child.classes)
        anchor = node.value("id").removesuffix("-title")
        label = f" <{anchor}>" if anchor in self._anchors else ""
        return [f"#heading(level: {_SIZES[node.tag]})[{body}]{label}"]

    def _text(self, node: Node) -> list[str]:
        body = self._inline(node.children)
        if not body.strip():
            return []
        if "lead" in node.classes:
            body = f"#lead[{body}];"
        elif "small" in node.classes or "tags" in node.classes:
            body = f"#small[{body}];"
        return [f"#par[{body}]"]

    def _items(self, node: Node) -> list[str]:
        if "tiles" in node.classes:
            return self._tiles(node)
        if "outcomes" in node.classes:
            return [f"#par[{'#h(1.2em);'.join(self._inline(item.children) for item in node.elements)}]"]
        items = [f"[{self._join(self.blocks(item))}]" for item in node.elements]
        if not items:
            return []
        return [f"#{'enum' if node.tag == 'ol' and 'reasons' not in node.classes else 'list'}({', '.join(items)})"]

    def _tiles(self, node: Node) -> list[str]:
        """Figures side by side: each item's runs below one another."""
        tiles = (", ".join(f"[{self._inline([run])}]" for run in tile.elements) for tile in node.elements)
        return [f"#tiles({', '.join(f'({tile},)' for tile in tiles)},)"]

    def _facts(self, node: Node) -> list[str]:
        rows = []
        for pair in node.elements:
            name, value = (next(pair.find(tag)) for tag in ("dt", "dd"))
            rows.append(f"([{self._inline(name.children)}], [{self._join(self.blocks(value))}])")
        return [f"#facts({', '.join(rows)},)"] if rows else []

    def _table(self, node: Node) -> list[str]:
        rows = [row for row in node.find("tr")]
        heads = [row for part in node.elements if part.tag == "thead" for row in part.elements]
        cells = [self._cells(row) for row in rows if row not in heads]
        wide = max(len(row.elements) for row in rows)
        widths = ", ".join(f"{width}fr" for width in _widths([row for row in rows], wide))
        aligns = ", ".join(_align(node, heads[0] if heads else rows[-1], column) for column in range(wide))
        head = ", ".join(self._cells(heads[0])) if heads else ""
        body = "".join(f"\n  {', '.join(row)}," for row in cells)
        return [f"#sheet(({widths},), ({aligns},), ({head},),{body}\n)"]

    def _cells(self, row: Node) -> list[str]:
        return [self._cell(cell) for cell in row.elements]

    def _cell(self, cell: Node) -> str:
        body = self._join(self.blocks(cell))
        if cell.tag == "th" and not any("asks" in node.classes for node in _all(cell)):
            body = f"#strong[{body}]"
        span = cell.value("colspan")
        return f"table.cell(colspan: {int(span)})[{body}]" if span else f"[{body}]"

    def _figure(self, node: Node) -> list[str]:
        return [f"#block(breakable: false)[{self._join(self.blocks(node))}]"]

    def _chart(self, node: Node) -> list[str]:
        title, told = (next(node.find(tag)).text() for tag in ("title", "desc"))
        width = min(float(node.attributes["viewbox"].split()[2]) / 440, 1.0)
        svg = standalone(node, font=self._font)
        return [f"#chart({literal(svg)}, {literal(f'{title}. {told}')}, {width * 100:.1f}%)"]

    def _code(self, node: Node) -> list[str]:
        return [f"#block(fill: wash, inset: 6pt, radius: 2pt, width: 100%)[#raw({literal(_whole(node))}, block: true)]"]

    def _quote(self, node: Node) -> list[str]:
        return [f"#quote(block: true)[{self._inline(node.children)}]"]

    def _columns(self, node: Node) -> list[str]:
        parts = [self._block(child) for child in node.elements]
        cells = ", ".join(f"[{self._join(part)}]" for part in parts if part)
        return [f"#grid(columns: (1fr, 1fr), column-gutter: 14pt, row-gutter: 14pt, {cells})"]

    def _inline(self, children: Iterable[Node | str]) -> str:
        out = []
        for child in children:
            if isinstance(child, str):
                folded = re.sub(r"\s+", " ", child)
                out.append(f"#{literal(folded)};" if folded.strip() else (" " if folded else ""))
            elif child.tag == "br":
                out.append("#linebreak();")
            elif "unseen" not in child.classes and child.tag not in _SKIPPED:
                out.append(self._run(child))
        return "".join(out)

    def _run(self, node: Node) -> str:
        body = self._inline(node.children)
        classes = node.classes
        if "status" in classes:
            kind = next(item.partition("-")[2] for item in sorted(classes) if item.startswith("status-"))
            return f"#status({literal(kind)})[{body}];"
        if node.tag == "a" and node.value("href").removeprefix("#") in self._anchors:
            return f"#link(<{node.attributes['href'][1:]}>)[{body}];"
        if node.tag == "strong" or "strong" in classes:
            return f"#strong[{body}];"
        if node.tag == "code":
            return f"#code[{body}];"
        if classes & {"tag", "decision"}:
            return f"#chip[{body}];"
        if "title" in classes:
            return f"#strong[{body}];"
        if classes & {"interval", "citation", "small", "note"}:
            return f"{'#linebreak();' if 'note' in classes else ' '}#small[{body}];"
        return body

    def _join(self, blocks: list[str]) -> str:
        """Blocks as content; one paragraph alone needs no paragraph of its own."""
        if len(blocks) == 1 and blocks[0].startswith("#par["):
            return blocks[0][5:-1]
        return "\n".join(blocks)


_BLOCKS: dict[str, Callable[[_Writer, Node], list[str]]] = {
    "h1": _Writer._heading,
    "h2": _Writer._heading,
    "h3": _Writer._heading,
    "h4": _Writer._heading,
    "p": _Writer._text,
    "ul": _Writer._items,
    "ol": _Writer._items,
    "dl": _Writer._facts,
    "table": _Writer._table,
    "figure": _Writer._figure,
    "svg": _Writer._chart,
    "pre": _Writer._code,
    "blockquote": _Writer._quote,
}


def _all(node: Node) -> Iterable[Node]:
    for child in node.elements:
        yield child
        yield from _all(child)


def _whole(node: Node) -> str:
    """Text of a preformatted block, white space kept."""
    return "".join(child if isinstance(child, str) else _whole(child) for child in node.children)


def _widths(rows: list[Node], wide: int) -> list[int]:
    """Shares of the line: a column's longest word must fit, its longest text counts up to a line."""
    longest = [_SHORTEST] * wide
    for row in rows:
        if len(row.elements) < wide:
            continue
        for column, cell in enumerate(row.elements):
            text = cell.text()
            words = max((len(word) for word in text.split()), default=0)
            longest[column] = max(longest[column], min(len(text), _LONGEST) // 2, words)
    return longest


def _align(table: Node, head: Node, column: int) -> str:
    cell = head.elements[column] if column < len(head.elements) else head.elements[-1]
    numeric = "numeric" in table.classes and column > 0
    return "right + top" if numeric or "right" in cell.classes else "left + top"

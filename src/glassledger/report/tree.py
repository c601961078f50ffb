"""The page as a tree, for renderings other than HTML. What a section says is written once, in its template."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = frozenset(("br", "meta", "link", "hr", "img"))


@dataclass
class Node:
    """An element of the page with its children in order; a text is a plain string."""

    tag: str
    attributes: dict[str, str]
    children: "list[Node | str]" = field(default_factory=list)

    @property
    def classes(self) -> frozenset[str]:
        """Its CSS classes."""
        return frozenset(self.value("class").split())

    def value(self, name: str) -> str:
        """An attribute; empty when it has none."""
        return self.attributes.get(name) or ""

    def text(self) -> str:
        """All text below it, white space folded."""
        return " ".join("".join(self._texts()).split())

    def find(self, tag: str) -> "Iterator[Node]":
        """Every element below it with this tag, in document order."""
        for child in self.elements:
            if child.tag == tag:
                yield child
            yield from child.find(tag)

    @property
    def elements(self) -> "list[Node]":
        """Children that are elements."""
        return [child for child in self.children if isinstance(child, Node)]

    def _texts(self) -> Iterator[str]:
        for child in self.children:
            if isinstance(child, str):
                yield child
            else:
                yield from child._texts()


def parse(html: str) -> Node:
    """The tree of a page that our own templates rendered: every element in it is closed."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert len(reader.open) == 1, "a template leaves an element open"
    return reader.open[0]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open = [Node("page", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(node)
        if tag not in _VOID:
            self.open.append(node)

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].tag == tag, "a template closes another element than it opened"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)

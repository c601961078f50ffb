"""What each key of the policy format means: the docstring below its field.

The docstrings are read from the source of the modules that declare the format, and only when a schema or the reference
is asked for, so that loading a policy does not pay for them.
"""

import ast
import inspect
from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType, ModuleType

from glassledger.policy import document, families, operators, redaction_document

_MODULES = (document, operators, families, redaction_document)


@cache
def meanings() -> Mapping[str, str]:
    """``Class.key`` → what the key means, for every record of the policy format."""
    return MappingProxyType(dict(pair for module in _MODULES for pair in _field_docstrings(module)))


def _field_docstrings(module: ModuleType) -> Iterator[tuple[str, str]]:
    for node in ast.parse(inspect.getsource(module)).body:
        if not isinstance(node, ast.ClassDef):
            continue
        for field, text in zip(node.body, node.body[1:], strict=False):
            match field, text:
                case ast.AnnAssign(target=ast.Name(id=key)), ast.Expr(value=ast.Constant(value=str(words))):
                    yield f"{node.name}.{key}", " ".join(words.split())

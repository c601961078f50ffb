"""A checked redaction policy: strict loading with line numbers, the shipped ones by name."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from os import PathLike, fspath
from pathlib import Path as FilePath
from typing import Self

from glassledger import canonical
from glassledger.policy.faults import Fault, choices
from glassledger.policy.operators import Keep, RedactSpans
from glassledger.policy.personal_kinds import DIRECT_KINDS, KINDS
from glassledger.policy.redaction_document import RedactionDocument
from glassledger.policy.shipped import redaction_names, shipped_redaction
from glassledger.policy.strict import beyond, decoded, located, malformed, mended, read_policy
from glassledger.policy.yaml_tree import read_tree

_NO_POLICY = Fault((), "this is not a redaction policy; its first key is `glassledger_redaction: 1`")


@dataclass(frozen=True, repr=False, kw_only=True)
class RedactionPolicy:
    """A redaction policy that has passed every check.

    Attributes
    ----------
    source : bytes
        The exact bytes of the file; their digest names the policy in every receipt.
    document : RedactionDocument
    """

    source: bytes
    document: RedactionDocument = field(compare=False)

    @classmethod
    def load(cls, name: str | PathLike[str], *, folder: FilePath | None = None) -> Self:
        """A shipped redaction policy by name, or one from a file.

        Parameters
        ----------
        name : str or path
            ``"eu_gdpr"``, or a path (relative to ``folder`` when one is given).
        folder : Path, optional

        Raises
        ------
        PolicyError
            With every fault of the file: line, path, what is wrong, the nearest valid name.
        """
        if fspath(name) in redaction_names():
            return cls.parse(shipped_redaction(fspath(name)), name=f"redaction/{fspath(name)}.yaml")
        return cls.parse(read_policy((folder or FilePath()) / name), name=fspath(name))

    @classmethod
    def parse(cls, data: bytes, *, name: str = "redaction policy") -> Self:
        """Check a redaction policy given as bytes; ``name`` stands for the file in messages."""
        return cls(source=data, document=_parse(data, name))

    def __repr__(self) -> str:
        return f"<RedactionPolicy {self.document.name} {self.document.version}, {self.digest[:19]}>"

    @cached_property
    def digest(self) -> str:
        """``sha256:…`` over the file's bytes."""
        return canonical.digest(self.source)


def _parse(data: bytes, name: str) -> RedactionDocument:
    tree = read_tree(decoded(data, name))
    if not isinstance(tree.value, dict) or "glassledger_redaction" not in tree.value:
        raise located(name, tree, tree.faults or [_NO_POLICY])
    found = list(tree.faults)
    found += beyond(found, malformed(tree, RedactionDocument))
    document = mended(tree, RedactionDocument, found)
    if document is not None:
        found += beyond(found, _contradictions(document))
    if found or document is None:
        raise located(name, tree, found)
    return document


def _contradictions(document: RedactionDocument) -> Iterator[Fault]:
    for kind, rule in document.kinds.items():
        if kind not in KINDS:
            yield Fault(("kinds", kind), "unknown kind" + choices(kind, KINDS))
        elif kind in DIRECT_KINDS and isinstance(rule, Keep):
            yield Fault(("kinds", kind), "a direct identifier never stays as it is")
        if isinstance(rule, RedactSpans):
            yield Fault(("kinds", kind), "redact_spans is for free texts; a column of one kind is masked or dropped")
    if isinstance(document.roles.identifier, Keep) or isinstance(document.roles.free_text, Keep):
        yield Fault(("roles",), "identifiers and free texts never stay as they are")

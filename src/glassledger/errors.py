"""One tree of errors, split by who must act.

::

    Error                      .code (stable slug) · .hint (what to do) · .facts (names and counts)
    ├─ PolicyError             the policy's author
    ├─ InputError              the owner of the data
    ├─ PrivacyError            the owner of the privacy budget
    ├─ ModelError              the model's developer
    ├─ ReviewError             the reviewer
    ├─ AuditError              the auditor: stop and look
    ├─ StorageError            the operator: disk, permissions, locks
    └─ MissingExtraError       the installer (also an ImportError)

No error ever carries a cell value. Vendors' errors are translated at their door and re-raised
``from None``, because their chain may hold rows.
"""

from collections.abc import Mapping
from typing import Any


class Error(Exception):
    """Root of every error that glassledger raises on purpose.

    Parameters
    ----------
    message : str
        What is wrong, in one sentence, without any cell value.
    code : str
        Stable slug, such as ``"column-missing"``; documented in ``docs/reference/errors.md``.
    hint : str, optional
        What the reader should do next.
    facts : mapping, optional
        Names and counts that a program may want; never cell values.
    """

    exit_code = 1

    def __init__(self, message: str, *, code: str, hint: str = "", facts: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.hint = hint
        self.facts = dict(facts or {})

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.message, self.code, self.hint, self.facts)

    def as_dict(self) -> dict[str, Any]:
        """The error as a JSON-able mapping, used by ``--json``."""
        return {
            "error": type(self).__name__,
            "code": self.code,
            "message": self.message,
            "hint": self.hint,
            "facts": self.facts,
        }


def _rebuild(kind: type[Error], message: str, code: str, hint: str, facts: dict[str, Any]) -> Error:
    return kind(message, code=code, hint=hint, facts=facts)


class PolicyError(Error):
    """The policy document is malformed or contradicts itself."""

    exit_code = 2


class InputError(Error):
    """A table does not keep the policy's contract, or cannot be read."""


class UsageError(Error):
    """A command or function was asked for something that does not exist."""

    exit_code = 2


class PrivacyError(Error):
    """A private act was refused: no budget, no bounds, or an unaccounted mechanism."""

    exit_code = 3


class ModelError(Error):
    """A model cannot be fitted, compiled, loaded or applied."""


class ReviewError(Error):
    """A review step is not allowed, or a model is used without the approval it needs."""

    exit_code = 3


class AuditError(Error):
    """The log, a checkpoint, a signature or an artefact does not verify."""

    exit_code = 4


class StorageError(Error):
    """Something could not be written, read or locked; nothing was half done."""


class MissingExtraError(Error, ImportError):
    """An optional dependency is needed; the message is the pip line."""

    exit_code = 2

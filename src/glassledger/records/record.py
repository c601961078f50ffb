"""The base of every record: frozen, strict, canonical bytes, a digest."""

from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from glassledger import canonical
from glassledger.errors import AuditError


class Record(BaseModel):
    """A frozen fact.

    Unknown keys are refused, so a record written by a newer version is never half understood. Meaning never
    changes under a format name: a changed meaning gets a new ``format``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, ser_json_inf_nan="constants")

    def to_dict(self) -> dict[str, Any]:
        """JSON-able mapping; keys that hold their default are kept, so that two writers agree."""
        return self.model_dump(mode="json")

    def to_json(self) -> bytes:
        """RFC 8785 canonical bytes."""
        return canonical.dumps(self.to_dict())

    @property
    def digest(self) -> str:
        """SHA-256 over the canonical bytes, as ``sha256:<hex>``."""
        return canonical.digest(self.to_json())

    @classmethod
    def from_json(cls, data: bytes) -> Self:
        """Parse and validate; runs no code that the bytes could choose.

        Raises
        ------
        AuditError
            When the bytes are not JSON or not this record.
        """
        return cls.from_dict(canonical.loads(data))

    @classmethod
    def from_dict(cls, value: Any) -> Self:
        """Validate a parsed JSON value."""
        try:
            return cls.model_validate_json(canonical.dumps(value))
        except (ValidationError, ValueError) as error:
            count = error.error_count() if isinstance(error, ValidationError) else 1
            raise AuditError(
                f"This is not a valid {cls.__name__} record ({count} faults).",
                code="record-malformed",
                hint="It was changed after it was written, or a newer glassledger wrote it.",
                facts={"record": cls.__name__, "faults": count},
            ) from None

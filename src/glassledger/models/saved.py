"""The saved forms of models: which there are, how one is read back, and their JSON Schema.

A saved model is RFC 8785 JSON with a ``format``. Reading one validates data against a fixed set of types; nothing in
the bytes can choose code to run.
"""

from types import MappingProxyType
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError

from glassledger import canonical
from glassledger.errors import AuditError, ModelError
from glassledger.models.additive import AdditiveModel
from glassledger.models.opaque import OpaqueModel
from glassledger.models.rules import RuleModel

Model = AdditiveModel | RuleModel | OpaqueModel

#: More than any model that a person could still read; refused before parsing.
MAX_BYTES = 256 * 2**20

_FORMS: MappingProxyType[str, type[AdditiveModel] | type[RuleModel] | type[OpaqueModel]] = MappingProxyType(
    {
        "glassledger/additive-model/v1": AdditiveModel,
        "glassledger/rule-model/v1": RuleModel,
        "glassledger/opaque-model/v1": OpaqueModel,
    }
)


def load_model(data: bytes) -> Model:
    """Read a saved model back.

    Parameters
    ----------
    data : bytes
        What ``model.to_json()`` gave.

    Raises
    ------
    AuditError
        When the bytes are not JSON, or not what their format promises: they were changed after they were written.
    ModelError
        When the format is not one of a model, or the file is larger than any model can be.
    """
    if len(data) > MAX_BYTES:
        raise ModelError(
            f"This file is larger than {MAX_BYTES // 2**20} MiB, so it is not one of our models.",
            code="model-too-large",
            hint="Check that you chose the right file.",
            facts={"bytes": len(data)},
        )
    value = canonical.loads(data)
    name = value.get("format") if isinstance(value, dict) else None
    form = _FORMS.get(name) if isinstance(name, str) else None
    if form is None:
        raise ModelError(
            "This file is not a model that this version can read.",
            code="model-format-unknown",
            hint=f"Known formats: {', '.join(_FORMS)}.",
        )
    try:
        return form.model_validate_json(canonical.dumps(value), strict=True)
    except (ValidationError, ValueError) as error:
        faults = error.error_count() if isinstance(error, ValidationError) else 1
        raise AuditError(
            f"This is not a valid {form.__name__} ({faults} faults).",
            code="model-malformed",
            hint="It was changed after it was written; restore the approved file.",
            facts={"form": form.__name__, "faults": faults},
        ) from None


def schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of every saved form; published as ``docs/formats/model.schema.json``."""
    forms: TypeAdapter[Model] = TypeAdapter(Annotated[Model, Field(discriminator="format")])
    body = forms.json_schema(mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Saved models of glassledger", **body}

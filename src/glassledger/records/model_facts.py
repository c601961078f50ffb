"""What is worth knowing about a fitted model without opening it."""

from typing import Literal

from glassledger.records.budget import PrivacyFacts
from glassledger.records.features import FeatureSpec, Task
from glassledger.records.record import Record


class ModelFacts(Record):
    """The facts that reports, reviews and the log quote.

    ``rows_trained`` is ``None`` for private families: the exact count is not released.
    """

    format: Literal["glassledger/model-facts/v1"] = "glassledger/model-facts/v1"
    model_digest: str
    policy_digest: str
    policy_name: str
    policy_version: str
    family: str
    form: Literal["additive", "rules", "opaque"]
    private: bool
    task: Task
    classes: tuple[str, ...] = ()
    positive: str | None = None
    features: tuple[FeatureSpec, ...]
    settings: dict[str, str] = {}
    rows_trained: int | None = None
    privacy: PrivacyFacts | None = None
    library: str = ""
    developer: str = ""
    fitted_at: str = ""
    notes: tuple[str, ...] = ()

"""A column of several kinds, such as ``contact`` with addresses and numbers, of which none is the rule by itself."""

from collections import Counter
from collections.abc import Sequence

from glassledger.redaction.cases import FEW, Case
from glassledger.redaction.headers import names
from glassledger.redaction.spans import find_spans
from glassledger.redaction.vocabulary import PHRASES

#: Kinds that name one person and that chance hardly ever writes: a check place, or a shape of their own.
CERTAIN = frozenset((
    "email", "url_token", "iban", "payment_card", "cn_id", "fr_nir", "it_codice_fiscale", "es_dni", "us_ssn", "us_itin",
    "uk_nino", "uk_nhs", "pl_pesel", "de_tax_id", "nl_bsn", "cn_mobile", "mac", "crypto_address",
))  # fmt: skip

_MOST_OF = 0.8


def mixed_case(texts: Sequence[str], name: str) -> Case | None:
    """The case for the commonest certain kind, where nearly every value holds one."""
    if len(texts) < FEW:
        return None
    named = names(name, (*PHRASES["phone"], *PHRASES["email"], *PHRASES["payment_card"])) != "none"
    held = [
        next((span.kind for span in spans if span.kind in CERTAIN or (named and span.kind == "phone")), None)
        for spans in find_spans(texts)
    ]
    counts = Counter(kind for kind in held if kind is not None)
    holding = counts.total()
    if holding < _MOST_OF * len(texts):
        return None
    kind = counts.most_common(1)[0][0]
    return Case(kind, "direct", 1.0, holding, holding, ("found within values",))

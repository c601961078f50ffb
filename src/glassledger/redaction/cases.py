"""What speaks for one kind in one column: the shape, the check against chance, and the column's name."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from glassledger.redaction.headers import Word, names
from glassledger.redaction.kinds import Kind, Sensitivity
from glassledger.redaction.shapes import birth_shape
from glassledger.redaction.spans import compact
from glassledger.redaction.vocabulary import PHRASES, WHOLE_ONLY

ENOUGH, ENOUGH_NAMED = 4.0, 1.5
SHAPED, SHAPED_NAMED = 0.9, 0.6
FEW = 5  # with fewer distinct values, only a name and a shape together speak

_TRUE_RATE = 0.98
_DETECTED_ALONE = frozenset(("email", "url_token", "mac", "iban", "cn_id"))
_WITHOUT_NAME = frozenset(("us_ssn", "birth_date", "coordinates"))  # a clear form speaks for these by itself
_NUMBERS_OF_STATE = (
    "us_ssn", "iban", "fr_nir", "it_codice_fiscale", "es_dni", "us_itin", "uk_nino", "pl_pesel", "uk_nhs", "nl_bsn",
    "cn_id", "vat_id", "de_tax_id", "passport", "imei", "licence_plate",
)  # fmt: skip
_CODE = r"^[A-Za-z0-9](?:[ .\-/]?[A-Za-z0-9]){4,33}$"
_LEAST_NAME = 3
_PRIVATE_NETWORK = re.compile(r"192\.168\.|10\.|172\.(?:1[6-9]|2\d|3[01])\.")  # RFC 1918


@dataclass(frozen=True)
class Case:
    """What speaks for one kind; ``weight`` orders the cases that hold."""

    kind: str
    sensitivity: Sensitivity
    weight: float
    shaped: int
    valid: int
    evidence: tuple[str, ...]


def pattern_case(kind: Kind, array: pa.Array, name: str) -> Case | None:
    """The case for a kind that has a pattern; None when too little speaks for it."""
    named = names(name, kind.headers)
    if named == "part" and kind.name in WHOLE_ONLY:
        named = "none"
    if named == "none" and kind.needs_header and kind.name not in _WITHOUT_NAME:
        return None
    shaped = _shaped(kind, array, named)
    if len(shaped) < (SHAPED if named == "none" else SHAPED_NAMED) * len(array) or not shaped:
        return None
    valid = int(kind.check([compact(text, kind) for text in shaped]).sum()) if kind.check is not None else len(shaped)
    ratio = _ratio(kind, len(shaped), valid)
    if named == "none":
        weight = _unnamed_weight(kind, shaped, valid, ratio)
    else:
        weight = _named_weight(kind, shaped, valid, ratio, named)
    if weight is None:
        return None
    said = () if named == "none" else ("column name",)
    checked = ("shape", "check beyond chance") if ratio >= ENOUGH_NAMED and kind.check else ("shape",)
    return Case(kind.name, kind.sensitivity, weight, len(shaped), valid, (*said, *checked))


def code_case(texts: Sequence[str], name: str) -> Case | None:
    """A column that is called by a number of state and holds codes of some other form than that number's usual one."""
    kind = next((kind for kind in _NUMBERS_OF_STATE if names(name, PHRASES[kind]) == "whole"), None)
    if kind is None or len(name) < _LEAST_NAME:
        return None
    shaped = pc.sum(pc.match_substring_regex(pa.array(texts, type=pa.string()), _CODE)).as_py()
    digits = sum(sum(map(str.isdigit, text)) >= 5 for text in texts)
    if min(shaped, digits) < SHAPED * len(texts):
        return None
    return Case(kind, "direct", 2.1, int(shaped), 0, ("column name", "shape of a code"))


def _shaped(kind: Kind, array: pa.Array, named: Word) -> list[str]:
    """The values of the kind's shape; under its name also numbers that lost their leading zeros."""
    pattern = rf"^(?:{kind.pattern})$"
    if named != "none" and kind.width:
        array = pa.array(
            [
                text.zfill(kind.width) if text.isdigit() and kind.width - 2 <= len(text) else text
                for text in array.to_pylist()
            ],
            type=pa.string(),
        )
    texts: list[str] = array.filter(pc.match_substring_regex(array, pattern)).to_pylist()
    return texts


def _ratio(kind: Kind, shaped: int, valid: int) -> float:
    """log10 likelihood ratio of the pass rate against chance."""
    if kind.chance >= 1:
        return 0.0
    if kind.check is None:
        return -valid * math.log10(kind.chance)
    return valid * math.log10(_TRUE_RATE / kind.chance) + (shaped - valid) * math.log10(
        (1 - _TRUE_RATE) / (1 - kind.chance)
    )


def _named_weight(kind: Kind, shaped: list[str], valid: int, ratio: float, named: Word) -> float | None:
    """Name and shape together; a check that fails takes weight from a clear name and speaks against a vague one."""
    bonus = 3.4 if named == "whole" else 2.5
    if kind.needs_header and kind.name not in _WITHOUT_NAME:
        bonus -= 0.4  # a kind with a check beyond chance goes before one that any code fits
        return bonus if valid >= 0.8 * len(shaped) else None
    if ratio >= ENOUGH_NAMED and kind.name not in _WITHOUT_NAME:
        return bonus + min(ratio, 40.0) / 10
    if valid >= 0.8 * len(shaped):
        return bonus
    if named == "whole":
        return bonus - 0.4
    return bonus if valid >= 0.6 * len(shaped) or kind.name == "payment_card" else None


def _unnamed_weight(kind: Kind, shaped: list[str], valid: int, ratio: float) -> float | None:
    """Values alone; None when they do not suffice."""
    if kind.name == "birth_date":
        return 1.2 if birth_shape(shaped) and valid == len(shaped) else None
    if kind.name == "coordinates":
        pairs = sum(text.count(".") + text.count("°") >= 2 and not text.replace(".", "").isdigit() for text in shaped)
        return 1.2 if len(shaped) >= FEW and pairs >= SHAPED * len(shaped) and valid == len(shaped) else None
    if kind.name == "us_ssn":
        dashed = sum(text.count("-") == 2 or text.count(" ") == 2 for text in shaped) >= 0.95 * len(shaped)
        return 2.0 if dashed and valid >= 0.95 * len(shaped) and len(shaped) >= FEW else None
    if ratio < ENOUGH or (len(shaped) < FEW and kind.name not in _DETECTED_ALONE):
        return None
    return None if _counted_up(kind, shaped) else 1.0 + min(ratio, 40.0) / 40


def _counted_up(kind: Kind, shaped: list[str]) -> bool:
    """Telephone numbers and addresses spread over prefixes; ids and versions share theirs."""
    if kind.name in ("phone", "cn_mobile"):
        starts = {"".join(letter for letter in text if letter.isdigit())[:4] for text in shaped}
        return not all(text.startswith("+") for text in shaped) and len(starts) < min(6, len(shaped) / 2)
    if kind.name == "ipv4":
        private = all(_PRIVATE_NETWORK.match(text) for text in shaped)
        return not private and len({text.split(".")[0] for text in shaped}) < min(4, len(shaped) / 2)
    return False

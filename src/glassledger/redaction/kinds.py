"""The kinds of personal data that are looked for: shape, check, and the chance that a look-alike passes it.

Patterns are RE2 (run by Arrow), so matching is linear in the text: no pattern can be made to run away. ``\\b`` is ASCII
in RE2, which is wanted: in ``手机13812345678`` the number starts at a word boundary. The words that speak for a kind
in a column's name are in :mod:`glassledger.redaction.vocabulary`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from glassledger.redaction import checksums, national_ids
from glassledger.redaction.checksums import Truths
from glassledger.redaction.shapes import (
    age,
    bitcoin,
    capital_code,
    card,
    cn_mobile,
    ipv4,
    ipv6,
    latitude_longitude,
    phone_shape,
    real_date,
    some_digits,
)
from glassledger.redaction.vocabulary import PHRASES

Check = Callable[[Sequence[str]], Truths]
Sensitivity = Literal["direct", "quasi"]


@dataclass(frozen=True)
class Kind:
    """One kind of personal data.

    Attributes
    ----------
    name : str
        Stable slug, as in verdicts.
    sensitivity : {"direct", "quasi"}
        A direct identifier names one person; a quasi-identifier does so together with others.
    pattern : str
        RE2 pattern of a whole value (separators as written).
    check : callable, optional
        Validity of compact values.
    chance : float
        Share of look-alike values (those of the pattern) that pass the check by chance; 1 without a check.
    in_text : {"always", "near word", "never"}
        Whether it is looked for in free text: by itself, only beside one of its words, or not at all.
    needs_header : bool
        True when values alone cannot decide.
    raw : bool
        True when the check wants the value as written, not compact.
    gate : str
        RE2 pattern that every text holding the kind matches; cheaper than the pattern.
    width : int
        Digits of a value that is a number and may have lost leading zeros; 0 when it is none.
    """

    name: str
    sensitivity: Sensitivity
    pattern: str
    check: Check | None = None
    chance: float = 1.0
    in_text: Literal["always", "near word", "never"] = "never"
    needs_header: bool = False
    raw: bool = False
    gate: str = "[0-9]"
    width: int = 0

    @property
    def headers(self) -> tuple[str, ...]:
        """Phrases in a column's name that speak for the kind, lower case, words parted by one blank."""
        return PHRASES[self.name]


_SEP = r"[ .\-]?"
_LATIN = r"A-Za-z\x{C0}-\x{24F}"
_EMAIL = rf"[{_LATIN}0-9_][{_LATIN}0-9._%+'\-]*@[{_LATIN}0-9\-]+(?:\.[{_LATIN}0-9\-]+)*\.[{_LATIN}][{_LATIN}]+"
_HEX4 = "[0-9A-Fa-f]{1,4}"
_MONTH = r"[A-Za-z\x{C0}-\x{24F}]{3,10}\.?"
_LONG_NUMBER = r"[0-9](?:[ ()./\-]{0,3}[0-9]){5}"
_DEGREES = r"-?[0-9]{1,3}[.,][0-9]{2,}°?"
_DMS = r"[0-9]{1,3}° ?[0-9]{1,2}['′] ?(?:[0-9.]+[\"″] ?)?[NSEWO]"

KINDS: tuple[Kind, ...] = (
    Kind("email", "direct", _EMAIL, chance=1e-4, in_text="always", gate="@"),
    Kind(
        "url_token", "direct",
        r"https?://[^\s\"'<>]*[?&#;/](?:[A-Za-z_]*token|sig|signature|session|sessionid|session_id|jsessionid|phpsessid"
        r"|sid|auth|key|apikey|api_key|access_key|code|secret|password|pwd|jwt|uid|user|userid|user_id|email|otp|ticket|nonce)"
        r"=[^\s&\"'<>]+[^\s\"'<>]*",
        chance=1e-4, in_text="always", gate="://",
    ),
    Kind("ipv4", "direct", r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}", ipv4, 0.1, in_text="always", raw=True,
         gate=r"[0-9]\.[0-9]+\.[0-9]"),
    Kind(
        "ipv6", "direct", rf"(?:(?:{_HEX4}:){{2,7}}{_HEX4}|(?:{_HEX4}:){{1,7}}:(?:{_HEX4}(?::{_HEX4})*)?"
        rf"|::{_HEX4}(?::{_HEX4})*)", ipv6, 0.01, in_text="always", raw=True, gate=":[0-9A-Fa-f]*:",
    ),
    Kind(
        "mac", "direct",
        r"[0-9A-Fa-f]{2}(?:(?::[0-9A-Fa-f]{2}){5}|(?:-[0-9A-Fa-f]{2}){5})|(?:[0-9A-Fa-f]{4}\.){2}[0-9A-Fa-f]{4}",
        chance=1e-3, in_text="always", gate="[0-9A-Fa-f]{2}[:-][0-9A-Fa-f]{2}[:-]|[0-9A-Fa-f]{4}[.][0-9A-Fa-f]{4}[.]",
    ),
    Kind(
        "iban", "direct", rf"[A-Za-z]{{2}}[0-9]{{2}}(?:{_SEP}[A-Za-z0-9]{{4}}){{2,7}}(?:{_SEP}[A-Za-z0-9]{{1,3}})?",
        checksums.iban, 1e-3, in_text="always", gate="[A-Za-z]{2}[0-9]{2}[ .-]?[A-Za-z0-9]{4}",
    ),
    Kind("cn_id", "direct", r"[1-9][0-9]{16}[0-9Xx]", national_ids.cn_resident_id, 1e-3, in_text="always",
         gate="[0-9]{17}"),
    Kind(
        "payment_card", "direct",
        r"[0-9]{12,19}|[0-9]{4}(?:[ \-][0-9]{4}){2}[ \-][0-9]{1,7}(?:[ \-][0-9]{1,3})?"
        r"|[0-9]{4}[ \-][0-9]{6}[ \-][0-9]{4,5}",
        card, 0.07, in_text="always", gate="[0-9]{12}|[0-9]{4}[ -][0-9]{4}",
    ),
    Kind(
        "fr_nir", "direct",
        rf"[1-478]{_SEP}[0-9]{{2}}{_SEP}[0-9]{{2}}{_SEP}(?:[0-9]{{2}}|2[ABab])"
        rf"{_SEP}[0-9]{{3}}{_SEP}[0-9]{{3}}{_SEP}[0-9]{{2}}",
        national_ids.fr_nir, 0.009, in_text="always",
        gate=rf"[0-9]{_SEP}[0-9]{{2}}{_SEP}[0-9]{{2}}{_SEP}[0-9][0-9ABab]",
    ),
    Kind("it_codice_fiscale", "direct", r"[A-Za-z]{6}[0-9]{2}[A-Za-z][0-9]{2}[A-Za-z][0-9]{3}[A-Za-z]",
         national_ids.it_codice_fiscale, 0.02, in_text="always", gate="[A-Za-z]{6}[0-9]{2}[A-Za-z]"),
    Kind("es_dni", "direct", r"(?:[0-9]{8}|[0-9]{2}\.[0-9]{3}\.[0-9]{3}|[XYZxyz]-?[0-9]{7})[ \-]?[A-Za-z]",
         national_ids.es_dni, 0.045, in_text="always", gate="[0-9]{7}[ -]?[A-Za-z]|[0-9]{3}[.][0-9]{3}[ -]?[A-Za-z]"),
    Kind(
        "vat_id", "direct",
        r"(?:ATU ?[0-9]{8}|BE ?[01][0-9.]{9,11}|DE ?[0-9]{9}|FR ?[0-9A-Z]{2} ?[0-9]{3} ?[0-9]{3} ?[0-9]{3}"
        r"|GB ?[0-9]{3} ?[0-9]{4} ?[0-9]{2}|IT ?[0-9]{11}|NL ?[0-9]{9}B[0-9]{2}|PL ?[0-9]{10}"
        r"|ES ?[0-9A-Z][0-9]{7}[0-9A-Z])",
        national_ids.vat_id, 0.09, in_text="always", gate="(?:ATU|BE|DE|FR|GB|IT|NL|PL|ES) ?[0-9A-Z]{2}",
    ),
    Kind("us_ssn", "direct", r"[0-9]{3}[ \-]?[0-9]{2}[ \-]?[0-9]{4}", national_ids.us_ssn, 0.88, in_text="near word",
         needs_header=True, gate="[0-9]{3}[ -]?[0-9]{2}[ -]?[0-9]{4}", width=9),
    Kind("us_itin", "direct", r"9[0-9]{2}[ \-]?[0-9]{2}[ \-]?[0-9]{4}", national_ids.us_itin, 0.05,
         in_text="near word", gate="9[0-9]{2}[ -]?[0-9]{2}[ -]?[0-9]{4}"),
    Kind("uk_nino", "direct", r"[A-Za-z]{2}[ \-]?[0-9]{2}[ \-]?[0-9]{2}[ \-]?[0-9]{2}[ \-]?[A-Za-z]",
         national_ids.uk_nino, 0.06, in_text="always", gate="[A-Za-z]{2}[ -]?[0-9]{2}[ -]?[0-9]{2}"),
    Kind("pl_pesel", "direct", r"[0-9]{11}", national_ids.pl_pesel, 0.02, in_text="near word", gate="[0-9]{11}",
         width=11),
    Kind("de_tax_id", "direct", r"[1-9][0-9]{1,2} ?[0-9]{3} ?[0-9]{3} ?[0-9]{2,3}", national_ids.de_tax_id, 0.03,
         in_text="near word", gate="[0-9]{2} ?[0-9]{3} ?[0-9]{3} ?[0-9]{2}"),
    Kind("uk_nhs", "direct", r"[0-9]{3}[ \-]?[0-9]{3}[ \-]?[0-9]{4}", national_ids.uk_nhs, 0.091, in_text="near word",
         gate="[0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{4}"),
    Kind("nl_bsn", "direct", r"[0-9]{9}|[0-9]{4}[. ][0-9]{2}[. ][0-9]{3}|[0-9]{3}[. ][0-9]{3}[. ][0-9]{3}",
         national_ids.nl_bsn, 0.091, in_text="near word", gate="[0-9]{3}[. ]?[0-9]{2}", width=9),
    Kind("cn_mobile", "direct", r"(?:(?:\+|00)?86[ \-]?)?1[3-9][0-9][ \-]?[0-9]{4}[ \-]?[0-9]{4}", cn_mobile, 0.05,
         in_text="always", gate="1[3-9][0-9][ -]?[0-9]{4}[ -]?[0-9]{4}"),
    Kind(
        "phone", "direct",
        r"(?:\+[ (]{0,2}|\()?[0-9](?:[ ()./\-]{0,3}[0-9]){5,16}(?: ?(?:x|[Ee]xt\.?) ?[0-9]{1,5})?",
        phone_shape, 0.05, in_text="near word", raw=True, gate=_LONG_NUMBER,
    ),
    Kind(
        "crypto_address", "direct",
        r"(?:0x[0-9a-fA-F]{40}|(?:bc1|ltc1)[02-9ac-hj-np-z]{11,71}|[13LM][1-9A-HJ-NP-Za-km-z]{25,34})",
        bitcoin, 1e-3, in_text="always", raw=True, gate="[0-9A-Za-z]{14}",
    ),
    Kind("imei", "direct", r"[0-9]{2}[ \-]?[0-9]{6}[ \-]?[0-9]{6}[ \-]?[0-9]", checksums.luhn, 0.1,
         in_text="near word", gate="[0-9]{2}[ -]?[0-9]{6}[ -]?[0-9]{6}"),
    Kind("vin", "direct", r"[A-HJ-NPR-Za-hj-npr-z0-9]{17}", national_ids.vin, 0.09, gate="[0-9A-Za-z]{17}"),
    Kind(
        "device_id", "direct",
        r"\{?[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}\}?|[0-9A-Fa-f]{12,64}"
        r"|[A-Za-z0-9][A-Za-z0-9\-_:.]{7,63}",
        some_digits, needs_header=True, raw=True,
    ),
    Kind("coordinates", "quasi", rf"\(?(?:{_DEGREES}|{_DMS})(?:(?:[,;/] ?| ){_DEGREES}|,? ?{_DMS})?\)?"
         r"|POINT ?\(-?[0-9.]+ -?[0-9.]+\)", latitude_longitude, 0.3, needs_header=True, raw=True),
    Kind(
        "birth_date", "quasi",
        r"(?:[0-9]{4}[-/.年][0-9]{1,2}(?:[-/.月][0-9]{1,2}日?|月)?"
        r"|[0-9]{1,2}[-/. ]{1,2}[0-9]{1,2}[-/. ]{1,2}(?:[0-9]{4}|[0-9]{2})|[0-9]{8}"
        rf"|[0-9]{{1,2}}(?:st|nd|rd|th)?[-/. ]{{0,2}}(?:de )?{_MONTH}[-/., ]{{0,2}}(?:de )?(?:[0-9]{{4}}|[0-9]{{2}})"
        rf"|{_MONTH} [0-9]{{1,2}}(?:st|nd|rd|th)?,? ?[0-9]{{4}}|(?:18|19|20)[0-9]{{2}})"
        r"(?:[ T][0-9:.]+(?: ?[AaPp][Mm]|Z)?)?",
        real_date, 0.3, needs_header=True, raw=True,
    ),
    Kind("passport", "direct",
         r"[A-Za-z]{0,2}[ \-]?[0-9]{6,9}|[0-9]{2}[A-Za-z]{2}[0-9]{5}|[A-Za-z0-9]{8,10}",
         capital_code, needs_header=True),
    Kind("driving_licence", "direct", r"[A-Za-z0-9](?:[ \-*/]?[A-Za-z0-9]){4,24}", some_digits, needs_header=True),
    Kind(
        "licence_plate", "direct",
        r"[\x{4e00}-\x{9fff}][A-Z][ ·\-]?[A-Z0-9]{5,6}"
        r"|[A-ZÄÖÜa-z]{1,3}[- ]?[A-Za-z0-9]{1,4}[- ]?[A-Za-z0-9]{1,4}(?:[- ]?[A-Za-z]{1,3})?"
        r"|[0-9]{1,4}[- ]?[A-Za-z]{1,3}[- ]?[0-9]{0,4}(?:[- ]?[A-Za-z]{1,3})?",
        capital_code, needs_header=True,
    ),
    Kind("national_id", "direct", r"[A-Za-z0-9](?:[ .\-/]?[A-Za-z0-9]){5,22}", some_digits, needs_header=True),
    Kind(
        "account_id", "direct",
        r"[A-Za-z]{0,8}[-_ #/.]?[0-9][0-9\- ./]{3,26}[0-9A-Za-z]?|[A-Za-z0-9]{6,36}"
        r"|[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}|[A-Za-z0-9]{1,8}(?:[-_.][A-Za-z0-9]{2,12}){1,5}",
        some_digits, needs_header=True, raw=True,
    ),
    Kind("username", "direct", r"@?[A-Za-z0-9_][A-Za-z0-9_.\-]{2,39}", needs_header=True, gate="[A-Za-z0-9]"),
    Kind("credential", "direct", r"\S{3,256}", needs_header=True, gate=r"\S"),
    Kind(
        "postcode", "quasi",
        r"[0-9]{4,6}|[0-9]{5}-[0-9]{4}|[0-9]{3}[ \-][0-9]{2,4}|[0-9]{2}-[0-9]{3}|[0-9]{4} ?[A-Za-z]{2}"
        r"|[0-9]{5}-[0-9]{3}"
        r"|[A-Za-z]{1,2}[0-9][0-9A-Za-z]? ?[0-9][A-Za-z]{2}|[A-Za-z][0-9][A-Za-z][ \-]?[0-9][A-Za-z][0-9]"
        r"|[A-Za-z]{1,2}[0-9][0-9A-Za-z]?|(?:A|B|CH|D|F|L|NL|DK|SE|FI|LV|LT|PL)-[0-9]{4,5}|[0-9]{9}|[0-9]{3}",
        needs_header=True, width=5,
    ),
    Kind("age", "quasi", r"[0-9]{1,3}(?: ?(?:-|–|to|bis) ?[0-9]{1,3}|\+)?"
         r"(?: ?(?:years?|yrs?|yo|y|jahre?|ans|años|anni|岁)\.?)?",
         age, 0.3, needs_header=True, raw=True),
)  # fmt: skip

#: Kinds that words tell and no pattern does: kind -> sensitivity.
LEXICAL_KINDS: dict[str, Sensitivity] = {
    "person_name": "direct",
    "address": "direct",
    "gender": "quasi",
    "city": "quasi",
}

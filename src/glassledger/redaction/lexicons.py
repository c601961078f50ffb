"""How names, addresses, towns and sexes are written: enough to tell a column, too little to tell a person."""

import re
from collections.abc import Sequence

import numpy as np

from glassledger.redaction.checksums import Truths
from glassledger.redaction.name_lists import GIVEN_NAMES, SURNAMES, SURNAMES_CN

#: What a column of sexes holds: words that say so by themselves, and letters and codes that do under a name.
GENDER_WORDS = frozenset(
    """
male female man woman non-binary nonbinary männlich weiblich divers maennlich homme femme
masculin féminin feminin hombre mujer masculino femenino feminino maschio femmina maschile
femminile man vrouw mannelijk vrouwelijk mężczyzna kobieta herr frau monsieur madame 男 女 男性 女性
boy girl transgender
""".split()
)
GENDER_LETTERS = frozenset("""
m f w d x k h v u n o 0 1 2 9 mr mrs ms miss mx unknown other diverse none unspecified
undisclosed prefer sonstige unbekannt autre inconnu otro desconocido altro 未知 其他 mme mlle sr sra
m. mr. mrs. ms. n/a nb
""".split()) | {
    "prefer not to say", "not specified", "non binary", "gender fluid", "keine angabe"
}  # fmt: skip

_COMPANY = re.compile(
    r"\b(?:ltd|inc|llc|gmbh|ag|corp|co|plc|sa|sarl|sas|kg|bv|group|company|holding|services|solutions|partners|bank"
    r"|university|hotel|systems|und|and|et|sons)\b|公司|集团|&", re.ASCII | re.IGNORECASE
)  # fmt: skip
_NAME = re.compile(r"[^\W\d_][^\W\d_.'’-]*\.?(?:[ ,'’-]{1,2}[^\W\d_][^\W\d_.'’-]*\.?){0,4}")
_TITLE = re.compile(
    r"^(?:(?:univ|prof|dr|dipl|ing|mag|mr|mrs|ms|miss|mx|sir|lady|herr|frau|hr|fr|mme|mlle|monsieur|madame|sig|sigra|dott"
    r"|don|sr|sra|srta|dhr|mevr|pan|pani|h\.c|b\.?sc|m\.?sc)\b[. -]*)+"
    r"|,? (?:b\.?(?:sc|a|eng|ed)|m\.?(?:sc|a|eng|d|ba)|ph\.?d|dds"
    r"|dvm|esq|jr|sr|ii|iii|iv)\.?$",
    re.IGNORECASE,
)
_CN_NAME = re.compile(r"[\u4e00-\u9fff]{2,4}")
_STREET = re.compile(
    r"\b(?:street|st|avenue|ave|av|road|rd|lane|ln|drive|dr|boulevard|blvd|bd|court|ct|way|square|sq|terrace|close"
    r"|crescent|parkway|pkwy|highway|hwy|plaza|circle|cir|trail|loop|alley|row|mews|grove|gardens|rue|chemin|impasse|quai"
    r"|allée|allee|cours|passage|route|calle|avenida|avda|paseo|carretera|plaza|ronda|camino|pasaje|via|viale|piazza|corso"
    r"|largo|vicolo|contrada|borgo|strada|place|platz|weg|gasse|ring|damm|ufer|ul|ulica|al|aleja|aleje|os|osiedle|plac"
    r"|rua|travessa|po box|p\.o\. box|postfach|box|apt|suite|ste|unit|flat)\b"
    r"|[^\W\d_]{2}(?:straße|strasse|str\.|str|weg|platz|allee|gasse|damm|ring|ufer|steig|chaussee|markt|straat|laan|plein"
    r"|gracht|kade|singel|dreef|dijk|pad|hof|gasse|berg|graben|zeile) ?\d",
    re.IGNORECASE,
)
_STREET_NAME = re.compile(
    r"(?:straße|strasse|str\.|weg|platz|allee|gasse|damm|ring|straat|laan|plein|gracht|kade|singel|dreef|hof)$",
    re.IGNORECASE,
)
_PLACE = re.compile(r"[^\W\d_][^\d_@:;!?=<>{}\[\]]{0,58}")
_CN_STREET = re.compile(r"[省市区县镇乡].{0,12}[路街道巷村弄号]|[路街道巷弄].{0,3}\d+号")
_ACCENTS = str.maketrans("äöüéèêëàâçïîôûùñáíóúãõìòłńśźżćęąøåÄÖÜÉÁŁŚŻ", "aoueeeeaaciiouunaiouaoiolnszzceaoaAOUEALSZ")
_SMALL = frozenset("van von de der den del della di da dos la le el bin al ter ten zu".split())


def name_shaped(values: Sequence[str], *, strict: bool = True) -> Truths:
    """One to five words of letters, or two to four Chinese characters; no company.

    Where it is not ``strict``, a name may begin with a small letter or be initials with stops.
    """

    def right(value: str) -> bool:
        if _CN_NAME.fullmatch(value):
            return True
        value = _TITLE.sub("", value)
        capital = value[:1].isupper() or "," in value or not strict or value.split(" ", 1)[0].lower() in _SMALL
        return capital and _NAME.fullmatch(value) is not None and not _COMPANY.search(value)

    return np.asarray([right(value) for value in values], dtype=bool).reshape(len(values))


def name_known(values: Sequence[str]) -> Truths:
    """Shaped like a name and with a frequent given name or surname in it."""

    def known(value: str) -> bool:
        if _CN_NAME.fullmatch(value):
            return value[0] in SURNAMES_CN and len(value) <= 3
        words = re.split(r"[ ,.'’-]+", value.translate(_ACCENTS).lower())
        return any(word in GIVEN_NAMES or word in SURNAMES for word in words)

    return np.asarray(name_shaped(values, strict=False) & np.asarray([known(value) for value in values], dtype=bool))


def address_shaped(values: Sequence[str]) -> Truths:
    """A street word and a house number, in the manner of eight languages."""

    def right(value: str) -> bool:
        digit = any(letter.isdigit() for letter in value)
        return (
            digit and len(value) <= 160 and (_STREET.search(value) is not None or _CN_STREET.search(value) is not None)
        )

    return np.asarray([right(value) for value in values], dtype=bool).reshape(len(values))


def address_like(values: Sequence[str]) -> Truths:
    """Words and a number, or a street without its number; enough only under a name that says address."""

    def right(value: str) -> bool:
        words = sum(word[:1].isalpha() for word in value.split())
        digit = any(letter.isdigit() for letter in value)
        street = _STREET.search(value) is not None or _STREET_NAME.search(value) is not None
        chinese = bool(re.search(r"[\u4e00-\u9fff]{2}.*[省市区县镇乡路街道巷村弄号室]", value))
        return len(value) <= 200 and "@" not in value and ((digit and words >= 1 and " " in value) or street or chinese)

    return np.asarray([right(value) for value in values], dtype=bool).reshape(len(values))


def place_shaped(values: Sequence[str]) -> Truths:
    """Letters, blanks, hyphens and stops: how towns are written."""
    return np.asarray([_PLACE.fullmatch(value) is not None for value in values], dtype=bool).reshape(len(values))

"""One language of the report: texts by key, numbers and dates as its readers write them."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib.resources import files

from glassledger.errors import UsageError

MINUS = "−"


@dataclass(frozen=True)
class Language:
    """A catalogue of texts and the forms of numbers and dates.

    Attributes
    ----------
    code : str
        BCP 47 tag for the page's ``lang`` attribute.
    texts : mapping of key to text; ``{name}`` marks what is filled in.
    """

    code: str
    texts: Mapping[str, str]

    def __call__(self, key: str, /, **values: object) -> str:
        """The text under ``key`` with its blanks filled."""
        return self.texts[key].format(**values)

    def known(self, key: str, otherwise: str) -> str:
        """The text under ``key``, or the name itself when the catalogue has none: a newer record may name more."""
        return self.texts.get(key, otherwise)

    def has(self, key: str) -> bool:
        return key in self.texts

    def number(self, value: float, decimals: int) -> str:
        """Fixed decimals, grouped thousands, a true minus sign; never ``−0``."""
        text = f"{abs(value):,.{decimals}f}"
        negative = value < 0 and any(character in "123456789" for character in text)
        return (MINUS if negative else "") + self._separated(text)

    def signed(self, value: float, decimals: int) -> str:
        """Like :meth:`number`, with a plus sign when it is above zero."""
        text = self.number(value, decimals)
        rises = value > 0 and any(character in "123456789" for character in text)
        return "+" + text if rises else text

    def compact(self, value: float, digits: int = 3) -> str:
        """About ``digits`` significant digits, without an exponent where that stays short."""
        if value == 0 or not math.isfinite(value):
            return self.number(value, 0) if value == 0 else "∞"
        mantissa, _, power = f"{value:.{digits - 1}e}".partition("e")
        magnitude = int(power)
        if magnitude < -5 or magnitude > 12:
            return f"{self.exact(Decimal(mantissa))} × 10^{self.number(magnitude, 0)}"
        return self.number(value, max(0, digits - 1 - magnitude))

    def exact(self, value: Decimal) -> str:
        """A decimal number with all its digits and no trailing zeros."""
        text = f"{abs(value):,f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
        return (MINUS if value < 0 else "") + self._separated(text)

    def integer(self, value: int) -> str:
        """A whole number with grouped thousands."""
        return self.number(value, 0)

    def percent(self, share: float, decimals: int = 0) -> str:
        """A share as a percentage."""
        return self("format.percent", number=self.number(share * 100.0, decimals))

    def coarse_share(self, share: float) -> str:
        """A share in whole percent; less than that is only said to be small, so that nobody is counted."""
        if round(share * 100.0) < 1:
            return self("format.less_than", text=self.percent(0.01))
        return self.percent(share)

    def interval(self, lower: str, upper: str) -> str:
        """Two formatted bounds as a range."""
        return self("format.interval", lower=lower, upper=upper)

    def date(self, text: str) -> str:
        """An ISO date in words; the text itself when it is none."""
        try:
            day = date.fromisoformat(text[:10])
        except ValueError:
            return text
        month = self(f"month.{day.month}")
        return self("format.date", day=day.day, month=month, month_number=day.month, year=day.year)

    def time(self, text: str) -> str:
        """An RFC 3339 time as date and UTC clock; the text itself when it is none."""
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return text
        if moment.tzinfo is None:
            return text
        moment = moment.astimezone(UTC)
        return self("format.time", date=self.date(moment.date().isoformat()), clock=f"{moment:%H:%M}")

    def _separated(self, text: str) -> str:
        """Swap Python's separators for the language's."""
        marks = {",": self("format.group"), ".": self("format.decimal")}
        return "".join(marks.get(character, character) for character in text)


def languages() -> tuple[str, ...]:
    """Codes of the catalogues that the package ships."""
    folder = files("glassledger.report") / "languages"
    return tuple(sorted(entry.name.removesuffix(".json") for entry in folder.iterdir() if entry.name.endswith(".json")))


def load_language(code: str) -> Language:
    """Load a catalogue that the package ships.

    Raises
    ------
    UsageError
        When there is none for this language.
    """
    known = languages()
    if code not in known:
        raise UsageError(
            "The report does not speak this language.",
            code="language-unknown",
            hint=f"It speaks: {', '.join(known)}.",
            facts={"languages": list(known)},
        )
    catalogue = files("glassledger.report") / "languages" / f"{code}.json"
    texts = json.loads(catalogue.read_text(encoding="utf-8"))
    return Language(code=texts["language.tag"], texts=texts)

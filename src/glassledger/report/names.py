"""What readers call things: labels and texts of the policy, names of terms, bins and reasons."""

from glassledger.policy.document import Column, PolicyDocument, Text
from glassledger.records.explanation import AxisBins, Reason, Shape
from glassledger.report.language import Language

_MISSING, _NOT_DECLARED = "missing", "not declared"


class Names:
    """The policy's words in one language, with the policy's own language as fallback."""

    def __init__(self, policy: PolicyDocument, language: Language, code: str) -> None:
        self._policy = policy
        self._language = language
        self._code = code

    def text(self, text: Text) -> str:
        """A policy text in this language, else in the policy's, else in any."""
        if isinstance(text, str):
            return text
        for code in (self._code, self._policy.language):
            if code in text:
                return text[code]
        return next(iter(text.values()), "")

    def column(self, name: str) -> str:
        """A column's label, or its name."""
        column = self._find(name)
        return name if column is None or column.label is None else self.text(column.label)

    def term(self, shape: Shape) -> str:
        """A term's label; a pair joins two, and a second term over the same features keeps its number."""
        label = " × ".join(self.column(feature) for feature in shape.features)
        plain = " × ".join(shape.features)
        return label + shape.term.removeprefix(plain) if shape.term.startswith(plain) else label

    def bins(self, axis: AxisBins) -> tuple[str, ...]:
        """Bin labels; the two special ones, known by their place at the end, are translated."""
        labels = list(axis.labels)
        places = {-1: _MISSING} if axis.kind == "continuous" else {-2: _MISSING, -1: _NOT_DECLARED}
        for place, word in places.items():
            if len(labels) >= -place and labels[place] == word:
                labels[place] = self._language("bin." + word.replace(" ", "_"))
        return tuple(labels)

    def value(self, text: str) -> str:
        """A feature's value as an explanation states it."""
        return self._language("bin.missing") if text == _MISSING else text

    def reason(self, reason: Reason) -> str:
        """The text of a reason: the policy's in this language, else a plain sentence."""
        column = self._find(reason.feature)
        if column is None:
            return reason.text
        direction = "lowers" if reason.contribution < 0 else "raises"
        texts = column.reasons
        own = None if texts is None else (texts.lowers if direction == "lowers" else texts.raises)
        if own is not None:
            return self.text(own)
        return self._language(f"reason.{direction}", feature=self.column(reason.feature))

    def _find(self, name: str) -> Column | None:
        return self._policy.data.columns.get(name)

"""What every section reads: the evidence, the state of the review, and the words of one language."""

from dataclasses import dataclass
from functools import cached_property

from glassledger.policy.document import PolicyDocument
from glassledger.records.explanation import Shape
from glassledger.records.features import FeatureSpec
from glassledger.records.model_facts import ModelFacts
from glassledger.records.review_state import ReviewState
from glassledger.report.evidence import Evidence
from glassledger.report.language import Language
from glassledger.report.names import Names


@dataclass(frozen=True)
class Context:
    """Inputs of a page.

    Attributes
    ----------
    review : ReviewState or None
        None when nobody has looked at the decisions: shown as *not approved*.
    words : Language
    names : Names
    """

    evidence: Evidence
    review: ReviewState | None
    words: Language
    names: Names

    @property
    def policy(self) -> PolicyDocument:
        return self.evidence.policy

    @property
    def facts(self) -> ModelFacts:
        return self.evidence.facts

    @cached_property
    def specs(self) -> dict[str, FeatureSpec]:
        """The model's features by name."""
        return {spec.name: spec for spec in self.facts.features}

    @cached_property
    def terms(self) -> dict[str, str]:
        """Labels of the terms by their technical name."""
        labels = {shape.term: self.names.term(shape) for shape in self.evidence.explanation.shapes}
        others = {term: self.names.column(term) for term in self.evidence.explanation.importances}
        return others | labels

    @cached_property
    def reach(self) -> float:
        """The largest absolute contribution of a term over one feature; pairs are drawn in shades of their own."""
        shapes = self.evidence.explanation.shapes
        singles = [reach_of(shape) for shape in shapes if len(shape.axes) == 1]
        return max(singles or [reach_of(shape) for shape in shapes], default=0.0)

    @cached_property
    def places(self) -> int:
        """Decimals that contributions are written with."""
        return decimals_for(self.reach)

    @property
    def unit(self) -> str:
        """What the contributions are measured in."""
        unit = self.evidence.explanation.unit
        return self.words.known(f"unit.{unit}", unit)

    def few(self, count: int | None) -> str:
        """A count of people, ``< k`` when so few that they could be singled out, or that it is withheld."""
        if count is None:
            return self.words("format.withheld")
        minimum = self.policy.evaluation.min_group
        if 0 < count < minimum:
            return self.words("format.less_than", text=self.words.integer(minimum))
        return self.words.integer(count)

    def note(self, text: str) -> str:
        """A remark of a record, in this language where the catalogue knows it."""
        return self.words.known(f"note.{text}", text)


def reach_of(shape: Shape) -> float:
    """The largest absolute value of a shape."""
    return max((abs(value) for value in shape.values), default=0.0)


def decimals_for(reach: float) -> int:
    """Three significant digits at the largest value, at least one decimal below a hundred."""
    for limit, places in ((0.1, 4), (10.0, 3), (100.0, 2), (1000.0, 1)):
        if reach < limit:
            return places
    return 0

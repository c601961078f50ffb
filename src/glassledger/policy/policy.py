"""The policy as every other storey sees it: the checked document and all that is derived from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from os import PathLike, fspath
from pathlib import Path as FilePath
from typing import Literal, Self

from glassledger import canonical
from glassledger.errors import PolicyError, UsageError
from glassledger.policy.checks import languages_of
from glassledger.policy.checks_model import features_of
from glassledger.policy.document import Column, PolicyDocument, Role, Text
from glassledger.policy.domains import ROW, declared_levels, feature_spec, level_text, levels_of, redaction_of
from glassledger.policy.families import FAMILIES, FamilyDeclaration
from glassledger.policy.faults import choices, short
from glassledger.policy.load import included_name, parse_document, read_policy
from glassledger.policy.operators import Redaction
from glassledger.policy.redaction_policy import RedactionPolicy
from glassledger.records.features import FeatureSpec
from glassledger.records.record import Record

Direction = Literal["lowers", "raises"]

_REASONS: Mapping[str, Mapping[Direction, str]] = {
    "en": {"lowers": "{} lowered the score", "raises": "{} raised the score"},
    "de": {"lowers": "{} hat den Wert gesenkt", "raises": "{} hat den Wert erhöht"},
    "zh": {"lowers": "{}使评分降低", "raises": "{}使评分升高"},
}


@dataclass(frozen=True, repr=False, kw_only=True)
class Policy:
    """A policy that has passed every check.

    Made by :meth:`load` and :meth:`parse` only. Two policies are equal when their files are byte for byte the same.

    Attributes
    ----------
    document : PolicyDocument
    source : bytes
        The exact bytes of the file; their digest names the policy in every record.
    settings : Record
        The validated settings of the family.
    redaction_policy : RedactionPolicy or None
        The redaction policy that it includes; its rules are already in ``document``.
    """

    source: bytes
    document: PolicyDocument = field(compare=False)
    settings: Record = field(compare=False)
    redaction_policy: RedactionPolicy | None = None

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Self:
        """Read and check a policy file.

        Raises
        ------
        PolicyError
            With every fault of the file: line, path, what is wrong, the nearest valid name.
        StorageError
            When the file cannot be read.
        """
        return cls.parse(read_policy(path), name=fspath(path), folder=FilePath(path).parent)

    @classmethod
    def parse(
        cls, data: bytes, *, name: str = "policy", folder: FilePath | None = None, redaction: bytes | None = None
    ) -> Self:
        """Check a policy given as bytes.

        Parameters
        ----------
        data : bytes
        name : str
            Stands for the file in messages.
        folder : Path, optional
            Where an included redaction policy lies, unless it is a shipped one.
        redaction : bytes, optional
            The included redaction policy itself, when it was kept with the policy.
        """
        used = included_name(data, name=name)
        included = None
        if used is not None:
            known = None if redaction is None else RedactionPolicy.parse(redaction, name=used)
            included = known or RedactionPolicy.load(used, folder=folder)
        rules = None if included is None else included.document
        document, settings = parse_document(data, name=name, redaction=rules)
        pinned = None if document.redaction is None else document.redaction.pin
        if included is not None and pinned not in (None, included.digest):
            raise PolicyError(
                f"The redaction policy `{short(used or '')}` is not the one that {short(name)} was written for.",
                code="redaction-policy-changed",
                hint="Read what changed, then put the new digest under redaction.pin.",
                facts={"pinned": pinned, "found": included.digest},
            )
        return cls(source=data, document=document, settings=settings, redaction_policy=included)

    def __repr__(self) -> str:
        return f"<Policy {self.document.name} {self.document.version}, {self.digest[:19]}>"

    @cached_property
    def digest(self) -> str:
        """``sha256:…`` over the file's bytes, and over the digest of the redaction policy that it includes."""
        own = canonical.digest(self.source)
        if self.redaction_policy is None:
            return own
        return canonical.digest(canonical.dumps({"policy": own, "redaction": self.redaction_policy.digest}))

    @property
    def family(self) -> FamilyDeclaration:
        """What is known about the chosen model family."""
        return FAMILIES[self.document.model.family]

    @cached_property
    def _specs(self) -> tuple[FeatureSpec, ...]:
        return tuple(feature_spec(name, column) for name, column in features_of(self.document).items())

    def features(self) -> tuple[FeatureSpec, ...]:
        """The model's features with their declared domains after redaction, in document order."""
        return self._specs

    @property
    def target_name(self) -> str:
        """Name of the target column."""
        return self.columns_with("target")[0]

    @property
    def target(self) -> Column:
        """The target column."""
        return self.document.data.columns[self.target_name]

    @property
    def classes(self) -> tuple[str, ...]:
        """(negative, positive) for a binary task, the declared order for multiclass, empty for regression."""
        if self.document.model.task == "regression":
            return ()
        levels = declared_levels(self.target)
        if self.target.positive is None:
            return levels
        positive = level_text(self.target.positive)
        return (*(level for level in levels if level != positive), positive)

    @property
    def unit(self) -> str | None:
        """The column that tells privacy units apart; None when every row is its own unit (``unit: row``)."""
        privacy, split = self.document.privacy, self.document.split
        name = privacy.unit if privacy is not None else split.unit
        return None if name == ROW else name

    def columns_with(self, role: Role) -> tuple[str, ...]:
        """Names of the columns with a role, in document order."""
        return tuple(name for name, column in self.document.data.columns.items() if column.role == role)

    def redaction(self, column: str) -> Redaction:
        """What is done to a column: as declared, or the default of its role."""
        return redaction_of(self._column(column))

    def levels(self, column: str) -> tuple[str, ...]:
        """Levels of a column after redaction, as text and in declared order; empty when it has none."""
        return levels_of(self._column(column))

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """Languages of the policy's texts, its own first."""
        return languages_of(self.document)

    def text(self, text: Text, language: str | None = None) -> str:
        """A text in a language; in the policy's own language when it has no such translation."""
        if isinstance(text, str):
            return text
        return text.get(language or self.document.language, text[self.document.language])

    def label(self, column: str, language: str | None = None) -> str:
        """What readers call a column; its name when the policy gives no label."""
        label = self._column(column).label
        return column if label is None else self.text(label, language)

    def reason_text(self, feature: str, direction: Direction, language: str | None = None) -> str:
        """What is said when a feature lowered or raised the score; a plain sentence when the policy gives none."""
        reasons = self._column(feature).reasons
        text = None if reasons is None else getattr(reasons, direction)
        if text is not None:
            return self.text(text, language)
        sentences = _REASONS.get(language or self.document.language, _REASONS["en"])
        return sentences[direction].format(self.label(feature, language))

    def reason_code(self, feature: str) -> str:
        """The declared reason code of a feature; its name when there is none."""
        reasons = self._column(feature).reasons
        return feature if reasons is None or reasons.code is None else reasons.code

    def _column(self, name: str) -> Column:
        columns = self.document.data.columns
        if name not in columns:
            raise UsageError(
                f"The policy declares no column `{short(name)}`{choices(name, columns)}.", code="column-undeclared"
            )
        return columns[name]

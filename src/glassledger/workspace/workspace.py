"""The workspace: open a folder, run a step, and the log knows."""

import getpass
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from glassledger.audit.subjects import Subjects
from glassledger.audit.vault import NAME as VAULT
from glassledger.audit.vault import Vault
from glassledger.audit.verify import VerifiedLog, verify
from glassledger.policy import Policy
from glassledger.records.attack import AttackRecord
from glassledger.records.budget import BudgetStatement
from glassledger.records.detection import DetectionRecord
from glassledger.records.explanation import Counterfactual, LocalExplanation, Replay
from glassledger.records.screening import ScreeningRecord
from glassledger.redaction.guard import Guard
from glassledger.redaction.keys import KeyRing
from glassledger.report import Evidence, Format
from glassledger.report import languages as report_languages
from glassledger.report.letter import LetterKind
from glassledger.scoring.export import Export
from glassledger.workspace import (
    attacking,
    catalogue,
    detecting,
    exporting,
    fitting,
    guarding,
    replaying,
    reporting,
    revealing,
    reviewing,
    scoring,
)
from glassledger.workspace.artifacts import ArtifactStore
from glassledger.workspace.beyond_memory import BeyondMemory
from glassledger.workspace.budgets import statement
from glassledger.workspace.handles import (
    LoggedModel,
    ScoredTable,
    WrittenExport,
    WrittenReport,
)
from glassledger.workspace.journal import Clock, Journal
from glassledger.workspace.rooms import OnStep, Rooms, silent
from glassledger.workspace.site import open_log, open_site


class Workspace(BeyondMemory):
    """A folder with a log, artefacts and keys. Use as a context manager, or call :meth:`close`.

    Every method writes an intent entry before it acts and an outcome entry after. An event that cannot be written
    stops the act.

    Examples
    --------
    >>> with Workspace.open("audit_reports/bank") as ws:          # doctest: +SKIP
    ...     model = ws.fit(Policy.load("policy.yaml"), "bank.csv")
    ...     ws.report(model)
    """

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    @classmethod
    def open(
        cls,
        folder: str | os.PathLike[str],
        *,
        actor: str | None = None,
        create: bool = True,
        clock: Clock | None = None,
        on_step: OnStep = silent,
    ) -> Self:
        """Open a workspace, making it on first use.

        Parameters
        ----------
        folder : path
        actor : str, optional
            Who acts, as written into every entry; the login name by default.
        create : bool
            Whether to make a workspace where there is none.
        clock : callable, optional
            Returns the time; the only place where time enters.
        on_step : callable (step, done, total), optional
            Told about progress.

        Raises
        ------
        UsageError, StorageError, AuditError
        """
        site = open_site(folder, create=create)
        log = open_log(site)
        journal = Journal(log, actor=actor or getpass.getuser(), clock=clock or (lambda: datetime.now(UTC)))
        rooms = Rooms(
            site=site,
            journal=journal,
            artifacts=ArtifactStore(site.artifacts),
            keys=KeyRing(site.keys),
            on_step=on_step,
        )
        return cls(rooms)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Workspace {self._rooms.site.folder.name}: {self._rooms.site.origin}>"

    def close(self) -> None:
        """Sign a checkpoint and close the log."""
        self._rooms.journal.log.close()

    @property
    def folder(self) -> Path:
        """Where the workspace lies."""
        return self._rooms.site.folder

    def check(self, policy: Policy, source: Any, *, purpose: Literal["fit", "score"] = "fit") -> ScreeningRecord:
        """Check and redact a table without using it; logged.

        Raises
        ------
        InputError
            When the table breaks the policy's contract: by column, rule, count and first rows, never a value.
        """
        frame = fitting.screened_by(self._rooms, policy, source, purpose=purpose)
        logged = fitting.disclosed(policy, frame.record)
        self._rooms.journal.write(
            "screen.done",
            {"policy": policy.digest, "purpose": purpose, "rows": logged.rows},
            artifacts={"screening": self._rooms.keep(logged)},
        )
        return frame.record

    def detect(self, source: Any, *, name: str, policy: Policy | None = None) -> DetectionRecord:
        """Look for personal data in every column of a table; logged, and compared with the last run of that name.

        Parameters
        ----------
        source : path or table
        name : str
            What the table is called.
        policy : Policy, optional
            Columns that it drops or declares as identifier or free text do not count as undeclared.

        Returns
        -------
        DetectionRecord
            Kinds, confidences and rounded counts, never a value. ``undeclared`` names columns to declare.

        Notes
        -----
        Privacy: spends no budget; the record holds counts about the table and is not differentially private.
        """
        return detecting.detect(self._rooms, source, name=name, policy=policy)

    def fit(self, policy: Policy, source: Any) -> LoggedModel:
        """Screen, split by privacy unit, reserve budget, fit, explain, evaluate on the holdout.

        Raises
        ------
        InputError, PrivacyError, ModelError, StorageError

        Notes
        -----
        Privacy: a private family spends the policy's epsilon and delta from the dataset's budget. The reservation is
        durable before any noise is drawn and is never refunded, also when the fit fails.
        """
        return fitting.fit(self._rooms, policy, source)

    def model(self, name: str = "latest") -> LoggedModel:
        """A logged model by id (or its first characters), or the latest one."""
        return catalogue.find(self._rooms, name)

    def models(self) -> tuple[LoggedModel, ...]:
        """All logged models, oldest first."""
        return tuple(catalogue.load(self._rooms, row) for row in catalogue.rows_of(self._rooms, "fit.outcome"))

    def score(
        self,
        model: LoggedModel,
        source: Any,
        *,
        out: str | os.PathLike[str] | None = None,
        reasons: int | None = None,
        language: str | None = None,
        production: bool = False,
    ) -> ScoredTable:
        """Score a table with reasons, in its own row order.

        Parameters
        ----------
        production : bool
            Refuse unless these very bytes of the model are approved and the approval has not run out.

        Raises
        ------
        InputError, ReviewError, StorageError

        Notes
        -----
        Privacy: scoring spends nothing; a score is post-processing of the model and the row's own values.
        """
        if production:
            self.review(model).require_approved()
        return scoring.score(
            self._rooms,
            model,
            source,
            out=None if out is None else Path(out),
            reasons=reasons,
            language=language,
            mode="production" if production else "trial",
        )

    def export(
        self, model: LoggedModel, wanted: Export, *, out: str | os.PathLike[str], production: bool = False
    ) -> WrittenExport:
        """Write a model in the form that another place runs; logged, with its review state written into it.

        Parameters
        ----------
        production : bool
            Refuse unless these very bytes of the model are approved and the approval has not run out.

        Raises
        ------
        ReviewError, UsageError, MissingExtraError, StorageError
        """
        desk = self.review(model)
        state = desk.require_approved() if production else desk.state
        mode = "production" if production else "trial"
        return exporting.export(self._rooms, model, wanted, out=Path(out), state=state, mode=mode)

    def explain(self, model: LoggedModel, source: Any, *, row: int, language: str | None = None) -> LocalExplanation:
        """Why one row of a table got its score; logged without the row's values."""
        return scoring.explain_row(self._rooms, model, source, row=row, language=language)

    def attack(self, model: LoggedModel, *, runs: int = 200, canaries: int = 400) -> AttackRecord:
        """Bound a family's epsilon from below with invented people (``models.canary_attack``); logged and free."""
        return attacking.attack(self._rooms, model, runs=runs, canaries=canaries)

    def counterfactual(self, model: LoggedModel, source: Any, *, row: int) -> Counterfactual:
        """The fewest actionable changes of one row that reach the favourable decision; logged without values."""
        return scoring.counterfactual_of(self._rooms, model, source, row=row)

    def letter(
        self, model: LoggedModel, source: Any, *, row: int, kind: LetterKind, language: str | None = None
    ) -> str:
        """A letter (HTML) to one person about the score; logged without a word of it."""
        return scoring.letter_to(self._rooms, model, source, row=row, kind=kind, language=language)

    def replay(self, source: Any, *, event: int, row: int) -> Replay:
        """Verify the log, then compute the run of a ``score.outcome`` entry again: input, output and one row."""
        self.verify()
        return replaying.replay(self._rooms, source, event=event, row=row)

    def report(
        self,
        model: LoggedModel,
        *,
        languages: Sequence[str] = (),
        formats: Sequence[Format] = ("html",),
        refresh: bool = False,
    ) -> WrittenReport:
        """Write the report; decisions sign its evidence, so evidence is gathered once unless ``refresh`` is set.

        Parameters
        ----------
        languages : sequence of str
            Codes such as ``en`` and ``zh``; those of the policy when not given.
        formats : sequence of {"html", "pdf", "md"}
            ``pdf`` needs the extra ``pdf``; ``md`` is a model card.
        """
        evidence = self._evidence(model, refresh=refresh)
        desk = reviewing.ReviewDesk(self._rooms, model, evidence=evidence.digest)
        spoken = languages or tuple(code for code in model.policy.languages if code in report_languages()) or ("en",)
        return reporting.write(self._rooms, model, evidence, desk.state, languages=spoken, formats=formats)

    def changed_rules(self) -> tuple["reporting.ChangedRules", ...]:
        """Reported models that were held against another edition of a rule pack than today's."""
        found: list[reporting.ChangedRules] = []
        for model in {model.digest: model for model in self.models()}.values():
            digest = catalogue.evidence_digest(self._rooms, model)
            if digest is not None:
                evidence = Evidence.from_json(self._rooms.artifacts.get(digest))
                found += reporting.changed_rules(model, evidence)
        return tuple(found)

    def review(self, model: LoggedModel) -> "reviewing.ReviewDesk":
        """The review of a model: its state, and the acts that change it."""
        return reviewing.ReviewDesk(self._rooms, model, evidence=catalogue.evidence_digest(self._rooms, model))

    def trust(self, identity: str, public_key: str) -> None:
        """Let an identity sign reviews with an OpenSSH public key; logged."""
        reviewing.trust(self._rooms, identity, public_key)

    @property
    def subjects(self) -> Subjects:
        """Commitments about people: salted, to be shown later and erased at any time."""
        journal = self._rooms.journal
        return Subjects(journal.log, Vault(self._rooms.site.keys / VAULT), actor=journal.actor)

    def budgets(self) -> tuple[BudgetStatement, ...]:
        """What was spent of every dataset's privacy budget."""
        found = (statement(self._rooms, balance.scope) for balance in self._rooms.journal.log.budgets())
        return tuple(item for item in found if item is not None)

    def guard(self, model: LoggedModel) -> Guard:
        """The leak guard that this workspace runs before anything about a model leaves."""
        return guarding.guard_for(self._rooms, model)

    def rotate_key(self, name: str) -> tuple[str, str]:
        """Retire a named key and make a new one; logged. Returns the old and the new id.

        Raises
        ------
        PolicyError, InputError
        """
        return revealing.rotate(self._rooms, name)

    def reveal(self, tokens: Sequence[str], *, column: str, policy: str, key: str, reason: str) -> list[str]:
        """The values behind tokens; who asked, why and how many is logged first, tokens and values never are.

        Parameters
        ----------
        tokens : sequence of str
        column, policy : str
            Under which the tokens were made.
        key : str
            As the policy names it; a rotated key is found by the id in each token.
        reason : str
            At least five characters.

        Raises
        ------
        UsageError, InputError
        """
        return revealing.reveal(self._rooms, tokens, column=column, policy=policy, key=key, reason=reason)

    def verify(self) -> VerifiedLog:
        """Re-hash every entry and artefact of this workspace.

        Raises
        ------
        AuditError
            Naming the first bad entry or artefact.
        """
        self._rooms.journal.log.checkpoint()
        return verify(self.folder)

    def _evidence(self, model: LoggedModel, *, refresh: bool) -> Evidence:
        digest = None if refresh else catalogue.evidence_digest(self._rooms, model)
        if digest is not None:
            return Evidence.from_json(self._rooms.artifacts.get(digest))
        return reporting.gather(self._rooms, model)

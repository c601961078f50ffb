"""The review of one model: its decisions are read from the log, and new ones are signed and logged."""

import os

from glassledger.files import locked, write_durably
from glassledger.records.decision import Verdict
from glassledger.review import Review, ReviewState, signers_line
from glassledger.review.signers import parse_signers
from glassledger.workspace import catalogue
from glassledger.workspace.handles import LoggedModel
from glassledger.workspace.rooms import Rooms


def trust(rooms: Rooms, identity: str, public_key: str) -> None:
    """Add a line to ``allowed_signers`` and log the file's new digest."""
    line = signers_line(identity, public_key)
    path = rooms.site.allowed_signers
    with locked(rooms.site.lock):
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        if line in lines:
            return
        text = "\n".join([*lines, line]) + "\n"
        parse_signers(text)  # a file that no review can read must never be written
        data = text.encode()
        digest = rooms.artifacts.put(data)
        body = {"identity": identity}
        files = {rooms.site.relative(path): digest}
        with rooms.journal.act("trust", body, artifacts={"allowed_signers": digest}) as act:
            write_durably(path, data)
            act.files |= files
            act.body |= body


class ReviewDesk:
    """Where a model is submitted, approved or rejected.

    Attributes
    ----------
    state : ReviewState
        Derived from the log's decisions each time it is read; nothing is stored twice.
    """

    def __init__(self, rooms: Rooms, model: LoggedModel, *, evidence: str | None) -> None:
        self._rooms = rooms
        self._model = catalogue.find(rooms, model.digest)  # the first fit of these bytes names the developer
        self._evidence = evidence

    @property
    def state(self) -> ReviewState:
        return self._review().state(now=self._rooms.journal.now())

    def require_approved(self) -> ReviewState:
        """The state, when these very bytes of the model may be used in production.

        Raises
        ------
        ReviewError
            When the model is not approved, or the approval has run out or no longer verifies.
        """
        return self._review().require_approved(model_digest=self._model.digest, now=self._rooms.journal.now())

    def submit(self, *, by: str, key: str | os.PathLike[str], comment: str = "") -> ReviewState:
        """The developer hands model and evidence over."""
        return self._sign("submit", by=by, key=key, comment=comment)

    def approve(self, *, by: str, key: str | os.PathLike[str], comment: str = "") -> ReviewState:
        """Sign the model off; the developer is refused, by identity and by key."""
        return self._sign("approve", by=by, key=key, comment=comment)

    def reject(self, *, by: str, key: str | os.PathLike[str], comment: str = "") -> ReviewState:
        """Refuse the model."""
        return self._sign("reject", by=by, key=key, comment=comment)

    def _sign(self, verdict: Verdict, *, by: str, key: str | os.PathLike[str], comment: str) -> ReviewState:
        review = self._review()
        journal = self._rooms.journal
        with journal.act("review", {"model": self._model.digest, "verdict": verdict, "identity": by}) as act:
            signed = review.sign(
                verdict,
                by=by,
                key=key,
                comment=comment,
                checkpoint=journal.log.checkpoint().decode(),
                now=journal.now(),
            )
            digest = self._rooms.keep(signed)
            body = {"model": self._model.digest, "evidence": self._evidence, "verdict": verdict, "identity": by}
            journal.write("review.signed", body, artifacts={"decision": digest}, subject=act.intent)
            act.body |= body
        return self.state

    def _review(self) -> Review:
        path = self._rooms.site.allowed_signers
        return Review(
            model_digest=self._model.digest,
            policy_digest=self._model.policy.digest,
            evidence_digest=self._evidence,
            rule=self._model.policy.document.review,
            developer=self._model.facts.developer,
            allowed_signers=path.read_text(encoding="utf-8") if path.exists() else "",
            decisions=catalogue.decisions(self._rooms, self._model),
        )

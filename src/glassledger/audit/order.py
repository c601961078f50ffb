"""Order rules: what a log that is whole can still say against the people who filled it.

They read names only: the act, the model's digest, who acted. What breaks them is a finding, not a failure, because the
log itself holds.
"""

from glassledger.audit.entry import INTENT, Entry
from glassledger.audit.verified import Finding


class OrderRules:
    """Takes in the entries of a log in order and collects findings."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self._developers: dict[str, str] = {}
        self._evaluated: set[str] = set()
        self._submitted: set[str] = set()
        self._approved: set[str] = set()
        self._streams: dict[int, int] = {}  # rows scored so far in batches that a screening stands for

    def note(self, index: int, entry: Entry) -> None:
        """Hold one entry against those before it."""
        model = entry.body.get("model")
        made = entry.artifacts.get("model")
        if made is not None and entry.closes:
            self._developers.setdefault(made, entry.actor)
            if "evaluation" in entry.artifacts:
                self._evaluated.add(made)
        if entry.subject in self._streams:
            self._streamed(index, entry)
        if not isinstance(model, str):
            return
        if entry.type == f"score.{INTENT}":
            self._scored(index, entry, model)
        elif entry.type == f"report.{INTENT}" and model not in self._evaluated:
            self._say("reported-unevaluated", "A report was written about a model without an evaluation.", index)
        elif entry.type == "review.signed":
            self._signed(index, entry, model)

    def _scored(self, index: int, entry: Entry, model: str) -> None:
        if entry.body.get("stream") is True:
            self._streams[index] = 0
        elif "screening" not in entry.artifacts:
            self._say("scored-unscreened", "A table was scored that no screening stands for.", index)
        if model not in self._developers:
            self._say("scored-unfitted", "A table was scored with a model that this log has not made.", index)
        if entry.body.get("mode") == "production" and model not in self._approved:
            self._say("scored-unapproved", "A model was used in production before it was approved.", index)

    def _streamed(self, index: int, entry: Entry) -> None:
        """A run in batches: the screenings of the batches must stand for all the rows that the outcome counts."""
        assert entry.subject is not None
        scored = entry.body.get("scored")
        if entry.type == "score.batch" and "screening" in entry.artifacts and isinstance(scored, int):
            self._streams[entry.subject] += scored
        elif entry.type == "score.outcome" and scored != self._streams[entry.subject]:
            self._say("scored-unscreened", "A table was scored that no screening stands for.", index)

    def _signed(self, index: int, entry: Entry, model: str) -> None:
        verdict, identity = entry.body.get("verdict"), entry.body.get("identity")
        if verdict == "submit":
            self._submitted.add(model)
        elif verdict == "reject":
            self._approved.discard(model)
        elif verdict == "approve":
            if identity is not None and identity == self._developers.get(model):
                self._say("approved-by-developer", "A model was approved by the one who made it.", index)
            if model not in self._submitted:
                self._say("approved-unsubmitted", "A model was approved that nobody had submitted.", index)
            if entry.body.get("evidence") is None:
                self._say("approved-unreported", "A model was approved before any report was written.", index)
            self._approved.add(model)

    def _say(self, code: str, message: str, index: int) -> None:
        self.findings.append(Finding(code, message, index))

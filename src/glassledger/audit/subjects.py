"""Commit to something about a person in the log, so that it can be shown later and erased at any time.

The log holds ``SHA-256(0x02 || salt || value)`` and nothing else; the salt lies in a :class:`~.vault.Vault`. With salt
and value anybody can check the commitment. Without the salt it says nothing about the value, however few values are
possible, so deleting the salt erases it, and the tree stays what it is.
"""

import hmac
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, Literal

from glassledger.audit.entry import INTENT, SUBJECT_TYPES, Entry
from glassledger.audit.log import Log
from glassledger.audit.vault import Vault
from glassledger.errors import AuditError, UsageError

COMMITTED: Final = SUBJECT_TYPES + "committed"
ERASE: Final = SUBJECT_TYPES + "erase"
ERASE_INTENT: Final = f"{ERASE}.{INTENT}"
_PURPOSE: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")
_A_TIME: Final = 500  # commitments that fit into one entry with room to spare

State = Literal["holds", "differs", "erased"]


@dataclass(frozen=True)
class Commitment:
    """A commitment and the entry that holds it."""

    digest: str
    index: int


class Subjects:
    """Commitments about people in one log.

    Parameters
    ----------
    log : Log
        Where the commitments go.
    vault : Vault
        Where their salts go.
    actor : str
        Who acts, as written into each entry.
    """

    def __init__(self, log: Log, vault: Vault, *, actor: str) -> None:
        self._log = log
        self._vault = vault
        self._actor = actor

    def commit(self, subject: str, value: bytes, *, purpose: str) -> Commitment:
        """Commit to any bytes, of any length; neither they nor the subject go into the log.

        Parameters
        ----------
        subject : str
            Whom it is about, as you know them; needed again to erase.
        value : bytes
            What to commit to: a letter, a decision, a file. Keep it; it is kept nowhere here.
        purpose : str
            What for, such as ``decision_letter``: a word of lower-case letters, digits and underscores.
        """
        if not subject or not _PURPOSE.fullmatch(purpose):
            raise UsageError(
                "A commitment needs a subject, and a purpose that is one word.",
                code="subject-purpose",
                hint="Write the purpose with lower-case letters, digits and underscores, and no personal data.",
            )
        salt = secrets.token_bytes(32)
        digest = _commitment(salt, value)
        self._vault.keep(digest, subject, salt)  # first: a commitment whose salt was lost could never be shown
        body = {"commitment": digest, "purpose": purpose}
        place = self._log.append(Entry.build(COMMITTED, actor=self._actor, body=body))
        return Commitment(digest, place.index)

    def check(self, digest: str, value: bytes) -> State:
        """Whether a commitment of this log is to this value, to another one, or was erased.

        Raises
        ------
        UsageError
            Code ``commitment-unknown``.
        AuditError
            Code ``salt-lost``: the salt is gone and no entry says that it was erased.
        """
        ledger = SubjectLedger()
        for index, entry in enumerate(self._log.entries()):
            ledger.note(index, entry)
        if digest not in ledger.committed:
            raise UsageError(
                "This log holds no such commitment.", code="commitment-unknown", hint="Copy it from 'subject commit'."
            )
        salt = self._vault.salt(digest)
        if digest in ledger.erased or (salt is None and digest in ledger.announced):
            return "erased"
        if salt is None:
            raise AuditError(
                "The salt of this commitment is gone, and no entry says that it was erased.",
                code="salt-lost",
                hint="The file keys/subjects.db was lost or changed; restore it from a copy that is not older than an "
                "erasure, or log the erasure.",
                facts={"index": ledger.committed[digest]},
            )
        return "holds" if hmac.compare_digest(_commitment(salt, value), digest) else "differs"

    def erase(self, subject: str) -> int:
        """Delete the salts of all commitments about a subject, and log that; returns how many.

        An erasure that was cut off is finished first. The deletion is logged before and after, by commitment.
        """
        self.finish()
        found = self._vault.of_subject(subject)
        for part in _parts(found):
            body = {"count": len(part), "commitments": part}
            intent = self._log.append(Entry.build(ERASE_INTENT, actor=self._actor, body=body))
            self._erase(intent.index, part)
        return len(found)

    def finish(self) -> int:
        """Finish erasures that a crash cut off; returns how many."""
        unfinished = [intent for intent in self._log.unfinished() if intent.act == ERASE]
        for intent in unfinished:
            self._erase(intent.index, _named(self._log.entry(intent.index).body))
        return len(unfinished)

    def _erase(self, intent: int, commitments: list[str]) -> None:
        self._vault.forget(commitments)
        body = {"count": len(commitments)}
        self._log.append(Entry.build(f"{ERASE}.outcome", actor=self._actor, body=body, subject=intent))


class SubjectLedger:
    """What entries say about commitments; for a verifier, who has no salts."""

    def __init__(self) -> None:
        self.committed: dict[str, int] = {}
        self.erased: set[str] = set()
        self._announced: dict[int, list[str]] = {}

    @property
    def announced(self) -> set[str]:
        """Commitments whose erasure was begun and not ended."""
        return {digest for named in self._announced.values() for digest in named}

    def note(self, index: int, entry: Entry) -> None:
        """Take in one entry."""
        if entry.type == COMMITTED:
            self.committed.setdefault(str(entry.body.get("commitment")), index)
        elif entry.type == ERASE_INTENT:
            self._announced[index] = _named(entry.body)
        elif entry.type == f"{ERASE}.outcome" and entry.subject is not None:
            self.erased.update(self._announced.pop(entry.subject, ()))


def _commitment(salt: bytes, value: bytes) -> str:
    return "sha256:" + sha256(b"\x02" + salt + value).hexdigest()


def _named(body: dict[str, Any]) -> list[str]:
    found = body.get("commitments")
    return [str(one) for one in found] if isinstance(found, list) else []


def _parts(found: list[str]) -> Iterator[list[str]]:
    for at in range(0, len(found), _A_TIME):
        yield found[at : at + _A_TIME]

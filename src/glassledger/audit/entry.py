"""The envelope of one log entry (``glassledger/entry/v1``): canonical JSON that names its kind, time, actor and files.

The log keeps and hashes the exact bytes. It reads only what keeps a ledger honest: which earlier intent an entry
answers, which budget it touches, which artefacts and files it vouches for.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any, Final, Self

from glassledger import canonical
from glassledger.audit.budget import MAX_AMOUNT, BudgetAct
from glassledger.errors import AuditError

FORMAT: Final = "glassledger/entry/v1"
MAX_ENTRY: Final = 65_535  # a tile's entry bundle counts an entry's bytes in 16 bits
INTENT: Final = "intent"
CLOSING: Final = ("outcome", "failure")

OWN_TYPES: Final = "log."
"""Types that begin like this are written by the log itself."""

SUBJECT_TYPES: Final = "subject."
"""Types that begin like this are about commitments to people's data; see :mod:`glassledger.audit.subjects`."""

_KEYS: Final = frozenset({"format", "type", "time", "actor", "body", "artifacts", "files", "subject"})
_TYPE: Final = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z")
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")
_MAX_NAME: Final = 1024
RESERVED: Final = frozenset(
    {"log.db", "log.db-wal", "log.db-shm", "log.lock", "log.seal", "log.vkey", "checkpoint", "attested"}
)


@dataclass(frozen=True)
class Entry:
    """One parsed entry.

    Attributes
    ----------
    type : str
        Dotted name. ``<act>.intent`` announces an act; ``<act>.outcome`` or ``<act>.failure`` closes it.
    time : str
        RFC 3339, UTC, ending in ``Z``.
    actor : str
        Who: a pseudonym or a role account, never a person's data.
    body : dict
        What; the key ``budget`` is reserved, see :mod:`glassledger.audit.budget`.
    artifacts : dict of str to str
        Name → ``sha256:…`` of a file under ``artifacts/sha256``.
    files : dict of str to str
        Relative path → ``sha256:…`` of a file of the workspace; a later entry on the same path takes its place.
    subject : int or None
        Index of the intent that this entry belongs to.
    budget : BudgetAct or None
        The budget part of the body.
    """

    type: str
    time: str
    actor: str
    body: dict[str, Any]
    artifacts: dict[str, str]
    files: dict[str, str]
    subject: int | None
    budget: BudgetAct | None = field(compare=False)
    _bytes: bytes = field(repr=False)

    @classmethod
    def build(
        cls,
        type: str,
        *,
        actor: str,
        body: Mapping[str, Any] | None = None,
        artifacts: Mapping[str, str] | None = None,
        files: Mapping[str, str] | None = None,
        subject: int | None = None,
        time: str | None = None,
    ) -> Self:
        """Make a valid entry; ``time`` is now unless given.

        Raises
        ------
        AuditError
            When a part is not as described above, or the bytes exceed 65,535.
        """
        value = {
            "format": FORMAT,
            "type": type,
            "time": time or datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
            "actor": actor,
            "body": dict(body or {}),
            "artifacts": dict(artifacts or {}),
            "files": dict(files or {}),
            "subject": subject,
        }
        try:
            data = canonical.dumps(value)
        except (ValueError, TypeError, RecursionError):
            raise malformed("a value has no canonical JSON form") from None
        return cls.parse(data)  # what can be written can be read

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read an entry's bytes; only canonical JSON (RFC 8785) with exactly the eight keys is accepted.

        Raises
        ------
        AuditError
            Code ``entry-malformed`` or ``entry-too-large``.
        """
        if len(data) > MAX_ENTRY:
            raise AuditError(
                f"An entry holds at most {MAX_ENTRY} bytes.",
                code="entry-too-large",
                hint="Keep the payload as an artefact and name its digest in the entry.",
                facts={"bytes": len(data)},
            )
        try:
            value = _DECODER.decode(data.decode())
            exact = (data.isascii() and _ENCODER.encode(value) == data.decode()) or canonical.dumps(value) == data
        except (ValueError, TypeError, RecursionError):
            raise malformed("it is not canonical JSON") from None
        if not exact:
            raise malformed("it is not canonical JSON")
        if not isinstance(value, dict) or value.keys() != _KEYS or value["format"] != FORMAT:
            raise malformed("its keys or its format are not those of " + FORMAT)
        _check_head(value["type"], value["time"], value["actor"])
        _check_rest(value["body"], value["artifacts"], value["files"], value["subject"])
        del value["format"]
        return cls(**value, budget=BudgetAct.from_body(value["body"]), _bytes=data)

    def to_bytes(self) -> bytes:
        """The exact bytes that the log stores and hashes."""
        return self._bytes

    @property
    def act(self) -> str:
        """The type without its last part."""
        return self.type.rpartition(".")[0]

    @property
    def is_intent(self) -> bool:
        """Whether it announces an act."""
        return self.type.endswith("." + INTENT)

    @property
    def concerns_ledger(self) -> bool:
        """Whether the ledger's rules look at it: a budget, an intent, an outcome, artefacts, files, its own types."""
        answers = self.subject is not None or self.closes or self.is_intent
        own = self.type.startswith((OWN_TYPES, SUBJECT_TYPES))
        return answers or own or self.budget is not None or bool(self.artifacts or self.files)

    @property
    def closes(self) -> bool:
        """Whether it says how an announced act ended."""
        return self.type.rpartition(".")[2] in CLOSING


def is_inside(path: str) -> bool:
    """A relative path in normal form that is not one of the log's own files and not under ``artifacts``."""
    parts = PurePosixPath(path).parts
    plain = bool(parts) and "/".join(parts) == path and ".." not in parts and parts[0] != "/"
    return plain and path.isprintable() and "\\" not in path and parts[0] not in RESERVED | {"artifacts"}


def malformed(why: str) -> AuditError:
    """Error for bytes that are not an entry."""
    return AuditError(
        f"This is not a log entry: {why}.",
        code="entry-malformed",
        hint="Let Entry.build() make entries; see docs/formats/audit-log.md.",
    )


def _exact_float(text: str) -> float:
    value = float(text)
    if canonical.dumps(value) != text.encode():
        raise ValueError("not the canonical form of this number")
    return value


def _exact_int(text: str) -> int:
    value = int(text)
    if abs(value) > MAX_AMOUNT:
        raise ValueError("beyond the integers that every reader keeps")
    return value


_DECODER: Final = json.JSONDecoder(parse_float=_exact_float, parse_int=_exact_int)
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
"""ASCII documents of exact numbers that the C encoder gives back unchanged are RFC 8785; others go the slow way."""


def _check_head(kind: object, time: object, actor: object) -> None:
    if not isinstance(kind, str) or not _TYPE.fullmatch(kind):
        raise malformed("its type is not a dotted name")
    if not isinstance(time, str) or not _TIME.fullmatch(time):
        raise malformed("its time is not RFC 3339 in UTC")
    try:
        datetime.fromisoformat(time)
    except ValueError:
        raise malformed("its time does not exist") from None
    if not isinstance(actor, str) or not 0 < len(actor) <= _MAX_NAME or not actor.isprintable():
        raise malformed("its actor is empty, too long or not printable")


def _check_rest(body: object, artifacts: object, files: object, subject: object) -> None:
    if not isinstance(body, dict):
        raise malformed("its body is not an object")
    for name, digests in (("artifacts", artifacts), ("files", files)):
        if not isinstance(digests, dict):
            raise malformed(f"its {name} are not an object")
        for key, digest in digests.items():
            if not 0 < len(key) <= _MAX_NAME or not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
                raise malformed(f"one of its {name} is not a name with a sha256 digest")
            if name == "files" and not is_inside(key):
                raise malformed("a file's path is not a plain relative path of the workspace")
    if subject is not None and (not isinstance(subject, int) or isinstance(subject, bool) or subject < 0):
        raise malformed("its subject is not an index")

"""Whose signatures an auditor wants to see under a checkpoint (C2SP tlog-policy).

::

    log bank.example/log+f226816e+AQ…
    witness audit audit.bank.example/w1+33d7b496+BA…  http://127.0.0.1:8473/
    witness site2 site2.example/w1+7c2f5a10+BA…
    group either any audit site2
    quorum either

The customer keeps this file, not the operator of the log.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Self

from glassledger.audit.checkpoint import SignedCheckpoint, open_checkpoint
from glassledger.audit.note import COSIGNATURE, ED25519, VerifierKey
from glassledger.errors import AuditError, Error, PolicyError

NONE: Final = "none"
_ALLOWED: Final = re.compile(rb"[\t\n\x20-\x7e\x80-\xff]*")
_MOST: Final = 1_000  # lines that mean something


@dataclass(frozen=True)
class Party:
    """A log or a witness: its key, and where it answers."""

    key: VerifierKey
    url: str = ""


@dataclass(frozen=True)
class Group:
    """So many of these members."""

    needed: int
    members: tuple[str, ...]


@dataclass(frozen=True)
class TrustPolicy:
    """A parsed policy.

    Attributes
    ----------
    logs : tuple of Party
        Logs whose checkpoints count; may be empty.
    witnesses : dict of str to Party
        By the name that they have in this file.
    groups : dict of str to Group
        By name, in the order of their lines.
    quorum : str
        A witness, a group, or ``none``.
    """

    logs: tuple[Party, ...]
    witnesses: dict[str, Party]
    groups: dict[str, Group]
    quorum: str

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read a policy file strictly.

        Raises
        ------
        PolicyError
            Code ``trust-policy-malformed``, with the number of the line.
        """
        if not _ALLOWED.fullmatch(data) or (data and not data.endswith(b"\n")):
            raise _malformed(0, "it holds control characters, or its last line has no end")
        lines = _Lines()
        for number, line in enumerate(data.decode("utf-8", "surrogateescape").split("\n"), 1):
            words = [word for word in re.split(r"[ \t]+", line) if word]
            if words and not words[0].startswith("#"):
                lines.take(number, words)
        if lines.quorum is None:
            raise _malformed(0, "it has no quorum line")
        return cls(tuple(lines.logs), lines.witnesses, lines.groups, lines.quorum)

    @property
    def witness_keys(self) -> tuple[VerifierKey, ...]:
        """Keys of all witnesses."""
        return tuple(party.key for party in self.witnesses.values())

    def log_keys(self, origin: str) -> tuple[VerifierKey, ...]:
        """Keys of the logs of this name."""
        return tuple(party.key for party in self.logs if party.key.name == origin)

    def is_met(self, keys: Iterable[VerifierKey]) -> bool:
        """Whether cosignatures by these keys make the quorum."""
        have = set(keys)
        met = {name for name, party in self.witnesses.items() if party.key in have} | {NONE}
        for name, group in self.groups.items():  # a group names earlier lines only
            if len(met.intersection(group.members)) >= group.needed:
                met.add(name)
        return self.quorum in met

    def open(self, note: bytes, log_key: VerifierKey) -> SignedCheckpoint:
        """Check the log's signature, every known cosignature and the quorum.

        Raises
        ------
        AuditError
            Code ``quorum-missing`` when too few witnesses have cosigned.
        """
        signed = open_checkpoint(note, log_key, others=self.witness_keys)
        if not self.is_met(verified.key for verified in signed.opened.verified):
            raise quorum_missing(signed.checkpoint.size)
        return signed


class _Lines:
    """What the lines so far have defined."""

    def __init__(self) -> None:
        self.logs: list[Party] = []
        self.witnesses: dict[str, Party] = {}
        self.groups: dict[str, Group] = {}
        self.quorum: str | None = None
        self._members: set[str] = set()
        self._count = 0

    def take(self, number: int, words: list[str]) -> None:
        """Read one line."""
        self._count += 1
        if self._count > _MOST:
            raise _malformed(number, "it has too many lines")
        kind, rest = words[0], words[1:]
        if kind == "log" and len(rest) in (1, 2):
            known = [party.key for party in self.logs]
            self.logs.append(Party(_key(number, rest[0], ED25519, known), *rest[1:]))
        elif kind == "witness" and len(rest) in (2, 3):
            known = [party.key for party in self.witnesses.values()]
            self._new_name(number, rest[0])
            self.witnesses[rest[0]] = Party(_key(number, rest[1], COSIGNATURE, known), *rest[2:])
        elif kind == "group" and len(rest) >= 3:
            self._group(number, rest[0], rest[1], tuple(rest[2:]))
        elif kind == "quorum" and len(rest) == 1 and self.quorum is None:
            if rest[0] != NONE:
                self._defined(number, rest[0])
            self.quorum = rest[0]
        else:
            raise _malformed(number, "it is no log, witness, group or (single) quorum line")

    def _group(self, number: int, name: str, threshold: str, members: tuple[str, ...]) -> None:
        self._new_name(number, name)
        for member in members:
            self._defined(number, member)
            if member in self._members:
                raise _malformed(number, "a name is a member twice")
            self._members.add(member)
        needed = {"all": len(members), "any": 1}.get(threshold)
        if needed is None:
            digits = threshold.isascii() and threshold.isdigit() and threshold[0] != "0" and len(threshold) <= 4
            needed = int(threshold) if digits else 0
        if not 1 <= needed <= len(members):
            raise _malformed(number, "a group needs between one and all of its members")
        self.groups[name] = Group(needed, members)

    def _new_name(self, number: int, name: str) -> None:
        if name == NONE or name in self.witnesses or name in self.groups:
            raise _malformed(number, "a name is defined twice")

    def _defined(self, number: int, name: str) -> None:
        if name not in self.witnesses and name not in self.groups:
            raise _malformed(number, "it uses a name that no line before it defines")


def quorum_missing(size: int) -> AuditError:
    """Too few witnesses vouch for a log."""
    return AuditError(
        "No checkpoint of this log has the cosignatures that your trust policy asks for.",
        code="quorum-missing",
        hint="Let the log's owner run 'glassledger log cosign'. If a witness refuses, ask it why: it has seen another "
        "history.",
        facts={"size": size},
    )


def _key(number: int, vkey: str, algorithm: int, known: list[VerifierKey]) -> VerifierKey:
    try:
        key = VerifierKey.parse(vkey)
    except Error:
        raise _malformed(number, "its key is not an Ed25519 verifier key") from None
    if key.algorithm != algorithm:
        wanted = "a witness's key has type 4 (cosignature/v1)" if algorithm == COSIGNATURE else "a log's key has type 1"
        raise _malformed(number, wanted)
    if any(key.public_key == other.public_key for other in known):
        raise _malformed(number, "a public key is there twice")
    return key


def _malformed(number: int, why: str) -> PolicyError:
    return PolicyError(
        f"The trust policy cannot be used: {why}" + (f" (line {number})." if number else "."),
        code="trust-policy-malformed",
        hint="See docs/formats/trust-policy.md; its lines are log, witness, group and one quorum.",
        facts={"line": number},
    )

"""Check what witnesses and time-stamping authorities said about a log, against the log as it is now."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from glassledger.audit import attested
from glassledger.audit.checkpoint import SignedCheckpoint
from glassledger.audit.keychain import KeyChain
from glassledger.audit.note import VerifierKey
from glassledger.audit.store import Hashes
from glassledger.audit.timestamp import verify_stamp
from glassledger.audit.trust_policy import TrustPolicy, quorum_missing
from glassledger.audit.verified import Finding, Voucher, begins_with
from glassledger.errors import AuditError


@dataclass(frozen=True)
class Trust:
    """What an auditor brings along.

    Attributes
    ----------
    vkey : VerifierKey or None
        The log's key as it was given to the auditor.
    since : bytes or None
        A checkpoint that was kept.
    policy : TrustPolicy or None
        Whose cosignatures are asked for.
    roots : bytes or None
        PEM certificates of time-stamping authorities.
    """

    vkey: VerifierKey | None = None
    since: bytes | None = None
    policy: TrustPolicy | None = None
    roots: bytes | None = None

    def expect(self, chain: KeyChain) -> None:
        """The log must have the key that the auditor was given, by hand and by policy."""
        chain.expect([self.vkey] if self.vkey else [])
        if self.policy:
            chain.expect(party.key for party in self.policy.logs)

    @property
    def names_a_key(self) -> bool:
        """Whether the log's key came from the auditor."""
        return self.vkey is not None or bool(self.policy and self.policy.logs)


@dataclass(frozen=True)
class Vouched:
    """What holds of it.

    Attributes
    ----------
    cosigned : int or None
        Entries covered by the newest checkpoint that meets the policy; None without a policy.
    vouchers : tuple of Voucher
        Cosignatures and time stamps that were checked.
    findings : tuple of Finding
        What was not checked, and entries that nobody has cosigned yet.
    """

    cosigned: int | None
    vouchers: tuple[Voucher, ...]
    findings: tuple[Finding, ...]


def examine_trust(
    trust: Trust, files: Mapping[str, bytes], checkpoint: bytes, *, chain: KeyChain, size: int, hashes: Hashes
) -> Vouched:
    """Hold a recomputed log against everything that the auditor brings along; see :func:`vouch` for what it raises."""
    trust.expect(chain)
    if trust.since is not None:
        past = chain.open(trust.since).checkpoint
        begins_with(size, hashes, past.size, past.root)
    return vouch(files, checkpoint, chain=chain, trust=trust, size=size, hashes=hashes)


def vouch(
    files: Mapping[str, bytes], checkpoint: bytes, *, chain: KeyChain, trust: Trust, size: int, hashes: Hashes
) -> Vouched:
    """Check everything under ``attested/`` and the present checkpoint.

    Raises
    ------
    AuditError
        ``quorum-missing`` when a policy is given and no checkpoint meets it; ``attested-malformed``,
        ``timestamp-invalid``, ``log-forked-history`` and the like for a statement that does not hold.
    """
    notes = attested.of_kind(files, attested.COSIGNED)
    opened = [_opened(note, at, chain=chain, trust=trust, size=size, hashes=hashes) for at, note in notes.items()]
    opened.append(chain.open(checkpoint, others=trust.policy.witness_keys if trust.policy else ()))
    unchecked = sum(len(signed.opened.unknown) for signed in opened)
    vouchers = [voucher for signed in opened for voucher in _cosigners(signed)]
    stamps = attested.of_kind(files, attested.STAMP)
    stamped = attested.of_kind(files, attested.STAMPED)
    for at, token in stamps.items():
        if at not in stamped:
            raise _malformed(at)
        _opened(stamped[at], at, chain=chain, trust=trust, size=size, hashes=hashes)
        if trust.roots is not None:
            vouchers.append(Voucher("time stamp", at, "RFC 3161", verify_stamp(token, stamped[at], roots=trust.roots)))
    cosigned = _quorum(opened, trust.policy)
    findings = tuple(_findings(cosigned, size, unchecked, len(stamps) if trust.roots is None else 0, trust))
    return Vouched(cosigned, tuple(dict.fromkeys(vouchers)), findings)


def _opened(note: bytes, at: int, *, chain: KeyChain, trust: Trust, size: int, hashes: Hashes) -> SignedCheckpoint:
    signed = chain.open(note, others=trust.policy.witness_keys if trust.policy else ())
    if signed.checkpoint.size != at:
        raise _malformed(at)
    begins_with(size, hashes, at, signed.checkpoint.root)
    return signed


def _cosigners(signed: SignedCheckpoint) -> Iterator[Voucher]:
    for verified in signed.opened.verified:
        if verified.time is not None:
            yield Voucher("cosignature", signed.checkpoint.size, verified.key.name, _rfc3339(verified.time))


def _rfc3339(seconds: int) -> str:
    try:
        moment = datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return f"{seconds} s after 1970"
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def _quorum(opened: list[SignedCheckpoint], policy: TrustPolicy | None) -> int | None:
    if policy is None:
        return None
    met = [
        signed.checkpoint.size
        for signed in opened
        if policy.is_met(verified.key for verified in signed.opened.verified)
    ]
    if not met:
        raise quorum_missing(max(signed.checkpoint.size for signed in opened))
    return max(met)


def _findings(cosigned: int | None, size: int, notes: int, stamps: int, trust: Trust) -> Iterator[Finding]:
    if cosigned is not None and cosigned < size:
        message = f"{size - cosigned} entries are newer than the last checkpoint that meets the trust policy."
        yield Finding("uncosigned-tail", message, cosigned)
    if notes and trust.policy is None:
        yield Finding("cosignatures-unchecked", f"{notes} cosignatures were not checked: no trust policy was given.")
    if stamps:
        yield Finding("timestamps-unchecked", f"{stamps} time stamps were not checked: no root certificate was given.")


def _malformed(size: int) -> AuditError:
    return AuditError(
        f"A statement about {size} entries is not what its name says, or half of it is missing.",
        code="attested-malformed",
        hint="A file in attested/ was changed, renamed or removed; restore it from a copy.",
        facts={"size": size},
    )

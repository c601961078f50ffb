"""Ask witnesses to cosign a log's last signed checkpoint, and keep the result when it makes the quorum."""

from dataclasses import dataclass
from typing import Final

from glassledger.audit import attested
from glassledger.audit.checkpoint import Checkpoint, SignedCheckpoint, decimal
from glassledger.audit.log import Log
from glassledger.audit.note import Note, Signature, VerifierKey, open_note
from glassledger.audit.trust_policy import Party, TrustPolicy
from glassledger.audit.witness import SIZE_TYPE, Answer, Submission
from glassledger.audit.witness_http import Ask, ask
from glassledger.errors import AuditError, Error, PolicyError

_REASONS: Final = {
    400: "it calls the request malformed",
    403: "it does not know the log's key",
    404: "it does not know this log",
    409: "it has cosigned another size in the meantime",
    422: "the checkpoint does not extend the one it has cosigned",
}


@dataclass(frozen=True)
class Cosigning:
    """What the witnesses said.

    Attributes
    ----------
    checkpoint : Checkpoint
        What was submitted.
    note : bytes
        The checkpoint with all cosignatures.
    cosigned : tuple of str
        Witnesses that cosigned, by their names in the policy.
    refused : dict of str to str
        Why the others did not.
    """

    checkpoint: Checkpoint
    note: bytes
    cosigned: tuple[str, ...]
    refused: dict[str, str]


def cosign(log: Log, policy: TrustPolicy, *, ask: Ask = ask) -> Cosigning:
    """Submit the last signed checkpoint to every witness of the policy that has an address.

    Parameters
    ----------
    log : Log
        Needs no key; sign a checkpoint first to cover the newest entries.
    policy : TrustPolicy
        Its witnesses' URLs are asked, and its quorum decides.
    ask : callable
        Posts a body to a URL; over HTTP unless given.

    Raises
    ------
    AuditError
        ``quorum-missing`` when too few cosigned; ``witness-ahead`` when one has seen a longer history of this log,
        which means that entries were lost or hidden.
    """
    signed = log.signed_head()
    parties = {name: party for name, party in policy.witnesses.items() if party.url}
    if not parties:
        raise PolicyError(
            "No witness of this policy has an address.",
            code="witness-address-missing",
            hint="Add its URL to the end of its witness line.",
        )
    added, refused = {}, {}
    for name, party in parties.items():
        try:
            added[name] = _cosignature(log, signed, name, party, ask)
        except AuditError as error:
            if error.code == "witness-ahead":
                raise
            refused[name] = error.message
        except Error as error:
            refused[name] = error.message
    note = Note.parse(signed.note)
    whole = Note(note.text, (*note.signatures, *added.values())).to_bytes()
    if not policy.is_met(parties[name].key for name in added):
        raise AuditError(
            "Too few witnesses cosigned: " + "; ".join(f"{name}: {why}" for name, why in refused.items()),
            code="quorum-missing",
            hint="Nothing was kept. Settle it with the witnesses and repeat the command.",
            facts={"cosigned": sorted(added), "refused": sorted(refused)},
        )
    log.attest(attested.name(signed.checkpoint.size, attested.COSIGNED), whole)
    return Cosigning(signed.checkpoint, whole, tuple(added), refused)


def _cosignature(log: Log, signed: SignedCheckpoint, name: str, party: Party, ask: Ask) -> Signature:
    old = _last_cosigned(log, party.key)
    answer = ask(party.url, _body(log, signed, old))
    if answer.status == 409 and answer.content_type == SIZE_TYPE:
        old = _size(answer)
        if old > signed.checkpoint.size:
            raise AuditError(
                f"The witness {name} has cosigned {old} entries of this log, and it holds {signed.checkpoint.size}.",
                code="witness-ahead",
                hint="The log was rolled back, or another copy of it is in use. Do not write to it.",
                facts={"witness": name, "seen": old, "size": signed.checkpoint.size},
            )
        answer = ask(party.url, _body(log, signed, old))
    if answer.status != 200:
        why = _REASONS.get(answer.status, f"it answered {answer.status}")
        raise AuditError(why, code="witness-refused", facts={"witness": name, "status": answer.status})
    return _checked(signed, party.key, answer.body)


def _body(log: Log, signed: SignedCheckpoint, old: int) -> bytes:
    size = signed.checkpoint.size
    proof = log.consistency_proof(old, size=size) if 0 < old <= size else []
    return Submission(old, tuple(proof), signed.note).to_bytes()


def _last_cosigned(log: Log, key: VerifierKey) -> int:
    """The size up to which we hold this witness's cosignature; 0 when none."""
    for size, note in reversed(attested.of_kind(log.attested(), attested.COSIGNED).items()):
        try:
            open_note(note, [key])
        except AuditError:
            continue
        if size <= log.signed_head().checkpoint.size:
            return size
    return 0


def _size(answer: Answer) -> int:
    try:
        return decimal(answer.body.decode("ascii").removesuffix("\n"))
    except ValueError:
        raise AuditError("its answer is not one of the protocol", code="witness-refused") from None


def _checked(signed: SignedCheckpoint, key: VerifierKey, lines: bytes) -> Signature:
    """This witness's signature out of an answer; what other keys signed is left out."""
    text = Note.parse(signed.note).text.encode() + b"\n"
    try:
        opened = Note.parse(text + lines)
        open_note(text + lines, [key])
    except AuditError:
        raise AuditError("its cosignature does not verify", code="witness-refused") from None
    return next(one for one in opened.signatures if (one.name, one.key_id) == (key.name, key.key_id))

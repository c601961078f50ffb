"""Verify a log and the files it vouches for, from nothing but their bytes and the log's public key."""

import os
from collections.abc import Iterator
from pathlib import Path

from glassledger.audit.checkpoint import Checkpoint, open_checkpoint
from glassledger.audit.keychain import KeyChain
from glassledger.audit.note import VerifierKey
from glassledger.audit.read_sqlite import checked_reader, reader
from glassledger.audit.recompute import OnRun, Recomputed, integrity, recompute
from glassledger.audit.seal import open_seal
from glassledger.audit.shelf import parse_vkey_file
from glassledger.audit.snapshot import Snapshot, connect, snapshot
from glassledger.audit.snapshot_postgres import postgres_snapshot
from glassledger.audit.trust_policy import TrustPolicy
from glassledger.audit.vault import NAME, Vault
from glassledger.audit.verified import Finding, SealState, VerifiedLog, begins_with, now
from glassledger.audit.verify_tiles import is_tile_tree, verify_tiles
from glassledger.audit.vouching import Trust, examine_trust
from glassledger.audit.wal import inspect
from glassledger.errors import AuditError, StorageError

__all__ = ["Finding", "VerifiedLog", "verify"]


def verify(
    directory: str | os.PathLike[str],
    *,
    log: str | None = None,
    vkey: str | None = None,
    since: bytes | None = None,
    policy: bytes | None = None,
    tsa: bytes | None = None,
    workers: int = 1,
    on_run: OnRun | None = None,
) -> VerifiedLog:
    """Check a workspace (log, signatures, budgets, artefacts, files) or a published tile tree; nothing is written.

    Parameters
    ----------
    directory : path
        Holds ``log.db`` and what belongs to it, or ``checkpoint`` and ``tile``.
    log : str, optional
        Where the log itself is, when it is not in the directory: ``postgresql://…``.
    vkey : str, optional
        The log's verifier key as the auditor was given it; without it the key in the folder is believed. A published
        tree has none, and needs it.
    since : bytes, optional
        A checkpoint kept from earlier: the log must still hold what it signed.
    policy : bytes, optional
        A trust policy (C2SP tlog-policy): its quorum of witnesses must have cosigned a checkpoint of this log, and its
        log lines count as given keys.
    tsa : bytes, optional
        PEM certificates of time-stamping authorities; time stamps are checked against them.
    workers : int
        Processes to share the hashing; see :func:`~glassledger.audit.recompute.recompute`.
    on_run : callable, optional
        Told (entries done, entries in all).

    Raises
    ------
    AuditError
        Whatever does not hold; ``facts["index"]`` is the first bad entry where there is one.
    UsageError
        When a published tree comes without a key.
    PolicyError
        When the trust policy is malformed.
    """
    folder = Path(directory)
    trust = Trust(
        vkey=VerifierKey.parse(vkey.strip()) if vkey is not None else None,
        since=since,
        policy=TrustPolicy.parse(policy) if policy is not None else None,
        roots=tsa,
    )
    try:
        if log is None and is_tile_tree(folder):
            return verify_tiles(folder, trust, on_run=on_run)
        with snapshot(folder) if log is None else postgres_snapshot(log) as shot:
            return _Verification(folder, shot, trust).run(workers, on_run)
    except StorageError as error:
        raise AuditError(
            error.message,
            code="log-unreadable",
            hint="Nothing can be said about it until all of it can be read: check permissions and the disk.",
            facts=error.facts,
        ) from None


class _Verification:
    def __init__(self, folder: Path, shot: Snapshot, trust: Trust) -> None:
        self._folder = folder
        self._shot = shot
        self._trust = trust
        self._key = parse_vkey_file(shot.vkey)

    def run(self, workers: int, on_run: OnRun | None) -> VerifiedLog:
        shot, key = self._shot, self._key
        signed = open_checkpoint(shot.checkpoint, key).checkpoint
        sealed = open_seal(shot.seal, key) if shot.seal is not None else None
        with connect(shot.database) as connection:
            if checked_reader(connection).origin() != key.name:
                raise AuditError(
                    "The database belongs to another log.", code="key-mismatch", hint="It was put here from elsewhere."
                )
        log = recompute(shot.database, workers=workers, on_run=on_run)
        size = log.edge.size
        with connect(shot.database) as connection:  # its hashes have just been recomputed
            hashes = reader(connection)
            begins_with(size, hashes, signed.size, signed.root)
            if sealed:
                begins_with(size, hashes, sealed.size, sealed.root)
            chain = KeyChain.of(key, log.rotations, hashes)
            vouched = examine_trust(self._trust, shot.attested, shot.checkpoint, chain=chain, size=size, hashes=hashes)
        state = self._seal_state(log, sealed.size if sealed else None, sealed.digest if sealed else "")
        unknown = log.holdings.check_artifacts(self._folder)
        log.holdings.check_files(self._folder)
        return VerifiedLog(
            directory=str(self._folder),
            origin=key.name,
            size=size,
            root=log.edge.root(),
            checkpoint=shot.checkpoint,
            signed=signed.size,
            seal=state,
            artifacts=len(log.holdings.artifacts),
            files=len(log.holdings.files),
            budgets=tuple(sorted(log.book.balances.values(), key=lambda balance: balance.scope)),
            findings=(*self._findings(log, signed, state, unknown), *vouched.findings),
            key_given=self._trust.names_a_key,
            verified_at=now(),
            cosigned=vouched.cosigned,
            vouchers=vouched.vouchers,
            rotations=len(chain.retired_at),
            commitments=len(log.subjects.committed),
            erased=len(log.subjects.erased),
        )

    def _seal_state(self, log: Recomputed, size: int | None, digest: str) -> SealState:
        shot = self._shot
        if size == log.edge.size:
            if digest != shot.digest or inspect(shot.wal).taken:
                raise AuditError(
                    "The entries hold, but bytes of the database file differ from those that were sealed.",
                    code="seal-broken",
                    hint="Bytes outside the entries were changed after the log was closed. Compare it with a copy.",
                    facts={"sealed": digest, "found": shot.digest},
                )
            return "intact"
        integrity(shot.database, shot.database.stat().st_size)
        if not shot.digest:
            return "none"
        return "absent" if size is None else "outdated"

    def _findings(self, log: Recomputed, signed: Checkpoint, state: SealState, unknown: list[str]) -> Iterator[Finding]:
        if signed.size < log.edge.size:
            behind = log.edge.size - signed.size
            yield Finding("unsigned-tail", f"{behind} entries are newer than the last checkpoint.", signed.size)
        if state not in ("intact", "none"):
            yield Finding(
                f"seal-{state}",
                "The log was not closed since it last grew: all entries and tables were checked, but not the unused "
                "bytes of the database file.",
            )
        yield from self._left_open()
        yield from log.all_findings()
        yield from self._salts(log)
        for path in unknown:
            yield Finding("artifact-unknown", f"No entry names the file artifacts/{path}.")

    def _salts(self, log: Recomputed) -> Iterator[Finding]:
        """Salts are private, so an auditor has none; where they are, they must fit what was logged."""
        path = self._folder / "keys" / NAME
        if not path.exists():
            return
        kept, ledger = Vault(path).all(), log.subjects
        for digest in sorted(kept & ledger.erased):
            yield Finding("erasure-undone", "A salt is back whose erasure was logged.", ledger.committed.get(digest))
        gone = ledger.erased | ledger.announced
        for digest, index in ledger.committed.items():
            if digest not in kept and digest not in gone:
                yield Finding("salt-lost", "A commitment can no longer be shown: its salt is gone.", index)

    def _left_open(self) -> Iterator[Finding]:
        if not self._shot.wal:
            return
        left = inspect(self._shot.wal)
        if left.dropped > 1:
            raise AuditError(
                f"The write-ahead log holds {left.dropped} commits behind damaged bytes.",
                code="wal-damaged",
                hint="Entries that had been made durable cannot be read any more. Keep the files and find a copy.",
                facts={"commits_taken": left.taken, "commits_lost": left.dropped},
            )
        yield Finding("not-at-rest", f"The log is in use or was not closed; {left.taken} commits are not yet moved.")
        if left.bad_bytes:
            yield Finding("write-cut-off", f"{left.bad_bytes} bytes of a write that never finished were left out.")

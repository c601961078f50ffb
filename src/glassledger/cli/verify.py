"""``glassledger verify DIR``: the auditor's command; it needs no data-science package."""

import json
import os
from pathlib import Path

import click

from glassledger.audit.verified import VerifiedLog, now
from glassledger.audit.verify import verify
from glassledger.errors import AuditError

_EXAMPLE = """\b
Example:
  glassledger verify audit_reports/bank --vkey "$(cat from-the-bank/log.vkey)" --since last-year/checkpoint

Exit codes: 0 verified, 4 not verified."""


@click.command(epilog=_EXAMPLE)
@click.argument("folder", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--log", "address", metavar="URL", help="Where the log is when it is not in DIR: postgresql://…")
@click.option("--vkey", help="The log's public key as you were given it; else the one in the folder is believed.")
@click.option(
    "--since",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A checkpoint you kept: the log must still begin with what it signed.",
)
@click.option(
    "--policy",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Your trust policy (C2SP tlog-policy): its quorum of witnesses must have cosigned the log.",
)
@click.option(
    "--tsa",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="PEM root certificates of time-stamping authorities; time stamps are checked against them.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document on standard output.")
@click.pass_context
def command(
    ctx: click.Context,
    folder: Path,
    address: str | None,
    vkey: str | None,
    since: Path | None,
    policy: Path | None,
    tsa: Path | None,
    as_json: bool,
) -> None:
    """Re-hash every entry, artefact and file of a workspace, and check signatures, seal and budgets.

    DIR is a workspace, or a tree that 'glassledger log publish' wrote; that one needs --vkey. Nothing is written to
    DIR. Findings are no failures; what does not verify is, and the first bad entry is named.
    """
    try:
        log = verify(
            folder,
            log=address,
            vkey=vkey,
            since=since.read_bytes() if since else None,
            policy=policy.read_bytes() if policy else None,
            tsa=tsa.read_bytes() if tsa else None,
            workers=os.cpu_count() or 1,
        )
    except AuditError as error:
        _refuse(folder, error, as_json=as_json)
        ctx.exit(AuditError.exit_code)
    if as_json:
        click.echo(json.dumps({"verified": True} | log.to_dict(), ensure_ascii=False, sort_keys=True))
    else:
        click.echo("\n".join(verdict(log)))


def verdict(log: VerifiedLog) -> list[str]:
    """The verdict as lines for a person."""
    key = (
        "as given" if log.key_given else "from the folder itself: compare it with the one you were given, or use --vkey"
    )
    lines = [
        f"VERIFIED  {log.directory}  at {log.verified_at}",
        "",
        f"log         {log.origin}",
        f"key         {key}",
        f"entries     {log.size:,} re-hashed; the last checkpoint signs {log.signed:,}",
        f"root        {log.root.hex()}",
        f"database    {_SEAL[log.seal]}",
        f"artefacts   {log.artifacts:,} re-hashed; {log.files:,} files",
    ]
    if log.commitments:
        lines.append(f"commitments {log.commitments:,} about people; {log.erased:,} of them erased")
    if log.rotations:
        lines.append(f"rotations   {log.rotations}; each new key was named by the one before")
    if log.cosigned is not None:
        lines.append(f"cosigned    {log.cosigned:,} entries, as your trust policy asks")
    lines += [
        f"{voucher.kind:<11} {voucher.size:,} entries by {voucher.time}: {voucher.by}" for voucher in log.vouchers
    ]
    for balance in log.budgets:
        lines.append(
            f"budget      {balance.scope}: epsilon {_decimal(balance.spent_nano_epsilon, 9)} of "
            f"{_decimal(balance.cap_nano_epsilon, 9)}, delta {_decimal(balance.spent_pico_delta, 12)} of "
            f"{_decimal(balance.cap_pico_delta, 12)} spent"
        )
    for finding in log.findings:
        where = f" (entry {finding.index})" if finding.index is not None else ""
        lines.append(f"finding     [{finding.code}] {finding.message}{where}")
    lines += [
        "",
        "This says that nothing was changed since it was logged and signed, not that what was logged is true.",
    ]
    return lines


_SEAL = {
    "intact": "sealed; every byte is the one that was sealed",
    "outdated": "grew since it was sealed; all entries and tables checked, unused bytes were not",
    "absent": "never sealed; all entries and tables checked, unused bytes were not",
    "none": "not one file: every row or tile was recomputed",
}


def _refuse(folder: Path, error: AuditError, *, as_json: bool) -> None:
    at = now()
    if as_json:
        document = {"verified": False, "directory": str(folder), "verified_at": at} | error.as_dict()
        click.echo(json.dumps(document, ensure_ascii=False, sort_keys=True))
        return
    click.echo(f"NOT VERIFIED  {folder}  at {at}\n\n[{error.code}] {error.message}\n{error.hint}")


def _decimal(units: int, places: int) -> str:
    whole, part = divmod(units, 10**places)
    return f"{whole}.{part:0{places}d}".rstrip("0").rstrip(".")

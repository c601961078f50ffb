"""``glassledger log cosign | stamp | rotate-key | succeed``: who else vouches for the log, and which key signs it."""

from pathlib import Path

import click

from glassledger.cli.options import answer, json_option, workspace_option

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_REASON = click.option("--reason", prompt="Why, and who decided", help="Goes into the log.")
_ACTOR = click.option("--actor", required=True, help="Who does it.")


@click.command("cosign", epilog="Example: glassledger log cosign -w audit_reports/bank --policy trust-policy.txt")
@workspace_option
@click.option("--policy", required=True, type=_FILE, help="A tlog-policy whose witness lines have addresses.")
@json_option
def cosign(workspace: Path, policy: Path, as_json: bool) -> None:
    """Have the last signed checkpoint cosigned by the witnesses of a trust policy.

    Fails when the policy's quorum is not met. The proofs and the tree that are published afterwards carry the
    cosignatures.
    """
    from glassledger.audit.cosigning import cosign as ask_witnesses
    from glassledger.audit.log import Log
    from glassledger.audit.trust_policy import TrustPolicy

    with Log.open(workspace) as log:
        result = ask_witnesses(log, TrustPolicy.parse(policy.read_bytes()))
    document = {"size": result.checkpoint.size, "cosigned": list(result.cosigned), "refused": result.refused}
    lines = [f"{result.checkpoint.size:,} entries cosigned by {', '.join(result.cosigned) or 'nobody, as allowed'}."]
    lines += [f"{name} did not: {why}" for name, why in result.refused.items()]
    answer(document, lines, as_json=as_json)


@click.command("stamp", epilog="Example: glassledger log stamp -w audit_reports/bank --tsa URL --root tsa-root.pem")
@workspace_option
@click.option("--tsa", required=True, metavar="URL", help="A time-stamping authority (RFC 3161 over HTTP).")
@click.option("--root", required=True, type=_FILE, help="PEM certificate of its root; the answer is checked at once.")
@json_option
def stamp(workspace: Path, tsa: str, root: Path, as_json: bool) -> None:
    """Have the last signed checkpoint time-stamped. Only a hash leaves the machine."""
    from glassledger.audit.log import Log
    from glassledger.audit.timestamp import QUERY, read_roots
    from glassledger.audit.timestamp import stamp as stamp_log
    from glassledger.audit.witness_http import post

    with Log.open(workspace) as log:
        size, time = stamp_log(log, lambda body: post(tsa, body, QUERY, who="tsa").body, roots=read_roots(root))
    answer({"size": size, "time": time}, [f"{size:,} entries existed at {time}, says {tsa}."], as_json=as_json)


@click.command("rotate-key", epilog="Example: glassledger log rotate-key -w audit_reports/bank --actor ops")
@workspace_option
@click.option("--anchor", type=click.Path(dir_okay=False, path_type=Path), help="The anchor outside, if there is one.")
@_ACTOR
@_REASON
def rotate_key(workspace: Path, anchor: Path | None, actor: str, reason: str) -> None:
    """Hand the log to a new key while the old one is still trusted; the old one is kept as keys/log.key.retired.1.

    May be repeated when it was cut off. Tell auditors and witnesses the new public key; verification leads from the old
    key to the new one.
    """
    from glassledger.audit.anchor import FileAnchor
    from glassledger.audit.rotation import rotate_key as rotate
    from glassledger.audit.shelf import parse_vkey_file
    from glassledger.audit.signer import Signer

    keys = workspace / "keys"
    current, upcoming = keys / "log.key", keys / "log.key.next"
    old = Signer.load(current)
    new = Signer.load(upcoming) if upcoming.exists() else Signer.create(upcoming, old.name)
    if parse_vkey_file((workspace / "log.vkey").read_bytes()) != new.key or (workspace / "log.vkey.next").exists():
        anchored = FileAnchor(anchor, log_folder=workspace) if anchor else None
        rotate(workspace, old=old, new=new, actor=actor, reason=reason, anchor=anchored)
    _keep_retired(current, keys)
    upcoming.replace(current)
    click.echo(f"{old.vkey}\nis retired. The log signs with\n{new.vkey}")


@click.command(
    "succeed", epilog="Example: glassledger log succeed new/ -w audit_reports/bank --origin bank.example/log/v2"
)
@click.argument("heir", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@workspace_option
@click.option("--origin", required=True, help="The new log's name; it must not be the old one.")
@click.option("--last", type=_FILE, help="The last checkpoint that somebody else vouches for.")
@_ACTOR
@_REASON
def succeed(heir: Path, workspace: Path, origin: str, last: Path | None, actor: str, reason: str) -> None:
    """Leave a log whose key was stolen, and go on in DIR under a new name and key.

    The old log is only read. Its budgets go over; where entries are newer than the last checkpoint that can be trusted,
    they go over as spent.
    """
    from glassledger.audit.rotation import succeed as go_on
    from glassledger.audit.signer import Signer

    signer = Signer.create(heir / "keys" / "log.key", origin)
    left = go_on(workspace, heir, signer=signer, actor=actor, reason=reason, last=last.read_bytes() if last else None)
    click.echo(f"{left.origin} is left at {left.size:,} entries. The new log's key is\n{signer.vkey}")


def _keep_retired(current: Path, keys: Path) -> None:
    number = 1
    while (keys / f"log.key.retired.{number}").exists():
        number += 1
    current.replace(keys / f"log.key.retired.{number}")

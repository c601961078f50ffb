"""``glassledger witness …``: run a witness, so that somebody else than the log's owner vouches for its history."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from glassledger.audit.witness import Witness

_DIR = click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))


@click.group()
def command() -> None:
    """Cosign other people's logs as long as they only grow (C2SP tlog-witness). For internal audit or a second site."""


@command.command("init", epilog="Example: glassledger witness init /srv/witness --name audit.bank.example/w1")
@_DIR
@click.option("--name", required=True, help="The witness's name: yours, without spaces or plus signs.")
def init(folder: Path, name: str) -> None:
    """Make a witness's folder and key, and print its public key for the trust policy."""
    from glassledger import files
    from glassledger.audit.note import COSIGNATURE
    from glassledger.audit.signer import Signer

    signer = Signer.create(folder / "witness.key", name, algorithm=COSIGNATURE)
    files.write_durably(folder / "witness.vkey", f"{signer.vkey}\n".encode())
    click.echo(signer.vkey)


@command.command("trust", epilog='Example: glassledger witness trust /srv/witness "$(cat bank/log.vkey)"')
@_DIR
@click.argument("vkey")
def trust(folder: Path, vkey: str) -> None:
    """Let the log with this public key be cosigned; get the key from its owner by another way than the folder."""
    from glassledger import files
    from glassledger.audit.note import VerifierKey

    key = VerifierKey.parse(vkey.strip())
    path = folder / "logs"
    with files.locked(folder / "logs.lock"):
        known = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        if str(key) not in known:
            files.write_durably(path, ("\n".join([*known, str(key)]) + "\n").encode())
    click.echo(f"{key.name} is known to this witness.")


@command.command("serve", epilog="Example: glassledger witness serve /srv/witness --port 8473")
@_DIR
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen; put TLS before anything else.")
@click.option("--port", type=click.IntRange(0, 65535), default=8473, show_default=True)
def serve(folder: Path, host: str, port: int) -> None:
    """Answer POST /add-checkpoint until interrupted."""
    from glassledger.audit.witness_http import make_server

    with make_server(_witness(folder), host=host, port=port) as server:
        click.echo(f"http://{host}:{server.server_address[1]}/")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            click.echo("Stopped.", err=True)


def _witness(folder: Path) -> "Witness":
    from glassledger import files
    from glassledger.audit.note import VerifierKey
    from glassledger.audit.signer import Signer
    from glassledger.audit.witness import Witness
    from glassledger.errors import UsageError

    signer = Signer.load(folder / "witness.key")
    if not (folder / "logs").exists():
        raise UsageError(
            "This witness knows no log.", code="witness-idle", hint="Add one with 'glassledger witness trust DIR VKEY'."
        )
    lines = files.read_bytes(folder / "logs").decode("utf-8", "replace").splitlines()
    return Witness(folder, signer, [VerifierKey.parse(line) for line in lines])

"""``glassledger review …``."""

from pathlib import Path

import click

from glassledger.cli.options import answer, model_option, opened, workspace_options
from glassledger.files import read_bytes

_key_option = click.option(
    "--key",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The signer's OpenSSH Ed25519 private key (made by ssh-keygen -t ed25519).",
)
_identity_option = click.option("--by", "identity", required=True, help="Identity in allowed_signers, e.g. alice@corp.")
_comment_option = click.option("--comment", default="", help="What the signer wants to say; no personal data.")


@click.group()
def command() -> None:
    """Submit, approve or reject a model. Decisions are in-toto statements signed as SSHSIG."""


@command.command("trust", epilog="Example: glassledger review trust alice@corp alice.pub -w audit_reports/bank")
@click.argument("identity")
@click.argument("public_key", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@workspace_options
def trust(identity: str, public_key: Path, workspace: Path, actor: str | None, as_json: bool, quiet: bool) -> None:
    """Let an identity sign reviews with this public key; logged."""
    with opened(workspace, actor=actor, quiet=quiet) as ws:
        ws.trust(identity, read_bytes(public_key).decode("utf-8", errors="replace"))
    answer({"trusted": identity}, [f"{identity} may sign reviews in this workspace."], as_json=as_json, quiet=quiet)


@command.command("status", epilog="Example: glassledger review status -w audit_reports/bank")
@model_option
@workspace_options
def status(model: str, workspace: Path, actor: str | None, as_json: bool, quiet: bool) -> None:
    """Show the state of a model and what is still asked for."""
    with opened(workspace, actor=actor, quiet=quiet, create=False) as ws:
        chosen = ws.model(model)
        state = ws.review(chosen).state
    lines = [f"Model {chosen.id}: {state.status}."]
    lines += [f"  still needed: {item}" for item in state.requirements]
    answer({"model": chosen.id} | state.to_dict(), lines, as_json=as_json, quiet=quiet)


def _signing(verdict: str, text: str) -> click.Command:
    @command.command(verdict, help=text, epilog=f"Example: glassledger review {verdict} --by alice@corp --key alice")
    @_identity_option
    @_key_option
    @_comment_option
    @model_option
    @workspace_options
    def sign(
        identity: str,
        key: Path,
        comment: str,
        model: str,
        workspace: Path,
        actor: str | None,
        as_json: bool,
        quiet: bool,
    ) -> None:
        with opened(workspace, actor=actor or identity, quiet=quiet, create=False) as ws:
            chosen = ws.model(model)
            review = ws.review(chosen)
            act = {"submit": review.submit, "approve": review.approve, "reject": review.reject}[verdict]
            state = act(by=identity, key=key, comment=comment)
        answer(
            {"model": chosen.id} | state.to_dict(),
            [f"Model {chosen.id} is now {state.status}."],
            as_json=as_json,
            quiet=quiet,
        )

    return sign


_signing("submit", "The developer hands the model and its evidence over for review.")
_signing("approve", "Sign the model off. The developer cannot, under any name.")
_signing("reject", "Refuse the model.")

"""``glassledger rules``."""

from pathlib import Path

import click

from glassledger.cli.options import answer, json_option, opened, workspace_options


@click.group(epilog="Example: glassledger rules changed -w audit_reports/bank")
def command() -> None:
    """List the rule packs, show one, or find models that were judged by older ones."""


@command.command("list", epilog="Example: glassledger rules list")
@json_option
def list_packs(as_json: bool) -> None:
    """The packs that come with glassledger: controls, legal status, day of the last judgement."""
    from glassledger.policy.rule_packs import load_pack
    from glassledger.policy.shipped import shipped_packs

    packs = [load_pack(name) for name in shipped_packs()]
    lines = [
        f"{pack.id:16} {len(pack.controls):3} controls  {pack.status.replace('_', ' '):15} since {pack.since}  "
        f"judged {pack.version}  {pack.title}"
        for pack in packs
    ]
    found = [
        {"id": pack.id, "title": pack.title, "status": pack.status, "since": pack.since, "version": pack.version}
        | {"controls": len(pack.controls), "digest": pack.digest}
        for pack in packs
    ]
    answer({"packs": found}, lines, as_json=as_json, quiet=False)


@command.command(epilog="Example: glassledger rules show eu_gdpr")
@click.argument("pack")
@json_option
def show(pack: str, as_json: bool) -> None:
    """One pack, by name or by the path of a .yaml file: every control, what it wants, how it was checked."""
    from glassledger.policy.rule_packs import load_pack

    found = load_pack(pack)
    lines = [f"{found.title}", f"{found.status.replace('_', ' ')} since {found.since}; {found.note}".rstrip("; ")]
    for control in found.controls:
        lines += ["", f"{control.id}  {control.citation}: {control.title}", f"  {control.asks}"]
        lines.append(f"  wants {', '.join(control.wants)}; answered {control.answer}; basis {control.basis}")
    answer(found.to_dict(), lines, as_json=as_json, quiet=False)


@command.command(epilog="Example: glassledger rules changed -w audit_reports/bank --json")
@workspace_options
@click.pass_context
def changed(context: click.Context, workspace: Path, actor: str | None, as_json: bool, quiet: bool) -> None:
    """Models whose evidence was held against another edition of a pack than today's; exit code 1 when there is one."""
    with opened(workspace, actor=actor, quiet=quiet, create=False) as ws:
        found = ws.changed_rules()
    lines = [f"{item.model}: {item.pack} was judged {item.held}, now {item.current}" for item in found]
    answer(
        {"changed": [item._asdict() for item in found]},
        lines or ["Every reported model was held against today's rule packs."],
        as_json=as_json,
        quiet=quiet,
    )
    context.exit(1 if found else 0)

"""``glassledger init``."""

from pathlib import Path

import click

from glassledger.cli.options import answer, json_option
from glassledger.errors import UsageError
from glassledger.files import write_durably


@click.command(epilog="Example: glassledger init customers.csv --out policies/customers.yaml")
@click.argument("data", type=click.Path(path_type=Path))
@click.option("--out", "-o", type=click.Path(dir_okay=False, path_type=Path), help="Where to write the draft.")
@click.option("--force", is_flag=True, help="Replace an existing file.")
@json_option
def command(data: Path, out: Path | None, force: bool, as_json: bool) -> None:
    """Draft a policy from a table. Every guess is marked '# decide:' for a person to settle."""
    from glassledger.data import read_table
    from glassledger.data.draft import draft_policy

    dataset = data.name.split(".")[0]
    target = out or Path(f"{dataset}.yaml")
    if target.exists() and not force:
        raise UsageError(f"{target} exists already.", code="file-exists", hint="Choose another --out or add --force.")
    text = draft_policy(read_table(data), dataset=dataset)
    write_durably(target, text.encode())
    marks = text.count("# decide:")
    answer(
        {"policy": str(target), "to_decide": marks},
        [f"Draft written to {target}. {marks} places are marked '# decide:'; settle each before you fit."],
        as_json=as_json,
    )

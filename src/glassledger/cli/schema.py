"""``glassledger schema``."""

import json

import click


@click.command(epilog="Example: glassledger schema policy > policy.schema.json")
@click.argument("document", type=click.Choice(["policy", "redaction", "model", "evidence"]))
def command(document: str) -> None:
    """Print the JSON Schema of a document, for editors and other programs."""
    if document == "policy":
        from glassledger.policy.schema import json_schema as schema
    elif document == "redaction":
        from glassledger.policy.schema import redaction_schema as schema
    elif document == "model":
        from glassledger.models import schema
    else:
        from glassledger.report.evidence import Evidence

        schema = Evidence.model_json_schema
    click.echo(json.dumps(schema(), indent=2, ensure_ascii=False))

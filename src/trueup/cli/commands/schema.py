"""The command ``schema``: print a JSON Schema."""

import sys

import click

from trueup.cli.completers import schemas


@click.command(
    "schema",
    epilog="""\b
Examples:
  trueup schema connector > connector.schema.json
  # In an editor with the YAML language server, at the top of a manifest:
  # yaml-language-server: $schema=connector.schema.json""",
)
@click.argument("kind", shell_complete=schemas)
def command(kind: str) -> int:
    """Print the JSON Schema of a kind, for editors.

    KIND is connector, deployment, certification, project, columnmap (of spreadsheets), plan or journal. The schemas
    are draft 2020-12 and describe every field for people who write it.
    """
    from trueup.manifest.schema import schema_text

    sys.stdout.write(schema_text(kind))
    return 0

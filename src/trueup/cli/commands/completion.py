"""The command ``completion``: print the script that makes a shell complete command lines."""

import sys

import click


@click.command(
    "completion",
    epilog="""\b
Examples:
  source <(trueup completion bash)         # in ~/.bashrc
  source <(trueup completion zsh)          # in ~/.zshrc, after compinit
  trueup completion fish > ~/.config/fish/completions/trueup.fish""",
)
@click.argument("shell", type=click.Choice(("bash", "zsh", "fish")))
def command(shell: str) -> int:
    """Print the script that makes your shell complete trueup.

    It completes commands, options and their values, and the names in your project: targets, labels, resources, files,
    runs and codes. Nothing is sent and no credential is read. A project that cannot be read offers no names.
    """
    from trueup.cli.completion import script

    sys.stdout.write(script(shell))
    return 0

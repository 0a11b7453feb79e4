"""The command ``demo``: run the main commands on an example, with the embedded sandbox."""

import os
import shutil
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from trueup.cli.examples import examples
from trueup.cli.exit_codes import Exit
from trueup.cli.options import Written
from trueup.cli.working_directory import here


@dataclass(frozen=True, slots=True)
class _Step:
    """One command of the demo and the status with which it must end."""

    text: str
    arguments: tuple[str, ...]
    status: Exit


STORY = (
    _Step("Check the manifests. This needs no platform.", ("validate",), Exit.DONE),
    _Step(
        "See what would be done. One manifest asks for something the platform cannot do, so the status is 3.",
        ("plan",),
        Exit.INVALID,
    ),
    _Step(
        "Apply it. The blocked resource is skipped. The deployments get a made-up secret from a file of the example.",
        ("apply", "--yes"),
        Exit.INVALID,
    ),
    _Step(
        "Plan again without the blocked example: status 0 means that nothing is left to do.",
        ("plan", "--detailed-exitcode", "--select", "demo=ok"),
        Exit.DONE,
    ),
)


@click.command(
    "demo",
    epilog="""\b
Examples:
  trueup demo
  trueup demo --keep ./my-first-project    # keep the files for your own experiments""",
)
@click.option(
    "--keep",
    type=Written(file_okay=False),
    help="Create the example in this folder and keep it. Default: a temporary folder.",
)
@click.option("--color", type=click.Choice(("auto", "always", "never")), default="auto", help="Colour the text.")
@click.option("-v", "--verbose", is_flag=True, help="Run each command with --verbose.")
@click.option("--debug", is_flag=True, help="Run each command with --debug.")
def command(keep: Path | None, color: str, *, verbose: bool, debug: bool) -> int:
    """Check, plan, apply and plan again on an example.

    Everything runs in a temporary folder with the embedded sandbox: no account and no network are needed.
    """
    more = [*(["--verbose"] if verbose else []), *(["--debug"] if debug else [])]
    if keep is not None:
        from trueup.cli.files import check_written
        from trueup.manifest.project import find_project

        check_written([keep], file=find_project(here()), cwd=here())
        return _in_folder(keep, color, more)
    # Fails here, with a message that fits, if the working directory was deleted.
    here()
    with TemporaryDirectory(prefix="trueup-demo-") as folder:
        return _in_folder(Path(folder) / "quickstart", color, more)


def _in_folder(folder: Path, color: str, more: Sequence[str]) -> int:
    from trueup.errors import UsageError

    try:
        if folder.exists() and any(folder.iterdir()):
            raise UsageError(f"{folder} exists and is not empty. Name a new folder.")
        # Without the state of earlier runs, which a working copy of trueup itself may have.
        shutil.copytree(examples() / "quickstart", folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".trueup"))
    except OSError as error:
        why = error.strerror or "not all of its files can be copied"
        raise UsageError(f"The example cannot be made in {folder}: {why}. Name another folder.") from None
    before = here()
    os.chdir(folder)
    try:
        return _run_steps(STORY, color, more)
    finally:
        # The process may lack permission to enter the folder it was started in. The demo is over anyway.
        with suppress(OSError):
            os.chdir(before)


def _run_steps(story: Sequence[_Step], color: str, more: Sequence[str] = ()) -> int:
    from trueup.cli.main import run

    for number, step in enumerate(story, start=1):
        _print(f"\n# {number}. {step.text}\n$ trueup {' '.join((*step.arguments, *more))}\n", color)
        status = run([*step.arguments, *more, "--color", color])
        # Ctrl-C during one command ends the demo, not only that command.
        if status == Exit.INTERRUPTED:
            return status
        if status != step.status:
            _print(f"\nThe demo expected status {step.status:d} and got {status:d}.\n", color)
            return Exit.FAILED
    _print("\nThat is all. Start your own project in a new folder: trueup init\n", color)
    return Exit.DONE


def _print(text: str, color: str) -> None:
    from trueup.cli.output import colored

    bold, plain = ("\x1b[1m", "\x1b[0m") if colored(color, sys.stdout) else ("", "")
    sys.stdout.write("".join(f"{bold}{line}{plain}\n" if line.strip() else "\n" for line in text.splitlines()))
    sys.stdout.flush()

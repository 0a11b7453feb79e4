"""The command line: find the command, run it, and turn every ending into one exit status."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from trueup import __version__
from trueup.cli.signals import begin, end, hold, is_writing
from trueup.cli.standard_output import CLOSED, drop_output, no_output, open_streams
from trueup.cli.streams import OutputFailed, guarded

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from trueup.cli.output import CommandEnd
    from trueup.errors import TrueupError

START, EVERYDAY, CI, MORE = "Start", "Every day", "In CI", "More"
"""The groups of the help page, in its order."""

COMMANDS: dict[str, tuple[str, str]] = {
    "init": (START, "Write trueup.yaml, examples and settings for a new project."),
    "demo": (START, "Check, plan, apply and plan again on an example."),
    "import": (START, "Write manifests for live resources that have none."),
    "doctor": (START, "Check this machine and every target; change nothing."),
    "completion": (START, "Print the script that makes your shell complete trueup."),
    "validate": (EVERYDAY, "Check manifests offline: syntax, schema, identities, rules."),
    "plan": (EVERYDAY, "Show what would be done to make live match the manifests."),
    "apply": (EVERYDAY, "Plan, show the plan, ask, and make live match the manifests."),
    "set": (EVERYDAY, "Set fields of manifests in their files."),
    "drift": (EVERYDAY, "Show what was changed live, outside of the manifests."),
    "status": (EVERYDAY, "Show what runs live, what is under way, and what failed."),
    "adopt": (EVERYDAY, "Write what was changed live into the manifests."),
    "show": (EVERYDAY, "Show a saved plan, a JSON document or a run again."),
    "runs": (EVERYDAY, "List earlier applies, or show everything that one sent."),
    "explain": (EVERYDAY, "Explain a code: what it means, why, and what to do."),
    "preview": (CI, "Show what a change would do if live matched --base."),
    "merge": (CI, "Join the JSON documents of all shards of one run."),
    "github": (CI, "Run as a step of a GitHub workflow; see the action."),
    "export": (MORE, "Print manifests as a table, for spreadsheets."),
    "sandbox": (MORE, "Serve a simulation of both platforms on 127.0.0.1."),
    "schema": (MORE, "Print the JSON Schema of a kind, for editors."),
}
"""The group and the line of each command on the help page, by name and in the order of the page.

Each command is the function ``command`` of its module. The lines are kept here because importing all commands would
double the time of the help page.
"""

_MODULES = {"import": "import_"}
"""Modules of commands whose names are Python keywords."""

COMPLETE_VARIABLE = "_TRUEUP_COMPLETE"
"""Set by a shell that completes a command line; :mod:`trueup.__main__` then runs no command."""


class Commands(click.Group):
    """The group of all commands; a command's module is imported when that command runs."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - the base class's signature
        """Return the names of the commands, in the order in which a new user needs them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        """Return the command of this name, or None."""
        if cmd_name not in COMMANDS:
            return None
        found: click.Command = import_module(f"trueup.cli.commands.{_MODULES.get(cmd_name, cmd_name)}").command
        return found

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write a page of one screen: what trueup does, the commands by group, and the options in one line."""
        self.format_usage(ctx, formatter)
        self.format_help_text(ctx, formatter)
        self.format_commands(ctx, formatter)
        # An empty line before it would not fit the screen.
        formatter.write_text(str(self.epilog))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - as above
        """Write the commands and their lines by group, without importing their modules."""
        column = max(map(len, COMMANDS)) + 4
        formatter.write_paragraph()
        for group in (START, EVERYDAY, CI, MORE):
            formatter.write(f"{group}:\n")
            for name, (of, line) in COMMANDS.items():
                if of == group:
                    short = click.Command(name, help=line).get_short_help_str(formatter.width - column)
                    formatter.write(f"{f'  {name}':{column}}{short}\n")

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list["CompletionItem[str]"]:
        """Return the commands with their lines, without importing their modules, and the options."""
        from click.shell_completion import CompletionItem

        found = [CompletionItem(name, help=line) for name, (_, line) in COMMANDS.items() if name.startswith(incomplete)]
        return [*found, *click.Command.shell_complete(self, ctx, incomplete)]

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[Any, Any, list[str]]:
        """Return the command; raise UsageError with the nearest name when there is none of this name."""
        # Options before the command are left to click, whose message names them.
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(args[0], COMMANDS, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else f" Commands: {', '.join(COMMANDS)}."
            message = f"There is no command {args[0]!r}.{hint}"
            raise click.UsageError(message, ctx)
        return super().resolve_command(ctx, args)


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    options_metavar="[--help] [--version]",
    subcommand_metavar="COMMAND [OPTIONS] [ARGUMENTS]",
    # Without backticks: a shell that sources this page by mistake would run what is between them.
    epilog="Start with trueup init, or look at trueup demo. Details: trueup COMMAND -h",
)
@click.version_option(__version__, message="trueup %(version)s")
def trueup() -> None:
    """Make live connectors, deployments and certifications match git."""


def run(argv: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit status. Raises nothing; both output streams are guarded.

    A fault of trueup itself prints one line, with ``--debug`` its traceback, and ends with status 1.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    begin()
    status = _written(lambda: _run(arguments))
    end()
    return status


def execute(arguments: list[str]) -> "CommandEnd":
    """Run a command that has a result and return that result instead of printing it. Raises nothing."""
    begin()
    # Messages that the command prints on its way contain texts of platforms and manifests.
    with guarded():
        try:
            ending: CommandEnd = _called(arguments)
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - a fault of ours has a status too
            ending = _ended_by(error, arguments)
    hold()
    return ending


def interrupted(arguments: Sequence[str]) -> int:
    """Report that a signal ended the run, unless the result is already printed; return the exit status."""
    from trueup.cli.exit_codes import Exit
    from trueup.cli.output import emit
    from trueup.errors import Interrupted

    # A second result after a part of the first one would not be a document.
    if is_writing():
        return Exit.INTERRUPTED
    hold()
    return _written(lambda: emit(_ended(Interrupted("Interrupted."), arguments)))


def _written(work: Callable[[], int]) -> int:
    """Run ``work``, which prints and returns a status; report a standard output that accepts no more text."""
    if not open_streams():
        return no_output(CLOSED)
    with guarded():
        try:
            status = work()
            sys.stdout.flush()
        except OutputFailed as error:
            return no_output(str(error))
        # The reader (such as head) has seen enough: no message, but the status says that output is missing.
        except BrokenPipeError:
            drop_output()
            return 1
        return status


def _run(arguments: list[str]) -> int:
    from trueup.cli.logs import logging_run

    # Searched in the raw arguments: a fault before click has parsed them must show its traceback as well.
    with logging_run(debug="--debug" in arguments):
        try:
            return _emitted(_called(arguments))
        # _written handles these; no result can be printed anymore.
        except (BrokenPipeError, OutputFailed):
            raise
        except (click.Abort, KeyboardInterrupt):
            return interrupted(arguments)
        except Exception as error:  # noqa: BLE001 - a fault of ours has a status too
            return _emitted(_ended_by(error, arguments))


def _called(arguments: list[str]) -> Any:
    """Return what the command returns: a CommandEnd, or an exit status if it has already printed its result."""
    # Not standalone: click would print errors itself and exit, without a result in the format that was asked for.
    # Completion is answered before this: click would only do it after the imports, and print errors into the prompt.
    # The arguments as they are: the journal of an apply keeps them, masked.
    return trueup.main(
        args=arguments or ["--help"],
        prog_name="trueup",
        complete_var="",
        standalone_mode=False,
        obj=tuple(arguments),
    )


def _emitted(ending: "CommandEnd | int | None") -> int:
    if ending is None or isinstance(ending, int):
        return int(ending or 0)
    from trueup.cli.output import emit

    return emit(ending)


def _ended_by(error: BaseException, arguments: Sequence[str]) -> "CommandEnd":
    """Return the CommandEnd of a run that ``error`` ended."""
    from trueup.errors import Interrupted, TrueupError

    match error:
        case click.ClickException():
            return _wrong_usage(error, arguments)
        case click.Abort() | KeyboardInterrupt():
            return _ended(Interrupted("Interrupted."), arguments)
        case TrueupError():
            return _ended(error, arguments)
    from trueup.faults import fault_text

    return _ended(TrueupError(fault_text(error, "running the command")), arguments)


def _wrong_usage(error: click.ClickException, arguments: Sequence[str]) -> "CommandEnd":
    from trueup.errors import UsageError

    context = getattr(error, "ctx", None)
    where = f" See '{context.command_path} --help'." if context is not None else ""
    # click lists the choices of a missing argument on lines of their own, and ends the list without a point.
    message = error.format_message().replace("\n\t", " ").removesuffix(".")
    return _ended(UsageError(f"{message}.{where}"), arguments)


def _ended(error: "TrueupError", arguments: Sequence[str]) -> "CommandEnd":
    """Return the CommandEnd for an error outside of a command's own reporting, in the format of the arguments."""
    from trueup.cli.exit_codes import status_of_error
    from trueup.cli.options import FORMATS, raw_shard, raw_value
    from trueup.cli.output import CommandEnd, provenance_of, raw_style
    from trueup.report.result import Result

    # Guessed, as click may have failed before it found the command.
    command = next((word for word in arguments if word in COMMANDS), "")
    # Not checked by click yet: an unknown format is reported as text.
    form, shard = raw_value(arguments, "--format"), raw_shard(arguments)
    form = form if form in {*FORMATS, "github"} else "text"
    result = Result(command=command, status=status_of_error(error), error=error)
    # merge needs a document of every shard, also of one whose arguments were wrong.
    if shard is not None and form == "json":
        result = replace(result, shard=shard, provenance=provenance_of(""))
    out, err = (raw_style(arguments, stream) for stream in (sys.stdout, sys.stderr))
    return CommandEnd(result=result, form=form, out=out, err=err)

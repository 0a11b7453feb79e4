"""Print a command's result: standard output is the result, standard error is talk, and JSON is one document."""

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TextIO

from trueup.cli import signals
from trueup.cli.columns import terminal_columns
from trueup.cli.exits import Exit, first, of_error
from trueup.cli.here import here
from trueup.cli.options import Common
from trueup.cli.streams import bare
from trueup.errors import Diagnostic, Interrupted, InvalidInput, TrueupError, UsageError

if TYPE_CHECKING:
    from trueup.model.drift import Drift
    from trueup.model.outcome import Outcome
    from trueup.model.plan import Plan
    from trueup.plan.shard import Shard
    from trueup.report.making import Making
    from trueup.report.tree import Tree


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """Hold all that a command has to say at its end.

    ``tree`` is the report of a command that has one of its own, and ``also`` what its JSON document holds besides.
    ``summary`` is a closing line of a command without a plan. ``error`` is what ended the run early. ``shard`` is the
    part of the estate that the command was about, None for all of it, and ``files`` the hash of what was read for it.
    """

    command: str
    status: Exit
    diagnostics: tuple[Diagnostic, ...] = ()
    plan: "Plan | None" = None
    outcomes: "tuple[Outcome, ...] | None" = None
    drift: "Drift | None" = None
    tree: "Tree | None" = None
    also: Mapping[str, object] = field(default_factory=dict)
    error: TrueupError | None = None
    summary: str = ""
    shard: "Shard | None" = None
    files: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """Say how text is laid out: columns, colour, and whether everything is shown."""

    width: int
    color: bool
    verbose: bool = False


def style_for(common: Common, stream: TextIO) -> Style:
    """Choose width and colour for a stream: colour only on a terminal, unless the user says otherwise."""
    return style(common.color, stream, verbose=common.verbose)


def style(color: str, stream: TextIO, *, verbose: bool) -> Style:
    """Choose as ``style_for`` does, for commands that read no manifests."""
    return Style(width=_width(), color=colored(color, stream), verbose=verbose)


def _width() -> int:
    return max(60, min(terminal_columns(otherwise=100), 160))


def colored(choice: str, stream: TextIO) -> bool:
    """Return whether a stream gets colour: ``auto`` means a terminal that is not dumb, unless NO_COLOR is set."""
    if choice != "auto":
        return choice == "always"
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def asked_format(arguments: Sequence[str]) -> str:
    """Guess the format from a raw command line, for errors that come before it could be parsed."""
    for before, word in zip(["", *arguments], arguments, strict=False):
        if word.startswith("--format="):
            return word.partition("=")[2]
        if before == "--format":
            return word
    return "text"


def emit_for(common: Common, result: Result) -> int:
    """Print a result as the command's options say and return its exit status."""
    signals.hold()
    if common.report or common.junit or common.sarif:
        from trueup.cli.files import write_files

        result = write_files(common, result)
    if common.shard is not None and common.form == "json":
        from trueup.cli.making import files_hash

        result = replace(result, shard=common.shard, files=files_hash(common, here()))
    return emit(
        result,
        form=common.form,
        out=style_for(common, sys.stdout),
        err=style_for(common, sys.stderr),
    )


PLAIN = Style(width=100, color=False)


def emit(result: Result, *, form: str, out: Style = PLAIN, err: Style = PLAIN) -> int:
    """Print a result in a format and return its exit status.

    A signal that comes before the first of it is written makes it the result of a run that was interrupted.
    """
    signals.hold()
    if isinstance(result.error, InvalidInput):
        diagnostics = (*result.diagnostics, *result.error.diagnostics)
        result = replace(result, diagnostics=diagnostics, error=None, status=of_error(result.error))
    from trueup.cli.sound import rendered

    match form:
        case "json":
            result, document = rendered(result, _document)
            if signals.noted():
                result, document = rendered(_stopped(result), _document)
            put(document)
        case "github":
            from trueup.report.diagnostics import diagnostics_github

            bare(sys.stdout).write(diagnostics_github(result.diagnostics))
            _say_error(result)
        case "markdown":
            result, shown = rendered(result, _markdown)
            result = _stopped(result)
            signals.write()
            _emit_markdown(result, shown)
        case _:
            result, shown = rendered(result, lambda sound: _text(sound, out))
            result = _stopped(result)
            signals.write()
            _emit_text(result, shown, out, err)
    return result.status


def put(text: str) -> None:
    """Write a result whole: a signal neither cuts it off nor lets another one follow."""
    signals.write()
    sys.stdout.write(text)
    sys.stdout.flush()
    signals.end()


def _stopped(result: Result) -> Result:
    """Return the result of a run that a signal has interrupted, if one has."""
    if not signals.noted():
        return result
    error = result.error or Interrupted("Interrupted.")
    return replace(result, status=first([result.status, Exit.INTERRUPTED]), error=error)


def _making(files: str) -> "Making":
    from trueup.cli.making import making
    from trueup.report.making import Making

    try:
        return making(os.environ, here(), files)
    except UsageError:
        # Without a working directory there is no commit, and it is said that there is none.
        return Making(files=files)


def _document(result: Result) -> str:
    from trueup.report.document import render_document

    return render_document(
        command=result.command,
        exit_status=result.status,
        diagnostics=result.diagnostics,
        plan=result.plan,
        outcomes=result.outcomes,
        drift=result.drift,
        also=result.also,
        error=result.error,
        shard=result.shard,
        making=_making(result.files) if result.shard is not None else None,
    )


def _markdown(result: Result) -> str:
    from trueup.report.markdown import render_markdown

    return "".join(map(render_markdown, trees(result)))


def _text(result: Result, out: Style) -> str:
    shown = trees(result)
    if not shown:
        return ""
    from trueup.report.text import render_text

    return "".join(render_text(tree, width=out.width, color=out.color, verbose=out.verbose) for tree in shown)


def _emit_markdown(result: Result, shown: str) -> None:
    from trueup.report.diagnostics import diagnostics_markdown

    if result.diagnostics:
        sys.stdout.write(diagnostics_markdown(result.diagnostics))
    sys.stdout.write(shown)
    if result.summary:
        sys.stdout.write(f"{result.summary}\n")
    _say_error(result)


def _emit_text(result: Result, shown: str, out: Style, err: Style) -> None:
    # What validate finds is its result; for any other command it is talk about why there is none.
    found, style = (sys.stdout, out) if result.command == "validate" else (sys.stderr, err)
    if result.diagnostics:
        from trueup.report.diagnostics import diagnostics_text

        width = style.width if found.isatty() else None
        found.write(diagnostics_text(result.diagnostics, color=style.color, sources=_source, width=width))
    sys.stdout.write(shown)
    if result.summary:
        sys.stdout.write(f"{result.summary}\n")
    _say_error(result)


def trees(result: Result) -> list["Tree"]:
    """Return what a result has to show: its plan, or what became of it."""
    if result.tree is not None:
        return [result.tree]
    if result.drift is not None:
        from trueup.report.drift import drift_tree

        return [drift_tree(result.drift)]
    if result.plan is None:
        return []
    if result.outcomes is None:
        from trueup.report.plan import PLAN, PREVIEW, plan_tree

        return [plan_tree(result.plan, PREVIEW if result.command == "preview" else PLAN)]
    from trueup.report.outcomes import outcome_tree

    return [outcome_tree(result.plan, result.outcomes)]


def _say_error(result: Result) -> None:
    if result.error is not None:
        from trueup.report.visible import visible
        from trueup.report.wrap import filled

        said = f"trueup: {visible(str(result.error))}"
        sys.stderr.write(f"{filled(said, _width()) if sys.stderr.isatty() else said}\n")


def _source(file: str) -> str | None:
    """Return a file's text, for showing a line of it under a diagnostic; None when it cannot be read as text."""
    from trueup.regular_file import read_named

    try:
        return read_named(file).decode("utf-8-sig")
    except (OSError, UnicodeError):
        return None

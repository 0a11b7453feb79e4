"""Output of a command: the result goes to standard output, messages go to standard error.

In order: the files of the options, the layout, the end of a command and its printing, rendering despite faults.
"""

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, TextIO, TypeVar

from trueup.cli import signals
from trueup.cli.exit_codes import Exit, most_severe, status_of_error
from trueup.cli.options import RunOptions, raw_value
from trueup.cli.standard_output import terminal_columns
from trueup.cli.streams import bare
from trueup.cli.working_directory import here
from trueup.errors import Interrupted, InvalidInput, UsageError
from trueup.report.renderers import RENDERERS, Look, Rendering
from trueup.report.result import Provenance, Result

if TYPE_CHECKING:
    from trueup.model.identity import Identity
    from trueup.model.plan import ResourceDrift, ResourcePlan
    from trueup.model.run import Outcome

_T = TypeVar("_T")


def write_files(common: RunOptions, result: Result) -> Result:
    """Write the files of --report, --junit and --sarif; a file that cannot be written changes the status to FAILED."""
    from trueup.cli.files import put_file

    # The result is passed on: a resource that one file cannot show is an error in the next ones as well.
    for file, form in ((common.report, "html"), (common.junit, "junit"), (common.sarif, "sarif")):
        if file is None:
            continue
        result, made = rendered(result, partial(RENDERERS[form], look=Look()))
        try:
            # Lone surrogates from a manifest cannot be encoded; they must not cost the whole report.
            put_file(file, made.text.encode(errors="backslashreplace"))
        except OSError as error:
            sys.stderr.write(f"trueup: {file} cannot be written: {error.strerror}.\n")
            result = replace(result, status=most_severe([Exit(result.status), Exit.FAILED]))
    return result


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """The layout of text: columns, colour, whether everything is shown, and whether warnings are left out.

    ``show_all`` is about diagnostics.
    """

    width: int
    color: bool
    verbose: bool = False
    quiet: bool = False
    show_all: bool = False


def style_for(common: RunOptions, stream: TextIO) -> Style:
    """Return width and colour for a stream, from the options of a command that reads manifests."""
    found = style(common.color, stream, verbose=common.verbose, quiet=common.quiet)
    return replace(found, show_all=common.show_all)


def style(color: str, stream: TextIO, *, verbose: bool, quiet: bool = False) -> Style:
    """Return width and colour for a stream, from the value of --color."""
    return Style(width=_width(), color=colored(color, stream), verbose=verbose, quiet=quiet)


def raw_style(arguments: Sequence[str], stream: TextIO) -> Style:
    """Return the style for a stream from raw arguments, for errors before click has parsed them."""
    color = raw_value(arguments, "--color")
    quiet = not {"-q", "--quiet"}.isdisjoint(arguments)
    found = style(color if color in {"always", "never"} else "auto", stream, verbose=False, quiet=quiet)
    # An error can hold many diagnostics: one for each credential of each target.
    return replace(found, show_all="--all" in arguments)


def _width() -> int:
    # Below 60 columns nothing fits; above 160 the eye loses the line between a name and its position at the end.
    return max(60, min(terminal_columns(otherwise=100), 160))


def colored(choice: str, stream: TextIO) -> bool:
    """Return whether a stream gets colour: with ``auto`` on a terminal that is not dumb, unless NO_COLOR is set."""
    if choice != "auto":
        return choice == "always"
    # NO_COLOR counts unless it is empty, whatever its value (no-color.org).
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


PLAIN = Style(width=100, color=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandEnd:
    """The end of a command: its result, its format, and the styles of both streams.

    ``after`` is printed after the result, on standard error.
    """

    result: Result
    form: str
    out: Style = PLAIN
    err: Style = PLAIN
    after: str = ""


def ended(common: RunOptions, result: Result) -> CommandEnd:
    """Return the end of a command with these options, after writing the files that they name."""
    # Work is done: from now on, a signal must not cost the result.
    signals.hold()
    if common.report or common.junit or common.sarif:
        result = write_files(common, result)
    if common.shard is not None and common.form == "json":
        from trueup.cli.provenance import files_hash

        result = replace(result, shard=common.shard, provenance=provenance_of(files_hash(common, here())))
    return CommandEnd(
        result=result,
        form=common.form,
        out=style_for(common, sys.stdout),
        err=style_for(common, sys.stderr),
        after=_next_steps(common, result),
    )


def _next_steps(common: RunOptions, result: Result) -> str:
    """Return what to do after a plan that a person looks at, else an empty text."""
    plain = common.form == "text" and not (common.quiet or common.base or common.out)
    watched = plain and sys.stdout.isatty() and sys.stderr.isatty()
    if not watched or result.command != "plan" or result.plan is None or result.status not in {Exit.DONE, Exit.CHANGES}:
        return ""
    from trueup.cli.next_steps import steps_after
    from trueup.cli.session import find_root

    return steps_after(result.plan, find_root(common.project))


def emit(ending: CommandEnd) -> int:
    """Print a result and return its exit status.

    After a signal that arrives before printing starts, the result is that of an interrupted run.
    """
    # Rendered before anything is written, so that a signal or a fault meanwhile can still change the result.
    result, rendering = final(ending)
    signals.write()
    # Before the result: on a terminal, the result is then what stays on the screen.
    if rendering.before:
        sys.stderr.write(rendering.before)
    # A guarded stream would escape our own workflow commands. The texts in them are escaped already.
    (bare(sys.stdout) if rendering.commands else sys.stdout).write(rendering.text)
    if not rendering.whole:
        _print_error(result)
    sys.stdout.flush()
    if ending.after:
        from trueup.report.safe_text import visible

        sys.stderr.write("\n" + "".join(f"{visible(line)}\n" for line in ending.after.splitlines()))
    signals.end()
    return result.status


def final(ending: CommandEnd) -> tuple[Result, Rendering]:
    """Return the result as printed, and its rendering; it differs after a signal or a fault while rendering."""
    signals.hold()
    result, rendering = _rendered(_with_diagnostics(ending.result), ending)
    return _rendered(_as_interrupted(result), ending) if signals.noted() else (result, rendering)


def _with_diagnostics(result: Result) -> Result:
    """Return the result with the diagnostics of an InvalidInput error, and its status, instead of the error."""
    if not isinstance(result.error, InvalidInput):
        return result
    diagnostics = (*result.diagnostics, *result.error.diagnostics)
    # As diagnostics, its problems get positions and excerpts in every format.
    return replace(result, diagnostics=diagnostics, error=None, status=status_of_error(result.error))


def _rendered(result: Result, ending: CommandEnd) -> tuple[Result, Rendering]:
    render, look = RENDERERS.get(ending.form, RENDERERS["text"]), _look(result, ending.out, ending.err)
    return rendered(result, lambda shown: render(shown, look))


def _look(result: Result, out: Style, err: Style) -> Look:
    # validate prints diagnostics on standard output, all other commands on standard error.
    stream, found = (sys.stdout, out) if result.command == "validate" else (sys.stderr, err)
    return Look(
        width=out.width,
        color=out.color,
        verbose=out.verbose,
        quiet=out.quiet,
        found_width=found.width if stream.isatty() else None,
        found_color=found.color,
        show_all=found.show_all,
        sources=_source,
    )


def _as_interrupted(result: Result) -> Result:
    """Return the result as that of an interrupted run."""
    error = result.error or Interrupted("Interrupted.")
    return replace(result, status=most_severe([Exit(result.status), Exit.INTERRUPTED]), error=error)


def provenance_of(files: str) -> Provenance:
    """Return the commit and the run of this process; ``files`` is the hash of the files that were read."""
    from trueup.cli.provenance import find_provenance

    try:
        return find_provenance(os.environ, here(), files)
    except UsageError:
        # Without a working directory there is no commit.
        return Provenance(files=files)


def _print_error(result: Result) -> None:
    if result.error is not None:
        from trueup.report.layout import filled
        from trueup.report.safe_text import visible

        message = f"trueup: {visible(result.error_text)}"
        sys.stderr.write(f"{filled(message, _width()) if sys.stderr.isatty() else message}\n")


def _source(file: str) -> str | None:
    """Return a file's text, from which a diagnostic quotes a line; None when it cannot be read as text."""
    from trueup.regular_file import read_named

    try:
        return read_named(file).decode("utf-8-sig")
    except (OSError, UnicodeError):
        return None


def rendered(result: Result, render: Callable[[Result], _T]) -> tuple[Result, _T]:
    """Return the rendering of a result, and the result that was rendered.

    If rendering fails, each resource that cannot be rendered is replaced by its error, and the status becomes FAILED.
    A failure that no single resource causes is raised.
    """
    try:
        return result, render(result)
    except Exception as error:
        # Only now is each resource rendered alone: that takes a rendering per resource.
        faultless = _without_faults(result, render)
        # No single resource is the cause.
        if faultless == result:
            raise
        shown = replace(faultless, status=most_severe([Exit(result.status), Exit.FAILED]))
        try:
            return shown, render(shown)
        except Exception:  # noqa: BLE001 - the first failure is the one to report
            raise error from None


def _without_faults(result: Result, render: Callable[[Result], object]) -> Result:
    """Return the result with every resource that cannot be rendered replaced by its error."""
    if result.drift is not None:
        alone = replace(result, drift=replace(result.drift, resources=()))
        drifts = tuple(_drift_without_fault(one, alone, render) for one in result.drift.resources)
        result = replace(result, drift=replace(result.drift, resources=drifts))
    if result.plan is None:
        return result
    outcomes = {outcome.identity: outcome for outcome in result.outcomes or ()}
    resources = list(result.plan.resources)
    for place, resource in enumerate(resources):
        resources[place], outcome = _pair_without_fault(result, resource, outcomes.get(resource.identity), render)
        if outcome is not None:
            outcomes[resource.identity] = outcome
    kept = None if result.outcomes is None else tuple(outcomes[outcome.identity] for outcome in result.outcomes)
    return replace(result, plan=replace(result.plan, resources=tuple(resources)), outcomes=kept)


def _pair_without_fault(
    result: Result, resource: "ResourcePlan", outcome: "Outcome | None", render: Callable[[Result], object]
) -> "tuple[ResourcePlan, Outcome | None]":
    from trueup.model.plan import ResourcePlan

    assert result.plan is not None
    outcomes = None if outcome is None else (outcome,)
    alone = replace(result, plan=replace(result.plan, resources=(resource,)), outcomes=outcomes)
    fault = _fault(alone, render, resource.identity)
    if not fault:
        return resource, outcome
    plain = ResourcePlan(identity=resource.identity, verdict=resource.verdict, position=resource.position, error=fault)
    if outcome is None:
        return plain, None
    message = f"{outcome.message} {fault}".strip()
    return plain, replace(outcome, message=message, details=(), done=(), left=(), fields=())


def _drift_without_fault(one: "ResourceDrift", alone: Result, render: Callable[[Result], object]) -> "ResourceDrift":
    assert alone.drift is not None
    fault = _fault(replace(alone, drift=replace(alone.drift, resources=(one,))), render, one.identity)
    return replace(one, changes=(), repeated=(), error=fault) if fault else one


def _fault(alone: Result, render: Callable[[Result], object], identity: "Identity") -> str:
    """Return the error of rendering a result with one resource, empty when it succeeds."""
    from trueup.faults import fault_text

    try:
        render(alone)
    except Exception as error:  # noqa: BLE001 - no exception may hide the other resources
        return fault_text(error, f"showing {identity}")
    return ""

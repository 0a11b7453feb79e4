"""The table of output formats: each is a file of this package, a function here and a line of :data:`RENDERERS`.

Each function imports its modules itself, because a run needs only one format and imports delay its start.
"""
# ruff: noqa: PLC0415, ARG001 - each format imports its own modules, and all have one signature

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from trueup.report.result import Result

if TYPE_CHECKING:
    from trueup.report.tree import ReportTree

_Sources = Callable[[str], str | None]
"""Return the text of a file by the name that positions use, or None when it cannot be read."""


def no_source(_: str) -> None:
    """Return None: no file can be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The layout of text: columns, colour, whether everything is shown, and whether warnings are left out.

    ``found_width`` and ``found_color`` are for diagnostics, which are wrapped only on terminals; ``show_all``: none of
    them is left out. ``sources`` returns the text of a file that diagnostics quote.
    """

    width: int = 100
    color: bool = False
    verbose: bool = False
    quiet: bool = False
    found_width: int | None = None
    found_color: bool = False
    show_all: bool = False
    sources: _Sources = no_source


@dataclass(frozen=True, slots=True)
class Rendering:
    """A result in one format.

    ``before`` are messages to print first, on standard error. ``commands``: the text contains workflow commands.
    ``whole``: the text includes the error of the result.
    """

    text: str
    before: str = ""
    commands: bool = False
    whole: bool = False


class Renderer(Protocol):
    """A function that renders a result."""

    def __call__(self, result: Result, look: Look) -> Rendering:
        """Return the result in one format."""
        ...


def _text(result: Result, look: Look) -> Rendering:
    found, shown = "", ""
    if result.diagnostics:
        from trueup.report.diagnostics import diagnostics_text, errors_of

        # Only text is for people alone: a program that reads another format gets all of them.
        listed = errors_of(result.diagnostics) if look.quiet else result.diagnostics
        found = diagnostics_text(
            listed, color=look.found_color, sources=look.sources, width=look.found_width, show_all=look.show_all
        )
    if (tree := _tree(result)) is not None:
        from trueup.report.text import render_text

        shown = render_text(tree, width=look.width, color=look.color, verbose=look.verbose)
    shown += _summary(result)
    # For validate, diagnostics are the result. For other commands they are messages, and go to standard error.
    return Rendering(f"{found}{shown}") if result.command == "validate" else Rendering(shown, before=found)


def _markdown(result: Result, look: Look) -> Rendering:
    from trueup.report.diagnostics import diagnostics_markdown
    from trueup.report.markdown import render_markdown

    tree = _tree(result)
    shown = "" if tree is None else render_markdown(tree)
    return Rendering(f"{diagnostics_markdown(result.diagnostics, show_all=look.show_all)}{shown}{_summary(result)}")


def _tree(result: Result) -> "ReportTree | None":
    # Commands without a plan bring their own report, and need not import those of plans.
    if result.plan is None and result.drift is None:
        return result.tree
    from trueup.report.result_tree import tree_of

    return tree_of(result)


def _json(result: Result, look: Look) -> Rendering:
    from trueup.report.document import render_document

    # The document has the error as a member; a second one on standard error would repeat it.
    return Rendering(render_document(result), whole=True)


def _github(result: Result, look: Look) -> Rendering:
    from trueup.report.diagnostics import diagnostics_github

    return Rendering(diagnostics_github(result.diagnostics), commands=True)


def _html(result: Result, look: Look) -> Rendering:
    from trueup.report.html import render_html

    page = render_html(
        _tree(result),
        command=result.command,
        diagnostics=result.diagnostics,
        error=result.error_text,
        digest=result.plan.digest if result.plan is not None else "",
        closing=result.summary,
    )
    return Rendering(page, whole=True)


def _junit(result: Result, look: Look) -> Rendering:
    from trueup.report.junit import render_junit

    text = render_junit(_tree(result), result.diagnostics, command=result.command, error=result.error_text)
    return Rendering(text, whole=True)


def _sarif(result: Result, look: Look) -> Rendering:
    from trueup.report.sarif import render_sarif

    return Rendering(render_sarif(result.diagnostics), whole=True)


def _summary(result: Result) -> str:
    return f"{result.summary}\n" if result.summary else ""


RENDERERS: Final[Mapping[str, Renderer]] = {
    "text": _text,
    "markdown": _markdown,
    "json": _json,
    "github": _github,
    "html": _html,
    "junit": _junit,
    "sarif": _sarif,
}

"""Word the findings about a draft's processes; each code is stable and documented here.

``busy``               the platform is publishing or making a preview, or certifies: deferred (a note)
``under-way``          the certification that is wanted has begun: a note
``preview-rejected``   the platform refused a preview of this content: blocked
``publish-failed``     the platform failed to publish this content: blocked
``unknown-state``      the platform reports a state that is not documented: deferred (a warning)
``cannot-list``        only publishing lists a connector, and the manifest does not ask for that: blocked
"""

from collections.abc import Sequence
from typing import Final

from trueup.model.change import Finding, Level
from trueup.model.live import ReportEntry

WITHHOLDING: Final = frozenset({"busy", "unknown-state"})
"""Findings for which something is left out now that is wanted all the same."""


def report_lines(report: Sequence[ReportEntry]) -> tuple[str, ...]:
    """Return every entry of a report as one line: type, title, message, application."""
    return tuple(_line(entry) for entry in report)


def processing() -> Finding:
    """Say that a publish runs."""
    return _note("busy", "The platform is publishing it and takes no changes until that is done. Plan again later.")


def certifying(status: str) -> Finding:
    """Say that a certification holds the draft."""
    return _note(
        "busy", f"It is in certification ({status}); changing it now could invalidate the review. Plan again later."
    )


def preview_pending() -> Finding:
    """Say that a preview is being made."""
    return _note(
        "busy", "A preview of it is being made; changing it now would make that preview worthless. Plan again later."
    )


def under_way(status: str) -> Finding:
    """Say that the wanted certification has begun and that people go on from here."""
    return _note("under-way", f"Its certification is under way ({status}); the rest is done by commercetools.")


def preview_rejected(report: Sequence[ReportEntry]) -> Finding:
    """Say why the platform refused a preview."""
    return Finding(
        level=Level.BLOCKED,
        code="preview-rejected",
        message=f"The platform rejected a preview of this content. {_reported(report)} "
        "Change the content, or use --retry-rejected to ask again.",
    )


def publish_failed(report: Sequence[ReportEntry]) -> Finding:
    """Say why the platform did not publish."""
    return Finding(
        level=Level.BLOCKED,
        code="publish-failed",
        message=f"The platform failed to publish this content. {_reported(report)} "
        "Change the content, or use --retry-rejected to ask again.",
    )


def unknown_state(field: str, state: str) -> Finding:
    """Say that a state is not documented."""
    return Finding(
        level=Level.WARNING,
        code="unknown-state",
        message=f"{field} is unknown: {state}. What it means is not documented, so nothing is sent that depends on it.",
    )


def cannot_list() -> Finding:
    """Say that no action lists a connector."""
    return Finding(
        level=Level.BLOCKED,
        code="cannot-list",
        message="lifecycle.listed is true and the connector is not listed; only publishing lists it. "
        "Set lifecycle.publish, or leave lifecycle.listed out.",
    )


def _reported(report: Sequence[ReportEntry]) -> str:
    lines = [line.rstrip(".") for line in report_lines(report)]
    return f"It reports: {'; '.join(lines)}." if lines else "It gives no report."


def _line(entry: ReportEntry) -> str:
    message = f": {entry.message}" if entry.message else ""
    application = f" ({entry.application})" if entry.application else ""
    return f"{entry.kind} {entry.title}{message}{application}".strip()


def _note(code: str, message: str) -> Finding:
    return Finding(level=Level.NOTE, code=code, message=message)

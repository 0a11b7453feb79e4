"""Word the findings about a draft's processes; each code is stable and documented here.

``busy``               the platform is publishing or making a preview, or certifies: deferred (a note)
``under-way``          the certification that is wanted has begun: a note
``preview-rejected``   the platform refused a preview of this content: blocked
``publish-failed``     the platform failed to publish this content: blocked
``unknown-state``      the platform reports a state that is not documented: deferred (a warning)
``cannot-list``        only publishing lists a connector, and this manifest does not lead to a publish: blocked
``becomes-private``    publishing takes a public connector back to its private projects: a warning
``not-certified``      it is to be unlisted, and only what is certified is in a listing: a warning
``listed-again``       it is to be unlisted, and the certification that is under way lists it in the end: a note
``unlisted-changes``   it has changes, and publishing them would list what is to stay unlisted: a warning
``no-certification``   a comment is sent, or waits, while nothing is certified: a warning
"""

from collections.abc import Sequence
from typing import Final

from trueup.model.change import Finding, Level
from trueup.model.live import ReportEntry

WITHHOLDING: Final = frozenset({"busy", "unknown-state"})
"""Findings for which something is left out now that is wanted all the same."""
LATER: Final = WITHHOLDING | {"listed-again"}
"""These, and what is not wanted yet but will be, without any change of the manifest."""

LOST_ITS_KEY: Final = (
    "It has lost its key (id {}), so that the next plan does not find it. No API gives a key back: delete it on the "
    "platform, or give it another name and another repository there."
)


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


def cannot_list_again() -> Finding:
    """Say that what was unlisted is listed again by a new certification only, and that nothing is new."""
    return Finding(
        level=Level.BLOCKED,
        code="cannot-list",
        message="lifecycle.listed is true and the connector was unlisted; only a certification lists it again, and the "
        "platform does not certify the same content twice. Change the content, or leave lifecycle.listed out.",
    )


def becomes_private() -> Finding:
    """Say that publishing makes a public connector private."""
    return _warning(
        "becomes-private",
        "It is public, and lifecycle.publish is private: publishing takes it away from all projects that are not in "
        "privateProjects.",
    )


def not_certified() -> Finding:
    """Say that a private connector is in no listing that it could be taken out of."""
    return _warning(
        "not-certified",
        "lifecycle.listed is false, and only a certified connector can be unlisted; a private one is in no listing. "
        "Nothing is sent for it: leave lifecycle.listed out, or set lifecycle.publish to certified.",
    )


def listed_again() -> Finding:
    """Say that unlisting follows the end of a certification that is under way."""
    return _note(
        "listed-again",
        "Its certification lists it when it ends, and lifecycle.listed is false: an apply after that unlists it.",
    )


def unlisted_changes() -> Finding:
    """Say why changes of an unlisted connector are not published."""
    return _warning(
        "unlisted-changes",
        "The platform shows it as changed since it was published, which unlisting alone may cause. It is not published "
        "again, as that would list it and lifecycle.listed is false. To publish it, leave lifecycle.listed out for one "
        "apply.",
    )


def no_certification() -> Finding:
    """Say that a comment is sent outside a certification."""
    return _warning(
        "no-certification",
        "Comments belong to a certification, and none is under way: the platform may refuse them. What the manifest "
        "asks for behind them is sent only when they are taken.",
    )


def comments_wait() -> Finding:
    """Say that a comment is not sent for now."""
    return _warning(
        "no-certification",
        "Comments belong to a certification, and none is under way or begins now. Those that are missing are sent with "
        "the next publish.",
    )


def _reported(report: Sequence[ReportEntry]) -> str:
    lines = [line.rstrip(".") for line in report_lines(report)]
    return f"It reports: {'; '.join(lines)}." if lines else "It gives no report."


def _line(entry: ReportEntry) -> str:
    message = f": {entry.message}" if entry.message else ""
    application = f" ({entry.application})" if entry.application else ""
    return f"{entry.kind} {entry.title}{message}{application}".strip()


def _warning(code: str, message: str) -> Finding:
    return Finding(level=Level.WARNING, code=code, message=message)


def _note(code: str, message: str) -> Finding:
    return Finding(level=Level.NOTE, code=code, message=message)

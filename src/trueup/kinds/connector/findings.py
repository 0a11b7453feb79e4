"""Word the findings about a draft's processes; each code is in the list of :mod:`trueup.model.codes`."""

from collections.abc import Sequence

from trueup.kinds.findings import report_lines
from trueup.model.action import Finding, Level
from trueup.model.live import ReportEntry


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


def _warning(code: str, message: str) -> Finding:
    return Finding(level=Level.WARNING, code=code, message=message)


def _note(code: str, message: str) -> Finding:
    return Finding(level=Level.NOTE, code=code, message=message)

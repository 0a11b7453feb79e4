"""Findings about a draft's processes; :mod:`trueup.model.codes` lists their codes."""

from collections.abc import Sequence

from trueup.kinds.findings import reported
from trueup.model.action import Finding, Level
from trueup.model.live import ReportEntry


def processing() -> Finding:
    """Return the finding that a publish is running."""
    return _note("busy", "The platform is publishing it and accepts no changes until then. Plan again later.")


def certifying(status: str) -> Finding:
    """Return the finding that the draft is being certified."""
    return _note(
        "busy", f"It is being certified ({status}), and a change now could invalidate the review. Plan again later."
    )


def preview_pending() -> Finding:
    """Return the finding that a preview is being built."""
    return _note("busy", "A preview build of it is running, and a change now would invalidate it. Plan again later.")


def under_way(status: str) -> Finding:
    """Return the finding that the desired certification has started and that people do the rest."""
    return _note("under-way", f"Its review by commercetools is in progress ({status}).")


def preview_rejected(report: Sequence[ReportEntry]) -> Finding:
    """Return the finding that the platform rejected a preview, with its report."""
    return _blocked(
        "preview-rejected",
        f"The platform rejected a preview build of this content. {reported(report)} "
        "Change the content, or use --retry-rejected to try again.",
    )


def publish_failed(report: Sequence[ReportEntry]) -> Finding:
    """Return the finding that the platform failed to publish, with its report."""
    return _blocked(
        "publish-failed",
        f"The platform failed to publish this content. {reported(report)} "
        "Change the content, or use --retry-rejected to try again.",
    )


def cannot_list() -> Finding:
    """Return the finding that no action lists a connector."""
    return _blocked(
        "cannot-list",
        "lifecycle.listed is true and the connector is not listed, but only publishing lists it. "
        "Set lifecycle.publish, or remove lifecycle.listed.",
    )


def cannot_list_again() -> Finding:
    """Return the finding that only a new certification lists the connector again, and that nothing is new."""
    return _blocked(
        "cannot-list",
        "lifecycle.listed is true and the connector was unlisted. Only a review lists it again, and "
        "commercetools does not review the same content twice. Change the content, or remove lifecycle.listed.",
    )


def becomes_private() -> Finding:
    """Return the finding that publishing makes a public connector private."""
    return _warning(
        "becomes-private",
        "It is public, and lifecycle.publish is private: publishing makes it unavailable to all projects that are not "
        "in privateProjects.",
    )


def not_certified() -> Finding:
    """Return the finding that a private connector is never listed and cannot be unlisted."""
    return _warning(
        "not-certified",
        "lifecycle.listed is false, but only a certified connector can be unlisted; a private one is never listed. "
        "Nothing is sent for it: remove lifecycle.listed, or set lifecycle.publish to certified.",
    )


def listed_again() -> Finding:
    """Return the finding that the connector is unlisted after a certification in progress has ended."""
    return _note(
        "listed-again",
        "Its review by commercetools lists it when it ends. As lifecycle.listed is false, a later apply unlists it.",
    )


def unlisted_changes() -> Finding:
    """Return the finding that changes of an unlisted connector are not published."""
    return _warning(
        "unlisted-changes",
        "The platform shows it as changed since it was published, which unlisting alone may cause. It is not published "
        "again, because that would list it and lifecycle.listed is false. To publish it, remove lifecycle.listed for "
        "one apply.",
    )


def no_certification() -> Finding:
    """Return the finding that a comment is sent outside a certification."""
    return _warning(
        "no-certification",
        "Comments belong to a review by commercetools, and none is in progress, so the platform may refuse them. The "
        "actions after them are sent only if they are accepted.",
    )


def comments_wait() -> Finding:
    """Return the finding that a comment is not sent now."""
    return _warning(
        "no-certification",
        "Comments belong to a review by commercetools, and none is in progress or starts now. Missing comments are "
        "sent with the next publish.",
    )


def _blocked(code: str, message: str) -> Finding:
    return Finding(level=Level.BLOCKED, code=code, message=message)


def _warning(code: str, message: str) -> Finding:
    return Finding(level=Level.WARNING, code=code, message=message)


def _note(code: str, message: str) -> Finding:
    return Finding(level=Level.NOTE, code=code, message=message)

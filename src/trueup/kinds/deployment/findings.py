"""Findings about a deployment; :mod:`trueup.model.codes` lists their codes."""

from collections.abc import Sequence

from trueup.kinds.findings import reported
from trueup.model.action import Finding, Level
from trueup.model.live import ReportEntry


def fixed(path: str) -> Finding:
    """Return the finding that a field of an existing deployment differs and that no request changes it."""
    return Finding(
        level=Level.BLOCKED,
        code="fixed-after-creation",
        message=f"{path} differs, and the platform never changes it after the creation. Write the live value, or "
        "describe a second deployment under another key (this one is taken: DuplicateField), move its consumers, and "
        "then delete this one by a tombstone.",
        path=path,
    )


def rolling_out(status: str) -> Finding:
    """Return the finding that a rollout or a removal is running."""
    message = (
        f"The platform is working on it ({status}) and accepts no changes until then: it would answer "
        "DeploymentInvalidStatusTransition. Plan again later."
    )
    return Finding(level=Level.NOTE, code="busy", message=message)


def unfinished(status: str, report: Sequence[ReportEntry]) -> Finding:
    """Return the finding that the last rollout did not succeed, with its report."""
    message = f"Its last rollout ended as {status}, so older code may be serving. {reported(report)}"
    return Finding(level=Level.WARNING, code="last-rollout-failed", message=message)


def rolled_back(revision: str) -> Finding:
    """Return the finding that another client rolled the deployment back."""
    message = (
        f"It was rolled back to revision {revision}, on the platform or by another client. Its secured values are "
        "those of that revision again, which no reading shows: write them again with --write-secured."
    )
    return Finding(level=Level.WARNING, code="rolled-back", message=message)


def behind(release: str, available: str) -> Finding:
    """Return the finding that the connector has newer code than the deployment, which does not follow it."""
    message = f"It runs {release}; its connector offers {available}. It moves only with lifecycle.follow: true."
    return Finding(level=Level.NOTE, code="newer-release", message=message)


def nothing_to_follow(*, running: bool) -> Finding:
    """Return the finding that a deployment is to follow its connector, and that its newest code is not known.

    ``running``: the release that runs is known.
    """
    lacks = "what its connector offers" if running else "what it runs"
    why = " The connector is gone or not published, or the token may not read it." if running else ""
    message = f"It is to follow its connector, and it is not known {lacks}, so it is not moved.{why}"
    return Finding(level=Level.WARNING, code="release-unknown", message=message)


def with_problems(report: Sequence[ReportEntry]) -> Finding:
    """Return the finding that a rollout succeeded and reported warnings or errors."""
    message = f"It is deployed with problems. {reported(report)}"
    return Finding(level=Level.BLOCKED, code="deployed-with-problems", message=message)

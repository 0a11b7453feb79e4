"""The log on standard error: decisions with --verbose, requests and tracebacks with --debug.

Other packages only log; the only handler is here. It is on the logger ``trueup`` and not on the root logger, because
the logs of libraries can contain headers with credentials.
"""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from trueup.model.plan import Drift, Plan, PlannedAction, ResourcePlan


LOG: Final = logging.getLogger("trueup")


class _StandardError(logging.Handler):
    """A handler that escapes each line and wraps it at the width of the terminal."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record. Errors are ignored: a log that cannot be written must not change how a run ends."""
        with suppress(Exception):
            from trueup.report.layout import filled

            # Only the message is wrapped: the lines of a traceback are read as Python prints them.
            message, *more = self.format(record).splitlines()
            text = _harmless(f"{_package(record.name)}: {message}").rstrip()
            # Looked up for each record: the progress display and tests replace the stream.
            sys.stderr.write(f"{filled(text, _columns()) if sys.stderr.isatty() else text}\n")
            sys.stderr.writelines(f"{_harmless(line)}\n" for line in more)


_HANDLER: Final = _StandardError()


@contextmanager
def logging_run(*, debug: bool) -> Iterator[None]:
    """Restore the level of the log after a run: the demo runs several commands in one process."""
    before = LOG.level
    try:
        if debug:
            show_log(debug=True)
        yield
    finally:
        LOG.setLevel(before)


def show_log(*, debug: bool) -> None:
    """Show decisions from now on, with ``debug`` also requests and tracebacks. The level is never raised again."""
    from trueup.faults import watch

    # min: lower levels log more, and --debug must not be undone by the --verbose of an inner command.
    LOG.setLevel(min(LOG.getEffectiveLevel(), logging.DEBUG if debug else logging.INFO))
    LOG.addHandler(_HANDLER)
    watch(_log_fault)


def _log_fault(error: BaseException) -> None:
    LOG.debug("Traceback of a fault:", exc_info=error)


def _harmless(line: str) -> str:
    from trueup.model.url_secrets import hide_secrets
    from trueup.report.safe_text import visible

    # Secrets first: escapes would change the URLs in which they are searched for.
    return visible(hide_secrets(line))


def _package(name: str) -> str:
    """Return the name of the package that logs: ``apply`` for ``trueup.apply``."""
    return name.removeprefix("trueup.")


def _columns() -> int:
    from trueup.cli.standard_output import terminal_columns

    return max(60, terminal_columns(otherwise=100))


_LOG: Final = logging.getLogger("trueup.plan")


def log_plan(plan: "Plan") -> None:
    """Log the verdict of each resource with its reasons."""
    if _LOG.isEnabledFor(logging.INFO):
        for resource in plan.resources:
            _LOG.info("%s: %s. %s", resource.identity, resource.verdict, " ".join(_reasons(resource)))


def log_drift(drift: "Drift") -> None:
    """Log the drift of each resource."""
    if _LOG.isEnabledFor(logging.INFO):
        for resource in drift.resources:
            changed = ", ".join(dict.fromkeys(map(_change, resource.changes)))
            reason = resource.error or (f"Live differs in {changed}." if changed else "")
            missing = f" Not returned: {', '.join(resource.not_returned)}." if resource.not_returned else ""
            _LOG.info("%s: %s. %s%s", resource.identity, resource.fate, reason, missing)


def _reasons(resource: "ResourcePlan") -> Iterator[str]:
    from trueup.model.plan import DigestIs, MustNotExist, Verdict, VersionIs

    if resource.error:
        yield resource.error
    match resource.precondition:
        case VersionIs(version=version):
            yield f"Live has version {version}."
        case DigestIs(digest=digest):
            yield f"Live has the digest {digest[:19]}."
        case MustNotExist():
            yield "It does not exist live."
    if resource.verdict is Verdict.UNCHANGED:
        yield "Live matches all fields that the manifest manages."
    if resource.actions:
        yield f"Differences: {', '.join(dict.fromkeys(map(_change, resource.actions)))}."
    for planned in resource.findings:
        yield f"{planned.finding.level}[{planned.finding.code}]: {planned.finding.message}"


def _change(planned: "PlannedAction") -> str:
    # Actions that start a process have no path.
    path = getattr(planned.action, "path", "") or type(planned.action).__name__
    cause = f", {planned.cause}" if planned.cause else ""
    return f"{path} ({planned.reason}{cause})"

"""Show the tracebacks of faults that cost one resource and not the run."""

import logging
import sys

from trueup.report.visible import visible


class _OnStandardError(logging.Handler):
    """A handler that writes each record line by line, without anything that a terminal acts on."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record to what is standard error by then."""
        sys.stderr.writelines(f"{visible(line)}\n" for line in self.format(record).splitlines())


def show_tracebacks() -> None:
    """Write what trueup logs to standard error from now on; calling it again changes nothing."""
    log = logging.getLogger("trueup")
    log.setLevel(logging.DEBUG)
    log.propagate = False
    if not any(isinstance(handler, _OnStandardError) for handler in log.handlers):
        log.addHandler(_OnStandardError())

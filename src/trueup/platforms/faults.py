"""Keep what fails while an answer is read with the resources that were asked for."""

from trueup.errors import PlatformError, UnexpectedAnswer
from trueup.faults import fault_text
from trueup.model.live import Unreadable


def as_platform_error(error: Exception) -> PlatformError:
    """Return a platform error itself; an unexpected exception becomes an UnexpectedAnswer."""
    if isinstance(error, PlatformError):
        return error
    return UnexpectedAnswer(fault_text(error, "reading an answer"))


def not_read(error: Exception) -> Unreadable:
    """Return the reading of a resource for which ``error`` came instead of an answer."""
    return Unreadable(as_platform_error(error))

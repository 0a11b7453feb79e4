"""Keep what fails while an answer is read with the resources that were asked for."""

import logging
from typing import Final

from trueup.errors import PlatformError, UnexpectedAnswer
from trueup.model.live import Unreadable
from trueup.platforms.answer import shorten

_LOG: Final = logging.getLogger(__name__)

UNREAD: Final = "the answer cannot be read ({}); run again with --debug for a traceback, and please report it"


def as_platform_error(error: Exception) -> PlatformError:
    """Return a platform error itself; an unexpected exception becomes an UnexpectedAnswer.

    The traceback of the latter is logged at debug level.
    """
    if isinstance(error, PlatformError):
        return error
    _LOG.debug("While an answer was read:", exc_info=error)
    return UnexpectedAnswer(UNREAD.format(shorten(f"{type(error).__name__}: {error}")))


def not_read(error: Exception) -> Unreadable:
    """Return the reading of a resource for which ``error`` came instead of an answer."""
    return Unreadable(as_platform_error(error))

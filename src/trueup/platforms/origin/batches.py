"""Find the bad ones of a batch by sending its halves."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from trueup.errors import LimitReached, PlatformError, Rejected
from trueup.model.identity import Identity
from trueup.model.writer import Update

SPLIT = (Rejected, LimitReached)
"""What a single certification can be the reason for, and what says that the batch was not taken."""

Endings = dict[Identity, PlatformError | None]


async def send_in_batches(
    updates: Sequence[Update], send: Callable[[Sequence[Update]], Awaitable[None]], *, most: int
) -> Mapping[Identity, PlatformError | None]:
    """Send updates, at most ``most`` a request, and return how each ended, None when it was accepted.

    A refused request is sent again in halves, one after the other: with k bad ones of n that costs about
    ``2 k log2 n`` requests. Which message belongs to which certification is not decided by reading messages. Any other
    failure counts for every certification of its request, and nothing of it is sent again.
    """
    endings: Endings = {}
    for start in range(0, len(updates), most):
        await _send(updates[start : start + most], send, endings)
    return endings


async def _send(
    updates: Sequence[Update], send: Callable[[Sequence[Update]], Awaitable[None]], endings: Endings
) -> None:
    failure: PlatformError | None = None
    try:
        await send(updates)
    except PlatformError as error:
        failure = error
    if isinstance(failure, SPLIT) and len(updates) > 1:
        middle = len(updates) // 2
        await _send(updates[:middle], send, endings)
        await _send(updates[middle:], send, endings)
        return
    endings.update({update.wanted.identity: failure for update in updates})

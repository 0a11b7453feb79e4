"""The interfaces through which targets are changed. Only an apply receives them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from trueup.errors import PlatformError
from trueup.model.action import ProcessAction, UpdateAction
from trueup.model.identity import Identity
from trueup.model.live import Live
from trueup.model.reader import Wanted
from trueup.model.value import Desired


class Writer(Protocol):
    """A writer to one target.

    Each method sends at most one write request and never retries it. It raises a
    :class:`~trueup.errors.PlatformError`: ``Conflict``, ``Rejected``, ``Busy``, ... if the write certainly had no
    effect, ``OutcomeUnknown`` if it may have had one. It returns the resource from the platform's response, or None if
    the response does not contain it (Origin), in which case the caller must read the resource.
    """

    async def create(self, wanted: Wanted, fields: Desired) -> Live | None:
        """Create the resource with these fields."""
        ...

    async def update(self, wanted: Wanted, live: Live, actions: Sequence[UpdateAction]) -> Live | None:
        """Send these actions in one request, with the version of ``live``, if any, as the precondition."""
        ...

    async def process(self, wanted: Wanted, live: Live, action: ProcessAction) -> Live | None:
        """Send one process action or deletion in one request; return None after a deletion."""
        ...


@dataclass(frozen=True, slots=True)
class Update:
    """One resource's part of a request that changes several; see :meth:`Writer.update`."""

    wanted: Wanted
    live: Live
    actions: tuple[UpdateAction, ...]


# Checked with isinstance(): Connect's writer has no such request.
@runtime_checkable
class BatchWriter(Writer, Protocol):
    """A writer that can change several resources in one request (Origin)."""

    async def update_many(self, updates: Sequence[Update]) -> Mapping[Identity, Live | PlatformError | None]:
        """Send all updates in one request; split a refused request in halves until each bad update is isolated.

        The result has an entry for each update: what :meth:`Writer.update` would return or raise. Only a refusal of
        the content is split, because it guarantees that nothing took effect. Identities must differ.
        """
        ...

"""Name what only the applier is given: the way to change a target."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from trueup.errors import PlatformError
from trueup.model.action import FieldAction, ProcessAction
from trueup.model.identity import Identity
from trueup.model.live import Live
from trueup.model.reader import Wanted
from trueup.model.value import Desired


class Writer(Protocol):
    """Change one target.

    Each method sends at most one write request, never repeats it, and raises a
    :class:`~trueup.errors.PlatformError`: ``Conflict``, ``Rejected``, ``Busy``, ... when the write was certainly not
    taken, ``OutcomeUnknown`` when it may have been. Methods return the resource as the platform's answer shows it, or
    None when the answer does not show it (Origin), so that the caller must read it back.
    """

    async def create(self, wanted: Wanted, fields: Desired) -> Live | None:
        """Create the resource with these fields."""
        ...

    async def update(self, wanted: Wanted, live: Live, actions: Sequence[FieldAction]) -> Live | None:
        """Send these actions in one request, with ``live``'s version as the precondition where there is one."""
        ...

    async def process(self, wanted: Wanted, live: Live, action: ProcessAction) -> Live | None:
        """Send one process action (or deletion) in one request; None also after a deletion."""
        ...


@dataclass(frozen=True, slots=True)
class Update:
    """Hold one resource's part of a request that changes several; see :meth:`Writer.update`."""

    wanted: Wanted
    live: Live
    actions: tuple[FieldAction, ...]


@runtime_checkable
class BatchWriter(Writer, Protocol):
    """Change several resources of one target in one request, where the platform offers that (Origin)."""

    async def update_many(self, updates: Sequence[Update]) -> Mapping[Identity, Live | PlatformError | None]:
        """Send all updates in one request; what is refused is sent again in halves until the bad ones stand alone.

        The answer has an entry for each update: what :meth:`Writer.update` would return or raise. Only a refusal of
        the content is split: it says that nothing was taken. Identities must differ.
        """
        ...

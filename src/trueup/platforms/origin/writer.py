"""Change certifications, one a request."""

from collections.abc import Mapping, Sequence
from typing import Final

from trueup.kinds.certification.wire import create_item, delete_item, update_item
from trueup.model.action import Delete, FieldAction, ProcessAction
from trueup.model.live import Live
from trueup.model.reader import Wanted
from trueup.model.value import Desired
from trueup.platforms.transport import Call, Http

CERTIFICATIONS: Final = "/connect/v1/certifications"


class OriginWriter:
    """Write certifications of one account; see :class:`~trueup.model.writer.Writer`.

    Origin has no version to send and answers a write without the certification's new state, so every method returns
    None and the caller reads back.
    """

    def __init__(self, http: Http, *, locale: str) -> None:
        self._http, self._locale = http, locale

    async def create(self, wanted: Wanted, fields: Desired) -> None:
        """Create the certification."""
        item = create_item(wanted.identity, wanted.locale or self._locale, fields)
        await self._post("create", wanted, item)

    async def update(self, wanted: Wanted, live: Live, actions: Sequence[FieldAction]) -> None:  # noqa: ARG002 - no version to take from it
        """Send field actions in one request."""
        item = update_item(wanted.identity, wanted.locale or self._locale, actions)
        await self._post("update", wanted, item)

    async def process(self, wanted: Wanted, live: Live, action: ProcessAction) -> None:  # noqa: ARG002 - no version to take from it
        """Delete the certification: the one process action that Origin has (channels are fields)."""
        if not isinstance(action, Delete):
            message = f"{wanted.identity}: {type(action).__name__} is an action of connectors"
            raise TypeError(message)
        await self._post("delete", wanted, delete_item(wanted.identity))

    async def _post(self, verb: str, wanted: Wanted, item: Mapping[str, object]) -> None:
        call = Call(
            method="POST",
            path=f"{CERTIFICATIONS}/{verb}",
            body={"certifications": [item]},
            purpose=f"{verb} {wanted.identity}",
        )
        await self._http.write(call)

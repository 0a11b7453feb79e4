"""Change certifications, one a request or several, at once or asynchronously."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from trueup.errors import LimitReached, PlatformError, Rejected
from trueup.kinds.registry import KINDS
from trueup.model.action import Delete, FieldAction, ProcessAction
from trueup.model.identity import Identity, IdField
from trueup.model.live import Live
from trueup.model.reader import Wanted
from trueup.model.value import Desired
from trueup.model.writer import Update
from trueup.platforms.client import Call, PlatformClient
from trueup.platforms.origin.async_results import Results
from trueup.platforms.settings import HttpSettings

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


_KNOWN_THERE: Final = (("reportingBody", "name"), ("standard", "code"))
"""What must exist in Origin (``origin-api.md`` sections 3.1 and 4.4)."""

MOST: Final = 25
"""How many certifications a request carries at most; no page states a limit (``origin-api.md`` section 12)."""


class OriginWriter:
    """Write certifications of one account; see :class:`~trueup.model.writer.BatchWriter`.

    Origin has no version to send and answers a write without the certification's new state, so every method returns
    None and the caller reads back. What exists is addressed by Origin's own id, as another one can take its externalId.
    """

    def __init__(self, http: PlatformClient, *, locale: str, settings: HttpSettings) -> None:
        self._http, self._locale = http, locale
        self._prefix = "/connect/v1/async/certifications" if settings.origin_async else "/connect/v1/certifications"
        self._results = Results(http, settings)

    async def create(self, wanted: Wanted, fields: Desired) -> None:
        """Create the certification."""
        item = KINDS[wanted.identity.kind].payloads.create(wanted.identity, wanted.locale or self._locale, fields)
        await self._post("create", [item], str(wanted.identity))

    async def update(self, wanted: Wanted, live: Live, actions: Sequence[FieldAction]) -> None:
        """Send field actions in one request; ``live`` holds no version that could be sent along."""
        await self._update([Update(wanted, live, tuple(actions))])

    async def process(self, wanted: Wanted, live: Live, action: ProcessAction) -> None:
        """Delete the certification: the one process action that Origin has (channels are fields)."""
        if not isinstance(action, Delete):
            message = f"{wanted.identity}: {type(action).__name__} is an action of connectors"
            raise TypeError(message)
        await self._post(
            "delete", [KINDS[wanted.identity.kind].payloads.delete(_the_one(wanted, live))], str(wanted.identity)
        )

    async def update_many(self, updates: Sequence[Update]) -> Mapping[Identity, Live | PlatformError | None]:
        """Update several certifications in one request, splitting what is refused."""
        return await send_in_batches(updates, self._update, most=MOST)

    async def _update(self, updates: Sequence[Update]) -> None:
        items = [
            item
            for update in updates
            for item in KINDS[update.wanted.identity.kind].payloads.update(
                _the_one(update.wanted, update.live), update.wanted.locale or self._locale, update.actions
            )
        ]
        subject = str(updates[0].wanted.identity) if len(updates) == 1 else f"{len(updates)} certifications"
        await self._post("update", items, subject)

    async def _post(self, verb: str, items: Sequence[Mapping[str, object]], subject: str) -> None:
        purpose = f"{verb} {subject}"
        call = Call(method="POST", path=f"{self._prefix}/{verb}", body={"certifications": list(items)}, purpose=purpose)
        try:
            reply = await self._http.write(call)
            command = f"certifications_{verb}"
            await self._results.conclude(reply, command=command, purpose=f"{self._http.name}: {purpose}")
        except Rejected as error:
            text = f"{error}{_looked_up(items)}"
            raise Rejected(text, status=error.status, code=error.code, messages=error.messages) from error


def _the_one(wanted: Wanted, live: Live) -> Identity:
    """Return the name of the very certification that was read, as far as a search told it.

    Another one may have its externalId by now.
    """
    if not live.remote_id:
        return wanted.identity
    return replace(wanted.identity, field=IdField.ORIGIN_ID, value=live.remote_id)


def _looked_up(items: Sequence[Mapping[str, object]]) -> str:
    """Return a sentence about what was sent that Origin must know already, empty when nothing of the kind was."""
    sent = {
        f"{name}.{member} {node[member]!r}": None
        for item in items
        for name, member in _KNOWN_THERE
        if isinstance(node := item.get(name), Mapping) and member in node
    }
    return f" Sent along: {', '.join(sent)}; Origin takes only names and codes that it has." if sent else ""

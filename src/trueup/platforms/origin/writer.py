"""Change certifications, one or several in a request, synchronously or asynchronously (``origin-api.md`` section 3)."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from trueup.errors import LimitReached, PlatformError, Rejected, rewritten
from trueup.kinds.registry import KINDS
from trueup.model.action import Delete, ProcessAction, UpdateAction
from trueup.model.identity import Identity, IdField
from trueup.model.live import Live
from trueup.model.reader import Wanted
from trueup.model.value import Desired
from trueup.model.writer import Update
from trueup.platforms.client import Call, PlatformClient
from trueup.platforms.origin.async_results import Results
from trueup.platforms.settings import HttpSettings

SPLITTING_ERRORS = (Rejected, LimitReached)
"""Errors that a single certification can cause and after which nothing of the batch was executed."""

BatchResults = dict[Identity, PlatformError | None]
"""The error of each update, None for an accepted one."""


async def send_in_batches(
    updates: Sequence[Update], send: Callable[[Sequence[Update]], Awaitable[None]], *, most: int
) -> Mapping[Identity, PlatformError | None]:
    """Send updates, at most ``most`` in a request, and return each one's error, None for an accepted one.

    A refused request is split in halves, which are sent one after the other: with k invalid updates of n, that takes
    about ``2 k log2 n`` requests. Any other failure counts for every certification of its request, and none of them is
    sent again.
    """
    # Bisected, since an error does not name the certification it is about in a form that a program can rely on.
    results: BatchResults = {}
    for start in range(0, len(updates), most):
        await _send(updates[start : start + most], send, results)
    return results


async def _send(
    updates: Sequence[Update], send: Callable[[Sequence[Update]], Awaitable[None]], results: BatchResults
) -> None:
    failure: PlatformError | None = None
    try:
        await send(updates)
    except PlatformError as error:
        failure = error
    if isinstance(failure, SPLITTING_ERRORS) and len(updates) > 1:
        middle = len(updates) // 2
        await _send(updates[:middle], send, results)
        await _send(updates[middle:], send, results)
        return
    results.update({update.wanted.identity: failure for update in updates})


_KNOWN_THERE: Final = (("reportingBody", "name"), ("standard", "code"))
"""Objects whose member must already exist in Origin (``origin-api.md`` sections 3.1 and 4.4)."""

MOST: Final = 25
"""Certifications in a request at most; no page of the documentation states a limit (``origin-api.md`` section 12)."""


class OriginWriter:
    """The writer of one account's certifications; see :class:`~trueup.model.writer.BatchWriter`.

    Origin has no versions and answers a write without the certification's new state, so every method returns None and
    the caller reads back.
    """

    def __init__(self, http: PlatformClient, *, locale: str, settings: HttpSettings) -> None:
        self._http, self._locale = http, locale
        self._prefix = "/connect/v1/async/certifications" if settings.origin_async else "/connect/v1/certifications"
        self._results = Results(http, settings)

    async def create(self, wanted: Wanted, fields: Desired) -> None:
        """Create the certification."""
        item = KINDS[wanted.identity.kind].payloads.create(wanted.identity, wanted.locale or self._locale, fields)
        await self._post("create", [item], str(wanted.identity))

    async def update(self, wanted: Wanted, live: Live, actions: Sequence[UpdateAction]) -> None:
        """Send field actions in one request; ``live`` has no version that could be sent with it."""
        await self._update([Update(wanted, live, tuple(actions))])

    async def process(self, wanted: Wanted, live: Live, action: ProcessAction) -> None:
        """Delete the certification, the only process action that Origin has; raises TypeError for any other."""
        if not isinstance(action, Delete):
            message = f"{wanted.identity}: {type(action).__name__} is an action of connectors"
            raise TypeError(message)
        await self._post(
            "delete", [KINDS[wanted.identity.kind].payloads.delete(_the_one(wanted, live))], str(wanted.identity)
        )

    async def update_many(self, updates: Sequence[Update]) -> Mapping[Identity, Live | PlatformError | None]:
        """Update certifications in batches of at most :data:`MOST`; refused batches are split."""
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
            raise rewritten(Rejected, text, error) from error


def _the_one(wanted: Wanted, live: Live) -> Identity:
    """Return the identity by Origin's own id if the search returned one, else the wanted identity."""
    # By id, since another certification may have the externalId by now.
    if not live.remote_id:
        return wanted.identity
    return replace(wanted.identity, field=IdField.ORIGIN_ID, value=live.remote_id)


def _looked_up(items: Sequence[Mapping[str, object]]) -> str:
    """Return a sentence with the sent values that must already exist in Origin, empty when there are none."""
    sent = {
        f"{name}.{member} {node[member]!r}": None
        for item in items
        for name, member in _KNOWN_THERE
        if isinstance(node := item.get(name), Mapping) and member in node
    }
    return f" Sent values: {', '.join(sent)}. Origin accepts only names and codes that it knows." if sent else ""

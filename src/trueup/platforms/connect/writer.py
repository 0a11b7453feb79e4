"""Change the resources of a collection; no write is sent for another version than the one that was read."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from trueup.errors import Conflict, UnexpectedAnswer
from trueup.kinds.base import Payloads
from trueup.kinds.registry import KINDS
from trueup.model.action import Delete, ProcessAction, UpdateAction
from trueup.model.live import Live
from trueup.model.reader import Wanted
from trueup.model.value import Desired
from trueup.platforms.client import Call, PlatformClient
from trueup.platforms.connect.collection import Collection, Representation

Body = Mapping[str, object]
Prepare = Callable[[Body], Awaitable[Body]]


class ConnectWriter:
    """The writer of one collection; see :class:`~trueup.model.writer.Writer`.

    ``prepare`` completes the body of a write, for example with secrets; raises PlatformError if that is not possible.
    """

    def __init__(self, http: PlatformClient, collection: Collection, prepare: Prepare | None = None) -> None:
        self._http, self._collection, self._prepare = http, collection, prepare or _as_it_is

    async def create(self, wanted: Wanted, fields: Desired) -> Live | None:
        """Create the resource; raises ``Conflict`` when one with this key exists by now."""
        body = await self._prepare(_payloads(wanted).create(wanted.identity, "", fields))
        purpose = f"create {wanted.identity.kind} {wanted.identity.value}"
        # guarded: keys are unique, so a second attempt cannot create a second resource.
        path, bodyless = self._collection.path, self._collection.bodyless
        call = Call(method="POST", path=path, body=body, purpose=purpose, guarded=True, bodyless=bodyless)
        return self._shown((await self._http.write(call)).body, wanted)

    async def update(self, wanted: Wanted, live: Live, actions: Sequence[UpdateAction]) -> Live | None:
        """Send field actions in one request with ``live``'s version."""
        return await self._post(wanted, live, _payloads(wanted).update(wanted.identity, "", actions))

    async def process(self, wanted: Wanted, live: Live, action: ProcessAction) -> Live | None:
        """Send one process action with ``live``'s version, or delete the resource while it still has that version."""
        if isinstance(action, Delete):
            await self._delete(wanted, live)
            return None
        return await self._post(wanted, live, _payloads(wanted).update(wanted.identity, "", [action]))

    async def _post(self, wanted: Wanted, live: Live, actions: Sequence[Mapping[str, object]]) -> Live | None:
        call = Call(
            method="POST",
            path=self._collection.path_of(live.remote_id),
            body=await self._prepare({"version": live.version, "actions": list(actions)}),
            purpose=f"update {wanted.identity.kind} {wanted.identity.value}",
            guarded=True,
            bodyless=self._collection.bodyless,
        )
        return self._shown((await self._http.write(call)).body, wanted, live.remote_id)

    async def _delete(self, wanted: Wanted, live: Live) -> None:
        """Delete by id; raises ``Conflict`` when the resource has another version by now."""
        key = wanted.identity.value
        # DELETE takes no version (connect-api.md section 2), so the version is read and compared immediately before.
        # A change that is made between the two requests is lost with the resource; the platform cannot prevent that.
        before = await self._http.read(self._collection.by_id(live.remote_id, key))
        now = self._collection.observe_as(before.body, key, live.remote_id)
        if now.version != live.version:
            raise Conflict(
                f"{self._http.name}: {wanted.identity} now has version {now.version} instead of {live.version}; "
                "it was not deleted"
            )
        path, purpose = self._collection.path_of(live.remote_id), f"delete {wanted.identity}"
        # Any 2xx accepts a deletion, also one without a body.
        await self._http.write(Call(method="DELETE", path=path, purpose=purpose, bodyless=True))

    def _shown(self, document: Representation, wanted: Wanted, remote_id: str = "") -> Live | None:
        """Return the resource in the answer, or None when it is not certainly the right one and must be read back."""
        try:
            return self._collection.observe_as(document, wanted.identity.value, remote_id)
        except UnexpectedAnswer:
            # Not an error: the write succeeded, only its answer is odd.
            return None


async def _as_it_is(body: Body) -> Body:
    return body


def _payloads(wanted: Wanted) -> Payloads:
    return KINDS[wanted.identity.kind].payloads

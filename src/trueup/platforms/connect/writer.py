"""Change connector drafts; no write is sent for another version than the one that was read."""

from collections.abc import Mapping, Sequence

from trueup.errors import Conflict, UnexpectedAnswer
from trueup.kinds.base import Payloads
from trueup.kinds.registry import KINDS
from trueup.model.action import Delete, FieldAction, ProcessAction
from trueup.model.live import Live
from trueup.model.reader import Wanted
from trueup.model.value import Desired
from trueup.platforms.address import path_segment
from trueup.platforms.client import Call, PlatformClient
from trueup.platforms.connect.drafts import DRAFTS, Draft, by_id, observe_as


class ConnectWriter:
    """The writer of one organization's drafts; see :class:`~trueup.model.writer.Writer`."""

    def __init__(self, http: PlatformClient) -> None:
        self._http = http

    async def create(self, wanted: Wanted, fields: Desired) -> Live | None:
        """Create the draft; raises ``Conflict`` when a draft with this key exists by now."""
        key = wanted.identity.value
        # guarded: keys are unique, so a second attempt cannot create a second draft.
        body, purpose = _payloads(wanted).create(wanted.identity, "", fields), f"create Connector {key}"
        call = Call(method="POST", path=DRAFTS, body=body, purpose=purpose, guarded=True)
        return _shown((await self._http.write(call)).body, wanted)

    async def update(self, wanted: Wanted, live: Live, actions: Sequence[FieldAction]) -> Live | None:
        """Send field actions in one request with ``live``'s version."""
        return await self._post(wanted, live, _payloads(wanted).update(wanted.identity, "", actions))

    async def process(self, wanted: Wanted, live: Live, action: ProcessAction) -> Live | None:
        """Send one process action with ``live``'s version, or delete the draft while it still has that version."""
        if isinstance(action, Delete):
            await self._delete(wanted, live)
            return None
        return await self._post(wanted, live, _payloads(wanted).update(wanted.identity, "", [action]))

    async def _post(self, wanted: Wanted, live: Live, actions: Sequence[Mapping[str, object]]) -> Live | None:
        call = Call(
            method="POST",
            path=_path(live),
            body={"version": live.version, "actions": list(actions)},
            purpose=f"update Connector {wanted.identity.value}",
            guarded=True,
        )
        return _shown((await self._http.write(call)).body, wanted, live.remote_id)

    async def _delete(self, wanted: Wanted, live: Live) -> None:
        """Delete by id; raises ``Conflict`` when the draft has another version by now."""
        key = wanted.identity.value
        # DELETE takes no version (connect-api.md section 2), so the version is read and compared immediately before.
        # A change that is made between the two requests is lost with the draft; the platform cannot prevent that.
        before = await self._http.read(by_id(live.remote_id, key))
        now = observe_as(before.body, key, live.remote_id)
        if now.version != live.version:
            raise Conflict(
                f"{self._http.name}: Connector {key} now has version {now.version} instead of {live.version}; "
                "it was not deleted"
            )
        await self._http.write(Call(method="DELETE", path=_path(live), purpose=f"delete Connector {key}"))


def _payloads(wanted: Wanted) -> Payloads:
    return KINDS[wanted.identity.kind].payloads


def _path(live: Live) -> str:
    return f"{DRAFTS}/{path_segment(live.remote_id)}"


def _shown(draft: Draft, wanted: Wanted, remote_id: str = "") -> Live | None:
    """Return the draft in the answer, or None when it is not certainly the right one and must be read back."""
    try:
        return observe_as(draft, wanted.identity.value, remote_id)
    except UnexpectedAnswer:
        # Not an error: the write succeeded, only its answer is odd.
        return None

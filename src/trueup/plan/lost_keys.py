"""Notice a draft that may have lost its key before a second one is created under that key.

A draft's key has been seen to vanish on the server (``connect-api.md`` section 3). No key leads to it then, so that its
manifest looks as if it had yet to be created. What would be created has the same repository or the same name.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from trueup.errors import PlatformError
from trueup.kinds.registry import KINDS
from trueup.kinds.spec import LostKey
from trueup.model.change import Finding, Level
from trueup.model.live import Live
from trueup.model.plan import PlannedFinding, ResourcePlan, Verdict
from trueup.model.reader import Nameless, NamelessReader, Reader
from trueup.model.value import Desired, Known

LOST_KEY: Final = "lost-key"
"""Code of the finding that holds back a creation."""

_CREATED: Final = "It was created while this was planned. Plan again."


async def hold_lost_keys(resources: Sequence[ResourcePlan], readers: Mapping[str, Reader]) -> tuple[ResourcePlan, ...]:
    """Return the resources with each creation blocked for which there is a draft without a key that may be it.

    Targets are asked only where something is to be created; one that cannot say leaves its creations unreadable.
    """
    creating = dict.fromkeys(r.identity.target for r in resources if _creates(r))
    asked = {name: reader for name in creating if isinstance(reader := readers[name], NamelessReader)}
    answers = dict(zip(asked, await asyncio.gather(*map(_ask, asked.values())), strict=True))
    return tuple(
        _held(r, answers[r.identity.target]) if _creates(r) and r.identity.target in answers else r for r in resources
    )


def hold_lost_key(resource: ResourcePlan, found: PlannedFinding) -> ResourcePlan:
    """Return the resource blocked with this finding."""
    return replace(resource, verdict=Verdict.BLOCKED, findings=(*resource.findings, found))


async def _ask(reader: NamelessReader) -> Nameless | PlatformError:
    try:
        return await reader.nameless()
    except PlatformError as error:
        return error


def _creates(resource: ResourcePlan) -> bool:
    return resource.verdict is Verdict.CREATE and KINDS[resource.identity.kind].lost_key is not None


def _held(resource: ResourcePlan, nameless: Nameless | PlatformError) -> ResourcePlan:
    if isinstance(nameless, PlatformError) or resource.identity.value in nameless.names:
        return ResourcePlan(
            identity=resource.identity,
            verdict=Verdict.UNREADABLE,
            position=resource.position,
            lifecycle=resource.lifecycle,
            rules=resource.rules,
            manifest_digest=resource.manifest_digest,
            error=str(nameless) if isinstance(nameless, PlatformError) else _CREATED,
        )
    lost_key = KINDS[resource.identity.kind].lost_key
    for live in nameless.live:
        alike = [] if lost_key is None else _same(lost_key, resource.desired, live)
        if lost_key is not None and alike:
            message = lost_key.message.format(alike=" and ".join(alike), remote_id=live.remote_id)
            finding = Finding(level=Level.BLOCKED, code=LOST_KEY, message=message)
            return hold_lost_key(resource, PlannedFinding(finding=finding, position=resource.position))
    return resource


def _same(lost_key: LostKey, desired: Desired, live: Live) -> list[str]:
    """Return the names under which the wanted and the live resource agree."""
    has = {path: field.value for path, field in live.fields.items() if isinstance(field, Known)}
    return [name for name, of in lost_key.by.items() if of(desired) and of(desired) == of(has)]

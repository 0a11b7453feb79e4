"""Notice a draft that may have lost its key before a second one is created under that key.

A draft's key has been seen to vanish on the server (``connect-api.md`` section 3). No key leads to it then, so that its
manifest looks as if it had yet to be created. What would be created has the same repository or the same name.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from trueup.errors import PlatformError
from trueup.kinds.registry import KINDS
from trueup.kinds.spec import KindSpec
from trueup.model.change import Finding, Level
from trueup.model.plan import PlannedFinding, ResourcePlan, Verdict
from trueup.model.reader import Nameless, NamelessReader, Reader
from trueup.model.value import Known, Value

LOST_KEY: Final = "lost-key"
"""Code of the finding that holds back a creation."""

_ALIKE: Final = (
    "A draft without a key has the same {alike} (id {remote_id}). It may be this one, having lost its key, and "
    "creating it would make a second one. No API gives a key back: delete that draft on the platform, or give it "
    "another name and another repository there if it is something else."
)


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
    return resource.verdict is Verdict.CREATE and bool(KINDS[resource.identity.kind].recognised_by)


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
    kind = KINDS[resource.identity.kind]
    wanted = _traits(kind, resource.desired)
    for live in nameless.live:
        has = {path: field.value for path, field in live.fields.items() if isinstance(field, Known)}
        alike = _same(wanted, _traits(kind, has))
        if alike:
            message = _ALIKE.format(alike=" and ".join(alike), remote_id=live.remote_id)
            finding = Finding(level=Level.BLOCKED, code=LOST_KEY, message=message)
            return hold_lost_key(resource, PlannedFinding(finding=finding, position=resource.position))
    return resource


def _same(wanted: Mapping[str, object], has: Mapping[str, object]) -> Iterable[str]:
    return [path for path, value in wanted.items() if value and value == has[path]]


def _traits(kind: KindSpec, fields: Mapping[str, Value]) -> Mapping[str, object]:
    """Return by what a resource is recognised without its key."""
    return {name: trait(fields) for name, trait in kind.recognised_by.items()}

"""Let what another commit wanted stand for what the platform does not return.

A field that is not returned may hold anything. What the manifest of the base wanted of it is the last that is known:
with it, what is wanted now can be compared, and what is no longer wanted can be removed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from trueup.diff.simulate import created, simulate
from trueup.kinds.spec import KindSpec
from trueup.model.action import FieldAction
from trueup.model.change import Change, Finding, Level
from trueup.model.field import Field
from trueup.model.live import Live
from trueup.model.manifest import LifecycleSpec, Manifest
from trueup.model.value import Desired, LiveValue, NotReturned


def last_known(
    kind: KindSpec, base: Manifest, desired: Desired, live: Mapping[str, LiveValue]
) -> Mapping[str, LiveValue]:
    """Return what ``base`` wanted of those managed fields that were not returned."""
    unseen = [path for path in desired if isinstance(live[path], NotReturned)]
    if not unseen:
        return {}
    wanted = kind.desired(base.spec)
    values = created(kind.fields, wanted)
    return {path: values[path] for path in unseen if path in wanted}


def still_protected(lifecycle: LifecycleSpec, base: Manifest | None) -> LifecycleSpec:
    """Return the block with the protection that it had in the base: taking it away is a change of its own."""
    return replace(lifecycle, protect=True) if base is not None and base.lifecycle.protect else lifecycle


def with_known(
    fields: Sequence[Field], live: Live, known: Mapping[str, LiveValue], done: Iterable[FieldAction] = ()
) -> Live:
    """Return live with what is known in the place of what was not returned, after what was done since then."""
    unseen = {path: value for path, value in known.items() if isinstance(live.fields[path], NotReturned)}
    if not unseen:
        return live
    actions = [action for action in done if action.path in unseen]
    return replace(live, fields=simulate(fields, actions, {**live.fields, **unseen}))


def from_base(changes: Sequence[Change], known: Mapping[str, LiveValue]) -> tuple[Finding, ...]:
    """Say of which fields the change was computed from the base."""
    return tuple(
        Finding(
            level=Level.NOTE,
            code="known-from-base",
            message=f"{path} is not returned by the platform: what the base wanted of it counts as live.",
            path=path,
        )
        for path in dict.fromkeys(change.action.path for change in changes)
        if path in known
    )

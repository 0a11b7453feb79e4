"""Let what another commit wanted stand for what the platform does not return.

A field that is not returned may hold anything. What the manifest of the base wanted of it stands for it only where this
working copy's journals tell that exactly this was applied, and nothing else was sent since: what was only wanted may
never have arrived. With it, what is wanted now can be compared, and what is no longer wanted can be removed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from trueup.diff.simulate import created, simulate
from trueup.kinds.base import KindSpec
from trueup.model.action import FieldAction
from trueup.model.change import Change, Finding, Level
from trueup.model.field import Field
from trueup.model.live import Live
from trueup.model.manifest import LifecycleSpec, Manifest
from trueup.model.value import Desired, Elements, LiveValue, NotReturned, Value
from trueup.plan.memory import is_remembered, setting

RECALLED: Final = frozenset({"remembered", "known-from-base"})
"""Codes of the findings that say that what an earlier run applied counts as live."""

UNOBSERVED: Final = RECALLED | {"not-returned"}
"""Codes of the findings that say of a managed field that the platform did not return it."""


def last_known(
    kind: KindSpec,
    base: Manifest,
    desired: Desired,
    live: Mapping[str, LiveValue],
    remembered: Sequence[FieldAction],
) -> Mapping[str, LiveValue]:
    """Return what ``base`` wanted of those managed fields that were not returned and hold it as far as is remembered.

    An empty value is never known to be there: others may have added something.
    """
    unseen = [path for path in desired if isinstance(live[path], NotReturned)]
    if not unseen or not remembered:
        return {}
    wanted = kind.desired(base.spec)
    values = created(kind.fields, wanted)
    steps = {path: setting(path, wanted[path]) for path in unseen if path in wanted}
    return {
        path: values[path]
        for path, needed in steps.items()
        if needed and all(is_remembered(s, remembered) for s in needed)
    }


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


def say_unobserved(
    found: Sequence[Finding],
    sent: Sequence[Change],
    left_out: Sequence[Change],
    known: Mapping[str, LiveValue],
    desired: Desired,
) -> tuple[Finding, ...]:
    """Return the findings with one for each managed field that was not returned, saying what stands for it.

    ``left_out`` are changes that an earlier run has made, as far as is remembered, and that are not sent again. They
    stand for a field unless an attribute in it is to be empty: that was neither sent nor seen.
    """
    blind = {change.action.path for change in sent} | {path for path, value in desired.items() if _has_empty(value)}
    quiet = dict.fromkeys(change.action.path for change in left_out if change.action.path not in blind)
    told = (finding for finding in found if finding.code != "not-returned" or finding.path not in quiet)
    return (*told, *(_note(path, "remembered", _REMEMBERED) for path in quiet), *_from_base(known))


def _has_empty(value: Value) -> bool:
    return isinstance(value, Elements) and any("" in attributes.values() for attributes in value.by_key.values())


_REMEMBERED: Final = (
    "{} is not returned by the platform: what an earlier run sent, and the platform accepted, counts as live. Whether "
    "it is still there was not seen."
)
_FROM_BASE: Final = (
    "{} is not returned by the platform: what the base wanted of it, and an earlier run applied, counts as live. "
    "Whether it is still there was not seen."
)


def _from_base(known: Mapping[str, LiveValue]) -> tuple[Finding, ...]:
    return tuple(_note(path, "known-from-base", _FROM_BASE) for path in known)


def _note(path: str, code: str, words: str) -> Finding:
    return Finding(level=Level.NOTE, code=code, message=words.format(path), path=path)

"""Compute the plan hash over canonical JSON (RFC 8785), and the digests of manifests and live fields.

The plan hash answers one question: *would this plan send the same actions to the same targets as that one?* It covers
the addresses of targets, identities, the rules of the run, and ordered actions, and nothing else. Versions, times,
positions, formatting, findings and resources without actions are excluded; otherwise an unrelated merge would
invalidate an approved plan.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Final

import rfc8785

from trueup.kinds.registry import KINDS
from trueup.model.action import (
    Action,
    AddElement,
    AddMember,
    Create,
    RemoveElement,
    RemoveMember,
    SetMembers,
    SetParts,
    SetValue,
)
from trueup.model.identity import TargetAddress
from trueup.model.manifest import NO_LIFECYCLE, Manifest
from trueup.model.plan import ResourcePlan, Verdict
from trueup.model.value import Desired, Elements, Known, LiveValue, Members, Value
from trueup.plan.codec import (
    text_digest,
    to_json,
)

SENT: Final = frozenset({Verdict.CREATE, Verdict.UPDATE, Verdict.DELETE})
"""Verdicts whose actions an apply sends; the actions of other verdicts are only shown."""

NO_PLACES: Final = MappingProxyType[str, TargetAddress]({})

_EXACT: Final = 2**53
"""RFC 8785 writes numbers as IEEE doubles, which lose digits from this number on."""


def plan_digest(resources: Iterable[ResourcePlan], places: Mapping[str, TargetAddress] = NO_PLACES) -> str:
    """Return ``sha256:`` and 64 hex digits of [target, place, identity, rules, ordered actions], sorted by identity.

    ``places`` are the addresses of targets; a missing one is hashed as null.
    """
    sent = sorted((r for r in resources if r.verdict in SENT and r.actions), key=attrgetter("identity"))
    text = canonical(_exact([_resource(resource, places) for resource in sent]))
    return "sha256:" + hashlib.sha256(text).hexdigest()


def canonical(document: Any) -> bytes:
    """Return RFC 8785 JSON of a document without floats; raise rfc8785.CanonicalizationError for invalid Unicode."""
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    # For ASCII, the standard library writes the same in a tenth of the time. Other names it would sort differently:
    # by code points, where RFC 8785 demands UTF-16 code units.
    return text.encode() if text.isascii() else rfc8785.dumps(document)


def live_digest(fields: Mapping[str, LiveValue]) -> str:
    """Return the digest of live fields, the precondition for a platform without versions."""
    return text_digest(to_json({path: _settled_live(live) for path, live in fields.items()}))


def _resource(resource: ResourcePlan, places: Mapping[str, TargetAddress]) -> list[object]:
    identity = to_json(resource.identity)
    place = places.get(resource.identity.target)
    return [
        # The name of a target alone could lead to another project after the approval.
        identity.pop("target"),
        None if place is None else to_json(place),
        identity | {"locale": resource.locale},
        to_json(resource.rules),
        [to_json(settled_action(planned.action)) for planned in resource.actions],
    ]


def settled_action(action: Action) -> Action:
    """Return the action with the unordered parts of its value sorted."""
    match action:
        case SetMembers():
            # The order of a set means nothing, so a reordered one must not invalidate an approval.
            return replace(action, members=tuple(sorted(set(action.members))))
        case Create():
            return Create({path: _settled(value) for path, value in action.fields.items()})
        case _:
            return action


def _settled_live(live: LiveValue) -> LiveValue:
    return Known(_settled(live.value)) if isinstance(live, Known) else live


def _settled(value: Value) -> Value:
    """Return the value with its unordered parts sorted, so that a reordered set has the same digest."""
    match value:
        case Members(values):
            return Members(tuple(sorted(set(values))))
        case Elements(by_key, ambiguous):
            return Elements(dict(sorted(by_key.items())), ambiguous)
        case _:
            return value


def _exact(document: object) -> Any:
    match document:
        case dict():
            return {key: _exact(member) for key, member in document.items()}
        case list():
            return [_exact(member) for member in document]
        case bool():
            return document
        # bool is a subclass of int and is matched above.
        case int() if not -_EXACT < document < _EXACT:
            return str(document)
        case _:
            return document


_NO_LIFECYCLE: Final = to_json(NO_LIFECYCLE)


def manifest_digest(manifest: Manifest, desired: Desired) -> str:
    """Return the digest of identity, language, managed fields and lifecycle, without labels, positions and layout."""
    return text_digest(
        [
            to_json(manifest.identity),
            manifest.locale,
            # Shortcuts, because this runs for every manifest: most values are texts, and most manifests have no
            # lifecycle.
            {path: value if value.__class__ is str else to_json(_settled(value)) for path, value in desired.items()},
            _NO_LIFECYCLE if manifest.lifecycle is NO_LIFECYCLE else to_json(manifest.lifecycle),
        ]
    )


def same_wants(one: Manifest, other: Manifest) -> bool:
    """Return whether two manifests want the same; see :func:`manifest_digest`."""
    # Manifests of a file that did not change are one object in both commits.
    return one is other or _wants(one) == _wants(other)


def _wants(manifest: Manifest) -> str:
    return manifest_digest(manifest, KINDS[manifest.identity.kind].desired(manifest.spec))


def action_key(action: Action) -> str:
    """Return a text that is equal for equal actions; a key for dicts, because actions with mappings are unhashable."""
    return json.dumps(to_json(action), sort_keys=True)


def subject_of(action: Action) -> tuple[object, ...]:
    """Return the smallest thing that an action changes: a field, a member, an element, or the resource itself."""
    match action:
        case AddMember(path, member) | RemoveMember(path, member):
            return (path, member)
        case AddElement(path=path, key=key) | RemoveElement(path, key):
            return (path, *key)
        case SetValue(path=path) | SetMembers(path=path) | SetParts(path=path):
            return (path,)
        case Create():
            # No field has an empty path, so these do not collide with the subjects of field actions.
            return ("",)
        case _:
            return ("", action_key(action))

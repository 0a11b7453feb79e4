"""The deployment's rules that the field table cannot express: findings of a plan."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from trueup.kinds.base import lacking, touched
from trueup.kinds.dependencies import PUBLISHED_RELEASE, STAGED_RELEASE, Reference
from trueup.kinds.deployment import findings
from trueup.kinds.deployment.fields import FIXED, ID, KEY, REGION, STAGED, is_staged
from trueup.kinds.findings import creation_requires
from trueup.model.action import Action, Change, Create, Finding, Rollout
from trueup.model.identity import Identity, Kind
from trueup.model.live import Lifecycle, Live
from trueup.model.value import Desired, Known, LiveValue

_NEEDED: Final = (REGION,)


def check(  # noqa: PLR0913 - see Check
    desired: Desired,
    after: Mapping[str, LiveValue],  # noqa: ARG001 - see Check
    creating: bool,  # noqa: FBT001 - see Check
    *,
    changes: Sequence[Change] | None = None,
    lifecycle: Lifecycle | None = None,  # noqa: ARG001 - see Check
    identity: Identity | None = None,  # noqa: ARG001 - see Check
) -> tuple[Finding, ...]:
    """Check that a creation has what it needs, and that nothing differs that is fixed after it."""
    if creating:
        named = KEY in desired or ID in desired
        return (*lacking(desired, _NEEDED), *(() if named else (creation_requires("connector", "connector.key"),)))
    if changes is None:
        return ()
    paths = touched(desired, changes)
    return tuple(findings.fixed(path) for path in FIXED if path in paths)


def refers(desired: Desired) -> Sequence[Reference]:
    """Return the names of the connector of a deployment: its key, its id or both."""
    return [(Kind.CONNECTOR, str(desired[path])) for path in (KEY, ID) if desired.get(path)]


def needs(actions: Sequence[Action]) -> bool:
    """Return whether the actions take over code of the connector, so that it must have been published."""
    return any(isinstance(action, Create) or (isinstance(action, Rollout) and action.follow) for action in actions)


def expects(live: Live, offered: Mapping[str, str]) -> Live:
    """Return the deployment as it is when its connector offers this."""
    release = offered.get(STAGED_RELEASE if live.fields[STAGED] == Known("true") else PUBLISHED_RELEASE)
    if not release or live.lifecycle is None:
        return live
    return replace(live, lifecycle=replace(live.lifecycle, offered_release=release))


def rests_on(live: Lifecycle, offered: Mapping[str, str]) -> bool:
    """Return whether the state of a deployment has the release that its connector offers only later."""
    return live.offered_release in offered.values()


def stays(desired: Desired, related: Mapping[str, object], offered: Mapping[str, str]) -> Mapping[str, object]:
    """Return that there is no published connector if there is none and its plan publishes none, else nothing."""
    published = is_staged(desired) or PUBLISHED_RELEASE in offered
    return {} if published or related.get("connector") != {} else {"connector": {}}

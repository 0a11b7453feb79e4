"""The deployment's rules that the field table cannot express: findings of a plan."""

from collections.abc import Mapping, Sequence
from typing import Final

from trueup.kinds.base import lacking, touched
from trueup.kinds.deployment import findings
from trueup.kinds.deployment.fields import FIXED, ID, KEY, REGION
from trueup.kinds.findings import creation_requires
from trueup.model.action import Change, Finding
from trueup.model.identity import Identity
from trueup.model.live import Lifecycle
from trueup.model.value import Desired, LiveValue

_NEEDED: Final = (REGION,)


def check(  # noqa: PLR0913 - see spec.Check
    desired: Desired,
    after: Mapping[str, LiveValue],  # noqa: ARG001 - see spec.Check
    creating: bool,  # noqa: FBT001 - see spec.Check
    *,
    changes: Sequence[Change] | None = None,
    lifecycle: Lifecycle | None = None,  # noqa: ARG001 - see spec.Check
    identity: Identity | None = None,  # noqa: ARG001 - see spec.Check
) -> tuple[Finding, ...]:
    """Check that a creation has what it needs, and that nothing differs that is fixed after it."""
    if creating:
        named = KEY in desired or ID in desired
        return (*lacking(desired, _NEEDED), *(() if named else (creation_requires("connector", "connector.key"),)))
    if changes is None:
        return ()
    paths = touched(desired, changes)
    return tuple(findings.fixed(path) for path in FIXED if path in paths)

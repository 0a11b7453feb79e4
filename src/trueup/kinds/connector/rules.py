"""Judge a connector by the rules that need more than one field, or live state."""

from collections.abc import Mapping, Sequence
from typing import Final

from trueup.kinds import findings
from trueup.kinds.base import lacking, touched
from trueup.model.action import Change, Finding
from trueup.model.identity import Identity
from trueup.model.live import Lifecycle
from trueup.model.value import Desired, LiveValue, Parts

_NEEDED: Final = ("name", "creator.email", "repository")
PROJECTS: Final = "privateProjects"
"""The field that the platform takes changes of only while the draft is private."""


def check(  # noqa: PLR0913 - see spec.Check
    desired: Desired,
    after: Mapping[str, LiveValue],  # noqa: ARG001 - the connector's rules do not look at it; see spec.Check
    creating: bool,  # noqa: FBT001 - see spec.Check
    *,
    changes: Sequence[Change] | None = None,
    lifecycle: Lifecycle | None = None,
    identity: Identity | None = None,  # noqa: ARG001 - see spec.Check
) -> tuple[Finding, ...]:
    """Check what creation needs, and that private projects only change while the draft is private."""
    if creating:
        return (*lacking(desired, _NEEDED), *_half_repository(desired))
    frozen = lifecycle is not None and not lifecycle.private and PROJECTS in touched(desired, changes)
    return (findings.not_private(PROJECTS),) if frozen else ()


def _half_repository(desired: Desired) -> tuple[Finding, ...]:
    match desired.get("repository"):
        case Parts(values=parts) if parts:
            missing = [f"repository.{name}" for name in ("url", "tag") if not parts.get(name)]
            return tuple(findings.creation_requires(path, path) for path in missing) if len(missing) == 1 else ()
        case _:
            return ()

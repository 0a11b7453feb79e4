"""Hold what the kinds' rules have in common."""

from collections.abc import Collection, Sequence

from trueup.diff.compare import is_empty
from trueup.kinds import findings
from trueup.model.change import Change, Finding
from trueup.model.value import Desired


def touched(desired: Desired, changes: Sequence[Change] | None) -> Collection[str]:
    """Return the paths that the plan sends something for; when that is not known, every managed path."""
    return desired.keys() if changes is None else {change.action.path for change in changes}


def given(desired: Desired, path: str) -> bool:
    """Say whether a path is managed and not empty."""
    return path in desired and not is_empty(desired[path])


def lacking(desired: Desired, needed: Sequence[str]) -> tuple[Finding, ...]:
    """Return a finding for each field that creation needs and the manifest does not give."""
    return tuple(findings.creation_requires(path, path) for path in needed if not given(desired, path))

"""The connector's rules that the field table cannot express: warnings about a spec, and findings of a plan."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from trueup.kinds import findings
from trueup.kinds.base import EMAIL, URL, Advice, TextForm, lacking, touched, unusual_texts
from trueup.model.action import Change, Finding
from trueup.model.identity import Identity
from trueup.model.live import Lifecycle
from trueup.model.value import Desired, LiveValue, Parts

# The expressions of the official Connect tools (connect-api.md section 10.3). The API itself documents no format.
_REPOSITORY: Final = re.compile(r"(?:https|git@[\w.]+)(?::(?://)?)[\w.@:/\-~]+[.]git")
_TAG: Final = re.compile(r"(?!.*[.]{2})[^\W_][\w.@/-]{0,254}")
_NO_URL: Final = "does not look like a URL"

_FORMS: Final[tuple[TextForm, ...]] = (
    (("repository", "url"), _REPOSITORY, "unusual-repository", "is not a repository URL that Connect's tools take"),
    (("repository", "tag"), _TAG, "unusual-tag", "is not a tag that Connect's tools take"),
    (("creator", "email"), EMAIL, "unusual-email", "does not look like an email address"),
    (("creator", "logoUrl"), URL, "unusual-url", _NO_URL),
    (("creator", "supportUrl"), URL, "unusual-url", _NO_URL),
    (("documentationUrl",), URL, "unusual-url", _NO_URL),
)

# What a creation requires (section 3).
_NEEDED: Final = ("name", "creator.email", "repository")
PROJECTS: Final = "privateProjects"
"""The field that can be changed only while the draft is private."""


def advice(spec: Mapping[str, Any]) -> Iterator[Advice]:
    """Return the warnings about a spec that its schema accepts."""
    return unusual_texts(spec, _FORMS)


def check(  # noqa: PLR0913 - see Check
    desired: Desired,
    after: Mapping[str, LiveValue],  # noqa: ARG001 - the connector's rules do not look at it; see Check
    creating: bool,  # noqa: FBT001 - see Check
    *,
    changes: Sequence[Change] | None = None,
    lifecycle: Lifecycle | None = None,
    identity: Identity | None = None,  # noqa: ARG001 - see Check
) -> tuple[Finding, ...]:
    """Check that creation has what it needs, and that private projects change only while the draft is private."""
    if creating:
        return (*lacking(desired, _NEEDED), *_half_repository(desired))
    # Both actions fail with ConnectorStagedNotPrivate for a public connector (section 3).
    frozen = lifecycle is not None and not lifecycle.private and PROJECTS in touched(desired, changes)
    return (findings.not_private(PROJECTS),) if frozen else ()


def _half_repository(desired: Desired) -> tuple[Finding, ...]:
    match desired.get("repository"):
        case Parts(values=parts) if parts:
            # An update needs only one part, because it takes the other one from the live draft.
            missing = [f"repository.{name}" for name in ("url", "tag") if not parts.get(name)]
            return tuple(findings.creation_requires(path, path) for path in missing) if len(missing) == 1 else ()
        case _:
            return ()

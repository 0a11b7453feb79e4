"""Suggest what somebody may have meant."""

from collections.abc import Iterable, Mapping
from typing import Final

from trueup.model.lookalikes import skeleton

RENAMED: Final[Mapping[str, str]] = {
    "noOfDevelopers": "noOfContributors",
    "densityMinGL": "densityMin",
    "densityMaxGL": "densityMax",
    "additionalDocuments": "additionalsDocuments",
    "customFeatures": "featuresCustoms",
    "regions": "supportedRegions",
    "creatorEmail": "email",
    "logo": "logoUrl",
}
"""Names of old API versions, of update actions, or of mistaken samples, to the field that is meant."""

MOVED_FIELDS: Final[Mapping[str, str]] = {
    "collectionBehavior": "Leave it out: a list says what there is to be, and trueup finds out what to ADD and REMOVE.",
    "isPreviewable": "Ask for a preview with lifecycle.previewable.",
    "certificationInfo": "Add comments with lifecycle.certificationComments.",
    "status": "Publish with lifecycle.publish.",
    "key": "The key stands in metadata.key.",
    "externalId": "The ID stands in metadata.externalId.",
    "originId": "The ID stands in metadata.originId.",
    "locale": "The locale stands in metadata.locale.",
    "state": "The state stands in lifecycle.state.",
    "labels": "Labels stand in metadata.labels.",
}
"""Fields that people look for in the wrong place, to where they are."""


NAME_AT_MOST: Final = 100
"""Characters of a name that is compared with others; no name of ours is half as long."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return "Did you mean 'x'?" for the known name nearest to ``name``, or nothing when none is near."""
    if len(name) > NAME_AT_MOST:
        return ""
    from difflib import get_close_matches  # noqa: PLC0415 - runs without mistakes have no use for it

    candidates = list(known)
    renamed = RENAMED.get(name)
    if renamed in candidates:
        return f"Did you mean {renamed!r}?"
    by_lower = {candidate.lower(): candidate for candidate in candidates}
    near = get_close_matches(skeleton(name), by_lower, n=1)
    return f"Did you mean {by_lower[near[0]]!r}?" if near else ""

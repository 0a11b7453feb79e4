"""Suggestions for names that do not exist, and for numbers and dates in another notation."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from trueup.kinds.base import day_of
from trueup.manifest.yaml_scalars import sendable
from trueup.model.lookalikes import nearest

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
"""Names from old API versions, update actions or incorrect samples, to the right field."""

MOVED_FIELDS: Final[Mapping[str, str]] = {
    "collectionBehavior": "Leave it out: a list is the desired state, and trueup finds out what to ADD and REMOVE.",
    "isPreviewable": "Ask for a preview with lifecycle.previewable.",
    "certificationInfo": "Add comments with lifecycle.certificationComments.",
    "status": "Publish with lifecycle.publish.",
    "key": "The key belongs in metadata.key.",
    "externalId": "The ID belongs in metadata.externalId.",
    "originId": "The ID belongs in metadata.originId.",
    "locale": "The locale belongs in metadata.locale.",
    "state": "The state belongs in lifecycle.state.",
    "follow": "It belongs in lifecycle.follow.",
    "publish": "Publish with lifecycle.publish.",
    "previewable": "Ask for a preview with lifecycle.previewable.",
    "protect": "It belongs in lifecycle.protect.",
    "runScripts": "It belongs in lifecycle.runScripts.",
    "applications": "The applications belong in spec.applications.",
    "labels": "Labels belong in metadata.labels.",
}
"""Fields that belong elsewhere, to a hint with the right place."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return "Did you mean 'x'?" for the known name nearest to ``name``, or nothing when none is near."""
    near = near_name(name, known)
    return f"Did you mean {near!r}?" if near else ""


def near_name(name: str, known: Iterable[str]) -> str:
    """Return the known name nearest to ``name``, empty when none is near."""
    candidates = list(known)
    renamed = RENAMED.get(name)
    return renamed if renamed is not None and renamed in candidates else nearest(name, candidates)


def intended_number(text: str) -> str:
    """Return the number that a text probably means, as it can be sent; empty when that is not clear."""
    # A comma is read as a decimal point, except before three digits, where it may separate thousands.
    return sendable(re.sub(r"^([-+]?[0-9]+),(?![0-9]{3}$)([0-9]+)$", r"\1.\2", text))


def intended_date(text: str) -> str:
    """Return the date that a text probably means, as YYYY-MM-DD; empty when that is not clear."""
    # With slashes, the day comes first in some countries and the month in others. With points, it is the day.
    found = re.fullmatch(r"(?P<d>[0-9]{1,2})[.](?P<m>[0-9]{1,2})[.](?P<y>[0-9]{4})", text) or re.fullmatch(
        r"(?P<y>[0-9]{4})[./-](?P<m>[0-9]{1,2})[./-](?P<d>[0-9]{1,2})", text
    )
    found = found or re.fullmatch(r"(?P<y>(?:19|20)[0-9]{2})(?P<m>[0-9]{2})(?P<d>[0-9]{2})", text)
    date = "" if found is None else f"{found['y']}-{found['m']:0>2}-{found['d']:0>2}"
    return date if day_of(date) else ""

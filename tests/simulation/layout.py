"""The layout of documents of both platforms, from the reference pages.

Written apart from trueup's own field tables: a wrong row there must disagree with this page, not agree with itself.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

Json = Any
"""Decoded JSON."""


class Form(Enum):
    """The rule by which two texts of a field mean the same."""

    TEXT = "text"
    NUMBER = "number"
    TRUTH = "truth"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class Listing:
    """A collection: the key of its elements, and their other attributes."""

    key: tuple[str, ...]
    attributes: tuple[str, ...] = ()


CONNECTOR_SCALARS: Final = {
    "name": Form.TEXT,
    "description": Form.TEXT,
    "creator.email": Form.TEXT,
    "creator.name": Form.TEXT,
    "creator.title": Form.TEXT,
    "creator.company": Form.TEXT,
    "creator.logoUrl": Form.TEXT,
    "creator.noOfContributors": Form.NUMBER,
    "creator.supportUrl": Form.TEXT,
    "repository.url": Form.TEXT,
    "repository.tag": Form.TEXT,
    "documentationUrl": Form.TEXT,
}

CONNECTOR_SETS: Final = ("integrationTypes", "supportedRegions", "privateProjects")

CERTIFICATION_SCALARS: Final = {
    "certificateNumber": Form.TEXT,
    "url": Form.TEXT,
    "issueDate": Form.DATE,
    "expiryDate": Form.DATE,
    "standard.code": Form.TEXT,
    "reportingBody.name": Form.TEXT,
    "reportingBody.selfReported": Form.TRUTH,
    "voc.content.densityLimitGL": Form.NUMBER,
    "voc.content.containsAddedMCPCE": Form.TRUTH,
    "voc.emission.densityMin": Form.NUMBER,
    "voc.emission.densityMax": Form.NUMBER,
}

REPORTING_BODY: Final = ("reportingBody.name", "reportingBody.selfReported")
"""Of these exactly one is set; setting one erases the other."""

_CONTACT: Final = ("type", "companyName", "name", "website", "postalAddress", "phone", "email")
_BY_STANDARD: Final = Listing(("standard.code",))

COLLECTIONS: Final = {
    "additionalsDocuments": Listing(("originalUrl",)),
    "brands": Listing(("name",), ("website",)),
    "contacts": Listing(("externalId",), _CONTACT),
    "channels": Listing(("name",)),
    "regulatoryStandardCompliances": Listing(("code",)),
    "featuresCustoms": Listing(("name",), ("value",)),
    "featuresProperties": Listing(("code",), ("value",)),
    "voc.content.regulatoryStandardCompliances": Listing(("standard.code", "productTypeCode")),
    "voc.content.regulatoryStandardCustoms": _BY_STANDARD,
    "voc.content.testMethods": _BY_STANDARD,
    "voc.content.exemptCompounds": Listing(("CAS",), ("name", "percentByWeight")),
    "voc.emission.regulatoryStandardCompliances": _BY_STANDARD,
}

APPLICATIONS: Final = "applications"
GLOBAL: Final = "globalConfiguration"
STANDARD: Final = "standardConfiguration"
SECURED: Final = "securedConfiguration"
"""Members of a deployment, in answers and in manifests."""

ATTRIBUTE_FORMS: Final = {"percentByWeight": Form.NUMBER}
"""The attributes that are not compared as text."""

TRANSLATED: Final = (("featuresCustoms", None), ("featuresProperties", "ASSEMBLYLOCATION"))
"""Collections whose ``value`` is kept by language, with the key that this holds for, None for each."""


def at(node: Json, path: str) -> Json:
    """Return the value at a dotted path, None where there is none."""
    for name in path.split("."):
        node = node.get(name) if isinstance(node, dict) else None
    return node


def listed(node: Json) -> list[Json]:
    """Return the items of a list that may be missing or have collapsed into its only item."""
    if node is None:
        return []
    return node if isinstance(node, list) else [node]


def put(node: dict[str, Json], path: str, value: Json) -> None:
    """Set the value at a dotted path."""
    *outer, last = path.split(".")
    for name in outer:
        node = node.setdefault(name, {})
    node[last] = value

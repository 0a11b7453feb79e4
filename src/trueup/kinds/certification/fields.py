"""The certification's field table (``origin-api.md`` section 4); collections have natural keys."""

from typing import Final

from trueup.kinds.values import branches
from trueup.model.field import Attribute, ChoiceField, Compare, Field, KeyedField, Risk, ScalarField

_CODE: Final = ("standard.code",)

# An attribute of a contact is cleared by removing the contact and adding it again; there is no other way (section 4.2).
_CONTACT: Final = tuple(
    Attribute(path=path, resettable=True)
    for path in ("type", "companyName", "name", "website", "postalAddress", "phone", "email")
)

FIELDS: Final[tuple[Field, ...]] = (
    ScalarField(path="certificateNumber", identifies=True),
    ScalarField(path="url"),
    ScalarField(path="issueDate", compare=Compare.DATE),
    ScalarField(path="expiryDate", compare=Compare.DATE),
    ScalarField(path="standard.code", identifies=True),
    ChoiceField(path="reportingBody", options=("name", "selfReported"), flags=("selfReported",)),
    # The platform may store a copy and return the address of the copy (section 12).
    KeyedField(path="additionalsDocuments", key=("originalUrl",), rehosted=True),
    # A brand can be shared with other certifications, whose website then changes too (section 4.2).
    KeyedField(path="brands", key=("name",), attributes=(Attribute(path="website", risk=Risk.VISIBLE),)),
    KeyedField(path="contacts", key=("externalId",), attributes=_CONTACT),
    KeyedField(path="regulatoryStandardCompliances", key=("code",)),
    # Every ADD must have the value, even if it does not differ (section 4.3).
    KeyedField(path="featuresCustoms", key=("name",), attributes=(Attribute(path="value", required=True),)),
    KeyedField(path="featuresProperties", key=("code",), attributes=(Attribute(path="value", required=True),)),
    # Decimals are text on the wire and are compared as numbers (section 11, number 4).
    ScalarField(path="voc.content.densityLimitGL", compare=Compare.DECIMAL),
    ScalarField(path="voc.content.containsAddedMCPCE", compare=Compare.BOOLEAN),
    # In some readings of the API, the standard's code alone is the key (section 4.2).
    KeyedField(
        path="voc.content.regulatoryStandardCompliances",
        key=("standard.code", "productTypeCode"),
        exclusive=_CODE,
    ),
    KeyedField(path="voc.content.regulatoryStandardCustoms", key=_CODE),
    KeyedField(path="voc.content.testMethods", key=_CODE),
    KeyedField(
        path="voc.content.exemptCompounds",
        # The key follows from the sample of a REMOVE, which has only the CAS number (section 4.2).
        key=("CAS",),
        attributes=(
            Attribute(path="name", required=True),
            Attribute(path="percentByWeight", compare=Compare.DECIMAL, required=True),
        ),
    ),
    ScalarField(path="voc.emission.densityMin", compare=Compare.DECIMAL),
    ScalarField(path="voc.emission.densityMax", compare=Compare.DECIMAL),
    KeyedField(path="voc.emission.regulatoryStandardCompliances", key=_CODE),
    # Adding a channel publishes the certification, and removing it unpublishes it (section 4.2).
    KeyedField(
        path="channels",
        key=("name",),
        process=True,
        add_risk=Risk.VISIBLE,
        remove_risk=Risk.DESTRUCTIVE,
    ),
)

TABLE: Final = branches(FIELDS)
"""The same rows, grouped for reading."""

BY_PATH: Final = {field.path: field for field in FIELDS}

CREATED: Final = frozenset(
    {
        "certificateNumber",
        "url",
        "additionalsDocuments",
        "reportingBody",
        "standard.code",
        "issueDate",
        "expiryDate",
    }
)
"""The fields that a creation is documented to accept (``origin-api.md`` section 3.1); an update sends the others."""

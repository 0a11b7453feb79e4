"""Hold the connector's field table (``connect-api.md`` sections 3 and 4): no naming rule, one row a field."""

from typing import Final

from trueup.kinds.rows import branches
from trueup.model.field import Compare, Field, GroupField, MembersField, ScalarField, SetField, Wire


def _text(path: str, action: str, payload: str) -> ScalarField:
    return ScalarField(path=path, wire=Wire(action, payload))


FIELDS: Final[tuple[Field, ...]] = (
    _text("name", "setName", "name"),
    _text("description", "setDescription", "description"),
    SetField(path="integrationTypes", wire=Wire("setIntegrationTypes", "integrationTypes"), clearable=True),
    _text("creator.email", "setCreatorEmail", "creatorEmail"),
    _text("creator.name", "setCreatorName", "creatorName"),
    _text("creator.title", "setCreatorTitle", "creatorTitle"),
    _text("creator.company", "setCreatorCompany", "creatorCompany"),
    _text("creator.logoUrl", "setCreatorLogo", "logoUrl"),
    ScalarField(
        path="creator.noOfContributors",
        compare=Compare.INTEGER,
        wire=Wire("setCreatorNoOfContributors", "creatorNoOfContributors"),
    ),
    _text("creator.supportUrl", "setCreatorSupportUrl", "creatorSupportUrl"),
    GroupField(path="repository", parts=("url", "tag"), wire=Wire("setRepository")),
    SetField(
        path="supportedRegions", wire=Wire("setSupportedRegions", "regions"), clearable=False, unset="all regions"
    ),
    MembersField(
        path="privateProjects",
        add=Wire("addPrivateProject", "privateProject"),
        remove=Wire("removePrivateProject", "privateProject"),
    ),
    _text("documentationUrl", "setDocumentationUrl", "documentationUrl"),
)

TABLE: Final = branches(FIELDS)
"""The same rows, laid out for reading."""

BY_PATH: Final = {field.path: field for field in FIELDS}

"""The connector's field table (``connect-api.md`` sections 3 and 4).

The names of actions and payload fields follow no rule, so each row has its own.
"""

from dataclasses import dataclass
from typing import Final

from trueup.kinds.values import branches
from trueup.model.field import Compare, Field, GroupField, MembersField, ScalarField, SetField


@dataclass(frozen=True, slots=True)
class Wire:
    """An update action and its payload field; ``payload`` is empty for actions with several fields."""

    action: str
    payload: str = ""


@dataclass(frozen=True, slots=True)
class _Row:
    """A field with the update action that changes it; ``remove`` is the action that removes a member."""

    field: Field
    wire: Wire
    remove: Wire | None = None


def _text(path: str, action: str, payload: str) -> _Row:
    return _Row(ScalarField(path=path), Wire(action, payload))


ROWS: Final = (
    _text("name", "setName", "name"),
    _text("description", "setDescription", "description"),
    # The action does not forbid an empty list (section 3).
    _Row(SetField(path="integrationTypes", clearable=True), Wire("setIntegrationTypes", "integrationTypes")),
    _text("creator.email", "setCreatorEmail", "creatorEmail"),
    _text("creator.name", "setCreatorName", "creatorName"),
    _text("creator.title", "setCreatorTitle", "creatorTitle"),
    _text("creator.company", "setCreatorCompany", "creatorCompany"),
    # The documentation page lacks this action, but the API's specification and SDK have it (section 3).
    _text("creator.logoUrl", "setCreatorLogo", "logoUrl"),
    _Row(
        ScalarField(path="creator.noOfContributors", compare=Compare.INTEGER),
        Wire("setCreatorNoOfContributors", "creatorNoOfContributors"),
    ),
    _text("creator.supportUrl", "setCreatorSupportUrl", "creatorSupportUrl"),
    # No action changes the tag alone (section 3).
    _Row(GroupField(path="repository", parts=("url", "tag")), Wire("setRepository")),
    # The action takes at least one region, so nothing leads back to "all regions" (section 3).
    _Row(
        SetField(path="supportedRegions", clearable=False, unset="all regions"), Wire("setSupportedRegions", "regions")
    ),
    # Each action adds or removes one project (section 3).
    _Row(
        MembersField(path="privateProjects"),
        Wire("addPrivateProject", "privateProject"),
        remove=Wire("removePrivateProject", "privateProject"),
    ),
    _text("documentationUrl", "setDocumentationUrl", "documentationUrl"),
)

FIELDS: Final[tuple[Field, ...]] = tuple(row.field for row in ROWS)

WIRES: Final = {row.field.path: row for row in ROWS}
"""The rows by path, for writing."""

TABLE: Final = branches(FIELDS)
"""The same fields, grouped for reading."""

BY_PATH: Final = {field.path: field for field in FIELDS}

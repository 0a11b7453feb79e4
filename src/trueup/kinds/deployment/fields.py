"""The deployment's field table (``deployment-api.md`` section 3).

Applications and configuration are mappings in a manifest and lists on the wire, whose order has no meaning.
"""

from typing import Final

from trueup.kinds.values import branches
from trueup.model.field import SINGLE, Attribute, Compare, Field, KeyedField, Risk, ScalarField
from trueup.model.value import Desired

_VALUE: Final = (Attribute(path=SINGLE, risk=Risk.VISIBLE),)
# All are part of every write, which needs the reference to find the value.
_SECRET: Final = tuple(
    Attribute(path=path, required=True, risk=Risk.VISIBLE) for path in ("fromEnv", "fromFile", "revision")
)
_POLICY: Final = (
    Attribute(path="strategy", required=True, risk=Risk.VISIBLE),
    Attribute(path="minBackoffSeconds", compare=Compare.INTEGER, required=True, risk=Risk.VISIBLE),
    Attribute(path="maxBackoffSeconds", compare=Compare.INTEGER, required=True, risk=Risk.VISIBLE),
    Attribute(path="maxAttempts", compare=Compare.INTEGER, required=True, risk=Risk.VISIBLE),
)

KEY: Final = "connector.key"
ID: Final = "connector.id"
STAGED: Final = "connector.staged"
TYPE: Final = "type"
REGION: Final = "region"

GLOBAL: Final = "globalConfiguration"
STANDARD: Final = "standardConfiguration"
SECURED: Final = "securedConfiguration"
APPLICATIONS: Final = "applications"
SCHEDULE: Final = "schedule"
POLICY: Final = "retryPolicy"


def _named(names: str, attributes: tuple[Attribute, ...], *, key: tuple[str, ...], masked: bool = False) -> KeyedField:
    # Every redeployment restarts the application and runs its scripts again (section 4).
    return KeyedField(
        path=names.replace(".*", ""),
        key=key,
        names=names,
        attributes=attributes,
        masked=masked,
        add_risk=Risk.VISIBLE,
    )


FIELDS: Final[tuple[Field, ...]] = (
    ScalarField(path=KEY, identifies=True, fixed=True),
    ScalarField(path=ID, identifies=True, instead_of=KEY, fixed=True),
    ScalarField(path=STAGED, compare=Compare.BOOLEAN, fixed=True),
    ScalarField(path=TYPE, fixed=True),
    ScalarField(path=REGION, fixed=True),
    _named(f"{GLOBAL}.{STANDARD}.*", _VALUE, key=("key",)),
    _named(f"{GLOBAL}.{SECURED}.*", _SECRET, key=("key",), masked=True),
    _named(f"{APPLICATIONS}.*.{STANDARD}.*", _VALUE, key=("applicationName", "key")),
    _named(f"{APPLICATIONS}.*.{SECURED}.*", _SECRET, key=("applicationName", "key"), masked=True),
    _named(f"{APPLICATIONS}.*.{SCHEDULE}", _VALUE, key=("applicationName",)),
    _named(f"{APPLICATIONS}.*.{POLICY}", _POLICY, key=("applicationName",)),
)

TABLE: Final = branches(FIELDS)
"""The same rows, grouped for reading."""

FIXED: Final = tuple(field.path for field in FIELDS if isinstance(field, ScalarField) and field.fixed)
"""Paths that no request changes after the creation (section 4)."""

OWN: Final = tuple(field.path for field in FIELDS if isinstance(field, ScalarField) and "." not in field.path)
"""Members of the deployment itself that have one value; only the connector's rows are deeper."""

OPTIONS: Final = tuple(
    field.path.removeprefix(f"{APPLICATIONS}.")
    for field in FIELDS
    if isinstance(field, KeyedField) and field.key == ("applicationName",)
)
"""Members of an application that are no configuration, such as the schedule of a job."""

BY_PATH: Final = {field.path: field for field in FIELDS}


def is_staged(fields: Desired) -> bool:
    """Return whether a deployment runs the draft of its connector."""
    return fields.get(STAGED) == "true"

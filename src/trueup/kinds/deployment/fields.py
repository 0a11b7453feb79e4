"""The deployment's field table (``deployment-api.md`` section 3).

Applications and configuration are mappings in a manifest and lists on the wire, whose order has no meaning.
"""

from typing import Final

from trueup.kinds.values import branches
from trueup.model.field import SINGLE, Attribute, Compare, Field, KeyedField, Risk, ScalarField

# Every redeployment restarts the application and runs its scripts again (section 4).
_VALUE: Final = (Attribute(path=SINGLE, risk=Risk.VISIBLE),)
# Both are part of every write, which needs the reference to find the value.
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

FIELDS: Final[tuple[Field, ...]] = (
    ScalarField(path=KEY, identifies=True, fixed=True),
    ScalarField(path=ID, identifies=True, instead_of=KEY, fixed=True),
    ScalarField(path=STAGED, compare=Compare.BOOLEAN, fixed=True),
    ScalarField(path=TYPE, fixed=True),
    ScalarField(path=REGION, fixed=True),
    KeyedField(
        path=f"{GLOBAL}.{STANDARD}",
        key=("key",),
        names=f"{GLOBAL}.{STANDARD}.*",
        attributes=_VALUE,
        add_risk=Risk.VISIBLE,
    ),
    KeyedField(
        path=f"{GLOBAL}.{SECURED}",
        key=("key",),
        names=f"{GLOBAL}.{SECURED}.*",
        attributes=_SECRET,
        masked=True,
        add_risk=Risk.VISIBLE,
    ),
    KeyedField(
        path=f"{APPLICATIONS}.{STANDARD}",
        key=("applicationName", "key"),
        names=f"{APPLICATIONS}.*.{STANDARD}.*",
        attributes=_VALUE,
        add_risk=Risk.VISIBLE,
    ),
    KeyedField(
        path=f"{APPLICATIONS}.{SECURED}",
        key=("applicationName", "key"),
        names=f"{APPLICATIONS}.*.{SECURED}.*",
        attributes=_SECRET,
        masked=True,
        add_risk=Risk.VISIBLE,
    ),
    KeyedField(
        path=f"{APPLICATIONS}.{SCHEDULE}",
        key=("applicationName",),
        names=f"{APPLICATIONS}.*.{SCHEDULE}",
        attributes=_VALUE,
        add_risk=Risk.VISIBLE,
    ),
    KeyedField(
        path=f"{APPLICATIONS}.{POLICY}",
        key=("applicationName",),
        names=f"{APPLICATIONS}.*.{POLICY}",
        attributes=_POLICY,
        add_risk=Risk.VISIBLE,
    ),
)

TABLE: Final = branches(FIELDS)
"""The same rows, grouped for reading."""

FIXED: Final = tuple(field.path for field in FIELDS if isinstance(field, ScalarField) and field.fixed)
"""Paths that no request changes after the creation (section 4)."""

BY_PATH: Final = {field.path: field for field in FIELDS}

"""Put the connector kind together."""

from collections.abc import Mapping
from typing import Final

from trueup.kinds.connector.check import check
from trueup.kinds.connector.fields import BY_PATH, FIELDS, TABLE
from trueup.kinds.connector.observe import observe
from trueup.kinds.connector.wire import action_name
from trueup.kinds.desired import read_spec
from trueup.kinds.spec import KindSpec
from trueup.model.action import Action, Create
from trueup.model.identity import Kind
from trueup.model.value import Desired


def _desired(spec: Mapping[str, object]) -> Desired:
    return read_spec(TABLE, spec)


def _creation(desired: Desired) -> tuple[Desired, Desired]:
    # ConnectorStagedDraft has every field of the table (connect-api.md section 3): nothing must follow.
    return desired, {}


def _label(action: Action) -> str:
    return "create" if isinstance(action, Create) else action_name(action)


CONNECTOR: Final = KindSpec(
    kind=Kind.CONNECTOR,
    fields=FIELDS,
    by_path=BY_PATH,
    desired=_desired,
    observe=observe,
    creation=_creation,
    check=check,
    label=_label,
)

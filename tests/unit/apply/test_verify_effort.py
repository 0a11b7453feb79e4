"""The effort of verifying a write is in proportion to the number of its actions."""

from typing import Any, Final

import pytest

from counting import calls
from trueup.apply.verify import verify
from trueup.model.value import Elements, Known
from trueup.plan.resource import plan_resource
from unit.kinds.test_deployment import changed, manifest, observed

PATH: Final = "applications.standardConfiguration"
FEW, MANY = 200, 400


def values(number: int, value: str) -> dict[str, str]:
    return {f"KEY_{index}": value for index in range(number)}


def effort(number: int, *, stored: bool) -> int:
    """Return the calls to verify this many changes, of which the platform stored all or none."""
    spec: Any = changed("applications", "calculator", "standardConfiguration", to=values(number, "new"))
    pairs = [{"key": key, "value": value} for key, value in values(number, "old").items()]
    live = observed(applications=[{"applicationName": "calculator", "standardConfiguration": pairs}])
    planned = plan_resource(manifest(spec), live)
    elements: dict[Any, Any] = {("calculator", key): {"value": value} for key, value in values(number, "new").items()}
    after = {**live.fields, PATH: Known(Elements(elements))}
    found = verify(planned, planned.actions, after, after if stored else live.fields)
    assert len(found.missed) >= (0 if stored else number)
    return calls(lambda: verify(planned, planned.actions, after, after if stored else live.fields))


@pytest.mark.parametrize("stored", [True, False], ids=["stored", "not stored"])
def test_twice_as_many_values_take_twice_the_effort(stored: bool) -> None:  # noqa: FBT001 - a column of the table
    assert effort(MANY, stored=stored) < 2.3 * effort(FEW, stored=stored)

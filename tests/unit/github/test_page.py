import pytest

from trueup.github.page import DriftState, drift_state, outputs
from trueup.model.identity import Identity, IdField, Kind
from trueup.model.plan import Drift, Fate, ResourceDrift
from trueup.model.position import Position
from trueup.report.result import Result


def drifted(status: int, *fates: Fate) -> Result:
    resources = tuple(
        ResourceDrift(
            identity=Identity("eu", Kind.CONNECTOR, IdField.KEY, f"acme-{number}"),
            fate=fate,
            position=Position("a.yaml", 1, 1),
        )
        for number, fate in enumerate(fates)
    )
    drift = Drift(resources=resources)
    return Result(file="d", command="drift", status=status, drift=drift)


@pytest.mark.parametrize(
    ("status", "fates", "state"),
    [
        (0, [Fate.SAME], DriftState.SAME),
        (2, [Fate.SAME, Fate.DELETED], DriftState.DIFFERS),
        (1, [Fate.SAME, Fate.UNREADABLE], DriftState.UNKNOWN),
        (0, [Fate.SAME, Fate.UNKNOWN], DriftState.UNKNOWN),
        # What could be read is enough to know that it differs.
        (1, [Fate.CHANGED, Fate.UNREADABLE], DriftState.DIFFERS),
    ],
)
def test_an_unreadable_resource_is_neither_drift_nor_its_absence(
    status: int, fates: list[Fate], state: DriftState
) -> None:
    assert drift_state(drifted(status, *fates)) is state


def test_drift_is_counted_by_fate() -> None:
    values = outputs(drifted(1, *Fate))
    assert (values["drifted"], values["unchanged"], values["unreadable"], values["changes"]) == ("3", "1", "1", "true")
    assert outputs(drifted(1, Fate.UNREADABLE))["changes"] == "false"

"""Recorded runs for the tests of reports."""

from trueup.model.plan import ResourcePlan
from trueup.model.run import Ended, Ending, Intent, OutcomeRecord, Run, Status, Write
from unit.report.samples import DIGEST, EPD, GONE, PSP, SAME, TAX


def _wrote(number: int, resource: ResourcePlan, ended: Ended | None) -> Write:
    intent = Intent(identity=resource.identity, actions=tuple(action.action for action in resource.actions[:2]))
    return Write(number=number, at=f"2026-11-22T07:05:1{number}Z", intent=intent, ended=ended)


def _recorded(resource: ResourcePlan, status: Status, message: str = "", *, left: bool = False) -> OutcomeRecord:
    actions = tuple(action.action for action in resource.actions)
    return OutcomeRecord(
        at="2026-11-22T07:05:20Z",
        identity=resource.identity,
        status=status,
        message=message,
        done=() if left else actions,
        left=actions if left else (),
    )


WHOLE_RUN = Run(
    id="20261122T070510Z-a1b2",
    started="2026-11-22T07:05:10Z",
    ended="2026-11-22T07:05:20Z",
    plan=DIGEST,
    resources=3,
    pid=7,
    writes=(
        _wrote(1, TAX, Ended(ending=Ending.APPLIED)),
        _wrote(2, GONE, Ended(ending=Ending.FAILED, message="The platform refuses the content.")),
    ),
    outcomes=(
        _recorded(TAX, Status.APPLIED),
        _recorded(GONE, Status.FAILED, "Refused.", left=True),
        _recorded(SAME, Status.UNCHANGED),
    ),
    statuses={Status.APPLIED: 1, Status.FAILED: 1, Status.UNCHANGED: 1},
)

KILLED_RUN = Run(
    id="20261122T070410Z-c3d4",
    started="2026-11-22T07:04:10Z",
    plan=DIGEST,
    resources=2,
    pid=6,
    writes=(
        _wrote(1, TAX, Ended(ending=Ending.APPLIED)),
        _wrote(2, PSP, None),
        _wrote(3, EPD, Ended(ending=Ending.UNKNOWN, message="The answer was lost.")),
    ),
    outcomes=(_recorded(TAX, Status.APPLIED),),
    statuses={},
    damaged="line 7: not JSON",
)

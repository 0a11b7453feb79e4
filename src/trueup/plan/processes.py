"""Plan what a manifest's lifecycle block asks for, behind the field actions and one request an action."""

from collections.abc import Sequence

from trueup.kinds.connector.lifecycle import Processes, hold_fields, plan_processes
from trueup.model.action import FieldAction
from trueup.model.change import Finding
from trueup.model.identity import Kind
from trueup.model.live import Lifecycle
from trueup.model.plan import PlannedAction
from trueup.plan.subject import Subject


def wanted_processes(subject: Subject, lifecycle: Lifecycle | None, actions: Sequence[FieldAction]) -> Processes:
    """Return the processes that are needed once ``actions`` have changed the content; None is a draft to be created."""
    if subject.identity.kind is not Kind.CONNECTOR or not subject.rules.processes:
        return Processes()
    return plan_processes(subject.lifecycle, lifecycle, actions, retry_rejected=subject.rules.retry_rejected)


def busy(subject: Subject, lifecycle: Lifecycle | None) -> Finding | None:
    """Return why no field action may be sent now, None when they may."""
    if lifecycle is None:
        return None
    return hold_fields(lifecycle, during_certification=subject.rules.during_certification)


def process_actions(subject: Subject, processes: Processes, *, first_stage: int) -> tuple[PlannedAction, ...]:
    """Return the planned actions of processes, each in a stage of its own from ``first_stage`` on."""
    return tuple(
        PlannedAction(
            action=step.action,
            stage=stage,
            reason=step.reason,
            risk=step.risk,
            before=step.before,
            after=step.after,
            position=subject.place(step.action),
        )
        for stage, step in enumerate(processes.steps, start=first_stage)
    )

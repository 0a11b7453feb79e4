"""Plan what a manifest's lifecycle block asks for, behind the field actions and one request an action.

What that is, the kind knows. Some fields can only change once a process has been carried out: they follow it, and
another process follows them.
"""

from collections.abc import Sequence
from dataclasses import replace

from trueup.kinds.processes import Late, Processes
from trueup.model.action import Action, FieldAction, ProcessAction
from trueup.model.change import Change, Finding
from trueup.model.live import Lifecycle
from trueup.model.plan import PlannedAction
from trueup.plan.desired import Subject


def wanted_processes(
    subject: Subject, lifecycle: Lifecycle | None, actions: Sequence[FieldAction], done: Sequence[Action] = ()
) -> Processes:
    """Return the processes that are needed once ``actions`` have changed the content.

    ``lifecycle`` is None for a resource that is about to be created; ``done`` is what this run has carried out already.
    """
    if not subject.rules.processes:
        return Processes()
    processes = [action for action in done if isinstance(action, ProcessAction)]
    return subject.kind.lifecycle.plan(subject.lifecycle, lifecycle, actions, done=processes, rules=subject.rules)


def late_fields(subject: Subject, lifecycle: Lifecycle | None) -> Late | None:
    """Return which fields must wait for a process of this manifest, None when all can be sent first."""
    if lifecycle is None or not subject.rules.processes:
        return None
    return subject.kind.lifecycle.late(subject.lifecycle, lifecycle)


def split_late(late: Late | None, changes: Sequence[Change]) -> tuple[tuple[Change, ...], tuple[Change, ...]]:
    """Return the changes that can be sent now, and those that must follow a process."""
    paths = frozenset[str]() if late is None else late.paths
    early = tuple(change for change in changes if change.action.path not in paths)
    return early, tuple(change for change in changes if change.action.path in paths)


def late_actions(
    subject: Subject, processes: Processes, late: Late | None, changes: Sequence[Change], *, first_stage: int
) -> tuple[PlannedAction, ...]:
    """Return what follows the process that ``changes`` wait for: nothing while that is not sent."""
    if late is None or not changes or not processes.sends(late.after):
        return ()
    return (
        *subject.planned([replace(change, stage=first_stage) for change in changes]),
        *process_actions(subject, Processes(steps=(late.step,)), first_stage=first_stage + 1),
    )


def busy(subject: Subject, lifecycle: Lifecycle | None) -> Finding | None:
    """Return why no field action may be sent now, None when they may."""
    return None if lifecycle is None else subject.kind.lifecycle.hold(lifecycle, subject.rules)


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

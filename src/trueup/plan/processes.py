"""Plan what a manifest's lifecycle block asks for, behind the field actions and one request an action.

One field cannot go before: the private projects of a public connector only change once it is private. They follow the
publish that makes it so, and are published by another one.
"""

from collections.abc import Sequence
from dataclasses import replace

from trueup.kinds.connector.check import PROJECTS
from trueup.kinds.connector.lifecycle import Processes, ProcessStep, hold_fields, makes_private, plan_processes
from trueup.kinds.connector.states import Status
from trueup.model.action import Action, FieldAction, ProcessAction, Publish
from trueup.model.change import Change, Finding
from trueup.model.field import Risk
from trueup.model.identity import Kind
from trueup.model.live import Lifecycle
from trueup.model.plan import PlannedAction
from trueup.model.value import Known
from trueup.plan.subject import Subject


def wanted_processes(
    subject: Subject, lifecycle: Lifecycle | None, actions: Sequence[FieldAction], done: Sequence[Action] = ()
) -> Processes:
    """Return the processes that are needed once ``actions`` have changed the content; None is a draft to be created.

    ``done`` is what this run has carried out already.
    """
    if subject.identity.kind is not Kind.CONNECTOR or not subject.rules.processes:
        return Processes()
    return plan_processes(
        subject.lifecycle,
        lifecycle,
        actions,
        done=[action for action in done if isinstance(action, ProcessAction)],
        retry_rejected=subject.rules.retry_rejected,
    )


def once_private(subject: Subject, lifecycle: Lifecycle | None) -> Lifecycle | None:
    """Return the state that the last field actions meet: private, where this manifest makes it so first."""
    if lifecycle is None or not subject.rules.processes or not makes_private(subject.lifecycle, lifecycle):
        return lifecycle
    return replace(lifecycle, private=True)


def split_frozen(
    subject: Subject, lifecycle: Lifecycle | None, changes: Sequence[Change]
) -> tuple[tuple[Change, ...], tuple[Change, ...]]:
    """Return the changes that can be sent now, and those that must follow the publish that makes it private."""
    if once_private(subject, lifecycle) is lifecycle:
        return tuple(changes), ()
    early = tuple(change for change in changes if change.action.path != PROJECTS)
    return early, tuple(change for change in changes if change.action.path == PROJECTS)


def late_actions(
    subject: Subject, processes: Processes, late: Sequence[Change], *, first_stage: int
) -> tuple[PlannedAction, ...]:
    """Return what follows the publish that makes it private: nothing while that is not sent."""
    publish = Publish(certification=False)
    if not late or not processes.sends(publish):
        return ()
    published = Known(Status.PUBLISHED.value)
    step = ProcessStep(action=publish, before=published, after=published, risk=Risk.VISIBLE)
    return (
        *subject.planned([replace(change, stage=first_stage) for change in late]),
        *process_actions(subject, Processes(steps=(step,)), first_stage=first_stage + 1),
    )


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

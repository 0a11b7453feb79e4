"""What a kind says of its lifecycle: a row for each process, and the rules by which they are planned and followed.

A kind without processes has :data:`NO_LIFECYCLE_RULES`, whose rules ask for nothing, so that no caller needs to check.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol

from trueup.model.action import Action, FieldAction, Finding, LifecycleAction, ProcessAction, Reason
from trueup.model.field import Risk
from trueup.model.live import Lifecycle, ReportEntry
from trueup.model.manifest import LifecycleSpec
from trueup.model.value import LiveValue

if TYPE_CHECKING:
    # A check of manifests alone needs no plan.
    from trueup.model.plan import PlanRules


class ProcessProgress(StrEnum):
    """How far a process action has come."""

    NOT_TAKEN = "not taken"
    """Nothing shows that the platform took it."""
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    REJECTED = "rejected"
    """The platform took it and ended it otherwise; the reports say why."""
    UNDECIDED = "undecided"
    """The platform shows a state that is not documented; nothing may be concluded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessStep:
    """One process action with what people need to judge it; ``before`` and ``after`` are of the state it moves."""

    action: ProcessAction
    before: LiveValue
    after: LiveValue
    risk: Risk
    reason: Reason = Reason.LIFECYCLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Processes:
    """The process actions to send, in order.

    ``deferred`` say why what is wanted is not sent now. ``findings`` may hold blocked ones.
    """

    steps: tuple[ProcessStep, ...] = ()
    deferred: tuple[Finding, ...] = ()
    findings: tuple[Finding, ...] = ()

    def sends(self, action: ProcessAction) -> bool:
        """Return whether this action is among the steps."""
        return any(step.action == action for step in self.steps)


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    """Fields that the platform changes only once a process has been carried out.

    ``paths`` are sent after the process action ``after``, meet the state ``lifecycle``, and are followed by ``step``.
    """

    paths: frozenset[str]
    after: ProcessAction
    lifecycle: Lifecycle
    step: ProcessStep


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A row of a kind's table of processes: all that is known of one type of action.

    ``member`` is the member of the manifest's ``lifecycle`` that asks for it, ``index`` the item of that member where
    it is a list. ``wanted_alike`` tells whether two manifests ask for the action in the same way. ``words`` describe
    the action to people; with ``quotes`` they are the user's own text. ``carries``: the action carries out the whole
    resource, whoever wrote it, and not only what it names. ``publishes``: nothing waits to be published after it.
    ``repeats``: two equal actions are both carried out. ``seconds`` is how long it takes at most in practice, None
    where its effect shows at once.

    The others read a lifecycle: ``state`` is the platform's word for the state that the action moves, ``report`` what
    the platform says of it, ``failure`` a message with a place for the state, ``rejected`` the finding about an action
    of this run that the platform has ended badly since, None while it has not.
    """

    member: str
    words: Callable[[LifecycleAction], str]
    wanted_alike: Callable[[LifecycleAction, LifecycleSpec, LifecycleSpec], bool]
    state: Callable[[Lifecycle], str]
    report: Callable[[Lifecycle], tuple[ReportEntry, ...]]
    failure: Callable[[Lifecycle], str]
    rejected: Callable[[Lifecycle], Finding | None] = lambda _: None
    index: Callable[[LifecycleAction, LifecycleSpec], int | None] = lambda _action, _wanted: None
    quotes: bool = False
    carries: bool = False
    publishes: bool = False
    repeats: bool = False
    seconds: float | None = None


class PlanProcesses(Protocol):
    """A function that plans the processes of one resource."""

    def __call__(
        self,
        wanted: LifecycleSpec,
        live: Lifecycle | None,
        actions: Sequence[FieldAction],
        *,
        done: Collection[ProcessAction],
        rules: "PlanRules",
    ) -> Processes:
        """Return the process actions that lead from ``live`` to what is wanted.

        ``live`` is None for a resource that is about to be created. ``actions`` are the field actions that go before,
        ``done`` the process actions that this run has carried out already.
        """
        ...


class FollowProcess(Protocol):
    """A function that reads the progress of a process off two states."""

    def __call__(
        self, action: ProcessAction, *, before: Lifecycle, now: Lifecycle | None, accepted: bool
    ) -> ProcessProgress:
        """Return how far the action has come.

        ``before`` is the state before it was sent, ``now`` a fresh reading, None when the resource is gone.
        ``accepted``: the platform answered that it took the action.
        """
        ...


def _plan_nothing(
    wanted: LifecycleSpec,  # noqa: ARG001 - see PlanProcesses
    live: Lifecycle | None,  # noqa: ARG001
    actions: Sequence[FieldAction],  # noqa: ARG001
    *,
    done: Collection[ProcessAction],  # noqa: ARG001
    rules: "PlanRules",  # noqa: ARG001
) -> Processes:
    return Processes()


def _follow_nothing(
    action: ProcessAction,  # noqa: ARG001 - see FollowProcess
    *,
    before: Lifecycle,  # noqa: ARG001
    now: Lifecycle | None,  # noqa: ARG001
    accepted: bool,  # noqa: ARG001
) -> ProcessProgress:
    return ProcessProgress.UNDECIDED


@dataclass(frozen=True, slots=True, kw_only=True)
class LifecycleRules:
    """The lifecycle of a kind. Each default is the rule of a kind without processes.

    ``rows``: what is known of each type of action, in the order of their reports.
    ``plan`` and ``progress``: see their protocols.
    ``hold``: why no field action may be sent in this state, None when it may.
    ``late``: the fields that must wait for a process which this manifest asks for in this state.
    ``settled``: the state without the sign that something waits to be published.
    ``reached``: the state in which everything that a manifest asks for is reached; None for a kind without states.
    ``block``: the lifecycle block that asks for the state which was reached.
    ``refusal``: what an error code says of an action whose aim is reached already, None for a real refusal.
    ``contradicts``: whether the state shows that the aim is not reached, although a refusal says so.
    ``awaits``: the action of this run, among those done, that people must have ended before this one is sent.
    ``in_review``: whether such an action has not ended in this state.
    ``later``: what an apply after this one does once this action has ended, given what is left to do now.
    ``later_codes``: codes of findings about what is not sent yet, and will be without a change of the manifest.
    """

    rows: Mapping[type[Action], Process] = field(default_factory=dict)
    plan: PlanProcesses = _plan_nothing
    progress: FollowProcess = _follow_nothing
    hold: Callable[[Lifecycle, "PlanRules"], Finding | None] = lambda _live, _rules: None
    late: Callable[[LifecycleSpec, Lifecycle], Late | None] = lambda _wanted, _live: None
    settled: Callable[[Lifecycle], Lifecycle] = lambda live: live
    reached: Callable[[LifecycleSpec], Lifecycle | None] = lambda _: None
    block: Callable[[Lifecycle], Mapping[str, str | bool]] = lambda _: {}
    refusal: Callable[[ProcessAction, str], ProcessProgress | None] = lambda _action, _code: None
    contradicts: Callable[[ProcessAction, Lifecycle], bool] = lambda _action, _now: False
    awaits: Callable[[Action, Collection[Action]], ProcessAction | None] = lambda _action, _done: None
    in_review: Callable[[Lifecycle], bool] = lambda _: False
    later: Callable[[ProcessAction, Collection[Action]], Finding | None] = lambda _action, _left: None
    later_codes: frozenset[str] = frozenset()

    def carries(self, actions: Collection[Action]) -> bool:
        """Return whether one of the actions carries out the whole resource."""
        return any(row.carries for kind, row in self.rows.items() if any(isinstance(each, kind) for each in actions))

    def is_settled(self, live: Lifecycle) -> bool:
        """Return whether nothing waits to be published in this state."""
        return self.settled(live) == live

    def publishes(self, action: Action) -> bool:
        """Return whether nothing waits to be published after this action."""
        return (row := self.rows.get(type(action))) is not None and row.publishes

    def once(self, action: Action) -> bool:
        """Return whether this is a process that is asked for at most once."""
        return (row := self.rows.get(type(action))) is not None and not row.repeats

    def rejected(self, done: Collection[Action], now: Lifecycle) -> list[Finding]:
        """Return what the platform has ended badly of the actions that this run carried out."""
        rows = [row for kind, row in self.rows.items() if any(isinstance(action, kind) for action in done)]
        return [finding for row in rows if (finding := row.rejected(now)) is not None]


NO_LIFECYCLE_RULES: Final = LifecycleRules()

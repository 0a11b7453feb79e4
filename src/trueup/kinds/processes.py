"""The lifecycle of a kind: a table of its processes, and the rules by which they are planned and monitored.

A kind without processes has :data:`NO_LIFECYCLE_RULES`, whose rules do nothing, so callers need no special case.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol

from trueup.model.action import Action, FieldAction, Finding, LifecycleAction, ProcessAction, Reason
from trueup.model.field import Risk
from trueup.model.live import Lifecycle, Live, ReportEntry
from trueup.model.manifest import LifecycleSpec
from trueup.model.value import LiveValue

if TYPE_CHECKING:
    # A check of manifests alone needs no plan.
    from trueup.model.plan import PlanRules


class ProcessProgress(StrEnum):
    """The progress of a process action."""

    NOT_TAKEN = "not taken"
    """Nothing shows that the platform accepted it."""
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    REJECTED = "rejected"
    """The platform accepted it, and it failed or was rejected; the reports say why."""
    UNDECIDED = "undecided"
    """The platform shows an undocumented state, so nothing may be concluded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessStep:
    """A process action with what people need to judge it; ``before`` and ``after`` are the state that it changes."""

    action: ProcessAction
    before: LiveValue
    after: LiveValue
    risk: Risk
    reason: Reason = Reason.LIFECYCLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Processes:
    """The process actions to send, in order.

    ``deferred`` are the reasons why desired actions are not sent now. ``findings`` can include blocked ones.
    """

    steps: tuple[ProcessStep, ...] = ()
    deferred: tuple[Finding, ...] = ()
    findings: tuple[Finding, ...] = ()

    def sends(self, action: ProcessAction) -> bool:
        """Return whether this action is among the steps."""
        return any(step.action == action for step in self.steps)


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    """Fields that the platform changes only after a process has ended.

    ``paths`` are sent after the process action ``after``, when the state is ``lifecycle``; ``step`` follows them.
    """

    paths: frozenset[str]
    after: ProcessAction
    lifecycle: Lifecycle
    step: ProcessStep


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A row of a kind's table of processes: everything about one type of action.

    ``noun`` names the process in a sentence, without an article. ``member`` is the member of the manifest's
    ``lifecycle`` that asks for it, and ``index`` the item of that member if it is a list. ``asked``: the manifest asks
    for the action, and not something that differs. ``wanted_alike`` returns whether two manifests ask for the action
    in the same way. ``words`` describes the action to people; with ``quotes`` it is the user's own text. ``creating``
    is what it says instead if the action is part of a creation, which has no other name then. ``carries``: the action
    affects the whole content of the resource, including changes by others. ``publishes``: after it, no change waits to
    be published. ``repeats``: two equal actions are both carried out. ``joins``: the action is part of the request
    with the field actions or the creation before it, whose result is judged when the process has ended. ``seconds`` is
    the longest duration seen in practice, or None if the effect is immediate. ``effect`` describes what the action
    does, if that is not to change what customers see. ``swaps``: a report shows the state before and after it, if
    these differ. ``keeps``: every value that a request with this action does not name must stay as it is. ``assigned``
    returns lines about what a successful process has assigned or changed, from the states before it (None for a
    creation) and after. ``result`` returns a sentence about what the ended process led to, from the resource as read
    then; empty for none.

    The other functions read a lifecycle. ``state`` returns the platform's name of the state that the action changes,
    ``report`` the platform's report about it, ``failure`` a message with a placeholder for the state, and ``rejected``
    a finding if the platform has since rejected an action of this run, else None.
    """

    member: str
    noun: str
    words: Callable[[LifecycleAction], str]
    wanted_alike: Callable[[LifecycleAction, LifecycleSpec, LifecycleSpec], bool]
    state: Callable[[Lifecycle], str]
    report: Callable[[Lifecycle], tuple[ReportEntry, ...]]
    failure: Callable[[Lifecycle], str]
    rejected: Callable[[Lifecycle], Finding | None] = lambda _: None
    index: Callable[[LifecycleAction, LifecycleSpec], int | None] = lambda _action, _wanted: None
    asked: Callable[[LifecycleAction], bool] = lambda _: True
    quotes: bool = False
    creating: str = ""
    carries: bool = False
    publishes: bool = False
    repeats: bool = False
    joins: bool = False
    swaps: bool = False
    seconds: float | None = None
    effect: str = ""
    result: Callable[[Live], str] = lambda _: ""
    keeps: Callable[[LifecycleAction], bool] = lambda _: False
    assigned: Callable[[Lifecycle | None, Lifecycle], Sequence[str]] = lambda *_: ()


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
        """Return the process actions that lead from ``live`` to the desired state.

        ``live`` is None for a resource that is about to be created. ``actions`` are the field actions that are sent
        first, ``done`` the process actions that this run has already carried out.
        """
        ...


class FollowProcess(Protocol):
    """A function that derives the progress of a process from two states."""

    def __call__(
        self, action: ProcessAction, *, before: Lifecycle, now: Lifecycle | None, accepted: bool
    ) -> ProcessProgress:
        """Return the progress of the action.

        ``before`` is the state before it was sent, ``now`` the current state, None if the resource no longer exists.
        ``accepted``: the platform confirmed the action.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LifecycleRules:
    """The rules of a kind's lifecycle. The defaults are those of a kind without processes.

    ``rows``: the table of processes, in the order of their reports.
    ``plan`` and ``progress``: see their protocols.
    ``hold``: the reason why no field action may be sent in this state, or None.
    ``late``: the fields that must wait for a process that the manifest asks for in this state.
    ``settled``: the state without the sign that a change waits to be published.
    ``reached``: the state in which everything that a manifest asks for is reached; None for a kind without states.
    ``block``: the lifecycle block that asks for a given state.
    ``refusal``: the progress that an error code implies if the action's goal is already reached, None otherwise.
    ``contradicts``: whether the state shows that the goal is not reached, although ``refusal`` implies that it is.
    ``awaits``: the action of this run that people must complete before this action is sent.
    ``in_review``: whether people have not yet completed such an action in this state.
    ``later``: what a later apply does when this action has ended, given the remaining actions.
    ``later_codes``: codes of findings about actions that a later apply sends without a change of the manifest.
    """

    rows: Mapping[type[Action], Process] = field(default_factory=dict)
    plan: PlanProcesses = lambda *_, **__: Processes()
    progress: FollowProcess = lambda *_, **__: ProcessProgress.UNDECIDED
    hold: Callable[[Lifecycle, "PlanRules"], Finding | None] = lambda _live, _rules: None
    late: Callable[[LifecycleSpec, Lifecycle], Late | None] = lambda _wanted, _live: None
    settled: Callable[[Lifecycle], Lifecycle] = lambda live: live
    reached: Callable[[LifecycleSpec], Lifecycle | None] = lambda _: None
    block: Callable[[Lifecycle], Mapping[str, str | bool]] = lambda _: {}
    refusal: Callable[[ProcessAction, str], ProcessProgress | None] = lambda _action, _code: None
    contradicts: Callable[[ProcessAction, Lifecycle], bool] = lambda _action, _now: False
    awaits: Callable[[Action, Collection[Action]], ProcessAction | None] = lambda _action, _done: None
    in_review: Callable[[Lifecycle], bool] = lambda _: False
    later: Callable[[ProcessAction, Collection[Action]], Finding | None] = lambda _action, _remaining: None
    later_codes: frozenset[str] = frozenset()

    def alone(self, wanted: LifecycleSpec, live: Lifecycle | None, rules: "PlanRules") -> tuple[ProcessAction, ...]:
        """Return the process actions that are wanted although no field differs."""
        found = Processes() if live is None else self.plan(wanted, live, (), done=(), rules=rules)
        return tuple(step.action for step in found.steps)

    def carries(self, actions: Collection[Action]) -> bool:
        """Return whether one of the actions affects the whole content of the resource."""
        return any(row.carries for kind, row in self.rows.items() if any(isinstance(each, kind) for each in actions))

    def is_settled(self, live: Lifecycle) -> bool:
        """Return whether no change waits to be published in this state."""
        return self.settled(live) == live

    def publishes(self, action: Action) -> bool:
        """Return whether no change waits to be published after this action."""
        return (row := self.rows.get(type(action))) is not None and row.publishes

    def once(self, action: Action) -> bool:
        """Return whether this is a process that is requested at most once."""
        return (row := self.rows.get(type(action))) is not None and not row.repeats

    def joins(self, action: Action) -> bool:
        """Return whether this is a process that is part of the request before it."""
        return (row := self.rows.get(type(action))) is not None and row.joins

    def keeps(self, action: Action) -> bool:
        """Return whether every value that a request with this action does not name must stay as it is."""
        row = self.rows.get(type(action))
        return row is not None and isinstance(action, LifecycleAction) and row.keeps(action)

    def rejected(self, done: Collection[Action], now: Lifecycle) -> list[Finding]:
        """Return findings about actions of this run that the platform has rejected since."""
        return [finding for row in self._rows_of(done) if (finding := row.rejected(now)) is not None]

    def results(self, done: Collection[Action], live: Live) -> str:
        """Return sentences about what the processes of this run led to, empty for none."""
        return " ".join(filter(None, (row.result(live) for row in self._rows_of(done))))

    def _rows_of(self, done: Collection[Action]) -> list[Process]:
        return [row for kind, row in self.rows.items() if any(isinstance(action, kind) for action in done)]


NO_LIFECYCLE_RULES: Final = LifecycleRules()

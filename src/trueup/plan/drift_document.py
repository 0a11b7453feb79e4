"""The shape of a drift document: changes of live and actions that are needed again, with their values."""

from dataclasses import dataclass

from trueup.kinds.registry import platform_name
from trueup.model.action import Action, Reason
from trueup.model.field import Risk
from trueup.model.identity import Identity, Kind
from trueup.model.plan import Cause, Fate, PlannedAction, ResourceDrift
from trueup.model.position import Position
from trueup.model.value import LiveValue


@dataclass(frozen=True, slots=True, kw_only=True)
class NeededAgain:
    """An action that is needed again, as in a drift document."""

    action: Action
    reason: Reason
    risk: Risk
    wanted: LiveValue
    live: LiveValue
    position: Position | None
    platform_action: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed(NeededAgain):
    """A change of a live resource, as in a drift document; ``also_yours``: the manifest changed the same thing."""

    also_yours: bool


@dataclass(frozen=True, slots=True)
class Drifted:
    """The document of the drift of one resource."""

    identity: Identity
    fate: Fate
    position: Position
    locale: str | None
    changes: tuple[Changed, ...]
    left: tuple[NeededAgain, ...]
    not_returned: tuple[str, ...]
    error: str
    pending: tuple[NeededAgain, ...] = ()


def changed(kind: Kind, planned: PlannedAction) -> Changed:
    """Return a change of a live resource of a kind as in a drift document."""
    return Changed(
        platform_action=platform_name(kind, planned.action),
        action=planned.action,
        reason=planned.reason,
        risk=planned.risk,
        wanted=planned.before,
        live=planned.after,
        position=planned.position,
        also_yours=planned.cause is Cause.BOTH,
    )


def _needed_again(kind: Kind, planned: PlannedAction) -> NeededAgain:
    return NeededAgain(
        platform_action=platform_name(kind, planned.action),
        action=planned.action,
        reason=planned.reason,
        risk=planned.risk,
        wanted=planned.after,
        live=planned.before,
        position=planned.position,
    )


def _planned(read: NeededAgain, cause: Cause = Cause.DRIFT) -> PlannedAction:
    """Return the action of a drift; it has no stage of its own, so the stage is 0."""
    # A change is read from wanted to live, an action that is needed again from live to wanted.
    before, after = (read.wanted, read.live) if isinstance(read, Changed) else (read.live, read.wanted)
    return PlannedAction(
        action=read.action,
        stage=0,
        reason=read.reason,
        risk=read.risk,
        before=before,
        after=after,
        position=read.position,
        # A change that only the manifest made is not drift.
        cause=Cause.BOTH if isinstance(read, Changed) and read.also_yours else cause,
    )


def drifted(drift: ResourceDrift) -> Drifted:
    """Return the drift of a resource as in a drift document."""
    kind = drift.identity.kind
    return Drifted(
        identity=drift.identity,
        fate=drift.fate,
        position=drift.position,
        locale=drift.locale,
        changes=tuple(changed(kind, planned) for planned in drift.changes),
        left=tuple(_needed_again(kind, planned) for planned in drift.repeated),
        not_returned=drift.not_returned,
        error=drift.error,
        pending=tuple(_needed_again(kind, planned) for planned in drift.pending),
    )


def from_drifted(read: Drifted) -> ResourceDrift:
    """Return the drift of a resource from its document."""
    return ResourceDrift(
        identity=read.identity,
        fate=read.fate,
        position=read.position,
        locale=read.locale,
        changes=tuple(map(_planned, read.changes)),
        repeated=tuple(map(_planned, read.left)),
        not_returned=read.not_returned,
        error=read.error,
        pending=tuple(_planned(action, Cause.MERGED) for action in read.pending),
    )

"""Plans and drift as data: what would be done, why, and under which condition."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final, Self

from trueup.model.action import Action, FieldAction, Finding, Reason
from trueup.model.field import Risk
from trueup.model.identity import Identity, TargetAddress
from trueup.model.live import Lifecycle
from trueup.model.manifest import NO_LIFECYCLE, LifecycleSpec
from trueup.model.position import COMMIT_DIGITS, Position
from trueup.model.value import Desired, LiveValue


class Verdict(StrEnum):
    """What the plan does with a resource."""

    CREATE = "create"
    UPDATE = "update"
    UNCHANGED = "unchanged"
    BLOCKED = "blocked"
    """The desired state cannot be reached; nothing is sent for it."""
    DEFERRED = "deferred"
    """The platform is busy with the resource, or it is in an unknown state; plan again later."""
    DELETE = "delete"
    UNREADABLE = "unreadable"
    """The live state could not be read; nothing is concluded and nothing is sent."""


class Cause(StrEnum):
    """Whose change a difference is, if there is a base or a record of applies to compare with."""

    YOURS = "your change"
    DRIFT = "drift"
    BOTH = "both"
    MERGED = "merged, not yet applied"
    """Live is what an earlier commit wanted, and the base already wants what the manifest wants."""


@dataclass(frozen=True, slots=True)
class MustNotExist:
    """The resource must not exist (creation)."""


@dataclass(frozen=True, slots=True)
class VersionIs:
    """The draft must have this version (Connect)."""

    # A draft can lose its key, and another one get it; the id stays (connect-api.md section 3).
    remote_id: str
    version: int


@dataclass(frozen=True, slots=True)
class DigestIs:
    """The managed live fields must have this digest (Origin has no versions)."""

    remote_id: str
    digest: str


Precondition = MustNotExist | VersionIs | DigestIs


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedAction:
    """An action with everything that people need to judge it; see :class:`~trueup.model.action.Change`."""

    action: Action
    stage: int
    reason: Reason
    risk: Risk
    before: LiveValue
    after: LiveValue
    position: Position | None = None
    cause: Cause | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedFinding:
    """A finding with its position in the manifest."""

    finding: Finding
    position: Position | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRules:
    """What a run allows its plan to do; stored with the plan, so that planning again follows the same rules.

    ``processes``: preview, publish, unlist and comment. ``retry_rejected``: try again if the platform rejected the same
    content. ``during_certification``: change a draft while it is being certified. ``write_secured``: names of secured
    values to write again.
    """

    processes: bool = True
    retry_rejected: bool = False
    during_certification: bool = False
    write_secured: tuple[str, ...] = ()


DEFAULT_RULES: Final = PlanRules()


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourcePlan:
    """The plan of one resource.

    ``actions`` are in sending order. With the verdict ``blocked`` or ``deferred`` they are shown but never sent.
    ``desired`` and ``observed`` are the managed fields: their desired values, and their live values when the plan was
    made (for a deletion, ``observed`` has all fields). They are empty for resources without actions.
    ``content`` and ``live_lifecycle`` are the rest of the live state when the plan was made: the unmanaged fields that
    have a value, and the state of a connector's draft.
    ``known`` are values that the base wanted for managed fields that the platform did not return; they count as live.
    ``remembered`` are actions that an earlier run sent to fields that the platform does not return; they are not sent
    again. ``lifecycle`` is the manifest's block. ``manifest_digest`` covers everything that the manifest wants.
    ``after`` are resources of the same plan that must have been applied first.
    ``touched``: the manifest is new or differs from that of the base; None without a readable base, and for unchanged
    resources.
    """

    identity: Identity
    verdict: Verdict
    position: Position
    locale: str | None = None
    precondition: Precondition | None = None
    actions: tuple[PlannedAction, ...] = ()
    findings: tuple[PlannedFinding, ...] = ()
    # For a rebase, which reports the planned, the current and the desired value; resources without actions have none.
    desired: Desired = field(default_factory=dict)
    observed: Mapping[str, LiveValue] = field(default_factory=dict)
    # With these the plan can be computed again, and a preview or a publish is sent only for the planned content.
    content: Mapping[str, LiveValue] = field(default_factory=dict)
    live_lifecycle: Lifecycle | None = None
    known: Mapping[str, LiveValue] = field(default_factory=dict)
    remembered: tuple[FieldAction, ...] = ()
    lifecycle: LifecycleSpec = NO_LIFECYCLE
    rules: PlanRules = DEFAULT_RULES
    # Shows whether the manifest has changed since the plan was saved.
    manifest_digest: str = ""
    error: str = ""
    touched: bool | None = None
    after: tuple[Identity, ...] = ()

    def with_finding(self, finding: Finding, position: Position | None = None) -> Self:
        """Return the resource with one more finding, at the manifest's position if no other is given."""
        placed = PlannedFinding(finding=finding, position=position or self.position)
        return replace(self, findings=(*self.findings, placed))


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastWait:
    """Processes that an apply waits for: their noun, how many there are, and how long one takes at most in practice.

    ``seconds`` is that of the kind's table (:class:`~trueup.kinds.processes.Process`).
    """

    process: str
    count: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """The minimum number of requests of an apply, their approximate duration in seconds, and the waits in addition."""

    requests: int
    seconds: float
    waits: tuple[ForecastWait, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """A resource that has a manifest in the base but none now: it is no longer managed and stays as it is."""

    identity: Identity
    position: Position


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A target that is new since the base (``then`` is None) or defined differently; both addresses may be equal."""

    target: str
    then: TargetAddress | None
    now: TargetAddress


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """The commit that a plan was compared with, as typed and as a commit id."""

    revision: str
    commit: str

    def __str__(self) -> str:
        """Return the text that names it to people; the revision can be the commit id itself."""
        short = self.commit[:COMMIT_DIGITS]
        return short if self.revision == self.commit else f"{self.revision} ({short})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A resource with a change that is merged and not yet applied, and the newest commit that changed its manifest.

    ``pull`` is the number of the pull request that merged the commit, None if it is not known. ``url`` is the address
    of the pull request, or empty.
    """

    identity: Identity
    commit: str
    pull: int | None = None
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The plan of a run, with resources sorted by identity.

    ``unmanaged`` is the number of live resources without a manifest, by target; only targets that were listed have an
    entry. ``digest`` is the plan hash (``sha256:`` and 64 hex digits) over places, identities, rules and ordered
    actions only. ``places`` is the address of each target. With a ``base``, every action has a cause if the base could
    be read, and ``moved`` are the targets that differ from the base, sorted by name. ``gone`` is sorted by identity.
    ``recorded``: the causes also follow from the records of applies. ``pending`` are then the resources with a change
    that is merged and not yet applied, sorted by identity, and ``unrecorded`` the targets for which it is not known
    what was applied, sorted by name.
    """

    resources: tuple[ResourcePlan, ...]
    # Versions, times and file positions stay out of it, so that a rebase or a reformatted manifest does not change it.
    digest: str
    forecast: Forecast
    unmanaged: Mapping[str, int] = field(default_factory=dict)
    base: Base | None = None
    gone: tuple[Gone, ...] = ()
    places: Mapping[str, TargetAddress] = field(default_factory=dict)
    moved: tuple[Moved, ...] = ()
    recorded: bool = False
    pending: tuple[Pending, ...] = ()
    unrecorded: tuple[str, ...] = ()


class Fate(StrEnum):
    """What happened to a live resource outside trueup."""

    SAME = "same"
    CHANGED = "changed"
    DELETED = "deleted"
    RETURNED = "returned"
    """It exists although it should have been deleted."""
    UNREADABLE = "unreadable"
    UNKNOWN = "unknown"
    """What the base wanted of it cannot be read, so nothing is concluded."""
    PENDING = "pending"
    """Live is what an earlier commit wanted; a later one is merged and not yet applied."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceDrift:
    """The drift of one resource.

    ``changes`` are the changes of the live resource, expressed as the actions that would make them: from the desired
    value (``before``) to the live one (``after``); an unset value is an empty one. With the cause *both*, the manifest
    changed the same thing. ``repeated`` are processes that the base wanted and that are needed again. ``not_returned``
    are the managed fields that the platform did not return: their drift is unknown. ``pending`` are the actions of
    changes that are merged and not yet applied; ``before`` is their live value.
    """

    identity: Identity
    fate: Fate
    position: Position
    locale: str | None = None
    changes: tuple[PlannedAction, ...] = ()
    repeated: tuple[PlannedAction, ...] = ()
    not_returned: tuple[str, ...] = ()
    error: str = ""
    pending: tuple[PlannedAction, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """The drift of all resources, sorted by identity; without a ``base``, from what the current manifests want.

    ``recorded``, ``pending`` and ``unrecorded`` are as in :class:`Plan`. With records, drift is what differs from all
    that may have been applied.
    """

    base: Base | None = None
    resources: tuple[ResourceDrift, ...]
    recorded: bool = False
    pending: tuple[Pending, ...] = ()
    unrecorded: tuple[str, ...] = ()

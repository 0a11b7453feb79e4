"""Hold a plan: what would be done, why, and on which condition. Data only; nothing here can act."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from trueup.model.action import Action, FieldAction, Finding, Reason
from trueup.model.field import Risk
from trueup.model.identity import Identity, TargetAddress
from trueup.model.live import Lifecycle
from trueup.model.manifest import NO_LIFECYCLE, LifecycleSpec
from trueup.model.position import Position
from trueup.model.value import Desired, LiveValue


class Verdict(StrEnum):
    """Say in one word what the plan does with a resource."""

    CREATE = "create"
    UPDATE = "update"
    UNCHANGED = "unchanged"
    BLOCKED = "blocked"
    """The desired state cannot be reached; nothing is sent for it."""
    DEFERRED = "deferred"
    """The platform is busy with it, or in an unknown state; plan again later."""
    DELETE = "delete"
    UNREADABLE = "unreadable"
    """Its live state could not be read; nothing is concluded and nothing is sent."""


class Cause(StrEnum):
    """Say whose change a difference is, when a base is known (design: git is the state)."""

    YOURS = "your change"
    DRIFT = "drift"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class MustNotExist:
    """Go on only while the resource does not exist (creation)."""


@dataclass(frozen=True, slots=True)
class VersionIs:
    """Go on only while the draft has this version (Connect)."""

    remote_id: str
    version: int


@dataclass(frozen=True, slots=True)
class DigestIs:
    """Go on only while the managed live fields have this digest (Origin has no version)."""

    remote_id: str
    digest: str


Precondition = MustNotExist | VersionIs | DigestIs


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedAction:
    """Hold one action with all that people need to judge it; see :class:`~trueup.model.action.Change`."""

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
    """Hold a finding with its place in the manifest."""

    finding: Finding
    position: Position | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRules:
    """Hold what a run allows its plan to ask for; kept with the plan, so that planning again follows the same rules.

    ``processes``: preview, publish, unlist, comments. ``retry_rejected``: ask again for what the platform rejected with
    the same content. ``during_certification``: change a draft while it is being certified.
    """

    processes: bool = True
    retry_rejected: bool = False
    during_certification: bool = False


DEFAULT_RULES: Final = PlanRules()


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourcePlan:
    """Hold the plan of one resource.

    ``actions`` are in sending order. With verdict ``blocked`` or ``deferred`` they are what is held back, shown but
    never sent. ``desired`` and ``observed`` (managed fields: wanted, and live at planning; for a deletion ``observed``
    holds all fields) are there for resources with actions, empty for others, so that a plan stays small and a rebase
    can say planned-from, now and wanted.
    ``content`` and ``live_lifecycle`` are the rest of what live was at planning: the fields that are not managed, those
    without a value left out, and where a connector's draft stood. With them the plan can be computed once more, and a
    preview or a publish is sent only for the content that it was planned for.
    ``known`` are values that the base wanted of managed fields that the platform did not return; they count as live.
    ``remembered`` are actions that an earlier run sent to fields that the platform does not return, and that are not
    sent again for that reason. ``lifecycle`` is the manifest's block; ``manifest_digest`` is of all that the manifest
    wants, so that a saved plan can tell whether it still wants the same.
    """

    identity: Identity
    verdict: Verdict
    position: Position
    locale: str | None = None
    precondition: Precondition | None = None
    actions: tuple[PlannedAction, ...] = ()
    findings: tuple[PlannedFinding, ...] = ()
    desired: Desired = field(default_factory=dict)
    observed: Mapping[str, LiveValue] = field(default_factory=dict)
    content: Mapping[str, LiveValue] = field(default_factory=dict)
    live_lifecycle: Lifecycle | None = None
    known: Mapping[str, LiveValue] = field(default_factory=dict)
    remembered: tuple[FieldAction, ...] = ()
    lifecycle: LifecycleSpec = NO_LIFECYCLE
    rules: PlanRules = DEFAULT_RULES
    manifest_digest: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """Say how many requests the apply needs at least, and about how many seconds it takes."""

    requests: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """Name a resource that stood in another commit and is in no manifest now: no longer managed, and left as it is."""

    identity: Identity
    position: Position


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A target that is new since the base (``then`` is None) or defined in another way; both places may be equal."""

    target: str
    then: TargetAddress | None
    now: TargetAddress


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """Name the commit that a plan was compared with, as typed and by its id."""

    revision: str
    commit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Hold a whole plan: resources sorted by identity.

    ``unmanaged`` counts, by target, what is live and in no manifest, where a listing told. ``digest`` is the plan hash
    (``sha256:`` and 64 hex digits) over places, identities, rules and ordered actions only. ``places`` says where each
    target of the resources leads. With a ``base``, every action has a cause where the base could be read, and ``moved``
    are those of the targets that are not as in the base, by name. ``gone`` is sorted by identity.
    """

    resources: tuple[ResourcePlan, ...]
    digest: str
    forecast: Forecast
    unmanaged: Mapping[str, int] = field(default_factory=dict)
    base: Base | None = None
    gone: tuple[Gone, ...] = ()
    places: Mapping[str, TargetAddress] = field(default_factory=dict)
    moved: tuple[Moved, ...] = ()


class Fate(StrEnum):
    """Say in one word what became of a live resource by itself."""

    SAME = "same"
    CHANGED = "changed"
    DELETED = "deleted"
    RETURNED = "returned"
    """It is there although it was to be deleted."""
    UNREADABLE = "unreadable"
    UNKNOWN = "unknown"
    """What the base wanted of it cannot be read, so that nothing is concluded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceDrift:
    """Hold what became of one resource.

    ``changes`` are what was done to live, told as the actions that would do it, from what was wanted (``before``) to
    what is there (``after``); an unset value is an empty one. With the cause *both*, the manifest changed the same
    thing. ``left`` are processes that were wanted before and are needed again. ``unseen`` are the managed fields that
    the platform did not return: nothing is known of their drift.
    """

    identity: Identity
    fate: Fate
    position: Position
    locale: str | None = None
    changes: tuple[PlannedAction, ...] = ()
    left: tuple[PlannedAction, ...] = ()
    unseen: tuple[str, ...] = ()
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """Hold what became of all resources, sorted by identity; ``base`` None took what the manifests here want."""

    resources: tuple[ResourceDrift, ...]
    base: Base | None = None

"""The live states of resources, as the command ``status`` shows them."""

from dataclasses import dataclass
from enum import StrEnum

from trueup.model.identity import Identity
from trueup.model.live import ReportEntry
from trueup.model.position import Position


class Condition(StrEnum):
    """What the live state of a resource means for a person who waits for it."""

    FAILED = "failed"
    """The last process of the platform failed."""
    WARNED = "warned"
    """It reached its goal, and the report has warnings or errors."""
    UNREADABLE = "unreadable"
    UNKNOWN = "unknown"
    """The platform shows a state that is not documented."""
    MISSING = "missing"
    RUNNING = "running"
    """The platform is working on it."""
    STEADY = "steady"
    """Nothing is under way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveStatus:
    """What a kind says about the live state of one resource; a text is empty where there is nothing to say.

    ``state`` names the state in the platform's words. ``running`` are the processes under way. ``tag`` is the tag of
    its code, and ``release`` the version of the published connector that has this code. ``report`` is the platform's
    last report, and ``notes`` are sentences.
    """

    state: str
    condition: Condition = Condition.STEADY
    running: tuple[str, ...] = ()
    tag: str = ""
    release: str = ""
    report: tuple[ReportEntry, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def reported(self) -> str:
        """Return when the platform wrote the last entry of its report, empty if it did not say."""
        # Neither drafts nor deployments have another time (connect-api.md section 3, deployment-api.md section 3.1).
        return max((entry.created_at for entry in self.report), default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceStatus:
    """The live state of one resource.

    ``version`` is that of the resource on its platform, None if it has none. ``position`` is the place of its
    manifest, None without one. ``error`` is why it could not be read.
    """

    identity: Identity
    live: LiveStatus
    version: int | None = None
    position: Position | None = None
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The live states of all selected resources, sorted by identity.

    ``at`` is the time of the reading in ISO 8601. ``unlisted`` are the reasons why a target could not be listed.
    """

    at: str
    resources: tuple[ResourceStatus, ...]
    unlisted: tuple[str, ...] = ()

    @property
    def running(self) -> bool:
        """Return whether the platform is working on one of the resources."""
        return any(resource.live.condition is Condition.RUNNING for resource in self.resources)

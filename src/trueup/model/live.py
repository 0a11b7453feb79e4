"""The live state of one resource, as a platform returned it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from trueup.errors import TrueupError
from trueup.model.value import LiveValue


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportEntry:
    """An entry of a preview or publish report (``connect-api.md`` section 3); ``kind`` is ``type`` on the wire."""

    # An entry of the type Error does not mean that the process failed; the state decides (section 5).
    kind: str
    title: str
    message: str = ""
    # Not in the documented type, but in its examples and in real answers (section 3).
    application: str = ""
    created_at: str = ""

    @property
    def is_problem(self) -> bool:
        """Return whether this is more than information; an undocumented type may be a problem."""
        return self.kind != "Information"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifecycle:
    """The state of a resource in the state machines of its platform.

    A connector draft has two of them (``connect-api.md`` section 5), a deployment has one (``deployment-api.md``
    section 5). ``status`` and ``previewable`` are texts from the wire and can be undocumented values; ``previewable``
    is in lower case. ``publish_report`` is the report of the last publish or rollout.

    Only a deployment has the others: ``latest_run`` is a text that differs after each write and each step of its
    pipeline, ``running_release`` names the code that it runs, and ``offered_release`` the code that its connector
    offers now, empty if that was not read. ``outputs`` are the names and values of what the platform assigned to its
    applications, and ``rollback`` is the revision to which another client rolled it back, empty for none.
    """

    status: str
    # Text on the wire too, with more than two values; as a truth value, "false" would be true (section 3).
    previewable: str = ""
    private: bool = False
    listed: bool = False
    # Of a draft that was never published, both values have been seen (section 3).
    has_changes: bool = False
    comments: tuple[str, ...] = ()
    preview_report: tuple[ReportEntry, ...] = ()
    publish_report: tuple[ReportEntry, ...] = ()
    latest_run: str = ""
    running_release: str = ""
    offered_release: str = ""
    outputs: tuple[tuple[str, str], ...] = ()
    rollback: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """A live resource, as read.

    ``fields`` has an entry for every row of the kind's field table. ``remote_id`` is the platform's id (``id`` of a
    draft, ``originId`` of a certification). Only resources of Connect have a ``version`` and a ``lifecycle``.
    ``lost_key``: the resource is a draft without its key, found by its id. ``rest`` has members of the answer that
    are no fields and that the kind's rules need.
    """

    fields: Mapping[str, LiveValue]
    remote_id: str
    # Origin has no optimistic locking (origin-api.md section 10).
    version: int | None = None
    lifecycle: Lifecycle | None = None
    # A key has been seen to become null on the server (connect-api.md section 3).
    lost_key: bool = False
    # Not compared: it can only differ with the fields or the version.
    rest: Mapping[str, object] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Missing:
    """The platform's answer that the resource does not exist (status 404, or a search without a hit).

    ``alike`` is the identity of a live resource that looks the same, or empty.
    """

    alike: str = ""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """The resource could not be read, so nothing may be concluded about it."""

    error: TrueupError


Reading = Live | Missing | Unreadable

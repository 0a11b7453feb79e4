"""The live state of one resource, as a platform returned it."""

from collections.abc import Mapping
from dataclasses import dataclass

from trueup.errors import TrueupError
from trueup.model.value import LiveValue


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportEntry:
    """An entry of a preview or publish report (``connect-api.md`` section 3); ``kind`` is ``type`` on the wire."""

    kind: str
    title: str
    message: str = ""
    application: str = ""
    created_at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifecycle:
    """The state of a connector draft in Connect's two state machines (``connect-api.md`` section 5).

    ``status`` and ``previewable`` are texts from the wire and can be undocumented values. ``previewable`` is in lower
    case and never a boolean.
    """

    status: str
    previewable: str
    private: bool
    listed: bool
    has_changes: bool
    comments: tuple[str, ...] = ()
    preview_report: tuple[ReportEntry, ...] = ()
    publish_report: tuple[ReportEntry, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """A live resource, as read.

    ``fields`` has an entry for every row of the kind's field table. ``remote_id`` is the platform's id (``id`` of a
    draft, ``originId`` of a certification). Only Connect has a ``version``, and only connectors a ``lifecycle``.
    ``lost_key``: the resource is a draft without its key, found by its id.
    """

    fields: Mapping[str, LiveValue]
    remote_id: str
    version: int | None = None
    lifecycle: Lifecycle | None = None
    lost_key: bool = False


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

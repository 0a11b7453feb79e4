"""Hold what a platform said of one resource."""

from collections.abc import Mapping
from dataclasses import dataclass

from trueup.errors import TrueupError
from trueup.model.value import LiveValue


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportEntry:
    """Hold one entry of a preview or publish report (``connect-api.md`` section 3); ``kind`` is the wire's ``type``."""

    kind: str
    title: str
    message: str = ""
    application: str = ""
    created_at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifecycle:
    """Hold where a connector draft stands in Connect's two state machines (``connect-api.md`` section 5).

    ``status`` and ``previewable`` are the wire's texts, unknown ones included. ``previewable`` is lower-cased text,
    never a boolean.
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
    """Hold one live resource as read.

    ``fields`` has an entry for every row of the kind's field table. ``remote_id`` is the platform's own id (a draft's
    ``id``, a certification's ``originId``). ``version`` is Connect's; Origin has none. ``lifecycle`` is a connector's.
    ``lost_key``: it is a draft that was found by its id alone.
    """

    fields: Mapping[str, LiveValue]
    remote_id: str
    version: int | None = None
    lifecycle: Lifecycle | None = None
    lost_key: bool = False


@dataclass(frozen=True, slots=True)
class Missing:
    """The platform's answer that the resource does not exist (a 404, or a search without a hit).

    ``alike`` is the identity of something live that looks the same, empty where none was seen.
    """

    alike: str = ""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Say that the resource could not be read, so that nothing may be concluded about it."""

    error: TrueupError


Reading = Live | Missing | Unreadable

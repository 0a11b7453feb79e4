"""Show drafts as the platform does, in each of the ways that its pages leave open."""

from collections.abc import Mapping
from typing import Any

from trueup.sandbox.connect.drafts import HIDDEN
from trueup.sandbox.order import ordered
from trueup.sandbox.settings import Settings
from trueup.sandbox.store import Document

_LISTS = ("integrationTypes", "configurations", "privateProjects", "supportedRegions")
_SETS = ("integrationTypes", "privateProjects", "supportedRegions")
"""Lists whose order has no documented meaning."""
_OPTIONAL = (
    "key",
    "description",
    "globalConfiguration",
    "apiClient",
    "documentationUrl",
    "certificationInfo",
    "publishingReport",
    "previewableReport",
)
_CREATOR = ("name", "title", "company", "logoUrl", "noOfContributors", "supportUrl")
_ODD_STATUS = "Suspended"
_SAMPLES: Mapping[str, Any] = {
    **{name: [] for name in _LISTS},
    "description": "",
    "publishingReport": None,
    "previewableReport": None,
}
"""How the samples and the required fields of the pages have an unset member; members that are not here are absent."""


def represent(draft: Document, settings: Settings) -> dict[str, Any]:
    """Return the ConnectorStaged of a stored draft, by the switches of its shape."""
    shown = {name: value for name, value in draft.items() if name != HIDDEN}
    shown["creator"] = dict(draft["creator"])
    if not draft["certificationInfo"]["comments"] and settings.empty_values != "empty":
        shown["certificationInfo"] = None
    for name in _SETS:
        shown[name] = ordered(draft[name], settings)
    for name in (*_LISTS, *_OPTIONAL):
        _show(shown, name, settings)
    for name in _CREATOR:
        _show(shown["creator"], name, settings)
    if settings.previewable_form == "boolean":
        shown["isPreviewable"] = {"true": True, "false": False}.get(draft["isPreviewable"], draft["isPreviewable"])
    if settings.extra_field:
        shown["sandboxRevision"] = {"number": draft["version"]}
        shown["creator"]["noOfDevelopers"] = 1
    if settings.odd_enum and draft["status"] == "Draft":
        shown["status"] = _ODD_STATUS
    return shown


def _show(shown: dict[str, Any], name: str, settings: Settings) -> None:
    """Leave out, null or empty a member that is unset. Text that was set to "" is a value and stays."""
    if shown.get(name) not in (None, []):
        return
    forms = {
        "sample": _SAMPLES,
        "omit": {},
        "null": {name: None},
        "empty": {name: [] for name in _LISTS},
    }[settings.empty_values]
    shown.pop(name, None)
    if name in forms:
        shown[name] = forms[name]

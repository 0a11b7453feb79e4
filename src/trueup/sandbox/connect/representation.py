"""Show drafts as the platform does, in each of the ways that its pages leave open."""

from typing import Any

from trueup.sandbox.connect.drafts import HIDDEN
from trueup.sandbox.settings import Settings
from trueup.sandbox.store import Document

_LISTS = ("integrationTypes", "configurations", "privateProjects", "supportedRegions")
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


def represent(draft: Document, settings: Settings) -> dict[str, Any]:
    """Return the ConnectorStaged of a stored draft, by the switches of its shape."""
    shown = {name: value for name, value in draft.items() if name != HIDDEN}
    shown["creator"] = dict(draft["creator"])
    if not draft["certificationInfo"]["comments"] and settings.empty_values != "empty":
        shown["certificationInfo"] = None
    for name in _LISTS:
        _show(shown, name, settings, empty=[])
    for name in _OPTIONAL:
        _show(shown, name, settings, empty=None)
    for name in _CREATOR:
        _show(shown["creator"], name, settings, empty=None)
    if settings.previewable_form == "boolean":
        shown["isPreviewable"] = {"true": True, "false": False}.get(draft["isPreviewable"], draft["isPreviewable"])
    if settings.extra_field:
        shown["sandboxRevision"] = {"number": draft["version"]}
        shown["creator"]["noOfDevelopers"] = 1
    if settings.odd_enum and draft["status"] == "Draft":
        shown["status"] = _ODD_STATUS
    return shown


def _show(shown: dict[str, Any], name: str, settings: Settings, *, empty: object) -> None:
    """Leave out, null or empty a member that is unset. Text that was set to "" is a value and stays."""
    if shown.get(name) not in (None, []):
        return
    if settings.empty_values == "null":
        shown[name] = None
    elif settings.empty_values == "empty" and empty is not None:
        shown[name] = empty
    else:
        shown.pop(name, None)

"""What the connect.yaml of a repository declares, and the published Connectors (``connect-api.md`` section 2).

A draft may have contracts of its own, by tag, in ``_sandbox.contracts``; the tag ``""`` is for all others. Without one,
the contract is made from the address of the repository, as there is no real one.
"""

import re
from collections.abc import Mapping
from copy import deepcopy
from pathlib import PurePosixPath
from typing import Any

from trueup.sandbox.order import ordered
from trueup.sandbox.settings import Settings
from trueup.sandbox.store import Document

_TYPES = ("service", "event", "job")
_NAME_LIMIT = 256
CONTRACT = ("configurations", "globalConfiguration", "apiClient")
"""The members of a draft that come from connect.yaml."""
ANY_TAG = ""


def contract(repository: Mapping[str, str], own: Mapping[str, Mapping[str, Any]] | None = None) -> dict[str, Any]:
    """Return what connect.yaml declares at this tag: CONTRACT, and the optional ``schedules`` of jobs.

    ``own`` are the contracts of a draft by tag.
    """
    url, tag = repository["url"], repository["tag"]
    declared = (own or {}).get(tag) or (own or {}).get(ANY_TAG)
    if declared is None:
        declared = {"configurations": _configurations(url, tag)}
    members = dict.fromkeys(CONTRACT) | {"configurations": []}
    return members | deepcopy(dict(declared))


def contracts_of(draft: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    """Return the contracts that a stored draft has of its own, by tag."""
    contracts: Mapping[str, Mapping[str, Any]] = draft["_sandbox"].get("contracts", {})
    return contracts


def read_contract(draft: Document) -> None:
    """Set the members of a draft that connect.yaml declares."""
    declared = contract(draft["repository"], contracts_of(draft))
    draft.update({name: declared[name] for name in CONTRACT})


def _configurations(url: str, tag: str) -> list[dict[str, Any]]:
    stem = PurePosixPath(url.rsplit(":", maxsplit=1)[-1]).name.removesuffix(".git")
    # The form of applicationName: 2 to 256 of these characters (connect-api.md section 3).
    name = re.sub(r"[^A-Za-z0-9_-]", "-", stem)[:_NAME_LIMIT] or "app"
    return [
        {
            "applicationName": name if len(name) > 1 else f"{name}-app",
            # A sum of bytes and not hash(), which differs from process to process.
            "applicationType": _TYPES[sum(url.encode()) % len(_TYPES)],
            "standardConfiguration": [
                {"key": "LOG_LEVEL", "description": "How much is logged", "default": "info", "required": False},
                # Depends on the tag, as the platform reads connect.yaml again for each tag (connect-api.md section 4).
                {"key": "RELEASE", "description": "Release that is running", "default": tag, "required": False},
            ],
            "securedConfiguration": [{"key": "API_KEY", "description": "Key of the service", "required": True}],
        }
    ]


_SHARED = ("name", "description", "integrationTypes", "creator", "repository", "supportedRegions", "documentationUrl")
_LISTS = ("integrationTypes", "configurations", "supportedRegions")
_OPTIONAL = ("key", "description", "globalConfiguration", "documentationUrl")


def snapshot(draft: Document, content: Mapping[str, Any] | None = None) -> Document:
    """Return the Connector of a draft at this moment, or with an earlier ``content`` of the same members.

    ``privateProjects`` is only on the draft (deployment-api.md section 6). ``apiClient`` and ``schedules`` are kept and
    not shown.
    """
    source = {**draft, **(content or {})}
    members = ("id", "key", "version", *_SHARED, *CONTRACT)
    return deepcopy({name: source[name] for name in members}) | {
        "certified": draft["_sandbox"]["certified"],
        "private": draft["private"],
        "schedules": contract(source["repository"], contracts_of(draft)).get("schedules", {}),
    }


def represent_connector(connector: Mapping[str, Any], settings: Settings, *, copied: bool = False) -> dict[str, Any]:
    """Return a published Connector, or its copy in a deployment, which has no ``private``."""
    hidden = ("apiClient", "schedules", *(("private",) if copied else ()))
    shown = {name: value for name, value in connector.items() if name not in hidden}
    shown["creator"] = {name: value for name, value in connector["creator"].items() if value is not None}
    for name in ("integrationTypes", "supportedRegions"):
        shown[name] = ordered(connector[name], settings)
    for name in (*_LISTS, *_OPTIONAL):
        if shown[name] in (None, []):
            show_unset(shown, name, settings, required=name == "integrationTypes", is_list=name in _LISTS)
    return shown


def show_unset(shown: dict[str, Any], name: str, settings: Settings, *, required: bool, is_list: bool) -> None:
    """Omit, null or empty an unset member, as ``empty_values`` says. By default only a required list is there."""
    form = settings.empty_values
    if form == "null":
        shown[name] = None
    elif is_list and (form == "empty" or (form == "sample" and required)):
        shown[name] = []
    else:
        del shown[name]

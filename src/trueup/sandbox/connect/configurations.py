"""Stand in for the connect.yaml of a repository.

The platform reads ``configurations`` from the repository at its tag; there is no repository here. So one application is
derived from the text of url and tag: the same url and tag always give the same, and another tag shows in one default.
"""

import re
from pathlib import PurePosixPath
from typing import Any

_TYPES = ("service", "event", "job")
_NAME_LIMIT = 256


def configurations(url: str, tag: str) -> list[dict[str, Any]]:
    """Return what the connect.yaml at this url and tag is taken to declare."""
    stem = PurePosixPath(url.rsplit(":", maxsplit=1)[-1]).name.removesuffix(".git")
    name = re.sub(r"[^A-Za-z0-9_-]", "-", stem)[:_NAME_LIMIT] or "app"
    return [
        {
            "applicationName": name if len(name) > 1 else f"{name}-app",
            "applicationType": _TYPES[sum(url.encode()) % len(_TYPES)],
            "standardConfiguration": [
                {"key": "LOG_LEVEL", "description": "How much is logged", "default": "info", "required": False},
                {"key": "RELEASE", "description": "Release that is running", "default": tag, "required": False},
            ],
            "securedConfiguration": [{"key": "API_KEY", "description": "Key of the service", "required": True}],
        }
    ]

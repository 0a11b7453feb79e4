"""Find the cache of a project, and say what its entries depend on beside the text of a file."""

import hashlib
import os
import sys
from collections.abc import Iterator
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Final

from trueup import __version__
from trueup.manifest.cache import Cache
from trueup.manifest.schema import NAMES, schema_text
from trueup.state.folder import Folder
from trueup.state.key import project_key

FOLDER: Final = "cache"
"""The folder of the cache below the project's ``.trueup``."""

_PURPOSE: Final = b"trueup cache"
_FORM: Final = 3
"""Raised when packs are written in another way."""
_PACKAGE: Final = Path(__file__).parent.parent
_CODE: Final = ("manifest", "model", "kinds", "kinds/connector", "kinds/certification")
_LIBRARIES: Final = ("yaml", "jsonschema_rs", "jsonschema")


def open_cache(project: Path | None) -> Cache | None:
    """Return the cache beside a project file; None without one, or where no secret can be kept."""
    if project is None:
        return None
    root = project.absolute().parent
    key = project_key(root, _PURPOSE)
    return None if key is None else Cache(Folder(root).below(FOLDER), key=key, about=about())


def about() -> bytes:
    """Return a digest of all that decides what is found in a text: code, schemas, libraries, interpreter."""
    digest = hashlib.sha256()
    for part in _parts():
        digest.update(part.encode(errors="surrogateescape"))
        digest.update(b"\0")
    return digest.digest()


def _parts() -> Iterator[str]:
    yield f"{_FORM} {__version__} {sys.implementation.cache_tag} {sys.version}"
    for name in NAMES:
        yield schema_text(name)
    # Beside the versions, the files themselves: a working copy changes without a new version.
    for folder in _CODE:
        with os.scandir(_PACKAGE / folder) as entries:
            yield from sorted(_seen(entry.name, entry.stat()) for entry in entries if entry.name.endswith(".py"))
    for library in _LIBRARIES:
        found = PathFinder.find_spec(library)
        if found is not None and found.origin is not None:
            yield _seen(found.origin, Path(found.origin).stat())


def _seen(name: str, stat: os.stat_result) -> str:
    return f"{name} {stat.st_size} {stat.st_mtime_ns}"

"""Edit manifests in their files, and write several files whole or not at all."""

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from trueup.errors import TrueupError

if TYPE_CHECKING:
    from trueup.edit.set_values import FieldValues, ManifestEdit
    from trueup.manifest.project import Project
    from trueup.manifest.settable import ManifestTree
    from trueup.model.identity import Identity
    from trueup.model.manifest import Manifest


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file's content before and after; ``before`` is None for a new file."""

    file: Path
    before: bytes | None
    after: bytes


def edited_file(project: "Project", name: str, wanted: "FieldValues") -> "tuple[FileChange, list[ManifestEdit]]":
    """Return the change of a file with the wanted values, and its edits; raise TrueupError when one cannot be made."""
    from trueup.edit.set_values import set_values
    from trueup.edit.yaml_edits import CannotEdit
    from trueup.manifest.discovery import Limits, absolute
    from trueup.regular_file import read_named

    file = Path(name)
    try:
        # A symlink could point to a file of another project, which this repository must not change.
        if not Limits(project).crossed(absolute(file)):
            before = read_named(file)
            after, edits = set_values(project, name, before, wanted)
            return FileChange(file, before, after), edits
        why = "a symbolic link on the way to the file leads out"
    except CannotEdit as error:
        why = str(error)
    except OSError as error:
        why = f"the file cannot be read: {error.strerror}"
    message = f"{name} cannot be edited: {why}. Nothing was written."
    raise TrueupError(message)


def write_whole(changes: Sequence[FileChange]) -> None:
    """Write all files, or none; raise TrueupError when one cannot be written. Existing files are never overwritten."""
    from trueup.cli.signals import hold

    # From here on, a signal waits until all files are written.
    hold()
    done: list[FileChange] = []
    for change in changes:
        try:
            _put(change.file, change.before, change.after)
        except OSError as error:
            left = list(done)
            for other in done:
                with suppress(OSError):
                    _restore(other)
                    left.remove(other)
            named = ", ".join(str(other.file) for other in left)
            state = f"These were written and could not be restored: {named}." if left else "Nothing was written."
            hint = f" Make {_closed(change.file)} writable." if isinstance(error, PermissionError) else ""
            message = f"{change.file} cannot be written: {error.strerror or 'it exists already'}. {state}{hint}"
            raise TrueupError(message) from None
        done.append(change)


def _put(file: Path, before: bytes | None, after: bytes) -> None:
    from trueup.cli.files import create_file, replace_file

    if before is None:
        create_file(file, after)
    else:
        replace_file(file, before, after)


def _restore(change: FileChange) -> None:
    if change.before is None:
        change.file.unlink()
    else:
        _put(change.file, change.after, change.before)


def _closed(file: Path) -> Path:
    """Return what keeps a file from being written: the file, or the nearest folder that exists."""
    if file.exists() and os.access(file.parent, os.W_OK):
        return file
    return next(folder for folder in file.absolute().parents if folder.exists())


def documents_of(manifests: "Sequence[Manifest]") -> "dict[Identity, ManifestTree]":
    """Return the contents of the manifests' documents; raise TrueupError for a file that has changed meanwhile."""
    from trueup.manifest.yaml_file import read_yaml
    from trueup.regular_file import read_named

    trees: dict[Identity, ManifestTree] = {}
    by_place = {manifest.positions.at(()): manifest for manifest in manifests}
    for name in dict.fromkeys(place.file for place in by_place):
        try:
            content = read_named(name)
        except OSError as error:
            message = f"{name} cannot be read: {error.strerror}."
            raise TrueupError(message) from None
        for document in read_yaml(content, name).documents:
            manifest, root = by_place.get(document.positions.at(())), document.root
            if manifest is not None and isinstance(root, dict) and root.get("spec", {}) == manifest.spec:
                trees[manifest.identity] = root
    if len(trees) != len(by_place):
        message = "A manifest has changed since it was read. Run it again."
        raise TrueupError(message)
    return {manifest.identity: trees[manifest.identity] for manifest in manifests}

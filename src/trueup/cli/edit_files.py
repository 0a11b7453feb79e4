"""Edit manifests in their files, and read the documents of manifests."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from trueup.cli.write_all import FileWrite
from trueup.errors import TrueupError

if TYPE_CHECKING:
    from trueup.edit.set_values import FieldValues, ManifestEdit
    from trueup.manifest.project import Project
    from trueup.manifest.settable import ManifestTree
    from trueup.model.identity import Identity
    from trueup.model.manifest import Manifest


def edited_file(project: "Project", name: str, wanted: "FieldValues") -> "tuple[FileWrite, list[ManifestEdit]]":
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
            return FileWrite(file, before, after), edits
        why = "a symbolic link on the way to the file leads out"
    except CannotEdit as error:
        why = str(error)
    except OSError as error:
        why = f"the file cannot be read: {error.strerror}"
    message = f"{name} cannot be edited: {why}. Nothing was written."
    raise TrueupError(message)


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
        message = "A manifest has changed since it was read. Run the command again."
        raise TrueupError(message)
    return {manifest.identity: trees[manifest.identity] for manifest in manifests}

"""Put new manifests into files that the project will find."""

import os
from pathlib import Path

from trueup.cli.import_scan import Finding
from trueup.cli.writing import create_file
from trueup.edit.describe import describe
from trueup.edit.imports import Imported, Imports
from trueup.edit.names import Names, segment
from trueup.faults import fault_text
from trueup.history.globs import Reach
from trueup.kinds.registry import KINDS
from trueup.manifest.discovery import Limits, absolute
from trueup.manifest.file_names import display
from trueup.manifest.project import Project
from trueup.model.identity import Identity


def write_imports(finding: Finding, places: "Places", *, lifecycle: bool, write: bool) -> Imports:
    """Describe what was found and write it, one file a resource; what cannot be is left, with the reason."""
    imported: list[Imported] = []
    for identity, live in sorted(finding.live, key=lambda found: found[0]):
        try:
            description = describe(places.project, identity, live, lifecycle=lifecycle)
        except Exception as error:  # noqa: BLE001 - the outermost boundary of a resource: the others must go on
            finding.leave(identity, fault_text(error, "describing a resource").removesuffix("."), failed=True)
            continue
        file = places.file(identity)
        name = places.shown(file)
        reason = description.reason or places.unfound(file)
        if not reason:
            reason = _put(file, name, description.text, write=write)
        if reason:
            finding.leave(identity, reason)
        else:
            imported.append(Imported(identity=identity, file=name, description=description))
    return Imports(
        imported=tuple(imported),
        not_imported=tuple(finding.not_imported),
        described=tuple(finding.described),
        written=write,
    )


class Places:
    """Choose files. ``folder`` is the one that was asked for, None for the usual ones."""

    def __init__(self, project: Project, cwd: Path, folder: Path | None) -> None:
        self.project, self._cwd, self._folder = project, cwd, folder
        self._names = Names()
        self._limits = Limits(project)
        self._reach = Reach(project, (), cwd=cwd)

    def file(self, identity: Identity) -> Path:
        """Return the file for a resource; no two have the same."""
        kind = KINDS[identity.kind]
        above = self.project.root / kind.plural if self._folder is None else self._cwd / self._folder
        if sum(target.platform is kind.platform for target in self.project.targets.values()) > 1:
            above /= segment(identity.target) or "target"
        above = Path(os.path.normpath(above))
        return above / self._names.name(str(above), identity)

    def shown(self, file: Path) -> str:
        """Return a file's name for people."""
        return display(file, self._cwd)

    def unfound(self, file: Path) -> str:
        """Return why the file cannot be there: the project would not find it; empty when it does."""
        if self._limits.crossed(absolute(file)):
            return f"a symbolic link on the way to {self.shown(file)} leads out: choose a folder with --dir"
        if self.project.file is None:
            return ""
        relative = os.path.relpath(file, self.project.root.absolute()).replace(os.sep, "/")
        if self._reach.wants(relative):
            return ""
        globs = ", ".join(self.project.manifests)
        return f"the globs of trueup.yaml ({globs}) do not find {self.shown(file)}: choose a folder with --dir"


def _put(file: Path, name: str, text: str, *, write: bool) -> str:
    """Write a file; return why not, empty when it was written or could be."""
    there = f"{name} is there already and does not describe it"
    if not write:
        return there if os.path.lexists(file) else ""
    try:
        create_file(file, text.encode())
    except FileExistsError:
        return there
    except OSError as error:
        return f"{name} cannot be written: {error.strerror}"
    return ""

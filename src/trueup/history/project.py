"""Read the project files of another commit, and compare them with the present one."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from trueup.errors import Diagnostic, InvalidInput
from trueup.history.commit import Commit
from trueup.manifest.file_names import PROJECT_FILE
from trueup.manifest.project import DEFAULT_GLOBS, Project, parse_project
from trueup.model.identity import ConnectTarget, Identity, OriginTarget, Target, Targets
from trueup.model.manifest import Manifest
from trueup.model.position import Position

_NOWHERE: Final = Position("", 1, 1)
_YAML: Final = (".yaml", ".yml")
_SIGNS: Final = (b"trueup/v1", b"Project")
"""Words that the text of every project file contains, whatever the file's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseProject:
    """A project of another commit.

    ``targets`` are those that the commit defines. ``moved`` are the names of targets whose definition changed.
    ``redefined`` are the present targets that the commit does not define with the same address and credentials.
    ``same_files``: the globs and the seed are the same now. ``known`` is False if the project file is missing or wrong:
    the location of its manifests and the meaning of their targets are then a guess.
    """

    project: Project
    targets: Targets = field(default_factory=dict)
    moved: frozenset[str] = frozenset()
    redefined: frozenset[str] = frozenset()
    same_files: bool = True
    known: bool = True
    diagnostics: tuple[Diagnostic, ...] = ()


def project_then(now: Project, text: bytes | None, *, name: str, sandbox: bool) -> BaseProject:
    """Return the project that ``text`` describes; without a valid text the present project is assumed.

    All targets then count as redefined, because what is unknown must count as changed.
    """
    if now.file is None:
        return BaseProject(project=now, redefined=frozenset(now.targets))
    if text is None:
        return BaseProject(project=now, redefined=frozenset(now.targets), known=False)
    try:
        then = parse_project(text, name=name, file=now.file, sandbox=sandbox)
    except InvalidInput as error:
        return BaseProject(project=now, redefined=frozenset(now.targets), known=False, diagnostics=error.diagnostics)
    names = then.targets.keys() | now.targets.keys()
    return BaseProject(
        project=then,
        targets=then.targets,
        moved=frozenset(n for n in names if not _same(then.targets.get(n), now.targets.get(n))),
        redefined=frozenset(n for n, target in now.targets.items() if _place(then.targets.get(n)) != _place(target)),
        same_files=(then.manifests, then.seed) == (now.manifests, now.seed),
    )


def projects_of(commit: Commit, *, but: str | None, sandbox: bool) -> Iterator[tuple[str, BaseProject]]:
    """Yield all projects of a commit except the one at ``but``, with the paths of their files below the top folder.

    A project file is recognised by its name or by its content.
    """
    files = {path: real for path in sorted(commit.folders.paths) if (real := _file(commit, path)) and path != but}
    # All are read before the first is yielded: the caller reads from the same git process.
    texts = [
        (path, text)
        for path, text in zip(files, commit.texts(list(files.values())), strict=True)
        if path.rpartition("/")[2] == PROJECT_FILE or all(sign in text for sign in _SIGNS)
    ]
    for path, text in texts:
        file = Path(commit.place(path))
        try:
            project = parse_project(text, name=commit.name(path), file=file, sandbox=sandbox)
        except InvalidInput as error:
            # A wrong file counts only by its name: another YAML file may contain the words and be no project file.
            if path.rpartition("/")[2] == PROJECT_FILE:
                blank = Project(root=file.parent, file=file, manifests=DEFAULT_GLOBS, targets={}, seed=None)
                yield path, BaseProject(project=blank, known=False, diagnostics=error.diagnostics)
        else:
            yield path, BaseProject(project=project)


def as_today(manifests: Iterable[Manifest], then: Targets, now: Targets) -> dict[Identity, Manifest]:
    """Return the manifests of another commit by the identities that their resources have now.

    A renamed target with the same address is the same target. A resource on none of the present targets keeps its
    identity. If a resource had manifests under several targets, the one under the unchanged name counts.
    """
    by_target: dict[str, list[Manifest]] = {}
    for manifest in manifests:
        by_target.setdefault(manifest.identity.target, []).append(manifest)
    # setdefault below keeps the first manifest of a resource, so the most likely target must come first.
    found: dict[Identity, Manifest] = {}
    taken: set[str] = set()
    for name in now:
        for old in _names_then(name, then, now):
            taken.add(old)
            for manifest in by_target.get(old, ()):
                identity = replace(manifest.identity, target=name)
                found.setdefault(identity, replace(manifest, identity=identity))
    for old in by_target.keys() - taken:
        for manifest in by_target[old]:
            found.setdefault(manifest.identity, manifest)
    return found


def _names_then(name: str, then: Targets, now: Targets) -> tuple[str, ...]:
    """Return the former names of a present target, the most likely one first."""
    target, before = now[name], then.get(name)
    if target.sandbox:
        # The sandbox keeps separate data for each target name, so a sandbox target has no address to compare.
        gone = [n for n, t in then.items() if n not in now and t.sandbox and t.platform is target.platform]
        return (name,) if before is not None else tuple(gone)
    same = sorted((n for n, t in then.items() if t.place == target.place), key=lambda n: n != name)
    # A target that kept its name and changed its address is still the same one, so that its protections still apply.
    return tuple(same) or ((name,) if before is not None else ())


def _file(commit: Commit, path: str) -> str | None:
    if not path.endswith(_YAML):
        return None
    real = commit.folders.real(commit.place(path))
    return real if commit.folders.file(real) is not None else None


def placed(project: Project, path: str | None, commit: Commit) -> Project:
    """Return a project with the root that its file has in the commit; ``path`` is that file's path.

    Without a path, the root is the present one, resolved.
    """
    root = Path(os.path.realpath(project.root)) if path is None else Path(commit.place(path)).parent
    seed = None if project.seed is None else root / os.path.relpath(project.seed, project.root)
    return replace(project, root=root, seed=seed)


def _same(one: Target | None, other: Target | None) -> bool:
    if one is None or other is None:
        return one is other
    # The position changes with every edit of the file, and the target does not.
    return replace(one, position=other.position) == other


def _place(target: Target | None) -> Target | None:
    """Return a target without the members that do not affect where credentials are sent: position and locale."""
    match target:
        case OriginTarget():
            return replace(target, position=_NOWHERE, locale="")
        case ConnectTarget():
            return replace(target, position=_NOWHERE)
        case None:
            return None

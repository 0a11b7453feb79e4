"""Read the manifests of another commit, as few of them as are needed.

What lies in a file that has not changed since wants what it wanted then, so that only files that differ are read from
git. That needs both sides to name the same files by the same names: where the project's globs or targets changed, or
where symbolic links or submodules are in the way, all manifests of the commit are read. The result is the same.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from trueup.errors import Diagnostic, Severity
from trueup.git.objects import (
    ChangedFile,
    Objects,
    Submodules,
    TreeNode,
    changes,
    open_objects,
    open_submodules,
    special,
    untracked,
)
from trueup.git.repository import Repository, open_repository
from trueup.git.work_tree import find_work_tree
from trueup.history.commit import BASE, Commit
from trueup.history.globs import ManifestMatcher
from trueup.history.project import BaseProject, as_today, placed, project_then, projects_of
from trueup.history.search import Searched, read_project, search_commit
from trueup.manifest.discovery import STANDARD_INPUT
from trueup.manifest.load import load_texts
from trueup.manifest.project import Project
from trueup.model.identity import Identity, Targets
from trueup.model.manifest import Manifest
from trueup.regular_file import read_named

Search = Callable[[frozenset[Identity]], Searched]


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseManifests:
    """Hold what another commit wanted, by the identities that resources have today.

    ``manifests`` are those of the files in ``files``, which are the ones that differ, by the names that people know
    them by here; with ``files`` None they are all there were, and those that ``search`` found. ``moved`` are the
    targets that are defined in another way now, ``targets`` those that the commit defines; ``anew`` those that lead
    elsewhere, or of which the commit does not say that they do not; ``unproven`` these and those for which the commit
    is no evidence. ``unknown`` are resources of which it cannot be told whether the commit wanted anything. ``search``
    looks for resources everywhere in the commit. ``diagnostics`` are warnings: what was wrong then is no mistake of
    today.
    """

    revision: str
    commit: str
    manifests: Mapping[Identity, Manifest]
    files: frozenset[str] | None
    moved: frozenset[str] = frozenset()
    targets: Targets = field(default_factory=dict)
    anew: frozenset[str] = frozenset()
    unproven: frozenset[str] = frozenset()
    unknown: frozenset[Identity] = frozenset()
    diagnostics: tuple[Diagnostic, ...] = ()
    search: Search | None = field(default=None, compare=False, repr=False)


def look_back(  # noqa: PLR0913 - what a run reads takes these to say
    revision: str,
    project: Project,
    paths: Sequence[str],
    *,
    cwd: Path,
    sandbox: bool = False,
    environ: Mapping[str, str] = os.environ,
) -> BaseManifests:
    """Return what the commit that ``revision`` names wanted in the files that the project and ``paths`` name.

    What is not there may have been elsewhere: see :func:`completed`. Raises UsageError when there is no such commit or
    no repository, GitFailed when git cannot tell.
    """
    # What lies here does not depend on the commit: git lists it while the commit is looked up and compared.
    with _opened(project.root, environ) as (repository, objects, submodules), ThreadPoolExecutor(2) as side_by_side:
        links = side_by_side.submit(special, repository)
        lying = side_by_side.submit(_untracked, repository, ManifestMatcher(project, paths, cwd=cwd))
        name = objects.commit(revision)
        look = _Look(
            commit=Commit(repository=repository, objects=objects, submodules=submodules, revision=revision, id=name),
            project=project,
            paths=tuple(paths),
            cwd=cwd,
            changed=changes(repository, name),
            special=links.result(),
            untracked=lying.result,
        )
        path, then = look.project_then(sandbox=sandbox)
        past = look.narrow(then) or look.wide(then)
        inside = look.inside

    def search_all(wanted: frozenset[Identity]) -> Searched:
        # Few runs need this, and only once the manifests of today are known: git is started anew.
        with _opened(project.root, environ) as (repository, objects, submodules):
            commit = Commit(repository=repository, objects=objects, submodules=submodules, revision=revision, id=name)
            return search_commit(
                commit, wanted, main=then, path=path, now=project.targets, paths=inside, sandbox=sandbox
            )

    return replace(past, search=search_all)


def completed(past: BaseManifests, wanted: frozenset[Identity]) -> BaseManifests:
    """Return what was wanted with that of the ``wanted`` resources too, wherever the commit had their manifests."""
    if not wanted or past.search is None:
        return past
    found = past.search(wanted)
    return replace(
        past,
        manifests={**past.manifests, **found.manifests},
        unknown=found.unknown,
        diagnostics=tuple(dict.fromkeys((*past.diagnostics, *found.diagnostics))),
    )


@contextmanager
def _opened(folder: Path, environ: Mapping[str, str]) -> Iterator[tuple[Repository, Objects, Submodules]]:
    with (
        open_repository(folder, environ) as repository,
        open_objects(repository) as objects,
        open_submodules(repository, environ) as submodules,
    ):
        yield repository, objects, submodules


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """Look at one commit from one work tree.

    ``changed`` and ``special`` are the files that need a closer look; ``untracked`` returns those that git does not
    track and that may be read, and raises what listing them raised.
    """

    commit: Commit
    project: Project
    paths: tuple[str, ...]
    cwd: Path
    changed: Sequence[ChangedFile]
    special: Mapping[bytes, TreeNode]
    untracked: Callable[[], Sequence[bytes]]

    @property
    def repository(self) -> Repository:
        """Return the repository of the commit."""
        return self.commit.repository

    @property
    def inside(self) -> tuple[str, ...]:
        """Return the PATHs within the repository, as the commit has them: absolute."""
        named = (self._path(path) for path in self.paths if path != STANDARD_INPUT)
        return tuple(self.commit.place(os.fsdecode(path)) for path in named if path is not None)

    def project_then(self, *, sandbox: bool) -> tuple[str | None, BaseProject]:
        """Return the project of the commit, and the path of its file below the top folder."""
        file = self.project.file
        found = None if file is None else self.repository.name_of((self.cwd / file).absolute())
        path = None if found is None else os.fsdecode(found)
        text = None if path is None else self.commit.text(path)
        if text is None and file is not None:
            moved = self._moved(path, sandbox=sandbox)
            if moved is not None:
                return moved
        if file is not None and text is not None and text == _read(self.cwd / file):
            then = BaseProject(project=self.project, targets=self.project.targets)
        else:
            then = project_then(self.project, text, name=self.commit.name(path or ""), sandbox=sandbox)
        return path, replace(then, project=placed(then.project, path, self.commit))

    def _moved(self, path: str | None, *, sandbox: bool) -> tuple[str, BaseProject] | None:
        """Return the project whose file is not there any more: today's, when it has moved; None when none has or many.

        All of its targets are defined anew: no review has seen credentials go where the file is now.
        """
        projects = projects_of(self.commit, but=path, sandbox=sandbox)
        gone = [(old, then) for old, then in projects if not os.path.lexists(self.commit.place(old))]
        if len(gone) != 1 or not gone[0][1].known:
            return None
        old, then = gone[0]
        return old, replace(then, anew=frozenset(self.project.targets), same_files=False)

    def narrow(self, then: BaseProject) -> BaseManifests | None:
        """Read only what differs; None where names alone do not tell what that is."""
        reach = ManifestMatcher(self.project, self.paths, cwd=self.cwd)
        outside = any(path == STANDARD_INPUT or self._is_outside(path) for path in self.paths)
        if then.moved or not then.same_files or outside or self._in_the_way(reach):
            return None
        lying = self.untracked()
        if any(self._is_link(path, reach) or self._is_folder(path.rstrip(b"/"), reach) for path in lying):
            return None
        differing = list(self._differing(reach))
        files = [change.path for change, _ in differing] + [path for path in lying if reach.wants(self._file(path))]
        texts = [(self.commit.name(os.fsdecode(change.path)), text) for change, text in differing if text is not None]
        loaded = load_texts(then.project, texts)
        wrong = [self.commit.warning(p) for p in loaded.diagnostics if p.severity is Severity.ERROR]
        return self._past(then, loaded.manifests, wrong, frozenset(reach.name(self._file(path)) for path in files))

    def wide(self, then: BaseProject) -> BaseManifests:
        """Read all that the commit's project and the PATHs name."""
        read = read_project(self.commit, then.project, self.inside)
        return self._past(then, read.manifests, read.diagnostics, None)

    def _past(
        self,
        then: BaseProject,
        manifests: Sequence[Manifest],
        wrong: Iterable[Diagnostic],
        files: frozenset[str] | None,
    ) -> BaseManifests:
        return BaseManifests(
            revision=self.commit.revision,
            commit=self.commit.id,
            manifests=as_today(manifests, then.project.targets, self.project.targets),
            files=files,
            moved=then.moved,
            targets=then.targets,
            anew=then.anew,
            unproven=frozenset(self.project.targets) if self.repository.submodule else then.anew,
            diagnostics=(*self._doubts(), *map(self.commit.warning, then.diagnostics), *wrong),
        )

    def _doubts(self) -> Iterator[Diagnostic]:
        """Give a warning when a change can choose the repository in which its own base is looked for."""
        led = [target for target in self.project.targets.values() if not target.sandbox]
        if self.repository.submodule and led:
            yield Diagnostic(
                code=BASE,
                severity=Severity.WARNING,
                message="The project is in a submodule. The repository around it names its repository and its commit, "
                "so this base is no evidence of where targets led: none gets credentials by it.",
                position=led[0].position,
                hint="To allow a target as it is now: --allow-target NAME, or the variable TRUEUP_ALLOW_TARGETS.",
                quotable=False,
            )

    def _differing(self, reach: ManifestMatcher) -> Iterator[tuple[ChangedFile, bytes | None]]:
        """Give the files that are read and differ, with what the commit has of them."""
        wanted = [change for change in self.changed if reach.wants(self._file(change.path))]
        contents = self.commit.objects.contents(change.before.id for change in wanted if change.before)
        for change in wanted:
            before = next(contents) if change.before else None
            if before is None or before != self._lying(change.path):
                yield change, before

    def _lying(self, path: bytes) -> bytes | None:
        """Return what lies there: a time stamp that moved is no difference."""
        return _read(self.project.root / self._file(path))

    def _in_the_way(self, reach: ManifestMatcher) -> bool:
        """Return whether a link or a submodule, then or now, may stand for manifests or hold some."""
        then = (self._file(c.path) for c in self.changed if c.before and c.before.node is not TreeNode.FILE)
        return any(reach.wants(file) or reach.may_lead_to(file) for file in then) or any(
            reach.wants(self._file(path)) or self._is_folder(path, reach) for path in self.special
        )

    def _is_folder(self, path: bytes, reach: ManifestMatcher) -> bool:
        """Return whether a path that is no folder of this repository leads to one in which manifests may lie."""
        file = self._file(path)
        return reach.may_lead_to(file) and (self.project.root / file).is_dir()

    def _is_link(self, path: bytes, reach: ManifestMatcher) -> bool:
        """Return whether a file that is read is a link, so that it may be another name of one that did not change."""
        file = self._file(path)
        return reach.wants(file) and (self.project.root / file).is_symlink()

    def _is_outside(self, name: str) -> bool:
        """Return whether a PATH is not in this repository, so that git lists nothing of it."""
        found = find_work_tree((self.cwd / name).absolute().parent)
        return self._path(name) is None or found is None or found.top != self.repository.tree.top

    def _path(self, name: str) -> bytes | None:
        return self.repository.path_of(str((self.cwd / name).absolute()))

    def _file(self, path: bytes) -> str:
        """Return a path of the repository as one relative to the project's folder."""
        prefix = self.repository.prefix
        if path.startswith(prefix):
            return os.fsdecode(path[len(prefix) :])
        return os.fsdecode(os.path.relpath(path, prefix))


def _read(file: Path) -> bytes | None:
    try:
        return read_named(file)
    except OSError:
        return None


def _untracked(repository: Repository, reach: ManifestMatcher) -> Sequence[bytes]:
    folders = [repository.path_of(folder or ".") for folder in reach.folders]
    inside = [folder for folder in folders if folder is not None]
    return tuple(untracked(repository, [] if b"." in inside else inside)) if inside else ()

"""Read the manifests of another commit, and no more of them than needed.

A file that is the same in the commit and in the work tree holds the same manifests, so only files that differ are read
from git (:meth:`_Look.narrow`). That requires that the same names mean the same files on both sides. If the project's
globs or targets changed, or if symlinks or submodules are involved, all manifests of the commit are read
(:meth:`_Look.wide`). The result is the same.
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
    """The manifests of another commit, by the identities that their resources have now.

    * ``manifests``: those of the files in ``files``; with ``files`` None all of the project, and those that ``search``
      found.
    * ``files``: the files that differ, named as messages name them; None if all files were read.
    * ``moved``: names of targets whose definition has changed. ``targets``: the targets that the commit defines.
    * ``redefined``: names of present targets that now have another address or other credentials, or for which the
      commit does not show that these are the same. ``unproven``: those, and the targets for which the commit is no
      evidence.
    * ``unknown``: resources for which it is not known whether the commit had a manifest.
    * ``search``: a function that looks for resources in the whole commit.
    * ``diagnostics``: warnings only, because an error in the commit is not an error in the present files.
    """

    revision: str
    commit: str
    manifests: Mapping[Identity, Manifest]
    files: frozenset[str] | None
    moved: frozenset[str] = frozenset()
    targets: Targets = field(default_factory=dict)
    redefined: frozenset[str] = frozenset()
    unproven: frozenset[str] = frozenset()
    unknown: frozenset[Identity] = frozenset()
    diagnostics: tuple[Diagnostic, ...] = ()
    search: Search | None = field(default=None, compare=False, repr=False)


def look_back(  # noqa: PLR0913 - these define what a run reads
    revision: str,
    project: Project,
    paths: Sequence[str],
    *,
    cwd: Path,
    sandbox: bool = False,
    environ: Mapping[str, str] = os.environ,
) -> BaseManifests:
    """Return the manifests that the commit ``revision`` has in the files that the project and ``paths`` name.

    A resource whose manifest was in another file is found by :func:`completed`. Raises UsageError when there is no such
    commit or no repository, GitFailed when git cannot read it.
    """
    # These listings of the work tree do not depend on the commit, so they run while the commit is read and compared.
    with _opened(project.root, environ) as (repository, objects, submodules), ThreadPoolExecutor(2) as threads:
        links = threads.submit(special, repository)
        untracked_files = threads.submit(_untracked, repository, ManifestMatcher(project, paths, cwd=cwd))
        name = objects.commit(revision)
        look = _Look(
            commit=Commit(repository=repository, objects=objects, submodules=submodules, revision=revision, id=name),
            project=project,
            paths=tuple(paths),
            cwd=cwd,
            changed=changes(repository, name),
            special=links.result(),
            untracked=untracked_files.result,
        )
        path, then = look.project_then(sandbox=sandbox)
        past = look.narrow(then) or look.wide(then)
        inside = look.inside

    def search_all(wanted: frozenset[Identity]) -> Searched:
        # Few runs need this, and only after the present manifests were read, so git is started again.
        with _opened(project.root, environ) as (repository, objects, submodules):
            commit = Commit(repository=repository, objects=objects, submodules=submodules, revision=revision, id=name)
            return search_commit(
                commit, wanted, main=then, path=path, now=project.targets, paths=inside, sandbox=sandbox
            )

    return replace(past, search=search_all)


def completed(past: BaseManifests, wanted: frozenset[Identity]) -> BaseManifests:
    """Return ``past`` with the manifests of the ``wanted`` resources, wherever the commit had them."""
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
    """A comparison of one commit with the work tree.

    ``changed`` are the files that may differ, ``special`` the tracked symlinks and submodules. ``untracked`` returns
    the untracked files that may be read, and raises what listing them raised.
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
        """Return the PATHs that are inside the repository, as absolute paths."""
        named = (self._path(path) for path in self.paths if path != STANDARD_INPUT)
        return tuple(self.commit.place(os.fsdecode(path)) for path in named if path is not None)

    def project_then(self, *, sandbox: bool) -> tuple[str | None, BaseProject]:
        """Return the path of the commit's project file below the top folder (None if missing), and the project."""
        file = self.project.file
        # Without following symlinks: the file may be reached through a folder that was no symlink in the commit.
        found = None if file is None else self.repository.name_of((self.cwd / file).absolute())
        path = None if found is None else os.fsdecode(found)
        text = None if path is None else self.commit.text(path)
        if text is None and file is not None:
            moved = self._moved(path, sandbox=sandbox)
            if moved is not None:
                return moved
        # The usual case: the project file did not change, and need not be parsed a second time.
        if file is not None and text is not None and text == _read(self.cwd / file):
            then = BaseProject(project=self.project, targets=self.project.targets)
        else:
            then = project_then(self.project, text, name=self.commit.name(path or ""), sandbox=sandbox)
        return path, replace(then, project=placed(then.project, path, self.commit))

    def _moved(self, path: str | None, *, sandbox: bool) -> tuple[str, BaseProject] | None:
        """Return the path and the project of the project file that was moved; None unless there is exactly one.

        That is a project file of the commit that is missing now. All targets count as redefined, because no review has
        approved credentials for the project at its new place.
        """
        projects = projects_of(self.commit, but=path, sandbox=sandbox)
        gone = [(old, then) for old, then in projects if not os.path.lexists(self.commit.place(old))]
        if len(gone) != 1 or not gone[0][1].known:
            return None
        old, then = gone[0]
        return old, replace(then, redefined=frozenset(self.project.targets), same_files=False)

    def narrow(self, then: BaseProject) -> BaseManifests | None:
        """Read only the files that differ; return None when these cannot be found by their names."""
        matcher = ManifestMatcher(self.project, self.paths, cwd=self.cwd)
        outside = any(path == STANDARD_INPUT or self._is_outside(path) for path in self.paths)
        # In each of these cases a file with the same name and content may mean another resource, or be read no more.
        if then.moved or not then.same_files or outside or self._has_links(matcher):
            return None
        untracked_files = self.untracked()
        if any(self._is_link(path, matcher) or self._is_folder(path.rstrip(b"/"), matcher) for path in untracked_files):
            return None
        differing = list(self._differing(matcher))
        files = [change.path for change, _ in differing]
        files += [path for path in untracked_files if matcher.wants(self._file(path))]
        texts = [(self.commit.name(os.fsdecode(change.path)), text) for change, text in differing if text is not None]
        loaded = load_texts(then.project, texts)
        # Warnings of the base are of no use: only its errors leave resources unknown.
        wrong = [self.commit.warning(p) for p in loaded.diagnostics if p.severity is Severity.ERROR]
        return self._past(then, loaded.manifests, wrong, frozenset(matcher.name(self._file(path)) for path in files))

    def wide(self, then: BaseProject) -> BaseManifests:
        """Read all files that the commit's project and the PATHs name."""
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
            redefined=then.redefined,
            unproven=frozenset(self.project.targets) if self.repository.submodule else then.redefined,
            diagnostics=(*self._doubts(), *map(self.commit.warning, then.diagnostics), *wrong),
        )

    def _doubts(self) -> Iterator[Diagnostic]:
        """Yield a warning when a commit of the outer repository can choose the base that it is compared with."""
        with_credentials = [target for target in self.project.targets.values() if not target.sandbox]
        if self.repository.submodule and with_credentials:
            yield Diagnostic(
                code=BASE,
                severity=Severity.WARNING,
                message="The project is in a submodule. The outer repository chooses the submodule's repository and "
                "commit, so this base does not prove which addresses targets had. No target gets credentials because "
                "of it.",
                position=with_credentials[0].position,
                hint="To allow a target as it is now, use --allow-target NAME or the variable TRUEUP_ALLOW_TARGETS.",
            )

    def _differing(self, matcher: ManifestMatcher) -> Iterator[tuple[ChangedFile, bytes | None]]:
        """Yield the matching files that differ, each with its content in the commit (None for a new file)."""
        wanted = [change for change in self.changed if matcher.wants(self._file(change.path))]
        contents = self.commit.objects.contents(change.before.id for change in wanted if change.before)
        for change in wanted:
            before = next(contents) if change.before else None
            # git also lists files of which only the time stamp changed, so the contents are compared.
            if before is None or before != self._present(change.path):
                yield change, before

    def _present(self, path: bytes) -> bytes | None:
        """Return the content of a file in the work tree, None when it cannot be read."""
        return _read(self.project.root / self._file(path))

    def _has_links(self, matcher: ManifestMatcher) -> bool:
        """Return whether a symlink or submodule, in the commit or now, could be a manifest or contain some."""
        then = (self._file(c.path) for c in self.changed if c.before and c.before.node is not TreeNode.FILE)
        return any(matcher.wants(file) or matcher.may_lead_to(file) for file in then) or any(
            matcher.wants(self._file(path)) or self._is_folder(path, matcher) for path in self.special
        )

    def _is_folder(self, path: bytes, matcher: ManifestMatcher) -> bool:
        """Return whether a path that git does not list as a folder is one, and could contain manifests."""
        file = self._file(path)
        return matcher.may_lead_to(file) and (self.project.root / file).is_dir()

    def _is_link(self, path: bytes, matcher: ManifestMatcher) -> bool:
        """Return whether a matching file is a symlink: it may be another name of a file that did not change."""
        file = self._file(path)
        return matcher.wants(file) and (self.project.root / file).is_symlink()

    def _is_outside(self, name: str) -> bool:
        """Return whether a PATH is outside this repository, so that git does not list its files."""
        found = find_work_tree((self.cwd / name).absolute().parent)
        return self._path(name) is None or found is None or found.top != self.repository.tree.top

    def _path(self, name: str) -> bytes | None:
        return self.repository.path_of(str((self.cwd / name).absolute()))

    def _file(self, path: bytes) -> str:
        """Return a path of the repository as one relative to the project's folder."""
        prefix = self.repository.prefix
        if path.startswith(prefix):
            return os.fsdecode(path[len(prefix) :])
        # Named files may be outside of the project's folder; their names start with "..".
        return os.fsdecode(os.path.relpath(path, prefix))


def _read(file: Path) -> bytes | None:
    try:
        return read_named(file)
    except OSError:
        return None


def _untracked(repository: Repository, matcher: ManifestMatcher) -> Sequence[bytes]:
    folders = [repository.path_of(folder or ".") for folder in matcher.folders]
    inside = [folder for folder in folders if folder is not None]
    return tuple(untracked(repository, [] if b"." in inside else inside)) if inside else ()

"""Read the manifests of another commit, as few of them as are needed.

What lies in a file that has not changed since wants what it wanted then, so that only files that differ are read from
git. That needs both sides to name the same files by the same names: where the project's globs or targets changed, or
where symbolic links or submodules are in the way, all manifests of the commit are read. The result is the same.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from trueup.errors import Diagnostic, Severity
from trueup.git.listing import Change, Node, changes, one, special, tree, untracked
from trueup.git.objects import Objects, open_objects
from trueup.git.repository import Repository, open_repository
from trueup.history.links import CommitFolders
from trueup.history.project import Then, project_then
from trueup.history.reach import Reach
from trueup.manifest.files import STANDARD_INPUT, Source, find_sources
from trueup.manifest.load import load_texts
from trueup.manifest.project import Project
from trueup.model.identity import Identity
from trueup.model.manifest import Manifest
from trueup.model.target import Targets
from trueup.regular_file import read_named

BASE: Final = "base"
"""Code of whatever is wrong with the manifests of another commit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """Hold what another commit wanted.

    ``manifests`` are those of the files in ``files``, which are the ones that differ, by the names that people know
    them by here; with ``files`` None they are all there were. ``moved`` are the targets that are defined in another way
    now, ``targets`` those that the commit defines; ``anew`` those that lead elsewhere, or of which the commit does not
    say that they do not; ``unproven`` these and those for which the commit is no evidence. ``diagnostics`` are
    warnings: what was wrong then never keeps anything from being planned.
    """

    revision: str
    commit: str
    manifests: Mapping[Identity, Manifest]
    files: frozenset[str] | None
    moved: frozenset[str] = frozenset()
    targets: Targets = field(default_factory=dict)
    anew: frozenset[str] = frozenset()
    unproven: frozenset[str] = frozenset()
    diagnostics: tuple[Diagnostic, ...] = ()


def look_back(  # noqa: PLR0913 - what a run reads takes these to say
    revision: str,
    project: Project,
    paths: Sequence[str],
    *,
    cwd: Path,
    sandbox: bool = False,
    environ: Mapping[str, str] = os.environ,
) -> Past:
    """Return what the commit that ``revision`` names wanted in the files that the project and ``paths`` name.

    Raises UsageError when there is no such commit or no repository, GitFailed when git cannot tell.
    """
    # What lies here does not depend on the commit: git lists it while the commit is looked up and compared.
    with (
        open_repository(project.root, environ) as repository,
        open_objects(repository) as objects,
        ThreadPoolExecutor(2) as side_by_side,
    ):
        links = side_by_side.submit(special, repository)
        lying = side_by_side.submit(_untracked, repository, Reach(project, paths, cwd=cwd))
        commit = objects.commit(revision)
        look = _Look(
            repository=repository,
            objects=objects,
            revision=revision,
            commit=commit,
            project=project,
            paths=tuple(paths),
            cwd=cwd,
            changed=changes(repository, commit),
            special=links.result(),
            untracked=lying.result,
        )
        then = look.project_then(sandbox=sandbox)
        return look.narrow(then) or look.wide(then)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """Look at one commit from one work tree.

    ``changed`` and ``special`` are the files that need a closer look; ``untracked`` returns those that git does not
    track and that may be read, and raises what listing them raised.
    """

    repository: Repository
    objects: Objects
    revision: str
    commit: str
    project: Project
    paths: tuple[str, ...]
    cwd: Path
    changed: Sequence[Change]
    special: Mapping[bytes, Node]
    untracked: Callable[[], Sequence[bytes]]

    def project_then(self, *, sandbox: bool) -> Then:
        """Return the project of the commit."""
        file = self.project.file
        path = None if file is None else self.repository.name_of((self.cwd / file).absolute())
        text = None if path is None else self._text_then(path)
        if file is not None and text is not None and text == _read(self.cwd / file):
            return Then(project=self.project, targets=self.project.targets)
        return project_then(self.project, text, name="" if path is None else self._name(path), sandbox=sandbox)

    def _text_then(self, path: bytes) -> bytes | None:
        """Return what a file held in the commit, None when it was not there.

        The commit itself is asked: that git sees no difference also holds for what it does not track.
        """
        found = one(self.repository, self.commit, path)
        if found is None or found.node is not Node.FILE:
            found = self._all().get(path)
        return None if found is None else next(self.objects.contents([found.id]))

    def narrow(self, then: Then) -> Past | None:
        """Read only what differs; None where names alone do not tell what that is."""
        reach = Reach(self.project, self.paths, cwd=self.cwd)
        outside = any(path == STANDARD_INPUT or self._path(path) is None for path in self.paths)
        if then.moved or not then.same_files or outside or self._in_the_way(reach):
            return None
        lying = self.untracked()
        if any(self._is_link(path, reach) or self._is_folder(path.rstrip(b"/"), reach) for path in lying):
            return None
        differing = list(self._differing(reach))
        files = [change.path for change, _ in differing] + [path for path in lying if reach.wants(self._file(path))]
        texts = [(self._name(change.path), text) for change, text in differing if text is not None]
        return self._past(then, texts, frozenset(reach.name(self._file(path)) for path in files))

    def wide(self, then: Then) -> Past:
        """Read all that the commit's project names."""
        commit = self._all()
        named = [path for path in self.paths if path != STANDARD_INPUT]
        inside = [f"{commit.top}/{os.fsdecode(path)}" for path in map(self._path, named) if path is not None]
        found: tuple[Source, ...] = ()
        if inside or (then.project.file is not None and not named):
            found = find_sources(_resolved(then.project), inside, cwd=self.cwd, folders=commit).sources
        texts = [(source.path, entry) for source in found if source.path and (entry := commit.file(source.path))]
        contents = self.objects.contents(entry.id for _, entry in texts)
        names = (f"{self.revision}:{path[len(commit.top) + 1 :]}" for path, _ in texts)
        return self._past(then, zip(names, contents, strict=True), None)

    def _all(self) -> CommitFolders:
        return CommitFolders(str(self.repository.git.folder), tree(self.repository, self.commit), self.objects)

    def _past(self, then: Then, texts: Iterable[tuple[str, bytes]], files: frozenset[str] | None) -> Past:
        loaded = load_texts(then.project, texts)
        wrong = [problem for problem in loaded.diagnostics if problem.severity is Severity.ERROR]
        return Past(
            revision=self.revision,
            commit=self.commit,
            manifests={manifest.identity: manifest for manifest in loaded.manifests},
            files=files,
            moved=then.moved,
            targets=then.targets,
            anew=then.anew,
            unproven=frozenset(self.project.targets) if self.repository.submodule else then.anew,
            diagnostics=(*self._doubts(), *(self._warning(problem) for problem in (*then.diagnostics, *wrong))),
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

    def _differing(self, reach: Reach) -> Iterator[tuple[Change, bytes | None]]:
        """Give the files that are read and differ, with what the commit has of them."""
        wanted = [change for change in self.changed if reach.wants(self._file(change.path))]
        contents = self.objects.contents(change.before.id for change in wanted if change.before)
        for change in wanted:
            before = next(contents) if change.before else None
            if before is None or before != self._lying(change.path):
                yield change, before

    def _lying(self, path: bytes) -> bytes | None:
        """Return what lies there: a time stamp that moved is no difference."""
        return _read(self.project.root / self._file(path))

    def _in_the_way(self, reach: Reach) -> bool:
        """Return whether a link or a submodule, then or now, may stand for manifests or hold some."""
        then = [change.path for change in self.changed if change.before and change.before.node is not Node.FILE]
        return any(reach.wants(self._file(path)) or self._is_folder(path, reach) for path in (*then, *self.special))

    def _is_folder(self, path: bytes, reach: Reach) -> bool:
        """Return whether a path that is no folder of this repository leads to one in which manifests may lie."""
        file = self._file(path)
        return reach.may_lead_to(file) and (self.project.root / file).is_dir()

    def _is_link(self, path: bytes, reach: Reach) -> bool:
        """Return whether a file that is read is a link, so that it may be another name of one that did not change."""
        file = self._file(path)
        return reach.wants(file) and (self.project.root / file).is_symlink()

    def _path(self, name: str) -> bytes | None:
        return self.repository.path_of(str((self.cwd / name).absolute()))

    def _file(self, path: bytes) -> str:
        """Return a path of the repository as one relative to the project's folder."""
        prefix = self.repository.prefix
        if path.startswith(prefix):
            return os.fsdecode(path[len(prefix) :])
        return os.fsdecode(os.path.relpath(path, prefix))

    def _name(self, path: bytes) -> str:
        """Name a file of the commit as ``git show`` takes it."""
        return f"{self.revision}:{os.fsdecode(path)}"

    def _warning(self, problem: Diagnostic) -> Diagnostic:
        message = f"In the base, {problem.message[:1].lower()}{problem.message[1:]}"
        return replace(problem, code=BASE, severity=Severity.WARNING, message=message, quotable=False)


def _read(file: Path) -> bytes | None:
    try:
        return read_named(file)
    except OSError:
        return None


def _resolved(project: Project) -> Project:
    """Return the project in its real folder, as a commit knows no other way to it."""
    root = Path(os.path.realpath(project.root))
    seed = None if project.seed is None else root / os.path.relpath(project.seed, project.root)
    return replace(project, root=root, seed=seed)


def _untracked(repository: Repository, reach: Reach) -> Sequence[bytes]:
    folders = [repository.path_of(folder or ".") for folder in reach.folders]
    inside = [folder for folder in folders if folder is not None]
    return tuple(untracked(repository, [] if b"." in inside else inside)) if inside else ()

"""Search a whole commit for the manifests of resources, and report what could not be read.

A resource keeps its identity when its manifest moves: to another file, folder, project or target name, into a submodule
or out of one. So a resource that is not in its present file is searched for in all projects of the commit. Only files
that contain the words of an identity are parsed, because no other file can describe it.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from trueup.errors import Diagnostic, Severity
from trueup.history.commit import Commit
from trueup.history.project import BaseProject, as_today, projects_of
from trueup.manifest.discovery import find_sources
from trueup.manifest.load import load_texts
from trueup.manifest.project import Project
from trueup.manifest.symlinks import is_below
from trueup.model.identity import Identity, Targets
from trueup.model.manifest import Manifest

_WORD: Final = re.compile(r"[^\s'\"]+")
"""The parts of a value that appear unchanged in YAML, however it is quoted or folded; see :class:`Mentions`."""

_MANY: Final = 50
"""For more resources than this, every file is parsed, because searching for their words would take as long."""

_POINTERS: Final = (b"version https://git-lfs.github.com/spec/", b"/annex/objects/")
"""The start of a pointer file, with which Git LFS or git-annex replace a file whose content git does not have."""

_SUBMODULE: Final = "Fetch it with `git submodule update --init --recursive`."

_HINTS: Final[Mapping[str, str]] = {"unreadable-file": _SUBMODULE, "link-leads-out": ""}
"""Codes of diagnostics about missing files, with the hint for each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """The manifests of one project of a commit, by the identities of that time.

    ``unread``: some files or folders could not be read. ``broken`` are the texts of files with errors, ``texts`` those
    of all files that were read. ``diagnostics`` are warnings.
    """

    manifests: tuple[Manifest, ...]
    unread: bool
    broken: tuple[bytes, ...]
    texts: tuple[bytes, ...]
    diagnostics: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Searched:
    """The manifests that a search found; for ``unknown`` resources it is not known whether there was one."""

    manifests: Mapping[Identity, Manifest]
    unknown: frozenset[Identity]
    diagnostics: tuple[Diagnostic, ...]


class Mentions:
    """A search for resources that a text may describe, without parsing it as YAML."""

    def __init__(self, identities: Iterable[Identity]) -> None:
        self._words = {identity: _WORD.findall(identity.value) for identity in identities}

    def of(self, text: bytes) -> frozenset[Identity]:
        """Return the resources that a text, or the file that a pointer refers to, may describe."""
        # git has no content for such a file, so it may describe anything.
        if text.startswith(_POINTERS):
            return frozenset(self._words)
        try:
            decoded = text.decode()
        except UnicodeDecodeError:
            return frozenset(self._words)
        # An escape can encode any character, and a zero byte means another encoding.
        if "\\" in decoded or "\0" in decoded:
            return frozenset(self._words)
        return frozenset(i for i, words in self._words.items() if all(word in decoded for word in words))

    def any(self, text: bytes) -> bool:
        """Return whether a text may describe one of the resources."""
        return len(self._words) > _MANY or bool(self.of(text))


def read_project(
    commit: Commit, project: Project, paths: Sequence[str], *, keep: Callable[[bytes], bool] | None = None
) -> _Read:
    """Return the manifests in the files of a commit that a project and ``paths`` (absolute) name.

    If ``keep`` is given, only files whose text it accepts are parsed. The project's root is its folder in the commit.
    """
    sources, missing = _sources(commit, project, paths)
    existing = [place for place in sources if commit.folders.file(place) is not None]
    texts = {
        commit.name(commit.path(place)): text
        for place, text in zip(existing, commit.texts(existing), strict=True)
        if keep is None or keep(text)
    }
    loaded = load_texts(project, texts.items())
    wrong = [problem for problem in loaded.diagnostics if problem.severity is Severity.ERROR]
    return _Read(
        manifests=loaded.manifests,
        unread=bool(missing),
        broken=tuple(texts[name] for name in dict.fromkeys(p.position.file for p in wrong) if name in texts),
        texts=tuple(texts.values()),
        diagnostics=(*missing, *map(commit.warning, wrong)),
    )


def _sources(commit: Commit, project: Project, paths: Sequence[str]) -> tuple[list[str], list[Diagnostic]]:
    """Return the resolved paths of the named files, and warnings about files and folders that cannot be read."""
    top, folders = Path(commit.folders.top or "/"), commit.folders
    root = str(project.root)
    # The present project's folder need not exist in the commit.
    whole = project.file is not None and folders.node(folders.real(root)) is not None
    found = [find_sources(project, (), cwd=top, folders=folders)] if whole else []
    found += [find_sources(project, paths, cwd=top, folders=folders)] if paths else []
    missing = [
        commit.unread(problem.position.file, problem.message, _HINTS[problem.code])
        for one in found
        for problem in one.diagnostics
        if problem.code in _HINTS
    ]
    missing += (
        _unread(commit, folder)
        for folder in folders.unread
        if any(is_below(path, commit.place(folder)) for path in (root, *paths))
    )
    places = list(dict.fromkeys(source.path for one in found for source in one.sources if source.path))
    missing += (
        commit.unread(commit.path(place), "A symbolic link points here, but the commit has no such file.")
        for place in places
        if folders.file(place) is None
    )
    return places, missing


def _unread(commit: Commit, folder: str) -> Diagnostic:
    message = f"The folder cannot be read: {commit.folders.unread[folder]}."
    return commit.unread(folder, message, _SUBMODULE)


def search_commit(  # noqa: PLR0913 - what is searched for, and where
    commit: Commit,
    missing: frozenset[Identity],
    *,
    main: BaseProject,
    path: str | None,
    now: Targets,
    paths: Sequence[str],
    sandbox: bool,
) -> Searched:
    """Return the commit's manifests of the ``missing`` resources, which are not in their present files.

    ``main`` is the commit's version of the present project, ``path`` the path of its file below the top folder. ``now``
    are the present targets, and ``paths`` are absolute.
    """
    mentions = Mentions(missing)
    found: dict[Identity, Manifest] = {}
    unknown: set[Identity] = set()
    warnings: list[Diagnostic] = []
    for then, named in _projects(commit, main, path, paths, sandbox=sandbox):
        remaining = missing - found.keys()
        if not remaining:
            break
        read = read_project(commit, then.project, named, keep=mentions.any)
        manifests = as_today(read.manifests, then.project.targets, now)
        found |= {identity: manifests[identity] for identity in remaining & manifests.keys()}
        # Of a known project only files with errors are in doubt; of an unknown one all are, since even the meaning of
        # their target names is not known.
        doubtful = [mentions.of(text) for text in (read.broken if then.known else read.texts)]
        unsure = remaining if read.unread else remaining & frozenset[Identity]().union(*doubtful)
        if unsure - found.keys():
            unknown |= unsure
            warnings += (*map(commit.warning, then.diagnostics), *read.diagnostics)
    if not main.known and missing - found.keys():
        # The project itself may be in a submodule that cannot be read.
        unknown |= missing if commit.folders.unread else frozenset()
        warnings += (_unread(commit, folder) for folder in commit.folders.unread)
    return Searched(
        manifests=found, unknown=frozenset(unknown - found.keys()), diagnostics=tuple(dict.fromkeys(warnings))
    )


def _projects(
    commit: Commit, main: BaseProject, path: str | None, paths: Sequence[str], *, sandbox: bool
) -> Iterator[tuple[BaseProject, Sequence[str]]]:
    yield main, paths
    for _, then in projects_of(commit, but=path, sandbox=sandbox):
        yield then, ()

"""Read commits and files from git's objects, compare commits with the work tree, and open submodules.

Objects are read through one ``git cat-file`` process. Revisions and ids reach it as lines on its standard input, so
that none of them can be taken for an option.
"""

import os
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from enum import Enum
from itertools import islice
from typing import IO, Final

from trueup.errors import GitFailed, UsageError
from trueup.git.repository import Repository, name_of, open_kept, references, short_id

_AT_ONCE: Final = 256
"""Requests that are written before their answers are read. Together they fit into a pipe's buffer, so that the two
processes cannot block each other."""

_SHALLOW: Final = (
    "This clone is shallow: it has only the newest commits. Fetch the others with `git fetch --unshallow`; in GitHub "
    "Actions, give actions/checkout `fetch-depth: 0`."
)
_NOT_FETCHED: Final = "If it is a branch of the remote repository, fetch it first; for a range, name its first commit."
_PARTIAL: Final = (
    "This clone is partial, and trueup fetches nothing. Fetch all objects with `git fetch --refetch --no-filter`; in "
    "GitHub Actions, give actions/checkout no `filter`."
)
_REFS: Final = "refs/"
_ENDED: Final = "git ended while objects were read."


class Objects:
    """A reader of a repository's objects; made by :func:`open_objects`."""

    def __init__(self, repository: Repository, process: "subprocess.Popen[bytes]") -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._repository = repository
        self._ask: IO[bytes] = process.stdin
        self._answers: IO[bytes] = process.stdout

    def commit(self, revision: str) -> str:
        """Return the id of the commit that a revision names.

        Raises UsageError when there is none or the name is ambiguous, and GitFailed when the commit may be missing
        because the clone is shallow.
        """
        found = None
        # A line break would make two requests of one, and the answers would no longer match the requests.
        if revision and "\n" not in revision:
            try:
                found = self._commit(revision)
            except GitFailed:
                # For a branch without an upstream, or with a shorter log, git exits instead of answering.
                if "@{" not in revision:
                    raise
        if found is not None:
            self._check_single(revision)
            return found
        if self._repository.shallow:
            raise GitFailed(f"There is no commit {revision!r} here. {_SHALLOW}")
        raise UsageError(f"There is no commit {revision!r}. {_NOT_FETCHED}")

    def has(self, commit: str) -> bool:
        """Return whether there is a commit with this id."""
        self._write([commit])
        found = self._read()
        return found is not None and found[0] == commit

    def contents(self, ids: Iterable[str]) -> Iterator[bytes]:
        """Yield the content of each object, in order. Raises GitFailed for a missing one."""
        waiting = iter(ids)
        while chunk := list(islice(waiting, _AT_ONCE)):
            self._write(chunk)
            for name in chunk:
                found = self._read()
                if found is None:
                    how = _PARTIAL if self._repository.partial else "Fetch it, or repair it with git fsck."
                    raise GitFailed(f"The object {name} is not in this clone. {how}")
                yield found[1]

    def _check_single(self, revision: str) -> None:
        """Raise UsageError for a revision whose name can mean several commits.

        git itself picks one and warns on standard error. A pull request could create a branch with the name of a tag
        or with the start of an id, and so choose the base that it is compared with.
        """
        name = name_of(revision)
        if not name:
            return
        start = short_id(name)
        # The name of a reference cannot contain two dots, so this form can only mean an id.
        candidates = {other: self._commit(other) for other in references(name)} | (
            {f"an id that starts with {start}": self._commit(f"..-0-g{start}")} if start else {}
        )
        found = {
            other: commit
            for other, commit in candidates.items()
            # For a reference that does not exist, git reads the end of its name as the start of an id.
            if commit is not None and not (start and other.startswith(_REFS) and commit.startswith(start))
        }
        if len({*found.values(), self._commit(name)} - {None}) > 1 or (name.startswith(_REFS) and found):
            named = ", ".join(f"{other} is {commit}" for other, commit in found.items())
            raise UsageError(f"{name!r} is ambiguous: {named}. Give the full name or id of the one that you mean.")

    def _commit(self, name: str) -> str | None:
        """Return the id of the commit that git resolves a name to, None when there is none."""
        self._write([f"{name}^{{commit}}"])
        found = self._read()
        return None if found is None else found[0]

    def _write(self, lines: Iterable[str]) -> None:
        try:
            self._ask.write("".join(f"{line}\n" for line in lines).encode(errors="surrogateescape"))
            self._ask.flush()
        except BrokenPipeError:
            raise GitFailed(_ENDED) from None

    def _read(self) -> tuple[str, bytes] | None:
        """Read one answer: an object's id and content, or None for a missing object."""
        head = self._answers.readline()
        # git always answers with a line, so an empty one is the end of its output.
        if not head:
            raise GitFailed(_ENDED)
        # Answers of another form ("NAME missing", "NAME ambiguous") mean that there is no such object.
        match head.rstrip(b"\n").rsplit(b" ", 2):
            case [name, b"commit" | b"blob", size]:
                # A line break follows the content and is not counted in its size.
                content = self._answers.read(int(size) + 1)
                return name.decode(), content[:-1]
            case _:
                return None


@contextmanager
def open_objects(repository: Repository) -> Iterator[Objects]:
    """Yield a reader of the repository's objects; its process ends with the block."""
    with repository.git.start("cat-file", "--batch") as process:
        try:
            yield Objects(repository, process)
        finally:
            # git must not wait for the remaining answers to be read, so it is killed. Closing its input then
            # tries to flush requests that it never took, which fails.
            process.kill()
            assert process.stdin is not None
            with suppress(BrokenPipeError):
                process.stdin.close()


class TreeNode(Enum):
    """The type of what git keeps at a path."""

    FILE = "file"
    LINK = "link"
    """A symlink; its content is its target."""
    REPOSITORY = "repository"
    """A submodule: its files belong to another repository."""


@dataclass(frozen=True, slots=True)
class TreeEntry:
    """An entry of a commit or of the index at a path; ``id`` is the object with the content."""

    node: TreeNode
    id: str


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """A path where the work tree differs or may differ from the commit; ``before`` is None for a new file."""

    path: bytes
    before: TreeEntry | None


_COMPARED: Final = ("--raw", "-z", "--no-renames", "--no-ext-diff", "--no-textconv", "--ignore-submodules=dirty")
"""Options of the comparison. To see whether a submodule is dirty, git would start another git in it, which reads that
submodule's configuration."""

_NODES: Final = {b"120000": TreeNode.LINK, b"160000": TreeNode.REPOSITORY}


def tree(repository: Repository, commit: str) -> Mapping[bytes, TreeEntry]:
    """Return every file, symlink and submodule of a commit by its path."""
    return _listed(repository, "-r", commit)


def read_one(repository: Repository, commit: str, path: bytes) -> TreeEntry | None:
    """Return the entry of a commit at one path, None when there is nothing or a folder."""
    return _listed(repository, "-r", commit, "--", os.fsdecode(path)).get(path)


def _listed(repository: Repository, *arguments: str) -> Mapping[bytes, TreeEntry]:
    found: dict[bytes, TreeEntry] = {}
    for line in _records(repository.git.run("ls-tree", "-z", "--full-tree", *arguments)):
        about, path = line.split(b"\t", 1)
        mode, _, name = about.split(b" ", 2)
        found[path] = TreeEntry(_node(mode), name.decode())
    return found


def changes(repository: Repository, commit: str) -> tuple[ChangedFile, ...]:
    """Return the tracked files that may differ between a commit and the work tree.

    A file with a new time stamp is included even when its content is the same: git can only find out by updating its
    index, which is never written here. While a merge is unresolved, the files in the work tree are compared.
    """
    # Each change is two records: what changed, and the path.
    records = _records(repository.git.run("diff-index", *_COMPARED, commit, "--"))
    return tuple(_change(about, path) for about, path in zip(records, records, strict=True))


def _change(about: bytes, path: bytes) -> ChangedFile:
    mode, _, name, _, status = about.removeprefix(b":").split(b" ")
    return ChangedFile(path, None if status == b"A" else TreeEntry(_node(mode), name.decode()))


def untracked(repository: Repository, folders: Sequence[bytes] = ()) -> Iterator[bytes]:
    """Yield the files that git does not track below these folders (by default everywhere), ignored ones included.

    A path that ends in a slash is another repository.
    """
    below = [os.fsdecode(folder) for folder in folders]
    # No option that excludes: an ignored file may still be a manifest.
    return _records(repository.git.run("ls-files", "--others", "-z", "--", *below))


def tracked(repository: Repository, folder: str) -> Iterator[bytes]:
    """Yield the paths that git tracks at or below ``folder``; it and they are relative to ``repository.folder``."""
    below = repository.prefix + os.fsencode(folder)
    listed = _records(repository.git.run("ls-files", "-z", "--", os.fsdecode(below)))
    return (path.removeprefix(repository.prefix) for path in listed)


def tracked_named(repository: Repository, name: bytes) -> Iterator[bytes]:
    """Yield the tracked paths whose last part is ``name``, relative to the top folder."""
    below = b"/" + name
    return (path for path in _records(repository.git.run("ls-files", "-z")) if path == name or path.endswith(below))


def special(repository: Repository) -> Mapping[bytes, TreeNode]:
    """Return the symlinks and submodules that git tracks, by their paths."""
    found: dict[bytes, TreeNode] = {}
    for line in repository.git.run("ls-files", "--stage", "-z").split(b"\0"):
        node = _NODES.get(line[:6])
        if node is not None:
            found[line.split(b"\t", 1)[1]] = node
    return found


def _node(mode: bytes) -> TreeNode:
    return _NODES.get(mode, TreeNode.FILE)


def _records(output: bytes) -> Iterator[bytes]:
    # Each record ends in NUL, so nothing follows the last one.
    return iter(output.split(b"\0")[:-1])


class Submodules:
    """The repositories that git keeps for submodules; made by :func:`open_submodules`. Each is opened when needed."""

    def __init__(self, outer: Repository, environ: Mapping[str, str], stack: ExitStack) -> None:
        self._outer, self._environ, self._stack = outer, environ, stack
        self._open: list[tuple[Repository, Objects]] = []
        self._unopened = self._opening()

    def having(self, commit: str) -> tuple[Repository, Objects]:
        """Return the repository that has a commit. Raises GitFailed with the reason when none of them has it.

        Repositories are searched by commit and not by path, because a submodule may have been moved or renamed since.
        """
        reason = ""
        # Open ones first: to open another starts one more git process.
        for repository, objects in self._open:
            if objects.has(commit):
                return repository, objects
        for opened in self._unopened:
            if isinstance(opened, GitFailed):
                reason = str(opened)
                continue
            self._open.append(opened)
            if opened[1].has(commit):
                return opened
        raise GitFailed(reason or f"its commit {commit[:12]} is not in this clone.")

    def _opening(self) -> Iterator[tuple[Repository, Objects] | GitFailed]:
        try:
            for git_dir in self._outer.tree.kept():
                try:
                    repository = self._stack.enter_context(open_kept(self._outer, git_dir, self._environ))
                    yield repository, self._stack.enter_context(open_objects(repository))
                except GitFailed as error:
                    yield error
        except OSError as error:
            yield GitFailed(f"{self._outer.tree.git_dir} cannot be read: {error.strerror}.")


@contextmanager
def open_submodules(outer: Repository, environ: Mapping[str, str] = os.environ) -> Iterator[Submodules]:
    """Yield the repositories of the submodules of ``outer``; those that were opened are closed after the block."""
    with ExitStack() as stack:
        yield Submodules(outer, environ, stack)

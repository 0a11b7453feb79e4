"""Read commits and files out of git's objects, through one process for all of them.

Revisions and ids go to that process as lines on its standard input, so that none can be taken for an option.
"""

import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from typing import IO, Final

from trueup.errors import GitFailed, UsageError
from trueup.git.meanings import name_of, references, short_id
from trueup.git.repository import Repository

_AT_ONCE: Final = 256
"""Requests that are written before their answers are read: all of them together fit into a pipe, so neither side can
wait for the other."""

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
    """Read objects; made by :func:`open_objects`."""

    def __init__(self, repository: Repository, process: "subprocess.Popen[bytes]") -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._repository = repository
        self._ask: IO[bytes] = process.stdin
        self._answers: IO[bytes] = process.stdout

    def commit(self, revision: str) -> str:
        """Return the id of the commit that a revision names.

        Raises UsageError when there is none or the name can mean several, GitFailed when there may be none because the
        clone is shallow.
        """
        found = None
        if revision and "\n" not in revision:
            try:
                found = self._commit(revision)
            except GitFailed:
                # For a branch without an upstream, and one whose log is shorter, git ends instead of answering.
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
        """Give the content of each object, in order. Raises GitFailed for one that is not there."""
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
        """Refuse a revision whose name can mean several commits. Raises UsageError."""
        name = name_of(revision)
        if not name:
            return
        start = short_id(name)
        # No reference has a name with two dots, so that this can only mean an id.
        asked = {other: self._commit(other) for other in references(name)} | (
            {f"an id that starts with {start}": self._commit(f"..-0-g{start}")} if start else {}
        )
        found = {
            other: commit
            for other, commit in asked.items()
            # git takes the end of a reference that does not exist for the start of an id.
            if commit is not None and not (start and other.startswith(_REFS) and commit.startswith(start))
        }
        if len({*found.values(), self._commit(name)} - {None}) > 1 or (name.startswith(_REFS) and found):
            named = ", ".join(f"{other} is {commit}" for other, commit in found.items())
            raise UsageError(f"{name!r} is ambiguous: {named}. Give the whole name or id of the one that you mean.")

    def _commit(self, name: str) -> str | None:
        """Return the id of the commit that git takes a name for, None when it is none."""
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
        """Read one answer: an object's id and content, or None for what is not there."""
        head = self._answers.readline()
        if not head:
            raise GitFailed(_ENDED)
        # Anything else than these three words ("missing", "ambiguous") says that there is no such object.
        match head.rstrip(b"\n").rsplit(b" ", 2):
            case [name, b"commit" | b"blob", size]:
                content = self._answers.read(int(size) + 1)
                return name.decode(), content[:-1]
            case _:
                return None


@contextmanager
def open_objects(repository: Repository) -> Iterator[Objects]:
    """Give the objects of a repository; the process behind it ends with the block."""
    with repository.git.start("cat-file", "--batch") as process:
        try:
            yield Objects(repository, process)
        finally:
            # Whatever was not read any more must not keep git waiting for a reader, and a question that it no longer
            # took must not be sent again, which closing would do.
            process.kill()
            assert process.stdin is not None
            with suppress(BrokenPipeError):
                process.stdin.close()

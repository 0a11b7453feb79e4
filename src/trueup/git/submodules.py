"""Read the commits of submodules from the repositories that git keeps for them, without a checkout.

A commit names a submodule's commit by its id, which is a digest of all that it holds. So whichever of our own
repositories has that commit is the right one, whatever name or place the submodule has today.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager

from trueup.errors import GitFailed
from trueup.git.objects import Objects, open_objects
from trueup.git.repository import Repository, open_kept


class Submodules:
    """The repositories that git keeps for submodules; made by :func:`open_submodules`. Each is opened when needed."""

    def __init__(self, outer: Repository, environ: Mapping[str, str], stack: ExitStack) -> None:
        self._outer, self._environ, self._stack = outer, environ, stack
        self._open: list[tuple[Repository, Objects]] = []
        self._more = self._opening()

    def having(self, commit: str) -> tuple[Repository, Objects]:
        """Return the repository that has a commit. Raises GitFailed with the reason when none of them has it."""
        reason = ""
        for repository, objects in self._open:
            if objects.has(commit):
                return repository, objects
        for opened in self._more:
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
    """Give the repositories of the submodules of ``outer``; all that were opened are closed after the block."""
    with ExitStack() as stack:
        yield Submodules(outer, environ, stack)

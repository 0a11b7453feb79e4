"""Keep what a project keeps on disk: journals, the lock, the sandbox, saved plans."""

import json
import os
import sys
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from trueup.cli.options import Common
from trueup.errors import GitFailed, UsageError
from trueup.state.folder import IGNORE, STATE, Folder

if TYPE_CHECKING:
    from trueup.apply.last_applied import Left
    from trueup.apply.seal import Journals
    from trueup.model.plan import Plan

RUNS = "runs"
"""The folder of the journals in the project's folder for state."""

DATABASE = "sandbox.db"
"""The file of the embedded sandbox there."""

BESIDE = ("-wal", "-shm", "-journal")
"""What SQLite adds to a file's name for files of its own."""

NAMED = 3
"""How many files a warning names; more are counted."""


class Kept:
    """What the project in ``root`` keeps beside its project file. Git is asked once what of it came with a commit."""

    def __init__(self, root: Path) -> None:
        self._root = root

    @cached_property
    def folder(self) -> Folder:
        """Return the project's folder for state; it may not exist yet."""
        return Folder(self._root, tracked=_tracked(self._root))

    @cached_property
    def journals(self) -> "Journals":
        """Return the project's journals, with the key that seals them."""
        from trueup.apply.seal import PURPOSE, Journals
        from trueup.state.key import project_key

        return Journals(self.folder.below(RUNS), project_key(self._root, PURPOSE))

    @cached_property
    def left(self) -> "Left":
        """Return what earlier runs left, read once. An apply asks for it only under the lock: before, others may write.

        Raises Refused when the journals are not this user's own.
        """
        from trueup.apply.last_applied import recall

        return recall(self.journals)

    def sandbox_file(self) -> Path | None:
        """Return the file of the embedded sandbox, None for one in memory: git tracks the file, and it is not used.

        Raises Refused when it is not this user's own, UsageError when it cannot be opened.
        """
        if self.folder.tracks(DATABASE):
            sys.stderr.write(
                f"Warning: git tracks {STATE}/{DATABASE}, and it is not used: "
                "the sandbox starts from its seed and keeps nothing.\n"
            )
            return None
        try:
            return self.folder.checked(DATABASE, beside=BESIDE)
        except OSError as error:
            place = self.folder.path / DATABASE
            where = self.folder.refusing(DATABASE)
            message = f"The sandbox cannot keep its state in {place}: {error.strerror}. Make {where} writable."
            raise UsageError(message) from None


def _tracked(root: Path) -> frozenset[str]:
    """Return what git tracks in the project's folder for state, relative to the project; nothing without git."""
    from trueup.git.work_tree import find_work_tree

    if not os.path.lexists(root / STATE) or find_work_tree(root) is None:
        return frozenset()
    from trueup.git.listing import tracked
    from trueup.git.repository import open_repository

    try:
        with open_repository(root) as repository:
            found = tuple(tracked(repository, STATE))
    except (GitFailed, UsageError):
        # Journals and caches are sealed: without git, what came with a commit is still no evidence.
        return frozenset()
    return frozenset(map(os.fsdecode, found)) - {f"{STATE}/{IGNORE}"}


def say_unsettled(kept: Kept, common: Common) -> None:
    """Say, on standard error, what of the state is not used, and which earlier writes have no known ending."""
    from trueup.report.safe_text import visible

    for warning in _warnings(kept):
        sys.stderr.write(f"{visible(warning)}\n")
    if common.quiet:
        return
    for identity, run in sorted(kept.left.open.items()):
        told = (
            f"Run {run} does not know whether its last write to {identity} was taken. "
            f"This plan reads it afresh; see 'trueup runs show {run}'."
        )
        sys.stderr.write(f"{visible(told)}\n")


def _warnings(kept: Kept) -> Iterator[str]:
    tracked, journals = kept.folder.tracked, sorted(kept.left.journals.items(), reverse=True)
    if tracked:
        yield (
            f"Warning: git tracks {_named(sorted(tracked))}. What a commit brings into {STATE} is ignored. "
            f"Run: git rm -r --cached {STATE}"
        )
    for reason in dict.fromkeys(distrusted for _, (distrusted, _) in journals if distrusted):
        names = [run for run, (distrusted, _) in journals if distrusted == reason]
        yield f"Warning: the journal of {_named(names)} is not taken for what happened: {reason}. See 'trueup runs'."
    for run, (distrusted, damaged) in journals:
        if damaged and not distrusted:
            yield f"Warning: the journal of {run} is not used from here on: {damaged}. See 'trueup runs'."


def _named(names: Sequence[str]) -> str:
    more = len(names) - NAMED
    return f"{', '.join(names[:NAMED])}{f' and {more:,} more' if more > 0 else ''}"


def save_plan(plan: "Plan", file: Path) -> None:
    """Write a plan to a file, whole or not at all. Raises UsageError when the file cannot be written."""
    from trueup.cli.writing import put_file
    from trueup.plan.codec import plan_to_json
    from trueup.report.json_text import indented

    try:
        put_file(file, f"{indented(plan_to_json(plan))}\n".encode())
    except OSError as error:
        message = f"The plan cannot be saved as {file}: {error.strerror}."
        raise UsageError(message) from None


def read_plan(file: Path) -> "Plan":
    """Read a saved plan. Raises InvalidInput when it is damaged or of another format, UsageError without a file."""
    from trueup.bounded import json_fault
    from trueup.errors import Diagnostic, InvalidInput
    from trueup.model.position import Position
    from trueup.plan.saved import plan_from_json
    from trueup.regular_file import DOCUMENT_BYTES, read_named

    try:
        document = json.loads(read_named(file, DOCUMENT_BYTES))
    except OSError as error:
        message = f"The plan {file} cannot be read: {error.strerror}. Save one with trueup plan --out FILE."
        raise UsageError(message) from None
    except (ValueError, RecursionError) as error:
        position = Position(str(file), getattr(error, "lineno", 1), getattr(error, "colno", 1))
        damaged = Diagnostic(
            code="plan-damaged", message=f"The plan cannot be read: {json_fault(error)}.", position=position
        )
        raise InvalidInput([damaged]) from None
    return plan_from_json(document, file=str(file))

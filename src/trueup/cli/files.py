"""Files that commands read and write: atomic writes, the state folder, saved plans, seeds and faults of the sandbox."""

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from decimal import Decimal
from errno import EACCES, ESTALE
from functools import cached_property
from pathlib import Path
from stat import S_IMODE, S_ISREG
from typing import TYPE_CHECKING, Any, Final, Literal

from trueup.cli.options import RunOptions
from trueup.cli.working_directory import here
from trueup.errors import Diagnostic, GitFailed, InvalidInput, Severity, UsageError
from trueup.manifest.discovery import Limits, absolute
from trueup.manifest.file_names import display
from trueup.manifest.project import Project
from trueup.manifest.symlinks import resolve_within
from trueup.model.position import Position
from trueup.regular_file import read_regular
from trueup.state.folder import IGNORE, STATE, Folder

if TYPE_CHECKING:
    from trueup.apply.last_applied import JournalSummary
    from trueup.apply.seal import Journals
    from trueup.model.plan import Plan
    from trueup.model.position import Positions
    from trueup.plan.records import Records
    from trueup.sandbox.faults import Faults
    from trueup.sandbox.seed import Seed


LONGEST_PREFIX = 40
"""Characters of a file's name in the name of its temporary file: file systems limit names to 255 bytes."""


def check_written(places: Iterable[Path], *, file: Path | None, cwd: Path) -> None:
    """Raise UsageError for a path with a symlink that leads out of the repository; symlinks outside of it are allowed.

    ``file`` is the project file; when it is None, ``cwd`` is the project's folder. The error names the symlink and
    where it leads.
    """
    root = cwd if file is None else (cwd / file).parent
    limits = Limits(Project(root=root, file=file, manifests=(), targets={}, seed=None))
    for place in places:
        path = Path(absolute(place))
        # From the root down: the first symlink that leads out is the one to name.
        steps = (*reversed(path.parents), path)
        link, crossed = next(((link, found) for link in steps if (found := limits.crossed(str(link)))), (path, None))
        if crossed is not None:
            leads = resolve_within(link) or link.readlink()
            raise UsageError(
                f"{place} is not used: the symbolic link {display(link, here())} leads out of {crossed.whole}, "
                f"to {leads}. Remove the link, or name its destination directly."
            )


def put_file(file: Path, content: bytes) -> None:
    """Write a file atomically, or directly if it is no regular file (a pipe or a terminal).

    Symlinks are followed and permissions are kept. Raises OSError.
    """
    # The file behind a symlink is replaced, so that the symlink stays.
    place = Path(os.path.realpath(file))
    found = place.stat() if place.exists() else None
    # /dev/fd and /proc/self/fd name open files: a reader would keep the old file, not read its replacement.
    opened = file.absolute().is_relative_to("/dev") or file.absolute().is_relative_to("/proc")
    if opened or (found is not None and not (S_ISREG(found.st_mode) and os.access(place.parent, os.W_OK))):
        file.write_bytes(content)
        return
    # A rename needs no permission for the file itself, which may be read-only on purpose.
    if found is not None and not os.access(place, os.W_OK):
        raise PermissionError(EACCES, os.strerror(EACCES), str(file))
    # Not synced: a report can be made again, and syncing each takes milliseconds.
    with _temporary(place, content, lasting=False) as temporary:
        # Temporary files are created with mode 0600; a new file gets the mode that any program would give it.
        temporary.chmod(0o666 & ~_umask() if found is None else S_IMODE(found.st_mode))
        temporary.replace(place)


def replace_file(file: Path, before: bytes, after: bytes) -> None:
    """Replace a file's content atomically; permissions are kept and symlinks are followed.

    Raises OSError, also when the file is not writable or no longer contains ``before``.
    """
    place = file.resolve(strict=True)
    if not os.access(place, os.W_OK):
        raise PermissionError(EACCES, os.strerror(EACCES), str(file))
    with _temporary(place, after) as temporary:
        temporary.chmod(S_IMODE(place.stat().st_mode))
        # As late as possible: an editor may have saved the file since it was read.
        if read_regular(str(place), len(before)) != before:
            raise OSError(ESTALE, "it has changed since it was read", str(file))
        temporary.replace(place)


def create_file(file: Path, content: bytes) -> None:
    """Write a new file and its parent folders. Raises OSError; FileExistsError when the file exists."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with _temporary(file, content, lasting=False) as temporary:
        temporary.chmod(0o666 & ~_umask())
        # link fails for an existing file, where rename would replace it.
        try:
            os.link(temporary, file)
        except FileExistsError:
            raise
        except OSError:
            # A file system without hard links: check, then rename. A file created in between is overwritten.
            if os.path.lexists(file):
                raise FileExistsError(file) from None
            temporary.replace(file)


@contextmanager
def _temporary(place: Path, content: bytes, *, lasting: bool = True) -> Iterator[Path]:
    """Yield a temporary file next to ``place`` with the content; it is deleted afterwards unless it was moved.

    ``lasting``: sync it to disk first. Without that, a power failure after the rename can lose both the old and the new
    content.
    """
    from tempfile import NamedTemporaryFile

    # Hidden, so that no glob of manifests finds it; in the same folder, so that it can be renamed.
    prefix = f".{place.name[:LONGEST_PREFIX]}."
    with NamedTemporaryFile(dir=place.parent, prefix=prefix, delete=False) as file:
        temporary = Path(file.name)
        try:
            file.write(content)
            file.flush()
            if lasting:
                os.fsync(file.fileno())
            yield temporary
        finally:
            # It is gone if it was renamed.
            with suppress(FileNotFoundError):
                temporary.unlink()


def _umask() -> int:
    # The umask can only be read by setting it.
    umask = os.umask(0o077)
    os.umask(umask)
    return umask


RUNS = "runs"
"""The folder of the journals in the state folder."""

DATABASE = "sandbox.db"
"""The database of the embedded sandbox in the state folder."""

COMPANIONS = ("-wal", "-shm", "-journal")
"""Suffixes of the additional files that SQLite creates next to a database."""

NAMED = 3
"""Number of files that a warning names; it counts the others."""


class ProjectState:
    """The state of the project in ``root``. Git is asked once which of its files are tracked."""

    def __init__(self, root: Path) -> None:
        self._root = root

    @cached_property
    def folder(self) -> Folder:
        """Return the state folder, which may not exist yet."""
        return Folder(self._root, tracked=_tracked(self._root))

    @cached_property
    def journals(self) -> "Journals":
        """Return the project's journals, with the key that seals them."""
        from trueup.apply.seal import PURPOSE, Journals
        from trueup.state.key import project_key

        return Journals(self.folder.below(RUNS), project_key(self._root, PURPOSE))

    @cached_property
    def left_over(self) -> "JournalSummary":
        """Return what earlier runs left. Raises Refused when the journals belong to another user.

        It is read once. An apply must not read it before it holds the lock, as another apply may still write.
        """
        from trueup.apply.last_applied import recall

        return recall(self.journals)

    def sandbox_file(self) -> Path | None:
        """Return the database of the embedded sandbox, or None, after a warning, when git tracks it.

        Raises Refused when it belongs to another user, UsageError when it cannot be opened.
        """
        if self.folder.tracks(DATABASE):
            sys.stderr.write(
                f"Warning: git tracks {STATE}/{DATABASE}, so it is not used: "
                "the sandbox starts from its seed and keeps nothing.\n"
            )
            return None
        try:
            return self.folder.checked(DATABASE, suffixes=COMPANIONS)
        except OSError as error:
            place = self.folder.path / DATABASE
            where = self.folder.denied_path(DATABASE)
            message = f"The sandbox cannot keep its state in {place}: {error.strerror}. Make {where} writable."
            raise UsageError(message) from None


def _tracked(root: Path) -> frozenset[str]:
    """Return the files of the state folder that git tracks, relative to the project; empty without git."""
    from trueup.git.work_tree import find_work_tree

    # Most projects have no state yet: no git process is started for them.
    if not os.path.lexists(root / STATE) or find_work_tree(root) is None:
        return frozenset()
    from trueup.git.objects import tracked
    from trueup.git.repository import open_repository

    try:
        with open_repository(root) as repository:
            found = tuple(tracked(repository, STATE))
    except (GitFailed, UsageError):
        # Safe without git as well: journals are sealed, so one that came with a commit is not trusted.
        return frozenset()
    # The .gitignore of the folder may be committed: it is not state.
    return frozenset(map(os.fsdecode, found)) - {f"{STATE}/{IGNORE}"}


def warn_unsettled_writes(state: ProjectState, common: RunOptions) -> None:
    """Warn on standard error about state that is not used and about earlier writes with an unknown outcome."""
    from trueup.report.safe_text import visible

    for warning in _warnings(state):
        sys.stderr.write(f"{visible(warning)}\n")
    if common.quiet:
        return
    for identity, run in sorted(state.left_over.open.items()):
        warning = (
            f"Run {run} does not know whether its last write to {identity} was accepted. "
            f"This plan reads it again; see 'trueup runs show {run}'."
        )
        sys.stderr.write(f"{visible(warning)}\n")


def _warnings(state: ProjectState) -> Iterator[str]:
    tracked, journals = state.folder.tracked, sorted(state.left_over.journals.items(), reverse=True)
    if tracked:
        yield (
            f"Warning: git tracks {_named(sorted(tracked))}. Files that a commit adds to {STATE} are ignored. "
            f"Run: git rm -r --cached {STATE}"
        )
    # One warning per reason: many journals can have the same one.
    for reason in dict.fromkeys(distrusted for _, (distrusted, _) in journals if distrusted):
        names = [run for run, (distrusted, _) in journals if distrusted == reason]
        yield f"Warning: the journal of {_named(names)} is not trusted: {reason}. See 'trueup runs'."
    for run, (distrusted, damaged) in journals:
        if damaged and not distrusted:
            yield f"Warning: the journal of {run} is not used from here on: {damaged}. See 'trueup runs'."


def _named(names: Sequence[str]) -> str:
    more = len(names) - NAMED
    return f"{', '.join(names[:NAMED])}{f' and {more:,} more' if more > 0 else ''}"


def save_plan(plan: "Plan", file: Path) -> None:
    """Write a plan to a file atomically. Raises UsageError when the file cannot be written."""
    from trueup.plan.codec import plan_to_json
    from trueup.report.json_text import indented

    try:
        # ASCII only, so encoding it cannot fail.
        put_file(file, f"{indented(plan_to_json(plan))}\n".encode())
    except OSError as error:
        message = f"The plan cannot be saved as {file}: {error.strerror}."
        raise UsageError(message) from None


def read_plan(file: Path) -> "Plan":
    """Read a saved plan, or the plan in the JSON document of the command plan.

    Raises InvalidInput when it is damaged, in another format or the document of another command, UsageError for no
    file.
    """
    from trueup.bounded import json_fault
    from trueup.plan.saved import plan_from_json
    from trueup.regular_file import DOCUMENT_BYTES, read_named
    from trueup.report.document import refused, result_of

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
    if not (isinstance(document, dict) and "command" in document):
        return plan_from_json(document, file=str(file))
    result = result_of(document, file=str(file))
    if result.command != "plan" or result.plan is None:
        # A preview has a plan too, but from git alone.
        message = "This document has no plan of live state. Give that of trueup plan --format json, or a saved plan."
        raise refused(str(file), "document-format", message)
    return result.plan


def read_records_file(file: Path) -> "Records":
    """Read a file of records. Raises InvalidInput when it is none, UsageError when it cannot be read."""
    from trueup.bounded import json_fault
    from trueup.plan.records import not_records, records_from_json
    from trueup.regular_file import DOCUMENT_BYTES, read_named

    try:
        document = json.loads(read_named(file, DOCUMENT_BYTES))
    except OSError as error:
        message = f"The records {file} cannot be read: {error.strerror}."
        raise UsageError(message) from None
    except (ValueError, RecursionError) as error:
        line, column = getattr(error, "lineno", 1), getattr(error, "colno", 1)
        raise not_records(str(file), json_fault(error), line=line, column=column) from None
    return records_from_json(document, file=str(file))


_CODES: Final = {"seed": "sandbox-seed", "faults": "sandbox-faults"}

PARTS_AT_MOST: Final = 4_000_000
"""Maximum nodes of a seed, more than of a manifest: one document has the whole live state. Other limits apply too."""


def read_seed(path: Path) -> "Seed":
    """Return the validated seed of a file; raise InvalidInput."""
    from trueup.sandbox.seed import check_seed

    content, _ = _read(path, "seed", PARTS_AT_MOST)
    return check_seed(content, str(path))


def read_faults(path: Path) -> "Faults":
    """Return the rules of a fault file; raise InvalidInput."""
    from trueup.sandbox.faults import faults_from_json

    content, positions = _read(path, "faults", None)
    return faults_from_json(content, str(path), positions)


def _read(path: Path, what: Literal["seed", "faults"], parts: int | None) -> tuple[object, "Positions | None"]:
    """Return the single document of a file as JSON values, and the positions of its nodes; None twice if it is empty.

    ``parts`` is the maximum number of nodes, None for that of a manifest. Raises InvalidInput.
    """
    from trueup.manifest.limits import limited
    from trueup.manifest.yaml_file import read_yaml
    from trueup.manifest.yaml_reader import Bounds
    from trueup.regular_file import read_named

    start = Position(str(path), 1, 1)
    try:
        read = read_yaml(read_named(path), str(path), Bounds(parts=parts, nodes=parts) if parts else None)
    except OSError as error:
        message = f"The {what} cannot be read: {error.strerror}."
        raise InvalidInput([Diagnostic(code=_CODES[what], message=message, position=start)]) from None
    errors = [problem for problem in read.diagnostics if problem.severity is Severity.ERROR]
    if errors:
        raise InvalidInput(limited(errors))
    if len(read.documents) > 1:
        message = f"The file of the {what} has more than one document."
        second = read.documents[1].positions.at(())
        raise InvalidInput([Diagnostic(code=_CODES[what], message=message, position=second)])
    # A decimal of a seed keeps its digits as they are written; a duration in the faults is a number.
    number = "{:f}".format if what == "seed" else float
    return next(((_plain(d.root, number), d.positions) for d in read.documents), (None, None))


def _plain(node: Any, number: Callable[[Decimal], object]) -> Any:
    """Return a document as JSON values; ``number`` converts decimals."""
    match node:
        case dict():
            return {key: _plain(value, number) for key, value in node.items()}
        case list():
            return [_plain(item, number) for item in node]
        case Decimal():
            return number(node)
        case _:
            return node

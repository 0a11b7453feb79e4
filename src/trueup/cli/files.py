"""Write files whole or not at all, and none through a link that leads out of the repository."""

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
    from trueup.apply.last_applied import LeftOver
    from trueup.apply.seal import Journals
    from trueup.model.plan import Plan
    from trueup.model.position import Positions
    from trueup.sandbox.faults import Faults
    from trueup.sandbox.seed import Seed


LONGEST_PREFIX = 40
"""How much of a file's name goes into that of its draft: names are bounded, in bytes."""


def check_written(places: Iterable[Path], *, file: Path | None, cwd: Path) -> None:
    """Refuse places that a link leads out of the repository to; links elsewhere are the user's own.

    ``file`` is the project file, None where there is none and ``cwd`` is the project's folder. Raises UsageError, which
    names the link and where it leads.
    """
    root = cwd if file is None else (cwd / file).parent
    limits = Limits(Project(root=root, file=file, manifests=(), targets={}, seed=None))
    for place in places:
        path = Path(absolute(place))
        way = (*reversed(path.parents), path)
        link, crossed = next(((link, found) for link in way if (found := limits.crossed(str(link)))), (path, None))
        if crossed is not None:
            leads = resolve_within(link) or link.readlink()
            raise UsageError(
                f"{place} is not used: the symbolic link {display(link, here())} leads out of {crossed.whole}, "
                f"to {leads}. Remove the link, or name that place itself."
            )


def put_file(file: Path, content: bytes) -> None:
    """Write a file, whole or not at all; what is not a regular file, such as a pipe or a terminal, is written to.

    A link still leads to its file, and permissions stay. Raises OSError.
    """
    place = Path(os.path.realpath(file))
    found = place.stat() if place.exists() else None
    # A file that a descriptor leads to is open already, and what stands in its place would not be read.
    opened = file.absolute().is_relative_to("/dev") or file.absolute().is_relative_to("/proc")
    if opened or (found is not None and not (S_ISREG(found.st_mode) and os.access(place.parent, os.W_OK))):
        file.write_bytes(content)
        return
    if found is not None and not os.access(place, os.W_OK):
        raise PermissionError(EACCES, os.strerror(EACCES), str(file))
    with _draft(place, content, lasting=False) as draft:
        draft.chmod(0o666 & ~_umask() if found is None else S_IMODE(found.st_mode))
        draft.replace(place)


def replace_file(file: Path, before: bytes, after: bytes) -> None:
    """Put ``after`` in the place of ``before``: permissions stay, and a symbolic link still leads to its file.

    Raises OSError, also for a file that must not be written or that no longer holds ``before``.
    """
    place = file.resolve(strict=True)
    if not os.access(place, os.W_OK):
        raise PermissionError(EACCES, os.strerror(EACCES), str(file))
    with _draft(place, after) as draft:
        draft.chmod(S_IMODE(place.stat().st_mode))
        if read_regular(str(place), len(before)) != before:
            raise OSError(ESTALE, "it was changed meanwhile", str(file))
        draft.replace(place)


def create_file(file: Path, content: bytes) -> None:
    """Write a file that is not there yet, and the folders above it. Raises OSError, FileExistsError among them."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with _draft(file, content, lasting=False) as draft:
        draft.chmod(0o666 & ~_umask())
        try:
            os.link(draft, file)
        except FileExistsError:
            raise
        except OSError:
            # A file system without links. What comes between the question and the answer is nobody's to expect.
            if os.path.lexists(file):
                raise FileExistsError(file) from None
            draft.replace(file)


@contextmanager
def _draft(place: Path, content: bytes, *, lasting: bool = True) -> Iterator[Path]:
    """Lend a file beside ``place`` that holds the content; it is gone afterwards unless it was moved.

    ``lasting``: the disk has it before anything else happens, so that not even a machine that stops loses both what was
    there and what came.
    """
    from tempfile import NamedTemporaryFile

    prefix = f".{place.name[:LONGEST_PREFIX]}."
    with NamedTemporaryFile(dir=place.parent, prefix=prefix, delete=False) as file:
        draft = Path(file.name)
        try:
            file.write(content)
            file.flush()
            if lasting:
                os.fsync(file.fileno())
            yield draft
        finally:
            with suppress(FileNotFoundError):
                draft.unlink()


def _umask() -> int:
    umask = os.umask(0o077)
    os.umask(umask)
    return umask


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
    def left(self) -> "LeftOver":
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
    from trueup.git.objects import tracked
    from trueup.git.repository import open_repository

    try:
        with open_repository(root) as repository:
            found = tuple(tracked(repository, STATE))
    except (GitFailed, UsageError):
        # Journals and caches are sealed: without git, what came with a commit is still no evidence.
        return frozenset()
    return frozenset(map(os.fsdecode, found)) - {f"{STATE}/{IGNORE}"}


def say_unsettled(kept: Kept, common: RunOptions) -> None:
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


_CODES: Final = {"seed": "sandbox-seed", "faults": "sandbox-faults"}

PARTS_AT_MOST: Final = 4_000_000
"""Parts of a seed: one document holds all of an estate's live state. The bounds on bytes and aliases hold as well."""


def read_seed(path: Path) -> "Seed":
    """Return a checked seed; raises InvalidInput."""
    from trueup.sandbox.seed import check_seed

    content, _ = _read(path, "seed", PARTS_AT_MOST)
    return check_seed(content, str(path))


def read_faults(path: Path) -> "Faults":
    """Return the rules of a fault file; raises InvalidInput."""
    from trueup.sandbox.faults import faults_from_json

    content, positions = _read(path, "faults", None)
    return faults_from_json(content, str(path), positions)


def _read(path: Path, what: Literal["seed", "faults"], parts: int | None) -> tuple[object, "Positions | None"]:
    """Return the one document of a file as JSON has it, and where its nodes are; None and None for an empty file.

    ``parts`` are those that the document may have; None: those of a manifest. Raises InvalidInput.
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
    number = "{:f}".format if what == "seed" else float
    return next(((_plain(d.root, number), d.positions) for d in read.documents), (None, None))


def _plain(node: Any, number: Callable[[Decimal], object]) -> Any:
    """Return a document as JSON has it, each decimal as what ``number`` makes of it."""
    match node:
        case dict():
            return {key: _plain(value, number) for key, value in node.items()}
        case list():
            return [_plain(item, number) for item in node]
        case Decimal():
            return number(node)
        case _:
            return node

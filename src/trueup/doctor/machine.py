"""The checks of this machine: versions, git, the project file and the folder of its state."""

import errno
import fcntl
import json
import os
import platform
import ssl
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from trueup import __version__
from trueup.apply.history import JOURNAL_SUFFIX, LINE_BYTES
from trueup.apply.interrupt import NAME as LOCK
from trueup.apply.record import record_from_json
from trueup.apply.seal import unsealed
from trueup.doctor.checks import CheckRow, Seen, first_names, in_thread, ok
from trueup.errors import GitFailed, InvalidInput, UsageError
from trueup.git.objects import open_objects
from trueup.git.repository import open_repository
from trueup.manifest.project import Project
from trueup.model.checkup import CheckState
from trueup.plan.typed_json import Unexpected
from trueup.state.folder import Folder

LIBRARIES: Final = (
    *("certifi", "click", "h11", "httpcore", "httpx", "jinja2", "jsonschema", "jsonschema-rs", "pyyaml", "rfc8785"),
    *("rich", "starlette", "uvicorn"),
)
"""The packages of which a bug report needs the versions."""

SHARED_FILE_SYSTEMS: Final = frozenset(
    {"9p", "afs", "ceph", "cifs", "fuse.glusterfs", "fuse.sshfs", "lustre", "nfs", "nfs4", "smb3"}
)
"""File systems of several machines. In some, a lock holds on one machine only; in others, it remains after its
machine has failed."""

_TARGETS_NAMED: Final = 10

MOUNTS: Final = Path("/proc/self/mounts")
"""The mounted file systems, on Linux only."""

_NO_LOCKS: Final = frozenset({errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP})


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineSubject:
    """What is checked on this machine.

    ``project`` is None without a project file, and an error for an invalid one, ``file`` its name. ``base`` is a
    revision that must be readable, empty for none. ``folder`` is the one of the state, next to the project file.
    ``runs`` is the name of the folder of journals in it.
    """

    environ: Mapping[str, str]
    project: Project | InvalidInput | None
    file: str
    base: str
    folder: Folder
    runs: str
    mounts: Path = MOUNTS


async def _versions(_: MachineSubject) -> Seen:
    machine = f"{platform.system()} {platform.release()} {platform.machine()}"
    text = f"trueup {__version__}, Python {platform.python_version()}, {machine}"
    libraries = [f"{name} {_version(name)}" for name in LIBRARIES]
    return ok(text, f"Python at {sys.executable}", ", ".join([ssl.OPENSSL_VERSION, *libraries]))


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "is not installed as a package"


async def _git(subject: MachineSubject) -> Seen:
    def look() -> Seen:
        try:
            with open_repository(subject.folder.root, subject.environ) as repository:
                top = repository.tree.top
                if repository.shallow:
                    advice = "Run git fetch --unshallow; in GitHub Actions, give actions/checkout fetch-depth: 0."
                    return Seen(CheckState.WARN, f"the clone {top} is shallow: old commits are missing", advice)
                if repository.partial:
                    advice = "Run git fetch --refetch --no-filter; in GitHub Actions, give actions/checkout no filter."
                    return Seen(CheckState.WARN, f"the clone {top} is partial: some files are missing", advice)
                return ok(f"the repository {top}, with its whole history")
        except UsageError:
            return Seen(CheckState.SKIPPED, "not in a clone, which --base and --changed-since need")
        except GitFailed as error:
            # Without it, everything works but comparing with another commit.
            return Seen(CheckState.WARN, str(error))

    return await in_thread(look)


async def _base(subject: MachineSubject) -> Seen:
    def look() -> Seen:
        try:
            with open_repository(subject.folder.root, subject.environ) as repository:
                if not subject.base:
                    advice = "Name the one that you compare with: --base origin/main."
                    return Seen(CheckState.SKIPPED, "no commit is named", advice)
                with open_objects(repository) as objects:
                    return ok(f"{subject.base} is {objects.commit(subject.base)}")
        except (UsageError, GitFailed):
            if subject.base:
                raise
            # Without a repository, no commit can be named.
            return Seen(CheckState.SKIPPED, "no commit is named")

    return await in_thread(look)


async def _project(subject: MachineSubject) -> Seen:
    match subject.project:
        case None:
            text = "no trueup.yaml in this folder or above it"
            return Seen(CheckState.MISSING, text, "Run trueup init, or change to the folder of a project.")
        case InvalidInput():
            number = len(subject.project.diagnostics)
            text = f"{subject.file} has {number} {_plural(number, 'problem')}"
            return Seen(CheckState.FAIL, text, "Correct what the diagnostics name.", invalid=True)
        case Project(targets=targets) if not targets:
            return Seen(CheckState.MISSING, f"{subject.file} has no targets", "Add a target to trueup.yaml.")
        case Project(targets=targets):
            names = first_names(tuple(targets), _TARGETS_NAMED)
            return ok(f"{subject.file} with the {_plural(len(targets), 'target')} {names}")


def _plural(number: int, noun: str) -> str:
    return noun if number == 1 else f"{noun}s"


async def _state(subject: MachineSubject) -> Seen:
    def look() -> Seen:
        folder = subject.folder
        try:
            with folder.opened() as opened:
                writable = os.access(".", os.W_OK | os.X_OK, dir_fd=opened, effective_ids=True)
        except FileNotFoundError:
            if os.access(folder.root, os.W_OK | os.X_OK, effective_ids=True):
                return ok(f"{folder.path} is not there yet; the first apply makes it")
            writable = False
        except OSError as error:
            return _unreadable(folder, error)
        if not writable:
            return Seen(
                CheckState.FAIL, f"{folder.path} cannot be written", "Make it writable: apply keeps journals in it."
            )
        return ok(f"{folder.path} can be written")

    return await in_thread(look)


def _unreadable(folder: Folder, error: OSError, *names: str) -> Seen:
    """Return the failure of reading a folder, or the entry ``names`` in it."""
    text = f"{folder.denied_path(*names)} cannot be read: {error.strerror}"
    return Seen(CheckState.FAIL, text, "Let this user read it, or remove it.")


async def _file_system(subject: MachineSubject) -> Seen:
    def look() -> Seen:
        try:
            lines = subject.mounts.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return Seen(CheckState.SKIPPED, "this system does not list its file systems")
        kind = _kind_of(subject.folder.root.resolve(), lines)
        if kind in SHARED_FILE_SYSTEMS:
            text = f"{subject.folder.root} is on {kind}, which other machines can share"
            advice = "Its locks may not hold between machines: do not apply from two of them at a time."
            return Seen(CheckState.WARN, text, advice)
        return ok(f"{kind or 'unknown'}, of this machine alone")

    return await in_thread(look)


def _kind_of(folder: Path, mounts: list[str]) -> str:
    """Return the type of the file system that a folder is on, empty when no line names it."""
    # A line is `device place type options`, in which a space of a place is \\040 (proc_mounts(5)). Of two lines for one
    # place, the last counts.
    fields = [line.split(" ") for line in mounts]
    places = [(Path(words[1].replace("\\040", " ")), words[2]) for words in fields if len(words) > 2]  # noqa: PLR2004
    above = [(len(at.parts), number, kind) for number, (at, kind) in enumerate(places) if folder.is_relative_to(at)]
    return max(above)[2] if above else ""


async def _lock(subject: MachineSubject) -> Seen:
    def look() -> Seen:
        folder = subject.folder
        try:
            with folder.opened() as opened:
                file = folder.open(opened, LOCK, os.O_RDONLY)
        except FileNotFoundError:
            return ok("none")
        except OSError as error:
            return _unreadable(folder, error, LOCK)
        try:
            # Shared and at once given back: a run that begins meanwhile would only see it for a moment.
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(file, 32, 0).decode(errors="replace").strip()
            text = f"an apply is running{f' (process {holder})' if holder else ''}"
            advice = "Wait for it. If none runs here, it is on another machine that shares the folder."
            return Seen(CheckState.WARN, text, advice)
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                raise
            return Seen(CheckState.FAIL, "the file system has no locks", "Move the project to a local file system.")
        finally:
            os.close(file)
        return ok("free")

    return await in_thread(look)


async def _journals(subject: MachineSubject) -> Seen:
    def look() -> Seen:
        folder = subject.folder.below(subject.runs)
        names = [name for name in folder.entries() if name.endswith(JOURNAL_SUFFIX)]
        if not names:
            return ok("none")
        # A name starts with the time, so the last one is the newest.
        try:
            with folder.reading(names[-1], sys.maxsize) as file:
                line = file.readline(LINE_BYTES)
            record_from_json(json.loads(unsealed(line.removesuffix(b"\n"))))
        except OSError as error:
            return _unreadable(folder, error, names[-1])
        except Unexpected as error:
            advice = "If a later trueup wrote it, update this one; else see: trueup runs"
            return Seen(CheckState.WARN, f"{names[-1]}: {error}", advice)
        except (ValueError, RecursionError):
            return Seen(CheckState.WARN, f"{names[-1]} cannot be read", "See: trueup runs")
        return ok(f"{len(names):,}, the newest is {names[-1].removesuffix(JOURNAL_SUFFIX)}")

    return await in_thread(look)


MACHINE_CHECKS: Final[tuple[CheckRow[MachineSubject], ...]] = (
    CheckRow("versions", _versions),
    CheckRow("git", _git),
    CheckRow("base", _base, advice="--base and --changed-since need this commit."),
    CheckRow("project", _project),
)
"""The checks that need no project."""

STATE_CHECKS: Final[tuple[CheckRow[MachineSubject], ...]] = (
    CheckRow("state", _state),
    CheckRow("file system", _file_system),
    CheckRow("lock", _lock, ("state",)),
    CheckRow("journals", _journals, ("state",)),
)
"""The checks of the folder next to a project file."""

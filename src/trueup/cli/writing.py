"""Write files whole or not at all, and none through a link that leads out of the repository."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from errno import EACCES, ESTALE
from pathlib import Path
from stat import S_IMODE, S_ISREG
from tempfile import NamedTemporaryFile

from trueup.cli.working_directory import here
from trueup.errors import UsageError
from trueup.manifest.discovery import Limits, absolute
from trueup.manifest.file_names import display
from trueup.manifest.project import Project
from trueup.manifest.symlinks import resolve
from trueup.regular_file import read_regular

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
            leads = resolve(link) or link.readlink()
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

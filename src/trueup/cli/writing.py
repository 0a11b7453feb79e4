"""Write files whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from errno import EACCES, ESTALE
from pathlib import Path
from stat import S_IMODE
from tempfile import NamedTemporaryFile

from trueup.regular_file import read_regular

LONGEST_PREFIX = 40
"""How much of a file's name goes into that of its draft: names are bounded, in bytes."""


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

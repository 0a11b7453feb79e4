"""Write several files or none of them."""

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from trueup.cli.files import create_file, replace_file
from trueup.cli.signals import hold
from trueup.errors import TrueupError


@dataclass(frozen=True, slots=True)
class FileWrite:
    """A file to write, with its content before and after; ``before`` is None for a new file."""

    file: Path
    before: bytes | None
    after: bytes


def write_all(writes: Sequence[FileWrite]) -> None:
    """Write all files, or none; raise TrueupError when one cannot be written. Later signals wait for the result."""
    # From here on, a signal waits until all files are written.
    hold()
    done: list[FileWrite] = []
    folders: list[Path] = []
    for write in writes:
        folders += [folder for folder in write.file.parents if not os.path.lexists(folder)]
        try:
            _write(write)
        except OSError as error:
            left = [other for other in reversed(done) if not _restored(other)]
            _remove(folders)
            raise TrueupError(_message(write.file, error, left)) from None
        done.append(write)


def _write(write: FileWrite) -> None:
    if write.before is None:
        create_file(write.file, write.after)
    else:
        replace_file(write.file, write.before, write.after)


def _restored(write: FileWrite) -> bool:
    """Restore one file; return whether it is now as before."""
    with suppress(OSError):
        if write.before is None:
            write.file.unlink()
        else:
            replace_file(write.file, write.after, write.before)
        return True
    return False


def _remove(folders: Sequence[Path]) -> None:
    # The deepest first; a folder with other files stays.
    for folder in sorted(set(folders), key=lambda path: len(path.parts), reverse=True):
        with suppress(OSError):
            folder.rmdir()


def _message(file: Path, error: OSError, left: Sequence[FileWrite]) -> str:
    names = ", ".join(str(write.file) for write in left)
    state = f"These were written and could not be restored: {names}." if left else "Nothing was written."
    # The nearest folder that exists: the others would have been created in it.
    folder = next(folder for folder in file.absolute().parents if folder.exists())
    closed = file if os.access(folder, os.W_OK) else folder
    hint = f" Make {closed} writable." if isinstance(error, PermissionError) else ""
    return f"{file} cannot be written: {error.strerror or 'it was created meanwhile'}. {state}{hint}"

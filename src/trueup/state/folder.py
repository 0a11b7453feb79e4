"""Read and write files in a project's ``.trueup``, protected from other users and from commits.

A commit or a pull request can bring a ``.trueup`` with symlinks to other files. So every folder and file is opened
relative to the descriptor of the folder above it, without following symlinks, and is accepted only if it belongs to
this user. If others can write to one of this user's folders, that permission is removed when the folder is opened.
"""

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from errno import EISDIR, ELOOP, ENOTDIR, ENXIO
from pathlib import Path
from typing import BinaryIO, Final

from trueup.errors import Refused

STATE: Final = ".trueup"
"""The folder, next to the project file, for everything that trueup keeps in a working copy."""

IGNORE: Final = ".gitignore"
"""The file that makes git ignore the folder; a commit may contain it."""

_IGNORE_TEXT: Final = b"# Made by trueup; nothing in here belongs in git.\n*\n"
_SAFE: Final = os.O_CLOEXEC | os.O_NOFOLLOW
_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_OTHERS_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH
_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _SAFE


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of trueup; ``names`` is its path below ``root``, the project's folder.

    Symlinks in the path of ``root`` are the user's own and are followed. ``tracked`` are the paths below ``root`` that
    git tracks, with slashes: their content came with a commit. Every method that opens something raises Refused when a
    folder or file on its path is a symlink, has another type or belongs to another user, and OSError when the system
    refuses it.
    """

    root: Path
    names: tuple[str, ...] = (STATE,)
    tracked: frozenset[str] = frozenset()

    @property
    def path(self) -> Path:
        """Return the path, for messages."""
        return self.root.joinpath(*self.names)

    def below(self, name: str) -> "Folder":
        """Return the subfolder of this name."""
        return replace(self, names=(*self.names, name))

    def tracks(self, name: str) -> bool:
        """Return whether git tracks the entry of this name, or a folder that it is in."""
        parts = (*self.names, name)
        return any("/".join(parts[:length]) in self.tracked for length in range(1, len(parts) + 1))

    @contextmanager
    def opened(self, *, make: bool = False) -> Iterator[int]:
        """Yield a descriptor of the folder. With ``make``, it and the folders above it are created if missing.

        Raises FileNotFoundError when it is missing.
        """
        # Step by step with dir_fd: a folder that is replaced by a symlink in the meantime is noticed and not followed.
        current = os.open(self.root, _FOLDER)
        try:
            owners = _owners(current)
            for depth, name in enumerate(self.names, start=1):
                entered = _enter(current, name, self.root.joinpath(*self.names[:depth]), owners, make=make)
                os.close(current)
                current = entered
                if make and name == STATE:
                    _ignore(current)
            yield current
        finally:
            os.close(current)

    def entries(self) -> list[str]:
        """Return the names in the folder, sorted, without those that git tracks; none when the folder is missing.

        Raises Refused when it cannot be read: its content must not be taken for empty.
        """
        try:
            with self.opened() as folder:
                return sorted(name for name in os.listdir(folder) if not self.tracks(name))  # noqa: PTH208 - of a descriptor
        except FileNotFoundError:
            return []
        except OSError as error:
            message = f"{self.denied_path()} cannot be read: {error.strerror}. Let this user read it, or remove it."
            raise Refused(message) from None

    def denied_path(self, *names: str) -> Path:
        """Return, for an error message, the path that denied access to the entry ``names``.

        That is the first folder that this user cannot enter or list, else the last one that exists.
        """
        found = self.root
        for name in (*self.names, *names):
            # The effective user opens files, but access() asks for the real one by default.
            entered = os.access(found, os.R_OK | os.X_OK, effective_ids=True)
            if not entered or not os.path.lexists(found / name):
                break
            found /= name
        return found

    @contextmanager
    def reading(self, name: str, most: int) -> Iterator[BinaryIO]:
        """Yield a file, opened for reading. Raises Refused when it is larger than ``most`` bytes."""
        with self.opened() as folder, os.fdopen(self.open(folder, name, os.O_RDONLY), "rb") as file:
            if os.fstat(file.fileno()).st_size > most:
                raise Refused(f"{self.path / name} is larger than {most:,} bytes.")
            yield file

    def open(self, folder: int, name: str, flags: int) -> int:
        """Open a file in the folder with the descriptor ``folder``, and return the file's descriptor.

        A file with several names (hard links) is not opened for writing: the other name may be outside the folder.
        """
        path = self.path / name
        try:
            # Without O_NONBLOCK, opening a named pipe would wait for its other end.
            file = os.open(name, flags | _SAFE | os.O_NONBLOCK, 0o600, dir_fd=folder)
        except OSError as error:
            # A symlink (O_NOFOLLOW), a folder opened for writing, and a socket or a pipe without a reader.
            if error.errno in {ELOOP, EISDIR, ENXIO}:
                raise _refused(path, _kind(name, folder, "is not a regular file")) from None
            raise
        try:
            # The opened file is checked and not its path, which could be replaced between a check and the opening.
            _check_file(os.fstat(file), path, _owners(folder), written=bool(flags & (os.O_WRONLY | os.O_RDWR)))
        except BaseException:
            os.close(file)
            raise
        return file

    def checked(self, name: str, *, suffixes: Sequence[str] = ()) -> Path:
        """Return the path of a file, for a library that opens files by path; the file is created if it is missing.

        ``suffixes`` are those of further files that the library opens; they are checked if they exist.
        """
        with self.opened(make=True) as folder:
            os.close(self.open(folder, name, os.O_RDWR | os.O_CREAT))
            for suffix in suffixes:
                with suppress(FileNotFoundError):
                    os.close(self.open(folder, f"{name}{suffix}", os.O_RDWR))
        return self.path / name

    def replace(self, name: str, content: bytes) -> None:
        """Write a file atomically, replacing an existing one; a symlink is replaced and not followed."""
        with self.opened(make=True) as folder:
            # A random name, and O_EXCL in _NEW: no other process can have created this file.
            draft = f"{name}.{os.urandom(8).hex()}"
            try:
                with os.fdopen(os.open(draft, _NEW, 0o600, dir_fd=folder), "wb") as file:
                    file.write(content)
                os.replace(draft, name, src_dir_fd=folder, dst_dir_fd=folder)
            except BaseException:
                with suppress(OSError):
                    os.unlink(draft, dir_fd=folder)
                raise

    def remove(self, name: str) -> None:
        """Remove a file, which may be missing."""
        with self.opened() as folder, suppress(FileNotFoundError):
            os.unlink(name, dir_fd=folder)


def _owners(folder: int) -> frozenset[int]:
    """Return the ids of the users whose files are accepted: this user and, for root, the owner of ``folder``.

    In a container, root often works in a mounted folder that belongs to a user of the host.
    """
    user = os.geteuid()
    return frozenset({user} if user else {user, os.fstat(folder).st_uid})


def _enter(parent: int, name: str, path: Path, owners: frozenset[int], *, make: bool) -> int:
    if make:
        with suppress(FileExistsError):
            os.mkdir(name, 0o700, dir_fd=parent)
    try:
        folder = os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=parent)
    except OSError as error:
        if error.errno in {ELOOP, ENOTDIR}:
            raise _refused(path, _kind(name, parent, "is not a folder")) from None
        raise
    try:
        found = os.fstat(folder)
        _check_owner(found, path, owners)
        if found.st_mode & _OTHERS_WRITE and found.st_uid == os.geteuid():
            # This fails only on a read-only file system, or on one that stores no permissions.
            with suppress(OSError):
                os.fchmod(folder, stat.S_IMODE(found.st_mode) & ~_OTHERS_WRITE)
    except BaseException:
        os.close(folder)
        raise
    return folder


def _check_file(found: os.stat_result, path: Path, owners: frozenset[int], *, written: bool) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise _refused(path, "is not a regular file")
    _check_owner(found, path, owners)
    if written and found.st_nlink > 1:
        raise _refused(path, "is another name (a hard link) of another file")


def _check_owner(found: os.stat_result, path: Path, owners: frozenset[int]) -> None:
    if found.st_uid not in owners:
        raise _refused(path, f"belongs to another user (user id {found.st_uid})")


def _kind(name: str, folder: int, otherwise: str) -> str:
    """Return what is wrong with an entry of a folder; ``otherwise`` if it is neither a symlink nor a folder."""
    with suppress(OSError):
        # Only for the message: the entry may have been replaced since it could not be opened.
        mode = os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
        if stat.S_ISLNK(mode):
            return "is a symbolic link"
        if stat.S_ISDIR(mode):
            return "is a folder where a file is expected"
    return otherwise


def _refused(path: Path, fault: str) -> Refused:
    return Refused(f"{path} {fault}. trueup uses only its own files there: find out where it came from and remove it.")


def _ignore(folder: int) -> None:
    """Make git ignore the folder; a failure is ignored, as the folder works without it."""
    with suppress(OSError), os.fdopen(os.open(IGNORE, _NEW, 0o644, dir_fd=folder), "wb") as file:
        file.write(_IGNORE_TEXT)

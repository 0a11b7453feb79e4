"""Read regular files up to a size limit, and nothing else.

A path can name a pipe that has no writer, an endless device, or a file that is larger than the memory.
"""

import os
from errno import EINVAL
from pathlib import Path
from stat import S_ISREG
from typing import Final

TEXT_BYTES: Final = 16 * 1024 * 1024
"""The size limit, in bytes, of a file that people write: a manifest, a project file, a seed, a list of faults."""

DOCUMENT_BYTES: Final = 256 * 1024 * 1024
"""The size limit, in bytes, of a file that trueup writes and reads again: a saved plan, a JSON document."""

_PART: Final = 65_536
# Without O_NONBLOCK, opening a pipe would wait for its writer.
_FLAGS: Final = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK


def read_regular(real: str, most: int = TEXT_BYTES) -> bytes:
    """Return the content of the file at a resolved path, or its first ``most`` + 1 bytes when it is larger.

    Raises OSError, also for a symlink and for anything that is not a regular file.
    """
    descriptor = os.open(real, _FLAGS)
    try:
        if not S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(EINVAL, "it is not a regular file", real)
        # Two calls a file: a third of the time of a file object.
        parts = []
        left = most + 1
        while left and (part := os.read(descriptor, min(_PART, left))):
            parts.append(part)
            left -= len(part)
        return b"".join(parts)
    finally:
        os.close(descriptor)


def read_named(path: str | Path, most: int = TEXT_BYTES) -> bytes:
    """Return the content of a file that the user named; symlinks are followed.

    Raises OSError, also when the file is larger than ``most`` bytes.
    """
    content = read_regular(os.path.realpath(path), most)
    if len(content) > most:
        raise OSError(EINVAL, f"it is larger than {most:,} bytes", str(path))
    return content

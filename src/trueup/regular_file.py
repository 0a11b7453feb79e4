"""Read regular files of a bounded size, and nothing else.

A name can lead to a pipe that nothing writes to, to a device without an end, or to a file larger than the memory.
"""

import os
from errno import EINVAL
from pathlib import Path
from stat import S_ISREG
from typing import Final

TEXT_BYTES: Final = 16 * 1024 * 1024
"""Bytes of the largest file that people write: a manifest, a project file, a seed, a list of faults."""

DOCUMENT_BYTES: Final = 256 * 1024 * 1024
"""Bytes of the largest file that trueup writes itself and reads again: a saved plan, a JSON document."""

_PART: Final = 65_536
# Without O_NONBLOCK, a pipe would be waited for.
_FLAGS: Final = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK


def read_regular(real: str, most: int = TEXT_BYTES) -> bytes:
    """Return what the file at a resolved path holds, or its first ``most`` + 1 bytes when it is larger.

    Raises OSError, also for a symbolic link and for what is not a regular file.
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
    """Return what a file holds that the user named: links are followed. Raises OSError, also when it is larger."""
    content = read_regular(os.path.realpath(path), most)
    if len(content) > most:
        raise OSError(EINVAL, f"it is larger than {most:,} bytes", str(path))
    return content

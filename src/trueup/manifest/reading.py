"""Read and check many files, each as far as that was not done before, and on more than one core where that pays."""

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from trueup.errors import Diagnostic
from trueup.manifest.cache import Cache
from trueup.manifest.checked import CheckedFile
from trueup.manifest.files import Source
from trueup.manifest.packed import Unpackable, pack, unpack
from trueup.model.position import Position

FILES_A_PROCESS: Final = 200
"""So many files take several times as long as another process takes to begin."""

BYTES_A_FILE: Final = 1000
"""A file of many manifests counts for as many files as it is this large."""

_PART: Final = 65_536
_DIGEST: Final = hashlib.sha256().digest_size
_HERE: Final = b""
"""Stands for a file that cannot be packed or not be read: whoever gets this looks at the file itself."""


def checked_files(
    sources: Sequence[Source], *, stdin: Callable[[], bytes] | None, cache: Cache | None, processes: int | None = None
) -> Iterator[CheckedFile]:
    """Give what each file says, in the order of the sources; what is wrong with a file is in its diagnostics.

    ``processes`` is how many work side by side at most, None for as many as pay. One file is given while others are
    still being read.
    """
    packed = _remembered(sources, cache)
    paths = [source.path for source in sources if source.path is not None and source.path not in packed]
    if processes is None:
        processes = _fitting(paths)
    results = _spread(paths, processes) if cache is not None or processes > 1 else None
    for source in sources:
        known = _HERE if source.path is None else packed.pop(source.path, _HERE)
        if results is not None and source.path is not None and not known:
            found = next(results)
            known = found[_DIGEST:]
            if cache is not None and known:
                cache.put(found[:_DIGEST], known)
        yield _unpacked(known, source, stdin)


def _fitting(paths: Sequence[str]) -> int:
    """Return how many processes pay for so many files."""
    work = len(paths) if len(paths) >= 2 * FILES_A_PROCESS else sum(map(_size, paths)) // BYTES_A_FILE
    if work < 2 * FILES_A_PROCESS:
        return 1
    from trueup.manifest.parallel import workers  # noqa: PLC0415 - small runs have no use for it

    return workers(work, each=FILES_A_PROCESS)


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size  # noqa: PTH116 - see trueup.manifest.files on path objects
    except OSError:
        return 0


def _spread(paths: Sequence[str], processes: int) -> Iterator[bytes]:
    """Give what :func:`_read_and_pack` does for each path."""
    if processes == 1:
        return map(_read_and_pack, paths)
    # What checks files is imported here, once, and not once in every process.
    import trueup.manifest.checking  # noqa: F401, PLC0415 - see above
    from trueup.manifest.parallel import spread  # noqa: PLC0415 - as above

    return spread(paths, _read_and_pack, processes=processes)


def _remembered(sources: Sequence[Source], cache: Cache | None) -> dict[str, bytes]:
    """Return what the cache has of the files, packed, by path."""
    found: dict[str, bytes] = {}
    if cache is None or cache.empty:
        return found
    for source in sources:
        text = None if source.path is None else _text_of(source.path)
        packed = None if text is None else cache.get(_digest(text))
        if packed is not None and source.path is not None:
            found[source.path] = packed
    return found


def _unpacked(packed: bytes, source: Source, stdin: Callable[[], bytes] | None) -> CheckedFile:
    if packed:
        try:
            return unpack(packed, source.name)
        except Unpackable:
            pass  # whatever it is, the file itself tells
    try:
        return _checked(_bytes_of(source, stdin), source.name)
    except OSError as error:
        message = f"The file cannot be read: {error.strerror}."
        unreadable = Diagnostic(code="unreadable-file", message=message, position=Position(source.name, 1, 1))
        return CheckedFile(documents=(), count=0, diagnostics=(unreadable,))


def _read_and_pack(path: str) -> bytes:
    """Return the digest of a file's text and, packed, what it says; both are of one reading."""
    text = _text_of(path)
    if text is None:
        return _HERE
    try:
        return _digest(text) + pack(_checked(text, ""))
    except Unpackable:
        return _HERE


def _checked(text: bytes, name: str) -> CheckedFile:
    from trueup.manifest.checking import check_text  # noqa: PLC0415 - where all files are known, none is checked

    return check_text(text, name)


def _digest(text: bytes) -> bytes:
    return hashlib.sha256(text).digest()


def _text_of(path: str) -> bytes | None:
    try:
        return _read(path)
    except OSError:
        return None


def _bytes_of(source: Source, stdin: Callable[[], bytes] | None) -> bytes:
    if source.path is None:
        return stdin() if stdin else b""
    return _read(source.path)


def _read(path: str) -> bytes:
    """Read a file with as few calls as it takes: a third of the time of a file object."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        parts = []
        while part := os.read(descriptor, _PART):
            parts.append(part)
        return b"".join(parts)
    finally:
        os.close(descriptor)

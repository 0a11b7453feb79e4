"""Read and check many files, each as far as that was not done before, and on more than one core where that pays."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from trueup.errors import Diagnostic
from trueup.manifest.cache import Cache
from trueup.manifest.checked import CheckedFile, check_text
from trueup.manifest.files import Source
from trueup.manifest.packed import Unpackable, pack, unpack
from trueup.manifest.parallel import spread, workers
from trueup.model.position import Position

FILES_A_PROCESS: Final = 200
"""So many files take several times as long as another process takes to begin."""

_DIGEST: Final = hashlib.sha256().digest_size
_HERE: Final = b""
"""Stands for a file that cannot be packed or not be read: whoever gets this looks at the file itself."""


def checked_files(
    sources: Sequence[Source], *, stdin: Callable[[], bytes] | None, cache: Cache | None, processes: int | None = None
) -> Iterator[CheckedFile]:
    """Give what each file says, in the order of the sources; what is wrong with a file is in its diagnostics.

    ``processes`` is how many work side by side at most, None for as many as pay.
    """
    packed = _remembered(sources, cache)
    paths = [source.path for source in sources if source.path is not None and source.path not in packed]
    fitting = workers(len(paths), each=FILES_A_PROCESS) if processes is None else processes
    if cache is not None or fitting > 1:
        for path, found in zip(paths, spread(paths, _read_and_pack, processes=fitting), strict=True):
            packed[path] = found[_DIGEST:]
            if cache is not None and found:
                cache.put(found[:_DIGEST], found[_DIGEST:])
    for source in sources:
        yield _unpacked(packed.pop(source.path or "", _HERE), source, stdin)


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
        return check_text(_bytes_of(source, stdin), source.name)
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
        return _digest(text) + pack(check_text(text, ""))
    except Unpackable:
        return _HERE


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
    with open(path, "rb") as file:  # noqa: PTH123 - see trueup.manifest.files on path objects
        return file.read()

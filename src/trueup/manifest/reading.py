"""Read and check many files, each as far as that was not done before, and on more than one core where that pays."""

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from functools import cache as cache_once
from functools import partial
from typing import Final

from trueup.errors import Diagnostic, UsageError
from trueup.manifest.cache import Cache
from trueup.manifest.checked import CheckedFile
from trueup.manifest.files import Source
from trueup.manifest.packed import Unpackable, is_outline, outline, pack, unpack
from trueup.model.position import Position
from trueup.regular_file import read_regular

Form = Callable[[CheckedFile], bytes]

FILES_A_PROCESS: Final = 200
"""So many files take several times as long as another process takes to begin."""

BYTES_A_FILE: Final = 1000
"""A file of many manifests counts for as many files as it is this large."""

_DIGEST: Final = hashlib.sha256().digest_size
_HERE: Final = b""
"""Stands for a file that cannot be packed or not be read: whoever gets this looks at the file itself."""


def checked_files(
    sources: Sequence[Source],
    *,
    stdin: Callable[[], bytes] | None,
    cache: Cache | None,
    specs: bool = True,
    processes: int | None = None,
) -> Iterator[CheckedFile]:
    """Give what each file says, in the order of the sources; what is wrong with a file is in its diagnostics.

    Without ``specs`` nobody will look at more of a document than its metadata and lifecycle, as a rule; who does pays
    for reading its file again. ``processes`` is how many work side by side at most, None for as many as pay. One file
    is given while others are still being read.
    """
    packed = _remembered(sources, cache, specs=specs)
    unknown = [source for source in sources if source.path is not None and source.path not in packed]
    if processes is None:
        processes = _fitting([source.path for source in unknown if source.path is not None])
    packs = cache is not None or processes > 1
    results = _spread(unknown, processes, pack if specs else outline) if packs else None
    for source in sources:
        known = _HERE if source.path is None else packed.pop(source.path, _HERE)
        if results is not None and source.path is not None and not known:
            known = next(results)
            if cache is not None and known:
                cache.put(known[:_DIGEST], known[_DIGEST:])
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


def _spread(sources: Sequence[Source], processes: int, form: Form) -> Iterator[bytes]:
    """Give for each file the digest of its text and what it says, packed in this form; both of one reading."""
    work = partial(_read_and_pack, form)
    if processes == 1:
        return map(work, sources)
    # What checks files is imported here, once, and not once in every process.
    import trueup.manifest.checking  # noqa: F401, PLC0415 - see above
    from trueup.manifest.parallel import spread  # noqa: PLC0415 - as above

    return spread(sources, work, processes=processes)


def _remembered(sources: Sequence[Source], cache: Cache | None, *, specs: bool) -> dict[str, bytes]:
    """Return what the cache has of the files, by path: the digest of the text, and the file packed."""
    found: dict[str, bytes] = {}
    if cache is None or cache.empty:
        return found
    for source in sources:
        text = _text_of(source.path)
        digest = _HERE if text is None else _digest(text)
        packed = cache.get(digest) if digest else None
        if packed is not None and source.path is not None and not (specs and is_outline(packed)):
            found[source.path] = digest + packed
    return found


def _unpacked(known: bytes, source: Source, stdin: Callable[[], bytes] | None) -> CheckedFile:
    if known:
        try:
            return unpack(known[_DIGEST:], source.name, cache_once(partial(_again, source, known[:_DIGEST])))
        except Unpackable:
            pass  # whatever it is, the file itself tells
    try:
        return _checked(_bytes_of(source, stdin), source.name)
    except OSError as error:
        message = f"The file cannot be read: {error.strerror}."
        unreadable = Diagnostic(code="unreadable-file", message=message, position=Position(source.name, 1, 1))
        return CheckedFile(documents=(), count=0, diagnostics=(unreadable,))


def _again(source: Source, digest: bytes) -> CheckedFile:
    """Check a file once more, whose text must be what it was. Raises UsageError when it is not."""
    text = _text_of(source.path)
    if text is None or _digest(text) != digest:
        message = f"{source.name} changed while it was being read. Run the command again."
        raise UsageError(message)
    return _checked(text, source.name)


def _read_and_pack(form: Form, source: Source) -> bytes:
    text = _text_of(source.path)
    if text is None:
        return _HERE
    try:
        return _digest(text) + form(_checked(text, ""))
    except Unpackable:
        return _HERE


def _checked(text: bytes, name: str) -> CheckedFile:
    from trueup.manifest.checking import check_text  # noqa: PLC0415 - where all files are known, none is checked

    return check_text(text, name)


def _digest(text: bytes) -> bytes:
    return hashlib.sha256(text).digest()


def _text_of(path: str | None) -> bytes | None:
    """Return the text of a file, None when it cannot be read or is no file."""
    try:
        return None if path is None else read_regular(path)
    except OSError:
        return None


def _bytes_of(source: Source, stdin: Callable[[], bytes] | None) -> bytes:
    if source.path is None:
        return stdin() if stdin else b""
    return read_regular(source.path)

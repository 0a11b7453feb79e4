"""Keep what files were found to say, by the digest of their text, so that an unchanged file is not parsed again.

The cache may be lost, cut short, scribbled over, written by two processes at once or not writable at all: that costs
time and never changes a result. It is a folder of packs, each read whole, written whole to another name and then put in
its place. A pack counts only when its seal does: a digest, keyed by a secret of this user, over its content and over
all that the results depend on beside the texts (:mod:`trueup.manifest.circumstances`). So a pack of another version of
trueup, of a schema or of Python is none, and neither is one that came with a clone or a pull request: whoever can write
files into a repository could otherwise have trueup read other things than reviewers see.
"""

import hashlib
import hmac
import json
import os
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

PACKS: Final = 16
MIB: Final = 1024 * 1024
BYTES_AT_MOST: Final = 256 * MIB
"""How large a cache grows; what was not used for longest goes first."""
DAYS_AT_MOST: Final = 30
DAYS_BETWEEN_STAMPS: Final = 7
"""An entry's last use is only written down anew when the last note is as old as this."""

_SEAL: Final = 32
_LENGTH: Final = 8
_SECONDS_A_DAY: Final = 86_400
_IGNORE: Final = "# Made by trueup; nothing in here belongs into git.\n*\n"

Entry = tuple[bytes, int]
"""What is kept, and the day on which it was last used."""


def today() -> int:
    """Return the number of days since 1970."""
    return int(time.time()) // _SECONDS_A_DAY


class Cache:
    """Look entries up by digest, take new ones, and save those that came.

    ``key`` is the secret that seals packs, ``about`` what results depend on. Nothing here raises because of what is or
    is not on the disk.
    """

    def __init__(
        self, folder: Path, *, key: bytes, about: bytes, day: int | None = None, most: int = BYTES_AT_MOST
    ) -> None:
        self._folder, self._key, self._about = folder, key, about
        self._day = today() if day is None else day
        self._most = most // PACKS
        self._packs: dict[int, dict[bytes, Entry]] = {}
        self._stale: set[int] = set()
        """Packs with entries that the disk does not have, or with stamps that are too old."""

    def get(self, digest: bytes) -> bytes | None:
        """Return what is kept for a text's digest, or None."""
        number = digest[0] % PACKS
        pack = self._pack(number)
        found = pack.get(digest)
        if found is None:
            return None
        packed, day = found
        if self._day != day:
            pack[digest] = packed, self._day
            if self._day - day >= DAYS_BETWEEN_STAMPS:
                self._stale.add(number)
        return packed

    def put(self, digest: bytes, packed: bytes) -> None:
        """Take what is to be kept for a text's digest."""
        number = digest[0] % PACKS
        self._pack(number)[digest] = packed, self._day
        self._stale.add(number)

    @property
    def empty(self) -> bool:
        """Return whether there is nothing at all to look up, which is cheap to tell."""
        return not any(self._pack(number) for number in range(PACKS))

    def save(self) -> None:
        """Write what changed. What cannot be written is not kept, and that is all."""
        with suppress(OSError):
            if self._stale:
                self._folder.mkdir(parents=True, exist_ok=True)
                ignore = self._folder / ".gitignore"
                if not ignore.exists():
                    ignore.write_text(_IGNORE, encoding="utf-8")
        for number in sorted(self._stale):
            with suppress(OSError):
                self._write(number)
        self._stale.clear()

    def _pack(self, number: int) -> dict[bytes, Entry]:
        if number not in self._packs:
            self._packs[number] = self._read(number)
        return self._packs[number]

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:x}.pack"

    def _read(self, number: int) -> dict[bytes, Entry]:
        try:
            content = self._path(number).read_bytes()
        except OSError:
            return {}
        seal, body = content[:_SEAL], memoryview(content)[_SEAL:]
        if not hmac.compare_digest(seal, self._sealed(number, body)):
            return {}
        length = int.from_bytes(body[:_LENGTH])
        index = json.loads(bytes(body[_LENGTH : _LENGTH + length]))
        blobs = content[_SEAL + _LENGTH + length :]
        return {bytes.fromhex(name): (blobs[start:end], day) for name, start, end, day in index}

    def _write(self, number: int) -> None:
        from tempfile import NamedTemporaryFile  # noqa: PLC0415 - most runs have nothing to write

        kept = self._kept(self._packs[number])
        index, start = [], 0
        for digest, (packed, day) in kept.items():
            index.append((digest.hex(), start, start + len(packed), day))
            start += len(packed)
        head = json.dumps(index, separators=(",", ":")).encode()
        body = b"".join((len(head).to_bytes(_LENGTH), head, *(packed for packed, _ in kept.values())))
        place = self._path(number)
        with NamedTemporaryFile(dir=self._folder, prefix=f"{place.name}.", delete=False) as draft:
            try:
                draft.write(self._sealed(number, memoryview(body)) + body)
                draft.close()
                Path(draft.name).replace(place)
            except BaseException:
                Path(draft.name).unlink(missing_ok=True)
                raise

    def _kept(self, pack: Mapping[bytes, Entry]) -> dict[bytes, Entry]:
        """Return the entries that are still of use, as many as may be kept, latest use first."""
        kept: dict[bytes, Entry] = {}
        size = 0
        for digest, entry in sorted(pack.items(), key=lambda item: -item[1][1]):
            packed, day = entry
            size += len(packed)
            if size > self._most or self._day - day > DAYS_AT_MOST:
                break
            kept[digest] = entry
        return kept

    def _sealed(self, number: int, body: memoryview) -> bytes:
        seal = hashlib.blake2b(self._about + bytes([number]), key=self._key, digest_size=_SEAL)
        seal.update(body)
        return seal.digest()


def user_key(place: Path, *, fresh: Callable[[], bytes] = lambda: os.urandom(_SEAL)) -> bytes | None:
    """Return this user's secret, made when it is first asked for; None when there can be none.

    It tells what this user's own runs wrote from what came from elsewhere. It opens nothing.
    """
    with suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):
            # Whole or not at all, and never twice: the first of two processes wins.
            draft = place.with_name(f"{place.name}.{os.getpid()}")
            draft.touch(mode=0o600)
            draft.write_bytes(fresh())
            try:
                os.link(draft, place)
            finally:
                draft.unlink(missing_ok=True)
        key = place.read_bytes()
        return key if len(key) == _SEAL else None
    return None

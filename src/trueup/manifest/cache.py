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
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from trueup.errors import Refused
from trueup.state.folder import Folder

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
        self, folder: Folder, *, key: bytes, about: bytes, day: int | None = None, most: int = BYTES_AT_MOST
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
        for number in sorted(self._stale):
            with suppress(OSError, Refused):
                self._write(number)
        self._stale.clear()

    def _pack(self, number: int) -> dict[bytes, Entry]:
        if number not in self._packs:
            self._packs[number] = self._read(number)
        return self._packs[number]

    def _read(self, number: int) -> dict[bytes, Entry]:
        try:
            with self._folder.reading(_name(number), 2 * BYTES_AT_MOST) as file:
                content = file.read()
        except (OSError, Refused):
            return {}
        seal, body = content[:_SEAL], memoryview(content)[_SEAL:]
        if not hmac.compare_digest(seal, self._sealed(number, body)):
            return {}
        length = int.from_bytes(body[:_LENGTH])
        index = json.loads(bytes(body[_LENGTH : _LENGTH + length]))
        blobs = content[_SEAL + _LENGTH + length :]
        return {bytes.fromhex(name): (blobs[start:end], day) for name, start, end, day in index}

    def _write(self, number: int) -> None:
        kept = self._kept(self._packs[number])
        index, start = [], 0
        for digest, (packed, day) in kept.items():
            index.append((digest.hex(), start, start + len(packed), day))
            start += len(packed)
        head = json.dumps(index, separators=(",", ":")).encode()
        body = b"".join((len(head).to_bytes(_LENGTH), head, *(packed for packed, _ in kept.values())))
        self._folder.replace(_name(number), self._sealed(number, memoryview(body)) + body)

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


def _name(number: int) -> str:
    return f"{number:x}.pack"

"""Seal the lines of a journal, so that only what this user's own runs wrote is taken for what happened.

Each line ends with the member ``seal``: a keyed digest over the line without it and over the seal of the line before.
The first line is sealed over the place and the name of the journal. A line that was edited, taken out, moved, added or
copied from another run or another project has a wrong seal, and so has every line after it.
"""

import hashlib
import hmac
from dataclasses import dataclass
from typing import Final

from trueup.state.folder import Folder
from trueup.state.key import SIZE

PURPOSE: Final = b"trueup journals"
"""What the key of journals is derived for."""

_HEAD: Final = b',"seal":"'
_FOOT: Final = b'"}'
_TAIL: Final = len(_HEAD) + 2 * SIZE + len(_FOOT)


class Seal:
    """The chain of seals of one journal; every line goes through it once, in order."""

    def __init__(self, key: bytes, place: bytes) -> None:
        self._key = key
        self._last = self._digest(place)

    def close(self, line: bytes) -> bytes:
        """Return the JSON object ``line`` with its seal as the last member."""
        self._last = self._digest(self._last + line)
        return line[:-1] + _HEAD + self._last.hex().encode() + _FOOT

    def fits(self, line: bytes) -> bool:
        """Return whether a line is the next one that was sealed."""
        bare = unsealed(line)
        return bare is not line and hmac.compare_digest(self.close(bare), line)

    def _digest(self, content: bytes) -> bytes:
        return hashlib.blake2b(content, key=self._key, digest_size=SIZE).digest()


def unsealed(line: bytes) -> bytes:
    """Return a line without the seal at its end, unchecked; a line without one is returned itself."""
    if len(line) <= _TAIL or not line.endswith(_FOOT) or not line[-_TAIL:].startswith(_HEAD):
        return line
    return line[:-_TAIL] + b"}"


@dataclass(frozen=True, slots=True)
class Journals:
    """The journals of a project: the folder that holds them, and the key that seals them, None where there is none."""

    folder: Folder
    key: bytes | None

    def seal(self, run: str) -> Seal | None:
        """Return the chain of the journal of a run, None without a key."""
        place = self.folder.root.resolve().joinpath(*self.folder.names, run)
        return None if self.key is None else Seal(self.key, bytes(place))

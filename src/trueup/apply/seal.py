"""Seals of a journal's lines, which prove that this user's own runs wrote them.

Each line ends with the member ``seal``: a keyed digest of the line without it and of the seal of the previous line. The
first line is sealed with the path of the journal. A line that was edited, removed, moved, added, or copied from another
run or another project makes its own seal, or that of the next line, wrong, and so all seals after it.
"""

import hashlib
import hmac
from dataclasses import dataclass
from typing import Final

from trueup.state.folder import Folder
from trueup.state.key import SIZE

PURPOSE: Final = b"trueup journals"
"""The purpose from which the key of journals is derived."""

_HEAD: Final = b',"seal":"'
_FOOT: Final = b'"}'
_TAIL: Final = len(_HEAD) + 2 * SIZE + len(_FOOT)


class Seal:
    """The chain of seals of one journal; every line is passed to it once, in order."""

    def __init__(self, key: bytes, place: bytes) -> None:
        self._key = key
        self._last = self._digest(place)

    def close(self, line: bytes) -> bytes:
        """Return the line, a JSON object, with its seal as the last member."""
        self._last = self._digest(self._last + line)
        return line[:-1] + _HEAD + self._last.hex().encode() + _FOOT

    def fits(self, line: bytes) -> bool:
        """Return whether the seal of a line is right, as the next one of the chain."""
        bare = unsealed(line)
        # compare_digest takes the same time for all texts, so that a seal cannot be guessed byte by byte.
        return bare is not line and hmac.compare_digest(self.close(bare), line)

    def _digest(self, content: bytes) -> bytes:
        return hashlib.blake2b(content, key=self._key, digest_size=SIZE).digest()


def unsealed(line: bytes) -> bytes:
    """Return a line without the seal at its end, which is not checked; a line without a seal is returned unchanged."""
    # By length and not by a search, because a record may quote a seal in one of its texts.
    if len(line) <= _TAIL or not line.endswith(_FOOT) or not line[-_TAIL:].startswith(_HEAD):
        return line
    return line[:-_TAIL] + b"}"


@dataclass(frozen=True, slots=True)
class Journals:
    """The journals of a project: their folder, and the key that seals them (None if there is none)."""

    folder: Folder
    key: bytes | None

    def seal(self, run: str) -> Seal | None:
        """Return the chain of seals for the journal of a run, None without a key."""
        # The path is sealed, so that a journal that is copied to another project or renamed is no evidence there.
        place = self.folder.root.resolve().joinpath(*self.folder.names, run)
        return None if self.key is None else Seal(self.key, bytes(place))

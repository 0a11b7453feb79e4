"""Tell our comments and issues from others: a hidden line at the very start of the text.

The line holds what the text is about (a key) and which run wrote it, so that a run finds its predecessor's text and an
older run leaves a newer one's alone. It is never found by words that people see: those change.
"""

import hashlib
import re
from dataclasses import dataclass
from typing import Final

from trueup.github.context import RunId

_LINE: Final = re.compile(
    r"\A<!-- trueup:v1 (?P<what>comment|issue) key=(?P<key>[0-9a-f]{16}) "
    r"run=(?P<number>[0-9]{1,18})\.(?P<attempt>[0-9]{1,18}) -->"
)

FOLDED: Final = "<!-- trueup:v1 folded -->"
"""What a text begins with that a newer one has replaced: it is never looked at again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """Hold what a text is about and which run wrote it; ``what`` is ``comment`` or ``issue``."""

    what: str
    key: str
    run: RunId

    def __str__(self) -> str:
        """Return the hidden line; it is of ASCII only and cannot end early, whatever the key was made from."""
        return f"<!-- trueup:v1 {self.what} key={self.key} run={self.run} -->"


def key_of(*parts: str) -> str:
    """Return the key of what these texts name: 16 hex digits, the same for the same texts in any order."""
    told = "\0".join(sorted(set(parts)))
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def read_marker(body: str) -> Marker | None:
    """Return the marker that a text begins with, or None; anywhere else it would be a quotation."""
    found = _LINE.match(body)
    if found is None:
        return None
    run = RunId(number=int(found["number"]), attempt=int(found["attempt"]))
    return Marker(what=found["what"], key=found["key"], run=run)

"""Name the files of new manifests: after the resource, as every file system takes it, and no two alike."""

import re
from hashlib import sha256
from typing import Final
from unicodedata import normalize

from trueup.manifest.file_names import PROJECT_FILE
from trueup.model.identity import Identity

_SUFFIX: Final = ".yaml"

_BYTES_AT_MOST: Final = 120
_RESERVED: Final = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:[.].*)?", re.IGNORECASE)
"""Names that Windows keeps for devices."""


class Names:
    """Give out names of files; ``taken`` are those given out so far, in one case and by folder."""

    def __init__(self) -> None:
        self._taken: set[tuple[str, str]] = set()

    def name(self, folder: str, identity: Identity) -> str:
        """Return the name of a resource's file in a folder.

        It is the identity itself where that can be; else what can be of it, with a digest behind it.
        """
        plain = segment(identity.value)
        if plain != identity.value or _bad(plain) or (folder, plain.casefold()) in self._taken:
            digest = sha256(repr(identity).encode("utf-8", "backslashreplace")).hexdigest()[:8]
            plain = f"{plain}-{digest}" if plain else digest
        self._taken.add((folder, plain.casefold()))
        return plain + _SUFFIX


def segment(text: str) -> str:
    """Return what of a text can be a part of a path: letters, digits, and a few signs in between."""
    signs = "".join(sign if sign.isalnum() or sign in "._-" else "-" for sign in normalize("NFC", text))
    short = signs.strip(".-").encode()[:_BYTES_AT_MOST].decode(errors="ignore")
    return short.strip(".-")


def _bad(name: str) -> bool:
    return name + _SUFFIX == PROJECT_FILE or _RESERVED.fullmatch(name) is not None

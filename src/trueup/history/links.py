"""Follow the symbolic links of a commit, so that its files have the names by which a work tree would find them."""

import posixpath
from collections.abc import Mapping
from typing import Final

from trueup.git.listing import Entry, Node
from trueup.git.objects import Objects

_STEPS: Final = 40
"""Links that are followed one after the other: as many as Linux follows."""


def followed(entries: Mapping[bytes, Entry], objects: Objects) -> Mapping[bytes, Entry]:
    """Return the files of a commit, those that links lead to included; a link that leads out of it leads nowhere.

    Files below a link to a folder are found under the link's name, once: a link inside of what a link leads to is not
    followed any further, as nobody keeps manifests so.
    """
    links = [path for path, entry in entries.items() if entry.node is Node.LINK]
    files = {path: entry for path, entry in entries.items() if entry.node is Node.FILE}
    texts = objects.contents(entries[path].id for path in links)
    targets = {path: _joined(path, text) for path, text in zip(links, texts, strict=True)}
    found = dict(files)
    for link in links:
        target = _end(link, targets)
        if target in files:
            found[link] = files[target]
        else:
            inside = target + b"/"
            found.update(
                {link + b"/" + path[len(inside) :]: entry for path, entry in files.items() if path.startswith(inside)}
            )
    return found


def _joined(link: bytes, target: bytes) -> bytes:
    return posixpath.normpath(posixpath.join(posixpath.dirname(link), target))


def _end(link: bytes, targets: Mapping[bytes, bytes]) -> bytes:
    """Return the last of a chain of links."""
    end = link
    for _ in range(_STEPS):
        if end not in targets:
            break
        end = targets[end]
    return end

"""Name everything that a short revision can mean.

git takes the first reference of a fixed order and only warns that there are others. A tag comes before a branch of the
remote repository, and ``git fetch`` of a contributor's repository brings its tags. So a tag ``origin/main`` of theirs
would be taken for the reviewed branch.
"""

import re
from collections.abc import Sequence
from typing import Final

_ENDS: Final = re.compile(r"[~^:]|@\{")
"""Where the name ends and steps from its commit begin, as in ``main~2`` and ``main@{1}``."""

_CERTAIN: Final = re.compile(r"@?|HEAD|[0-9a-f]{40}|[0-9a-f]{64}")
"""Names that no reference can take over."""

_SHORT_ID: Final = re.compile(r"(?:.*-g)?([0-9a-f]{4,63})", re.DOTALL)

_REFERENCES: Final = ("refs/{}", "refs/tags/{}", "refs/heads/{}", "refs/remotes/{}", "refs/remotes/{}/HEAD")
"""The references that a name can mean, in git's order."""


def name_of(revision: str) -> str:
    """Return the name that a revision starts with, empty for one that has a single meaning in any repository."""
    name = _ENDS.split(revision, maxsplit=1)[0]
    return "" if _CERTAIN.fullmatch(name) else name


def references(name: str) -> Sequence[str]:
    """Return the whole names of the references that a name can mean."""
    return [form.format(name) for form in _REFERENCES]


def short_id(name: str) -> str:
    """Return the start of an id that a name can mean, as ``1a2b3c4`` and ``v1-2-g1a2b3c4`` do; else an empty text."""
    found = _SHORT_ID.fullmatch(name)
    return found[1] if found else ""

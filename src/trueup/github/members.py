"""Read members of GitHub's answers, which may have any shape."""

from collections.abc import Iterator, Mapping
from typing import Any


def member_text(content: Any, *members: str) -> str:
    """Return the text at this path of members, empty when there is none."""
    for member in members:
        content = content.get(member) if isinstance(content, dict) else None
    return content if isinstance(content, str) else ""


def number_at(content: Any, member: str) -> int:
    """Return the number of a member, 0 when there is none."""
    found = content.get(member) if isinstance(content, dict) else None
    # A bool is an int in Python, but true is not a number in JSON.
    return found if isinstance(found, int) and not isinstance(found, bool) else 0


def objects_in(content: Any, member: str = "") -> Iterator[Mapping[str, Any]]:
    """Yield the objects of a list, or of the list that is a member of ``content``."""
    found = content.get(member) if member and isinstance(content, dict) else content
    yield from (item for item in found if isinstance(item, dict)) if isinstance(found, list) else ()

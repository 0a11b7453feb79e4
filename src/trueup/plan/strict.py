"""Walk a JSON document that must be exactly of one shape, and say where it is not."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

E = TypeVar("E", bound=StrEnum)
T = TypeVar("T")


class Unexpected(Exception):
    """The document is not of the shape that was asked for; its text says where and how."""


@dataclass(frozen=True, slots=True)
class Node:
    """Hold one value of a document and the path that leads to it."""

    value: object
    path: str = ""

    @property
    def place(self) -> str:
        """Return the words for where this node stands."""
        return self.path or "the document"

    def only(self, *names: str) -> "Node":
        """Check that this is an object with exactly these members, and return it."""
        members = self._mapping()
        odd = sorted(members.keys() ^ set(names))
        if odd:
            verb = "is missing" if odd[0] in names else "is not known"
            raise Unexpected(f"{self.place}: {odd[0]} {verb}")
        return self

    def __getitem__(self, name: str) -> "Node":
        members = self._mapping()
        if name not in members:
            raise Unexpected(f"{self.place}: {name} is missing")
        return Node(members[name], f"{self.path}.{name}" if self.path else name)

    def __contains__(self, name: str) -> bool:
        return name in self._mapping()

    def text(self) -> str:
        """Return a text that is Unicode: it can be written and hashed."""
        text = self.words()
        if text.isascii() or _is_unicode(text):
            return text
        raise self._wrong("a text of whole characters")

    def words(self) -> str:
        """Return a text for people. It may quote the name of a file or branch, which need not be Unicode."""
        if isinstance(self.value, str):
            return self.value
        raise self._wrong("a text")

    def integer(self) -> int:
        """Return a whole number, which a boolean is not."""
        if isinstance(self.value, int) and not isinstance(self.value, bool):
            return self.value
        raise self._wrong("a whole number")

    def number(self) -> float:
        """Return a number."""
        if isinstance(self.value, int | float) and not isinstance(self.value, bool):
            return self.value
        raise self._wrong("a number")

    def boolean(self) -> bool:
        """Return a boolean."""
        if isinstance(self.value, bool):
            return self.value
        raise self._wrong("true or false")

    def scalar(self) -> str | int:
        """Return a text or a whole number."""
        return self.text() if isinstance(self.value, str) else self.integer()

    def one_of(self, kind: type[E]) -> E:
        """Return the member of an enumeration that a text names."""
        text = self.text()
        if text not in frozenset(kind):
            raise self._wrong(f"one of {', '.join(kind)}")
        return kind(text)

    def optional(self, read: Callable[["Node"], T]) -> T | None:
        """Return None for null, and what ``read`` makes of anything else."""
        return None if self.value is None else read(self)

    def items(self) -> Iterator["Node"]:
        """Return the items of a list."""
        if not isinstance(self.value, list):
            raise self._wrong("a list")
        return (Node(item, f"{self.path}[{index}]") for index, item in enumerate(self.value))

    def texts(self) -> tuple[str, ...]:
        """Return a list of texts."""
        return tuple(item.text() for item in self.items())

    def members(self, read: Callable[["Node"], T]) -> dict[str, T]:
        """Return what ``read`` makes of the members of an object with names of any kind."""
        members = self._mapping()
        for name in members:
            if not (name.isascii() or _is_unicode(name)):
                raise Unexpected(f"{self.place}: a name is not of whole characters")
        return {name: read(self[name]) for name in members}

    def _mapping(self) -> Mapping[str, object]:
        if isinstance(self.value, dict):
            return self.value
        raise self._wrong("an object")

    def _wrong(self, wanted: str) -> Unexpected:
        return Unexpected(f"{self.place} is not {wanted}")


def _is_unicode(text: str) -> bool:
    """Return whether a text has no half of a surrogate pair."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True

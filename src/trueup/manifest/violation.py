"""One violation of a schema, and how its values are shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from trueup.manifest.explainer import SubSchema
from trueup.manifest.intended import example_of, intended
from trueup.manifest.limits import PROBLEMS_AT_MOST
from trueup.manifest.positions import dotted
from trueup.manifest.written import written
from trueup.model.position import Step
from trueup.model.url_secrets import hide_secrets

_SHOWN_AT_MOST: Final = 60
_EXAMPLE_AT_MOST: Final = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One violation of a schema.

    ``path`` and ``value`` are those of the node. ``keyword`` and ``limit`` are the violated keyword of the schema and
    its value, ``part`` is the schema that has it. ``examples`` are the schema's examples for the node. ``of_name``:
    ``value`` is the name of a member. ``siblings`` are the known fields of the mapping that has the node.
    ``secret``: the node is in what the schema calls ``writeOnly``, so it may be a secret in the wrong place.
    ``optional``: the node is a member that can be left out, ``alone``: its mapping has no other. ``room`` is how many
    more problems will be listed; without room nothing similar is searched, because one search takes as long as wording
    a hundred problems.
    """

    kind: str
    path: tuple[Step, ...]
    value: Any
    keyword: str
    limit: Any
    part: SubSchema
    examples: tuple[Any, ...]
    of_name: bool
    secret: bool
    siblings: Mapping[str, SubSchema]
    optional: bool
    alone: bool
    room: int = PROBLEMS_AT_MOST

    @property
    def members(self) -> Mapping[str, SubSchema]:
        """Return the known fields of an object, with their schemas."""
        members: Mapping[str, SubSchema] = self.part.get("properties", {})
        return members

    @property
    def intended(self) -> object | None:
        """Return the valid value that is probably meant, None if none is known."""
        return intended(self.kind, self.value, self.part) if self.room > 0 else None

    @property
    def quotable(self) -> bool:
        """Return whether the value may be shown. A text in the project file may be a secret in the wrong place."""
        return self.kind != "Project" and not self.secret

    @property
    def name(self) -> str:
        """Return the node's name in a sentence: that of the innermost field, with the index of an item."""
        last = next((i for i in range(len(self.path), 0, -1) if isinstance(self.path[i - 1], str)), 0)
        return dotted(self.path[last - 1 :]) if last else "The document"

    @property
    def example(self) -> str:
        """Return ", for example x", or an empty text without a short example."""
        made = self.examples or (example_of(self.kind, self.part),)
        short = [text for text in map(written, made) if len(text) <= _EXAMPLE_AT_MOST and text != "{}"]
        return f", for example {short[0].removesuffix('.')}" if short else ""


def shown(value: object) -> str:
    """Return a value as YAML writes it, shortened, or only "a list" or "a mapping"."""
    if isinstance(value, str):
        # Secrets are hidden before the text is shortened: a part of a secret would not be recognised.
        value = hide_secrets(value)
    match value:
        case bool():
            return str(value).lower()
        case str() if len(value) > _SHOWN_AT_MOST:
            return f'"{value[:_SHOWN_AT_MOST]}..."'
        case str():
            return value or '""'
        case list():
            return "a list"
        case dict():
            return "a mapping"
        case Decimal():
            return format(value, "f")
        case _:
            return str(value)

"""Write a manifest that is new as a whole, so that people like to read it and the reader takes back every character."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import yaml

from trueup.edit.yaml_style import Bare, fits_block, reads_as_text

Tree = Mapping[str, "Tree"] | Sequence["Tree"] | str
"""What a manifest holds; a Bare text is a number or a boolean."""

WIDTH: Final = 110
FOLDED: Final = 80
"""Texts that are longer, and can be, are folded."""

_TEXT: Final = "tag:yaml.org,2002:str"
_PLAIN: Final = (_TEXT, "tag:yaml.org,2002:timestamp")


def compose(tree: Tree) -> str:
    """Return the tree as YAML in block style."""
    text: str = yaml.dump(tree, Dumper=_Dumper, allow_unicode=True, width=WIDTH, sort_keys=False)
    return text


class _Dumper(yaml.SafeDumper):
    """Quote what this reader or one of YAML 1.1 would not take for text, and indent the items of lists."""

    def resolve(self, kind: Any, value: Any, implicit: Any) -> Any:
        """Return the tag that a plain scalar is read with."""
        tag = super().resolve(kind, value, implicit)  # type: ignore[no-untyped-call]  # PyYAML's types lack it
        if kind is not yaml.ScalarNode or not implicit[0]:
            return tag
        # Dates stay plain: the platforms' own samples write them so, and a reader of YAML 1.1 means the same day.
        return _TEXT if tag in _PLAIN and reads_as_text(value) else None

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002 - the base class's signature
        """Indent the items of a list below its name."""
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - the base class's signature
        """Write everything out."""
        return True


def _text(dumper: _Dumper, value: str) -> yaml.Node:
    return dumper.represent_scalar(_TEXT, value, style=_style(value))


def _bare(dumper: _Dumper, value: Bare) -> yaml.Node:
    # Without a tag there is nothing to say of it but its digits.
    node = dumper.represent_scalar(_TEXT, str(value))
    node.tag = None  # type: ignore[assignment]  # as resolve tells of what is no text
    return node


def _style(value: str) -> str | None:
    if fits_block(value):
        return "|"
    if not value.isprintable():
        return '"'
    words = value.split(" ")
    return ">" if len(value) > FOLDED and len(words) > 1 and all(words) else None


_Dumper.add_representer(str, _text)
_Dumper.add_representer(Bare, _bare)

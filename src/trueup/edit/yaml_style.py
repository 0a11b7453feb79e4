"""Write values as YAML: plain where they are read back unchanged, else quoted; in the style of an old value."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import yaml

from trueup.manifest.yaml_scalars import BadNumber, plain_value

_PLAIN: Final = re.compile(r"[A-Za-z0-9_/(][^\x00-\x1f\x7f-\xa0\u2028\u2029\ufeff]*")
"""Texts that may be unquoted unless they match _SIGNS. Other first characters could be YAML indicators."""

# ": " and " #" end a plain text, brackets and commas do so in flow style, and --- and ... are document markers.
_SIGNS: Final = re.compile(r": |:$| #|[\[\]{},]|\s$|^(?:---|\.\.\.)")
_QUOTABLE: Final = re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]*")


class UnquotedScalar(str):
    """The text of a number or a boolean, which is written without quotes."""

    __slots__ = ()


def scalar(value: str, *, style: str = "") -> str:
    """Return a text as a YAML scalar; ``style`` is the quote of the value that it replaces.

    It is read back as text; an UnquotedScalar is read back as a number or a boolean.
    """
    bare = isinstance(value, UnquotedScalar)
    if bare and not reads_as_text(value) and style != "'":
        # A quoted number has the same meaning as a plain one, so the quotes of the author are kept.
        return f'"{value}"' if style == '"' else str(value)
    if style not in ("'", '"') and _is_plain(value) and (bare or reads_as_text(value)):
        return value
    # Single quotes need no escapes for backslashes and double quotes.
    single = style == "'" or "\\" in value or '"' in value
    if style != '"' and single and _QUOTABLE.fullmatch(value):
        return "'" + value.replace("'", "''") + "'"
    return _double(value)


def fits_block(value: str) -> bool:
    """Return whether a text of several lines can be a literal block scalar without losing a character.

    Lines that end in a space are excluded, because editors remove that space.
    """
    lines = value.removesuffix("\n").split("\n")
    return (
        len(lines) > 1
        and all(line.isprintable() and line == line.rstrip() for line in lines)
        and bool(lines[0] and lines[-1])
        # Leading spaces on the first line would need an indentation indicator.
        and not lines[0].startswith(" ")
    )


def _is_plain(value: str) -> bool:
    return bool(_PLAIN.fullmatch(value)) and not _SIGNS.search(value)


def reads_as_text(value: str) -> bool:
    """Return whether a plain scalar is read as text."""
    try:
        return isinstance(plain_value(value), str)
    except BadNumber:
        return False


def _double(value: str) -> str:
    # JSON's escapes are valid in YAML. JSON does not escape some characters that YAML does not allow.
    text = json.dumps(value, ensure_ascii=False)
    return re.sub(r"[\x7f-\x9f\u2028\u2029\ufeff]", lambda found: f"\\u{ord(found[0]):04x}", text)


Tree = Mapping[str, "Tree"] | Sequence["Tree"] | str
"""The content of a manifest. An UnquotedScalar is a number or a boolean."""

_WIDTH: Final = 110
_FOLDED: Final = 80
"""Longer texts are folded if possible, in characters."""

_TEXT: Final = "tag:yaml.org,2002:str"
_PLAIN_TAGS: Final = (_TEXT, "tag:yaml.org,2002:timestamp")


def compose(tree: Tree) -> str:
    """Return the tree as YAML in block style."""
    text: str = yaml.dump(tree, Dumper=_Dumper, allow_unicode=True, width=_WIDTH, sort_keys=False)
    return text


class _Dumper(yaml.SafeDumper):
    """A dumper that quotes texts that this reader or one of YAML 1.1 would not read as text, and indents list items."""

    def resolve(self, kind: Any, value: Any, implicit: Any) -> Any:
        """Return the tag with which a plain scalar is read."""
        tag = super().resolve(kind, value, implicit)  # type: ignore[no-untyped-call]  # PyYAML's types lack it
        if kind is not yaml.ScalarNode or not implicit[0]:
            return tag
        # Dates stay plain, as in the platforms' own samples. A reader of YAML 1.1 reads the same day.
        return _TEXT if tag in _PLAIN_TAGS and reads_as_text(value) else None

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002 - the base class's signature
        """Indent the items of a list below its key."""
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - the base class's signature
        """Write repeated values out instead of using aliases."""
        return True


def _text(dumper: _Dumper, value: str) -> yaml.Node:
    return dumper.represent_scalar(_TEXT, value, style=_style(value))


def _bare(dumper: _Dumper, value: UnquotedScalar) -> yaml.Node:
    # A node without a tag is written as its digits, without quotes.
    node = dumper.represent_scalar(_TEXT, str(value))
    node.tag = None  # type: ignore[assignment]  # as resolve() returns for what is not text
    return node


def _style(value: str) -> str | None:
    if fits_block(value):
        return "|"
    if not value.isprintable():
        return '"'
    words = value.split(" ")
    # Folding does not keep several spaces in a row.
    return ">" if len(value) > _FOLDED and len(words) > 1 and all(words) else None


_Dumper.add_representer(str, _text)
_Dumper.add_representer(UnquotedScalar, _bare)

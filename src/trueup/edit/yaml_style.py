"""Spell a value in YAML: plain where the reader takes it back as it is, else quoted, as the one before it was."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import yaml

from trueup.manifest.yaml_scalars import BadNumber, plain_value

_PLAIN: Final = re.compile(r"[A-Za-z0-9_/(][^\x00-\x1f\x7f-\xa0\u2028\u2029\ufeff]*")
"""What may stand without quotes, colons, hashes and the signs of flow collections apart."""

_SIGNS: Final = re.compile(r": |:$| #|[\[\]{},]|\s$|^(?:---|\.\.\.)")
_QUOTABLE: Final = re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]*")


class UnquotedScalar(str):
    """Be a number or a boolean in its own digits: text that needs no quotes to be told from them."""

    __slots__ = ()


def scalar(value: str, *, style: str = "") -> str:
    """Return a text as a YAML scalar; ``style`` is the quote of the value that it replaces.

    The reader takes it back as text, a Bare one as what it looks like.
    """
    bare = isinstance(value, UnquotedScalar)
    if bare and not reads_as_text(value) and style != "'":
        # A quoted number is as good as a plain one; who put quotes around it keeps them.
        return f'"{value}"' if style == '"' else str(value)
    if style not in ("'", '"') and _is_plain(value) and (bare or reads_as_text(value)):
        return value
    single = style == "'" or "\\" in value or '"' in value
    if style != '"' and single and _QUOTABLE.fullmatch(value):
        return "'" + value.replace("'", "''") + "'"
    return _double(value)


def fits_block(value: str) -> bool:
    """Return whether a text of several lines can stand as a literal block without losing a character.

    Lines that end in a space could: but editors take it away.
    """
    lines = value.removesuffix("\n").split("\n")
    return (
        len(lines) > 1
        and all(line.isprintable() and line == line.rstrip() for line in lines)
        and bool(lines[0] and lines[-1])
        and not lines[0].startswith(" ")
    )


def _is_plain(value: str) -> bool:
    return bool(_PLAIN.fullmatch(value)) and not _SIGNS.search(value)


def reads_as_text(value: str) -> bool:
    """Return whether the reader takes a plain scalar for text."""
    try:
        return isinstance(plain_value(value), str)
    except BadNumber:
        return False


def _double(value: str) -> str:
    # JSON's escapes are YAML's; what JSON leaves alone and YAML does not take is escaped besides.
    text = json.dumps(value, ensure_ascii=False)
    return re.sub(r"[\x7f-\x9f\u2028\u2029\ufeff]", lambda found: f"\\u{ord(found[0]):04x}", text)


Tree = Mapping[str, "Tree"] | Sequence["Tree"] | str
"""What a manifest holds; a Bare text is a number or a boolean."""

_WIDTH: Final = 110
_FOLDED: Final = 80
"""Texts that are longer, and can be, are folded."""

_TEXT: Final = "tag:yaml.org,2002:str"
_PLAIN_TAGS: Final = (_TEXT, "tag:yaml.org,2002:timestamp")


def compose(tree: Tree) -> str:
    """Return the tree as YAML in block style."""
    text: str = yaml.dump(tree, Dumper=_Dumper, allow_unicode=True, width=_WIDTH, sort_keys=False)
    return text


class _Dumper(yaml.SafeDumper):
    """Quote what this reader or one of YAML 1.1 would not take for text, and indent the items of lists."""

    def resolve(self, kind: Any, value: Any, implicit: Any) -> Any:
        """Return the tag that a plain scalar is read with."""
        tag = super().resolve(kind, value, implicit)  # type: ignore[no-untyped-call]  # PyYAML's types lack it
        if kind is not yaml.ScalarNode or not implicit[0]:
            return tag
        # Dates stay plain: the platforms' own samples write them so, and a reader of YAML 1.1 means the same day.
        return _TEXT if tag in _PLAIN_TAGS and reads_as_text(value) else None

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002 - the base class's signature
        """Indent the items of a list below its name."""
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - the base class's signature
        """Write everything out."""
        return True


def _text(dumper: _Dumper, value: str) -> yaml.Node:
    return dumper.represent_scalar(_TEXT, value, style=_style(value))


def _bare(dumper: _Dumper, value: UnquotedScalar) -> yaml.Node:
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
    return ">" if len(value) > _FOLDED and len(words) > 1 and all(words) else None


_Dumper.add_representer(str, _text)
_Dumper.add_representer(UnquotedScalar, _bare)

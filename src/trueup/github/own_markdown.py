"""Markdown of the team above and below a page: cut to a size and closed, so that it cannot hide what follows.

An open ``<details>``, an open code fence, an HTML comment or half a tag would hide the plan below it. Only whole tags
are kept, and each of them is closed at the end; fences are followed line by line.
"""

import re
from collections.abc import Iterator
from typing import Final

OWN_BYTES: Final = 4_000
"""Bytes of a header or footer that are used."""

_CUT: Final = "\n\n*Cut: a header or footer can have 4,000 bytes.*"

_VOID: Final = frozenset({"br", "hr", "img", "source", "wbr"})

# No table: inside of a cell, the end of an element around the table has no effect. No pre, script or style: their
# content is not Markdown, and blank lines do not end them.
_CLOSED: Final = frozenset(
    {
        *("a", "b", "blockquote", "code", "del", "details", "div", "em", "h1", "h2", "h3", "h4", "h5", "h6", "i"),
        *("ins", "kbd", "li", "ol", "picture", "s", "samp", "span", "strong", "sub", "summary", "sup", "u", "ul"),
    }
)

_ATTRIBUTE: Final = r"""[ \t]+[a-zA-Z][a-zA-Z0-9-]*(?:=(?:"[^"<>\n]*"|'[^'<>\n]*'|[^\s"'=<>`]+))?"""
_TAG: Final = re.compile(rf"</?(?P<name>[a-zA-Z][a-zA-Z0-9]*)(?:{_ATTRIBUTE})*[ \t]*/?>")

# What can begin a tag, a comment or another construct of HTML.
_OPENING: Final = re.compile(r"<(?=[a-zA-Z/!?])")

# Of a fence that begins at the first column it is certain where it ends; see _lines.
_FENCE: Final = re.compile(r"(?P<run>`{3,}+)[^`]*|(?P<wave>~{3,}+).*")
_FENCE_END: Final = re.compile(r" {0,3}(?P<run>`{3,}|~{3,})[ \t]*")
_INDENTED_FENCE: Final = re.compile(r"\A(?P<lead>[ \t>*+0-9.)-]*+)(?P<run>```|~~~)")


def closed_markdown(text: str) -> str:
    """Return Markdown of at most :data:`OWN_BYTES` bytes of the text that ends with a line break; empty without any.

    Whatever follows it is outside of its elements, fences and comments. A fence counts only at the start of a line.
    """
    # Comments first: a half one that is left is escaped like any other half tag.
    source = _without_comments(text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")).strip()
    if not source:
        return ""
    encoded = source.encode("utf-8", "replace")
    cut = encoded[:OWN_BYTES].decode("utf-8", "ignore")
    opened: list[str] = []
    lines = list(_lines(cut, opened))
    ends = "".join(f"</{name}>" for name in reversed(opened))
    note = _CUT if len(encoded) > OWN_BYTES else ""
    return "\n".join(lines) + (f"\n\n{ends}" if ends else "") + f"{note}\n"


def _without_comments(text: str) -> str:
    parts: list[str] = []
    place = 0
    while (start := text.find("<!--", place)) >= 0 and (end := text.find("-->", start)) >= 0:
        parts.append(text[place:start])
        place = end + len("-->")
    return "".join([*parts, text[place:]])


def _lines(text: str, opened: list[str]) -> Iterator[str]:
    """Yield the lines, and the end of the last fence if it is missing; add the names of opened elements."""
    fence = ""
    for line in text.split("\n"):
        if fence:
            end = _FENCE_END.fullmatch(line)
            yield line
            if end is not None and end["run"].startswith(fence):
                fence = ""
        elif begin := _FENCE.fullmatch(line):
            fence = begin["run"] or begin["wave"]
            # A blank line ends a block of HTML, in which a fence would be text.
            yield ""
            yield line
        else:
            # Whether an indented fence ends depends on the lists around it, so it is no fence.
            yield _tags(_INDENTED_FENCE.sub(r"\g<lead>\\\g<run>", line, count=1), opened)
    if fence:
        yield fence


def _tags(line: str, opened: list[str]) -> str:
    """Return a line with every tag escaped that is not known or not whole."""
    parts: list[str] = []
    place = 0
    for found in _TAG.finditer(line):
        name = found["name"].lower()
        if name not in _CLOSED | _VOID:
            continue
        parts += [_OPENING.sub("&lt;", line[place : found.start()]), found.group()]
        place = found.end()
        # Also elements that the text closes: an end too many has no effect, and one inside of code ends nothing.
        if name not in _VOID and not found.group().startswith("</"):
            opened.append(name)
    return "".join([*parts, _OPENING.sub("&lt;", line[place:])])

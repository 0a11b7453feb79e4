"""Do what a hint about a manifest says, at the place of the diagnostic."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

import yaml

from corrections import corrected

Said = Mapping[str, Any]
"""A diagnostic as in a JSON document."""
Edit = Callable[[str, Said, re.Match[str]], str]


def follow(text: str, said: Said) -> str | None:
    """Return the text with the hint carried out, None for a hint in words that only people can follow."""
    for pattern, edit in _RULES:
        if found := re.fullmatch(pattern, f"{said['code']} {said['hint']}"):
            return edit(text, said, found)
    if found := re.search(r"[(]write (.+?)[)][.]$", said["message"]):
        return _value(lambda _, found: found[1])(text, said, found)
    return None


Place = tuple[int, int, int, int]
"""Where a member or an item lies in a text: its begin and end, and those of its value."""


def _place(text: str, said: Said) -> Place:
    """Return where the node at the path of a diagnostic lies."""
    steps = [int(index) if index else name for index, name in re.findall(r"\[(\d+)\]|([^.\[\]]+)", said["path"])]
    line = said["position"]["line"] - 1
    node = [each for each in yaml.compose_all(text, Loader=yaml.SafeLoader) if each.start_mark.line <= line][-1]
    begin = node.start_mark
    for step in steps:
        if isinstance(node, yaml.SequenceNode):
            node = node.value[int(step)]
            begin = node.start_mark
        else:
            key, node = next((key, value) for key, value in node.value if key.value == step)
            begin = key.start_mark
    end = node.start_mark.index if isinstance(node, yaml.ScalarNode) and not node.value else node.end_mark.index
    return begin.index, max(end, node.end_mark.index), node.start_mark.index, node.end_mark.index


def _value(written: Callable[[str, re.Match[str]], str]) -> Edit:
    """Return an edit of the value at the path; ``written`` gets the old one as it is typed."""

    def edit(text: str, said: Said, found: re.Match[str]) -> str:
        start, end = _place(text, said)[2:]
        return text[:start] + written(text[start:end].rstrip(), found) + text[start + len(text[start:end].rstrip()) :]

    return edit


def _member(text: str, said: Said, found: re.Match[str]) -> str:
    """Write a member anew, its key included; or an item."""
    begin, end = _place(text, said)[:2]
    return text[:begin] + found["line"] + text[begin + len(text[begin:end].rstrip()) :]


def _key(text: str, said: Said, found: re.Match[str]) -> str:
    """Write the name of a member anew."""
    begin = _place(text, said)[0]
    return text[:begin] + found["name"] + re.sub(r"^[\"']?[\w.-]+[\"']?", "", text[begin:])


def _without(text: str, said: Said, _: re.Match[str]) -> str:
    """Remove a member."""
    begin, end = _place(text, said)[:2]
    after = re.sub(r"^\s*,\s*", "", text[begin + len(text[begin:end].rstrip()) :])
    before = text[:begin]
    return (re.sub(r",\s*$", "", before) if after.startswith(("}", "]")) else before.rstrip(" ")) + after.lstrip("\n")


def _line(text: str, said: Said, _: re.Match[str]) -> str:
    return corrected(text, said["position"]["line"], said["hint"])


def _number(text: str, said: Said, found: re.Match[str]) -> str:
    """Put quotes around a number, which lies at the position itself."""
    lines = text.split("\n")
    place = said["position"]
    line = lines[place["line"] - 1]
    rest = line[place["column"] - 1 :]
    lines[place["line"] - 1] = line[: place["column"] - 1] + rest.replace(found["text"], f"'{found['text']}'", 1)
    return "\n".join(lines)


_OF_LINES: Final = "yaml-syntax|yaml-tab|bad-key|unknown-anchor"
_RULES: Final[tuple[tuple[str, Edit], ...]] = (
    (rf"(?:{_OF_LINES}) (?:.* )?Write.*: .*", _line),
    (r"unknown-field Did you mean '.*'[?] Write: (?P<line>.*)", _member),
    (r"(?:unknown-field) Did you mean '(?P<name>.*)'[?]", _key),
    (r"\S+ Did you mean '(?P<text>.*)'[?]", _value(lambda _, found: found["text"])),
    (r"\S+ Put quotes around it[.]", _value(lambda old, _: f"'{old}'")),
    (r"\S+ If it is meant as text, put quotes around it: '(?P<text>.*)'[.]", _number),
    (r"\S+ Leave the quotes out[.]", _value(lambda old, _: old[1:-1])),
    (r"\S+ Write it as a list of one: .*", _value(lambda old, _: f"[{old}]")),
    (r"\S+ Leave (?:the field|it) out\b.*", _without),
    (r"\S+ Write: (?P<line>.*)", _member),
    (r"\S+ Write (?P<text>true|false): .*", _value(lambda _, found: found["text"])),
    (r"look-alike Write (?P<text>\S+) if that is meant[.]", _value(lambda _, found: found["text"])),
)
"""Pattern of a code and its hint to what the hint says to do; the first one counts."""

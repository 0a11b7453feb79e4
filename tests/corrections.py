"""Do what a hint about a mistake in YAML says."""

import re

_HINT = re.compile(
    r"(?:.* )?Write(?: at line (?P<line>\d+))?(?: with (?P<indent>\d+) spaces before it)?(?P<two> two lines)?: "
    r"(?P<text>.*)"
)


def corrected(text: str, line: int, hint: str) -> str:
    """Return a text with a hint about its line carried out."""
    found = _HINT.fullmatch(hint)
    assert found, hint
    lines = text.split("\n")
    number = int(found["line"] or line) - 1
    before = re.match(r"\s*", lines[number])
    assert before
    indent = " " * (int(found["indent"]) if found["indent"] else len(before[0]))
    written = found["text"].split(" and then ") if found["two"] else [found["text"]]
    inner = re.match(r"(?:- +)*", written[0])
    assert inner
    # The text of a block stands below its key, a second key beside the first.
    inner_indent = " " * (len(inner[0]) + (2 if written[0].endswith(("|", "|-", ">-")) else 0))
    lines[number : number + 1] = [indent + written[0], *(indent + inner_indent + more for more in written[1:])]
    return "\n".join(lines)

"""Common mistakes in YAML: the pattern of a line that has one, its message, and its correction.

A match alone does not mean that a line is wrong. :mod:`trueup.manifest.yaml_syntax` examines only lines near a place
where reading failed, and offers a correction only if the text can be read with it.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from trueup.manifest.schema import NAMES, schema
from trueup.manifest.written import as_quoted

_Candidate = tuple[int, str]
"""Column of a mistake, from 0, and the corrected line; it can be several lines, separated by line feeds."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """A kind of mistake: its message, and a function that yields the candidates for a line."""

    words: str
    candidates: Callable[[str], Iterator[_Candidate]]


# A line may begin with several dashes ("- - a"), each of which opens a nested list.
_START: Final = r"^(?P<start> *(?:- +)*)"
# Only keys that occur in manifests: names, paths and quoted texts. In YAML any text can be a key, but then nearly every
# line would match.
_KEY: Final = r"[\w./-]+|\"[^\"]*\"|'[^']*'"
_VALUE: Final = rf"^(?P<start> *(?:(?:- +)+(?:(?:{_KEY}): +)?|(?:{_KEY}): +))"
"""What precedes a value in a block: dashes, a key, or both."""
# Characters that word processors and web pages put in the place of the ASCII ones.
_DASHES: Final = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2022\xb7"
_BLANKS: Final = "\xa0\u1680\u2000-\u200a\u202f\u205f\u3000"
_DOUBLE: Final = "\u201c\u201d\u201e\u201f\xab\xbb"
_SINGLE: Final = "\u2018\u2019\u201a\u201b"
_COLONS: Final = "\uff1a\ufe55\u2236\ua789\ufe13"
_CLOSING: Final = {"[": "]", "{": "}"}


@cache
def field_names() -> frozenset[str]:
    """Return the names of all fields of all schemas."""

    def names(node: Any) -> Iterator[str]:
        if isinstance(node, dict):
            yield from node["properties"] if isinstance(node.get("properties"), dict) else ()
            for value in node.values():
                yield from names(value)

    return frozenset(name for kind in NAMES for name in names(schema(kind)))


def _without_comment(text: str) -> tuple[str, str]:
    """Return a value without the comment after it, and the comment with the whitespace before it."""
    # A hash begins a comment only after whitespace: "a#b" is one text.
    found = re.search(r"\s#", text)
    end = len((text if found is None else text[: found.start()]).rstrip())
    return text[:end], text[end:]


def _rewritten(pattern: str, written: str, known: str = "") -> Callable[[str], Iterator[_Candidate]]:
    """Return a function that fills the template ``written`` with the groups of ``pattern``.

    The mistake is at the group ``at``. ``known`` names a group that must be the name of a field.
    """

    def candidates(line: str) -> Iterator[_Candidate]:
        found = re.match(pattern, line)
        if found and (not known or found[known] in field_names()):
            yield found.start("at"), written.format(**found.groupdict()).rstrip(" ")

    return candidates


def _replaced(pattern: str, by: str) -> Callable[[str], Iterator[_Candidate]]:
    """Return a function that replaces all matches of ``pattern``."""

    def candidates(line: str) -> Iterator[_Candidate]:
        found = re.search(pattern, line)
        if found:
            yield found.start(), re.sub(pattern, by, line)

    return candidates


def _in_quotes(pattern: str) -> Callable[[str], Iterator[_Candidate]]:
    """Return a function that puts quotes around the value, which begins at the group ``at``."""

    def candidates(line: str) -> Iterator[_Candidate]:
        found = re.match(pattern, line)
        if found:
            start = found.start("at")
            # A hash may begin a comment or be part of the text, so the value is quoted without it and with it.
            for value, comment in dict.fromkeys((_without_comment(line[start:]), (line[start:].rstrip(), ""))):
                yield start, f"{line[:start]}{as_quoted(value)}{comment}"

    return candidates


def _ends_early(line: str) -> Iterator[_Candidate]:
    """Yield the line with new quotes around a quoted value and the text after it."""
    # The lookahead ends the quoted part only at its own quote. A comment may follow it, and inside brackets a comma or
    # a closing bracket.
    found = re.match(
        rf"{_VALUE}(?P<value>(?P<quote>[\"'])(?:(?!(?P=quote)).)*(?P=quote))(?P<at>[^\s,\]}}:].*| +[^#\s].*)$", line
    )
    if found:
        value, comment = _without_comment(found["value"] + found["at"])
        if value[-1] != found["quote"]:
            yield found.start("at"), f"{found['start']}{as_quoted(value)}{comment}"


def _goes_on(line: str) -> Iterator[_Candidate]:
    """Yield the line with quotes around a value that begins with a bracket or a quote and continues after it."""
    # A quoted text counts only before a colon: _ends_early handles the others.
    found = re.match(
        rf"{_VALUE}(?P<value>\[[^\[\]]*\]|\{{[^{{}}]*\}}|\"[^\"]*\"(?=:)|'[^']*'(?=:))(?P<at>(?: *[^\s#\]}},]| +#).*)$",
        line,
    )
    if found:
        value, comment = _without_comment(found["value"] + found["at"])
        yield found.start("at"), f"{found['start']}{as_quoted(value)}{comment}"


def _quote_inside(quote: str) -> Callable[[str], Iterator[_Candidate]]:
    """Return a function that escapes the quotes inside a quoted text; those at both ends stay."""

    def candidates(line: str) -> Iterator[_Candidate]:
        found = re.match(rf"{_VALUE}{quote}(?P<inner>.*){quote}(?P<rest> *(?: #.*)?)$", line)
        at = -1 if found is None else line.find(quote, found.start("inner"), found.end("inner"))
        if found is None or at < 0:
            return
        if quote == '"':
            # Quotes that are escaped already are kept.
            inner = re.sub(r'(?<!\\)"', '\\"', found["inner"])
            yield at, f'{found["start"]}"{inner}"{found["rest"]}'
        else:
            yield at, f"{found['start']}{as_quoted(found['inner'].replace(quote * 2, quote))}{found['rest']}"

    return candidates


def _backslashes(line: str) -> Iterator[_Candidate]:
    """Yield the line with single quotes around a text with backslashes that are not meant as escapes."""
    # The pattern of ``at`` has all escapes of YAML 1.2 (section 5.7); \\x, \\u and \\U need 2, 4 and 8 digits.
    for found in re.finditer(r'"([^"\\]*\\[^"]*)"', line):
        at = re.search(
            r"\\(?![0abtnvfre \"/\\N_LPxuU])|\\x(?![0-9a-fA-F]{2})|\\u(?![0-9a-fA-F]{4})|\\U(?![0-9a-fA-F]{8})",
            found[1],
        )
        if at:
            place = found.start(1) + at.start()
            yield place, f"{line[: found.start()]}{as_quoted(found[1])}{line[found.end() :]}"


def _open_quote(line: str) -> Iterator[_Candidate]:
    """Yield the line with an open quote closed: at the end of the line, or before a comma, a bracket or a colon."""
    # A quote opens a value only at the start of a line or after a space, bracket or comma. Elsewhere it is text.
    for found in re.finditer(r"(?:^|(?<=[\s\[{,]))[\"']", line):
        quote, start = found[0], found.start()
        inner = r"(?:[^\"\\]|\\.)*" if quote == '"' else "(?:[^']|'')*"
        closed = re.compile(f"{quote}{inner}{quote}").match(line, start)
        if closed is None:
            ends = [
                len(_without_comment(line)[0]),
                *(at.start() for at in re.finditer(r"[,\]}]|: ", line) if at.start() > start),
            ]
            for end in dict.fromkeys(ends):
                yield start, f"{line[:end]}{quote}{line[end:]}"
            return


def _open_bracket(line: str) -> Iterator[_Candidate]:
    """Yield the line with its open brackets closed."""
    opened, wrong = closers(line)
    body, comment = _without_comment(line)
    if opened and wrong is None:
        yield opened[0][0], f"{body}{closing(opened)}{comment}"
        # The comma may separate this value from the next line instead of ending the list.
        if body.endswith(","):
            yield opened[0][0], f"{body[:-1]}{closing(opened)},{comment}"


def _wrong_bracket(line: str) -> Iterator[_Candidate]:
    """Yield the line with its first unmatched bracket replaced by the right one, preceded by it, or removed."""
    _, wrong = closers(line)
    if wrong is not None:
        at, wanted = wrong
        yield at, f"{line[:at]}{wanted}{line[at + 1 :]}"
        if wanted:
            yield at, f"{line[:at]}{wanted}{line[at:]}"


def closers(line: str) -> tuple[list[tuple[int, str]], tuple[int, str] | None]:
    """Return the open brackets of a line, and its first unmatched closing bracket or None.

    An open bracket is a pair of its column and sign. A closing one is a pair of its column and the matching sign, which
    is empty if no bracket is open.
    """
    # Quoted texts and comments are matched first, so that brackets in them do not count. The possessive *+ does not try
    # an open quote again at every length, which would take quadratic time.
    opened: list[tuple[int, str]] = []
    for found in re.finditer(r"\"(?:[^\"\\]|\\.)*+(?:\"|\\?$)|'(?:[^']|'')*+(?:'|$)| #.*|[\[\]{}]", line):
        sign = found[0]
        if sign in _CLOSING:
            opened.append((found.start(), sign))
        elif sign in ("]", "}"):
            wanted = _CLOSING[opened.pop()[1]] if opened else ""
            if wanted != sign:
                return opened, (found.start(), wanted)
    return opened, None


def closing(opened: Sequence[tuple[int, str]]) -> str:
    """Return the closing brackets of these open ones, the innermost first."""
    return "".join(_CLOSING[sign] for _, sign in reversed(opened))


def _second_key(line: str) -> Iterator[_Candidate]:
    """Yield a line with a second field split in two or, inside brackets, with a comma before that field."""
    for found in re.finditer(rf"(?<=[^\s,])[ ,;]+(?P<key>{_KEY}): ", line):
        before, rest = line[: found.start()], line[found.start("key") :]
        # Only a known field counts: "Note: this" can be part of a text.
        if found["key"] in field_names():
            between = ", " if closers(before)[0] else f"\n{' ' * indent_of(line)}"
            yield found.start("key"), f"{before}{between}{rest}"


def _below(line: str) -> Iterator[_Candidate]:
    """Yield a line with the text of a block scalar split in two."""
    found = re.match(rf"{_VALUE}(?P<at>\|-?|>-) +(?P<rest>[^#\s].*)$", line)
    if found:
        yield found.start("at"), f"{found['start']}{found['at']}\n{' ' * (indent_of(line) + 2)}{found['rest']}"


def outer_of(line: str) -> int:
    """Return the number of spaces at the start of a line."""
    return len(line) - len(line.lstrip(" "))


def indent_of(line: str) -> int:
    """Return the column of a line's key or value, after spaces and the hyphens of list items."""
    found = re.match(_START, line)
    return 0 if found is None else found.end()


TEMPLATE: Final = "This is a template that was not rendered. Render it first; if it is meant as text, it needs quotes."

# libyaml does not always report these, so yaml_misread searches for them too. Look-alikes of a character come before
# the message that it is missing, because both match such a line.
NO_MESSAGE: Final = (
    Mistake(
        "This is not a colon, but a character that looks like one.",
        _rewritten(rf"{_START}(?P<key>{_KEY}) *(?P<at>[{_COLONS}]) *(?P<rest>.*)$", "{start}{key}: {rest}"),
    ),
    Mistake(
        "This is not a plain space, but a character that looks like one.",
        _replaced(rf"(?:(?<=:)|(?<=-)|(?<=^)|(?<= )|(?<=[{_BLANKS}]))[{_BLANKS}]", " "),
    ),
    Mistake(
        "A list item begins with a hyphen and a space; this is a different character.",
        _rewritten(rf"^(?P<start> *)(?P<at>[{_DASHES}]|[*+](?= )) *(?P<rest>\S.*)$", "{start}- {rest}"),
    ),
    Mistake(
        "Nothing may follow the three hyphens that begin a document.",
        _rewritten(r"^(?P<at>---) *(?P<rest>[^\s#|>-].*)$", "---\n{rest}"),
    ),
    Mistake(
        "There is no space after the hyphen of a list item.",
        _rewritten(r"^(?P<start> *)-(?P<at>[^\s-].*)$", "{start}- {at}"),
    ),
    Mistake(
        "There is no space after the colon of a key.",
        _rewritten(rf"{_START}(?P<key>{_KEY}):(?P<at>[^\s:/#].*)$", "{start}{key}: {at}"),
    ),
    Mistake(
        "There is no space after the colon of a key.",
        _replaced(r"(?<=[\[{,])( *[A-Za-z]\w*):(?=[^\s:/#,\]}])", r"\1: "),
    ),
    Mistake(
        "The colon after a key is missing.",
        _rewritten(rf"{_START}(?P<key>{_KEY})(?P<at> *=>? *| +)(?P<rest>[^\s:=].*)$", "{start}{key}: {rest}", "key"),
    ),
    Mistake(
        "The colon after a key is missing.",
        _rewritten(rf"{_START}(?P<key>{_KEY})(?P<at>)(?P<rest> *(?: #.*)?)$", "{start}{key}:{rest}", "key"),
    ),
    Mistake(
        "A comment begins with #.", _rewritten(r"^(?P<start> *)(?P<at>//+|/\*+|;+)(?P<rest>.*)$", "{start}#{rest}")
    ),
    Mistake(
        "A comment needs a space before its #.",
        _rewritten(rf"{_START}(?P<key>(?:{_KEY}):)(?P<at>#.*)$", "{start}{key} {at}"),
    ),
)
"""Mistakes that can leave valid YAML with another meaning."""

# The order matters: the first correction with which the document obeys its schema is offered. So specific patterns come
# before general ones, such as quotes around any value with a colon.
MISTAKES: Final[Sequence[Mistake]] = (
    *NO_MESSAGE,
    Mistake("A comment needs a space before its #.", _rewritten(r"^(?P<start>.*[\"'\]}])(?P<at>#.*)$", "{start} {at}")),
    Mistake(
        "These are not straight quotes, but characters that look like them.",
        _replaced(rf"[{_DOUBLE}]([^{_DOUBLE}\"]*)[{_DOUBLE}]", r'"\1"'),
    ),
    Mistake(
        "These are not straight quotes, but characters that look like them.",
        _replaced(rf"(?:(?<=: )|(?<=- )|(?<=[\[{{,])|(?<=^))[{_SINGLE}]([^{_SINGLE}']*)[{_SINGLE}]", r"'\1'"),
    ),
    Mistake(
        "This is not a straight quote, but a character that looks like one.",
        _replaced(rf"\"([^{_DOUBLE}\"]*)[{_DOUBLE}](?=\s*$)", r'"\1"'),
    ),
    Mistake(
        "Inside single quotes, an apostrophe ends the text.",
        _quote_inside("'"),
    ),
    Mistake('Inside double quotes, a double quote ends the text unless it is written as \\".', _quote_inside('"')),
    Mistake("There is more text after the closing quote.", _ends_early),
    Mistake("Inside double quotes a backslash begins an escape, and this is not a valid one.", _backslashes),
    Mistake(
        "The colon after a key is missing.",
        _rewritten(r'^(?P<start> *)"(?P<key>\w+)"(?P<at> +)(?P<rest>["\[{\w].*)$', '{start}"{key}": {rest}', "key"),
    ),
    Mistake("There is more text after the closing bracket or quote; the whole text needs quotes.", _goes_on),
    Mistake(
        "A comma separates values only inside brackets.",
        _rewritten(rf"{_VALUE}(?P<value>\"[^\"]*\"|'[^']*')(?P<at>,)(?P<rest> *(?: #.*)?)$", "{start}{value}{rest}"),
    ),
    Mistake("A comma is missing.", _replaced(r"(?<=[\"'\]}]) +(?=[\"'\[{])", ", ")),
    Mistake(
        TEMPLATE,
        _in_quotes(rf"{_VALUE}(?P<at>\{{\{{)"),
    ),
    Mistake(
        "The text of a block must begin on the next line.",
        _below,
    ),
    Mistake(
        "A text without quotes cannot begin with this character.", _in_quotes(rf"{_VALUE}(?P<at>[@`%*&!|>,\]}}?]|- )")
    ),
    Mistake("The quote that opens here is not closed.", _open_quote),
    Mistake("The bracket that opens here is not closed.", _open_bracket),
    Mistake("This bracket does not match an open bracket.", _wrong_bracket),
    Mistake("A second key cannot begin on the same line.", _second_key),
    Mistake(
        "A text with a colon and a space in it, or with a colon at its end, needs quotes.",
        _in_quotes(rf"{_VALUE}(?P<at>[^\s\"'\[{{].*:(?: |$))"),
    ),
    Mistake("A comma is missing at the end of the line.", _rewritten(r"^(?P<start>.*[\w\"'\]}])(?P<at>)$", "{start},")),
    Mistake(
        "There is a list item among the keys of a mapping.",
        _rewritten(rf"^(?P<start> *)(?P<at>-) +(?P<rest>(?:{_KEY}):.*)$", "{start}{rest}"),
    ),
)
"""All mistakes that can be recognised from one line, the most certain first."""

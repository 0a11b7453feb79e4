"""Find the mistake that made reading fail, and the corrected line, by trial.

Each mistake of :mod:`trueup.manifest.yaml_mistakes` is searched on the lines near the place of the error. A correction
counts if the document can be read with it, at least beyond that place. The best one makes the document obey its schema.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from math import inf
from typing import Final

from yaml import MarkedYAMLError, YAMLError

from trueup.errors import Diagnostic
from trueup.manifest.schema import accepts, kind_of
from trueup.manifest.yaml_mistakes import MISTAKES, TEMPLATE, Mistake, closers, closing, indent_of, outer_of
from trueup.manifest.yaml_reader import NotYaml, documents
from trueup.model.position import Position

LINES_BEFORE: Final = 200
"""Lines before the place of the error that are searched. A quote can be open over many lines."""
LINES_AFTER: Final = 400
_TRIALS_AT_MOST: Final = 80
SYNTAX_CHARACTERS: Final = 2_000_000
"""Characters that all trials for one error may read."""
LINE_AT_MOST: Final = 500
"""Characters of the longest line that is searched: some patterns take quadratic time."""
TAB: Final = "There is a tab where YAML allows only spaces."
_SEPARATOR: Final = re.compile(r"(?:---|\.\.\.)(?:\s|$)")

Grade = tuple[bool, float]
"""Whether the document obeys its schema, and the line of its next error, from 0."""
_GOOD: Final[Grade] = (True, inf)


def not_yaml(error: YAMLError, text: str, file: str, *, quotable: bool) -> Diagnostic:
    """Return the diagnostic of a text that libyaml refuses, with a corrected line if one is found.

    Without ``quotable`` no line of the text is shown.
    """
    mark = error.problem_mark if isinstance(error, MarkedYAMLError) else None
    if mark is None or not isinstance(error, MarkedYAMLError):
        return Diagnostic(code="yaml-syntax", message="The file is not YAML.", position=Position(file, 1, 1))
    lines = lines_of(text)
    last, opened = len(lines) - 1, error.context_mark
    found = correction(lines, min(mark.line, last), None if opened is None else min(opened.line, last))
    line, column = (found.line, found.column) if found else _place(error, lines)
    tab = lines[line][: column + 1].endswith("\t") and not lines[line][:column].strip(" \t-?:")
    return Diagnostic(
        code="yaml-tab" if tab else "yaml-syntax",
        message=found.words if found else TAB if tab else _words(error),
        position=Position(file, line + 1, column + 1),
        hint=found.hint if found and quotable and _is_useful(found, lines) else "Indent with spaces." if tab else "",
    )


def meant_as_text(diagnostic: Diagnostic, text: str) -> Diagnostic:
    """Return the diagnostic of an unquoted value, with a corrected line if quotes are missing."""
    lines = lines_of(text)
    found, template = correction(lines, diagnostic.position.line - 1, None), diagnostic.code == "bad-key"
    if found is None or found.line != diagnostic.position.line - 1 or not _is_useful(found, lines, unread=template):
        return diagnostic
    if diagnostic.code == "unknown-anchor":
        return replace(diagnostic, hint=f"If it is meant as text, it needs quotes. {found.hint}")
    if found.words != TEMPLATE:
        return diagnostic
    position = Position(diagnostic.position.file, found.line + 1, found.column + 1)
    return replace(diagnostic, message=found.words, hint=found.hint, position=position)


_VALUES: Final = frozenset({"wrong-type", "wrong-value", "bad-format", "null-value"})
"""Codes of the problems that a correction may cause on its line: the field takes no such value."""


def _is_useful(found: "Correction", lines: Sequence[str], *, unread: bool = True) -> bool:
    """Return whether a correction leads to a value that its field takes; ``unread`` if the document cannot be read."""
    from trueup.manifest.violations import explain  # noqa: PLC0415 - needed for a file that is not YAML only

    first, last = window(lines, found.line, found.instead_of)
    # The last line of the correction counts too: some corrections split a line.
    changed = range(found.instead_of + 1 - first, found.instead_of + 2 - first + found.written.count("\n"))
    try:
        for document in documents("\n".join(found.apply(lines, first, last)).encode(), ""):
            kind = kind_of(document.root)
            for problem in explain(kind, document.root, document.positions) if kind else ():
                if problem.code in _VALUES and problem.position.line in changed:
                    return False
    except (YAMLError, NotYaml):
        # Another mistake further down: nothing is known of the values.
        return unread
    return True


def lines_of(text: str) -> list[str]:
    """Return the lines of a text."""
    return [line.removesuffix("\r") for line in text.rstrip().split("\n")]


_OPEN: Final = ("found unexpected end of stream", "found unexpected document indicator", "did not find expected ',' or")


def _place(error: MarkedYAMLError, lines: Sequence[str]) -> tuple[int, int]:
    """Return the line and column to report, from 0."""
    # libyaml reports an open quote or bracket where it stops, often at the end of the file. The mistake is where that
    # was opened.
    mark, opened = error.problem_mark, error.context_mark
    assert mark is not None, "not_yaml() checks this"
    if opened is not None and opened.line < len(lines):
        elsewhere = opened.line != mark.line and str(error.problem).startswith((*_OPEN, "could not find expected ':'"))
        if elsewhere or mark.line >= len(lines):
            return opened.line, opened.column
    return (mark.line, mark.column) if mark.line < len(lines) else (len(lines) - 1, len(lines[-1]))


_UNCLOSED: Final = "The quote that opens here is not closed."
_PLAINLY: Final = {
    "mapping values are not allowed": "A key cannot begin here: it is indented too far, or a value needs quotes.",
    "could not find expected ':'": "This line is neither a key with a colon nor a continuation of the text before it.",
    "found unexpected end of stream": _UNCLOSED,
    "found unexpected document indicator": _UNCLOSED,
    "did not find expected ',' or": "The bracket at line {line}, column {column} is not closed, or a comma is missing.",
    "did not find expected key": "This line is not a key of the mapping at line {line}, which is indented by {indent}.",
    "did not find expected '-' ": "This line is not an item of the list at line {line}, which is indented by {indent}.",
}
"""Beginnings of libyaml's messages to plainer ones."""


def _words(error: MarkedYAMLError) -> str:
    problem, mark, opened = str(error.problem), error.problem_mark, error.context_mark
    where = opened or mark
    assert mark is not None, "not_yaml() checks this"
    assert where is not None, "not_yaml() checks this"
    words = next((words for start, words in _PLAINLY.items() if problem.startswith(start)), "")
    if words:
        return words.format(line=where.line + 1, column=where.column + 1, indent=where.column)
    if opened is None or opened.index == mark.index:
        return f"This is not YAML: {problem}."
    return (
        f"This is not YAML: {problem} {error.context} that starts at line {where.line + 1}, column {where.column + 1}."
    )


@dataclass(frozen=True, slots=True)
class Correction:
    """A mistake, its place, and the corrected line. Lines and columns count from 0."""

    words: str
    line: int
    column: int
    written: str
    instead_of: int
    """The line to replace. If something is not closed, that can be a later line than that of the mistake."""
    moved: int = 0
    """Number of spaces by which the line moves, plus one, so that replacing a tab by as many spaces counts too."""
    sure: bool = True
    """Whether it is enough that the text can be read with it. Otherwise the document must obey its schema too."""

    @property
    def hint(self) -> str:
        """The hint with the text to write; empty if that is not known."""
        lines = [line.strip() for line in self.written.split("\n")]
        where = "Write" if self.line == self.instead_of else f"Write at line {self.instead_of + 1}"
        if not self.written:
            return ""
        if self.moved:
            where += f" with {len(self.written) - len(self.written.lstrip(' '))} spaces before it"
        return f"{where}: {lines[0]}" if len(lines) == 1 else f"{where} two lines: {lines[0]} and then {lines[1]}"

    def apply(self, lines: Sequence[str], first: int = 0, last: int | None = None) -> list[str]:
        """Return a text's lines from ``first`` up to ``last``, corrected."""
        return [*lines[first : self.instead_of], self.written, *lines[self.instead_of + 1 : last]]


def correction(lines: Sequence[str], at: int, opened: int | None) -> Correction | None:
    """Return the best correction for a text that cannot be read at line ``at``, None if no correction helps.

    ``opened`` is the line on which the failed node began. Lines count from 0.
    """
    first, last = window(lines, at, at if opened is None else opened)
    # Each trial reads the whole document, so a long one is tried less often.
    trials = min(_TRIALS_AT_MOST, SYNTAX_CHARACTERS // (1 + sum(map(len, lines[first:last]))))
    best: Correction | None = None
    grade: Grade = (False, at)
    for found in islice(_corrections(lines, _order(lines, first, at, opened)), trials):
        # After a good correction the search ends, unless the next one moves the same line as far: then two blocks fit
        # equally well.
        rivals = best is not None and best.moved and (best.line, best.moved) == (found.line, found.moved)
        if grade == _GOOD and not rivals:
            break
        reached = _grade(found.apply(lines, first, last), first)
        if best and reached == grade == _GOOD:
            # It is not known to which of two blocks the line belongs, so no line is suggested.
            return replace(best, written="")
        if reached > grade and (found.sure or reached == _GOOD):
            best, grade = found, reached
    return best


def window(lines: Sequence[str], at: int, opened: int) -> tuple[int, int]:
    """Return the range of lines of the document around a place: the first line, and the one after the last."""
    first = next((n for n in range(min(at, opened), 0, -1) if _SEPARATOR.match(lines[n])), 0)
    end = min(len(lines), at + LINES_AFTER)
    return first, next((n for n in range(at + 1, end) if _SEPARATOR.match(lines[n])), end)


def _order(lines: Sequence[str], first: int, at: int, opened: int | None) -> list[int]:
    """Return the lines to search: that of the error, the one before it, the one where it began, and those between."""
    before = [n for n in range(at - 1, first - 1, -1) if lines[n].strip()][:LINES_BEFORE]
    near = [at, *before[:1], *(() if opened is None else (opened,)), *before[1:]]
    return list(dict.fromkeys(n for n in near if n < len(lines) and len(lines[n]) <= LINE_AT_MOST))


def _corrections(lines: Sequence[str], order: Sequence[int]) -> Iterator[Correction]:
    # Corrections within one line come first. Moving a line comes last, because many indentations can be read.
    for number in order:
        for mistake in MISTAKES:
            yield from of_line(lines, number, mistake)
    for number in order[:3]:
        yield from _closed(lines, number, order[1:2])
        yield from _item(lines, number)
    for number in order[:3]:
        yield from indented_line(lines, number)


def of_line(lines: Sequence[str], number: int, mistake: Mistake) -> Iterator[Correction]:
    """Yield the corrections of a line that may have a mistake of this kind."""
    for column, written in mistake.candidates(lines[number]):
        if written != lines[number]:
            yield Correction(mistake.words, number, column, written, number)


def _closed(lines: Sequence[str], number: int, ends: Sequence[int]) -> Iterator[Correction]:
    """Yield the corrections that close a line's open brackets at the end of a later line."""
    for end in ends:
        opened, wrong = closers("\n".join(lines[number : end + 1]))
        if opened and wrong is None and end > number and opened[0][0] < len(lines[number]):
            words = "The bracket that opens here is not closed."
            yield Correction(words, number, opened[0][0], f"{lines[end]}{closing(opened)}", end)


def _item(lines: Sequence[str], number: int) -> Iterator[Correction]:
    """Yield the correction that makes a line among list items an item."""
    text = lines[number].lstrip(" ")
    blank = " " * (len(lines[number]) - len(text))
    before = next((lines[n] for n in range(number - 1, -1, -1) if not lines[n].startswith(f"{blank} ")), "")
    if text and before.startswith(f"{blank}- "):
        words = "A list item begins with a hyphen and a space."
        yield Correction(words, number, len(blank), f"{blank}- {text}", number)


def indented_line(lines: Sequence[str], number: int) -> Iterator[Correction]:
    """Yield the corrections that indent a line like one of the lines around it, the nearest first."""
    text = lines[number].lstrip(" \t")
    blank = lines[number][: len(lines[number]) - len(text)]
    blocks = _blocks(lines, number)
    tab = "\t" in blank
    # A tab is as wide as the smallest indentation around it, which is what the editor probably showed.
    width = len(blank.expandtabs(min((indent for indent in blocks if indent), default=2)))
    sure = tab or width not in blocks
    for indent, began in sorted(blocks.items(), key=lambda block: abs(block[0] - width)):
        if " " * indent == blank:
            continue
        block = f"the block that began at line {began + 1}" if began < number else f"line {began + 1} of the same block"
        words = TAB if tab else f"This line is indented by {width}, but {block} by {indent}."
        column = len(blank.partition("\t")[0])
        written = " " * indent + text
        yield Correction(words, number, column, written, number, moved=1 + abs(indent - width), sure=sure)


def _blocks(lines: Sequence[str], number: int) -> dict[int, int]:
    """Return the possible indentations of a line, each with the line where its block begins."""
    before = [n for n in range(number - 1, -1, -1) if lines[n].strip()][:LINES_BEFORE]
    after = [n for n in range(number + 1, min(number + LINES_BEFORE, len(lines))) if lines[n].strip()]
    indents: dict[int, int] = {}
    most = indent_of(lines[before[0]]) if before else 0
    if before and lines[before[0]].rstrip().endswith((":", "|", ">", "-", "[", "{", ",")):
        # A line that ends with one of these opens a block, which may be indented further; two spaces are usual.
        most += 2
        indents[most] = before[0]
    for n in before:
        # The search goes upwards, so the last line found of a block is its first.
        indents.update({indent: n for indent in (outer_of(lines[n]), indent_of(lines[n])) if indent <= most})
        most = min(most, outer_of(lines[n]))
    least = inf
    for n in after:
        outer = outer_of(lines[n])
        if outer <= least:
            indents.setdefault(outer, n)
        least = min(least, outer)
    return indents


def _grade(lines: Sequence[str], offset: int) -> Grade:
    """Return how far a text can be read; ``offset`` is the number of its lines that were left out before it."""
    good = True
    try:
        for document in documents("\n".join(lines).encode(), ""):
            kind = kind_of(document.root)
            good = good and not document.diagnostics and kind is not None and accepts(kind, document.root)
    except MarkedYAMLError as error:
        # An error past the last line means that something is still open, which is no progress.
        return False, offset + min(error.problem_mark.line if error.problem_mark else 0, len(lines) - 1)
    except YAMLError:
        return False, 0
    except NotYaml as error:
        return False, offset + error.diagnostics[-1].position.line - 1
    return good, inf

"""Find mistakes that leave a text YAML, but make it mean something else, such as ``-tax`` for a list item.

They are looked for where a document does not obey its schema, and believed when it has fewer problems without them.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from typing import Final

from trueup.errors import Diagnostic
from trueup.manifest.yaml_mistakes import NO_MESSAGE, Mistake
from trueup.manifest.yaml_syntax import LINE_AT_MOST, Correction, indented_line, lines_of, of_line, window
from trueup.model.position import Position

PROBLEMS_LOOKED_AT: Final = 3
LINES_LOOKED_AT: Final = 3
"""Lines that are looked at for a problem: that of its place, and those below it."""
_CHARACTERS_AT_MOST: Final = 200_000
"""Characters of a file that all trials together check."""
_TRIALS_AT_MOST: Final = 20
"""Trials for one document."""
_VALUES: Final = frozenset({"wrong-type", "wrong-value", "bad-format"})
"""What is found wrong with a text that goes on where the next item should begin."""

_Candidate = tuple[Diagnostic, Mistake | None, Correction]


@dataclass
class Misread:
    """A file some of whose documents do not obey their schemas; ``check`` returns what is wrong with one such text."""

    text: bytes
    check: Callable[[bytes], Sequence[Diagnostic]]
    left: int = _CHARACTERS_AT_MOST

    @cached_property
    def lines(self) -> list[str]:
        """Return the lines of the file."""
        return lines_of(self.text.decode(errors="replace"))

    def without_consequences(self, found: Sequence[Diagnostic]) -> Sequence[Diagnostic]:
        """Return what is wrong with a document, with a mistake in the place of the problems that follow from it."""
        if not found or self.left <= 0:
            return found
        lines, place = self.lines, found[0].position.line - 1
        first, last = window(lines, place, place)
        size = sum(map(len, lines[first:last]))
        for problem, kind, mistake in islice(_candidates(found[:PROBLEMS_LOOKED_AT], lines, last), _TRIALS_AT_MOST):
            self.left -= size
            if self.left < 0:
                break
            corrected = _everywhere(kind, mistake, lines, first, last)
            left = {_key(other) for other in self.check("\n".join(corrected).encode())}
            if _key(problem) not in left and left < {_key(other) for other in found}:
                said = [_said(problem, mistake), *(other for other in found if _key(other) in left)]
                return sorted(said, key=lambda each: each.position)
        return found


def _said(problem: Diagnostic, mistake: Correction) -> Diagnostic:
    position = Position(problem.position.file, mistake.line + 1, mistake.column + 1)
    return replace(problem, message=f"{problem.message} {mistake.words}", hint=mistake.hint, position=position)


def _key(problem: Diagnostic) -> tuple[str, str]:
    return problem.code, problem.path


def _candidates(found: Sequence[Diagnostic], lines: Sequence[str], last: int) -> Iterator[_Candidate]:
    for problem in found:
        start = problem.position.line - 1
        near = [n for n in range(start, min(start + LINES_LOOKED_AT, last)) if len(lines[n]) <= LINE_AT_MOST]
        for number in near:
            for kind in NO_MESSAGE:
                for mistake in of_line(lines, number, kind):
                    yield problem, kind, mistake
        # The later line is the one that differs from its block.
        for number in reversed(near) if problem.code in _VALUES else ():
            for mistake in indented_line(lines, number):
                yield problem, None, mistake


def _everywhere(kind: Mistake | None, mistake: Correction, lines: Sequence[str], first: int, last: int) -> list[str]:
    """Return the lines of a document, with this mistake corrected on all lines that follow each other and have it."""
    corrected = mistake.apply(lines, first, last)
    for number in range(mistake.line + 1 - first, len(corrected)) if kind else ():
        again = next((other.written for other in of_line(corrected, number, kind)), None) if kind else None
        if again is None:
            break
        corrected[number] = again
    return corrected

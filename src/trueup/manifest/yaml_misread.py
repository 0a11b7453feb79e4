"""Find mistakes that are valid YAML with another meaning, such as ``-tax`` for a list item.

They are searched in documents that violate their schema. A mistake is reported if correcting it removes the problem
that it explains and causes no new one.
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

PROBLEMS_EXAMINED: Final = 3
LINES_EXAMINED: Final = 3
"""Lines that are examined for a problem: that of its position, and those below it."""
_CHARACTERS_AT_MOST: Final = 200_000
"""Characters that all trials for one file may check."""
_TRIALS_AT_MOST: Final = 20
"""Trials for one document."""
_VALUES: Final = frozenset({"wrong-type", "wrong-value", "bad-format"})
"""Codes of the errors about a text that continues where the next item should begin."""

_Candidate = tuple[Diagnostic, Mistake | None, Correction]


@dataclass
class Misread:
    """A file with documents that violate their schemas; ``check`` returns the diagnostics of a text."""

    text: bytes
    check: Callable[[bytes], Sequence[Diagnostic]]
    budget: int = _CHARACTERS_AT_MOST

    @cached_property
    def lines(self) -> list[str]:
        """The lines of the file."""
        return lines_of(self.text.decode(errors="replace"))

    def without_consequences(self, found: Sequence[Diagnostic]) -> Sequence[Diagnostic]:
        """Return a document's diagnostics ``found``, with a mistake instead of the problems that follow from it."""
        if not found or self.budget <= 0:
            return found
        lines, start = self.lines, found[0].position.line - 1
        first, last = window(lines, start, start)
        size = sum(map(len, lines[first:last]))
        for problem, kind, mistake in islice(_candidates(found[:PROBLEMS_EXAMINED], lines, last), _TRIALS_AT_MOST):
            # Each trial reads and checks the document again.
            self.budget -= size
            if self.budget < 0:
                break
            corrected = _everywhere(kind, mistake, lines, first, last)
            remaining = {_key(other) for other in self.check("\n".join(corrected).encode())}
            # A strict subset: the correction must not cause another problem.
            if _key(problem) not in remaining and remaining < {_key(other) for other in found}:
                explained = [_explained(problem, mistake), *(other for other in found if _key(other) in remaining)]
                return sorted(explained, key=lambda each: each.position)
        return found


def _explained(problem: Diagnostic, mistake: Correction) -> Diagnostic:
    position = Position(problem.position.file, mistake.line + 1, mistake.column + 1)
    return replace(problem, message=f"{problem.message} {mistake.words}", hint=mistake.hint, position=position)


def _key(problem: Diagnostic) -> tuple[str, str]:
    return problem.code, problem.path


def _candidates(found: Sequence[Diagnostic], lines: Sequence[str], last: int) -> Iterator[_Candidate]:
    for problem in found:
        start = problem.position.line - 1
        near = [n for n in range(start, min(start + LINES_EXAMINED, last)) if len(lines[n]) <= LINE_AT_MOST]
        for number in near:
            for kind in NO_MESSAGE:
                for mistake in of_line(lines, number, kind):
                    yield problem, kind, mistake
        # Of two lines that differ in indentation, the later one is usually wrong.
        for number in reversed(near) if problem.code in _VALUES else ():
            for mistake in indented_line(lines, number):
                yield problem, None, mistake


def _everywhere(kind: Mistake | None, mistake: Correction, lines: Sequence[str], first: int, last: int) -> list[str]:
    """Return a document's lines with this mistake corrected, also on the lines right below that have it."""
    corrected = mistake.apply(lines, first, last)
    for number in range(mistake.line + 1 - first, len(corrected)) if kind else ():
        again = next((other.written for other in of_line(corrected, number, kind)), None) if kind else None
        if again is None:
            break
        corrected[number] = again
    return corrected

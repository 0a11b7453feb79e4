"""Bounds on what is read from a file and on how much is reported about it.

A file can come from any pull request, so its cost must grow no faster than its size. A file with more than any estate
needs is refused with one error. ``docs/reference/limits.md`` lists all bounds.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from trueup.errors import Diagnostic, Severity
from trueup.model.position import Position

PROBLEMS_AT_MOST: Final = 100
"""Problems that are listed for one file; the others are only counted."""

DOCUMENTS_AT_MOST: Final = 50_000
"""Documents in one file."""

TARGET_NODES_AT_MOST: Final = 1_000_000
"""Nodes of all manifests of one file that are for several targets, each counted once for each target."""

CHARACTERS_AT_MOST: Final = 2_000
"""Characters in each text of a diagnostic, which can hold names and values from the file."""


class Problems:
    """The diagnostics of one file: the first errors, the first warnings, and the number of the others."""

    def __init__(self) -> None:
        self._listed: dict[Severity, list[Diagnostic]] = {severity: [] for severity in Severity}
        self._omitted: Counter[Severity] = Counter()
        self._next: dict[Severity, Position] = {}
        self._more = False

    @property
    def full(self) -> bool:
        """Return whether one more error would not be listed."""
        return len(self._listed[Severity.ERROR]) >= PROBLEMS_AT_MOST

    def add(self, found: Iterable[Diagnostic]) -> None:
        """Add diagnostics in the order in which they are to be listed."""
        for diagnostic in found:
            listed = self._listed[diagnostic.severity]
            if len(listed) < PROBLEMS_AT_MOST:
                listed.append(_shortened(diagnostic))
            else:
                self._omit(diagnostic.severity, diagnostic.position)

    def omit(self, position: Position) -> None:
        """Count a place with errors that was not examined: there may be several."""
        self._omit(Severity.ERROR, position)
        self._more = True

    def all(self) -> tuple[Diagnostic, ...]:
        """Return the listed diagnostics, with a note at the end when there are more.

        The note is an error when an error is not listed, so that the exit status stays the same.
        """
        errors = self._listed[Severity.ERROR]
        warnings = self._listed[Severity.WARNING]
        # Errors take precedence over warnings.
        shown = warnings[: PROBLEMS_AT_MOST - len(errors)]
        for warning in warnings[len(shown) :]:
            self._omit(Severity.WARNING, warning.position)
        del warnings[len(shown) :]
        omitted = self._omitted.total()
        if not omitted:
            return (*errors, *shown)
        severity = Severity.ERROR if self._omitted[Severity.ERROR] else Severity.WARNING
        least = "At least " if self._more else ""
        note = Diagnostic(
            code="more-problems",
            message=f"{least}{omitted:,} more {'problem is' if omitted == 1 else 'problems are'} not listed.",
            position=self._next[severity],
            severity=severity,
            hint=f"Fix the listed problems first. At most {PROBLEMS_AT_MOST} are listed for each file.",
            quotable=False,
        )
        return (*errors, *shown, note)

    def _omit(self, severity: Severity, position: Position) -> None:
        self._omitted[severity] += 1
        # The note is placed at the first problem that is not listed.
        self._next[severity] = min(self._next.get(severity, position), position)


def limited(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Return the diagnostics of several files in the order of the files, bounded for each file."""
    by_file: dict[str, Problems] = {}
    for diagnostic in diagnostics:
        name = diagnostic.position.file
        if name not in by_file:
            by_file[name] = Problems()
        by_file[name].add((diagnostic,))
    return [diagnostic for problems in by_file.values() for diagnostic in problems.all()]


def _shortened(diagnostic: Diagnostic) -> Diagnostic:
    texts = (diagnostic.message, diagnostic.path, diagnostic.allowed, diagnostic.hint)
    if max(map(len, texts)) <= CHARACTERS_AT_MOST:
        return diagnostic
    message, path, allowed, hint = (
        text if len(text) <= CHARACTERS_AT_MOST else f"{text[:CHARACTERS_AT_MOST]}..." for text in texts
    )
    return replace(diagnostic, message=message, path=path, allowed=allowed, hint=hint)

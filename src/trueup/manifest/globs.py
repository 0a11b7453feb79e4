"""Match the names of files and folders against all globs of a run, one name after the other.

The rules are those of :func:`glob.glob` with ``recursive=True``: ``**`` means any number of folders, and it and
patterns pass over hidden names, but for a part that starts with a dot itself.
"""

import re
from collections.abc import Iterable, Sequence
from fnmatch import translate
from typing import Final

MatchState = tuple[int, int]
"""The number of a glob, and how many of its parts the names so far have met."""

States = frozenset[MatchState]

_ANY_DEPTH: Final = "**"


class Globs:
    """Globs as one automaton. ``parts`` are those of each glob; a glob that names only folders has none."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self.parts = tuple(_parts(pattern) for pattern in patterns)
        self._tests = tuple(tuple(map(_test, parts)) for parts in self.parts)
        self.start: States = self._closed((number, 0) for number, parts in enumerate(self.parts) if parts)

    def step(self, states: States, name: str) -> States:
        """Return the states after one more name."""
        met: list[MatchState] = []
        for number, done in states:
            tests = self._tests[number]
            if done == len(tests):
                continue
            if tests[done] is None:
                if not name.startswith("."):
                    met.append((number, done))
            elif self._fits(name, number, done):
                met.append((number, done + 1))
        return self._closed(met)

    def run(self, names: Iterable[str]) -> States:
        """Return the states after these names."""
        states = self.start
        for name in names:
            states = self.step(states, name)
        return states

    def accepts(self, states: States) -> set[int]:
        """Return the numbers of the globs that match the names so far."""
        return {number for number, done in states if done == len(self.parts[number])}

    def onward(self, states: States) -> States:
        """Return the states from which more names can lead to a match."""
        return frozenset(state for state in states if state[1] < len(self.parts[state[0]]))

    def _closed(self, states: Iterable[MatchState]) -> States:
        """Add the states in which a ``**`` means no folder."""
        closed = set(states)
        # No part after a ** is one as well.
        closed.update([(number, done + 1) for number, done in closed if self._is_any_depth(number, done)])
        return frozenset(closed)

    def _is_any_depth(self, number: int, done: int) -> bool:
        parts = self.parts[number]
        return done < len(parts) and parts[done] == _ANY_DEPTH

    def _fits(self, name: str, number: int, done: int) -> bool:
        test = self._tests[number][done]
        if test is None or isinstance(test, str):
            return name == test
        return test.match(name) is not None and (not name.startswith(".") or self.parts[number][done].startswith("."))


def has_magic(part: str) -> bool:
    """Return whether a part of a glob is a pattern, and not a name. Importing :mod:`glob` for this takes longer."""
    return any(sign in part for sign in "*?[")


def _parts(pattern: str) -> tuple[str, ...]:
    """Split a glob; one that ends in a slash, or a dot behind one, names folders, of which none is a file."""
    given = pattern.split("/")
    if given[-1] in ("", "."):
        return ()
    parts: list[str] = []
    for part in given:
        if part not in ("", ".") and not (part == _ANY_DEPTH and parts[-1:] == [_ANY_DEPTH]):
            parts.append(part)
    # A file below is meant: what ** means at the end has at least one name.
    return (*parts, "*") if parts[-1] == _ANY_DEPTH else tuple(parts)


def _test(part: str) -> str | re.Pattern[str] | None:
    """Return what a name is compared with: a text, a regular expression, or None for any number of names."""
    if part == _ANY_DEPTH:
        return None
    return re.compile(translate(part)) if has_magic(part) else part

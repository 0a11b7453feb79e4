"""Match paths against all globs of a run, one path component at a time.

The rules are those of :func:`glob.glob` with ``recursive=True``: ``**`` matches any number of folders. Hidden names are
matched only by a component that starts with a dot itself.
"""

import re
from collections.abc import Iterable, Sequence
from fnmatch import translate
from typing import Final

MatchState = tuple[int, int]
"""The index of a glob, and how many of its components the names so far have matched."""

States = frozenset[MatchState]

_ANY_DEPTH: Final = "**"


class Globs:
    """All globs as one automaton. ``parts`` has each glob's components; none for a glob that matches only folders."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self.parts = tuple(_parts(pattern) for pattern in patterns)
        self._tests = tuple(tuple(map(_test, parts)) for parts in self.parts)
        # A set of states, as in an NFA: backtracking over several ** would take exponential time.
        self.start: States = self._closed((number, 0) for number, parts in enumerate(self.parts) if parts)

    def step(self, states: States, name: str) -> States:
        """Return the states after one more name."""
        reached: list[MatchState] = []
        for number, done in states:
            tests = self._tests[number]
            if done == len(tests):
                continue
            if tests[done] is None:
                if not name.startswith("."):
                    reached.append((number, done))
            elif self._fits(name, number, done):
                reached.append((number, done + 1))
        return self._closed(reached)

    def run(self, names: Iterable[str]) -> States:
        """Return the states after these names."""
        states = self.start
        for name in names:
            states = self.step(states, name)
        return states

    def accepts(self, states: States) -> set[int]:
        """Return the indexes of the globs that match the names so far."""
        return {number for number, done in states if done == len(self.parts[number])}

    def unfinished(self, states: States) -> States:
        """Return the states that more names can bring to a match."""
        return frozenset(state for state in states if state[1] < len(self.parts[state[0]]))

    def _closed(self, states: Iterable[MatchState]) -> States:
        """Add the states in which a ``**`` matches no folder."""
        closed = set(states)
        # One pass is enough: _parts() joins repeated **, so the component after a ** is never a ** too.
        closed.update([(number, done + 1) for number, done in closed if self._is_any_depth(number, done)])
        return frozenset(closed)

    def _is_any_depth(self, number: int, done: int) -> bool:
        parts = self.parts[number]
        return done < len(parts) and parts[done] == _ANY_DEPTH

    def _fits(self, name: str, number: int, done: int) -> bool:
        test = self._tests[number][done]
        if test is None or isinstance(test, str):
            return name == test
        # As in a shell, a wildcard does not match a leading dot.
        return test.match(name) is not None and (not name.startswith(".") or self.parts[number][done].startswith("."))


def has_magic(part: str) -> bool:
    """Return whether a component is a pattern and not a name. Importing :mod:`glob` takes longer."""
    return any(sign in part for sign in "*?[")


def _parts(pattern: str) -> tuple[str, ...]:
    """Return a glob's components; none for a glob that ends in ``/`` or ``/.``, which matches only folders."""
    given = pattern.split("/")
    if given[-1] in ("", "."):
        return ()
    parts: list[str] = []
    for part in given:
        if part not in ("", ".") and not (part == _ANY_DEPTH and parts[-1:] == [_ANY_DEPTH]):
            parts.append(part)
    # A final ** matches files too, so it needs at least one name.
    return (*parts, "*") if parts[-1] == _ANY_DEPTH else tuple(parts)


def _test(part: str) -> str | re.Pattern[str] | None:
    """Return the test of a component: a text to equal, a pattern to match, or None for any number of names."""
    if part == _ANY_DEPTH:
        return None
    return re.compile(translate(part)) if has_magic(part) else part

"""Find out whether a regular expression can take more than linear time, from its structure alone.

A backtracking engine is slow where one text can be read in several ways, by two repetitions or by one in another, and
then does not match. The positions of a pattern are the states of an automaton (Glushkov's). It is slow if some word
leads from a state back to itself in two ways (exponential), or from a state to itself, to another one, and from that
to itself (quadratic). A state at which the match may end is no danger, unless the whole text must match. A repetition
of up to 256 times only adds a factor. Lookaheads count as if they took what they look at.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from itertools import chain, product
from re import _compiler, _constants, _parser  # type: ignore[attr-defined]  # the library's own reader of patterns
from typing import Any, Final

BOUNDED: Final = 256
SEARCHES: Final = frozenset({"search", "sub", "subn", "finditer", "findall", "split"})
_ALPHABET: Final = [*map(chr, range(256)), "\u0130", "\u2028", "\ufeff", "\ue000", "😀"]
_BYTES: Final = 256
_Part = tuple[bool, list[int], list[int]]
"""Whether it may be empty, the positions it can begin with, and those it can end with."""


def slow(pattern: re.Pattern[Any], method: str) -> bool:
    """Return whether this method of a pattern can take more than linear time."""
    return any(_Automaton(pattern, part, method).slow() for part in (None, *_lookarounds(_parsed(pattern))))


def _parsed(pattern: re.Pattern[Any]) -> Any:
    return _parser.parse(pattern.pattern, pattern.flags)


def _lookarounds(node: Any) -> Iterator[Any]:
    """Give the bodies of lookaheads, which the engine matches by themselves."""
    if isinstance(node, _parser.SubPattern | list | tuple):
        if len(node) == 2 and str(node[0]) in {"ASSERT", "ASSERT_NOT"}:
            yield node[1][1]
        for part in node:
            yield from _lookarounds(part)


class _Automaton:
    def __init__(self, pattern: re.Pattern[Any], part: Any, method: str) -> None:
        self.flags, self.kind = pattern.flags, type(pattern.pattern)
        self.sets: list[AbstractSet[str]] = []
        self.follow: list[Counter[int]] = []
        self.searched = method in SEARCHES and part is None
        before = [self._position(set(_ALPHABET))] if self.searched else []
        self._join(before, before)
        parsed = _parsed(pattern) if part is None else part
        self.state = parsed.state
        _, first, last = self._sequence(parsed)
        self._join(before, first)
        self.ends = set() if method == "fullmatch" else set(last)

    def slow(self) -> bool:
        letters = {tuple(letter in chars for chars in self.sets): letter for letter in _ALPHABET}.values()
        step: list[Mapping[str, Iterable[int]]] = [
            {a: [to for to in after if a in self.sets[to]] for a in letters} for after in self.follow
        ]
        single = {n: self._reached((n,), step) for n in range(len(step))}
        loops = [n for n in single if (n,) in single[n]]
        risky = [n for n in loops if n not in self.ends]
        for one, other in product(loops, risky):
            if one == other:
                if any(
                    self.follow[n][to] > 1 and (one,) in single[to] for (n,) in single[one] for to in self.follow[n]
                ):
                    return True
                apart = {pair for pair in self._reached((one, one), step) if pair[0] != pair[1]}
                if any((one, one) in self._reached(pair, step) for pair in apart):
                    return True
            elif (other,) in single[one] and (one, other, other) in self._reached((one, one, other), step):
                return True
        return False

    def _reached(self, start: tuple[int, ...], step: list[Mapping[str, Iterable[int]]]) -> AbstractSet[tuple[int, ...]]:
        """Return the states that some word leads to at the same time."""
        seen: set[tuple[int, ...]] = set()
        waiting = [start]
        while waiting:
            state = waiting.pop()
            for letter in step[state[0]]:
                new = set(product(*(step[n][letter] for n in state))) - seen
                seen |= new
                waiting += new
        return seen

    def _position(self, chars: AbstractSet[str]) -> int:
        self.sets.append(chars)
        self.follow.append(Counter())
        return len(self.sets) - 1

    def _join(self, before: Iterable[int], after: Iterable[int]) -> None:
        for one in before:
            self.follow[one].update(after)

    def _sequence(self, items: Iterable[Any]) -> _Part:
        empty = True
        first: list[int] = []
        last: list[int] = []
        for item in items:
            nothing, begins, ends = self._part(item)
            self._join(last, begins)
            first = first + begins if empty else first
            last = last + ends if nothing else ends
            empty = empty and nothing
        return empty, first, last

    def _part(self, item: Any) -> _Part:
        operator, operand = item
        match str(operator), operand:
            case (("MAX_REPEAT" | "MIN_REPEAT"), (least, most, body)) if most > BOUNDED:
                empty, first, last = self._sequence(body)
                self._join(last, first)
                return empty or least == 0, first, last
            case (("MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT"), (least, most, body)):
                # Two copies show what two that follow each other do; what is possessive is never read again.
                again = most > 1 and str(operator) != "POSSESSIVE_REPEAT"
                optional = (_constants.MAX_REPEAT, (0, 1, body))
                empty, first, last = self._sequence([*body, optional] if again else body)
                return empty or least == 0, first, last
            case "SUBPATTERN", (_, _, _, body):
                return self._sequence(body)
            case "BRANCH", (_, bodies):
                empties, firsts, lasts = zip(*map(self._sequence, bodies), strict=True)
                return any(empties), [*chain(*firsts)], [*chain(*lasts)]
            case "ASSERT", (1, body):
                return self._sequence(body)
            case (("ASSERT" | "ASSERT_NOT"), (-1, _)):
                return True, [], []
            case "ASSERT_NOT", _:
                return self._single(set(_ALPHABET))
            case "AT", _:
                return self._place(str(operand))
            case (("LITERAL" | "NOT_LITERAL" | "IN" | "ANY"), _):
                return self._single(self._letters(item))
        raise NotImplementedError(str(operator))

    def _place(self, name: str) -> _Part:
        """Return what a place in the text is: nothing, or what a search must find before it."""
        if name in {"AT_END", "AT_END_STRING"}:
            return self._single(set())
        if name.startswith("AT_BEGINNING") and self.searched:
            return self._single({"\n"} if self.flags & re.MULTILINE and name == "AT_BEGINNING" else set())
        return True, [], []

    def _letters(self, item: Any) -> AbstractSet[str]:
        pattern = _compiler.compile(_parser.SubPattern(self.state, [item]), self.flags)
        if self.kind is bytes:
            return {letter for letter in _ALPHABET if ord(letter) < _BYTES and pattern.match(bytes([ord(letter)]))}
        return {letter for letter in _ALPHABET if pattern.match(letter)}

    def _single(self, letters: AbstractSet[str]) -> _Part:
        position = self._position(letters)
        return False, [position], [position]

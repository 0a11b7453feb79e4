"""libyaml's events of a text, corrected where libyaml follows rules older than YAML 1.2.

Two rules differ from YAML 1.2, from editors and from JSON:

* U+0085, U+2028 and U+2029 end a line in libyaml but not in editors, so the rest of a comment would become content.
  They are allowed only between double quotes, where they are ordinary characters.
* libyaml refuses the escapes of surrogate pairs, with which JSON writes every character above U+FFFF.

Both are hidden from libyaml: each such character is replaced by one that does not occur in the text, one for one, so
that all marks stay correct.
"""

import re
from collections.abc import Iterator
from itertools import chain, islice
from typing import Any, Final

from yaml import MarkedYAMLError, YAMLError
from yaml._yaml import CParser
from yaml.events import ScalarEvent

_BREAKS: Final = "\x85\u2028\u2029"
_BREAK: Final = f"[{_BREAKS}]"
_SUSPECTS: Final = (*_BREAKS, "\\u")
"""A text without these has neither. Searching for them is much faster than searching for the patterns."""
_BATCH: Final = 1024
_TOO_DEEP: Final = "exceeded maximum nesting depth"
"""libyaml's error for more than a thousand levels, since 0.2.6."""
_ESCAPE: Final = r"(?<!\\)((?:\\\\)*)\\(?=u[dD][89a-fA-F][0-9a-fA-F]{2})"
"""The backslash of the escape of one half of a surrogate pair, after any number of escaped backslashes."""


class BadCharacter(YAMLError):
    """A character or an escape that is not allowed where it is; ``line`` and ``column`` count from 0."""

    def __init__(self, message: str, hint: str, text: str, index: int) -> None:
        super().__init__(message)
        self.hint = hint
        self.line = text.count("\n", 0, index)
        self.column = index - (text.rfind("\n", 0, index) + 1)


def events_of(text: bytes | str) -> Iterator[Any]:
    """Yield the events of a text; marks count characters. Raises yaml.YAMLError, and its subclass BadCharacter."""
    return chain.from_iterable(_batches(text))


def _batches(text: bytes | str) -> Iterator[list[Any]]:
    """Yield the events in batches: switching between libyaml and Python at every event takes a tenth more time."""
    events = _events(text)
    given = 0
    while True:
        batch: list[Any] = []
        try:
            batch.extend(islice(events, _BATCH))
        except YAMLError as error:
            yield batch
            # libyaml 0.2.6 and later have a bound on depth too. They read ahead, so they stop before our own bound is
            # reached, which has the better message. The text up to that place is read again to reach ours.
            before = _before_too_deep(error, text)
            if before is None:
                raise
            events = islice(_events(before), given + len(batch), None)
        else:
            if not batch:
                return
            yield batch
        given += len(batch)


def _before_too_deep(error: YAMLError, text: bytes | str) -> str | None:
    """Return the text before the place that is too deep for libyaml, None for any other error."""
    if not isinstance(error, MarkedYAMLError) or error.problem != _TOO_DEEP or error.problem_mark is None:
        return None
    # Marks count characters. Invalid bytes can only come after this place: libyaml would have stopped at them.
    characters = text if isinstance(text, str) else text.decode(errors="replace")
    return characters[: error.problem_mark.index]


def _events(text: bytes | str) -> Iterator[Any]:
    characters = _decoded(text)
    if not (any(sign in characters for sign in _SUSPECTS) and re.search(f"{_BREAK}|{_ESCAPE}", characters)):
        return iter(CParser(text).get_event, None)
    return _shown(_Hidden(characters))


def _decoded(text: bytes | str) -> str:
    """Return a text's characters, or nothing if it is not UTF-8, which libyaml reports."""
    if isinstance(text, str):
        return text
    try:
        return text.decode()
    except UnicodeDecodeError:
        return ""


def _shown(hidden: "_Hidden") -> Iterator[Any]:
    events = iter(CParser(hidden.text).get_event, None)
    try:
        for event in events:
            hidden.show(event)
            yield event
    except MarkedYAMLError as error:
        hidden.blame(error)
        raise


class _Hidden:
    """A text in which line separators and the backslashes of surrogate escapes are replaced."""

    def __init__(self, text: str) -> None:
        hidden = _unused(text)
        if len(hidden) <= len(_BREAKS):
            raise BadCharacter("The file has too many different characters to be read.", "", text, 0)
        backslash, *breaks = hidden
        self._source = text
        self._places = [found.start() for found in re.finditer(_BREAK, text)][::-1]
        self._backslash = backslash
        self._breaks = {ord(hidden): shown for shown, hidden in zip(_BREAKS, breaks, strict=True)}
        # High surrogates are U+D800 to U+DBFF, low ones U+DC00 to U+DFFF.
        self._pair = re.compile(rf"{backslash}u(d[89ab]..){backslash}u(d[c-f]..)|{backslash}", re.IGNORECASE)
        escaped = re.sub(_ESCAPE, rf"\g<1>{backslash}", text)
        self.text = escaped.translate(str.maketrans(_BREAKS, "".join(breaks)))

    def show(self, event: Any) -> None:
        """Restore the replaced characters in an event's value. Raises BadCharacter."""
        start, end = event.start_mark.index, event.end_mark.index
        scalar = isinstance(event, ScalarEvent)
        quoted = scalar and event.style == '"'
        while self._places and self._places[-1] < end:
            place = self._places.pop()
            if not quoted or place < start:
                raise self._separator(place)
        if quoted:
            self._check_pairs(start, end)
            event.value = self._pair.sub(_joined, event.value).translate(self._breaks)
        elif scalar:
            event.value = event.value.replace(self._backslash, "\\")

    def blame(self, error: MarkedYAMLError) -> None:
        """Raise BadCharacter if a separator on a line without quotes may have caused this syntax error."""
        mark = error.problem_mark
        if self._places and mark is not None and self._places[-1] <= mark.index:
            place = self._places[-1]
            if '"' not in self._source[self._source.rfind("\n", 0, place) + 1 : place]:
                raise self._separator(place) from None

    def _separator(self, place: int) -> BadCharacter:
        code = f"U+{ord(self._source[place]):04X}"
        message = f"The character {code} ends a line in some programs, so it is allowed only between double quotes."
        hint = f'Remove it, or write it between double quotes as "\\u{code[2:].lower()}".'
        return BadCharacter(message, hint, self._source, place)

    def _check_pairs(self, start: int, end: int) -> None:
        for found in self._pair.finditer(self.text, start, end):
            if found[1] is None:
                escape = self._source[found.start() : found.start() + 6]
                message = f"{escape} is one half of a surrogate pair, and the other half is missing."
                hint = "Write a character above U+FFFF as two such escapes in a row, or as the character itself."
                raise BadCharacter(message, hint, self._source, found.start())


def _joined(pair: re.Match[str]) -> str:
    halves = bytes.fromhex(pair[1] + pair[2])
    return halves.decode("utf-16-be")


def _unused(text: str) -> list[str]:
    """Return four characters that a text has neither directly nor as an escape; fewer if there are no more."""
    # From the end of Unicode downwards: private-use characters, which hardly any text has.
    used = {*map(ord, set(text)), *(int(code, 16) for code in re.findall(r"\\U([0-9a-fA-F]{8})", text))}
    unused = (chr(code) for code in range(0x10FFFD, 0xFFFF, -1) if code not in used)
    return list(islice(unused, 1 + len(_BREAKS)))

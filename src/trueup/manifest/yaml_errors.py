"""Errors of a file that is not YAML text: its encoding, forbidden characters, conflict markers, syntax."""

import codecs
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from trueup.errors import Diagnostic
from trueup.model.position import Position

if TYPE_CHECKING:
    from yaml import YAMLError

BYTE_ORDER_MARK: Final = codecs.BOM_UTF8

_FOREIGN: Final[Mapping[bytes, str]] = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}
"""Byte order marks. Those of UTF-32 come first, because UTF-32-LE's starts with UTF-16-LE's."""

_MARKER_LENGTH: Final = 7
_MARKERS: Final = frozenset(sign * _MARKER_LENGTH for sign in (b"<", b"|", b"=", b">"))

_FORBIDDEN: Final = "[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
"""What libyaml refuses. Compiled on use only: that takes longer than reading a small file."""


def foreign_encoding(text: bytes, file: str) -> Diagnostic | None:
    """Return the error about text in UTF-16 or UTF-32 or with a byte order mark inside, None when there is none."""
    if text.startswith(tuple(_FOREIGN)):
        name = next(name for mark, name in _FOREIGN.items() if text.startswith(mark))
    # Without a byte order mark, the first ASCII character in UTF-16 or UTF-32 still has a null byte beside it.
    elif b"\0" in text[:4]:
        name = "UTF-16, UTF-32 or binary"
    elif BYTE_ORDER_MARK in text:
        # libyaml reads it as an ordinary character, but it is invisible.
        before = text[: text.index(BYTE_ORDER_MARK)].decode(errors="replace")
        message = "There is a byte order mark (U+FEFF) in the middle of the file."
        return Diagnostic(code="bad-encoding", message=message, hint="Remove it.", position=_place_after(before, file))
    else:
        return None
    return _bad_encoding(f"The file is {name}, not UTF-8.", Position(file, 1, 1))


def conflict_marker(text: bytes, file: str) -> Diagnostic | None:
    """Return the error about git's first conflict marker, None when there is none."""
    # libyaml does not find all of them: inside brackets such lines can be read as text.
    if not any(marker in text for marker in _MARKERS):
        return None
    for number, line in enumerate(text.split(b"\n"), start=1):
        marker, rest = line[:_MARKER_LENGTH], line[_MARKER_LENGTH:].rstrip(b"\r")
        # Git writes nothing or a space and a label after the marker. Longer rows, such as underlines, are text.
        if marker in _MARKERS and (not rest or rest.startswith(b" ")):
            return Diagnostic(
                code="conflict-marker",
                message=f"{marker.decode()} marks a git merge conflict that was not resolved.",
                hint="Keep one of the two versions, and remove all lines that start with "
                "<<<<<<<, |||||||, ======= or >>>>>>>.",
                position=Position(file, number, 1),
            )
    return None


def syntax_error(error: "YAMLError", text: bytes, file: str, *, quotable: bool) -> Diagnostic:
    """Return the diagnostic of libyaml's error, at the position where the mistake probably is.

    ``quotable``: whether the diagnostic may show a line of the text.
    """
    from trueup.manifest.yaml_events import BadCharacter  # noqa: PLC0415 - needed for invalid files only

    if isinstance(error, BadCharacter):
        place = Position(file, error.line + 1, error.column + 1)
        return Diagnostic(code="bad-encoding", message=str(error), hint=error.hint, position=place)
    try:
        characters = text.decode()
    except UnicodeDecodeError as undecodable:
        before = text[: undecodable.start].decode()
        message = f"The file is not UTF-8: byte 0x{text[undecodable.start]:02X}."
        return _bad_encoding(message, _place_after(before, file))
    forbidden = re.search(_FORBIDDEN, characters)
    if forbidden:
        message = f"The character U+{ord(forbidden[0]):04X} is not allowed in YAML."
        place = _place_after(characters[: forbidden.start()], file)
        return Diagnostic(code="bad-encoding", message=message, hint="Remove it.", position=place)
    from trueup.manifest.yaml_syntax import not_yaml  # noqa: PLC0415 - as above

    return not_yaml(error, characters, file, quotable=quotable)


def _bad_encoding(message: str, position: Position) -> Diagnostic:
    return Diagnostic(code="bad-encoding", message=message, hint="Save the file as UTF-8 text.", position=position)


def _place_after(before: str, file: str) -> Position:
    return Position(file, before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)

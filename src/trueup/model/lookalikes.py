r"""Tell texts that look the same from texts that are the same.

Origin's codes are compared byte for byte (``origin-api.md`` section 7), and how keys are is not known (section 4.2). So
nothing here ever changes what is sent: it only finds what people would take for one thing.

:func:`look` is what a text looks like: without what cannot be seen, blanks and dashes of one kind, letters of other
scripts as the Latin ones that they look like. :func:`skeleton` leaves out case as well. O and 0, and I, l and 1, stay
apart: serial numbers such as ``ACME-O1`` and ``ACME-01`` differ in them on purpose. A Cyrillic O is still an O.

Texts of printable ASCII, which are nearly all, cost one look at each character in C.
"""

import unicodedata
from collections.abc import Collection, Mapping, Sequence
from typing import Final

_NAMED_AT_MOST: Final = 3
"""Characters of a text that are named; of the others only the number is given."""

_QUOTES: Final = tuple("\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f")
_STRAIGHT: Final = str.maketrans("".join(_QUOTES), "''''\"\"\"\"")
_APOSTROPHE: Final = "\u2019"

_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp", "Zs"})

_IGNORABLE: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2065\u2800\u3164\uffa0").union(
    map(chr, (*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xFFF0, 0xFFF9), *range(0xE0000, 0xE1000)))
)
"""Letters, marks and signs that draw nothing (Unicode: Default_Ignorable_Code_Point, and the empty braille pattern)."""

_WIDE_BLANKS: Final = str.maketrans("\u2800\u3164\uffa0", "   ")
"""Those of them that take room."""

_LIKE: Final = {
    "A": "\u0391\u0410",
    "B": "\u0392\u0412",
    "C": "\u0421",
    "D": "\u0500",
    "E": "\u0395\u0415",
    "H": "\u0397\u041d\u04ba",
    "I": "\u0399\u0406\u04c0",
    "J": "\u037f\u0408",
    "K": "\u039a\u041a",
    "M": "\u039c\u041c",
    "N": "\u039d",
    "O": "\u039f\u041e",
    "P": "\u03a1\u0420",
    "Q": "\u051a",
    "S": "\u0405",
    "T": "\u03a4\u0422",
    "V": "\u0474",
    "W": "\u051c",
    "X": "\u03a7\u0425",
    "Y": "\u03a5\u0423\u04ae",
    "Z": "\u0396",
    "a": "\u0251\u03b1\u0430",
    "c": "\u0441",
    "d": "\u0501",
    "e": "\u0435",
    "g": "\u0261",
    "h": "\u04bb",
    "i": "\u0131\u03b9\u0456",
    "j": "\u03f3\u0458",
    "k": "\u03ba\u043a",
    "l": "\u04cf",
    "o": "\u03bf\u043e",
    "p": "\u03c1\u0440",
    "q": "\u051b",
    "s": "\u0455",
    "u": "\u03c5",
    "v": "\u03bd\u0475",
    "w": "\u051d",
    "x": "\u00d7\u0445",
    "y": "\u0443\u04af",
    "3": "\u0417\u0437",
    "-": "\u02d7\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\u2796",
    "'": "\u02b9\u02bc\u2018\u2019\u201a\u201b\u2032",
    '"': "\u201c\u201d\u201e\u201f",
    "/": "\u2044\u2215",
    ":": "\u02d0\u0589\u2236",
    "|": "\u01c0\u2223",
    "*": "\u2217",
    "~": "\u223c\u301c",
}
"""Characters that look like one of ASCII, in the common fonts."""

LOOKS: Final = {ord(other): plain for plain, others in _LIKE.items() for other in others}

_CASES: Final = {
    ord(other): plain
    for plain, others in {
        "b": "\u0432\u03b2",
        "e": "\u03b5",
        "h": "\u043d\u03b7",
        "i": "\u03b9",
        "m": "\u043c",
        "t": "\u0442\u03c4",
        "x": "\u03c7",
        "z": "\u03b6",
    }.items()
    for other in others
}
"""Small letters of which only the capital looks like a Latin one.

Of the Greek letters mu, nu and upsilon, and of the palochka, the two cases look like different Latin letters or like
none: for those the look decides, and texts that differ in their case alone are not found.
"""


def unseen(char: str) -> bool:
    """Return whether a character draws nothing, or changes what is around it; the plain blank is none of these."""
    return char != " " and (unicodedata.category(char) in _UNSEEN or char in _IGNORABLE)


def look(text: str) -> str:
    """Return what a text looks like; two texts with one look are hard to tell apart in any font."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split()) if " " in text else text
    spaced = " ".join(text.translate(_WIDE_BLANKS).split())
    seen = "".join(char for char in spaced if not unseen(char))
    # What a compatibility form becomes may hold blanks.
    return " ".join(unicodedata.normalize("NFKD", seen).translate(LOOKS).split())


def skeleton(text: str) -> str:
    """Return what a text looks like, whatever the case of its letters."""
    if text.isascii() and text.isprintable():
        return look(text).lower()
    return unicodedata.normalize("NFKD", look(text).casefold()).translate(_CASES)


def repaired(text: str, *, apostrophes: bool = False) -> str:
    """Return an identifier without blanks at its ends, characters that cannot be seen, and curly quotes.

    Equal to ``text`` when it has none of these; empty when it has nothing else. With ``apostrophes`` a curly one
    between two letters stays.
    """
    if text.isascii() and text.isprintable():
        return text.strip(" ")
    kept = "".join(map(_seen, text)).strip(" ")
    if kept[:1] in _QUOTES and kept[-1:] in _QUOTES:
        # Curly quotes around a text were meant to be YAML's.
        kept = kept[1:-1].strip(" ")
    return "".join(_straight(kept, index, apostrophes=apostrophes) for index in range(len(kept)))


def curly(text: str, *, apostrophes: bool = False) -> list[str]:
    """Return the curly quotes of a text, each once; with ``apostrophes`` those between two letters are none."""
    straight = (_straight(text, index, apostrophes=apostrophes) for index in range(len(text)))
    return list(dict.fromkeys(char for char, now in zip(text, straight, strict=True) if char != now))


def _seen(char: str) -> str:
    if not unseen(char):
        return char
    return " " if char.translate(_WIDE_BLANKS).isspace() else ""


def _straight(text: str, index: int, *, apostrophes: bool) -> str:
    char = text[index]
    if char not in _QUOTES:
        return char
    inside = text[max(0, index - 1)].isalpha() and text[index + 1 : index + 2].isalpha()
    return char if apostrophes and inside and char == _APOSTROPHE else char.translate(_STRAIGHT)


def named(chars: Sequence[str]) -> str:
    """Return characters by their numbers and names: ``U+2013 EN DASH, U+00A0 NO-BREAK SPACE``."""
    names = [f"U+{ord(char):04X} {unicodedata.name(char, '')}".rstrip() for char in chars[:_NAMED_AT_MOST]]
    more = len(chars) - len(names)
    return f"{', '.join(names)}{f' and {more} more' if more else ''}"


def odd(text: str) -> list[str]:
    """Return the characters that make a text look like another one or that cannot be seen, each once, in order."""
    if text.isascii() and text.isprintable():
        return []
    composed = unicodedata.normalize("NFC", text) == text
    foreign = _in_a_script_of_its_own(text)
    return list(dict.fromkeys(char for char in text if _is_odd(char, composed=composed, foreign=foreign)))


def spelled_out(text: str) -> str:
    """Return a text with its odd characters named: ``ACME\u2013001 (U+2013 EN DASH)``."""
    return f"{text}{note(text)}"


def note(text: str, *, ascii_only: bool = False) -> str:
    """Return what names a text's odd characters behind it: `` (U+2013 EN DASH)``, empty when it has none.

    With ``ascii_only`` every character is odd that is not printable ASCII.
    """
    chars = list(dict.fromkeys(filter(_not_ascii, text))) if ascii_only else odd(text)
    return f" ({named(chars)})" if chars else ""


def _not_ascii(char: str) -> bool:
    return not (char.isascii() and char.isprintable())


def plain_form(text: str) -> str:
    """Return what a text with odd characters looks like, in composed letters, and any other text as it is."""
    return unicodedata.normalize("NFC", look(text)) if odd(text) else text


def told_apart(texts: Sequence[str]) -> list[str]:
    """Return texts so that those that differ also do so in their printable ASCII alone.

    Odd characters are named; where that is not enough, all but printable ASCII is spelled as escapes, in quotes.
    """
    shown = list(map(spelled_out, texts))
    if distinct(shown) == len(set(texts)):
        return shown
    return [f'"{escaped(text)}"' for text in texts]


def distinct(shown: Sequence[str]) -> int:
    """Return how many of these texts can be told apart by their printable ASCII; runs of blanks count as one."""
    return len(set(map(_ascii, shown)))


def mistakable(shown: Collection[str]) -> Mapping[str, str]:
    """Return those of the texts that could be taken for another one of them, with their escapes."""
    if all(text.isascii() and "  " not in text for text in shown):
        return {}
    alike: dict[tuple[str, str], list[str]] = {}
    for text in dict.fromkeys(shown):
        alike.setdefault((_ascii(text), look(text)), []).append(text)
    return {text: f'"{escaped(text)}"' for texts in alike.values() if len(texts) > 1 for text in texts}


def _ascii(text: str) -> str:
    return " ".join("".join(filter(str.isascii, text)).split())


def escaped(text: str) -> str:
    """Return the text with all but printable ASCII spelled as escapes, and blanks behind blanks; backslashes double."""
    escapes = text.encode("unicode_escape", "backslashreplace").decode("ascii")
    return escapes.replace("  ", r" \x20")


def _is_odd(char: str, *, composed: bool, foreign: bool) -> bool:
    if unseen(char):
        return True
    if ord(char) in LOOKS:
        return not (foreign and char.isalpha())
    if not composed and (unicodedata.combining(char) or unicodedata.normalize("NFC", char) != char):
        return True
    return unicodedata.decomposition(char).startswith(("<wide>", "<narrow>", "<font>"))


def _in_a_script_of_its_own(text: str) -> bool:
    """Return whether letters that look Latin stand among others of their script and none that are Latin."""
    letters = [char for char in text if char.isalpha()]
    return not any(map(str.isascii, letters)) and any(_foreign(char) for char in letters if ord(char) not in LOOKS)


def _foreign(char: str) -> bool:
    return unicodedata.name(char, "").startswith(("GREEK", "CYRILLIC"))

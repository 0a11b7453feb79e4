"""Find texts that look the same although they are different.

Origin compares codes byte for byte (``origin-api.md`` section 7), and how it compares keys is not known (section 4.2).
Therefore nothing in this module changes what is sent; it only finds texts that people would confuse.

:func:`look` returns what a text looks like: without invisible characters, with one kind of space and hyphen, and with
Latin letters in place of those of other scripts that look like them. :func:`skeleton` also ignores case. O and 0, and
I, l and 1, remain different, because serial numbers such as ``ACME-O1`` and ``ACME-01`` differ in them on purpose. A
Cyrillic O looks like a Latin O.

Nearly all texts are printable ASCII. For them, each function needs only one test that is implemented in C.
"""

import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

_NAMED_AT_MOST: Final = 3
"""The number of characters that a message names; of the others it gives only the number."""

_QUOTES: Final = tuple("\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f")
_STRAIGHT: Final = str.maketrans("".join(_QUOTES), "''''\"\"\"\"")
_APOSTROPHE: Final = "\u2019"

# Control, format and surrogate characters, and the separators of lines, paragraphs and words.
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp", "Zs"})

_IGNORABLE: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2065\u2800\u3164\uffa0").union(
    map(chr, (*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xFFF0, 0xFFF9), *range(0xE0000, 0xE1000)))
)
"""Invisible letters, marks and signs (Unicode: Default_Ignorable_Code_Point, and the empty braille pattern)."""

_WIDE_BLANKS: Final = str.maketrans("\u2800\u3164\uffa0", "   ")
"""Those of them that have a width."""

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
"""Characters that look like an ASCII character in common fonts."""

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
"""Lowercase letters of which only the capital looks like a Latin letter.

The two cases of the Greek letters mu, nu and upsilon, and of the palochka, look like different Latin letters or like
none. For these letters, texts that differ only in case are not found.
"""


def is_invisible(char: str) -> bool:
    """Return whether a character is invisible or changes its surroundings; the plain space does not count."""
    return char != " " and (unicodedata.category(char) in _INVISIBLE or char in _IGNORABLE)


def look(text: str) -> str:
    """Return what a text looks like; two texts with equal looks are hard to distinguish in any font."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split()) if " " in text else text
    spaced = " ".join(text.translate(_WIDE_BLANKS).split())
    seen = "".join(char for char in spaced if not is_invisible(char))
    # NFKD turns some compatibility characters into texts with spaces, so spaces are joined again.
    return " ".join(unicodedata.normalize("NFKD", seen).translate(LOOKS).split())


def skeleton(text: str) -> str:
    """Return what a text looks like, ignoring case."""
    if text.isascii() and text.isprintable():
        return look(text).lower()
    # casefold can produce characters that decompose further, so the text is normalized again.
    return unicodedata.normalize("NFKD", look(text).casefold()).translate(_CASES)


NAME_AT_MOST: Final = 100
"""Characters of the longest name for which a similar one is searched. No known name is half as long."""


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the known name that a misspelled one probably means, empty when none is near."""
    # difflib takes quadratic time.
    if len(name) > NAME_AT_MOST:
        return ""
    from difflib import get_close_matches  # noqa: PLC0415 - runs without mistakes do not need it

    by_lower = {candidate.lower(): candidate for candidate in known if len(candidate) <= NAME_AT_MOST}
    # Compared by look, so that a Cyrillic letter or a capital does not hide the name that is meant.
    near = get_close_matches(skeleton(name), by_lower, n=1)
    return by_lower[near[0]] if near else ""


def repaired(text: str, *, apostrophes: bool = False) -> str:
    """Return an identifier without spaces at its ends, invisible characters and curly quotes.

    The result equals ``text`` if it has none of these, and is empty if it has nothing else. With ``apostrophes``, a
    curly apostrophe between two letters is kept.
    """
    if text.isascii() and text.isprintable():
        return text.strip(" ")
    kept = "".join(map(_seen, text)).strip(" ")
    if kept[:1] in _QUOTES and kept[-1:] in _QUOTES:
        # Curly quotes around the whole text were probably meant to be YAML quotes.
        kept = kept[1:-1].strip(" ")
    return "".join(_straight(kept, index, apostrophes=apostrophes) for index in range(len(kept)))


def curly(text: str, *, apostrophes: bool = False) -> list[str]:
    """Return the distinct curly quotes of a text; with ``apostrophes``, those between two letters do not count."""
    straight = (_straight(text, index, apostrophes=apostrophes) for index in range(len(text)))
    return list(dict.fromkeys(char for char, now in zip(text, straight, strict=True) if char != now))


def _seen(char: str) -> str:
    if not is_invisible(char):
        return char
    return " " if char.translate(_WIDE_BLANKS).isspace() else ""


def _straight(text: str, index: int, *, apostrophes: bool) -> str:
    char = text[index]
    if char not in _QUOTES:
        return char
    # max(): at the start of a text, index - 1 would be the last character.
    inside = text[max(0, index - 1)].isalpha() and text[index + 1 : index + 2].isalpha()
    return char if apostrophes and inside and char == _APOSTROPHE else char.translate(_STRAIGHT)


def named(chars: Sequence[str]) -> str:
    """Return the code points and names of characters: ``U+2013 EN DASH, U+00A0 NO-BREAK SPACE``."""
    names = [f"U+{ord(char):04X} {unicodedata.name(char, '')}".rstrip() for char in chars[:_NAMED_AT_MOST]]
    more = len(chars) - len(names)
    return f"{', '.join(names)}{f' and {more} more' if more else ''}"


def odd(text: str) -> list[str]:
    """Return the distinct characters, in order, that are invisible or make a text look like another one."""
    if text.isascii() and text.isprintable():
        return []
    composed = unicodedata.normalize("NFC", text) == text
    foreign = _is_of_other_script(text)
    # dict.fromkeys removes repeats and keeps the order, which a set would not.
    return list(dict.fromkeys(char for char in text if _is_odd(char, composed=composed, foreign=foreign)))


def spelled_out(text: str) -> str:
    r"""Return a text with the names of its odd characters: ``ACME\u2013001 (U+2013 EN DASH)``."""
    return f"{text}{note(text)}"


def note(text: str, *, ascii_only: bool = False) -> str:
    """Return a suffix with the names of a text's odd characters: `` (U+2013 EN DASH)``, empty if it has none.

    With ``ascii_only``, every character that is not printable ASCII is odd.
    """
    chars = list(dict.fromkeys(filter(_not_ascii, text))) if ascii_only else odd(text)
    return f" ({named(chars)})" if chars else ""


def _not_ascii(char: str) -> bool:
    return not (char.isascii() and char.isprintable())


def plain_form(text: str) -> str:
    """Return the composed look of a text with odd characters, and any other text unchanged."""
    return unicodedata.normalize("NFC", look(text)) if odd(text) else text


def distinguishable(texts: Sequence[str]) -> list[str]:
    """Return the texts in a form in which different texts also differ in printable ASCII.

    Odd characters are named; if that is not enough, everything but printable ASCII is escaped, in quotes.
    """
    shown = list(map(spelled_out, texts))
    if distinct(shown) == len(set(texts)):
        return shown
    return [f'"{escaped(text)}"' for text in texts]


def distinct(shown: Sequence[str]) -> int:
    """Return how many of these texts differ in their printable ASCII; a run of spaces counts as one."""
    return len(set(map(_ascii, shown)))


def mistakable(shown: Collection[str]) -> Mapping[str, str]:
    """Return the texts that could be confused with another one of them, each with its escaped form."""
    # Renderers may join runs of spaces, so texts that differ only in these are also confusing.
    if all(text.isascii() and "  " not in text for text in shown):
        return {}
    alike: dict[tuple[str, str], list[str]] = {}
    for text in dict.fromkeys(shown):
        alike.setdefault((_ascii(text), look(text)), []).append(text)
    return {text: f'"{escaped(text)}"' for texts in alike.values() if len(texts) > 1 for text in texts}


def _ascii(text: str) -> str:
    return " ".join("".join(filter(str.isascii, text)).split())


def escaped(text: str) -> str:
    """Return the text with everything but printable ASCII escaped, repeated spaces too; backslashes are doubled."""
    escapes = text.encode("unicode_escape").decode("ascii")
    # Renderers may join runs of spaces, so of two spaces the second one is escaped.
    return escapes.replace("  ", r" \x20")


def _is_odd(char: str, *, composed: bool, foreign: bool) -> bool:
    if is_invisible(char):
        return True
    if ord(char) in LOOKS:
        # In a text that is all Cyrillic or Greek, such letters are normal and not confusing.
        return not (foreign and char.isalpha())
    if not composed and (unicodedata.combining(char) or unicodedata.normalize("NFC", char) != char):
        return True
    # Compatibility forms of ASCII, for example full-width or mathematical letters.
    return unicodedata.decomposition(char).startswith(("<wide>", "<narrow>", "<font>"))


def _is_of_other_script(text: str) -> bool:
    """Return whether a text has letters of another script that look unlike Latin ones, and no Latin letters."""
    letters = [char for char in text if char.isalpha()]
    return not any(map(str.isascii, letters)) and any(_foreign(char) for char in letters if ord(char) not in LOOKS)


def _foreign(char: str) -> bool:
    return unicodedata.name(char, "").startswith(("GREEK", "CYRILLIC"))

"""Choose how a role looks on a terminal."""

from typing import Final

from trueup.report.tree import Role

RESET: Final = "\x1b[0m"

STYLES: Final = {
    Role.PLAIN: "",
    Role.STRONG: "1",
    Role.MUTED: "2",
    Role.VALUE: "",
    Role.BEFORE: "31",
    Role.AFTER: "32",
    Role.ADDED: "32",
    Role.REMOVED: "31",
    Role.UNSET: "2",
    Role.CREATE: "32",
    Role.UPDATE: "33",
    Role.DELETE: "31",
    Role.PROBLEM: "1;31",
    Role.CAUTION: "33",
}
"""SGR parameters by role: the eight colours that every terminal has, in the user's own palette."""


def painted(text: str, role: Role, *, color: bool) -> str:
    """Return the text in its role's colour, or as it is."""
    style = STYLES[role] if color and text else ""
    return f"\x1b[{style}m{text}{RESET}" if style else text

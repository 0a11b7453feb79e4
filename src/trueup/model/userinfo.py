"""Find user names, passwords and tokens in URLs: ``https://user:password@host``.

Of ``user:password`` the password is a secret, of a user alone all of it is one (``https://TOKEN@host``), unless the
scheme is ssh's or the user is ``git``, which name an account. ``git@host:path`` is no URL and has no password.
"""

import re
from collections.abc import Iterator
from typing import Final

MASK: Final = "***"

# The slashes may be escaped, as YAML and JSON allow. A password with a slash is no valid URL, and a secret
# nevertheless; it is looked for only so far, which keeps the search linear, and must not look like a port.
_USERINFO: Final = re.compile(
    r"""(?P<scheme>[A-Za-z][A-Za-z0-9+.-]{0,30}:)?\\?/\\?/
        (?P<userinfo>[^\s/?#"'<>]*(?=@)|[^\s/?#@:"'<>]*:(?!\d*(?:[/?#]|\s|$))[^\s@"'<>]{1,256}(?=@))""",
    re.VERBOSE,
)
_NO_PASSWORD: Final = frozenset({"", "x-oauth-basic"})
"""What stands in the place of a password where the user is the token."""


def secrets_in(text: str) -> Iterator[tuple[int, int]]:
    """Give start and end of each secret in the URLs of a text, in characters."""
    if "@" not in text or "/" not in text:
        return
    for found in _USERINFO.finditer(text):
        user, colon, password = found["userinfo"].partition(":")
        start, end = found.span("userinfo")
        if colon and password not in _NO_PASSWORD:
            yield start + len(user) + 1, end
        elif user and not (user == "git" or (found["scheme"] or "").lower().endswith(("ssh:", "sftp:"))):
            yield start, end


def hide_secrets(text: str) -> str:
    """Return a text with the secrets in its URLs masked: ``https://user:***@host``."""
    parts, last = [], 0
    for start, end in secrets_in(text):
        parts += [text[last:start], MASK]
        last = end
    return "".join([*parts, text[last:]]) if parts else text

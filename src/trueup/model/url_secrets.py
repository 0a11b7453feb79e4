"""Find passwords and tokens in URLs: ``https://user:password@host``.

In ``user:password`` the password is a secret. A user name alone is a secret if it looks like a token
(``https://ghp_...@host``), not if it is an account (``https://name@bitbucket.org``). ``git@host:path`` is not a URL
and has no password.
"""

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Final
from urllib.parse import unquote

MASK: Final = "***"

# The slashes may be escaped, as YAML and JSON allow. A password that contains a slash makes the URL invalid, but is
# still a secret. Its length is bounded, which keeps the search linear, and it must not look like a port.
_USERINFO: Final = re.compile(
    r"""(?P<scheme>[A-Za-z][A-Za-z0-9+.-]{0,30}:)?\\?/\\?/
        (?P<userinfo>[^\s/?#"'<>]*(?=@)|[^\s/?#@:"'<>]*:(?!\d*(?:[/?#]|\s|$))[^\s@"'<>]{1,256}(?=@))""",
    re.VERBOSE,
)
_OAUTH_BASIC: Final = "x-oauth-basic"
"""The placeholder that takes the place of the password if the user name is the token."""
_PREFIXES: Final = (
    *("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "x-oauth"),
    *("glpat-", "gldt-", "ATBB", "ATCTT", "ATATT", "AKIA"),
)
"""Prefixes of the tokens of GitHub, GitLab, Atlassian and AWS."""
_SHORTEST: Final = 20
"""The minimum length, in characters, of a name of letters and digits that counts as a token of unknown format."""


def secrets_in(text: str) -> Iterator[tuple[int, int]]:
    """Yield the start and end of each secret in the URLs of a text, in characters."""
    # Nearly all texts end here: searching for a character is much faster than the expression.
    if "@" not in text or "/" not in text:
        return
    for found in _USERINFO.finditer(text):
        user, _, password = found["userinfo"].partition(":")
        start, end = found.span("userinfo")
        if password and password != _OAUTH_BASIC:
            yield start + len(user) + 1, end
        elif user and (password or _is_token(unquote(user), scheme=found["scheme"] or "")):
            yield start, end


def holds_secret(node: object) -> bool:
    """Return whether a tree of mappings, lists and dataclasses has such a secret in a text or the name of a member."""
    left = [node]
    while left:
        part = left.pop()
        if isinstance(part, str):
            if "@" in part and any(True for _ in secrets_in(part)):
                return True
        elif isinstance(part, dict):
            left += part.keys()
            left += part.values()
        elif isinstance(part, list | tuple | frozenset):
            left += part
        elif is_dataclass(part):
            left += [getattr(part, field.name) for field in fields(part)]
    return False


def _is_token(user: str, *, scheme: str) -> bool:
    """Return whether a user name without a password is a token; with ssh, or as an email address, it is an account."""
    # ssh authenticates with a key, so the user name there is never a secret; "@" makes it an email address.
    if scheme.lower().endswith(("ssh:", "sftp:")) or "@" in user:
        return False
    if user == MASK or user.startswith(_PREFIXES):
        return True
    return len(user) >= _SHORTEST and any(map(str.isdigit, user)) and any(map(str.isalpha, user))


def hide_secrets(text: str) -> str:
    """Return a text with the secrets in its URLs masked: ``https://user:***@host``."""
    parts, last = [], 0
    for start, end in secrets_in(text):
        parts += [text[last:start], MASK]
        last = end
    return "".join([*parts, text[last:]]) if parts else text

"""URLs that a token may be sent to: every request of a target stays below the target's address."""

import re
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final
from urllib.parse import SplitResult, quote, unquote, urlsplit

from trueup.loopback import is_loopback

_PORTS: Final = {"http": 80, "https": 443}
# Control characters, space and backslash: programs disagree on where a URL with one of them leads.
_UNUSUAL: Final = re.compile(r"[\x00-\x20\x7f\\]")
# A name (underscores exist in practice), or an IPv6 address in brackets; then an optional port. ASCII only, since
# libraries convert other letters to different names.
_HOST: Final = re.compile(
    r"(?P<host>[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{1,5}))?", re.ASCII
)
"""A host that all programs read alike: no user name, escape, trailing dot or non-ASCII letter."""


@dataclass(frozen=True, slots=True)
class TargetUrl:
    """The address of a target: scheme, host, port and path prefix. ``text`` has no trailing slash."""

    text: str

    def url(self, path: str) -> str:
        """Return the URL of a path, which starts with a slash and whose variable parts are already quoted."""
        return self.text + path

    def covers(self, url: str) -> bool:
        """Return whether ``url`` is below this address: same scheme, host and port, path below the prefix.

        URLs that two programs could read differently are not covered: those with user names, fragments, dot segments
        (percent-encoded ones as well), backslashes or control characters.
        """
        if _UNUSUAL.search(url):
            return False
        try:
            mine, other = urlsplit(self.text), urlsplit(url)
            same = _place(mine) == _place(other)
        except ValueError:
            return False
        plain = not (other.username or other.password or other.fragment or "@" in other.netloc)
        return same and plain and _below(mine.path, other.path)

    def below(self, url: str) -> str | None:
        """Return the path and query of ``url`` below this address, None when the address does not cover it."""
        if not self.covers(url):
            return None
        parts = urlsplit(url)
        path = parts.path.removeprefix(urlsplit(self.text).path)
        return f"{path}?{parts.query}" if parts.query else path


def path_segment(text: str) -> str:
    """Return ``text`` quoted so that it stays one segment of a path."""
    return quote(text, safe="")


def is_safe_for_credentials(url: str) -> bool:
    """Return whether a URL has the form that a token may be sent to: https, or http to this machine; nothing extra.

    Extra means a user name, a query or a fragment. Which hosts are allowed is decided in
    :mod:`trueup.platforms.permissions`.
    """
    if _UNUSUAL.search(url):
        return False
    try:
        parts = urlsplit(url)
        scheme, host, _ = _place(parts)
    except ValueError:
        return False
    if split_host(parts.netloc) is None or parts.query or parts.fragment:
        return False
    return scheme == "https" or (scheme == "http" and is_loopback(host))


def split_host(text: str) -> tuple[str, int | None] | None:
    """Return host and port of ``HOST`` or ``HOST:PORT``; None for anything else.

    The host is normalised: lower case, an IPv6 address in its shortest form and in brackets.
    """
    found = _HOST.fullmatch(text)
    if found is None:
        return None
    host, port = found["host"].lower(), found["port"]
    if host.startswith("["):
        try:
            host = f"[{ip_address(host[1:-1]).compressed}]"
        except ValueError:
            return None
    return host, None if port is None else int(port)


def locate(url: str) -> tuple[str, str, int | None] | None:
    """Return scheme, host and port of a URL, normalised as ``split_host`` does; None where programs could disagree."""
    if _UNUSUAL.search(url):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    found = split_host(parts.netloc)
    return None if found is None else (parts.scheme, *found)


def leads_to_loopback(url: str) -> bool:
    """Return whether a URL leads to this machine."""
    found = locate(url)
    return found is not None and is_loopback(found[1].strip("[]"))


def _place(parts: SplitResult) -> tuple[str, str, int | None]:
    return parts.scheme, parts.hostname or "", parts.port or _PORTS.get(parts.scheme)


def _below(prefix: str, path: str) -> bool:
    decoded = unquote(path)
    # Decoded first, since a gateway may decode `%2e%2e` and resolve it. A percent sign that remains was encoded twice.
    dots = any(step in {".", ".."} for step in decoded.split("/"))
    return path.startswith(f"{prefix.rstrip('/')}/") and not dots and "%" not in decoded and "\\" not in decoded

"""Find the proxy of a host in the environment, and keep its user and password out of every text."""

import base64
import urllib.request
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urlsplit

from trueup.errors import UsageError
from trueup.loopback import is_loopback
from trueup.platforms.credentials import Secret
from trueup.platforms.failures import place_of

_SCHEMES: Final = frozenset({"http", "https"})


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy: its URL as the HTTP library needs it, ``place`` (host and port) as people may see it.

    ``secrets`` are its user's password, and user and password as they are sent.
    """

    url: Secret
    place: str
    secrets: tuple[Secret, ...]


def proxy_for(scheme: str, host: str) -> Proxy | None:
    """Return the proxy that the environment names for this host, or None.

    Plain http to this machine goes directly, whatever the environment says: no proxy may see such a request, and a
    proxy elsewhere would reach another machine. Raises UsageError for a proxy that cannot be used.
    """
    if (scheme == "http" and is_loopback(host)) or urllib.request.proxy_bypass(host):
        return None
    proxies = urllib.request.getproxies()
    named = next((name for name in (scheme, "all") if proxies.get(name)), None)
    return None if named is None else _proxy(named, proxies[named])


def proxy_to(url: str) -> Proxy | None:
    """Return the proxy on the way to an http or https URL, or None; raises as :func:`proxy_for` does."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return None  # the caller reports that it is not a URL
    return proxy_for(parts.scheme, host)


def _proxy(name: str, text: str) -> Proxy:
    url = text if "://" in text else f"http://{text}"
    try:
        parts = urlsplit(url)
        place = place_of(url)
    except ValueError:
        raise _unusable(name, "it is not a URL") from None
    if parts.scheme not in _SCHEMES:
        raise _unusable(name, "it is neither an http nor an https URL")
    if not parts.hostname or not url.isascii() or not url.isprintable() or " " in url:
        raise _unusable(name, "it is not a URL of a host")
    return Proxy(Secret(url), place, tuple(_secrets(parts.username, parts.password)))


def _secrets(username: str | None, password: str | None) -> list[Secret]:
    if not password:
        # A name alone may be a token.
        return [Secret(unquote(username))] if username else []
    pair = f"{unquote(username or '')}:{unquote(password)}"
    return [Secret(base64.b64encode(pair.encode()).decode()), Secret(pair), Secret(unquote(password)), Secret(password)]


def _unusable(name: str, reason: str) -> UsageError:
    # The value is not shown: it may hold a password.
    return UsageError(f"The proxy in {name.upper()}_PROXY cannot be used: {reason}. Fix or unset the variable.")

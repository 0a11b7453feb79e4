"""Find the proxy of a host in the environment, and keep its user and password out of every text.

These are the rules for everything that goes over HTTP, whichever library carries it; no library reads the environment
itself.
"""

import base64
import os
import re
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final
from urllib.parse import quote, unquote, urlsplit

from trueup.errors import UsageError
from trueup.loopback import is_loopback
from trueup.platforms.address import split_host
from trueup.platforms.credentials import Secret

_PORT: Final = re.compile(r"(?P<host>\[[^\]]*\]|[^:]*):(?P<port>[0-9]{1,5})")


def is_direct(no_proxy: str, host: str, port: int | None) -> bool:
    """Return whether a list names this host, which may be an address, at this port."""
    name, address = _spelled(host), _address(host)
    return any(_names(entry, name, address, port) for entry in re.split(r"[\s,]+", no_proxy) if entry)


def _names(entry: str, name: str, address: IPv4Address | IPv6Address | None, port: int | None) -> bool:
    entry = entry.rpartition("://")[2]
    if (found := _PORT.fullmatch(entry)) is not None:
        if int(found["port"]) != port:
            return False
        entry = found["host"]
    entry = entry.rstrip("/")
    if "/" in entry:
        return address is not None and _holds(entry, address)
    if address is not None and (named := _address(entry)) is not None:
        return named == address
    listed = _spelled(entry.removeprefix("*").removeprefix("."))
    if entry in {"*", "."}:
        return entry == "*"
    if "*" in listed:
        return fnmatchcase(name, listed)
    return bool(listed) and (name == listed or (address is None and name.endswith(f".{listed}")))


def _holds(network: str, address: IPv4Address | IPv6Address) -> bool:
    try:
        return address in ip_network(network.replace("[", "").replace("]", ""), strict=False)
    except ValueError:
        return False


def _address(host: str) -> IPv4Address | IPv6Address | None:
    """Return the address that a host is, without brackets and zone, an IPv4 address in its own form."""
    try:
        address = ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def _spelled(host: str) -> str:
    """Return a host's one spelling: as it is on the wire, in lower case, without a dot at its end."""
    try:
        return host.encode("idna").decode().lower().rstrip(".")
    except UnicodeError:
        return host.lower().rstrip(".")


_SCHEMES: Final = frozenset({"http", "https"})
_SOCKS: Final = frozenset({"socks", "socks4", "socks4a", "socks5", "socks5h"})
_PORTS: Final = {"http": 80, "https": 443}
_LAST_PORT: Final = 65_535


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy: its URL as the HTTP library needs it, ``place`` (host and port) as people may see it.

    ``secrets`` are its user's password, and user and password as they are sent.
    """

    url: Secret
    place: str
    secrets: tuple[Secret, ...]


def proxy_for(
    scheme: str, host: str, port: int | None = None, *, environ: Mapping[str, str] = os.environ
) -> Proxy | None:
    """Return the proxy that the environment names for this host, or None.

    Plain http to this machine goes directly, whatever the environment says: no proxy may see such a request, and a
    proxy elsewhere would reach another machine. Where the environment names no proxy at all, the system's settings
    count (macOS, Windows). Raises UsageError for a proxy that cannot be used.
    """
    if scheme == "http" and is_loopback(host):
        return None
    named = next((name for name in (scheme, "all") if _value(environ, name)), None)
    if named is None:
        return _of_the_system(scheme, host) if environ is os.environ else None
    if is_direct(_value(environ, "no"), host, port or _PORTS.get(scheme)):
        return None
    return _proxy(named, _value(environ, named))


def proxy_to(url: str, *, environ: Mapping[str, str] = os.environ) -> Proxy | None:
    """Return the proxy on the way to an http or https URL, or None; raises as :func:`proxy_for` does."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return None  # the caller reports that it is not a URL
    return proxy_for(parts.scheme, host, port, environ=environ)


def _value(environ: Mapping[str, str], name: str) -> str:
    """Return what a variable holds: the one in small letters counts, even when it is empty."""
    small, large = f"{name}_proxy", f"{name}_PROXY".upper()
    if small in environ:
        return environ[small].strip()
    # A web server sets HTTP_PROXY from a header of its caller.
    return "" if large == "HTTP_PROXY" and "REQUEST_METHOD" in environ else environ.get(large, "").strip()


def _of_the_system(scheme: str, host: str) -> Proxy | None:
    text = urllib.request.getproxies().get(scheme, "").strip()
    return None if not text or urllib.request.proxy_bypass(host) else _proxy(scheme, text)


def _proxy(name: str, text: str) -> Proxy:
    """Return the proxy of a variable's value.

    Its user and password end at the last ``@``: people leave characters unescaped that a URL needs escaped, and a
    host has none of them.
    """
    scheme, rest = text.split("://", 1) if "://" in text else ("http", text)
    scheme = scheme.lower()
    if scheme in _SOCKS:
        raise _unusable(name, "it is a SOCKS proxy, and trueup can only use http and https proxies")
    if scheme not in _SCHEMES:
        raise _unusable(name, "it is neither an http nor an https URL")
    userinfo, at, place = rest.rpartition("@")
    if not place.isascii() or not place.isprintable() or " " in place:
        raise _unusable(name, "it is not a URL of a host")
    host = split_host(place.partition("/")[0].partition("?")[0].partition("#")[0])
    if host is None or (host[1] or 1) > _LAST_PORT:
        raise _unusable(name, "it is not a URL of a host")
    spelled = host[0] if host[1] is None else f"{host[0]}:{host[1]}"
    user, colon, password = (unquote(part) for part in userinfo.partition(":"))
    if not f"{user}{password}".isprintable() or not _fits_header(user + password):
        raise _unusable(name, "its user or password holds characters that cannot be sent")
    quoted = f"{quote(user, safe='')}{colon}{quote(password, safe='')}{at}"
    return Proxy(
        Secret(f"{scheme}://{quoted}{spelled}"),
        f"{host[0]}:{host[1] or _PORTS[scheme]}",
        tuple(_secrets(user, password, userinfo.partition(":")[2])),
    )


def _fits_header(text: str) -> bool:
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        return False
    return True


def _secrets(user: str, password: str, typed: str) -> list[Secret]:
    """Return the secrets in every form in which they can come back; ``typed`` is the password as it was given."""
    if not password:
        # A name alone may be a token.
        return [Secret(user)] if user else []
    pair = f"{user}:{password}"
    sent = dict.fromkeys(base64.b64encode(pair.encode(encoding)).decode() for encoding in ("utf-8", "latin-1"))
    return [*map(Secret, sent), Secret(pair), Secret(password), Secret(typed), Secret(quote(password, safe=""))]


def _unusable(name: str, reason: str) -> UsageError:
    # The value is not shown: it may hold a password.
    return UsageError(
        f"The proxy in {name.upper()}_PROXY cannot be used: {reason}. Correct or unset the variable, or name the hosts "
        "that are reached without it in NO_PROXY."
    )

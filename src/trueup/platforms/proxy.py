"""Find the proxy of a host in the environment, and keep its user and password out of every text.

All requests follow these rules. The HTTP library does not read the environment itself: it fails for values of
``NO_PROXY`` that other programs accept.
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

# The host of an entry of NO_PROXY has no colon outside of brackets, so a bare IPv6 address has no port here.
_PORT: Final = re.compile(r"(?P<host>\[[^\]]*\]|[^:]*):(?P<port>[0-9]{1,5})")


def is_direct(no_proxy: str, host: str, port: int | None) -> bool:
    """Return whether a ``NO_PROXY`` list names this host (a name or an IP address) at this port."""
    name, address = _spelled(host), _address(host)
    return any(_names(entry, name, address, port) for entry in re.split(r"[\s,]+", no_proxy) if entry)


def _names(entry: str, name: str, address: IPv4Address | IPv6Address | None, port: int | None) -> bool:
    # No standard describes NO_PROXY. This accepts all forms that common programs accept: a URL, a port, a network,
    # a leading dot or star, a star inside a name; a name also covers the names below it.
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
    """Return the IP address that a host is, None for a name; brackets and the zone are dropped."""
    try:
        address = ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return None
    # `::ffff:10.0.0.1` is 10.0.0.1, and lists name it so.
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def _spelled(host: str) -> str:
    """Return a host name normalised: IDNA-encoded, in lower case, without a trailing dot."""
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
    """A proxy: its URL with user and password for the HTTP library, and ``place`` (host and port) to show.

    ``secrets`` are the user's password, and user and password as they are sent.
    """

    url: Secret
    place: str
    secrets: tuple[Secret, ...]


def proxy_for(
    scheme: str, host: str, port: int | None = None, *, environ: Mapping[str, str] = os.environ
) -> Proxy | None:
    """Return the proxy that the environment names for this host, or None.

    If the environment names no proxy at all, the settings of the system apply (macOS, Windows). Raises UsageError for a
    proxy that cannot be used.
    """
    # Plain http to this machine never uses a proxy: it would see the token, and its own loopback is another machine.
    if scheme == "http" and is_loopback(host):
        return None
    named = next((name for name in (scheme, "all") if _value(environ, name)), None)
    if named is None:
        return _of_the_system(scheme, host) if environ is os.environ else None
    if is_direct(_value(environ, "no"), host, port or _PORTS.get(scheme)):
        return None
    return _proxy(named, _value(environ, named))


def proxy_to(url: str, *, environ: Mapping[str, str] = os.environ) -> Proxy | None:
    """Return the proxy for an http or https URL, or None; raises as :func:`proxy_for` does."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return None  # the caller reports that it is not a URL
    return proxy_for(parts.scheme, host, port, environ=environ)


def _value(environ: Mapping[str, str], name: str) -> str:
    """Return the value of a variable; the name in lower case takes precedence, even when empty."""
    small, large = f"{name}_proxy", f"{name}_PROXY".upper()
    if small in environ:
        return environ[small].strip()
    # In CGI, HTTP_PROXY is the caller's header `Proxy` (CVE-2016-5385, "httpoxy").
    return "" if large == "HTTP_PROXY" and "REQUEST_METHOD" in environ else environ.get(large, "").strip()


def _of_the_system(scheme: str, host: str) -> Proxy | None:
    text = urllib.request.getproxies().get(scheme, "").strip()
    return None if not text or urllib.request.proxy_bypass(host) else _proxy(scheme, text)


def _proxy(name: str, text: str) -> Proxy:
    """Return the proxy that a variable's value describes; raises UsageError when it cannot be used."""
    scheme, rest = text.split("://", 1) if "://" in text else ("http", text)
    scheme = scheme.lower()
    if scheme in _SOCKS:
        raise _unusable(name, "it is a SOCKS proxy, and trueup can only use http and https proxies")
    if scheme not in _SCHEMES:
        raise _unusable(name, "it is neither an http nor an https URL")
    # Split at the last `@`: passwords often contain unescaped ones, a host never does.
    userinfo, at, place = rest.rpartition("@")
    if not place.isascii() or not place.isprintable() or " " in place:
        raise _unusable(name, "it is not a URL of a host")
    host = split_host(place.partition("/")[0].partition("?")[0].partition("#")[0])
    if host is None or (host[1] or 1) > _LAST_PORT:
        raise _unusable(name, "it is not a URL of a host")
    spelled = host[0] if host[1] is None else f"{host[0]}:{host[1]}"
    user, colon, password = (unquote(part) for part in userinfo.partition(":"))
    if not f"{user}{password}".isprintable() or not _fits_header(user + password):
        raise _unusable(name, "its user or password contains characters that cannot be sent")
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
    """Return the secrets in every form that an answer could repeat; ``typed`` is the password as it was given."""
    if not password:
        # A user name without a password may be a token.
        return [Secret(user)] if user else []
    pair = f"{user}:{password}"
    # Libraries disagree on the encoding of the header (RFC 7617 leaves it open).
    sent = dict.fromkeys(base64.b64encode(pair.encode(encoding)).decode() for encoding in ("utf-8", "latin-1"))
    return [*map(Secret, sent), Secret(pair), Secret(password), Secret(typed), Secret(quote(password, safe=""))]


def _unusable(name: str, reason: str) -> UsageError:
    # The value is not shown: it may contain a password.
    return UsageError(
        f"The proxy in {name.upper()}_PROXY cannot be used: {reason}. Correct or unset the variable, or list the hosts "
        "that need no proxy in NO_PROXY."
    )

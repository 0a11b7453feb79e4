"""Read the list of hosts that are reached without a proxy (``NO_PROXY``).

The list has blanks or commas between its entries. An entry is a host, which stands for all below it too, with or
without a dot or ``*.`` in front; a pattern with ``*``; an address, or a network such as ``10.0.0.0/8`` and
``fe80::/10``; ``*`` alone is every host. A port may follow, and an IPv6 address may stand in brackets. An entry that is
none of these names no host.
"""

import re
from fnmatch import fnmatchcase
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

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

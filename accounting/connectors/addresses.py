"""Which network addresses an outside call may go to.

Addresses are given by merchants and operators, and names are resolved by strangers: without this
check a setting could make Lejar read the machine it runs on or its cloud's metadata service.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], list[str]]

UNICAST = ipaddress.IPv6Network("2000::/3")  # all that is given out for the internet
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# Answered from inside cloud networks although `ipaddress` counts them as global: Azure's and
# Oracle's metadata services, and the relay range of 6to4.
INSIDE = tuple(map(ipaddress.ip_network, ("168.63.129.16/32", "192.0.0.0/24", "192.88.99.0/24")))


def resolve(host: str, port: int) -> list[str]:
    """Every address of `host`, in the system's order. Raises OSError when there is none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def is_loopback(text: str) -> bool:
    """True for 127.0.0.0/8 and ::1 only; an IPv4 address dressed as IPv6 does not count."""
    return ipaddress.ip_address(text).is_loopback and not _disguised(ipaddress.ip_address(text))


def is_public(text: str) -> bool:
    """True for an ordinary host on the internet: not private, link-local, shared, loopback,
    multicast, reserved or metadata, and no IPv6 form that carries an IPv4 address along."""
    address = ipaddress.ip_address(text)
    if isinstance(address, ipaddress.IPv6Address) and address in NAT64:
        address = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)  # networks without IPv4
    if any(address in network for network in INSIDE) or _disguised(address):
        return False
    if isinstance(address, ipaddress.IPv6Address) and address not in UNICAST:
        return False  # such as fec0::/10, which `ipaddress` counts as global
    return address.is_global and not (address.is_multicast or address.is_reserved)


def _disguised(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv4Address):
        return False
    return bool(address.ipv4_mapped or address.sixtofour or address.teredo)

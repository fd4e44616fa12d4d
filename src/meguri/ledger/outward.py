"""Requests to addresses that somebody gave us: to the public Internet only, and to the very address that was looked at.

A name is looked up once; the connection goes to what was found, so that a name cannot mean something else a moment later
(DNS rebinding). Redirects are not followed, and proxies of the environment are not used.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

import httpx

from meguri.errors import InputError, Said
from meguri.ledger.errors import Unreachable

TIMEOUT_S = 10.0
NAT64 = IPv6Network("64:ff9b::/96")

Resolve = Callable[[str, int], list[str]]
"""Addresses of a host and port."""


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host, by the system's own look-up."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


def check_url(url: str, *, private: bool) -> httpx.URL:
    """An address that may be sent to: https, or also http where `private` networks are allowed. Raises InputError."""
    try:
        told = httpx.URL(url)
    except httpx.InvalidURL:
        told = httpx.URL("")
    schemes = ("https", "http") if private else ("https",)
    if told.scheme not in schemes or not told.host or told.userinfo or len(url) > 2000:
        raise InputError(
            Said("“{url}” is not an address that events can be sent to.", url=Said.of(url[:200])),
            where="url",
            mend=Said("Give an https address without a password in it; keep secrets in the secret."),
        )
    return told


def post(
    url: str,
    content: bytes,
    headers: Mapping[str, str],
    *,
    private: bool = False,
    client: httpx.Client | None = None,
    look_up: Resolve = resolve,
) -> int:
    """Send a body; the status of the answer, whose content is not read.

    Raises Unreachable where there is no answer, or the host is in a network of our own and `private` does not allow it.
    """
    told = check_url(url, private=private)
    port = told.port or (443 if told.scheme == "https" else 80)
    address = _address(told.host, port, private, look_up)
    caller = client or httpx.Client(timeout=TIMEOUT_S, trust_env=False, follow_redirects=False)
    try:
        with caller.stream(
            "POST",
            told.copy_with(host=address),
            content=content,
            headers={**headers, "Host": told.netloc.decode("ascii")},
            extensions={"sni_hostname": told.host},
        ) as answer:
            return answer.status_code
    except httpx.HTTPError as fault:
        raise _unreachable(url, str(fault) or type(fault).__name__) from fault
    finally:
        if client is None:
            caller.close()


def _address(host: str, port: int, private: bool, look_up: Resolve) -> str:
    """One address of a host. All of them must be public, so that none can be slipped in."""
    try:
        found = look_up(host, port)
    except (OSError, UnicodeError) as fault:
        raise _unreachable(host, str(fault)) from fault
    if not found:
        raise _unreachable(host, "no address")
    if not private and not all(map(_is_public, found)):
        raise Unreachable(
            Said("{host} is in a network of our own; nothing is sent there.", host=host),
            where=host,
            mend=Said("If you mean it, add the address with --allow-private."),
        )
    return found[0]


def _is_public(address: str) -> bool:
    """Whether an address, and one of IPv4 that it may carry inside (RFC 4291 §2.5.5, 3056, 6052), is of the public Internet."""
    held = ip_address(address.partition("%")[0])
    inner = None
    if isinstance(held, IPv6Address):
        inner = held.ipv4_mapped or held.sixtofour
        if held in NAT64:
            inner = IPv4Address(held.packed[-4:])
    told = inner or held
    return told.is_global and not told.is_multicast


def _unreachable(where: str, reason: str) -> Unreachable:
    return Unreachable(
        Said("The other side gave no answer: {reason}.", reason=Said.of(reason)),
        where=where,
        mend=Said("It is tried again later, and later each time."),
    )

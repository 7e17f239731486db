"""How a Wechaty gateway is reached, and in which ways that can fail.

Needs no Wechaty package: configuration can be checked, and failures caught, without one.
"""

from __future__ import annotations

import ipaddress
import ssl
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from bot.channels.base import ChannelError, ChannelUnavailable


class GatewayLost(ChannelUnavailable):
    """No answer: the gateway is down, hangs, or the network is cut."""


class GatewayRefused(ChannelUnavailable):
    """The gateway answers, but does not accept the token."""


class GatewayTaken(ChannelUnavailable):
    """Another client holds the only event stream that a gateway has."""


class GatewayFailed(ChannelError):
    """The gateway answered this one call with an error; the connection is fine."""


@dataclass(frozen=True, slots=True)
class Timing:
    """How patient the channel is; all in seconds."""

    first_delay: float = 1.0
    """Before the first new attempt to connect; doubles with each failure."""
    longest_delay: float = 60.0
    spread: float = 0.2
    """Delays vary by this share either way, so that many bots do not come back at one moment."""
    timeout: float = 20.0
    """For one answer of the gateway. Starting a WeChat session may take it 15 seconds."""
    heartbeat: float = 20.0
    """Between two questions whether the gateway still answers."""
    photo: float = 20.0
    """For one attempt at a photo. A gateway that has lost it does not say so, but stays silent."""
    retry: float = 1.0
    """Before a question that was answered with an error is asked again."""


@dataclass(frozen=True, slots=True)
class Connection:
    """Where a gateway is and how to reach it safely.

    Raises `ValueError` with one sentence for an operator where that is incomplete or unsafe.
    """

    endpoint: str
    token: str = field(repr=False)
    ca_file: Path | None = None
    tls_name: str | None = None
    """The name in the gateway's certificate, where it is not the host of the endpoint."""
    allow_plaintext: bool = False

    def __post_init__(self) -> None:
        check_endpoint(self.endpoint, self.ca_file, allow_plaintext=self.allow_plaintext)
        if not self.token:
            raise ValueError("channel.token is empty: the gateway must be given a token")

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        return parse_endpoint(self.endpoint)

    def tls(self) -> ssl.SSLContext | None:
        """The context for an encrypted connection that trusts `ca_file` only, None for a plain one.

        Raises `ValueError` where the file holds no certificate.
        """
        if self.ca_file is None:
            return None
        try:
            context = ssl.create_default_context(cafile=str(self.ca_file))
        except (OSError, ssl.SSLError) as error:
            raise ValueError(f"channel.ca_file {self.ca_file} cannot be read: {error}") from error
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["h2"])
        # Self-made authorities, that of the gateways among them, lack extensions which Python
        # demands since 3.13; chain, name and dates are checked all the same.
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        return context


def parse_endpoint(endpoint: str) -> tuple[str, int]:
    """`HOST:PORT` taken apart (IPv6 hosts in brackets); raises `ValueError`."""
    try:
        parts = urlsplit(f"//{endpoint.strip()}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or not port or parts.path or parts.username is not None:
        # An empty endpoint would make the client ask a service on the internet for one.
        raise ValueError(f"channel.endpoint {endpoint!r} is not HOST:PORT, as in 127.0.0.1:9009")
    return host, port


def check_endpoint(
    endpoint: str, ca_file: Path | None = None, *, allow_plaintext: bool = False
) -> None:
    """Refuse, with `ValueError`, to talk to another machine in the clear unless that is wanted."""
    host, _ = parse_endpoint(endpoint)
    if ca_file is None and not allow_plaintext and not is_loopback(host):
        raise ValueError(
            f"channel.endpoint {endpoint} is another machine and the connection would not be "
            "encrypted: give channel.ca_file, or set channel.allow_plaintext = true"
        )


def is_loopback(host: str) -> bool:
    """Whether this host is the own machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@dataclass(frozen=True, slots=True)
class Payload:
    """What a gateway says about one message."""

    id: str
    kind: Literal["text", "image", "other"]
    text: str
    filename: str
    at: datetime | None
    """None where the gateway gives no usable time."""
    sender_id: str
    room_id: str | None
    mention_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Opened:
    """The event stream is open."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A message came in."""

    message_id: str


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """The gateway's WeChat account is in."""

    contact_id: str


@dataclass(frozen=True, slots=True)
class LoggedOut:
    """The gateway's WeChat account is out; nothing comes in or goes out until someone mends it."""

    why: str


@dataclass(frozen=True, slots=True)
class Changed:
    """What was known of a room or a contact is no longer so."""

    id: str
    topic: str | None = None
    """The new topic, where the gateway gives it."""


Event = Opened | Heard | LoggedIn | LoggedOut | Changed

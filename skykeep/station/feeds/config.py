"""`[[feed]]` of a station's configuration: where sensors are heard, how, and who may be heard there."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

_Seconds = Annotated[float, Meta(gt=0, le=86_400)]
_Count = Annotated[int, Meta(ge=1, le=100_000_000)]


class FeedConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One feed; which of the keys it takes, its kind says (docs/how-to/connect-a-receiver.md)."""

    name: Annotated[str, Meta(min_length=1, max_length=200)]  # unique; how it is told of
    kind: str  # "udp", "tcp_client", "tcp_server", "websocket", "mqtt", "zmq", "replay", "simulator", "push" ...
    format: str = ""  # codec by name (skykeep.station.formats.FORMATS)
    sensor_id: str = ""  # whose observations these are, where neither frame nor key says it; "" is the feed's name
    sensors: list[str] = []  # names of sensors that frames of this feed may give; empty: any that is not another's
    address: str = ""  # host:port, URL or file, by kind
    topics: list[str] = []  # MQTT, ZMQ: what is subscribed to
    speed: Annotated[float, Meta(gt=0, le=1_000)] = 1.0  # replay: times real time
    loop: bool = False  # replay: again from the beginning, where it ends
    seed: Annotated[int, Meta(ge=0, le=2**63 - 1)] = 1  # simulator: another number, another day in its town
    anonymous: bool = False  # whoever can reach it is heard without a key, and marked as such
    allow: list[str] = []  # networks such as 192.0.2.0/24 that senders may have; empty: all
    user: str = ""  # MQTT, HTTP: who we are
    password_file: str = ""  # the password of `user`
    ca_file: str = ""  # TLS: who is trusted
    certificate_file: str = ""  # TLS: who we are; of servers, and of clients with mutual TLS
    key_file: str = ""  # of `certificate_file`
    client_ca_file: str = ""  # servers: clients must have a certificate of this authority, whose name is the sensor
    mapping: str = ""  # of format "mapped": the file that says what is where
    link: Annotated[int, Meta(ge=-1, le=65_535)] = -1  # raw radio frames: their pcap link type; -1: none
    simulated: bool = False  # what it tells of is invented
    bind: bool = False  # ZMQ: sensors connect to us, instead of we to them
    client_id: str = ""  # MQTT: under which name the broker keeps what came while we were away; "" is by feed name
    period_s: _Seconds = 1.0  # http_poll: how often it is asked for
    idle_s: _Seconds = 60.0  # a connection on which nothing came for so long is given up
    line_s: _Seconds = 10.0  # a key, and each line that has begun, must be complete in so long
    connect_s: _Seconds = 10.0  # a connection that is not there after so long is tried again
    backoff_max_s: _Seconds = 60.0  # pauses between tries grow up to this
    connections_max: _Count = 64  # servers: at the same time
    connections_per_address_max: _Count = 8  # servers: so many from one address
    receive_buffer_bytes: _Count = 16 << 20  # UDP: what the kernel keeps for us
    buffer_frames: _Count = 65_536  # frames that wait for a tick; above that it stops reading, or counts what it lost
    buffer_bytes: _Count = 64 << 20  # the same in bytes

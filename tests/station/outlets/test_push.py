"""Web Push: a push service gets what only the browser can read, and cannot be a machine behind our own walls."""

import asyncio
import base64
import contextlib
import json
import os
import sqlite3
import struct

import httpx
import pytest
import trustme
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from skykeep.errors import Malformed, Refused, Unavailable
from skykeep.rules.powers import Role
from skykeep.station.config import Config, Home
from skykeep.station.outlets import notices, publicly, push, webhook
from skykeep.station.outlets.config import NotifyConfig
from skykeep.station.outlets.sky import Sky
from skykeep.station.outlets.subscriptions import OF_ONE_PERSON_MAX, Subscriptions
from skykeep.station.people import People
from tests.station.outlets import skies
from tests.station.outlets.hooks import a_hook
from tests.station.outlets.looped import a_loop
from tests.station.outlets.test_notifying import Told
from tests.waiting import until

SENDER = notices.Sender("Harbour station", "Montevideo", "https://sky.example.org")
WANTED = NotifyConfig(web_push=True, web_push_contact="duty@example.org")


def text_of(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


class Browser:
    """What a browser keeps of its subscription, and how it reads a message (RFC 8188, RFC 8291)."""

    def __init__(self, endpoint):
        self.endpoint = endpoint
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.auth = os.urandom(16)
        self.point = self.key.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )

    def subscription(self):
        keys = {"p256dh": text_of(self.point), "auth": text_of(self.auth)}
        return json.dumps({"endpoint": self.endpoint, "expirationTime": None, "keys": keys}).encode()

    def read(self, sealed):
        salt, (size, length) = sealed[:16], struct.unpack("!LB", sealed[16:21])
        sender, record = sealed[21 : 21 + length], sealed[21 + length :]
        assert len(record) <= size
        theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender)
        shared = self.key.exchange(ec.ECDH(), theirs)
        secret = _derived(shared, self.auth, b"WebPush: info\0" + self.point + sender, 32)
        key = _derived(secret, salt, b"Content-Encoding: aes128gcm\0", 16)
        nonce = _derived(secret, salt, b"Content-Encoding: nonce\0", 12)
        padded = AESGCM(key).decrypt(nonce, record, None)
        said, mark, rest = padded.rpartition(b"\x02")
        assert (mark, rest.strip(b"\0")) == (b"\x02", b"")
        return json.loads(said)


def _derived(secret, salt, info, length):
    return HKDF(hashes.SHA256(), length, salt, info).derive(secret)


def verified(header, public_key):
    """The claims of a VAPID header (RFC 8292), if its signature is by that key."""
    scheme, _, rest = header.partition(" ")
    assert scheme == "vapid"
    parts = dict(part.strip().split("=", 1) for part in rest.split(","))
    assert parts["k"].rstrip("=") == public_key
    point = base64.urlsafe_b64decode(public_key + "=" * (-len(public_key) % 4))
    head, claims, signature = parts["t"].split(".")
    raw = base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
    both = utils.encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    key.verify(both, f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))
    return json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))


@pytest.fixture
def authority(tmp_path):
    made = trustme.CA()
    made.cert_pem.write_to_path(tmp_path / "ca.pem")
    return made


def a_station(tmp_path, *, private=True, addresses=("127.0.0.1",)):
    """Web Push of a station that trusts the test's authority and looks names up as the test says."""

    async def lookup(host, port):
        return list(addresses)

    made = push.WebPush(WANTED, Home(tmp_path), Subscriptions(tmp_path / "subscriptions.db"))
    made.private, made.lookup = private, lookup
    made._tls = webhook.trusting("ca.pem" if (tmp_path / "ca.pem").exists() else "", Home(tmp_path))
    return made


def a_notice():
    sky = Sky()
    sky.record_id = "town"
    sky.take(skies.ticked(skies.track(), skies.verdict()))
    return notices.of_incident(SENDER, sky, skies.incident(), notices.OPENED)


def sent(station, browser, notice):
    subscriptions = station._subscriptions
    subscriptions.add("anna", browser.subscription())
    with a_loop() as loop:
        loop.run(station.send(subscriptions.all()[0], notice))
    return subscriptions


@pytest.mark.requirement("OUT-8")
def test_the_browser_reads_it_and_the_service_cannot(tmp_path, authority):
    with a_hook([201], certificate=authority.issue_cert("push.example.org")) as service:
        station, browser = a_station(tmp_path), Browser(f"https://push.example.org:{service.port}/send/abc?x=1")
        sent(station, browser, a_notice())
    ((path, headers, sealed),) = service.requests
    named = {name.lower(): value for name, value in headers.items()}
    said = browser.read(sealed)
    assert path == "/send/abc?x=1"
    assert (said["title"], said["url"], said["tag"]) == ("NOT PERMITTED · HARBOUR", "/i/7", "incident-7")
    assert "No permit covers this flight" in said["body"]
    assert b"HARBOUR" not in sealed
    assert (named["content-encoding"], named["urgency"], named["topic"]) == ("aes128gcm", "high", "incident-7")
    assert named["host"] == f"push.example.org:{service.port}"
    assert int(named["ttl"]) > 0
    claims = verified(named["authorization"], station._subscriptions.public_key())
    assert claims["sub"] == "mailto:duty@example.org"
    assert claims["aud"].startswith("https://push.example.org")


@pytest.mark.requirement("OUT-8")
@pytest.mark.parametrize(("status", "left"), [(404, 0), (410, 0), (201, 1)])
def test_a_subscription_that_is_no_more_is_forgotten(tmp_path, authority, status, left):
    with a_hook([status], certificate=authority.issue_cert("push.example.org")) as service:
        subscriptions = sent(a_station(tmp_path), Browser(f"https://push.example.org:{service.port}/"), a_notice())
    assert len(subscriptions.all()) == left


def test_a_service_that_fails_is_told_and_the_subscription_kept(tmp_path, authority):
    station = a_station(tmp_path)
    with (
        a_hook([429], certificate=authority.issue_cert("push.example.org")) as service,
        pytest.raises(Unavailable, match="answers 429"),
    ):
        sent(station, Browser(f"https://push.example.org:{service.port}/"), a_notice())
    assert len(station._subscriptions.all()) == 1


def test_the_name_in_the_certificate_is_that_of_the_endpoint(tmp_path, authority):
    with (
        a_hook([201], certificate=authority.issue_cert("other.example.org")) as service,
        pytest.raises(Unavailable, match="CERTIFICATE_VERIFY_FAILED"),
    ):
        sent(a_station(tmp_path), Browser(f"https://push.example.org:{service.port}/"), a_notice())
    assert service.requests == []


# ---- no machine behind our own walls -------------------------------------------------------------

INSIDE = [
    "127.0.0.1", "10.0.0.5", "172.16.3.4", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.1", "224.0.0.1",
    "255.255.255.255", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "::ffff:10.0.0.5", "::ffff:127.0.0.1",
    "64:ff9b::a00:5", "64:ff9b::7f00:1", "2002:a00:5::1", "ff02::1", "::", "not an address",
]  # fmt: skip


@pytest.mark.requirement("OUT-8")
@pytest.mark.parametrize("address", INSIDE)
def test_an_address_behind_our_own_walls_is_not_public(address):
    assert not publicly.is_public(address)


@pytest.mark.requirement("OUT-8")
def test_an_endpoint_behind_our_own_walls_gets_nothing(tmp_path):
    station = a_station(tmp_path, private=False, addresses=("93.184.216.34", "169.254.169.254"))
    with pytest.raises(Refused, match="no public address"):
        sent(station, Browser("https://push.example.org/"), a_notice())


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "2606:2800:220:1::1", "::ffff:93.184.216.34", "64:ff9b::5db8:d822"]
)
def test_a_public_address_is_one(address):
    assert publicly.is_public(address)


def test_what_was_looked_up_is_what_is_connected_to():
    asked = []

    async def lookup(host, port):
        asked.append((host, port))
        return ["93.184.216.34"]

    url, host = asyncio.run(publicly.pinned(httpx.URL("https://push.example.org:8443/a"), lookup=lookup))
    assert (str(url), host) == ("https://93.184.216.34:8443/a", "push.example.org")
    assert asked == [("push.example.org", 8443)]


def test_a_name_without_address_is_told():
    async def nothing(host, port):
        return []

    with pytest.raises(Unavailable, match="no address"):
        asyncio.run(publicly.pinned(httpx.URL("https://push.example.org/"), lookup=nothing))
    assert asyncio.run(publicly.addresses("127.0.0.1", 443)) == ["127.0.0.1"]


# ---- subscriptions -------------------------------------------------------------------------------


def test_a_browser_is_kept_once_and_taken_away_by_its_person_only(tmp_path):
    kept, browser = Subscriptions(tmp_path / "s.db"), Browser("https://push.example.org/1")
    name = kept.add("anna", browser.subscription())
    assert kept.add("anna", browser.subscription(), priority_max=1) == name
    assert [(each.person, each.priority_max) for each in kept.all()] == [("anna", 1)]
    assert not kept.remove(name, person="boris")
    assert kept.remove(name, person="anna")
    assert kept.all() == []
    assert (tmp_path / "s.db").stat().st_mode & 0o077 == 0


def test_a_person_has_so_many_devices_and_loses_them_all_when_dismissed(tmp_path):
    kept = Subscriptions(tmp_path / "s.db")
    for number in range(OF_ONE_PERSON_MAX):
        kept.add("anna", Browser(f"https://push.example.org/{number}").subscription())
    with pytest.raises(Refused, match="take one away"):
        kept.add("anna", Browser("https://push.example.org/more").subscription())
    kept.add("boris", Browser("https://push.example.org/more").subscription())
    assert kept.remove_person("anna") == OF_ONE_PERSON_MAX
    assert [each.person for each in kept.all()] == ["boris"]


@pytest.mark.parametrize(
    "endpoint", ["http://push.example.org/", "https://user@push.example.org/", "https:///x", "ftp://x/", "file:///etc"]
)
def test_an_endpoint_is_https_to_a_named_host(tmp_path, endpoint):
    with pytest.raises(Refused, match="https"):
        Subscriptions(tmp_path / "s.db").add("anna", Browser(endpoint).subscription())


GOOD = json.loads(Browser("https://push.example.org/").subscription())


@given(
    st.one_of(
        st.binary(max_size=200),
        st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=30), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["endpoint", "keys", "p256dh", "auth"]), inner), max_leaves=6).map(lambda value: json.dumps(value).encode()),
        st.builds(lambda key, value: json.dumps({**GOOD, "keys": {**GOOD["keys"], key: value}}).encode(), st.sampled_from(["p256dh", "auth"]), st.text(max_size=120)),
    )
)  # fmt: skip
def test_whatever_a_browser_sends_is_kept_or_refused(tmp_path_factory, given_bytes):
    from skykeep.station.outlets.subscriptions import _read

    try:
        read = _read(given_bytes)
    except (Malformed, Refused):
        return
    assert read.endpoint.startswith("https://")


def test_a_point_that_is_not_on_the_curve_is_told(tmp_path):
    bad = {**GOOD, "keys": {**GOOD["keys"], "p256dh": text_of(b"\x04" + b"\1" * 64)}}
    station = a_station(tmp_path)
    station._subscriptions.add("anna", json.dumps(bad).encode())
    with a_loop() as loop, pytest.raises(Malformed, match="no keys"):
        loop.run(station.send(station._subscriptions.all()[0], a_notice()))


# ---- the station's key ---------------------------------------------------------------------------


def test_the_key_is_made_once_and_is_its_owners_alone(tmp_path):
    first, second = push.key_in(tmp_path / "secrets" / "vapid.pem"), push.key_in(tmp_path / "secrets" / "vapid.pem")
    assert push.public_text(first) == push.public_text(second)
    assert (tmp_path / "secrets" / "vapid.pem").stat().st_mode & 0o077 == 0


def test_another_key_makes_old_subscriptions_worthless(tmp_path):
    station = a_station(tmp_path)
    station._subscriptions.add("anna", Browser("https://push.example.org/").subscription())
    a_station(tmp_path)
    assert len(station._subscriptions.all()) == 1
    (tmp_path / "secrets" / "vapid.pem").unlink()
    a_station(tmp_path)
    assert station._subscriptions.all() == []


def test_the_key_is_changed_without_a_gap(tmp_path):
    """Each browser is sent what the key signs that it subscribed with, until the old one is taken away."""
    secrets, keys = tmp_path / "secrets", {}

    def signed(station):
        return {
            each.person: station._sealed(each, b"said")[1]["authorization"].partition("k=")[2]
            for each in station._subscriptions.all()
        }

    station = a_station(tmp_path)
    station._subscriptions.add("anna", Browser("https://push.example.org/1").subscription())
    keys["anna"] = station._subscriptions.public_key()
    (secrets / "vapid.pem").rename(secrets / "vapid.old.pem")
    station = a_station(tmp_path)
    station._subscriptions.add("boris", Browser("https://push.example.org/2").subscription())
    keys["boris"] = station._subscriptions.public_key()
    assert keys["anna"] != keys["boris"]
    assert signed(station) == keys
    station._subscriptions.add("anna", Browser("https://push.example.org/3").subscription())
    (secrets / "vapid.old.pem").unlink()
    assert signed(a_station(tmp_path)) == dict.fromkeys(("anna", "boris"), keys["boris"])


def test_who_subscribed_before_keys_were_noted_has_that_of_then(tmp_path):
    with contextlib.closing(sqlite3.connect(tmp_path / "s.db")) as old, old:
        old.executescript(
            "CREATE TABLE subscriptions (id TEXT PRIMARY KEY, person TEXT NOT NULL, endpoint TEXT NOT NULL, "
            "p256dh TEXT NOT NULL, auth TEXT NOT NULL, priority_max INTEGER NOT NULL, made_s INTEGER NOT NULL) STRICT;"
            "CREATE TABLE station (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;"
            "INSERT INTO station VALUES ('public_key', 'KEY'); INSERT INTO subscriptions VALUES "
            "('1', 'anna', 'https://push.example.org/', 'p', 'a', 2, 1)"
        )
    assert [each.server_key for each in Subscriptions(tmp_path / "s.db").all()] == ["KEY"]


def test_a_key_that_is_none_and_a_contact_that_is_missing_are_refused(tmp_path):
    with pytest.raises(Refused, match="web_push_contact"):
        push.WebPush(NotifyConfig(web_push=True), Home(tmp_path), Subscriptions(tmp_path / "s.db"))
    (tmp_path / "secrets" / "vapid.pem").write_text("no key")
    with pytest.raises(Refused, match="no private key"):
        push.key_in(tmp_path / "secrets" / "vapid.pem")


# ---- as part of all that tells people ------------------------------------------------------------


@pytest.fixture
def accounts(tmp_path):
    """The accounts of a station with one duty officer."""
    made = People(Home(tmp_path).people)
    made.enrol("anna", [Role.DUTY_OFFICER], 1)
    made.enrol("root", [Role.ADMIN], 1)
    yield made
    made.close()


@pytest.mark.requirement("OUT-8", "STATION-PEOPLE-3")
@pytest.mark.parametrize("end", ["dismissed", "other powers"])
def test_who_is_out_is_told_no_more(tmp_path, accounts, end):
    Subscriptions(tmp_path / "subscriptions.db").add("anna", Browser("https://push.example.org/").subscription())
    with a_loop() as loop:
        told = Told(loop, Config(name="Harbour station", notify=WANTED), Home(tmp_path))
        until(lambda: told.one._browsers, "the browser")
        if end == "dismissed":
            accounts.dismiss("anna", 2)
        else:
            accounts.set_roles("anna", [Role.PUBLISHER], 2)
        until(lambda: not told.one._browsers, "that nobody is told")
        told.stop()


@pytest.mark.requirement("OUT-8")
@pytest.mark.usefixtures("accounts")
def test_a_browser_that_subscribes_while_it_runs_is_told(tmp_path, authority):
    with a_hook([201], certificate=authority.issue_cert("push.example.org")) as service, a_loop() as loop:
        told = Told(loop, Config(name="Harbour station", notify=WANTED), Home(tmp_path))
        mine = a_station(tmp_path)
        told.one.push = mine
        browser = Browser(f"https://push.example.org:{service.port}/")
        mine._subscriptions.add("anna", browser.subscription(), priority_max=1)
        until(lambda: told.one._browsers, "the browser")
        told.take(skies.incident(priority=2))
        told.take(skies.track(), skies.verdict(), skies.incident(t_ns=2, priority=1))
        until(lambda: service.requests and told.waiting() == [], "a message")
        mine._subscriptions.remove_person("anna")
        told.take(skies.incident(t_ns=3, priority=1, escalation=1))
        until(lambda: told.waiting() == [], "that nothing waits for whoever is gone")
        told.stop()
    assert next(browser.read(sealed)["type"] for _, _, sealed in service.requests) == "incident.opened"

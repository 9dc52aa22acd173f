"""Signing in by OpenID Connect: with a real provider as a process of its own, and with one that lies in every way we know."""

import asyncio
import base64
import contextlib
import hashlib
import json
import subprocess
import sys
import time
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwk, jwt

from skykeep.errors import Refused, Unavailable
from skykeep.rules.powers import Role
from skykeep.station.webconfig import OidcConfig
from skykeep.web import oidc as module
from skykeep.web.oidc import ALGORITHMS, Oidc
from tests.ports import free_port
from tests.waiting import PATIENCE_S, until
from tests.web.entrances import GOOD, NS, ORIGIN, house

ROLES = {"sky-duty": ["duty_officer"], "sky-admin": ["admin"]}
ISSUER = "https://id.example"
SECRET = "client secret"


# ---- a real provider -----------------------------------------------------------------------------------------


@pytest.fixture(name="provider", scope="module")
def _provider():
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), "--require-nonce", "true"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    try:

        def answers():
            assert process.poll() is None
            with contextlib.suppress(httpx.HTTPError):
                return httpx.get(f"{address}/.well-known/openid-configuration", timeout=PATIENCE_S).is_success

        until(answers, "the provider")
        yield address
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


@pytest.fixture(name="whole", scope="module")
def _whole(tmp_path_factory, provider):
    directory = tmp_path_factory.mktemp("station")
    (directory / "oidc").write_text(SECRET)
    (directory / "oidc").chmod(0o600)
    config = OidcConfig(
        issuer=provider, client_id="skykeep", client_secret_file="oidc", role_claim="groups.sky", roles=ROLES
    )
    with house(directory, oidc=config) as made:
        yield made


@pytest.fixture(name="at")
def _at(whole):
    made = whole.renew()
    made.clock.now_ns = time.time_ns()  # the provider's clock is the machine's
    return made


def known(provider, sub, *, roles, **claims):
    httpx.put(
        f"{provider}/users/{sub}", json={"groups": {"sky": roles}, **claims}, timeout=PATIENCE_S
    ).raise_for_status()


def sent_back(at, sub, browser=None, target=""):
    """Begin here, sign in there; returns the address that the provider sends the browser back to."""
    begun = (browser or at.client).get("/sign-in/oidc", params={"target": target}, follow_redirects=False)
    assert begun.status_code == 303, begun.text
    there = httpx.post(begun.headers["location"], data={"sub": sub}, follow_redirects=False, timeout=PATIENCE_S)
    assert there.status_code == 302
    return there.headers["location"]


def come_back(at, address, browser=None):
    return (browser or at.client).get(address.removeprefix(ORIGIN), follow_redirects=False)


@pytest.mark.requirement("STATION-OIDC-1")
def test_somebody_signs_in_by_a_provider(at, provider):
    known(provider, "17", roles=["sky-duty", "cleaning"], email="Anna.K@city.example")
    answer = come_back(at, sent_back(at, "17", target="/incidents"))
    assert (answer.status_code, answer.headers["location"]) == (303, "/incidents")
    (session,) = at.client.get("/api/v1/sessions").json()
    assert (session["person"], session["kind"], session["roles"]) == ("anna.k@127.0.0.1", "oidc", ["duty_officer"])
    assert [(ask.action, ask.person, ask.subject) for ask in at.mirror.asks] == [
        ("person.enrol", provider, "person:anna.k@127.0.0.1")
    ]


@pytest.mark.requirement("STATION-OIDC-1")
def test_powers_are_those_of_the_day_and_changes_are_recorded(at, provider):
    known(provider, "18", roles=["sky-duty"], email="b@city.example")
    come_back(at, sent_back(at, "18"))
    come_back(at, sent_back(at, "18"))
    assert at.mirror.actions() == ["person.enrol"]
    known(provider, "18", roles=["sky-admin"], email="c@city.example")
    come_back(at, sent_back(at, "18"))
    assert at.mirror.actions() == ["person.enrol", "person.change"]
    assert at.people.find("b@127.0.0.1").roles == (Role.ADMIN,)
    known(provider, "18", roles=["cleaning"])
    assert come_back(at, sent_back(at, "18")).status_code == 401


@pytest.mark.requirement("STATION-OIDC-1")
def test_who_lost_all_powers_there_holds_nothing_here(at, provider):
    known(provider, "30", roles=["sky-duty"], email="p@city.example")
    come_back(at, sent_back(at, "30"))
    token, phone = at.token("p@127.0.0.1", "duty_officer"), at.other_browser()
    assert at.client.get("/api/v1/tokens", headers=token).status_code == 200
    known(provider, "30", roles=["cleaning"])
    address = sent_back(at, "30", phone)
    assert come_back(at, address, phone).status_code == 401
    assert at.mirror.actions() == ["person.enrol", "person.change"]
    assert at.client.get("/api/v1/tokens", headers=token).status_code == 401
    assert at.client.get("/api/v1/sessions").status_code == 401


def test_a_name_is_one_person_whoever_claims_it(at, provider):
    for sub in ("19", "20"):
        known(provider, sub, roles=["sky-duty"], email="same@city.example")
        assert come_back(at, sent_back(at, sub)).status_code == 303
    names = [person.name for person in at.people.all()]
    assert len(names) == 2
    assert "same@127.0.0.1" in names


def test_who_was_dismissed_here_stays_out(at, provider):
    at.enrol("root-admin", "admin")
    known(provider, "21", roles=["sky-duty"], email="d@city.example")
    come_back(at, sent_back(at, "21"))
    at.people.dismiss("d@127.0.0.1", at.clock())
    assert come_back(at, sent_back(at, "21")).status_code == 401


def test_where_nothing_is_recorded_nobody_new_is_let_in(at, provider):
    known(provider, "22", roles=["sky-duty"], email="e@city.example")
    at.mirror.problem = "unavailable"
    assert come_back(at, sent_back(at, "22")).status_code == 503
    assert at.people.all() == []


@pytest.mark.requirement("STATION-OIDC-2")
def test_an_answer_is_used_once_and_by_the_browser_that_asked(at, provider):
    known(provider, "23", roles=["sky-duty"], email="f@city.example")
    address = sent_back(at, "23")
    stranger = at.other_browser()
    assert come_back(at, address, stranger).status_code == 401
    assert come_back(at, address).status_code == 401  # the stranger used it up
    again = sent_back(at, "23")
    assert come_back(at, again).status_code == 303
    assert come_back(at, again).status_code == 401


@pytest.mark.requirement("STATION-OIDC-2")
@pytest.mark.parametrize("wrong", [{"state": "x"}, {"code": "x"}, {"iss": "https://evil.example"}])
def test_what_was_changed_on_the_way_is_refused(at, provider, wrong):
    known(provider, "24", roles=["sky-duty"], email="g@city.example")
    parts = urlsplit(sent_back(at, "24"))
    query = {key: values[0] for key, values in parse_qs(parts.query).items()} | wrong
    answer = at.client.get(parts.path, params=query, follow_redirects=False)
    assert answer.status_code == 401
    assert at.client.get("/api/v1/sessions").status_code == 401


def test_an_answer_that_comes_too_late_is_refused(at, provider):
    known(provider, "25", roles=["sky-duty"], email="h@city.example")
    address = sent_back(at, "25")
    at.clock.forward(601)
    assert come_back(at, address).status_code == 401


def test_who_says_no_there_is_not_let_in_here(at, provider):
    begun = at.client.get("/sign-in/oidc", follow_redirects=False).headers["location"]
    there = httpx.post(begun, data={"action": "deny"}, follow_redirects=False, timeout=PATIENCE_S)
    answer = come_back(at, there.headers["location"])
    assert answer.status_code == 401
    assert "<script" not in answer.text


def test_local_accounts_go_on(at):
    at.enrol("anna", "duty_officer")
    assert at.sign_in("anna", GOOD).status_code == 303
    assert "/sign-in/oidc" in at.client.get("/sign-in").text


# ---- a provider that lies ------------------------------------------------------------------------------------


class Liar:
    """A provider of which every answer can be changed."""

    def __init__(self):
        self.key = jwk.ECKey.generate_key("P-256", {"kid": "1", "use": "sig", "alg": "ES256"})
        self.published = [self.key]
        self.claims, self.header, self.sign_with, self.asked, self.secrets = {}, {}, None, [], []
        self.metadata = {
            "issuer": ISSUER,
            "authorization_endpoint": f"{ISSUER}/authorize",
            "token_endpoint": f"{ISSUER}/token",
            "jwks_uri": f"{ISSUER}/keys",
        }
        self.id_token, self.nonce, self.challenge = None, "", ""

    def __call__(self, request):
        self.asked.append(str(request.url))
        path = request.url.path
        if path == "/.well-known/openid-configuration":
            return httpx.Response(200, json=self.metadata)
        if path == "/keys":
            return httpx.Response(200, json={"keys": [key.as_dict(private=False) for key in self.published]})
        if path == "/token":
            self.secrets.append(base64.b64decode(request.headers["authorization"].removeprefix("Basic ")).decode())
            form = {key: values[0] for key, values in parse_qs(request.content.decode()).items()}
            challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=")
            if challenge.decode() != self.challenge:
                return httpx.Response(400, json={"error": "invalid_grant"})
            return httpx.Response(200, json={"access_token": "a", "token_type": "Bearer", "id_token": self.signed()})
        return httpx.Response(404)

    def signed(self):
        if self.id_token is not None:
            return self.id_token
        now_s = time.time_ns() // NS
        claims = {"iss": ISSUER, "sub": "17", "aud": "skykeep", "exp": now_s + 300, "iat": now_s, "nonce": self.nonce,
                  "roles": ["sky-duty"], **self.claims}  # fmt: skip
        claims = {key: value for key, value in claims.items() if value is not None}
        header = {"alg": "ES256", "kid": "1", **self.header}
        return jwt.encode(header, claims, self.sign_with or self.key, algorithms=[header["alg"]])


def trusting(liar, secret=lambda: SECRET, **config):
    said = OidcConfig(issuer=ISSUER, client_id="skykeep", client_secret_file="x", roles=ROLES, **config)
    return Oidc(said, secret, time.time_ns, transport=httpx.MockTransport(liar))


def sign_in(liar, oidc=None, **config):
    oidc = oidc or trusting(liar, **config)

    async def whole():
        begun = await oidc.begin(f"{ORIGIN}/sign-in/oidc/done", "/")
        query = {key: values[0] for key, values in parse_qs(urlsplit(begun.address).query).items()}
        liar.nonce, liar.challenge = query["nonce"], query["code_challenge"]
        assert query["code_challenge_method"] == "S256"
        assert query["response_type"] == "code"
        assert len(query["state"]) >= 43
        return await oidc.finish({"state": query["state"], "code": "c"}, begun.cookie)

    return asyncio.run(whole())


def test_the_liar_can_tell_the_truth():
    vouched = sign_in(Liar())
    assert (vouched.issuer, vouched.subject, vouched.roles) == (ISSUER, "17", (Role.DUTY_OFFICER,))


@pytest.mark.requirement("STATION-OIDC-2", "ASVS-9")
@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.example"}, {"iss": ISSUER + "/"}, {"aud": "other"}, {"aud": ["skykeep", "other"]}, {"aud": None},
        {"aud": ["skykeep"], "azp": "other"}, {"exp": 1}, {"exp": None}, {"exp": "soon"}, {"iat": 1}, {"iat": None},
        {"iat": 1 << 40}, {"nonce": "another"}, {"nonce": None}, {"nonce": 7}, {"sub": ""}, {"sub": None}, {"sub": 17},
        {"sub": "x" * 256}, {"roles": []}, {"roles": ["unheard of"]}, {"roles": None}, {"roles": {"sky-duty": True}},
    ],
    ids=json.dumps,
)  # fmt: skip
def test_claims_that_are_not_for_this_sign_in_are_refused(claims):
    liar = Liar()
    liar.claims = claims
    with pytest.raises(Refused):
        sign_in(liar)


@pytest.mark.requirement("STATION-OIDC-2", "ASVS-9")
@pytest.mark.parametrize("kind", ["none", "hmac", "other key", "garbage", "other alg", "empty", "not text"])
def test_a_token_that_the_provider_did_not_sign_is_refused(kind):
    liar = Liar()
    if kind == "none":
        header, claims, _ = liar.signed().split(".")
        said = json.loads(base64.urlsafe_b64decode(header + "=="))
        forged = base64.urlsafe_b64encode(json.dumps({**said, "alg": "none"}).encode()).rstrip(b"=").decode()
        liar.id_token = f"{forged}.{claims}."
    elif kind == "hmac":  # the public key as a secret that both know
        secret = jwk.OctKey.import_key(json.dumps(liar.key.as_dict(private=False)))
        liar.header, liar.sign_with = {"alg": "HS256"}, secret
    elif kind == "other key":
        liar.sign_with = jwk.ECKey.generate_key("P-256", {"kid": "1"})
    elif kind == "other alg":
        liar.header, liar.sign_with = {"alg": "RS256"}, jwk.RSAKey.generate_key(2048, {"kid": "1"})
    else:
        liar.id_token = {"garbage": "a.b.c", "empty": "", "not text": 7}[kind]
    with pytest.raises(Refused):
        sign_in(liar)


def test_no_symmetric_algorithm_is_on_the_list():
    assert not {"none", "HS256", "HS384", "HS512"} & set(ALGORITHMS)


def test_the_secret_is_read_anew_for_each_sign_in():
    liar, file = Liar(), ["first"]
    oidc = trusting(liar, lambda: file[0])
    sign_in(liar, oidc)
    file[0] = "second"
    sign_in(liar, oidc)
    assert liar.secrets == ["skykeep:first", "skykeep:second"]


def test_a_provider_changes_its_keys(monkeypatch):
    monkeypatch.setattr(module, "KEYS_MIN_S", -1)
    liar = Liar()
    new = jwk.ECKey.generate_key("P-256", {"kid": "2"})
    liar.header, liar.sign_with = {"kid": "2"}, new

    def late(request):
        if request.url.path == "/keys" and any(address.endswith("/keys") for address in liar.asked):
            liar.published = [liar.key, new]
        return liar(request)

    assert sign_in(late_provider(liar, late)).subject == "17"
    assert sum(address.endswith("/keys") for address in liar.asked) == 2


def late_provider(liar, answering):
    class Late:
        def __call__(self, request):
            return answering(request)

        def __setattr__(self, name, value):
            setattr(liar, name, value)

    return Late()


@pytest.mark.requirement("STATION-OIDC-3", "ASVS-13")
@pytest.mark.parametrize("key", ["authorization_endpoint", "token_endpoint", "jwks_uri"])
@pytest.mark.parametrize(
    "address",
    ["https://evil.example/x", "http://id.example/x", "http://169.254.169.254/latest", "https://id.example:8443/x",
     "https://user@id.example/x", "file:///etc/passwd", "https://id.example.evil.example/", "//id.example/x", ""],
)  # fmt: skip
def test_nothing_but_the_provider_is_asked(key, address):
    liar = Liar()
    liar.metadata[key] = address
    with pytest.raises(Refused):
        sign_in(liar)
    assert liar.asked == [f"{ISSUER}/.well-known/openid-configuration"]


def test_a_host_that_the_configuration_lists_is_asked():
    liar = Liar()
    liar.metadata["jwks_uri"] = "https://keys.example/keys"
    assert sign_in(liar, hosts=["keys.example"]).subject == "17"


@pytest.mark.requirement("STATION-OIDC-3")
@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(302, headers={"location": "http://169.254.169.254/"}),
        httpx.Response(500),
        httpx.Response(200, content=b"{"),
        httpx.Response(200, json={"issuer": "https://other.example"}),
        httpx.Response(200, content=b" " * ((1 << 20) + 1)),
    ],
    ids=["redirect", "error", "broken", "poor", "large"],
)
def test_a_provider_that_is_ill_is_said_to_be(answer):
    asked = []

    def ill(request):
        asked.append(str(request.url))
        return answer

    with pytest.raises(Unavailable):
        sign_in(ill_provider(ill))
    assert asked == [f"{ISSUER}/.well-known/openid-configuration"]


def ill_provider(answering):
    class Ill:
        def __call__(self, request):
            return answering(request)

    return Ill()


def test_another_issuer_than_configured_is_none():
    liar = Liar()
    liar.metadata["issuer"] = "https://id.example/"
    with pytest.raises(Unavailable, match="another one"):
        sign_in(liar)


@pytest.mark.parametrize("issuer", ["http://id.example", "ftp://id.example", "id.example", "https://user@id.example"])
def test_an_issuer_that_anybody_could_answer_for_is_refused(issuer):
    with pytest.raises(Refused):
        Oidc(OidcConfig(issuer=issuer, client_id="x", client_secret_file="x"), lambda: "", time.time_ns)


def test_sign_ins_under_way_do_not_grow_without_end(monkeypatch):
    monkeypatch.setattr(module, "PENDING_MAX", 3)

    async def many():
        oidc = Oidc(OidcConfig(issuer=ISSUER, client_id="x", client_secret_file="x"), lambda: "", time.time_ns,
                    transport=httpx.MockTransport(Liar()))  # fmt: skip
        for _ in range(10):
            await oidc.begin("https://a", "/")
        return len(oidc._pending)

    assert asyncio.run(many()) == 3

"""Signing in by OpenID Connect: what is asked of the provider, and what of its answer is believed.

The authorization code flow with PKCE (S256), state and nonce (OpenID Connect Core 1.0, 3.1; RFC 7636; RFC 9700). What
is believed is an ID token that the provider signed with one of its published keys, by an asymmetric algorithm of our
list, for us, for this very sign-in, now. Who somebody is, are issuer and subject together, never a name or an address.

Nothing but the configured issuer is ever asked: its answers may name its own host, or hosts that the configuration
lists, by TLS (loopback may do without); redirects are not followed, answers have a bounded size and time.
"""

from __future__ import annotations

import hmac
import secrets
from collections import OrderedDict
from collections.abc import Callable
from typing import Any
from urllib.parse import quote_plus, urlencode, urlsplit

import httpx
import msgspec
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwk, jwt
from joserfc.errors import JoseError

from skykeep.errors import Refused, Unavailable
from skykeep.rules.powers import Role
from skykeep.station.peopledb import digest
from skykeep.station.webconfig import OidcConfig

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
SCOPE = "openid profile email"
TIMEOUT_S = 5.0
ANSWER_MAX_BYTES = 1 << 20
PENDING_S, PENDING_MAX = 600, 1_000
KEYS_S = 3_600  # keys are asked for again after this long, and when one is not among them
KEYS_MIN_S = 60  # ... but not more often than this, whatever somebody sends
LEEWAY_S = 60
AGE_MAX_S = 600  # of an ID token
SUBJECT_MAX = 255  # characters (OpenID Connect Core 1.0, 2)
NS = 1_000_000_000
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class Metadata(msgspec.Struct, frozen=True):
    """What a provider says of itself (OpenID Connect Discovery 1.0, 3), as far as we need it."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str


class _Tokens(msgspec.Struct, frozen=True):
    """What the provider gives for a code, as far as we need it."""

    id_token: str


class Pending(msgspec.Struct, frozen=True, kw_only=True):
    """A sign-in that is under way."""

    browser: bytes  # digest of the cookie of whoever began it
    nonce: str
    verifier: str
    redirect_uri: str
    target: str
    expires_ns: int


class Begun(msgspec.Struct, frozen=True):
    """Where to send a browser, and the cookie by which it is known when it comes back."""

    address: str
    cookie: str


class Vouched(msgspec.Struct, frozen=True, kw_only=True):
    """Who the provider says it is."""

    issuer: str
    subject: str
    name: str  # a suggestion
    roles: tuple[Role, ...]
    target: str


class Powerless(Refused):
    """Somebody whom the provider knows, but names no power for."""

    def __init__(self, subject: str) -> None:
        super().__init__("the provider knows you, but names no power for you here; ask an admin")
        self.subject = subject


class Oidc:
    """One provider; for one thread (of the event loop)."""

    def __init__(
        self,
        config: OidcConfig,
        secret: Callable[[], str],
        now_ns: Callable[[], int],
        *,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """Raises Refused where the issuer is no https address."""
        self.config, self._secret, self._now_ns, self._transport = config, secret, now_ns, transport
        self._issuer = config.issuer
        self._require_ours(config.issuer)
        self._roles = {value: tuple(Role(role) for role in roles) for value, roles in config.roles.items()}
        self._metadata: Metadata | None = None
        self._keys: jwk.KeySet | None = None
        self._keys_ns = 0
        self._pending: OrderedDict[str, Pending] = OrderedDict()

    async def begin(self, redirect_uri: str, target: str) -> Begun:
        """Begin a sign-in; raises Unavailable where the provider is not there."""
        metadata = await self.metadata()
        state, cookie = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        pending = Pending(
            browser=digest(cookie),
            nonce=secrets.token_urlsafe(32),
            verifier=secrets.token_urlsafe(48),
            redirect_uri=redirect_uri,
            target=target,
            expires_ns=self._now_ns() + PENDING_S * NS,
        )
        self._pending[state] = pending
        while len(self._pending) > PENDING_MAX:
            self._pending.popitem(last=False)
        asks = {
            "response_type": "code",
            "client_id": self.config.client_id,
            "redirect_uri": redirect_uri,
            "scope": SCOPE,
            "state": state,
            "nonce": pending.nonce,
            "code_challenge": create_s256_code_challenge(pending.verifier),
            "code_challenge_method": "S256",
        }
        mark = "&" if "?" in metadata.authorization_endpoint else "?"
        address = f"{metadata.authorization_endpoint}{mark}{urlencode(asks)}"
        return Begun(address, cookie)

    async def finish(self, query: dict[str, str], cookie: str) -> Vouched:
        """Return who came back from the provider; raises Refused where that is not proved.

        A state is used once, by the browser that began it, whatever comes of it.
        """
        pending = self._pending.pop(query.get("state", ""), None)
        if pending is None or pending.expires_ns <= self._now_ns():
            raise Refused("this sign-in was not begun here, or too long ago; begin again")
        if not cookie or not hmac.compare_digest(pending.browser, digest(cookie)):
            raise Refused("this sign-in was begun in another browser; begin again")
        if query.get("iss", self._issuer) != self._issuer:  # RFC 9207
            raise Refused("the answer is from another provider than was asked; begin again")
        if "code" not in query:
            raise Refused(f"the provider did not sign you in ({query.get('error', 'no code')[:80]}); begin again")
        claims = await self._claims(query["code"], pending)
        roles = self.roles(claims)
        if not roles:
            raise Powerless(claims["sub"])
        return Vouched(
            issuer=self._issuer,
            subject=claims["sub"],
            name=self._name(claims),
            roles=roles,
            target=pending.target,
        )

    async def _claims(self, code: str, pending: Pending) -> dict[str, Any]:
        """Return the claims of an ID token that was proved."""
        metadata = await self.metadata()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": pending.redirect_uri,
            "code_verifier": pending.verifier,
        }
        # RFC 6749, 2.3.1: both are form-encoded before they become user and password.
        who = httpx.BasicAuth(quote_plus(self.config.client_id), quote_plus(self._secret()))
        status, data = await self._send(httpx.Request("POST", metadata.token_endpoint, data=form), who)
        if status != httpx.codes.OK:
            raise Refused(f"the provider did not accept its own code (it answers {status}); begin again")
        try:
            id_token = msgspec.json.decode(data, type=_Tokens).id_token
        except msgspec.MsgspecError as error:
            raise Refused("the provider gave no ID token; does the client have the scope openid?") from error
        claims = await self._verified(id_token)
        self._require_right(claims, pending)
        return claims

    async def _verified(self, id_token: str) -> dict[str, Any]:
        """Return the claims of a token that one of the provider's keys signed."""
        for again in (False, True):
            keys = await self._published_keys(again=again)
            try:
                return dict(jwt.decode(id_token, keys, algorithms=list(ALGORITHMS)).claims)
            except (JoseError, ValueError) as error:
                if again:
                    raise Refused("the ID token is not signed by a key of the provider; begin again") from error
        raise AssertionError("the second time either returns or raises")

    def _require_right(self, claims: dict[str, Any], pending: Pending) -> None:
        """Refuse claims that are not about this sign-in (OpenID Connect Core 1.0, 3.1.3.7)."""
        now_s, client_id = self._now_ns() // NS, self.config.client_id
        audience = claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        expires_s, issued_s = claims.get("exp"), claims.get("iat")
        faults = {
            "issuer": claims.get("iss") != self._issuer,
            "audience": client_id not in audiences,
            "authorised party": (len(audiences) > 1 or "azp" in claims) and claims.get("azp") != client_id,
            "nonce": not hmac.compare_digest(str(claims.get("nonce", "")).encode(), pending.nonce.encode()),
            "end": not isinstance(expires_s, int | float) or expires_s + LEEWAY_S < now_s,
            "beginning": not isinstance(issued_s, int | float) or not -AGE_MAX_S <= issued_s - now_s <= LEEWAY_S,
            "subject": not isinstance(claims.get("sub"), str) or not 0 < len(claims["sub"]) <= SUBJECT_MAX,
        }
        wrong = [what for what, fault in faults.items() if fault]
        if wrong:
            raise Refused(f"the ID token is not for this sign-in (its {', '.join(wrong)}); begin again")

    def roles(self, claims: dict[str, Any]) -> tuple[Role, ...]:
        """Return the powers that the claims name, by the table of the configuration."""
        found: Any = claims.get(self.config.role_claim)
        if found is None:
            found = claims
            for part in self.config.role_claim.split("."):  # such as realm_access.roles
                found = found.get(part) if isinstance(found, dict) else None
        values = [found] if isinstance(found, str) else found if isinstance(found, list) else []
        held = {role for value in values if isinstance(value, str) for role in self._roles.get(value, ())}
        return tuple(sorted(held, key=lambda role: role.value))

    def _name(self, claims: dict[str, Any]) -> str:
        """Return how somebody may be called: the name there at the host there, in letters that names have."""
        said = next((claims[key] for key in ("preferred_username", "email") if isinstance(claims.get(key), str)), "")
        local = "".join(
            sign for sign in said.partition("@")[0].casefold() if sign.isascii() and (sign.isalnum() or sign in "._-")
        )
        host = urlsplit(self._issuer).hostname or ""
        return f"{local[:64] or digest(claims['sub']).hex()[:12]}@{host}"

    async def metadata(self) -> Metadata:
        """Return what the provider says of itself; asked for once."""
        if self._metadata is None:
            data = await self._get(f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
            try:
                found = msgspec.json.decode(data, type=Metadata)
            except msgspec.MsgspecError as error:
                raise Unavailable(f"{self._issuer} does not describe itself as a provider does: {error}") from error
            if found.issuer != self._issuer:
                raise Unavailable(f"{self._issuer} says that it is another one; correct `issuer` in [oidc]")
            for address in (found.authorization_endpoint, found.token_endpoint, found.jwks_uri):
                self._require_ours(address)
            self._metadata = found
        return self._metadata

    async def _published_keys(self, *, again: bool) -> jwk.KeySet:
        age_s = (self._now_ns() - self._keys_ns) / NS
        if self._keys is None or age_s > KEYS_S or (again and age_s > KEYS_MIN_S):
            data = await self._get((await self.metadata()).jwks_uri)
            try:
                self._keys = jwk.KeySet.import_key_set(msgspec.json.decode(data))
            except (msgspec.MsgspecError, JoseError, ValueError, KeyError, TypeError, AttributeError) as error:
                raise Unavailable(f"{self._issuer} publishes keys that cannot be read") from error
            self._keys_ns = self._now_ns()
        return self._keys

    async def _get(self, address: str) -> bytes:
        status, data = await self._send(httpx.Request("GET", address))
        if status != httpx.codes.OK:
            raise Unavailable(f"{address} answers {status}; is `issuer` in [oidc] right?")
        return data

    async def _send(self, request: httpx.Request, who: httpx.Auth | None = None) -> tuple[int, bytes]:
        """Return status and body; raises Unavailable where there is no answer, or one too large."""
        request.headers["accept"] = "application/json"
        data = bytearray()
        try:
            async with httpx.AsyncClient(transport=self._transport, timeout=TIMEOUT_S, trust_env=False) as client:
                response = await client.send(request, auth=who, stream=True, follow_redirects=False)
                async for part in response.aiter_bytes():
                    data += part
                    if len(data) > ANSWER_MAX_BYTES:
                        raise Unavailable(f"{request.url.host} answers with more than {ANSWER_MAX_BYTES} bytes")
        except httpx.HTTPError as error:
            raise Unavailable(f"{request.url.host} does not answer: {type(error).__name__}; try again") from error
        return response.status_code, bytes(data)

    def _require_ours(self, address: str) -> None:
        """Refuse an address that is not of the configured provider, or that anybody on the way could answer for."""
        parts, issuer = urlsplit(address), urlsplit(self._issuer)
        own = (parts.hostname, parts.port) == (issuer.hostname, issuer.port) or parts.hostname in self.config.hosts
        plain = parts.scheme == "http" and parts.hostname in _LOOPBACK
        if not own or parts.username is not None or not (parts.scheme == "https" or plain):
            raise Refused(f"{address} is no https address of {self._issuer}; list its host under `hosts` in [oidc]")

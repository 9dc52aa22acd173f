"""/api/v1/permits: what is granted, withdrawn, and whether a credential that is shown holds."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from litestar import Controller, Request, Response, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from skykeep.station import credential
from skykeep.views.livemodels import PermitNow
from skykeep.web import credentials
from skykeep.web.api import bodies
from skykeep.web.api.acting import Acted, act
from skykeep.web.masked import shown, shown_all
from skykeep.web.paging import PAGE, Cursor, Index, Limit, page
from skykeep.web.problems import not_there
from skykeep.web.site import site_of

STATUS_TYPE = "application/statuslist+cwt"
State = Annotated[
    Literal["announced", "in_force", "expired", "revoked", "superseded"] | None, QueryParameter(name="state")
]
Version = Annotated[int | None, QueryParameter(name="version", ge=0, lt=1 << 31)]


class CredentialChecked(msgspec.Struct, frozen=True, kw_only=True):
    """What a check found; a copied code verifies too, so match aircraft, place and time."""

    answer: str  # "signed", "not_valid", "status_too_old"
    sentence: str
    said: list[str]  # who, where, when, what: as it is signed; empty where nothing in it can be believed
    permit_id: str | None
    status_issued_s: int | None


class Permits(Controller):
    """Permits."""

    path = "/permits"
    tags = ("permits",)

    @get(opt={"action": "permit.read"})
    async def list_permits(
        self, request: Request[Any, Any, Any], limit: Limit = PAGE, cursor: Cursor = None, wanted: State = None
    ) -> Response[list[PermitNow]]:
        """List permits by name."""
        site = site_of(request)
        found = [permit for permit in site.seen.permits(site.now_ns) if wanted is None or permit.state == wanted]
        return page(
            request, shown_all(request, found), lambda one: (one.version, one.permit_id), limit=limit, cursor=cursor
        )

    @get("/{permit_id:str}", opt={"action": "permit.read"})
    async def read_permit(
        self, request: Request[Any, Any, Any], permit_id: FromPath[str], version: Version = None
    ) -> PermitNow:
        """Read a permit: its latest version, or the one asked for."""
        site = site_of(request)
        found = [each for each in site.seen.permits(site.now_ns, permit_id) if version in {None, each.version}]
        if not found:
            raise not_there(f"permit {permit_id}")
        return shown(request, max(found, key=lambda permit: permit.version))

    @post("/{permit_id:str}/revoke", opt={"action": "permit.revoke"}, status_code=200)
    async def revoke_permit(
        self, request: Request[Any, Any, Any], permit_id: FromPath[str], data: JSONBody[bodies.Reason]
    ) -> Acted:
        """Revoke a permit: from the next tick on it permits nothing."""
        site = site_of(request)
        if not site.seen.permits(site.now_ns, permit_id) and not site.config.office.record:
            raise not_there(f"permit {permit_id}")
        return await act(request, "permit.revoke", f"permit:{permit_id}", reason=data.reason)


class Credentials(Controller):
    """Credentials as people show them; for everybody."""

    path = "/credentials"
    tags = ("permits",)

    @post("/check", opt={"action": "credential.check"}, status_code=200, sync_to_thread=True)
    def check_credential(self, request: Request[Any, Any, Any], data: JSONBody[bodies.Credential]) -> CredentialChecked:
        """Check a credential (SKP1:...): signature, times, and whether it was withdrawn as of a signed list."""
        return _told(credentials.check(site_of(request), data.credential))

    @get("/status-lists/{number:int}", opt={"action": "credential.check"}, media_type=STATUS_TYPE, sync_to_thread=True)
    def read_status_list(self, request: Request[Any, Any, Any], number: Index) -> Response[bytes]:
        """Read a signed list of withdrawn permits, for checks without a network; 0 is the first that is configured."""
        lists = site_of(request).config.web.status_lists
        if number >= len(lists):
            raise not_there(f"status list {number}")
        return Response(credentials.read_list(site_of(request).home.at(lists[number])), media_type=STATUS_TYPE)


def _told(checked: credential.Checked) -> CredentialChecked:
    claims = checked.claims
    return CredentialChecked(
        answer=checked.answer.value,
        sentence=checked.sentence,
        said=credential.in_words(claims) if claims else [],
        permit_id=claims.permit_id if claims else None,
        status_issued_s=checked.status_issued_s,
    )

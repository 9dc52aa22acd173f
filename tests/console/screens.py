"""Every screen that there is, as a table: where it is, which power it asks for, and what stands on it for whom.

A new screen is a new row, and a button for an act is a new pair in its row: tests/console/test_every_screen.py walks all
of them as every role, in both languages, by keyboard, on a phone, on paper and with other colours.
"""

import contextlib
import json
import time
from typing import NamedTuple

from skykeep.web.console_page import ACTS
from tests.console.town import EVERYBODY, town
from tests.station.test_officedesk import document
from tests.waiting import until

DRAWN = "#zonemap[aria-busy=false]"
ROUND = json.dumps({
    "type": "Feature", "geometry": {"type": "Point", "coordinates": [8.65, 47.15]},
    "properties": {"id": "ROUND", "radius_m": 900, "rule": "prohibited"},
}).encode()  # fmt: skip


class Screen(NamedTuple):
    """One screen."""

    name: str
    path: str  # {incident} and the like: of `standing`
    action: str  # the power that it asks for
    acts: tuple[tuple[str, str], ...] = ()  # (markup, power): stands there for whom the power is, and for nobody else
    ready: str = "body"  # a selector that stands there when the page is
    stands_alone: bool = False  # has no tabs: a page for phones, or for everybody


SCREENS = (
    Screen("public", "/", "law.read", ready="#sky[data-ready]", stands_alone=True),
    Screen("public-report", "/report-a-drone", "sighting.report", stands_alone=True),
    Screen("check", "/check", "credential.check", stands_alone=True),
    Screen("sign-in", "/sign-in", "session.begin", stands_alone=True),
    Screen("signed-in", "/signed-in", "law.read", stands_alone=True),
    Screen("welcome", "/welcome", "session.begin", stands_alone=True),
    Screen("enrol", "/enrol", "session.begin", stands_alone=True),
    Screen("password", "/password", "password.change", stands_alone=True),
    Screen("second-factor", "/second-factor", "factor.enrol", stands_alone=True),
    Screen("live", "/live", "track.read", tuple((f'"{act}": true', act) for act in ACTS), ready="#pill.live"),
    Screen("replay", "/replay", "track.read", ready="#scrubber"),
    Screen("incident", "/i/{incident}", "incident.read", (('action="/i/{incident}/ack"', "incident.ack"),
           ('action="/i/{incident}/note"', "incident.note")), stands_alone=True),
    Screen("zones", "/zones", "zone.read", (('href="/zones/new"', "zone.draft"),), ready=DRAWN),
    Screen("zone", "/zones/zone?id=DEMO-A", "zone.read", (('action="/zones/withdraw"', "zone.withdraw"),), ready=DRAWN),
    Screen("zone-emergency", "/zones/zone?id={emergency}", "zone.read", (('action="/zones/confirm"', "zone.confirm"),
           ('action="/zones/lift"', "zone.lift")), ready=DRAWN),
    Screen("zone-new", "/zones/new?change=DEMO-A", "zone.draft", ready=DRAWN),
    Screen("zone-import", "/zones/import", "zone.draft"),
    Screen("zone-draft", "/zones/drafts/{draft}", "zone.read", (('/publish"', "zone.publish"),
           ('/refuse"', "zone.discard")), ready=DRAWN),
    Screen("permits", "/permits", "permit.read", (('screen" href="/permits/apply"', "permit.apply"),)),
    Screen("permit", "/permits/{permit}", "permit.read", (('/{permit}/grant"', "permit.grant"),
           ('/{permit}/refuse"', "permit.refuse"))),
    Screen("permit-apply", "/permits/apply", "permit.apply"),
    Screen("permits-own", "/permits/mine", "permit.own", (('screen" href="/permits/apply"', "permit.apply"),)),
    Screen("reports", "/reports", "incident.read"),
    Screen("report", "/reports/{incident}", "incident.read"),
    Screen("sightings", "/reports/sightings", "sighting.read"),
    Screen("sensors", "/sensors", "sensor.read"),
    Screen("sensor", "/sensors/radar-1", "sensor.read"),
    Screen("audit", "/audit", "audit.read", (('action="/audit/verify"', "record.verify"),)),
    Screen("users", "/users", "session.read", (('action="/users/people"', "person.enrol"),
           ('action="/users/devices"', "device.enrol"), ('action="/users/sensor-keys"', "sensor.key"))),
    Screen("user", "/users/people/silva", "person.read", (('/silva/change"', "person.change"),
           ('/silva/dismiss"', "person.dismiss"))),
    Screen("notify", "/notify", "notify.subscribe", stands_alone=True),
)  # fmt: skip

FILES = (
    ("/audit/acts.csv", "audit.read", "text/csv"),
    ("/zones/file?id=DEMO-A&version=1&form=geojson", "zone.read", "application/geo+json"),
    ("/zones/file?id=DEMO-A&version=1&form=ed318", "zone.read", "application/json"),
    ("/reports/accounts/incident-1.html", "record.read", "text/html"),
)  # fmt: skip
"""What screens give to take along: (path, power, kind)."""
NO_SCREENS = {"/sign-in/oidc/done": "an answer to another server's page, which leads on"}
"""Addresses of pages that are none of the table."""


@contextlib.contextmanager
def standing():
    """Give a town in which each screen has something to show, and what its paths are made of."""
    with town() as made:
        account = made.home.path / "accounts" / "incident-1.html"
        account.parent.mkdir(exist_ok=True)
        account.write_text("<!doctype html><title>Incident 1</title><p>What happened", encoding="utf-8")
        officer, second = ("anna", ["permit_officer"]), ("boris", ["permit_officer"])
        received, _ = made.one.ask("permit.apply", *officer, data=document(start_s=7_200))
        seen_ns, permit = time.time_ns() + 10**12, received.permit_id
        made.one.ask("permit.recommend", *second, subject=f"permit:{permit}", reason="Crew known", seen_ns=seen_ns)
        own, _ = made.one.ask("permit.apply", EVERYBODY, ["pilot"], data=document(start_s=2 * 86_400))
        made.one.ask("permit.ask", *officer, subject=f"permit:{own.permit_id}", reason="¿Qué cámara?")
        draft, _ = made.one.ask("zone.draft", "paul", ["publisher"], data=ROUND, name="quay.geojson", format="geojson")
        circle = [473_000_000, 84_000_000, 500_000]
        called, _ = made.one.ask("zone.emergency", "silva", ["duty_officer"], reason="Fire", circle=circle, name="Fire")
        made.one.ask("sighting.report", "", ["public"], subject="sighting:S-ABCDEFGHJK", what="Four lights")
        made.known = {
            "incident": made.incident_id, "permit": permit, "draft": draft.draft_id, "emergency": called.zone_id,
        }  # fmt: skip
        with made.as_("duty_officer") as client:
            until(lambda: called.zone_id in client.get("/api/v1/zones").text, "the zone")
        yield made

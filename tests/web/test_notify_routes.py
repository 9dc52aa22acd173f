"""/notify: officers subscribe their own browsers, it stands in the record, and a real browser shows what is pushed."""

import http.server
import json
import threading

import msgspec
import pytest

from skykeep.station.config import Config
from skykeep.station.outlets.config import NotifyConfig
from skykeep.station.outlets.subscriptions import FILE, Subscriptions
from skykeep.web.notify_routes import _program
from tests.browsers import chromium
from tests.station.outlets.test_push import Browser
from tests.waiting import PATIENCE_S, until
from tests.web.doubles import AUDITOR, DUTY, serving

OTHER = {"X-As": "lopez duty_officer"}
CONFIG = Config(name="Harbour station", notify=NotifyConfig(web_push=True, web_push_contact="duty@example.org"))


@pytest.fixture(scope="module")
def standing(tmp_path_factory):
    path = tmp_path_factory.mktemp("station")
    with serving(path, CONFIG) as (client, mirror, _):
        yield client, mirror, Subscriptions(path / FILE)


@pytest.fixture
def served(standing):
    _client, mirror, kept = standing
    mirror.__init__()
    for person in ("silva", "lopez"):
        kept.remove_person(person)
    kept.set_public_key("BPublicKey")
    return standing


def body_of(browser, priority_max=1):
    return {"subscription": json.loads(browser.subscription()), "priority_max": priority_max}


@pytest.mark.requirement("OUT-8")
def test_a_browser_is_subscribed_after_it_stands_in_the_record(served):
    client, mirror, kept = served
    answer = client.post("/notify/devices", json=body_of(Browser("https://push.example.org/1")), headers=DUTY)
    assert answer.status_code == 201
    (subscription,) = kept.all("silva")
    assert (subscription.id, subscription.priority_max) == (answer.json()["id"], 1)
    (asked,) = mirror.asks
    assert (asked.action, asked.subject) == ("notify.subscribe", f"device:{subscription.id}")
    page = client.get("/notify", headers=DUTY).text
    assert "push.example.org" in page
    assert 'data-key="BPublicKey"' in page
    assert "push.example.org" not in client.get("/notify", headers=OTHER).text


@pytest.mark.requirement("ASVS-7")
def test_one_signs_out_on_it(served):
    client, _, _ = served
    assert 'action="/sign-out"' in client.get("/notify", headers=DUTY).text


@pytest.mark.requirement("OUT-8")
def test_a_station_that_is_not_there_subscribes_nobody(served):
    client, mirror, kept = served
    mirror.station_up = False
    answer = client.post("/notify/devices", json=body_of(Browser("https://push.example.org/1")), headers=DUTY)
    assert answer.status_code == 503
    assert kept.all() == []


def test_each_takes_away_their_own_only(served):
    client, mirror, kept = served
    name = client.post("/notify/devices", json=body_of(Browser("https://push.example.org/1")), headers=DUTY).json()[
        "id"
    ]
    assert client.post(f"/notify/devices/{name}/remove", headers=OTHER).status_code == 404
    gone = client.post(f"/notify/devices/{name}/remove", headers=DUTY, follow_redirects=False)
    assert (gone.status_code, gone.headers["location"]) == (303, "/notify")
    assert kept.all() == []
    assert msgspec.json.decode(mirror.asks[-1].arguments)["before_sha256"] is not None


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({}, 400),
        ({"subscription": {}}, 400),
        ({"subscription": {"endpoint": "https://x", "keys": {"p256dh": "x", "auth": "y"}}}, 400),
        (body_of(Browser("http://10.0.0.1/")), 409),
        (body_of(Browser("https://a@b/")), 409),
    ],
)
def test_what_is_no_subscription_is_refused(served, given, status):
    client, mirror, kept = served
    assert client.post("/notify/devices", json=given, headers=DUTY).status_code == status
    assert kept.all() == []
    assert mirror.asks == []


@pytest.mark.parametrize("body", [b'{"subscription": ' + b"[" * 100_000, b'{"subscription": {"endpoint": "\xff"}}'])
def test_what_is_no_json_is_refused_too(served, body):
    client, mirror, _ = served
    headers = {**DUTY, "Content-Type": "application/json"}
    assert client.post("/notify/devices", content=body, headers=headers).status_code == 400
    assert mirror.asks == []


def test_only_the_watch_subscribes_and_strangers_are_led_to_sign_in(served):
    client, _, _ = served
    assert client.get("/notify", headers=AUDITOR).status_code == 403
    assert client.get("/notify", follow_redirects=False).headers["location"] == "/sign-in?target=/notify"


def test_the_page_says_where_web_push_is_off(tmp_path):
    with serving(tmp_path) as (client, _, _):
        page = client.get("/notify", headers=DUTY).text
    assert "not switched on" in page
    assert "<script" not in page


def test_the_worker_may_serve_the_whole_site(served):
    client, _, _ = served
    answer = client.get("/notify/worker.js")
    assert answer.headers["service-worker-allowed"] == "/"
    assert answer.headers["content-type"].startswith("text/javascript")
    assert client.get("/notify/page.js", headers=DUTY).status_code == 200


# ---- a real browser ------------------------------------------------------------------------------


class Pages(http.server.BaseHTTPRequestHandler):
    """A page, and the worker beside it."""

    def do_GET(self):
        worker = self.path == "/notify/worker.js"
        text = _program("notify-worker.js") if worker else "<!doctype html><title>x</title>"
        self.send_response(200)
        self.send_header("content-type", "text/javascript" if worker else "text/html")
        self.send_header("service-worker-allowed", "/")
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        """Keep quiet."""


@pytest.fixture
def site():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join(PATIENCE_S)


@pytest.mark.requirement("OUT-8")
def test_a_real_browser_shows_what_is_pushed(site):
    told = {"title": "NOT PERMITTED · HARBOUR", "body": "1 flight", "url": "/i/7", "tag": "incident-7", "priority": 1}
    with chromium() as browser:
        context = browser.new_context()
        context.grant_permissions(["notifications"], origin=site)
        page = context.new_page()
        page.goto(site)
        session, known = context.new_cdp_session(page), []
        session.on("ServiceWorker.workerRegistrationUpdated", lambda event: known.extend(event["registrations"]))
        session.send("ServiceWorker.enable")
        page.evaluate("navigator.serviceWorker.register('/notify/worker.js', {scope: '/'})")
        page.evaluate("navigator.serviceWorker.ready.then(() => 1)")
        until(lambda: page.evaluate("1") and known, "the worker")
        registration = known[-1]["registrationId"]
        session.send(
            "ServiceWorker.deliverPushMessage",
            {"origin": site, "registrationId": registration, "data": json.dumps(told)},
        )
        shown = "navigator.serviceWorker.ready.then(w => w.getNotifications()).then(all => all.map(n => [n.title, n.body, n.tag, n.data.url]))"
        found = until(lambda: page.evaluate(shown), "the notification")
    assert found == [["NOT PERMITTED · HARBOUR", "1 flight", "incident-7", "/i/7"]]

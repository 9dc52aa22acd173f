"""How each act of `acts` is pressed by hand in a browser, at a town that runs; each begins with what it needs and no more."""

import base64
import contextlib
import datetime as dt
import json
import re
import time

from skykeep.facts.enacted import ZoneEnacted
from skykeep.rules.powers import Role
from skykeep.station import totp
from skykeep.station.people import People
from tests.console.scripted import press
from tests.console.town import PASSWORD, QUIET, SERIAL
from tests.station.outlets.test_push import Browser
from tests.waiting import PATIENCE_S, until

MS = PATIENCE_S * 1000
WHY = "because the test says so"
E7 = 10_000_000


class Hand:
    """Somebody at a browser, before a town."""

    def __init__(self, town, see):
        self.town, self.see = town, see

    def page(self, who, path, **terms):
        return self.see(who, path, **terms).page

    def live(self, who="duty_officer"):
        return self.see(who, "/live?plain").live().page

    @contextlib.contextmanager
    def people(self):
        people = People(self.town.home.people)
        with contextlib.closing(people):
            yield people

    def account(self, *roles, password=PASSWORD):
        """Enrol somebody new; returns the name."""
        with self.people() as people:
            name = f"one-{len(people.all())}"
            people.enrol(name, roles or [Role.PILOT], time.time_ns(), password=password)
        return name

    def stranger(self, path):
        """A page of nobody's."""
        return self.page(Role.PUBLIC.value, path)

    def signed_in(self, name):
        page = self.stranger("/sign-in?target=/users")
        fill(page, name=name, password=PASSWORD)
        page.click("main button")
        page.wait_for_url("**/users")
        return page

    def ask(self, action, person, role, **terms):
        return self.town.one.ask(action, person, [role], **terms)

    def read(self, path, who="duty_officer"):
        with self.town.as_(who) as client:
            answer = client.get(f"/api/v1{path}")
            assert answer.status_code == 200, answer.text
            return answer.json()


FIRST = re.compile(r"/(live|zones)$")
"""Where a session leads whoever wanted nowhere: their first page."""


def fill(page, **fields):
    for name, value in fields.items():
        page.fill(f"main [name={name}]", value)


def led(page, press, where):
    """Press, and wait for the page that it leads to."""
    press()
    page.wait_for_url(where, timeout=MS)
    return page


def reason(page, form, button, words=WHY):
    """Write why into a form of the console, and send it."""
    page.fill(f"{form} input", words)
    page.click(f"{form} button:has-text('{button}')")


# ---- alarms and incidents ------------------------------------------------------------------------------------


def of_flight(hand, incident_id):
    """Return the alarm of an incident, which nobody acknowledged yet."""

    def found():
        alarms = hand.read("/alarms")
        return [each["alarm_id"] for each in alarms if (each["incident_id"], each["state"]) == (incident_id, "unacknowledged")]

    return until(found, f"an alarm of incident {incident_id} that is not acknowledged")[0]


def of_station(hand, *, shelved):
    """Return the alarm that the ground's heights are missing, which may be shelved: on the shelf, or not."""

    def found():
        return [each for each in hand.read("/alarms") if "terrain" in each["reason"]]

    now = until(found, "the alarm")[0]
    if (now["state"] == "shelved") is not shelved:
        deed, more = "alarm.unshelve", {}
        if shelved:
            deed, more = "alarm.shelve", {"reason": WHY, "until_ns": time.time_ns() + 600 * 10**9}
        hand.ask(deed, "duty_officer", "duty_officer", subject=f"alarm:{now['alarm_id']}", **more)
        until(lambda: (found()[0]["state"] == "shelved") is shelved, "the alarm on the shelf, or off it")
    return now


def incident(hand):
    """Return the incident of the town's first flight, which is open as long as it flies."""
    return hand.read(f"/incidents/{hand.town.incident_id}")


def by_hand(hand, state):
    """Return an incident that somebody opened by hand, which can be closed while its flight flies on; in a state."""
    if not hand.town.by_hand:
        quiet = until(lambda: [each for each in hand.read("/tracks") if not each["incident_ids"]], "a quiet flight")
        told, _ = hand.ask("incident.open", "duty_officer", "duty_officer", reason=WHY, track_id=quiet[0]["track_id"])
        hand.town.by_hand = told.incident_id
    number = hand.town.by_hand
    now = until(lambda: [each for each in hand.read("/incidents") if each["incident_id"] == number], "the incident")[0]
    if now["state"] != state:
        deed = "incident.reopen" if state == "open" else "incident.close"
        hand.ask(deed, "duty_officer", "duty_officer", subject=f"incident:{number}", reason=WHY)
        now = until(lambda: (found := hand.read(f"/incidents/{number}"))["state"] == state and found, state)
    return now


def beside_the_map(hand, now=None):
    """Return the live map with an incident's panel."""
    now = now or incident(hand)
    page = hand.live()
    page.evaluate(f"skykeep.select({now['track_ids'][0]})")
    page.wait_for_selector(".incident")
    return page


def worked_on(hand, button, send, words=WHY, now=None):
    page = beside_the_map(hand, now)
    page.click(f".incident button:has-text('{button}')")
    reason(page, ".incident form.ask", send, words)
    return page


def acknowledge(hand):
    page, number = hand.live(), of_flight(hand, hand.town.incident_id)
    page.click(f"[data-alarm='{number}'] button.ack")
    page.wait_for_selector(f"[data-alarm='{number}'] button.ack", state="detached", timeout=MS)
    return page


def shelve(hand):
    number = of_station(hand, shelved=False)["alarm_id"]
    page = hand.live()
    page.click(f"[data-alarm='{number}'] .t")
    page.click(f"[data-alarm='{number}'] button:has-text('Shelve')")
    reason(page, "form.ask", "Shelve")
    page.wait_for_selector("li.shelf button", timeout=MS)
    return page


def bring_back(hand):
    of_station(hand, shelved=True)
    page = hand.live()
    page.click("li.shelf button:has-text('Bring back')")
    page.wait_for_selector("li.shelf button", state="detached", timeout=MS)
    return page


def open_incident(hand):
    page = hand.live()
    track = until(lambda: page.evaluate(QUIET), "a flight of which nobody was alarmed")
    page.evaluate(f"skykeep.select({track})")
    page.click("button:has-text('Open an incident')")
    reason(page, "form.ask", "Open incident")
    page.wait_for_selector(".incident", timeout=MS)
    return page


def note(hand):
    page = beside_the_map(hand)
    page.fill(".note input", "patrol 12 is on its way")
    page.click(".note button")
    page.wait_for_selector(".log :text('patrol 12 is on its way')", timeout=MS)
    return page


def tick_a_step(hand):
    page = beside_the_map(hand)
    page.click(".steps li.now label")
    page.wait_for_selector(".steps li.done", timeout=MS)
    return page


def hand_over(hand):
    page = worked_on(hand, "Hand over", "Hand over", "silva")
    page.wait_for_selector(".incident :text('held by silva')", timeout=MS)
    return page


def escalate(hand):
    page = worked_on(hand, "Escalate", "Escalate")
    page.wait_for_selector(".incident :text('escalated')", timeout=MS)
    return page


def close(hand):
    page = worked_on(hand, "Close incident", "Close incident", now=by_hand(hand, "open"))
    page.wait_for_selector(".incident .pill:has-text('closed')", timeout=MS)
    return page


def reopen(hand):
    page = worked_on(hand, "Open again", "Open again", now=by_hand(hand, "closed"))
    page.wait_for_selector(".incident .pill:has-text('open')", timeout=MS)
    return page


def reveal(hand):
    track = hand.town.declared["track_ids"][0]
    page = hand.live()
    page.evaluate(f"skykeep.select({track})")
    assert SERIAL not in page.content()
    page.click("#operator button")
    reason(page, "#operator form", "Show")
    page.wait_for_selector("#operator :text('self-declared')", timeout=MS)
    page.wait_for_selector(f"#known :text('{SERIAL}')", timeout=MS)
    return page


def acknowledge_on_a_phone(hand):
    number = hand.town.declared["incident_id"]
    page = hand.page("field_officer", f"/i/{number}")
    return led(page, lambda: page.click(".act button"), "**done=ack")


def note_a_bookmark(hand):
    page = hand.page("duty_officer", f"/replay?plain&incident={hand.town.incident_id}")
    page.wait_for_function("() => skykeep.noted?.mayNote && skykeep.past.at === skykeep.player.moment", timeout=MS)
    page.keyboard.press("b")
    page.click(".tonote button")
    page.wait_for_selector(".markline input:focus")  # a note without words is none
    page.fill(".markline input", "it turns round here")
    page.click(".tonote button")
    page.wait_for_selector("li.noted:has-text('it turns round here')", timeout=MS)
    page.wait_for_selector("li.marked", state="detached")
    return page


def note_on_a_phone(hand):
    page = hand.page("field_officer", f"/i/{incident(hand)['incident_id']}")
    page.fill("#words", "I am there")
    return led(page, lambda: page.click("button.second"), "**done=note")


# ---- zones ---------------------------------------------------------------------------------------------------


def emergency(hand):
    """Have an emergency zone called by an officer; returns its identifier."""
    circle = [int(47.40 * E7), int(8.40 * E7), 500_000]
    told, _ = hand.ask(
        "zone.emergency", "duty_officer", "duty_officer", reason="Fire", circle=circle, minutes=30, name="Fire"
    )
    until(lambda: [each for each in hand.read("/zones") if each["zone_id"] == told.zone_id], "the zone")
    return told.zone_id


def weighed(hand):
    page = hand.live()
    page.click("#emergency-open")
    for name, value in {"lat": "47.30", "lon": "8.50", "radius": "400", "reason": "Fire", "name": "Quay fire"}.items():
        page.fill(f"#emergency-{name}", value)
    page.click("#emergency-weigh")
    page.wait_for_selector("#hits", timeout=MS)
    return page


def weigh_an_emergency(hand):
    before = len(hand.town.acts("zone.emergency"))
    page = weighed(hand)
    assert len(hand.town.acts("zone.emergency")) == before, "weighing is no act"
    return page


def call_an_emergency(hand):
    page = weighed(hand)
    page.click("#emergency-make")
    page.wait_for_selector("#emergencies :text('Quay fire')", timeout=MS)
    return page


def drawn(page, *places):
    """Click on the map, so far to the right of its middle and below it, in pixels."""
    box = page.locator("#map").bounding_box()
    for x, y in places:
        page.mouse.click(box["x"] + box["width"] / 2 + x, box["y"] + box["height"] / 2 + y)


def draw_an_emergency(hand):
    page = hand.live()
    page.wait_for_function("() => skykeep.map !== null && skykeep.fitted", timeout=MS)
    page.click("#emergency-open")
    page.check("#emergency [value=polygon]")
    drawn(page, (0, 0), (120, 0), (120, 90), (20, 110), (0, 0))  # the first corner again: that is all
    page.wait_for_function("() => skykeep.emergency.ended")
    corners = page.evaluate("skykeep.emergency.corners()")
    page.fill("#emergency-reason", "Fire")
    page.fill("#emergency-name", "Quay smoke")
    page.click("#emergency-weigh")
    page.click("#emergency-make", timeout=MS)
    page.wait_for_selector("#emergencies :text('Quay smoke')", timeout=MS)
    zone = until(lambda: [each for each in hand.town.one.facts(ZoneEnacted) if each.name == "Quay smoke"], "the zone")[-1]
    ring = [(round(lat * E7), round(lon * E7)) for lon, lat in corners]
    assert [*zone.volumes[0].outline.rings] == [(*ring, ring[0])]
    assert len(ring) == 4
    return page


def held(hand, who):
    """Return the live map of somebody, and one emergency zone on it."""
    zone_id = emergency(hand)
    page = hand.live(who)
    return page, f"#emergencies [data-zone='{zone_id}']"


def confirm_on_the_map(hand):
    page, zone = held(hand, "silva")
    page.click(f"{zone} button:has-text('Confirm')")
    page.click(f"{zone} form button.pri")
    page.wait_for_selector(f"{zone} :text('confirmed by a second officer')", timeout=MS)
    return page


def lift_on_the_map(hand):
    page, zone = held(hand, "silva")
    page.click(f"{zone} button:has-text('Lift')")
    reason(page, f"{zone} form", "Lift")
    page.wait_for_selector(zone, state="detached", timeout=MS)
    return page


def confirm(hand):
    page = hand.page("publisher", f"/zones/zone?id={emergency(hand)}")
    return led(page, lambda: page.click("button:has-text('Confirm')"), "**done=confirmed")


def lift(hand):
    page = hand.page("publisher", f"/zones/zone?id={emergency(hand)}")
    fill(page, reason=WHY)
    return led(page, lambda: page.click("text=Lift the zone"), "**done=lifted")


def drafted(hand, do, who="publisher", **changed):
    """Fill the form of a zone in, and press one of its buttons; returns the page and the identifier."""
    page = hand.page(who, "/zones/new")
    zone_id = page.input_value("[name=zone_id]")
    words = {"issuing_body": "Harbour office", "legal_basis": "Harbour act, 4", "reason": "Ships"}
    fill(page, name=f"Quay {zone_id}", lat="47.10", lon="8.60", radius_m="200", **words, **changed)
    led(page, lambda: page.click(f"button[value={do}]"), "**/zones/drafts/**")
    return page, zone_id


def draw(hand):
    return drafted(hand, "propose")[0]


def propose(hand):
    page, _ = drafted(hand, "keep")
    return led(page, lambda: page.click("text=Propose it for publishing"), "**done=proposed")


def import_a_file(hand):
    ring = {"type": "Point", "coordinates": [8.65, 47.15]}
    feature = {"type": "Feature", "geometry": ring, "properties": {"id": "ROUND", "radius_m": 900, "rule": "prohibited"}}
    data = json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()
    page = hand.page("publisher", "/zones/import")
    page.set_input_files("input[type=file]", {"name": "quay.geojson", "mimeType": "application/json", "buffer": data})
    return led(page, lambda: page.click("text=Read the file"), "**/zones/drafts/**")


def published(hand):
    """Draw, propose and publish a zone as two; returns the page of the second, and the identifier."""
    page, zone_id = drafted(hand, "propose")
    page = hand.page("paul", page.url.removeprefix(hand.town.url).partition("?")[0])
    return led(page, lambda: page.click("text=Publish: make it law"), f"**/zones/zone?id={zone_id}**"), zone_id


def publish(hand):
    return published(hand)[0]


def refuse_a_draft(hand):
    page, _ = drafted(hand, "propose")
    page = hand.page("paul", page.url.removeprefix(hand.town.url).partition("?")[0])
    page.click("summary:has-text('Refuse it')")
    fill(page, reason=WHY)
    return led(page, lambda: page.click("details button"), "**done=refused")


def withdraw(hand):
    page, zone_id = published(hand)
    until(lambda: [each for each in hand.read("/zones") if each["zone_id"] == zone_id], "the zone")
    page.goto(f"{hand.town.url}/zones/zone?id={zone_id}")
    page.click("summary:has-text('It shall no longer be law')")
    page.fill("details[open] [name=reason]", WHY)
    return led(page, lambda: page.click("text=Withdraw the zone"), "**done=withdrawn")


# ---- permits -------------------------------------------------------------------------------------------------


def filled_in(hand):
    """Go through the pages of an application; returns the last, which weighs it."""
    page = hand.page("pilot", "/permits/apply")
    day = dt.datetime.now(dt.UTC) + dt.timedelta(days=1 + len(hand.town.applied))
    for answers in (
        {"holder": "Bridge office", "operators": "FIN87astrdge12k8"},
        {"aircraft": "1588E040445AC004419", "endurance_min": "28"},
        {"lat": "47.05", "lon": "8.55", "radius": "200", "ceiling": "60", "date": f"{day:%Y-%m-%d}", "begins": "10:00",
         "ends": "11:00"},
    ):  # fmt: skip
        fill(page, **answers)
        press(page.locator("button[value=next]"))
    page.wait_for_selector("button[value=send]", timeout=MS)
    return page


def fill_in(hand):
    before = len(hand.town.acts("permit.apply"))
    page = filled_in(hand)
    assert len(hand.town.acts("permit.apply")) == before, "nothing is handed in before it is sent"
    return page


def applied(hand):
    """Hand an application in; returns the page that says so, and its number."""
    page = filled_in(hand)
    page.click("button[value=send]")
    page.wait_for_selector("h1:has-text('Sent')", timeout=MS)
    number = page.inner_text("section.card b")
    hand.town.applied.append(number)
    return page, number


def apply(hand):
    return applied(hand)[0]


def decided(hand, number, deed, who="anna"):
    """Take a step at the desk; returns its page."""
    page = hand.page(who, f"/permits/{number}")
    page.click(f"summary:has-text('{deed}')")
    page.fill("details[open] textarea", WHY)
    press(page.locator("details[open] button"))
    assert page.locator(".said:not(.done):has-text('Not done')").count() == 0, page.inner_text("main")
    return page


def recommended(hand):
    number = applied(hand)[1]
    decided(hand, number, "Recommend")
    return number


def granted(hand):
    number = recommended(hand)
    return decided(hand, number, "Grant", "boris"), number


def ask_for_more(hand):
    return decided(hand, applied(hand)[1], "Ask for more")


def offer_something_else(hand):
    return decided(hand, applied(hand)[1], "Offer something else")


def recommend(hand):
    return decided(hand, applied(hand)[1], "Recommend")


def grant(hand):
    return granted(hand)[0]


def refuse_a_permit(hand):
    return decided(hand, applied(hand)[1], "Refuse")


def revoke(hand):
    return decided(hand, granted(hand)[1], "Revoke")


def show_the_code(hand):
    page = decided(hand, granted(hand)[1], "Show the code")
    assert page.evaluate("document.querySelector('img.qr').naturalWidth") > 0
    return page


SEES = """globalThis.BarcodeDetector = class { static async getSupportedFormats() { return ["qr_code"]; }
  async detect() { return [{ rawValue: "https://example.org" }, { rawValue: "SKP1:HELLO" }]; } };
navigator.mediaDevices.getUserMedia = async () => {
  if (!document.featurePolicy.allowsFeature("camera")) throw new Error("not allowed here");
  const canvas = document.createElement("canvas");
  canvas.getContext("2d").fillRect(0, 0, 9, 9);
  return canvas.captureStream(9);
};"""
"""A camera before which somebody holds a code, after another; and a browser that reads codes."""


def check_a_code(hand):
    page = hand.stranger("/check")
    page.wait_for_function("document.getElementById('scan').hidden === !globalThis.BarcodeDetector")
    page.add_init_script(SEES)
    page.reload()
    page.click("#scan")
    page.wait_for_selector("#answer.unsure", timeout=MS)  # this town knows no office's key
    assert page.input_value("#code") == "SKP1:HELLO"
    return page


# ---- accounts ------------------------------------------------------------------------------------------------


def enrol_a_person(hand):
    page = hand.page("admin", "/users")
    form = page.locator("form[action='/users/people']")
    form.locator("[name=name]").fill("carla")
    form.locator("[value=pilot]").check()
    form.locator("button").click()
    page.wait_for_selector("code.secret:has-text('/welcome#ski_')", timeout=MS)
    return page


def of_account(hand, path, *roles, summary=""):
    """Write why into a form of somebody's account, and send it."""
    name = hand.account(*roles)
    if path == "reset-second-factor":
        with_factor(hand, name)
    page = hand.page("admin", f"/users/people/{name}")
    if summary:
        page.click(f"summary:has-text('{summary}')")
    form = page.locator(f"form[action$='/{name}/{path}']")
    if path == "change":
        form.locator("[value=auditor]").check()
    form.locator("[name=reason]").fill(WHY)
    press(form.locator("button"))
    return page


def change_powers(hand):
    return of_account(hand, "change")


def invite_again(hand):
    page = of_account(hand, "invite", summary="New invitation")
    page.wait_for_selector("code.secret")
    return page


def sign_somebody_out(hand):
    return of_account(hand, "sign-out", summary="Sign out everywhere")


def forget_a_factor(hand):
    return of_account(hand, "reset-second-factor", summary="Phone lost")


def dismiss(hand):
    return of_account(hand, "dismiss", summary="Dismiss")


def make_a_token(hand):
    page = hand.page("admin", "/users")
    form = page.locator("form[action='/users/tokens']")
    form.locator("[name=label]").fill("a program")
    form.locator("[value=admin]").check()
    form.locator("button").click()
    page.wait_for_selector("code.secret:has-text('skt_')", timeout=MS)
    return page


def withdraw_a_token(hand):
    page = make_a_token(hand)
    page.goto(f"{hand.town.url}/users")
    return led(page, page.locator("form[action^='/users/tokens/'] button").first.click, "**done=token-withdrawn")


def prepare_a_phone(hand):
    page = hand.page("admin", "/users")
    form = page.locator("form[action='/users/devices']")
    form.locator("[name=person]").fill("field_officer")
    form.locator("[name=label]").fill("a phone")
    form.locator("button").click()
    page.wait_for_selector("code.secret:has-text('/enrol#ske_')", timeout=MS)
    return page


def enrol_a_phone(hand):
    link = prepare_a_phone(hand).inner_text("code.secret")
    page = hand.stranger("/enrol" + link.partition("/enrol")[2])
    return led(page, lambda: page.click("main button"), FIRST)


def withdraw_a_phone(hand):
    enrol_a_phone(hand)
    page = hand.page("admin", "/users")
    return led(page, page.locator("form[action^='/users/devices/'] button").first.click, "**done=device-withdrawn")


def end_a_session(hand):
    name = hand.account()
    other, page = hand.signed_in(name), hand.signed_in(name)
    led(page, lambda: page.click("form[action^='/users/sessions/'] button"), "**done=session-ended")
    other.goto(f"{hand.town.url}/users")
    assert "/sign-in" in other.url
    return page


def make_a_key(hand):
    page = hand.page("admin", "/users")
    form = page.locator("form[action='/users/sensor-keys']")
    form.locator("[name=sensor_id]").fill("mast-3")
    form.locator("button").click()
    page.wait_for_selector("code.secret", timeout=MS)
    return page


def end_keys(hand):
    page = make_a_key(hand)
    page.goto(f"{hand.town.url}/users")
    form = page.locator("form[action='/users/sensor-keys/withdraw']")
    form.locator("select").select_option("mast-3")
    form.locator("[name=reason]").fill(WHY)
    return led(page, lambda: form.locator("button").click(), "**done=keys-withdrawn")


PUSHES = """given => { const made = { toJSON: () => given, unsubscribe: async () => true };
  PushManager.prototype.getSubscription = async () => null; PushManager.prototype.subscribe = async () => made; }"""
"""What a browser's maker does for it: the one machine of this act that is not ours."""


def tell_this_device(hand):
    page = hand.page("duty_officer", "/notify", permissions=["notifications"])
    given = json.loads(Browser(f"https://push.example.org/{time.time_ns()}").subscription())
    page.evaluate(PUSHES, given)
    told = page.locator("li:has-text('push.example.org')")
    count = told.count()
    press(page.locator("#tell"))
    assert told.count() == count + 1, "one device more"
    return page


def take_a_device_away(hand):
    page = tell_this_device(hand)
    count = page.locator("li form").count()
    press(page.locator("li form button").first)
    assert page.locator("li form").count() == count - 1, "one device less"
    return page


# ---- the entrance --------------------------------------------------------------------------------------------


def sign_in(hand):
    return hand.signed_in(hand.account())


def sign_out(hand):
    page = hand.signed_in(hand.account())
    return led(page, lambda: page.click("text=Sign out"), "**/sign-in")


def sign_out_of(hand, path):
    page = hand.signed_in(hand.account(Role.DUTY_OFFICER))
    page.goto(hand.town.url + path)
    return led(page, lambda: page.click("form[action='/sign-out'] button"), "**/sign-in")


def sign_out_of_the_map(hand):
    return sign_out_of(hand, "/live?plain")


def sign_out_of_the_replay(hand):
    return sign_out_of(hand, "/replay?plain")


def sign_out_of_an_incident(hand):
    return sign_out_of(hand, f"/i/{incident(hand)['incident_id']}")


def sign_out_of_notifications(hand):
    return sign_out_of(hand, "/notify")


def sign_out_of_the_entrance(hand):
    return sign_out_of(hand, "/password")


def change_the_password(hand):
    page = hand.signed_in(hand.account())
    page.goto(f"{hand.town.url}/password")
    fill(page, current=PASSWORD, password="kettle orbit mustard fjord")
    return led(page, lambda: page.click("main button"), FIRST)


def be_welcome(hand):
    name = hand.account()
    with hand.people() as people:
        code = people.reinvite(name, time.time_ns())
    page = hand.stranger(f"/welcome#{code}")
    assert page.input_value("[name=code]") == code
    fill(page, password="kettle orbit mustard fjord")
    return led(page, lambda: page.click("main button"), FIRST)


def with_factor(hand, name):
    """Enrol a second factor; returns the page that shows recovery codes."""
    page = hand.signed_in(name)
    page.goto(f"{hand.town.url}/second-factor")
    fill(page, password=PASSWORD)
    page.click("main button")
    said = page.inner_text("main code")
    secret = base64.b32decode(said + "=" * (-len(said) % 8))
    fill(page, code=totp.code(secret, totp.step(time.time_ns())))
    page.click("main button")
    page.wait_for_selector("ol li", timeout=MS)
    return page


def enrol_a_factor(hand):
    return with_factor(hand, hand.account())


def remove_the_factor(hand):
    page = with_factor(hand, hand.account())
    code = page.locator("ol li").first.inner_text()
    page.goto(f"{hand.town.url}/second-factor")
    fill(page, password=PASSWORD, code=code)
    page.click("button[value=remove]")
    page.wait_for_selector(".done:has-text('removed')", timeout=MS)
    return page


def sign_in_with_a_code(hand):
    name = hand.account()
    code = with_factor(hand, name).locator("ol li").first.inner_text()
    page = hand.stranger("/sign-in?target=/users")
    fill(page, name=name, password=PASSWORD)
    page.click("main button")
    page.wait_for_selector("[name=code]", timeout=MS)
    fill(page, code=code)
    return led(page, lambda: page.click("main button"), "**/users")


# ---- the record, the public ----------------------------------------------------------------------------------


def verify(hand):
    page = hand.page("auditor", "/audit")
    page.click("text=Verify now")
    page.wait_for_selector(":text('Record verified to entry')", timeout=MS)
    return page


def report_a_drone(hand):
    page = hand.stranger("/report-a-drone")
    fill(page, what="Four lights over the school", place="47.1, 8.6")
    page.click("main form button")
    page.wait_for_selector(":text('S-')", timeout=MS)
    return page

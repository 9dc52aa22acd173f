// The live console put together: frames come in, the map and the panels follow, and one measure of age rules them all.
import { Acts } from "./acts.js";
import { AlarmPanel, NEW, active, flood, ordered, title } from "./alarms.js";
import { Cleared, ClearedList } from "./cleared.js";
import { Chart } from "./chart.js";
import { CoverageList } from "./coverage.js";
import { Deeds } from "./deeds.js";
import { TrackDetail } from "./detail.js";
import { byId, html, render } from "./dom.js";
import { Emergency, EmergencyForm, EmergencyList } from "./emergency.js";
import { CHECK_MS, Freshness, SYNC_MS } from "./freshness.js";
import { Banner, Top } from "./header.js";
import { KeyList, listen } from "./keys.js";
import { Kinds, Layers } from "./legend.js";
import { follow } from "./link.js";
import { PermitList } from "./permits.js";
import { Reading } from "./reading.js";
import { alarm } from "./rows.js";
import { SiteList } from "./sites.js";
import { Sound } from "./sound.js";
import { TrackTable } from "./table.js";
import { fold } from "./tabs.js";
import * as theme from "./theme.js";
import * as units from "./units.js";
import { speak, t, tn } from "./words.js";

const V1 = "/api/v1";
const PANELS_MS = 500;
const FRAME_MAX_MS = 250;
const AGES_MS = 1_000; // rings and words of age go on although nothing moves
const GONE_MS = 60_000;

/** @typedef {{ station: string, person: string, phone: string, lang: string, units: string, words: Record<string, string>, reasons: Record<string, string>,
 *   states: Record<string, string>, verdicts: Record<string, string>, trusts: Record<string, string>,
 *   kinds: Record<string, string>, gravity: string[], shapes: import("./sprites.js").Shapes, legend: [string, string][],
 *   checklists: Record<string, import("./checklist.js").Steps>, may: Record<string, boolean>, map: { tiles: boolean, town: string | null, centre: [number, number], zoom: number } }} Told what the server says once */

export class Console extends Chart {
  /** @param {Told} told */
  constructor(told) {
    const clock = { monotonic: () => performance.now(), wall: () => Date.now() }, freshness = new Freshness(clock);
    super(told, freshness);
    this.freshness = freshness;
    freshness.behind = () => this.painter.easel.behind(clock.monotonic());
    this.began = performance.now();
    this.link = { open: false, tries: 0, status: 0 };
    this.acts = new Acts(() => this.changed(), (words) => this.say(words));
    this.deeds = new Deeds(this);
    this.reading = new Reading(this);
    this.sound = new Sound(clock.monotonic);
    /** @type {Map<number, any>} */ this.incidents = new Map();
    this.zonesMissing = false;
    /** @type {Set<number>} */ this.announced = new Set();
    this.panelsAt = this.paintedAt = -Infinity;
    this.due = this.moved = false;
    this.state = "old";
    this.emergency = new Emergency(this);
    this.cleared = new Cleared(this, title);
  }

  async start() {
    theme.apply();
    this.painter.renew();
    this.under.renew();
    byId("top").replaceChildren();
    listen(this);
    this.following = follow(this.told.person, (event, data) => this.take(JSON.parse(data), event === "snapshot"), (link) => this.linked(link));
    void this.sync();
    void this.sites.read();
    void this.coverage.read();
    void this.permits.read();
    void this.cleared.read();
    this.operators.start();
    setInterval(() => this.check(), CHECK_MS);
    document.addEventListener("visibilitychange", () => document.hidden || (this.check(), this.changed()));
    theme.onChange(() => this.themed());
    try {
      await this.openMap();
    } catch (error) {
      this.say(t("The map cannot be drawn: {why}", { why: String(error) }));
    }
  }

  // ---- what comes in

  /** @param {any} frame @param {boolean} whole */
  take(frame, whole) {
    this.freshness.took(frame.now_ms);
    const changed = this.sky.take(frame, whole);
    for (const row of frame.alarms ?? []) this.cleared.heard(alarm(row));
    for (const row of frame.alarms ?? []) this.acts.settled(`alarm ${row[0]}`);
    for (const row of frame.incidents ?? []) this.heard(row[0]);
    for (const row of frame.zones ?? []) this.acts.settled(`zone ${row[0]}`);
    for (const id of frame.gone ?? []) this.explained.delete(id);
    if (changed.zones) void this.reading.readZones();
    if (changed.alarms) this.alarmed();
    if (this.ui.selected !== null && (frame.about ?? []).some((/** @type {any[]} */ row) => row[0] === this.ui.selected)) void this.reading.explain();
    if (whole) this.fit();
    if (whole) this.arrive();
    if (frame.health) this.coverage.heard(frame.health);
    if (this.ui.following !== null) this.centreOn(this.ui.following, true);
    if (changed.sky) this.moved = true;
    this.later();
  }

  /** @param {number} id of an incident of which the stream told */
  heard(id) {
    this.acts.settled(`incident ${id}`);
    this.acts.settled(`step ${id}`);
    for (const alarm of this.sky.alarms.values()) if (alarm.incident === id) this.acts.settled(`alarm ${alarm.id}`);
    if (this.incidents.has(id)) void this.reading.readIncident(id);
  }

  /** @param {import("./stream.js").Link} link */
  linked(link) {
    this.link = link;
    this.check();
  }

  /** Measure the server's clock by a round trip. */
  async sync() {
    const sent = performance.now();
    try {
      const text = await (await fetch(`${V1}/time`, { cache: "no-store", signal: AbortSignal.timeout(4_000) })).text();
      this.freshness.synced(sent, performance.now(), Number(/"now_ns":(\d+)\d{6}/.exec(text)?.[1]));
    } catch {
      // none for 30 s is OLD, and says so
    }
    clearTimeout(this.syncing);
    this.syncing = setTimeout(() => void this.sync(), this.freshness.offset === null ? 1_000 : SYNC_MS);
    this.check();
  }

  /** Ask again how old all of this is; called four times a second, and whenever something hints at it. */
  check() {
    if (this.freshness.check()) {
      void this.sync();
      this.following?.again();
    }
    const state = this.freshness.state();
    if (state !== this.state) {
      this.state = state;
      this.map?.setTheme(theme.now(), state === "old");
      byId("console").dataset.state = state;
      document.dispatchEvent(new CustomEvent("freshness", { detail: state }));
      this.changed();
    }
    if (state === "old" || this.sky.tracks.size) this.later();
    this.heading();
    this.ring();
  }

  heading() {
    const waiting = !this.sky.whole && performance.now() - this.began < 3_000;
    render(waiting ? html`<span class="pill" id="pill">${t("connecting…")}</span>` : html`<${Top} app=${this} />`, byId("top"));
    render(waiting ? null : html`<${Banner} app=${this} />`, byId("bannerbox"));
    const fresh = [...this.sky.alarms.values()].filter((each) => NEW.has(each.state)).length;
    document.title = `${fresh ? `(${fresh}) ` : ""}${this.state === "old" && !waiting ? `${t("OLD")} · ` : ""}${t("Live")} · ${this.told.station}`;
  }

  ring() {
    const fresh = ordered([...this.sky.alarms.values()].filter((each) => each.state === "unacknowledged"));
    this.sound.sound(fresh.length ? (flood(fresh, this.freshness.serverNow()) ? 1 : fresh[0].priority) : null);
  }

  // ---- what is drawn

  /** Something a person did: all is drawn anew at once. */
  changed() {
    this.panelsAt = -Infinity;
    this.turned();
  }

  /** The flights lie or look otherwise on the screen than they did. */
  turned() {
    this.moved = true;
    this.later();
  }

  /** Draw what is due with the next frame of the screen, and soon where none comes; nothing on a page that nobody sees. */
  later() {
    if (this.due || document.hidden) return;
    this.due = true;
    const draw = () => {
      if (!this.due) return;
      const now = performance.now();
      this.due = false;
      clearTimeout(soon);
      cancelAnimationFrame(frame);
      if (this.moved || now - this.paintedAt >= AGES_MS) this.paint();
      if (now - this.panelsAt >= PANELS_MS) this.panels();
    };
    const frame = requestAnimationFrame(draw), soon = setTimeout(draw, FRAME_MAX_MS);
  }

  paint() {
    if (!this.map) return;
    this.moved = false;
    this.paintedAt = performance.now();
    super.paint();
  }

  sitesKnown() {
    return this.zonesMissing ? null : super.sitesKnown();
  }

  /** @returns {import("./under.js").Things} */
  things() {
    return { ...super.things(), draft: this.emergency.drawn() };
  }

  lying() {
    return `${super.lying()} ${this.emergency.version}`;
  }

  panels() {
    this.panelsAt = performance.now();
    render(html`<${EmergencyList} app=${this} /><${AlarmPanel} app=${this} /><${ClearedList} app=${this} />`, byId("alarm-panel"));
    render(html`<${EmergencyForm} app=${this} />`, byId("emergency"));
    render(this.ui.selected === null ? html`<${TrackTable} app=${this} /><${PermitList} app=${this} /><${SiteList} app=${this} /><${CoverageList} app=${this} />` : html`<${TrackDetail} app=${this} />`, byId("flight-panel"));
    render(html`<${Kinds} app=${this} />`, byId("legend"));
    render(html`<${Layers} app=${this} />`, byId("layers"));
    const fresh = active([...this.sky.alarms.values()]).filter((each) => NEW.has(each.state)).length, told = byId("alarms-new");
    told.hidden = fresh === 0; // on a phone the panel is behind the map
    told.textContent = tn(fresh, "{n} new", "{n} new");
    byId("map").classList.toggle("draws", this.emergency.open);
    byId("console").classList.toggle("has-detail", this.ui.selected !== null);
    const waiting = byId("waiting"), { sky } = this;
    waiting.hidden = sky.whole && sky.tracks.size > 0;
    waiting.textContent = sky.whole ? this.emptyWords() : t("Waiting for first positions…");
    byId("simulated").hidden = ![...sky.tracks.values()].some((track) => track.simulated);
  }

  emptyWords() {
    const all = [...this.sky.sensors.values()], up = all.filter((each) => each.connected).length;
    if (this.freshness.state() === "old") return t("What flies now is not known.");
    return all.length ? t("No drones in the air. {up} of {all} sensors reporting.", { up, all: all.length }) : t("No drones in the air. No sensor is known.");
  }

  dress() {
    super.dress();
    clearTimeout(this.dressing);
    this.dressing = setTimeout(() => this.dress(), 30_000); // "in 1 h 52 m" goes on
  }

  // ---- what a person does

  /** @param {number | null} id */
  select(id) {
    this.ui.selected = id;
    this.ui.form = null;
    if (id === null || this.ui.following !== id) this.ui.following = null;
    if (id !== null) {
      void this.reading.explain();
      for (const each of this.sky.incidents.values()) if (each.tracks.includes(id)) void this.reading.readIncident(each.id);
      byId("console").dataset.tab = "track";
    }
    this.changed();
  }

  /** @param {number} id */
  pickAlarm(id) {
    this.ui.alarm = id;
    const alarm = this.sky.alarms.get(id);
    if (alarm?.track != null) {
      this.select(alarm.track);
      this.centreOn(alarm.track);
    }
    this.changed();
    document.querySelector(`[data-alarm="${id}"]`)?.scrollIntoView({ block: "nearest" });
  }

  /** @param {{ lat: number, lon: number }} there @returns {boolean} whether a zone is being drawn there */
  placed(there) {
    return this.emergency.place(there.lat, there.lon);
  }

  draws() {
    return this.emergency.polygon;
  }

  drew() {
    this.emergency.end();
  }

  /** Show what the address names, once: "?incident=3". */
  arrive() {
    const named = this.sky.incidents.get(Number(new URLSearchParams(location.search).get("incident")));
    if (this.arrived || !named) return;
    this.arrived = true;
    const track = named.tracks.find((each) => this.sky.tracks.has(each) || this.sky.left.has(each));
    if (track === undefined) return;
    this.select(track);
    this.centreOn(track, true);
  }

  find() {
    this.select(null);
    this.panels();
    byId("console").dataset.tab = "track";
    byId("search").focus();
  }

  toTable() {
    this.select(null);
    this.panels();
    byId("console").dataset.tab = "track";
    /** @type {HTMLElement | null} */ (document.querySelector("#flight-panel .scroll"))?.focus();
  }

  /** @param {string} about @param {string} what */
  openForm(about, what) {
    const [kind, id] = about.split(" "), alarm = kind === "alarm" ? this.sky.alarms.get(Number(id)) : null;
    if (alarm && ((what === "shelve" && (alarm.priority === 1 || !this.told.may["alarm.shelve"])) || (what === "escalate" && !this.told.may["incident.escalate"]))) return;
    this.ui.form = { about, what };
    this.changed();
    this.panels();
    /** @type {HTMLElement | null} */ (document.querySelector("form.ask input"))?.focus();
  }

  closeForm() {
    this.ui.form = null;
    this.changed();
  }

  /** One step back: a form, the last corner that was drawn, then the selection. Out of a field of words at first. */
  back() {
    const inWords = document.activeElement instanceof HTMLElement && document.activeElement.matches("#emergency :is(input, textarea)");
    if (this.draws() && inWords) /** @type {HTMLElement} */ (document.activeElement).blur();
    else if (this.ui.form) this.closeForm();
    else if (this.emergency.takeBack()) return;
    else if (this.emergency.open) this.emergency.show(false);
    else this.select(null);
    if (document.activeElement instanceof HTMLInputElement) document.activeElement.blur();
  }

  /** @param {boolean} shown */
  showKeys(shown) {
    render(shown ? html`<${KeyList} app=${this} />` : null, byId("dialogs"));
    if (shown) /** @type {HTMLDialogElement} */ (byId("keys")).showModal();
  }

  startShift() {
    this.cleared.begin();
    void this.sound.start().then(() => this.check());
  }

  mute() {
    this.sound.mute();
    this.say(t("Sound is muted for 60 s."));
    this.check();
  }

  // ---- what is said aloud

  /** @param {string} words */
  say(words) {
    byId("said").textContent = words;
    clearTimeout(this.saying);
    this.saying = setTimeout(() => (byId("said").textContent = ""), GONE_MS / 4);
  }

  /** New alarms go to the one region that interrupts; positions never do. */
  alarmed() {
    for (const id of this.announced) if (this.sky.alarms.get(id)?.state !== "unacknowledged") this.announced.delete(id);
    for (const alarm of this.sky.alarms.values()) {
      if (alarm.state !== "unacknowledged" || this.announced.has(alarm.id)) continue;
      this.announced.add(alarm.id);
      byId("alarm-live").textContent = t("New alarm, priority {n}: {what}", { n: alarm.priority, what: title(this, alarm) });
    }
    this.ring(); // a browser slows the timers of a page that nobody looks at
    this.changed();
  }
}

const told = /** @type {Told} */ (JSON.parse(byId("told").textContent ?? "{}"));
speak(told.words, told.lang);
units.follow(told.units);
byId("first").remove();
byId("console").hidden = false;
fold();
const app = new Console(told);
/** @type {any} */ (globalThis).skykeep = app;
void app.start();

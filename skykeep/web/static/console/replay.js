// The replay put together: the live screen's map over frames of the record, with a playhead. It never looks live: no age,
// no sound, no acts but a note about a moment, a frame around it and its date on it.
import { Acts } from "./acts.js";
import { Bookmarks } from "./bookmarks.js";
import { Chart } from "./chart.js";
import { byId, html, render } from "./dom.js";
import { Kinds, Layers } from "./legend.js";
import { Marks } from "./marks.js";
import { PastAround } from "./pastaround.js";
import { PastFeed, ask } from "./pastfeed.js";
import { PastLog, reached } from "./pastlog.js";
import { PastPanel } from "./pastpanel.js";
import { PastSky } from "./pastsky.js";
import { Player, STEP_MS } from "./player.js";
import { KeyList, listen } from "./replaykeys.js";
import { Transport } from "./scrubber.js";
import { ShareBox, address, copyText, readPlace } from "./sharing.js";
import { fold } from "./tabs.js";
import * as theme from "./theme.js";
import { Turns } from "./turns.js";
import * as units from "./units.js";
import { speak, t, tn } from "./words.js";

const PANELS_MS = 250;
const EXPLAIN_MS = 400;
const SILENT_MS = 15_000;
const DRESS_MS = 15_000;
const ADDRESS_MS = 500;
const ZONE_STATES = ["", "?state=ended", "?state=withdrawn"];

/** @typedef {import("./live.js").Told & { replay: { from_ms: number, until_ms: number, at_ms: number, present_ms: number, first_ms: number | null, told: string[], refused: string,
 *   about: { incident: number | null, alarm: number | null, track: number | null }, links: { incident?: string, report?: string }, max_ms: number } }} ToldPast */

export class Replay extends Chart {
  /** @param {ToldPast} told */
  constructor(told) {
    const { from_ms: from, until_ms: until, at_ms: at, about } = told.replay;
    const player = new Player(from, until, at);
    super(told, { serverNow: () => player.moment, age: () => 0, state: () => "past" });
    this.told = told;
    this.player = player;
    this.about = about;
    this.feed = new PastFeed({ from, until, step: STEP_MS }, () => this.came());
    this.past = new PastSky(this.feed, this.sky);
    this.laid = new PastAround(this, { from, until, step: STEP_MS }, () => this.showAround());
    this.log = new PastLog({ from, until }, () => this.changed());
    this.bookmarks = new Bookmarks(told.station, told.person);
    this.acts = new Acts(() => this.changed(), (words) => this.say(words));
    this.noted = about.incident !== null && told.replay.links.incident ? new Marks(about.incident, this.acts, () => this.changed()) : null;
    this.ui = Object.assign(this.ui, { side: /** @type {"log" | "flights"} */ ("log"), follows: true, narrow: about.incident !== null || about.track !== null });
    this.ui.selected = about.track;
    this.shared = /** @type {{ url: string, copied: boolean | null } | null} */ (null);
    this.panelsAt = -Infinity;
    this.dressedAt = NaN;
    this.due = false;
    this.began = false; // whether the first picture was there
    this.explains = new Turns();
    this.ticked = 0;
    /** @type {string[]} what of the time that was asked for cannot be shown */ this.notices = [];
    /** @type {Element | null} */ this.scrolledTo = null;
  }

  async start() {
    theme.apply();
    this.painter.renew();
    this.under.renew();
    byId("top").replaceChildren();
    listen(this);
    theme.onChange(() => this.themed());
    this.refusing();
    this.feed.need(this.player.moment, this.player.speed);
    this.changed();
    const place = readPlace(new URLSearchParams(location.search).get("map"));
    this.fitted = place !== null;
    try {
      await this.openMap();
      if (place) this.map?.centre(place.lon, place.lat, place.zoom);
      this.map?.onMove(() => this.note());
    } catch (error) {
      this.say(t("The map cannot be drawn: {why}", { why: String(error) }));
    }
  }

  // ---- what comes in

  came() {
    this.showMoment();
    if (!this.began && this.past.at === this.player.moment) {
      this.began = true;
      void this.readZones();
      void this.log.read();
      void this.noted?.read();
      this.fit();
      if (this.ui.selected !== null) this.centreOn(this.ui.selected);
    }
    this.changed();
  }

  /** Fold the sky to where the playhead is. @returns {boolean} false: that is not loaded */
  showMoment() {
    const moment = this.player.moment, jumped = Math.abs(moment - this.past.at) > DRESS_MS;
    if (!this.past.show(moment)) return false;
    if (jumped || !(Math.abs(moment - this.dressedAt) < DRESS_MS)) this.dress();
    if (this.ui.following !== null) this.centreOn(this.ui.following, true);
    this.showAround();
    this.explainSoon();
    return true;
  }

  /** What lies around the flights, as it was when they were there. */
  showAround() {
    if (this.past.at !== this.player.moment) return;
    this.laid.show(this.player.moment, this.player.speed);
    this.later();
  }

  /** Zones of all times: which of them were known, and held, is told by the frames. */
  async readZones() {
    try {
      const all = await Promise.all(ZONE_STATES.map((state) => ask(`/api/v1/zones.geojson${state}`)));
      this.zonesMissing = false;
      this.takeZones({ type: "FeatureCollection", features: all.flatMap((each) => each.features) });
    } catch {
      this.zonesMissing = true; // the banner says so
      setTimeout(() => void this.readZones(), 3_000);
    }
    this.changed();
  }

  /** Only zones that were known at the moment are drawn. */
  dress() {
    this.dressedAt = this.player.moment;
    const known = this.zones.features.filter((/** @type {any} */ { properties: said }) => this.sky.zones.has(`${said.zone_id}/${said.version}`));
    super.dress({ type: "FeatureCollection", features: known });
  }

  explainSoon() {
    clearTimeout(this.explaining);
    if (this.ui.selected !== null) this.explaining = setTimeout(() => void this.explain(), EXPLAIN_MS);
  }

  /** Why the flight that is picked was judged so, at the moment that is shown. */
  async explain() {
    const id = this.ui.selected, at = this.player.moment;
    if (id === null || !this.sky.tracks.has(id)) return;
    const newest = this.explains.ask();
    try {
      const told = await ask(`/console/replay/tracks/${id}?at_ms=${at}`);
      if (!newest()) return;
      this.explained.set(id, { ...told, at });
      this.changed();
    } catch {
      // it is asked again where the playhead moves on
    }
  }

  // ---- what is drawn

  changed() {
    this.panelsAt = -Infinity;
    this.later();
  }

  later() {
    if (this.due) return;
    this.due = true;
    const draw = (/** @type {number} */ now) => {
      this.due = false;
      this.pass(now);
      this.paint();
      if (performance.now() - this.panelsAt >= PANELS_MS) this.panels();
      if (this.player.playing) this.later();
    };
    if (document.hidden) setTimeout(() => draw(performance.now()), PANELS_MS);
    else requestAnimationFrame(draw);
  }

  /** Let the playhead go on. @param {number} now ms, monotonic */
  pass(now) {
    const passed = Math.min(1_000, now - this.ticked), { player, feed } = this;
    this.ticked = now;
    const wasPlaying = player.playing;
    if (player.pass(Math.max(0, passed), (moment) => feed.has(moment))) this.showMoment();
    feed.need(player.moment, player.speed);
    if (wasPlaying !== player.playing) this.changed();
  }

  panels() {
    this.panelsAt = performance.now();
    render(html`<${Top} app=${this} />`, byId("top"));
    render(html`<${Banner} app=${this} />`, byId("bannerbox"));
    render(html`<${Transport} app=${this} />`, byId("transport"));
    render(html`<${PastPanel} app=${this} />`, byId("past-panel"));
    render(html`<${Kinds} app=${this} />`, byId("legend"));
    render(html`<${Layers} app=${this} />`, byId("layers"));
    const shown = this.past.at === this.player.moment, empty = shown && !this.sky.tracks.size;
    byId("waiting").hidden = shown && !empty;
    byId("waiting").textContent = shown ? this.emptyWords() : this.feed.trouble ? t("This moment could not be read.") : t("Loading {time} UTC…", { time: units.utc(this.player.moment) });
    byId("tagtime").textContent = `${units.day(this.player.moment)} ${units.utc(this.player.moment)} UTC`;
    byId("simulated").hidden = ![...this.sky.tracks.values()].some((track) => track.simulated);
    document.title = `${t("REPLAY")} ${units.utc(this.player.moment)} · ${this.told.station}`;
    if (this.ui.follows && this.ui.side === "log") this.scrollToPlayhead();
    this.note();
  }

  emptyWords() {
    return this.gapNow() ? t("What flew then is not known.") : t("No flight was followed at this moment.");
  }

  /** The time in which the station did not run, where the playhead is in one. @returns {[number, number] | undefined} */
  gapNow() {
    return this.log.gaps().find(([from, until]) => this.player.moment > from + STEP_MS && this.player.moment < until);
  }

  /** For how long nothing had been recorded, ms; 0: not for long. */
  silence() {
    const silent = this.past.last ? this.player.moment - this.past.last : 0;
    return this.past.at === this.player.moment && silent > SILENT_MS ? silent : 0;
  }

  scrollToPlayhead() {
    const here = document.querySelector("#log li.here"), log = document.getElementById("log");
    if (!here || !log || here === this.scrolledTo) return;
    this.scrolledTo = here;
    const far = here.getBoundingClientRect().top - log.getBoundingClientRect().top - log.clientHeight / 3;
    log.scrollTop += far;
  }

  /** Keep the address in step, so that a reload, or a copy of it, is this moment. */
  note() {
    clearTimeout(this.noting);
    if (this.player.playing || this.told.replay.refused) return;
    this.noting = setTimeout(() => history.replaceState(null, "", address(this)), ADDRESS_MS);
  }

  // ---- what a person does

  turn() {
    this.player.turn();
    this.ticked = performance.now();
    this.showMoment();
    this.changed();
  }

  /** @param {number} moment */
  seek(moment) {
    this.player.seek(moment);
    this.player.seek(this.player.moment);
    this.feed.need(this.player.moment, this.player.speed);
    this.showMoment();
    this.changed();
  }

  /** @param {number} steps of a second */
  step(steps) {
    this.player.step(steps);
    this.seek(this.player.at);
  }

  /** @param {number} speed */
  setSpeed(speed) {
    this.player.speed = speed;
    this.changed();
  }

  /** @param {number} by */
  faster(by) {
    this.player.faster(by);
    this.say(t("{n} times as fast as it was", { n: this.player.speed }));
    this.changed();
  }

  /** Go where a line of the log says. @param {number} moment @param {number} [track] */
  jump(moment, track) {
    this.seek(this.player.from + Math.ceil((moment - this.player.from) / STEP_MS) * STEP_MS); // what happened is seen, not what was before
    if (track !== undefined && this.sky.tracks.has(track)) {
      this.select(track);
      this.centreOn(track);
    }
  }

  /** To the next line, or the one before. @param {number} by */
  toLine(by) {
    const lines = this.lines(), here = reached(lines, this.player.moment), now = lines[here]?.t_ms;
    let to = here + (by > 0 ? 1 : 0);
    if (by < 0) while (to >= 0 && lines[to].t_ms === now) to -= 1;
    const line = lines[to];
    if (line) this.jump(line.t_ms);
  }

  /** Lines of the log, narrowed down as the person wants. */
  lines() {
    return this.log.about(this.ui.narrow ? this.narrowedTo() : { incident: null, track: null });
  }

  narrowedTo() {
    return { incident: this.about.incident, track: this.about.incident === null ? this.about.track ?? this.ui.selected : null };
  }

  narrowable() {
    return this.about.incident !== null || this.about.track !== null || this.ui.selected !== null;
  }

  narrowDown() {
    this.ui.narrow = !this.ui.narrow;
    this.changed();
  }

  /** @param {number | null} id */
  select(id) {
    this.ui.selected = id;
    if (id === null || this.ui.following !== id) this.ui.following = null;
    if (id === null && this.about.incident === null && this.about.track === null) this.ui.narrow = false;
    if (id !== null) {
      byId("console").dataset.tab = "track";
      void this.explain();
    }
    this.changed();
  }

  followPlayhead() {
    this.ui.follows = !this.ui.follows;
    this.scrolledTo = null;
    this.changed();
  }

  /** The log is moved by hand: it stays where it is put. */
  letGo() {
    if (!this.ui.follows) return;
    this.ui.follows = false;
    this.changed();
  }

  /** @param {"log" | "flights"} side */
  show(side) {
    this.ui.side = side;
    this.scrolledTo = null;
    this.changed();
  }

  toTable() {
    this.select(null);
    this.show("flights");
    this.panels();
    byId("console").dataset.tab = "track";
    /** @type {HTMLElement | null} */ (document.querySelector("#side-body .scroll"))?.focus();
  }

  find() {
    this.toTable();
    byId("search").focus();
  }

  /** One step back: the words in a field, then the selection. */
  back() {
    if (document.activeElement instanceof HTMLInputElement && document.activeElement.type !== "range") document.activeElement.blur();
    else this.select(null);
  }

  toLive() {
    location.assign("/live");
  }

  // ---- bookmarks, sharing

  bookmark() {
    const kept = this.bookmarks.add(this.player.moment);
    this.show("log");
    this.say(kept ? t("Bookmark at {time} UTC.", { time: units.utc(this.player.moment) }) : t("This browser keeps nothing: the bookmark is gone with the page."));
  }

  /** @param {number} at @param {string} words */
  nameBookmark(at, words) {
    this.bookmarks.name(at, words);
    this.changed();
  }

  /** @param {number} at */
  unmark(at) {
    this.bookmarks.remove(at);
    byId("scrubber").focus(); // the button that had it is gone
    this.changed();
  }

  /** Write a bookmark into the log of the incident; it stays one's own until it is read there. @param {number} at */
  async noteBookmark(at) {
    const words = this.bookmarks.all.find((each) => each.t_ms === at)?.words.trim();
    if (!words) {
      document.getElementById(`mark-${at}`)?.focus();
      return this.say(t("Say what is to be seen at this moment: the note stays in the record."));
    }
    if (await this.noted?.note(at, words)) this.unmark(at);
  }

  /** Bookmarks of the span, one's own and those of the incident. @returns {{ t_ms: number, words: string, own: boolean }[]} */
  starred() {
    const { from, until } = this.player, noted = this.noted?.within(from, until) ?? [];
    return [...noted.map(({ t_ms, words }) => ({ t_ms, words, own: false })), ...this.bookmarks.within(from, until).map(({ t_ms, words }) => ({ t_ms, words, own: true }))];
  }

  /** What a star is called. @param {{ words: string, own: boolean }} mark */
  starWords({ words, own }) {
    return own ? words || t("Bookmark") : t("Note of incident {n}: {words}", { n: this.about.incident ?? "", words });
  }

  share() {
    this.player.playing = false;
    this.shared = { url: location.origin + address(this), copied: null };
    this.sharing();
    /** @type {HTMLDialogElement} */ (byId("sharing")).showModal();
    void this.copy(this.shared.url);
  }

  sharing() {
    render(this.shared ? html`<${ShareBox} app=${this} ...${this.shared} />` : null, byId("dialogs"));
  }

  /** @param {string} url */
  async copy(url) {
    const copied = await copyText(url);
    if (!this.shared) return;
    this.shared = { url, copied };
    this.sharing();
    if (!copied) /** @type {HTMLInputElement} */ (byId("link")).select();
  }

  closeShare() {
    this.shared = null;
    this.sharing();
    this.changed();
  }

  /** @param {boolean} shown */
  showKeys(shown) {
    render(shown ? html`<${KeyList} app=${this} />` : null, byId("dialogs"));
    if (shown) /** @type {HTMLDialogElement} */ (byId("keys")).showModal();
  }

  /** @param {string} words */
  say(words) {
    byId("said").textContent = words;
    clearTimeout(this.saying);
    this.saying = setTimeout(() => (byId("said").textContent = ""), 15_000);
  }

  // ---- what cannot be had

  /** Say what of the time that was asked for cannot be shown. */
  refusing() {
    const { replay } = this.told, first = replay.first_ms === null ? "" : `${units.day(replay.first_ms)} ${units.utc(replay.first_ms)} UTC`;
    const hours = replay.max_ms / 3_600_000;
    const known = /** @type {Record<string, string>} */ ({
      before_record: t("The record begins at {time}: nothing is known of what was before.", { time: first }),
      too_long: tn(hours, "A replay shows {n} hour at most: this is a part of the time that was asked for.", "A replay shows {n} hours at most: this is a part of the time that was asked for."),
      not_yet: t("It ends at the present: the rest has not happened yet."),
      outside: t("The moment that was asked for is not in this time: the nearest is shown."),
      names_erased: t("Serials and names that no incident needs were erased after their time: such flights have numbers only."),
      future: t("That time has not come yet. The last minutes are shown instead."),
    });
    this.notices = [...(replay.refused ? [known[replay.refused === "future" ? "future" : "before_record"]] : []), ...replay.told.map((code) => known[code])].filter(Boolean);
  }

  dismiss() {
    this.notices = [];
    this.changed();
  }
}

/** @param {{ app: Replay }} properties */
function Top({ app }) {
  return html`<span class="pill past" id="pill"><b>${t("REPLAY")}</b> <span class="num">${units.utc(app.player.moment)}</span></span>
    <button class="btn" id="other" onClick=${() => /** @type {HTMLDialogElement} */ (byId("choose")).showModal()}>${t("Another time…")}</button>
    <button class="btn icon helps" aria-label=${t("Keys")} title=${t("Keys")} onClick=${() => app.showKeys(true)}>?</button>`;
}

/** @param {{ app: Replay }} properties */
function Banner({ app }) {
  const { trouble } = app.feed, gap = app.gapNow(), silent = app.silence();
  const gone = trouble?.status === 401 || trouble?.status === 403;
  const again = () => {
    app.feed.again();
    app.changed();
  };
  return html`
    ${trouble ? html`<div class="banner" id="banner" role="alert"><span aria-hidden="true">⚠</span>${gone ? t("You are signed out: the rest of the past cannot be read.") : t("The past cannot be read: {why}", { why: trouble.words || t("the station does not answer") })}<span class="sp"></span>
      ${gone ? html`<a href=${`/sign-in?target=${encodeURIComponent(address(app))}`}>${t("Sign in")}</a>` : html`<button class="btn" onClick=${again}>${t("Retry")}</button>`}</div>` : null}
    ${gap ? html`<div class="banner gap" id="gap" role="status">${t("The station did not run from {from} to {until} UTC: what flew then is not known.", { from: units.utc(gap[0]), until: units.utc(gap[1]) })}</div>`
      : silent ? html`<div class="banner gap" id="silent" role="status">${t("Nothing had been recorded for {time}: nothing was heard, or the station did not run.", { time: units.span(silent) })}</div>` : null}
    ${app.player.playing && app.player.waiting && !trouble ? html`<div class="banner wait" id="wait" role="status">${t("Loading {time} UTC…", { time: units.utc(app.player.moment) })}</div>` : null}
    ${app.zonesMissing ? html`<div class="banner" role="alert">${t("ZONES COULD NOT BE READ: the map may lack some.")}</div>` : null}
    ${app.notices.length ? html`<div class="banner note" id="notices" role="status"><span>${app.notices.map((each) => html`<span class="said">${each}</span>`)}</span><span class="sp"></span><button class="btn icon" aria-label=${t("Close")} onClick=${() => app.dismiss()}>✕</button></div>` : null}`;
}

const told = /** @type {ToldPast} */ (JSON.parse(byId("told").textContent ?? "{}"));
speak(told.words, told.lang);
units.follow(told.units);
byId("first").remove();
byId("console").hidden = false;
fold();
const app = new Replay(told);
/** @type {any} */ (globalThis).skykeep = app;
void app.start();

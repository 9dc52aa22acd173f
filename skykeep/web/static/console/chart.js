// What every screen with a map shares: flights over zones, what lies around them, which flight is picked, followed, found
// or hidden, and names. What is live and what is past draw the same things; how time passes is theirs.
import { Coverage } from "./coverage.js";
import { byId } from "./dom.js";
import { makeMap } from "./mapview.js";
import { Operators } from "./operators.js";
import { Painter } from "./painter.js";
import { Permits } from "./permits.js";
import { Pointing } from "./pointing.js";
import { printable } from "./printing.js";
import { quiet, surroundings } from "./quiet.js";
import { Sites } from "./sites.js";
import { Sky } from "./sky.js";
import * as theme from "./theme.js";
import { Under, marksOf } from "./under.js";
import { zoneMarks } from "./zones.js";

const EDGE_PX = 80;
const COVERED_MS = 1_000; // parts of the page above the map seldom change

/** @typedef {import("./live.js").Told} Told */
/** @typedef {{ serverNow: () => number, age: () => number, state: () => import("./painter.js").Stand }} Time for which moment things are drawn */

export class Chart {
  /** @param {Told} told @param {Time} freshness */
  constructor(told, freshness) {
    this.told = told;
    this.freshness = freshness;
    this.sky = new Sky(told.kinds);
    this.ui = {
      selected: /** @type {number | null} */ (null), alarm: /** @type {number | null} */ (null), following: /** @type {number | null} */ (null),
      hidden: /** @type {Set<string>} */ (new Set()), search: "", keys: false, form: /** @type {{ about: string, what: string } | null} */ (null),
    };
    /** @type {Map<number, any>} */ this.explained = new Map();
    /** @type {any} zones.geojson */ this.zones = { features: [] };
    this.zonesKnown = false;
    /** @type {Map<string, string>} */ this.zoneNames = new Map();
    this.operators = new Operators(this);
    this.sites = new Sites(this);
    this.coverage = new Coverage(this);
    this.permits = new Permits(this);
    this.under = new Under(/** @type {HTMLCanvasElement} */ (byId("under")));
    this.fitted = false;
    /** @type {import("./labels.js").Mark[]} */ this.zoneMarks = [];
    /** @type {import("./quiet.js").Bounds[] | null} */ this.around = null;
    /** @type {import("./labels.js").Box[]} */ this.covered = [];
    this.coveredAt = -Infinity;
    /** @type {import("./mapview.js").MapView | null} */ this.map = null;
    this.painter = new Painter(/** @type {HTMLCanvasElement} */ (byId("canvas")), told.shapes, told.gravity);
    this.pointing = new Pointing(this);
    printable(this);
  }

  /** Draw soon: something moved. */
  later() {}

  /** The flights lie or look otherwise on the screen than they did. */
  turned() {
    this.later();
  }

  /** The map was moved. @param {import("./painter.js").View} view */
  viewed(view) {
    this.beneath(view);
    this.painter.easel.follow(view); // at once: a flight does not slide over the streets
    this.turned();
  }

  /** Something a person did: all is drawn anew at once. */
  changed() {
    this.later();
  }

  /** @param {number | null} id */
  select(id) {
    this.ui.selected = id;
    this.changed();
  }

  /** A place on the map was pointed at. @param {{ lat: number, lon: number }} there @returns {boolean} whether that is all it meant */
  placed(there) {
    return false;
  }

  /** @returns {boolean} whether clicks draw something */
  draws() {
    return false;
  }

  /** It is drawn to its end. */
  drew() {}

  /** Make the map below the flights; raises what hinders it. */
  async openMap() {
    await document.fonts.ready.catch(() => undefined);
    const map = await makeMap(byId("ground"), { theme: theme.now(), ...this.told.map, named: false });
    this.map = map;
    byId("nogl").hidden = !map.plain;
    map.onMove(() => this.viewed(map.view()));
    this.pointing.listen(map);
    this.dress();
    this.fit();
    this.changed();
  }

  paint() {
    if (!this.map) return;
    const terms = { now: this.freshness.serverNow(), ageMs: this.freshness.age(), state: this.freshness.state(), selected: this.ui.selected, hovered: this.pointing.hovered, hidden: this.ui.hidden, presences: this.sky.presences.values(), quiet: (/** @type {import("./sky.js").Track} */ track) => this.quiet(track), marks: this.marks(), covered: this.above() };
    this.painter.draw(this.sky.tracks.values(), this.map.view(), terms);
    this.beneath(this.map.view());
  }

  /** @param {import("./painter.js").View} view */
  beneath(view) {
    this.under.draw(view, this.things(), this.lying());
  }

  /** What lies below the flights. @returns {import("./under.js").Things} */
  things() {
    return { ...this.coverage.drawn(), permits: this.permits.drawn(), sites: this.sites.drawn(), operators: this.operators.drawn(), draft: null };
  }

  /** What that is of, so that the same is not drawn twice. */
  lying() {
    return `${this.sites.version} ${this.coverage.version} ${this.permits.version}`;
  }

  connected() {
    return this.freshness.state() !== "old";
  }

  /** What has a name on the map and is no flight, the gravest first. @returns {import("./labels.js").Mark[]} */
  marks() {
    return [...marksOf(this.things()), ...this.zoneMarks];
  }

  /** Sites as far as they are known; null: they are not. @returns {import("./under.js").Site[] | null} */
  sitesKnown() {
    return this.sites.known && !this.sites.missing ? this.sites.drawn() : null;
  }

  /** Whether a flight lies quietly on the map. @param {import("./sky.js").Track} track */
  quiet(track) {
    return quiet(track, this.around);
  }

  /** Parts of the page that lie above the map: no words are written below them. */
  above() {
    const now = performance.now();
    if (now - this.coveredAt < COVERED_MS) return this.covered;
    const map = byId("map"), { left, top } = map.getBoundingClientRect();
    this.coveredAt = now;
    this.covered = [...map.querySelectorAll(":scope > .ui, :scope > .pasttag, #bannerbox > *")].map((each) => each.getBoundingClientRect()).filter((box) => box.width)
      .map((box) => ({ left: box.left - left, top: box.top - top, right: box.right - left, bottom: box.bottom - top }));
    return this.covered;
  }

  /** The theme is another one. */
  themed() {
    theme.apply();
    this.painter.renew();
    this.under.renew();
    this.map?.setTheme(theme.now(), this.freshness.state() === "old");
    this.changed();
  }

  // ---- zones, names

  /** Zones as they stand at the moment that is shown. @param {any} [zones] zones.geojson */
  dress(zones = this.zones) {
    const { sky, freshness } = this, now = freshness.serverNow(), sites = this.sitesKnown();
    this.map?.setZones(zones, sky.zones, now);
    this.zoneMarks = zoneMarks(zones, sky.zones, now);
    this.around = this.zonesKnown && sites ? surroundings(zones.features, sites) : null;
  }

  /** @param {any} zones zones.geojson */
  takeZones(zones) {
    this.zones = zones;
    this.zonesKnown = true;
    for (const { properties: said } of zones.features) this.zoneNames.set(said.zone_id, said.name || said.zone_id);
    this.dress();
    this.fit();
  }

  /** @param {string | null} id */
  zoneName(id) {
    return id === null ? "" : this.zoneNames.get(id) ?? id;
  }

  /** @param {number} id */
  nameOf(id) {
    return (this.sky.tracks.get(id) ?? this.sky.left.get(id))?.name ?? (this.sky.about.get(id)?.identity || `#${id}`);
  }

  /** Age of one track: its own, or that of the screen where that is greater. @param {import("./sky.js").Track} track */
  ageOf(track) {
    return Math.max(this.freshness.age(), this.freshness.serverNow() - track.t, 0);
  }

  // ---- what is looked at

  /** Show all there is, once. */
  fit(again = false) {
    if (!this.map || ((this.fitted || this.draws()) && !again)) return; // it does not move under what is being drawn
    const lons = [], lats = [];
    for (const { geometry } of this.zones.features) for (const [lon, lat] of geometry.coordinates[0]) lons.push(lon), lats.push(lat);
    for (const track of this.sky.tracks.values()) lons.push(track.row[3] / 1e7), lats.push(track.row[2] / 1e7);
    if (!lons.length) return;
    const least = (/** @type {number[]} */ all) => all.reduce((a, b) => Math.min(a, b)), most = (/** @type {number[]} */ all) => all.reduce((a, b) => Math.max(a, b));
    this.map.fit([least(lons), least(lats), most(lons), most(lats)], !again);
    this.fitted = this.zones.features.length > 0;
  }

  /** @param {number} id @param {boolean} [always] */
  centreOn(id, always = false) {
    const track = this.sky.tracks.get(id), { map } = this;
    if (!track || !map) return;
    const { k, ox, oy, width, height } = map.view(), x = track.x * k + ox, y = track.y * k + oy;
    const inSight = x > EDGE_PX && y > EDGE_PX && x < width - EDGE_PX && y < height - EDGE_PX;
    if (always || !inSight) map.centre(track.row[3] / 1e7, track.row[2] / 1e7);
  }

  /** @param {number} id */
  follow(id) {
    this.ui.following = this.ui.following === id ? null : id;
    if (this.ui.following !== null) this.centreOn(id, true);
    this.changed();
  }

  /** @param {string} kind */
  toggle(kind) {
    if (!this.ui.hidden.delete(kind)) this.ui.hidden.add(kind);
    this.changed();
  }

  /** @param {string} words */
  search(words) {
    this.ui.search = words;
    this.changed();
  }
}

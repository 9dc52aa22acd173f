// The map of a page of zones: zones as they would hold, over them what stood before, what was set aside, what is drawn.
import { byId } from "./dom.js";
import { makeMap } from "./mapview.js";
import { mercatorX, mercatorY } from "./sky.js";
import { t } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";

/** @typedef {[number, number]} Place longitude, latitude in degrees */
/** @typedef {{ ground: { tiles: boolean, town: string | null, centre: [number, number], zoom: number }, lang: string, words: Record<string, string>, units: string, src: string,
 *   around?: string, zones: any[], before: any[], aside: { outline: Place[], words: string }[], tracks: { lon: number, lat: number, words: string, bad: boolean }[], edits: boolean }} Told */

/** The scheme that the page itself has, whoever chose it. @returns {"dark" | "light"} */
const scheme = () => (getComputedStyle(document.documentElement).colorScheme.startsWith("light") ? "light" : "dark");

export class ZoneMap {
  /** @param {Told} told */
  constructor(told) {
    this.told = told;
    this.over = byId("over");
    this.features = told.zones;
    /** @type {{ shape: Place[], closed: boolean } | null} what is being drawn */ this.drawn = null;
    /** @type {(() => void)[]} */ this.moved = [];
    /** @type {import("./mapview.js").MapView | null} */ this.map = null;
  }

  async start() {
    byId("zonemap").hidden = false;
    await document.fonts.ready.catch(() => undefined);
    this.map = await makeMap(byId("ground"), { theme: scheme(), ...this.told.ground });
    byId("nogl").hidden = !this.map.plain;
    this.map.onMove(() => this.paint());
    byId("in").addEventListener("click", () => this.map?.zoomBy(1));
    byId("out").addEventListener("click", () => this.map?.zoomBy(-1));
    byId("fit").addEventListener("click", () => this.fit(false));
    matchMedia("(prefers-color-scheme: light)").addEventListener("change", () => this.map?.setTheme(scheme(), false));
    await this.read();
    this.fit(true);
  }

  /** Zones that stand elsewhere: of the list, or around what is drawn. */
  async read() {
    const address = this.told.src || this.told.around;
    if (address) {
      const answer = await fetch(address).catch(() => null);
      if (answer?.ok) this.features = [...this.told.zones, ...(await answer.json()).features];
    }
    this.map?.setZones({ features: this.features }, new Map(), Date.now());
  }

  /** Show all that the page is about. @param {boolean} still */
  fit(still) {
    const about = this.told.src ? this.features : this.told.zones;
    const places = [...about, ...this.told.before].flatMap((each) => each.geometry.coordinates[0]);
    for (const shape of [...this.told.aside.map((each) => each.outline), this.drawn?.shape ?? []]) for (const place of shape) places.push(place);
    if (!places.length) for (const each of this.features) for (const place of each.geometry.coordinates[0]) places.push(place);
    if (!places.length) return this.paint();
    const lons = places.map((each) => each[0]), lats = places.map((each) => each[1]);
    const least = (/** @type {number[]} */ all) => all.reduce((a, b) => Math.min(a, b)), most = (/** @type {number[]} */ all) => all.reduce((a, b) => Math.max(a, b));
    this.map?.fit([least(lons), least(lats), most(lons), most(lats)], still);
    this.paint();
  }

  /** @param {Place} place @returns {[number, number]} in pixels of the map */
  xy([lon, lat]) {
    const { k, ox, oy } = /** @type {import("./mapview.js").MapView} */ (this.map).view();
    return [mercatorX(lon * 1e7) * k + ox, mercatorY(lat * 1e7) * k + oy];
  }

  paint() {
    if (!this.map) return;
    this.over.replaceChildren();
    for (const { geometry } of this.told.before) for (const ring of geometry.coordinates) this.line(ring, "before", true);
    for (const each of this.told.aside) {
      this.line(each.outline, "aside", true);
      this.words(each.outline[0], t("set aside: {where}", { where: each.words }), "aside");
    }
    for (const each of this.told.tracks) this.flight(each);
    if (this.drawn) this.line(this.drawn.shape, "drawn", this.drawn.closed);
    for (const call of this.moved) call();
  }

  /** @param {Place[]} places @param {string} name @param {boolean} closed */
  line(places, name, closed) {
    if (!places.length) return;
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", `M${places.map((each) => this.xy(each).map((value) => value.toFixed(1)).join(" ")).join("L")}${closed ? "Z" : ""}`);
    path.setAttribute("class", name);
    this.over.append(path);
  }

  /** @param {Place} place @param {string} said @param {string} name */
  words(place, said, name) {
    const text = document.createElementNS(SVG, "text"), [x, y] = this.xy(place);
    text.setAttribute("x", x.toFixed(1));
    text.setAttribute("y", (y - 8).toFixed(1));
    text.setAttribute("class", name);
    text.textContent = said;
    this.over.append(text);
  }

  /** @param {{ lon: number, lat: number, words: string, bad: boolean }} flight */
  flight({ lon, lat, words, bad }) {
    const mark = document.createElementNS(SVG, "path"), [x, y] = this.xy([lon, lat]);
    mark.setAttribute("d", bad ? `M${x} ${y - 8}l8 8l-8 8l-8 -8z` : `M${x - 6} ${y}a6 6 0 1 0 12 0a6 6 0 1 0 -12 0`);
    mark.setAttribute("class", bad ? "flight bad" : "flight");
    this.over.append(mark);
    this.words([lon, lat], bad ? t("{flight}: NOT PERMITTED", { flight: words }) : words, bad ? "flight bad" : "flight");
  }
}


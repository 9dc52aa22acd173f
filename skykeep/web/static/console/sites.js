// Protected sites: where they are, how far a flight is from them, and when it would be there as it flies now.
import { html } from "./dom.js";
import { TRACK } from "./rows.js";
import { t } from "./words.js";
import * as units from "./units.js";

const EACH_MS = 60_000;
const NEAR_M = 5_000;
const SHOWN_MAX = 3;
const EARTH_M = 6_371_008.8;
/** @typedef {import("./chart.js").Chart} Chart */
/** @typedef {{ site_id: string, name: string, lat_e7: number, lon_e7: number, radius_mm: number }} Site */

export class Sites {
  /** @param {Chart} app */
  constructor(app) {
    this.app = app;
    /** @type {Site[]} */ this.all = [];
    this.known = this.missing = false;
    this.version = 0;
  }

  async read() {
    clearTimeout(this.again);
    this.again = setTimeout(() => void this.read(), this.missing ? EACH_MS / 20 : EACH_MS);
    try {
      const answer = await fetch("/console/sites");
      if (!answer.ok) throw new Error(String(answer.status));
      this.take(await answer.json());
    } catch {
      this.missing = true; // the list says so
    }
  }

  /** @param {Site[] | null} all null: they are not known */
  take(all) {
    const known = all !== null;
    if (known === this.known && (all === this.all || !known)) return;
    this.all = all ?? [];
    [this.known, this.missing] = [known, false];
    this.version += 1;
    this.app.dress();
    this.app.changed();
  }

  /** @param {string} id */
  nameOf(id) {
    return this.all.find((each) => each.site_id === id)?.name || id;
  }

  /** What the map draws. @returns {import("./under.js").Site[]} */
  drawn() {
    return this.all.map((each) => ({ lat: each.lat_e7, lon: each.lon_e7, radius: each.radius_mm, name: each.name || each.site_id }));
  }

  /** The nearest sites of a flight. @param {import("./sky.js").Track} track @returns {{ site: Site, edge: number, seconds: number | null }[]} */
  near(track) {
    return this.all.map((site) => margin(track, site)).filter((each) => each.edge < NEAR_M).sort((a, b) => a.edge - b.edge).slice(0, SHOWN_MAX);
  }
}

/**
 * How far a flight is from the edge of a site (negative: inside), and when it reaches it with the speed and course it has.
 * @param {import("./sky.js").Track} track @param {Site} site @returns {{ site: Site, edge: number, seconds: number | null }} metres; null: not as it flies now
 */
export function margin(track, site) {
  const { metres, bearing } = between(track.row[TRACK.lat], track.row[TRACK.lon], site.lat_e7, site.lon_e7), radius = site.radius_mm / 1000;
  const off = (bearing * Math.PI) / 180 - track.course, ahead = metres * Math.cos(off), beside = Math.abs(metres * Math.sin(off));
  const reaches = metres > radius && ahead > 0 && beside < radius && track.speed > 0.5;
  return { site, edge: metres - radius, seconds: reaches ? (ahead - Math.sqrt(radius * radius - beside * beside)) / track.speed : null };
}

/** @param {number} lat @param {number} lon @param {number} toLat @param {number} toLon 1e-7 degree @returns {{ metres: number, bearing: number }} on a sphere; degrees clockwise from north */
export function between(lat, lon, toLat, toLon) {
  const [a, b, turn] = [lat, toLat, toLon - lon].map((each) => (each * Math.PI) / 1.8e9);
  const half = Math.sin((b - a) / 2) ** 2 + Math.cos(a) * Math.cos(b) * Math.sin(turn / 2) ** 2;
  const bearing = Math.atan2(Math.sin(turn) * Math.cos(b), Math.cos(a) * Math.sin(b) - Math.sin(a) * Math.cos(b) * Math.cos(turn));
  return { metres: 2 * EARTH_M * Math.asin(Math.min(1, Math.sqrt(half))), bearing: ((bearing * 180) / Math.PI + 360) % 360 };
}

/** Rows of the detail. @param {Chart} app @param {import("./sky.js").Track} track @param {boolean} old where it is old, nobody knows how it flies now @param {boolean} [then] it is the past */
export function siteRows(app, track, old, then = false) {
  return app.sites.near(track).map(({ site, edge, seconds }) => {
    const far = edge < 0 ? html`<b>${t("inside")}</b>` : html`<span class="num">${t("{far} away", { far: units.length(edge) })}</span>`;
    const time = seconds === null ? "" : units.countdown(seconds * 1000);
    const when = old || !time ? null : html` <span class="warn num">${then ? t("there {time} later, as it flew then", { time }) : t("there in {time} as it flies now", { time })}</span>`;
    return html`<dt>${t("Protected site")}</dt><dd>${site.name || site.site_id} · ${far}${when}</dd>`;
  });
}

/** The twin of what the map draws. @param {{ app: Chart }} properties */
export function SiteList({ app }) {
  const { sites } = app;
  if (sites.missing) return html`<p class="empty sm warn">${t("The protected sites could not be read.")}</p>`;
  if (!sites.all.length) return null;
  return html`<details class="sec" id="sites"><summary>${t("Protected sites")} <b>${sites.all.length}</b></summary>
    <ul>${sites.all.map((each) => html`<li class="shelf" key=${each.site_id}><span>${each.name || each.site_id}</span><span class="sp"></span><span class="dim sm num">${t("radius {far}", { far: units.length(each.radius_mm / 1000) })}</span></li>`)}</ul></details>`;
}

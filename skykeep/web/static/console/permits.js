// Permit volumes: where a permit allows flight at the moment that is shown, and where one will within two hours. A quiet
// layer that can be turned off, and the same as a list.
import { html } from "./dom.js";
import { t, tn } from "./words.js";
import * as units from "./units.js";

const EACH_MS = 20_000;
const REDRAWN_MS = 10_000; // "in 1 h 52 m" goes on, and what holds changes
const KEPT = "skykeep.permits";
/** @typedef {import("./chart.js").Chart} Chart */
/** @typedef {{ permit_id: string, version: number, start_ns: number, end_ns: number, floor: any, ceiling: any, rings: number[][][] }} Volume */
/** @typedef {{ volumes: Volume[], more: number }} Told */

export class Permits {
  /** @param {Chart} app */
  constructor(app) {
    this.app = app;
    /** @type {Told | null} */ this.told = null;
    this.missing = false;
    this.changes = 0;
    this.drawnOf = "";
    /** @type {import("./under.js").Permit[]} */ this.made = [];
    this.shown = localStorage.getItem(KEPT) !== "off";
  }

  /** Whether whoever looks may know of permits. */
  get may() {
    return this.app.told.may["permit.read"];
  }

  async read() {
    clearTimeout(this.again);
    if (!this.may) return;
    this.again = setTimeout(() => void this.read(), EACH_MS);
    try {
      const answer = await fetch("/console/permits");
      if (!answer.ok) throw new Error(String(answer.status));
      this.take(await answer.json());
    } catch {
      this.missing = true; // the list says so
      this.app.changed();
    }
  }

  /** @param {Told | null} told */
  take(told) {
    if (told === this.told) return;
    this.told = told;
    this.missing = false;
    this.changes += 1;
    this.app.changed();
  }

  toggle() {
    this.shown = !this.shown;
    localStorage.setItem(KEPT, this.shown ? "on" : "off");
    this.changes += 1;
    this.app.changed();
  }

  /** What the drawing of them is of. */
  get version() {
    return `${this.changes} ${this.told?.volumes.length ? Math.floor(this.app.freshness.serverNow() / REDRAWN_MS) : ""}`;
  }

  /** Those that are not over. @returns {(Volume & { holds: boolean })[]} */
  standing() {
    const now = this.app.freshness.serverNow() * 1e6;
    return (this.told?.volumes ?? []).filter((each) => now < each.end_ns).map((each) => ({ ...each, holds: each.start_ns <= now }));
  }

  /** What the map draws. @returns {import("./under.js").Permit[]} */
  drawn() {
    if (!this.shown) return [];
    const now = this.app.freshness.serverNow();
    if (this.drawnOf === this.version) return this.made;
    this.drawnOf = this.version;
    this.made = this.standing().map((each, n) => {
      const soon = each.holds ? [] : [t("in {time}", { time: units.hoursMinutes(each.start_ns / 1e6 - now) })];
      return { key: `permit ${each.permit_id} ${n}`, rings: each.rings, holds: each.holds, lines: [t("Permit {id}", { id: each.permit_id }), [units.band(each.floor, each.ceiling), ...soon].join(" · ")] };
    });
    return this.made;
  }
}

/** The button beside the legend. @param {{ app: Chart }} properties */
export function PermitButton({ app }) {
  const { permits } = app, all = permits.standing().length;
  if (!permits.may || !all) return null;
  return html`<button class="btn cover" id="permitted" aria-pressed=${permits.shown} onClick=${() => permits.toggle()} title=${t("Show or hide where permits allow flight")}>
    <svg class="ic" width="16" height="16" viewBox="-8 -8 16 16" aria-hidden="true"><path d="M-6 -4.5L5.5 -6 6 5 -5 6z" fill="none" stroke="var(--permit)" stroke-width="1.6" stroke-linecap="round" stroke-dasharray=".1 3" /></svg><span class="word">${t("Permits")}</span> <b class="num">${all}</b></button>`;
}

/** The twin of the layer. @param {{ app: Chart }} properties */
export function PermitList({ app }) {
  const { permits } = app, all = permits.standing(), now = app.freshness.serverNow();
  if (!permits.may) return null;
  if (permits.missing) return html`<p class="empty sm warn">${t("Where permits allow flight could not be read.")}</p>`;
  if (!all.length) return null;
  const when = (/** @type {Volume & { holds: boolean }} */ each) => (each.holds ? t("until {time} UTC", { time: units.utc(each.end_ns / 1e6).slice(0, 5) }) : t("in {time}", { time: units.hoursMinutes(each.start_ns / 1e6 - now) }));
  return html`<details class="sec" id="permits"><summary>${t("Permits")} <b>${all.length}</b></summary>
    <ul>${all.map((each, n) => html`<li class="shelf" key=${`${each.permit_id} ${n}`}><a class="link" href=${`/permits/${encodeURIComponent(each.permit_id)}`}>${each.permit_id}</a><span class="sp"></span><span class="dim sm num">${units.band(each.floor, each.ceiling)} · ${when(each)}</span></li>`)}</ul>
    ${permits.told?.more ? html`<p class="empty sm">${tn(permits.told.more, "{n} more is not shown.", "{n} more are not shown.")}</p>` : null}</details>`;
}

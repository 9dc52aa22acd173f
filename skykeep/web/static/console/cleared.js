// Alarms that are over, since the shift began: what was there and who had seen it stays in sight for the hand-over.
import { html } from "./dom.js";
import { t } from "./words.js";
import * as units from "./units.js";

const V1 = "/api/v1";
const KEPT = "skykeep.shift";
const SHIFT_MAX_MS = 16 * 3_600_000;
const SHOWN_MAX = 50;
const KEPT_MAX = 500; // on a screen that nobody ever begins a shift at
/** @typedef {import("./live.js").Console} Console */
/** @typedef {{ id: number, t: number, words: string, by: string }} Over */

export class Cleared {
  /** @param {Console} app @param {(app: Console, alarm: any) => string} title what an alarm is about, in a line */
  constructor(app, title) {
    this.app = app;
    this.title = title;
    /** @type {Map<number, Over>} by alarm */ this.over = new Map();
    this.more = false; // whether there were more than are here
    const kept = Number(localStorage.getItem(KEPT));
    this.since = Date.now() - kept < SHIFT_MAX_MS ? kept : Date.now();
  }

  /** A shift begins now, unless one is under way. */
  begin() {
    if (Date.now() - Number(localStorage.getItem(KEPT)) < SHIFT_MAX_MS) return;
    this.since = Date.now();
    localStorage.setItem(KEPT, String(this.since));
    this.over.clear();
    this.more = false;
  }

  /** @param {import("./rows.js").Alarm} now an alarm of which the stream told */
  heard(now) {
    if (now.state !== "normal") this.over.delete(now.id);
    else if (now.t >= this.since) this.over.set(now.id, { id: now.id, t: now.t, words: this.title(this.app, now), by: now.by ?? "" });
    if (this.over.size <= KEPT_MAX) return;
    const [oldest] = [...this.over.values()].sort((a, b) => a.t - b.t);
    this.over.delete(oldest.id);
    this.more = true;
  }

  /** Read what was over before this page was opened. */
  async read() {
    try {
      const answer = await fetch(`${V1}/alarms?past=true&state=normal&limit=${SHOWN_MAX}`);
      if (!answer.ok) return;
      const told = await answer.json();
      this.more ||= told.length >= SHOWN_MAX && told.every((/** @type {any} */ each) => Number(each.t_ns) / 1e6 >= this.since);
      for (const each of told) {
        const row = { id: each.alarm_id, t: Number(each.t_ns) / 1e6, state: each.state, track: each.track_id, reason: each.reason, zone: each.zone_id, site: each.site_id, by: each.acts.findLast((/** @type {any} */ act) => act.deed === "ack")?.person ?? "" };
        if (!this.over.has(row.id) && !this.app.sky.alarms.has(row.id)) this.heard(/** @type {any} */ (row));
      }
      this.app.changed();
    } catch {
      // what comes from now on is shown; the reports have the rest
    }
  }
}

/** @param {{ app: Console }} properties */
export function ClearedList({ app }) {
  const all = [...app.cleared.over.values()].sort((a, b) => b.t - a.t);
  if (!all.length) return null;
  return html`<details class="sec" id="cleared"><summary>${t("Cleared this shift")} <b>${all.length}${app.cleared.more ? "+" : ""}</b></summary>
    <ul>${all.slice(0, SHOWN_MAX).map((each) => html`<li class="shelf" key=${each.id}><span>${each.words}</span><span class="sp"></span><span class="dim sm num">${each.by ? `✓ ${each.by} · ` : ""}${units.utc(each.t).slice(0, 5)} UTC</span></li>`)}</ul></details>`;
}

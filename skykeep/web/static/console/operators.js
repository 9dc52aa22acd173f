// Where operators say to be: asked of the server, which tells only what was revealed to this session. Self-declared.
import { html } from "./dom.js";
import { ReasonForm, notConnected } from "./alarms.js";
import { mercatorX, mercatorY } from "./sky.js";
import { TRACK } from "./rows.js";
import { between } from "./sites.js";
import { t } from "./words.js";
import * as units from "./units.js";

const EACH_MS = 3_000;
/** @typedef {import("./live.js").Console} Console */
/** @typedef {import("./chart.js").Chart} Chart */
/** @typedef {{ track_id: number, lat_e7: number, lon_e7: number, kind: string, t_ns: number }} Said */

export class Operators {
  /** @param {Chart} app */
  constructor(app) {
    this.app = app;
    /** @type {Map<number, Said>} */ this.said = new Map();
    this.asked = 0; // how often: an answer from before the last question tells of what was revealed before it
  }

  start() {
    if (this.app.told.may["identity.reveal"]) void this.read();
  }

  async read() {
    clearTimeout(this.again);
    this.again = setTimeout(() => void this.read(), EACH_MS);
    if (document.hidden || !this.app.connected()) return;
    const asked = (this.asked += 1);
    try {
      const answer = await fetch("/console/operators");
      if (!answer.ok) throw new Error(String(answer.status));
      const told = /** @type {Said[]} */ (await answer.json());
      if (asked === this.asked) this.take(told);
    } catch {
      if (asked === this.asked) this.said.clear(); // whether it may still be shown is not known, so it is not
    }
  }

  /** @param {Said[]} told */
  take(told) {
    if (!this.said.size && !told.length) return;
    this.said = new Map(told.map((each) => [each.track_id, each]));
    this.app.changed();
  }

  /** What the map draws of them. @returns {import("./under.js").Operator[]} */
  drawn() {
    const found = [];
    for (const said of this.said.values()) {
      const track = this.app.sky.tracks.get(said.track_id);
      if (!track || this.app.ui.hidden.has(track.kind)) continue;
      const lines = [t("Operator of {name}", { name: track.name }), t("self-declared, unverified")];
      found.push({ x: mercatorX(said.lon_e7), y: mercatorY(said.lat_e7), fromX: track.x, fromY: track.y, lines });
    }
    return found;
  }

  /** How far from its drone, and in which direction. @param {number} id @returns {string} "" where nothing is revealed */
  away(id) {
    const said = this.said.get(id), track = this.app.sky.tracks.get(id);
    if (!said || !track) return "";
    const { metres, bearing } = between(track.row[TRACK.lat], track.row[TRACK.lon], said.lat_e7, said.lon_e7);
    return `${units.length(metres)} ${units.direction(bearing)}`;
  }
}

/** @param {Console} app @param {number} track @param {number} incident @param {string} reason */
async function reveal(app, track, incident, reason) {
  app.ui.form = null;
  const about = `operator ${track}`, terms = { done: t("It is revealed to you for an hour. That stands in the record.") };
  if (!(await app.acts.send(about, `/tracks/${track}/reveal`, { incident_id: incident, reason }, terms))) return;
  app.acts.settled(about);
  await Promise.all([app.operators.read(), app.reading.explain()]);
}

/** The row of the detail, and what reveals it. @param {{ app: Console, id: number }} properties */
export function OperatorPart({ app, id }) {
  if ((app.explained.get(id)?.operator ?? "none") === "none") return null;
  return html`<${OperatorSaid} app=${app} id=${id}><p class="sm dim">${t("The drone says where its operator is. Whoever looks gives a reason, which is recorded.")}</p><${Revealing} app=${app} id=${id} /></>`;
}

/** Where the operator says to be; else what stands there in its place. @param {{ app: Chart, id: number, children?: any }} properties */
export function OperatorSaid({ app, id, children }) {
  const said = app.operators.said.get(id);
  if (said) {
    const kind = { takeoff: t("where it took off"), live: t("moves with the operator"), fixed: t("a fixed place") }[/** @type {"live"} */ (said.kind)] ?? said.kind;
    return html`<section class="part" id="operator" aria-label=${t("Operator")}><h3>${t("Operator")}</h3>
      <p class="num"><b>${t("{away} of the drone", { away: app.operators.away(id) })}</b> · ${units.place(said.lat_e7, said.lon_e7)}</p>
      <p class="sm"><span class="warn">${t("self-declared, unverified")}</span> <span class="dim">· ${kind} · ${t("said since {time} UTC", { time: units.utc(said.t_ns / 1e6) })}</span></p></section>`;
  }
  return html`<section class="part" id="operator" aria-label=${t("Operator")}><h3>${t("Operator")}</h3>${children}</section>`;
}

/** @param {{ app: Console, id: number }} properties */
function Revealing({ app, id }) {
  const about = `operator ${id}`, going = app.acts.of(about);
  const open = [...app.sky.incidents.values()].find((each) => each.state === "open" && each.tracks.includes(id));
  if (!app.connected()) return html`<p class="gone">${notConnected(app)}</p>`;
  if (!open) return html`<p class="sm dim">${t("It needs an open incident of this flight.")}</p>`;
  if (going?.state === "sending") return html`<p class="dim" role="status">${t("Sending…")}</p>`;
  const failed = going ? html`<p class="failed">${going.words} <button class="btn" onClick=${going.again}>${t("Retry")}</button> <button class="btn" onClick=${() => app.acts.forget(about)}>${t("Dismiss")}</button></p>` : null;
  if (app.ui.form?.about === about) {
    return html`${failed}<${ReasonForm} app=${app} label=${t("Why must the operator be known?")} send=${t("Show")} onSend=${(/** @type {string} */ reason) => void reveal(app, id, open.id, reason)} />`;
  }
  return html`${failed}<button class="btn" onClick=${() => app.openForm(about, "reveal")}>${t("Show the operator and identity…")}</button>`;
}

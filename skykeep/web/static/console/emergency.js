// An emergency zone: a circle or a polygon, by clicks or by numbers, weighed before it is law, then its countdown until a
// second officer confirms it, somebody lifts it, or it lapses.
import { ReasonForm, notConnected } from "./alarms.js";
import { crosses, linesOf, placesOf, typed, unread } from "./corners.js";
import { freshKey, html } from "./dom.js";
import { mercatorX, mercatorY } from "./sky.js";
import { problem as inWords, t, tn } from "./words.js";
import * as units from "./units.js";

const V1 = "/api/v1";
const RADIUS_M = 500;
const MINUTES = 30;
const CORNERS_MAX = 500; // as the station takes them
const NEAR_PX = 12; // of the first corner: a click there ends the polygon
const WEIGHED_MS = 60_000; // flights move: what was weighed longer ago is no reason to close the sky
/** @typedef {import("./live.js").Console} Console */
/** @typedef {{ shape: "circle" | "polygon", corners: string, lat: string, lon: string, radius: string, ceiling: string, minutes: string, name: string, reason: string }} Fields */
/** @typedef {{ track_ids: number[], not_permitted: number[], permit_ids: string[] }} Hits */

export class Emergency {
  /** @param {Console} app */
  constructor(app) {
    this.app = app;
    this.open = false;
    this.ended = false; // the polygon: clicks add no more corners
    /** @type {Fields} */ this.fields = this.empty();
    /** @type {Hits | null} what it would touch, as weighed for just these fields */ this.hits = null;
    this.at = -Infinity; // when it was weighed, monotonic
    this.state = /** @type {"" | "weighing" | "sending"} */ ("");
    this.problem = "";
    this.version = 0;
    this.key = freshKey();
  }

  /** @returns {Fields} */
  empty() {
    return { shape: "circle", corners: "", lat: "", lon: "", radius: String(RADIUS_M), ceiling: "", minutes: String(MINUTES), name: "", reason: "" };
  }

  /** @param {boolean} open */
  show(open) {
    this.open = open && this.app.told.may["zone.emergency"];
    this.fields = this.empty();
    this.changed();
    if (this.open) requestAnimationFrame(() => document.getElementById("emergency-lat")?.focus());
  }

  get polygon() {
    return this.open && this.fields.shape === "polygon";
  }

  /** @returns {import("./corners.js").Place[]} */
  corners() {
    return placesOf(linesOf(this.fields.corners));
  }

  /** What was typed differs from what was weighed. @param {Partial<Fields>} [said] */
  changed(said = {}) {
    Object.assign(this.fields, said);
    if (this.corners().length < 3) this.ended = false;
    this.hits = null;
    this.problem = "";
    this.version += 1;
    this.key = freshKey();
    this.app.changed();
  }

  /** A click on the map while the form is open sets the middle, or a corner. @param {number} lat @param {number} lon @returns {boolean} whether it was taken */
  place(lat, lon) {
    if (!this.open || this.state) return false;
    if (this.polygon) return this.corner([lon, lat]);
    this.changed({ lat: lat.toFixed(6), lon: lon.toFixed(6) });
    return true;
  }

  /** One corner more; at the first one it ends. @param {import("./corners.js").Place} place @returns {boolean} */
  corner(place) {
    const lines = linesOf(this.fields.corners), corners = this.corners(), k = this.app.map?.view().k ?? 0;
    const apart = (/** @type {import("./corners.js").Place} */ [lon, lat]) => Math.hypot(mercatorX(lon * 1e7) - mercatorX(place[0] * 1e7), mercatorY(lat * 1e7) - mercatorY(place[1] * 1e7)) * k;
    if (this.ended) return false;
    if (corners.length > 2 && apart(corners[0]) < NEAR_PX) this.end();
    else this.changed({ corners: [...lines, typed(place)].join("\n") });
    return true;
  }

  /** The polygon has all its corners; what is missing yet is why. */
  end() {
    if (this.corners().length < 3) return;
    this.ended = true;
    this.version += 1;
    this.app.changed();
    requestAnimationFrame(() => document.getElementById("emergency-reason")?.focus());
  }

  /** Take back the last corner. @returns {boolean} false: there is none */
  takeBack() {
    const lines = linesOf(this.fields.corners);
    if (!this.polygon || !lines.length) return false;
    this.ended = false;
    this.changed({ corners: lines.slice(0, -1).join("\n") });
    return true;
  }

  /** What is wrong with the corners as they stand. @param {boolean} whole whether they are all of them @returns {string} "" where nothing is */
  fault(whole) {
    const lines = linesOf(this.fields.corners), corners = this.corners(), wrong = unread(lines);
    const outside = corners.findIndex(([lon, lat]) => Math.abs(lat) > 90 || Math.abs(lon) > 180);
    if (this.fields.shape !== "polygon") return "";
    if (wrong !== undefined || outside >= 0) return t("“{line}” is no place: write latitude, longitude in degrees.", { line: (wrong ?? lines[outside]).trim().slice(0, 40) });
    if (crosses(corners, whole || this.ended)) return t("The polygon crosses itself: give its corners in their order along the border.");
    if (whole && corners.length < 3) return t("A polygon has three corners or more.");
    return corners.length > CORNERS_MAX ? t("A polygon here has {n} corners at most.", { n: CORNERS_MAX }) : "";
  }

  /** The circle or the polygon, as far as it can be drawn. @returns {import("./under.js").Things["draft"]} */
  drawn() {
    if (this.polygon) return { ring: this.corners(), ended: this.ended };
    const [lat, lon, radius] = [this.fields.lat, this.fields.lon, this.fields.radius].map((each) => (each.trim() ? Number(each) : NaN));
    const fits = this.open && Math.abs(lat) <= 90 && Math.abs(lon) <= 180 && radius > 0;
    return fits ? { lat: Math.round(lat * 1e7), lon: Math.round(lon * 1e7), radius: radius * 1000 } : null;
  }

  /** @returns {object} */
  body() {
    const { shape, lat, lon, radius, ceiling, minutes, name, reason } = this.fields;
    const top = ceiling.trim() ? { ceiling: { value_m: Number(ceiling), datum: "agl" } } : {};
    const circle = { lat_deg: Number(lat), lon_deg: Number(lon), radius_m: Number(radius) };
    const area = shape === "circle" ? { circle } : { polygon: this.corners().map(([lon, lat]) => ({ lat_deg: lat, lon_deg: lon })) };
    return { reason, ...area, minutes: Number(minutes), name, ...top };
  }

  /** Ask what it would touch; nothing is done. */
  async weigh() {
    this.problem = this.fault(true);
    if (this.problem) return this.app.changed();
    this.ended = this.polygon;
    this.state = "weighing";
    const version = this.version;
    this.app.changed();
    try {
      const answer = await fetch(`${V1}/zones/emergency?preview=true`, {
        method: "POST", headers: { "Content-Type": "application/json", "Idempotency-Key": freshKey() }, body: JSON.stringify(this.body()),
      });
      const said = await answer.json();
      if (version !== this.version) return;
      if (answer.ok) [this.hits, this.at] = [said.hits, performance.now()];
      else this.problem = inWords(said);
    } catch {
      this.problem = t("The station was not reached: nothing was done.");
    } finally {
      this.state = "";
      this.app.changed();
    }
  }

  /** What it would touch; null where that was not asked, or too long ago. @returns {Hits | null} */
  weighed() {
    return performance.now() - this.at < WEIGHED_MS ? this.hits : null;
  }

  /** Make it law, as it was weighed. */
  async make() {
    this.state = "sending";
    this.app.changed();
    const { problem, refused } = await this.app.acts.post("/zones/emergency", this.body(), this.key);
    this.state = "";
    if (problem === null) {
      this.show(false);
      this.app.say(t("The emergency zone is law. A second officer must confirm it."));
      return;
    }
    if (refused) this.key = freshKey();
    this.problem = problem;
    this.app.changed();
  }

  /** @param {string} id @param {"confirm" | "lift"} deed @param {object} body @param {string} done */
  act(id, deed, body, done) {
    this.app.ui.form = null;
    void this.app.acts.send(`zone ${id}`, `/zones/${encodeURIComponent(id)}/${deed}`, body, { done });
  }
}

/** @param {{ app: Console }} properties */
export function EmergencyForm({ app }) {
  const { emergency } = app, { fields, state, problem } = emergency, hits = emergency.weighed();
  if (!app.told.may["zone.emergency"]) return null;
  if (!emergency.open) return app.connected() ? html`<button class="btn" id="emergency-open" onClick=${() => emergency.show(true)}>${t("Emergency zone…")}</button>` : null;
  const type = (/** @type {keyof Fields} */ name) => (/** @type {Event} */ event) => emergency.changed({ [name]: /** @type {HTMLInputElement} */ (event.target).value });
  const sent = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (!state) void (emergency.weighed() ? emergency.make() : emergency.weigh());
  };
  const field = (/** @type {keyof Fields} */ name, /** @type {string} */ label, /** @type {object} */ more) => html`<label>${label}<input id=${`emergency-${name}`} name=${name} value=${fields[name]} onInput=${type(name)} autocomplete="off" ...${more} /></label>`;
  const shape = (/** @type {Fields["shape"]} */ name, /** @type {string} */ label) => html`<label class="radio"><input type="radio" name="shape" value=${name} checked=${fields.shape === name} onChange=${() => emergency.changed({ shape: name })} /> ${label}</label>`;
  return html`<form class="ask emergency" aria-label=${t("Emergency zone")} onSubmit=${sent}>
    <div class="hd sub"><h2>${t("Emergency zone")}</h2><span class="sp"></span><button type="button" class="btn icon" aria-label=${t("Close")} onClick=${() => emergency.show(false)}>✕</button></div>
    <fieldset class="shapes" aria-label=${t("Shape")}>${shape("circle", t("Circle"))}${shape("polygon", t("Polygon"))}</fieldset>
    <p class="sm dim">${fields.shape === "circle" ? t("Click the map for its middle, or type it. It holds at once; without a second officer it lapses.") : t("Click corner after corner on the map, or type them. The first corner, a double click or Enter ends it; Esc takes the last one back. It holds at once; without a second officer it lapses.")}</p>
    ${fields.shape === "circle" ? html`<div class="pair">${field("lat", t("Latitude °"), { type: "number", step: "any", min: -90, max: 90, required: true })}${field("lon", t("Longitude °"), { type: "number", step: "any", min: -180, max: 180, required: true })}</div>` : html`<${Corners} app=${app} />`}
    <div class="pair">${fields.shape === "circle" ? field("radius", t("Radius m"), { type: "number", min: 1, max: 50_000, required: true }) : null}${field("minutes", t("Minutes"), { type: "number", min: 1, max: 60, required: true })}</div>
    ${field("ceiling", t("Up to, m above ground; empty: all heights"), { type: "number", min: 1, max: 50_000 })}
    ${field("reason", t("Why? Everybody reads it"), { required: true, maxlength: 2000 })}
    ${field("name", t("Name; empty: Emergency: no drones here"), { maxlength: 200 })}
    ${problem ? html`<p class="failed" role="alert">${problem}</p>` : null}
    ${hits ? html`<${Touched} app=${app} hits=${hits} />` : null}
    <span class="act">${!app.connected() ? html`<span class="gone">${notConnected(app)}</span>` : state ? html`<span class="dim" role="status">${state === "weighing" ? t("Weighing…") : t("Sending…")}</span>`
    : hits ? html`<button class="btn danger" id="emergency-make">${t("Close the sky here for {n} min", { n: fields.minutes })}</button>` : html`<button class="btn pri" id="emergency-weigh">${t("What would it touch?")}</button>`}</span></form>`;
}

/** The corners as text, which is all of a polygon: the map writes into it. @param {{ app: Console }} properties */
function Corners({ app }) {
  const { emergency } = app, fault = emergency.fault(false);
  const type = (/** @type {Event} */ event) => emergency.changed({ corners: /** @type {HTMLTextAreaElement} */ (event.target).value });
  return html`<label>${t("Corners, one a line: latitude, longitude °")}<textarea id="emergency-corners" name="corners" rows="4" spellcheck=${false} autocomplete="off" value=${emergency.fields.corners} onInput=${type} aria-invalid=${fault ? "true" : "false"} aria-describedby="emergency-fault"></textarea></label>
    <p class=${fault ? "failed" : "sm dim"} id="emergency-fault" role="status">${fault || tn(emergency.corners().length, "{n} corner", "{n} corners")}</p>`;
}

/** @param {{ app: Console, hits: Hits }} properties */
function Touched({ app, hits }) {
  const names = (/** @type {number[]} */ ids) => ids.slice(0, 12).map((id) => app.nameOf(id)).join(", ") + (ids.length > 12 ? "…" : "");
  const gone = hits.not_permitted;
  return html`<div class="hits" id="hits" role="status"><p><b>${tn(hits.track_ids.length, "{n} flight is inside", "{n} flights are inside")}</b>${hits.track_ids.length ? ` (${names(hits.track_ids)})` : ""}</p>
    ${gone.length ? html`<p class="warn">${tn(gone.length, "{n} of them would not be permitted", "{n} of them would not be permitted")} (${names(gone)})</p>` : null}
    <p>${tn(hits.permit_ids.length, "{n} permit reaches into it", "{n} permits reach into it")}${hits.permit_ids.length ? ` (${hits.permit_ids.slice(0, 8).join(", ")})` : ""}</p></div>`;
}

/** Emergency zones that hold, and what is to be done about them. @param {{ app: Console }} properties */
export function EmergencyList({ app }) {
  const held = [...app.sky.zones.values()].filter((each) => each.emergency && each.state === "in_force");
  if (!held.length) return null;
  return html`<section class="held" id="emergencies" aria-label=${t("Emergency zones")}>${held.map((each) => html`<${Held} key=${each.id} app=${app} zone=${each} />`)}</section>`;
}

/** @param {{ app: Console, zone: import("./rows.js").ZoneStands }} properties */
function Held({ app, zone }) {
  const time = zone.changes === null ? "" : units.countdown(zone.changes - app.freshness.serverNow());
  const left = !time ? "" : zone.confirmed ? t("ends in {time}", { time }) : t("lapses in {time}", { time });
  return html`<div class="part" data-zone=${zone.id}><p><b>${app.zoneName(zone.id)}</b></p>
    <p class="sm num">${[t("EMERGENCY"), left].filter(Boolean).join(" · ")} · ${zone.confirmed ? t("confirmed by a second officer") : html`<b class="warn">${t("not yet confirmed")}</b>`}</p><${Doings} app=${app} zone=${zone} /></div>`;
}

/** @param {{ app: Console, zone: import("./rows.js").ZoneStands }} properties */
function Doings({ app, zone }) {
  const { may } = app.told, about = `zone ${zone.id}`, going = app.acts.of(about), open = app.ui.form?.about === about ? app.ui.form.what : "";
  if (!app.connected() || !(may["zone.confirm"] || may["zone.lift"])) return null;
  if (going?.state === "sending") return html`<p class="dim sm" role="status">${t("Sending…")}</p>`;
  const failed = going ? html`<p class="failed">${going.words} <button class="btn" onClick=${() => app.acts.forget(about)}>${t("Dismiss")}</button></p>` : null;
  if (open === "lift") return html`<${ReasonForm} app=${app} label=${t("Why lift it?")} send=${t("Lift")} onSend=${(/** @type {string} */ reason) => app.emergency.act(zone.id, "lift", { reason }, t("The zone is lifted."))} />`;
  if (open === "confirm") return html`<${HoursForm} app=${app} zone=${zone} />`;
  const { called } = app.reading, confirms = may["zone.confirm"] && !zone.confirmed;
  return html`${failed}${confirms && called?.has(zone.id) ? html`<p class="dim sm">${t("You called it: it waits for a second officer.")}</p>` : null}
    <span class="act">${confirms && called && !called.has(zone.id) ? html`<button class="btn pri" onClick=${() => app.openForm(about, "confirm")}>${t("Confirm…")}</button>` : null}
    ${may["zone.lift"] ? html`<button class="btn" onClick=${() => app.openForm(about, "lift")}>${t("Lift…")}</button>` : null}</span>`;
}

/** @param {{ app: Console, zone: import("./rows.js").ZoneStands }} properties */
function HoursForm({ app, zone }) {
  const sent = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const hours = Number(new FormData(/** @type {HTMLFormElement} */ (event.target)).get("hours"));
    app.emergency.act(zone.id, "confirm", { hours }, t("The zone is confirmed."));
  };
  return html`<form class="ask" onSubmit=${sent}><label>${t("How many hours from now? Whoever called it cannot confirm it.")}<input name="hours" type="number" min="0.1" max="24" step="any" value="2" required /></label>
    <span class="act"><button class="btn pri">${t("Confirm")}</button><button type="button" class="btn" onClick=${() => app.closeForm()}>${t("Cancel")}</button></span></form>`;
}

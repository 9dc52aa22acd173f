// What the sensors see, and where nobody looks while one is silent: a quiet layer that can be turned off, holes that
// cannot, and the same as a list.
import { html } from "./dom.js";
import { Turns } from "./turns.js";
import { t, tn } from "./words.js";
import * as units from "./units.js";

const EACH_MS = 20_000;
const KEPT = "skykeep.coverage";
const ILL = new Set(["sensor_silent", "feed", "dropped", "blind"]);
/** @typedef {import("./chart.js").Chart} Chart */
/** @typedef {{ sensor_id: string, modality: string, state: "sees" | "silent" | "unknown" | "undeclared", since_ns: number | null, covers: string, shape: number[][][][] }} Sensor */
/** @typedef {{ height_m: number, sensors: Sensor[], seen: number[][][][], holes: { sensor_id: string, since_ns: number | null, shape: number[][][][], label: [number, number] }[] }} Told */

export class Coverage {
  /** @param {Chart} app */
  constructor(app) {
    this.app = app;
    /** @type {Told | null} */ this.told = null;
    this.missing = false;
    this.turns = new Turns();
    this.version = 0;
    this.shown = localStorage.getItem(KEPT) === "on";
  }

  /** Whether whoever looks may know of sensors. */
  get may() {
    return this.app.told.may["sensor.read"];
  }

  async read() {
    clearTimeout(this.again);
    if (!this.may) return;
    this.again = setTimeout(() => void this.read(), EACH_MS);
    const newest = this.turns.ask();
    try {
      const answer = await fetch("/console/coverage");
      if (!answer.ok) throw new Error(String(answer.status));
      const told = await answer.json();
      if (newest()) this.take(told);
    } catch {
      if (!newest()) return;
      this.missing = true; // the list says so
      this.app.changed();
    }
  }

  /** @param {Told | null} told */
  take(told) {
    if (told === this.told) return;
    this.told = told;
    this.missing = false;
    this.version += 1;
    this.app.changed();
  }

  /** Read anew where a frame says that a sensor fell silent, or is heard again. @param {any[][]} health rows of the stream */
  heard(health) {
    if (health.some(([what]) => ILL.has(what))) void this.read();
  }

  toggle() {
    this.shown = !this.shown;
    localStorage.setItem(KEPT, this.shown ? "on" : "off");
    this.version += 1;
    this.app.changed();
  }

  /** What the map draws. @returns {{ seen: number[][][][], outlines: number[][][][][], holes: import("./under.js").Hole[] }} */
  drawn() {
    const { told } = this;
    if (!told) return { seen: [], outlines: [], holes: [] };
    const holes = told.holes.map(({ shape, label, sensor_id, since_ns }) => ({ shape, label, lines: [since(since_ns), t("{sensor} silent", { sensor: sensor_id })] }));
    return { seen: this.shown ? told.seen : [], outlines: this.shown ? told.sensors.map((each) => each.shape) : [], holes };
  }
}

/** @param {number | null} ns */
const since = (ns) => (ns === null ? t("Not seen here") : t("Not seen here since {time} UTC", { time: units.utc(ns / 1e6).slice(0, 5) }));

/** What shows it and hides it, on the map. @param {{ app: Chart }} properties */
export function CoverageButton({ app }) {
  const { coverage } = app, holes = coverage.told?.holes.length ?? 0;
  if (!coverage.may || !coverage.told?.sensors.length) return null;
  return html`<button class="btn cover" id="cover" aria-pressed=${coverage.shown} onClick=${() => coverage.toggle()} title=${t("Show or hide what sensors see, {height} above each", { height: units.high(coverage.told.height_m) })}>
    <svg class="ic" width="16" height="16" viewBox="-8 -8 16 16" aria-hidden="true"><circle r="6.5" fill="none" stroke="currentColor" stroke-width="1.4" stroke-dasharray="1.5 2.5" /></svg><span class="word">${t("Coverage")}</span>${holes ? html` <b class="warn">${tn(holes, "{n} hole", "{n} holes")}</b>` : null}</button>`;
}

/** The twin of the layer. @param {{ app: Chart }} properties */
export function CoverageList({ app }) {
  const { coverage } = app, told = coverage.told;
  if (!coverage.may || (!told && !coverage.missing) || told?.sensors.length === 0) return null;
  if (!told) return html`<p class="empty sm">${t("What the sensors see could not be read.")}</p>`;
  const sees = told.sensors.filter((each) => each.state === "sees").length;
  return html`<details class="sec" id="coverage" open=${told.holes.length > 0}><summary>${t("Coverage")} <b>${t("{up} of {all} sensors see", { up: sees, all: told.sensors.length })}</b>${told.holes.length ? html` <b class="warn">${tn(told.holes.length, "{n} hole", "{n} holes")}</b>` : null}</summary>
    ${coverage.missing ? html`<p class="empty sm warn">${t("This could not be read anew; it may be otherwise now.")}</p>` : null}
    <ul>${told.sensors.map((each) => html`<li class="shelf wide" key=${each.sensor_id} data-state=${each.state}><span><b>${each.sensor_id}</b> <span class="dim sm">${each.modality}</span><br /><span class=${each.state === "silent" ? "warn sm" : "dim sm"}>${stateWords(told, each)}</span></span></li>`)}</ul>
    <p class="empty sm">${t("Drawn for a flight {height} above each sensor.", { height: units.high(told.height_m) })}</p></details>`;
}

/** @param {Told} told @param {Sensor} sensor */
function stateWords(told, sensor) {
  if (sensor.state === "sees") return t("sees {what}", { what: sensor.covers });
  if (sensor.state === "undeclared") return t("what it sees is not declared");
  if (sensor.state === "unknown") return t("whether it sees is not known");
  const words = sensor.since_ns === null ? t("silent") : t("silent since {time} UTC", { time: units.utc(sensor.since_ns / 1e6).slice(0, 5) });
  return `${words} · ${told.holes.some((each) => each.sensor_id === sensor.sensor_id) ? t("what it alone sees is not seen") : t("others see all of its area")}`;
}

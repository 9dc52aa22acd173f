// What is read beside the stream: the outlines of zones, why a track is judged as it is, the log of an incident.
import { Turns } from "./turns.js";

const V1 = "/api/v1";
const EXPLAIN_MS = 3_000;
const ZONES_AGAIN_MS = 3_000;

export class Reading {
  /** @param {import("./live.js").Console} app */
  constructor(app) {
    this.app = app;
    this.zones = new Turns();
    this.explained = new Turns();
    /** @type {Map<number, Turns>} */ this.incidents = new Map();
    this.own = new Turns();
    /** @type {Set<string> | null} emergency zones that whoever looks called themselves; null: not known yet */ this.called = null;
  }

  async readZones() {
    clearTimeout(this.rereading);
    const newest = this.zones.ask();
    try {
      const answer = await fetch(`${V1}/zones.geojson`);
      if (!answer.ok) throw new Error(String(answer.status));
      const zones = await answer.json();
      if (!newest()) return;
      this.app.zonesMissing = false;
      this.app.takeZones(zones);
      void this.readCalled();
    } catch {
      if (!newest()) return;
      this.app.zonesMissing = true; // the banner says so
      this.rereading = setTimeout(() => void this.readZones(), ZONES_AGAIN_MS);
    }
  }

  /** Which emergency zones are one's own to wait with: a second officer confirms them. */
  async readCalled() {
    const waits = [...this.app.sky.zones.values()].some((each) => each.emergency && !each.confirmed && each.state === "in_force");
    if (!waits || !this.app.told.may["zone.confirm"]) return;
    clearTimeout(this.recalling);
    const newest = this.own.ask();
    try {
      const answer = await fetch("/console/zones/called");
      if (!answer.ok) throw new Error(String(answer.status));
      const ids = await answer.json();
      if (!newest()) return;
      this.called = new Set(ids);
      this.app.changed();
    } catch {
      if (newest()) this.recalling = setTimeout(() => void this.readCalled(), ZONES_AGAIN_MS);
    }
  }

  async explain() {
    const id = this.app.ui.selected;
    clearTimeout(this.explaining);
    if (id === null) return;
    this.explaining = setTimeout(() => void this.explain(), EXPLAIN_MS);
    if (document.hidden || !this.app.connected()) return;
    const newest = this.explained.ask();
    try {
      const answer = await fetch(`/console/tracks/${id}`), told = answer.ok ? await answer.json() : null;
      if (!newest()) return;
      if (told) this.app.explained.set(id, told);
      this.app.changed();
    } catch {
      // asked again in a moment; its age is said
    }
  }

  /** @param {number} id */
  async readIncident(id) {
    const turns = this.incidents.get(id) ?? new Turns(), newest = turns.ask();
    this.incidents.set(id, turns);
    try {
      const answer = await fetch(`${V1}/incidents/${id}`), told = answer.ok ? await answer.json() : null;
      if (!newest()) return;
      if (told) this.app.incidents.set(id, told);
      this.app.changed();
    } catch {
      // asked again when the stream tells of it
    }
  }
}

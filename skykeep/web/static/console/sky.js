// What stands in the sky of this page: tracks with their tails, alarms, incidents, zones, sensors; folded from frames.
import { TRACK, MANNED, SIMULATED, LOST, about, alarm, incident, health, presence, zone, sensor } from "./rows.js";

export const TAIL_POINTS = 64;
const TAIL_MS = 60_000;
const TAIL_EACH_MS = 900;
const LEAVES_MS = 120_000;
const INCIDENT_LEAVES_MS = 3_540_000; // the station forgets one that is over after an hour
const GHOST_MS = 30_000;
const LEFT_MAX = 500;

/** Where a longitude lies in Web Mercator, 0 to 1. @param {number} lonE7 */
export const mercatorX = (lonE7) => lonE7 / 3.6e9 + 0.5;
/** Where a latitude lies in Web Mercator, 0 (north) to 1. @param {number} latE7 */
export const mercatorY = (latE7) => 0.5 - Math.log(Math.tan(Math.PI / 4 + (latE7 * Math.PI) / 3.6e9)) / (2 * Math.PI);

/** One track: the last row, and where it was. */
export class Track {
  /** @param {import("./rows.js").Row} row */
  constructor(row) {
    this.id = /** @type {number} */ (row[TRACK.id]);
    this.row = row;
    this.t = 0;
    this.x = 0;
    this.y = 0;
    this.every = 1_000; // how often it is heard, ms
    this.kind = "norule";
    this.alarmed = false;
    /** @type {import("./rows.js").About | null} */
    this.about = null;
    this.tailX = new Float64Array(TAIL_POINTS);
    this.tailY = new Float64Array(TAIL_POINTS);
    this.tailT = new Float64Array(TAIL_POINTS);
    this.tailEnd = 0; // points so far; point n lies at n modulo TAIL_POINTS
    this.move(row);
  }

  /** @param {import("./rows.js").Row} row */
  move(row) {
    const t = row[TRACK.t], passed = t - this.t;
    if (this.t && passed > 0) this.every += (Math.min(passed, 20_000) - this.every) * 0.2;
    this.row = row;
    this.t = t;
    this.x = mercatorX(row[TRACK.lon]);
    this.y = mercatorY(row[TRACK.lat]);
    const last = this.tailEnd ? this.tailT[(this.tailEnd - 1) % TAIL_POINTS] : -Infinity;
    if (t - last >= TAIL_EACH_MS) this.trail(t, this.x, this.y);
  }

  /** @param {number} t @param {number} x @param {number} y */
  trail(t, x, y) {
    const at = this.tailEnd % TAIL_POINTS;
    this.tailT[at] = t;
    this.tailX[at] = x;
    this.tailY[at] = y;
    this.tailEnd += 1;
  }

  /** First point of the tail that is not older than a minute. @returns {number} */
  tailBegin() {
    let first = Math.max(0, this.tailEnd - TAIL_POINTS);
    while (first < this.tailEnd && this.tailT[first % TAIL_POINTS] < this.t - TAIL_MS) first += 1;
    return first;
  }

  get simulated() {
    return (this.row[TRACK.marks] & SIMULATED) !== 0;
  }

  get speed() {
    return Math.hypot(this.row[TRACK.east], this.row[TRACK.north]) / 1000;
  }

  /** Course over ground in radians, clockwise from north. */
  get course() {
    return Math.atan2(this.row[TRACK.east], this.row[TRACK.north]);
  }

  /** What it is called: as it says itself (masked), else by its number. */
  get name() {
    return this.about?.identity || `#${this.id}`;
  }

  /**
   * How its own age counts on a live screen: its sensor may have stopped.
   * @param {number} now server time @returns {"fresh" | "aged" | "ghost" | "lost"}
   */
  standing(now) {
    const age = now - this.t;
    if (age > LEAVES_MS) return "lost";
    if (age > GHOST_MS || (this.row[TRACK.phase] === LOST && age > GHOST_MS / 2)) return "ghost";
    return age > Math.max(3 * this.every, 3_000) ? "aged" : "fresh";
  }
}

export class Sky {
  /** @param {Record<string, string>} kinds verdict -> kind of symbol */
  constructor(kinds) {
    this.kinds = kinds;
    this.whole = false; // whether a snapshot came
    this.stands = { now_ms: 0, recorded: true, station: "down" };
    /** @type {Map<number, Track>} */ this.tracks = new Map();
    /** @type {Map<number, Track>} followed no longer, as they were last: alarms were about them */ this.left = new Map();
    /** @type {Map<number, import("./rows.js").Alarm>} */ this.alarms = new Map();
    /** @type {Map<number, import("./rows.js").Incident>} */ this.incidents = new Map();
    /** @type {Map<number, import("./rows.js").Presence>} */ this.presences = new Map();
    /** @type {Map<string, import("./rows.js").ZoneStands>} */ this.zones = new Map();
    /** @type {Map<string, import("./rows.js").Health>} */ this.health = new Map();
    /** @type {Map<string, import("./rows.js").Sensor>} */ this.sensors = new Map();
    /** @type {Map<number, import("./rows.js").About>} */ this.about = new Map();
  }

  clear() {
    for (const each of [this.tracks, this.left, this.alarms, this.incidents, this.presences, this.zones, this.health, this.sensors, this.about]) each.clear();
  }

  /**
   * Take a frame. @param {any} frame @param {boolean} whole it is a snapshot
   * @returns {{ sky: boolean, zones: boolean, alarms: boolean, about: boolean }} what changed; `sky`: what is drawn of flights
   */
  take(frame, whole) {
    this.stands = { now_ms: frame.now_ms, recorded: frame.recorded, station: frame.station };
    if (whole) {
      this.clear();
      this.whole = true;
    }
    if (frame.tails) this.before(frame.tails, frame.tracks);
    for (const id of frame.gone ?? []) {
      this.tracks.delete(id);
      if (!this.left.has(id)) this.about.delete(id);
    }
    for (const row of frame.last ?? []) this.leave(row);
    for (const row of frame.tracks ?? []) this.place(row);
    for (const row of frame.about ?? []) this.tell(about(row));
    for (const row of frame.alarms ?? []) this.sound(alarm(row));
    if (frame.incidents) this.happen(frame.incidents, frame.now_ms);
    for (const row of frame.presences ?? []) this.hear(presence(row));
    for (const row of frame.zones ?? []) this.zones.set(`${row[0]}/${row[1]}`, zone(row));
    for (const row of frame.health ?? []) this.health.set(`${row[0]} ${row[1]}`, health(row));
    for (const row of frame.sensors ?? []) this.sensors.set(row[0], sensor(row));
    if (frame.alarms || frame.last || whole) this.mark();
    const sky = whole || !!(frame.tracks || frame.gone || frame.about || frame.alarms || frame.presences);
    return { sky, zones: whole || !!frame.zones, alarms: whole || !!frame.alarms, about: whole || !!frame.about };
  }

  /** Begin tracks with where they were. @param {[number, number[][]][]} tails of each track its [t, lat, lon] @param {any[][]} rows */
  before(tails, rows) {
    const last = new Map(rows.map((row) => [row[TRACK.id], row]));
    for (const [id, points] of tails) {
      const row = last.get(id);
      if (!row) continue;
      const track = new Track(row);
      track.tailEnd = 0;
      for (const [t, lat, lon] of points) track.trail(t, mercatorX(lon), mercatorY(lat));
      track.kind = this.kindOf(track);
      this.tracks.set(id, track);
    }
  }

  /** @param {import("./rows.js").Row} row */
  place(row) {
    const known = this.tracks.get(row[TRACK.id]);
    if (known) return known.move(row);
    const track = new Track(row);
    track.about = this.about.get(track.id) ?? null;
    track.kind = this.kindOf(track);
    this.left.delete(track.id);
    this.tracks.set(track.id, track);
  }

  /** Keep where a flight was last. @param {import("./rows.js").Row} row */
  leave(row) {
    const track = new Track(row);
    this.tracks.delete(track.id);
    this.left.delete(track.id);
    this.left.set(track.id, track);
    if (this.left.size <= LEFT_MAX) return;
    const done = [...this.left.values()].find((each) => !each.alarmed && each !== track);
    if (!done) return;
    this.left.delete(done.id);
    this.about.delete(done.id);
  }

  /** @param {import("./rows.js").About} said */
  tell(said) {
    this.about.set(said.id, said);
    const track = this.tracks.get(said.id) ?? this.left.get(said.id);
    if (!track) return;
    track.about = said;
    track.kind = this.kindOf(track);
  }

  /** @param {import("./rows.js").Alarm} now */
  sound(now) {
    if (now.state === "normal") this.alarms.delete(now.id);
    else this.alarms.set(now.id, now);
  }

  /** @param {any[][]} rows @param {number} now */
  happen(rows, now) {
    for (const row of rows) this.incidents.set(row[0], incident(row));
    for (const each of this.incidents.values()) {
      if (each.state !== "open" && now - each.t > INCIDENT_LEAVES_MS) this.incidents.delete(each.id);
    }
  }

  /** @param {import("./rows.js").Presence} now */
  hear(now) {
    if (now.holds) this.presences.set(now.id, now);
    else this.presences.delete(now.id);
  }

  /** Mark the tracks that an alarm is about. */
  mark() {
    const alarmed = new Set();
    for (const each of this.alarms.values()) if (each.state !== "shelved") alarmed.add(each.track);
    for (const track of [...this.tracks.values(), ...this.left.values()]) track.alarmed = alarmed.has(track.id);
  }

  /** @param {Track} track @returns {string} */
  kindOf(track) {
    if ((track.row[TRACK.marks] & MANNED) !== 0 || track.about?.manned) return "manned";
    return this.kinds[track.about?.verdict ?? ""] ?? "norule";
  }

  /** @returns {Record<string, number>} how many tracks of each kind are on the map @param {number} now */
  counts(now) {
    /** @type {Record<string, number>} */
    const counted = {};
    for (const track of this.tracks.values()) {
      if (track.standing(now) !== "lost") counted[track.kind] = (counted[track.kind] ?? 0) + 1;
    }
    return counted;
  }
}

// What stands, as rows: the fold of a stream, so that it can be told again as one snapshot. Tails go with it.

const ONE_KEY = ["last", "about", "alarms", "incidents", "presences", "sensors"];
const TWO_KEYS = ["zones", "health"];
const TAIL_MS = 60_000;
const TAIL_EACH_MS = 900;
const INCIDENT_LEAVES_MS = 3_540_000; // the station forgets one that is over after an hour, and says it once more

export class Kept {
  constructor() {
    this.whole = false;
    /** @type {Record<string, any>} */
    this.stands = {};
    /** @type {Map<number, any[]>} */
    this.tracks = new Map();
    /** @type {Map<number, number[][]>} points [t, lat, lon] of each track */
    this.tails = new Map();
    /** @type {Map<string, Map<string, any[]>>} */
    this.tables = new Map([...ONE_KEY, ...TWO_KEYS].map((name) => [name, new Map()]));
  }

  clear() {
    this.whole = false;
    for (const each of [this.tracks, this.tails, ...this.tables.values()]) each.clear();
  }

  /** @param {{ event: string, data: string }} told */
  take(told) {
    const frame = JSON.parse(told.data);
    if (told.event === "snapshot") {
      this.clear();
      this.whole = true;
    }
    this.stands = { now_ms: frame.now_ms, recorded: frame.recorded, station: frame.station };
    for (const id of frame.gone ?? []) {
      this.tracks.delete(id);
      this.tails.delete(id);
      for (const name of ["last", "about"]) this.tables.get(name)?.delete(String(id));
    }
    for (const row of frame.tracks ?? []) {
      this.tracks.set(row[0], row);
      this.tables.get("last")?.delete(String(row[0]));
      this.tail(row);
    }
    for (const name of ONE_KEY) for (const row of frame[name] ?? []) this.keep(name, row);
    for (const name of TWO_KEYS) for (const row of frame[name] ?? []) this.tables.get(name)?.set(`${row[0]} ${row[1]}`, row);
    if (frame.alarms) this.forget();
  }

  /** Forget flights that left and that no alarm is about any more. */
  forget() {
    const { last, about, alarms } = /** @type {Record<string, Map<string, any[]>>} */ (Object.fromEntries(this.tables)), meant = new Set([...alarms.values()].map((row) => String(row[4])));
    for (const id of [...last.keys()].filter((each) => !meant.has(each))) for (const table of [last, about]) table.delete(id);
  }

  /** Keep a row; what is over is told to nobody again. @param {string} name @param {any[]} row */
  keep(name, row) {
    const over = { alarms: row[6] === "normal", presences: row[2] === false, incidents: row[4] !== "open" && this.stands.now_ms - row[1] > INCIDENT_LEAVES_MS }[name] ?? false;
    if (over) this.tables.get(name)?.delete(String(row[0]));
    else this.tables.get(name)?.set(String(row[0]), row);
  }

  /** @param {any[]} row */
  tail(row) {
    const points = this.tails.get(row[0]) ?? [], last = points.length ? points[points.length - 1][0] : -Infinity;
    if (row[1] - last < TAIL_EACH_MS) return;
    points.push([row[1], row[2], row[3]]);
    while (points.length && points[0][0] < row[1] - TAIL_MS) points.shift();
    this.tails.set(row[0], points);
  }

  /** @returns {Record<string, any>} a frame that says all of it, with tails */
  snapshot() {
    const said = { ...this.stands, tracks: [...this.tracks.values()], tails: [...this.tails] };
    return Object.assign(said, Object.fromEntries([...this.tables].map(([name, rows]) => [name, [...rows.values()]])));
  }
}

// What happened in a span of the past, line by line, with a person's own bookmarks among it; and its words.
import { reasonWords } from "./alarms.js";
import { t, tn } from "./words.js";
import * as units from "./units.js";
import { ask } from "./pastfeed.js";

const AGAIN_MS = 2_000;
const TRIES_MAX = 4;
export const LINES_MAX = 5_000;

/** @typedef {{ t_ms: number, kind: string, what: string, alarm_id?: number, incident_id?: number, track_id?: number, name?: string | null,
 *   reason?: string, priority?: number, clause?: string, zone_id?: string, count?: number, since_ms?: number,
 *   act?: { person: string, words?: string, reason?: string, to_person?: string | null, until_ns?: number | null } }} Told a line as the station tells it */
/** @typedef {Told & { n: number, label: string }} Line with a number of its own, and what its track was called by then */

export class PastLog {
  /** @param {{ from: number, until: number }} span ms @param {() => void} onChange */
  constructor(span, onChange) {
    this.span = span;
    this.onChange = onChange;
    /** @type {Line[]} */ this.lines = [];
    /** @type {Map<number, string>} what tracks were called last */ this.names = new Map();
    /** @type {Map<number, Set<number>>} tracks of incidents */ this.tracks = new Map();
    this.readTo = span.from;
    this.whole = false;
    this.full = false; // more happened than is kept
    /** @type {import("./pastfeed.js").Trouble | null} */ this.trouble = null;
  }

  /** Read all of it, page by page. */
  async read() {
    this.trouble = null;
    for (let after = Math.max(0, this.readTo - (this.lines.length ? 0 : 1)), tries = 0; !this.whole; ) {
      try {
        const told = await ask(`/console/replay/happened?after_ms=${after}&until_ms=${this.span.until}`);
        for (const each of told.lines) this.take(each);
        this.readTo = told.until_ms;
        this.full = this.lines.length >= LINES_MAX;
        this.whole = told.next_ms === null || this.full;
        after = told.next_ms ?? this.span.until;
        tries = 0;
      } catch (/** @type {any} */ error) {
        tries += 1;
        if (tries >= TRIES_MAX || ![0, 429, 503].includes(Number(error.status ?? 0))) {
          this.trouble = { status: Number(error.status ?? 0), words: String(error.message ?? error) };
          return this.onChange();
        }
        await new Promise((done) => setTimeout(done, AGAIN_MS * tries));
      }
      this.onChange();
    }
  }

  /** @param {Told} told */
  take(told) {
    if (told.track_id !== undefined && told.name) this.names.set(told.track_id, told.name);
    if (told.incident_id !== undefined && told.track_id !== undefined) {
      const known = this.tracks.get(told.incident_id) ?? new Set();
      this.tracks.set(told.incident_id, known.add(told.track_id));
    }
    const label = told.track_id === undefined ? "" : this.names.get(told.track_id) ?? `#${told.track_id}`;
    this.lines.push({ ...told, n: this.lines.length, label });
  }

  /** Lines about an incident, or about a track; of neither all. @param {{ incident: number | null, track: number | null }} about */
  about({ incident, track }) {
    if (incident === null && track === null) return this.lines;
    const tracks = incident === null ? new Set([track]) : this.tracks.get(incident) ?? new Set();
    const meant = (/** @type {Line} */ each) => each.kind === "run" || (incident !== null && each.incident_id === incident) || (each.track_id !== undefined && tracks.has(each.track_id));
    return this.lines.filter(meant);
  }

  /** When the station did not run: [from, until]. @returns {[number, number][]} */
  gaps() {
    return this.lines.flatMap((each) => (each.kind === "run" && each.since_ms !== undefined ? [/** @type {[number, number]} */ ([Math.max(this.span.from, each.since_ms), each.t_ms])] : []));
  }

  /** When an alarm stood: [from, until, whether somebody had to look]. @returns {[number, number, boolean][]} */
  alarmed() {
    /** @type {Map<number, [number, boolean]>} */
    const standing = new Map();
    /** @type {[number, number, boolean][]} */
    const found = [];
    /** @type {Map<number, number | undefined>} */
    const incidents = new Map();
    for (const each of this.lines) {
      const seen = each.kind === "act" && ["ack", "shelve", "remove"].includes(each.what);
      if (each.alarm_id !== undefined) incidents.set(each.alarm_id, each.incident_id);
      if (each.kind !== "alarm" && !seen) continue;
      const meant = each.alarm_id !== undefined ? [each.alarm_id] : [...standing.keys()].filter((id) => incidents.get(id) === each.incident_id);
      for (const id of meant) {
        const began = standing.get(id);
        if (began) found.push([began[0], each.t_ms, began[1]]);
        if (each.what === "normal") standing.delete(id);
        else standing.set(id, [each.t_ms, !seen && each.what.endsWith("unacknowledged")]);
      }
    }
    for (const [began, fresh] of standing.values()) found.push([began, this.span.until, fresh]);
    return found;
  }
}

/** The last line at or before a moment. @param {{ t_ms: number }[]} lines @param {number} at @returns {number} -1: there is none */
export function reached(lines, at) {
  let low = 0, high = lines.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (lines[middle].t_ms <= at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** A line in words: what it says, and what was written with it. @param {Line} line @param {import("./replay.js").Replay} app @returns {[string, string]} */
export function words(line, app) {
  const zone = line.zone_id ? app.zoneName(line.zone_id) : "", reason = line.reason ? reasonWords(line.reason, app.told.reasons) : "";
  const about = [line.label, reason].filter(Boolean).join(" ") || t("alarm {n}", { n: line.alarm_id ?? "" });
  if (line.kind === "act") return [`${acted(line, about)}`, line.act?.words || line.act?.reason || ""];
  if (line.kind === "alarm") return [alarmed(line, about, app), ""];
  if (line.kind === "verdict") return [[`${line.label}: ${app.told.verdicts[line.what] ?? line.what}`, zone].filter(Boolean).join(" · "), ""];
  if (line.kind === "incident") return [happened(line, reason), ""];
  if (line.kind === "zone") return [ruled(line, zone), ""];
  if (line.kind === "run") return [line.since_ms ? t("The station began again") : t("The record begins"), line.since_ms ? t("It did not run from {time} UTC: what flew then is not known.", { time: units.utc(line.since_ms) }) : ""];
  const seen = { seen: t("{name} seen first", { name: line.label }), lost: t("{name} lost: nothing was heard of it", { name: line.label }), merged: t("{name} turned out to be flight #{n}", { name: line.label, n: line.count ?? "" }) };
  return [seen[/** @type {"seen"} */ (line.what)] ?? line.what, ""];
}

/** @param {Line} line @param {string} about @param {import("./replay.js").Replay} app */
function alarmed(line, about, app) {
  if (line.what === "unacknowledged") return t("Alarm raised, priority {n}: {what}", { n: line.priority ?? "", what: about });
  if (line.what === "normal") return t("Alarm over: {what}", { what: about });
  if (line.what === "returned_unacknowledged") return t("Alarm over by itself, nobody had looked: {what}", { what: about });
  return `${app.told.states[line.what] ?? line.what}: ${about}`;
}

/** @param {Line} line @param {string} about */
function acted(line, about) {
  const who = line.act?.person || t("An officer"), what = line.alarm_id === undefined ? t("incident {n}", { n: line.incident_id ?? "" }) : about;
  const deed = /** @type {Record<string, string>} */ ({
    ack: t("acknowledged"), shelve: t("shelved"), unshelve: t("took from the shelf"), remove: t("took out of service"), restore: t("put back into service"), open: t("opened by hand"),
    note: t("note"), merge: t("merged another into it"), hand_over: t("handed over to {who}", { who: line.act?.to_person ?? "" }), escalate: t("escalated"), close: t("closed"), reopen: t("opened again"), release: t("released"),
  })[line.what] ?? line.what.replaceAll("_", " ");
  return `${who}: ${deed} · ${what}`;
}

/** @param {Line} line @param {string} reason */
function happened(line, reason) {
  const n = line.incident_id ?? "";
  if (line.what === "open") return t("Incident {n} opened: {what}", { n, what: reason });
  if (line.what === "escalated") return t("Incident {n} escalated by itself, {times}×", { n, times: line.count ?? "" });
  return line.what === "closed" ? t("Incident {n} closed", { n }) : t("Incident {n} became part of another", { n });
}

/** @param {Line} line @param {string} zone */
function ruled(line, zone) {
  if (line.count !== undefined) return tn(line.count, "{n} zone published", "{n} zones published");
  const said = { enacted: t("Zone {name} published", { name: zone }), withdrawn: t("Zone {name} withdrawn", { name: zone }), switched_on: t("Zone {name} switched on", { name: zone }), switched_off: t("Zone {name} switched off", { name: zone }) };
  return said[/** @type {"enacted"} */ (line.what)] ?? zone;
}

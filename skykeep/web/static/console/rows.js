// The columns of the live stream's rows, in their order for good (docs/reference/live-stream.md).

export const TRACK = { id: 0, t: 1, lat: 2, lon: 3, alt: 4, sigma: 5, upSigma: 6, east: 7, north: 8, up: 9, said: 10,
  saidDatum: 11, above: 12, aboveDatum: 13, existence: 14, reports: 15, phase: 16, marks: 17, mode: 18 };
export const SIMULATED = 2;
export const MANNED = 4;
export const LOST = 2;

const ABOUT = ["id", "began", "lost", "identity", "idKind", "trust", "manned", "verdict", "clause", "zone",
  "zoneVersion", "permit", "margin", "marginHeight", "missing", "entryZone", "entry", "rung", "class", "classPpm",
  "flags", "group", "alarms", "incidents", "site", "judged"];
const ALARM = ["id", "t", "seen", "began", "track", "reason", "state", "priority", "incident", "shelvedUntil", "by", "byT", "zone", "site"];
const INCIDENT = ["id", "t", "seen", "opened", "state", "alarmState", "priority", "about", "alarms", "tracks", "events",
  "grouped", "escalation", "escalates", "mergedInto", "holder", "rung", "notes"];
const HEALTH = ["what", "subject", "well", "unseen", "value", "unit", "since"];
const PRESENCE = ["id", "t", "holds", "modality", "sensors", "lat", "lon", "radius", "bearing", "bearingSigma", "rung"];
const ZONE = ["id", "version", "state", "rules", "changes", "emergency", "confirmed"];
const SENSOR = ["id", "feed", "format", "keyed", "connected", "last", "rate", "dropped", "unreadable"];

/** @typedef {any[]} Row */
/** @typedef {{ id: number, began: number, lost: number | null, identity: string | null, idKind: string | null,
 *   trust: string, manned: boolean, verdict: string | null, clause: string | null, zone: string | null,
 *   zoneVersion: number | null, permit: string | null, margin: number | null, marginHeight: number | null,
 *   missing: string[], entryZone: string | null, entry: number | null, rung: string | null, class: string | null,
 *   classPpm: number | null, flags: string[], group: number | null, alarms: number[], incidents: number[],
 *   site: [string, string, number] | null, judged: number | null }} About */
/** @typedef {{ id: number, t: number, seen: string, began: number, track: number | null, reason: string, state: string,
 *   priority: number, incident: number | null, shelvedUntil: number | null, by: string | null, byT: number | null,
 *   zone: string | null, site: string | null }} Alarm where it sounded, wherever its flight is by now */
/** @typedef {{ id: number, t: number, seen: string, opened: number, state: string, alarmState: string, priority: number,
 *   about: string, alarms: number[], tracks: number[], events: number, grouped: string, escalation: number,
 *   escalates: number | null, mergedInto: number | null, holder: string | null, rung: string | null, notes: number }} Incident */
/** @typedef {{ what: string, subject: string, well: boolean, unseen: string, value: number | null, unit: string,
 *   since: number }} Health */
/** @typedef {{ id: number, t: number, holds: boolean, modality: string, sensors: string[], lat: number | null,
 *   lon: number | null, radius: number | null, bearing: number | null, bearingSigma: number | null, rung: string | null }} Presence */
/** @typedef {{ id: string, version: number, state: string, rules: string, changes: number | null, emergency: boolean,
 *   confirmed: boolean }} ZoneStands */
/** @typedef {{ id: string, feed: string, format: string, keyed: boolean, connected: boolean, last: number | null,
 *   rate: number, dropped: number, unreadable: number }} Sensor */

/** @param {string[]} names @returns {(row: Row) => any} */
function named(names) {
  return (row) => {
    /** @type {Record<string, any>} */
    const made = {};
    for (let i = 0; i < names.length; i++) made[names[i]] = row[i];
    return made;
  };
}

/** @type {(row: Row) => About} */ export const about = named(ABOUT);
/** @type {(row: Row) => Alarm} */ export const alarm = named(ALARM);
/** @type {(row: Row) => Incident} */ export const incident = named(INCIDENT);
/** @type {(row: Row) => Health} */ export const health = named(HEALTH);
/** @type {(row: Row) => Presence} */ export const presence = named(PRESENCE);
/** @type {(row: Row) => ZoneStands} */ export const zone = named(ZONE);
/** @type {(row: Row) => Sensor} */ export const sensor = named(SENSOR);

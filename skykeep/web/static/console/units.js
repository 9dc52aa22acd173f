// How lengths of time, heights, speeds and places are said: always with their unit, never with a datum left out.
// In metres, or in feet, knots and nautical miles as the reader wishes; skykeep/web/spoken.py says the same on served pages.
import { TRACK } from "./rows.js";
import { t, tag } from "./words.js";

/** @type {Map<string, Intl.NumberFormat>} one for each language and count of digits: to make one is dear */
const formats = new Map();

/** @param {number} value @param {number} [digits] */
function number(value, digits = 0) {
  const key = `${tag()} ${digits}`;
  let format = formats.get(key);
  if (!format) formats.set(key, (format = new Intl.NumberFormat(tag(), { minimumFractionDigits: digits, maximumFractionDigits: digits })));
  return format.format(value);
}

const FOOT_M = 0.3048, MILE_M = 1_852, KNOT_MPS = MILE_M / 3_600, FAR_M = 9_999.5;
let inFeet = false;

/** @param {string} wished units of the reader, as the page tells them: "metric" or "feet" */
export function follow(wished) {
  inFeet = wished === "feet";
}

/** What the map's scale is drawn in. @returns {"nautical" | "metric"} */
export const scale = () => (inFeet ? "nautical" : "metric");

/** A length of time: 0.4 s, 12 s, 4 min, 3 h. @param {number} ms */
export function span(ms) {
  if (!Number.isFinite(ms)) return t("unknown");
  if (ms < 9_950) return `${number(ms / 1000, 1)} s`;
  if (ms < 120_000) return `${number(Math.round(ms / 1000))} s`;
  return ms < 7_200_000 ? `${number(Math.round(ms / 60_000))} min` : `${number(Math.round(ms / 3_600_000))} h`;
}

/** What is left or gone, to the second: 0:14, 12:05, 1:02:05. @param {number} ms */
export function countdown(ms) {
  const all = Math.max(0, Math.floor(ms / 1000)), seconds = String(all % 60).padStart(2, "0");
  const minutes = Math.floor(all / 60) % 60, hours = Math.floor(all / 3600);
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${seconds}` : `${minutes}:${seconds}`;
}

/** In how long: "1 h 52 m". @param {number} ms */
export function hoursMinutes(ms) {
  const minutes = Math.max(0, Math.round(ms / 60_000));
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} m`;
}

/** Time of day in UTC, 16:08:21. @param {number} ms */
export const utc = (ms) => new Date(ms).toISOString().slice(11, 19);

/** The day in UTC, 23 Nov 2026. @param {number} ms */
export const day = (ms) => new Intl.DateTimeFormat(tag() === "en" ? "en-GB" : tag(), { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" }).format(ms);

/** @type {Map<string, Intl.DateTimeFormat>} */
const clocks = new Map();

/** Time of day where the reader is. @param {number} ms */
export function local(ms) {
  let clock = clocks.get(tag());
  if (!clock) clocks.set(tag(), (clock = new Intl.DateTimeFormat(tag(), { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false })));
  return clock.format(ms);
}

/** A distance: 118 m, 12.6 km; or 387 ft, 6.8 NM. @param {number} m */
export function length(m) {
  if (Math.abs(m) < FAR_M) return `${whole(m)} ${inFeet ? "ft" : "m"}`;
  return inFeet ? `${number(m / MILE_M, 1)} NM` : `${number(m / 1000, 1)} km`;
}

/** A height: in feet however high, for a height in nautical miles is said by nobody. @param {number} m */
export const high = (m) => (inFeet ? `${whole(m)} ft` : length(m));

/** Metres or feet without a fraction, and without their unit. @param {number} m */
const whole = (m) => number(Math.round(inFeet ? m / FOOT_M : m));

const SAID = ["HAE", "AMSL", "STD"];

/** The height of a track: above ground where it is known. @param {import("./rows.js").Row} row @returns {[string, string]} value, datum */
export function height(row) {
  if (row[TRACK.above] !== null && row[TRACK.aboveDatum] !== 255) {
    return [high(row[TRACK.above] / 1000), row[TRACK.aboveDatum] === 0 ? t("above ground") : t("above take-off")];
  }
  if (row[TRACK.said] !== null && row[TRACK.saidDatum] !== 255) return [high(row[TRACK.said] / 1000), SAID[row[TRACK.saidDatum]] ?? ""];
  if (row[TRACK.alt] !== null) return [high(row[TRACK.alt] / 1000), "HAE"];
  return ["", t("height not known")];
}

/** @param {import("./sky.js").Track} track */
export function climbing(track) {
  const up = track.row[TRACK.up];
  if (up === null || Math.abs(up) < 300) return "";
  return up > 0 ? t("climbing {speed}", { speed: climb(up / 1000) }) : t("descending {speed}", { speed: climb(-up / 1000) });
}

/** @param {number} mps */
export function speed(mps) {
  if (inFeet) return wholeSpeed(mps);
  return `${number(mps, mps < 9.95 && mps % 1 > 0.05 ? 1 : 0)} m/s`;
}

/** A speed without a fraction, where there is little room. @param {number} mps */
export const wholeSpeed = (mps) => (inFeet ? `${number(Math.round(mps / KNOT_MPS))} kt` : `${number(Math.round(mps))} m/s`);

/** How fast something climbs: feet a minute where heights are in feet, for nobody says it in knots. @param {number} mps */
export const climb = (mps) => (inFeet ? `${number(Math.round((mps * 60) / FOOT_M / 10) * 10)} ft/min` : speed(mps));

/** @param {import("./sky.js").Track} track */
export function course(track) {
  return track.speed < 0.5 ? t("standing") : `${String(Math.round(((track.course * 180) / Math.PI + 360) % 360)).padStart(3, "0")}°`;
}

/** A direction in words of the compass. @param {number} degrees clockwise from north */
export function direction(degrees) {
  return [t("N"), t("NE"), t("E"), t("SE"), t("S"), t("SW"), t("W"), t("NW")][Math.round(degrees / 45) % 8];
}

/** The 95 % radius of a spread. @param {number} sigmaMm */
export const spread = (sigmaMm) => `±${length((sigmaMm * 2.448) / 1000)}`;

/** @param {number} latE7 @param {number} lonE7 */
export function place(latE7, lonE7) {
  const part = (/** @type {number} */ e7, /** @type {string} */ plus, /** @type {string} */ minus) => `${Math.abs(e7 / 1e7).toFixed(5)}° ${e7 < 0 ? minus : plus}`;
  return `${part(latE7, "N", "S")}, ${part(lonE7, "E", "W")}`;
}

/** A limit of a volume. @param {any} limit @param {boolean} upper */
export function limit(limit, upper) {
  if (limit === null) return upper ? t("upper limit not stated") : t("lower limit not stated");
  if (limit === "unlimited") return upper ? t("unlimited") : t("no lower limit");
  return `${high(limit.value_mm / 1000)} ${{ agl: "AGL", amsl: "AMSL", hae: "HAE", takeoff: t("above take-off"), std: "STD" }[/** @type {"agl"} */ (limit.datum)] ?? ""}`;
}

/** The band of a volume: 0–120 m AGL. @param {any} floor @param {any} ceiling */
export function band(floor, ceiling) {
  const both = floor && ceiling && floor !== "unlimited" && ceiling !== "unlimited";
  if (both && floor.datum === ceiling.datum && (inFeet || ceiling.value_mm < FAR_M * 1_000)) return `${whole(floor.value_mm / 1000)}–${limit(ceiling, true)}`;
  const ground = floor === null || floor === "unlimited" || (floor.datum === "agl" && floor.value_mm <= 0);
  if (ground && ceiling !== "unlimited") return ceiling === null ? t("from the ground, upper limit not stated") : t("up to {limit}", { limit: limit(ceiling, true) });
  if (ceiling === "unlimited" && (floor === null || floor === "unlimited" || floor.value_mm <= 0)) return t("all heights");
  return `${limit(floor, false)} – ${limit(ceiling, true)}`;
}
